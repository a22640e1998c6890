"""The writes that a fulfilled order brings: subscription, term and grants, the same for a paid and for a free order."""

from datetime import datetime
from typing import Any

from billing.adapters.dynamodb.client import ABSENT, Table
from billing.adapters.dynamodb.keys import (
    account_key,
    grant_key,
    order_key,
    redemption_key,
    term_key,
    usage_index,
    usage_key,
)
from billing.adapters.dynamodb.mapper import to_item
from billing.adapters.dynamodb.records import grant_to_record, subscription_to_record, term_to_record
from billing.domain.pricing import period_to_record
from billing.domain.quotas import Grant
from billing.domain.subscriptions import Term
from billing.domain.times import to_text
from billing.service.ports import Fulfilment

Action = dict[str, Any]

MOST_ACTIONS = 90
"""A transaction takes 100 actions; the others are the order's, the payment's and the coupon's.

What does not fit of the grants that end counts no more all the same; only a use at this very moment may slip through.
"""


def effect_writes(table: Table, fulfilment: Fulfilment) -> list[Action]:
    """The actions, each under a condition that holds once: subscription as it was read, term and grants not there.

    Grants in use that end do so under the condition that no more of them was used than was read; those of credited
    terms that come need no write, since their term is no longer among the account's.
    """
    account_id, before = fulfilment.order.account_id, fulfilment.before.version
    actions = [
        table.put(
            account_key(account_id),
            to_item({**subscription_to_record(fulfilment.after), "email": fulfilment.order.email}),
            "version = :before" if before else ABSENT,
            **({"before": before} if before else {}),
        ),
        *_term(table, fulfilment),
        *(_grant(table, account_id, grant) for grant in fulfilment.grants),
    ]
    for term, grants in fulfilment.moved:
        actions += _moved(table, account_id, term, grants)
    endings = [_end(table, account_id, grant, fulfilment.at) for grant in fulfilment.ended]
    return actions + endings[: max(0, MOST_ACTIONS - len(actions))]


def _term(table: Table, fulfilment: Fulfilment) -> list[Action]:
    """The term's history, or that of an add-on, which has none: what the account's statement says of the order."""
    order, term = fulfilment.order, fulfilment.term
    if term is None:
        record = {"order_id": order.id, "period": period_to_record(fulfilment.period), **_brought(fulfilment)}
        return [table.put(usage_key(order.id), to_item(record), ABSENT)]
    credited = [credit.order_id for credit in order.quote.credits]
    history = {**_brought(fulfilment), **({"credited": credited} if credited else {})}
    key = term_key(order.account_id, term.period.start, order.id)
    return [table.put(key, to_item({**term_to_record(term), **history}), ABSENT)]


def _brought(fulfilment: Fulfilment) -> dict[str, Any]:
    """When it was placed and what quota came with it; `carried` of which was used under the plan it replaces."""
    placed_at = to_text(fulfilment.at)
    return {
        "placed_at": placed_at,
        "grants": [
            {
                "feature": grant.feature,
                "amount": grant.amount,
                "per": grant.per,
                "carried": sum(grant.carried.values()),
            }
            for grant in fulfilment.grants
            if grant.type == "metered"
        ],
        "gsi1pk": usage_index(fulfilment.order.account_id),
        "gsi1sk": f"{placed_at}#{fulfilment.order.id}",
    }


def _grant(table: Table, account_id: str, grant: Grant) -> Action:
    key = grant_key(account_id, grant.period.end, grant.order_id, grant.feature)
    return table.put(key, to_item(grant_to_record(grant)), ABSENT)


def _moved(table: Table, account_id: str, term: Term, grants: tuple[Grant, ...]) -> list[Action]:
    """A term's new place: its grants there, and its order's period. The grants at its old place count no more."""
    change = "SET period = :period ADD version :one"
    order = table.update(order_key(term.order_id), change, period=period_to_record(term.period), one=1)
    return [order, *(_moved_grant(table, account_id, grant) for grant in grants)]


def _moved_grant(table: Table, account_id: str, grant: Grant) -> Action:
    """A grant at its new place. `opening`: what entries of the ledger took from it at the old one."""
    record = grant_to_record(grant)
    key = grant_key(account_id, grant.period.end, grant.order_id, grant.feature)
    return table.put(key, to_item({**record, "opening": record["used"]}))


def _end(table: Table, account_id: str, grant: Grant, at: datetime) -> Action:
    return table.update(
        grant_key(account_id, grant.period.end, grant.order_id, grant.feature),
        "SET revoked_at = :at",
        "used = :used",
        at=to_text(at),
        used={str(window): count for window, count in grant.used.items()},
    )


def coupon_confirmation(table: Table, fulfilment: Fulfilment) -> list[Action]:
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
