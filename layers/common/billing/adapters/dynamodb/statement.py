"""Lines that others put into an account's statement, each in the transaction of what it tells of."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from billing.adapters.dynamodb.client import ABSENT, Table
from billing.adapters.dynamodb.entries import statement_place
from billing.adapters.dynamodb.keys import usage_key
from billing.adapters.dynamodb.mapper import to_item
from billing.domain.refunds import TakenBack
from billing.domain.times import to_text


def take_back_put(
    table: Table, account_id: str, refund_id: str, order_id: str, taken: Iterable[TakenBack], at: datetime
) -> dict[str, Any]:
    """The action that puts what a refund took back into the account's statement; for the refund's transaction."""
    record = {
        "id": refund_id,
        "order_id": order_id,
        "at": to_text(at),
        "taken_back": [
            {"feature": each.feature, "start": to_text(each.window_start), "amount": each.amount} for each in taken
        ],
        **statement_place(account_id, at, refund_id),
    }
    return table.put(usage_key(refund_id), to_item(record), ABSENT)
