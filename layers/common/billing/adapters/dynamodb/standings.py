"""What an account has at a moment, in one range of its partition: grants, then holds, then the subscription."""

from datetime import datetime
from typing import Any

from billing.adapters.dynamodb.account_records import grant_from_record, subscription_from_record
from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.entries import hold_from_record
from billing.adapters.dynamodb.keys import live_account_range
from billing.domain.quotas import standing
from billing.service.account_ports import Standing


def read_standing(table: Table, account_id: str, now: datetime) -> Standing:
    """The subscription, the grants that count and end after `now`, and the holds: one consistent read."""
    kinds: dict[str, list[dict[str, Any]]] = {"GRANT": [], "HOLD": [], "STATE": []}
    for record in table.between(*live_account_range(account_id, now)):
        kinds[record["sk"].partition("#")[0]].append(record)
    subscription = subscription_from_record(kinds["STATE"][0] if kinds["STATE"] else None)
    return Standing(
        subscription=subscription,
        grants=standing((grant_from_record(record) for record in kinds["GRANT"]), subscription.terms),
        holds=tuple(hold_from_record(record) for record in kinds["HOLD"]),
    )
