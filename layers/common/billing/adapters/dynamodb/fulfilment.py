"""The writes that a fulfilled order brings: subscription, term and grants, the same for a paid and for a free order."""

from typing import Any

from billing.adapters.dynamodb.client import ABSENT, Table
from billing.adapters.dynamodb.keys import account_key, grant_key, redemption_key, term_key
from billing.adapters.dynamodb.mapper import to_item
from billing.adapters.dynamodb.records import grant_to_record, subscription_to_record, term_to_record
from billing.domain.times import to_text
from billing.service.ports import Fulfilment


def effect_writes(table: Table, fulfilment: Fulfilment) -> list[dict[str, Any]]:
    """The actions, each under a condition that holds once: subscription as it was read, term and grants not there."""
    account_id, order_id = fulfilment.order.account_id, fulfilment.order.id
    period = fulfilment.period
    return [
        table.put(
            account_key(account_id),
            to_item({**subscription_to_record(fulfilment.after), "email": fulfilment.order.email}),
            "version = :before" if fulfilment.before.version else ABSENT,
            **({"before": fulfilment.before.version} if fulfilment.before.version else {}),
        ),
        table.put(
            term_key(account_id, period.start, order_id),
            to_item({**term_to_record(fulfilment.term), "placed_at": to_text(fulfilment.at)}),
            ABSENT,
        ),
        *(
            table.put(
                grant_key(account_id, period.end, order_id, grant.feature), to_item(grant_to_record(grant)), ABSENT
            )
            for grant in fulfilment.grants
        ),
    ]


def coupon_confirmation(table: Table, fulfilment: Fulfilment) -> list[dict[str, Any]]:
    """The action that turns the order's reserved redemption into a confirmed one; none without a coupon."""
    code = fulfilment.order.quote.wish.coupon_code
    if not code:
        return []
    return [
        table.update(
            redemption_key(code, fulfilment.order.id),
            "SET #status = :confirmed, confirmed_at = :at",
            confirmed="confirmed",
            at=to_text(fulfilment.at),
        )
    ]
