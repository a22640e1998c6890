"""What a purchase ends, moves or takes as credit: terms with their orders and grants, and the holds on them."""

from collections.abc import Sequence

from billing.adapters.dynamodb.account_records import grant_from_record
from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.keys import Key, grant_key, holds_range, order_key
from billing.adapters.dynamodb.order_records import order_from_record
from billing.domain.credits import Holding, value_of
from billing.domain.orders import Order
from billing.domain.quotas import Grant, Hold
from billing.domain.subscriptions import Term
from billing.service.account_ports import Affected


def read_affected(table: Table, account_id: str, terms: Sequence[Term]) -> Affected:
    """The grants of these terms, and then the account's holds.

    In this order: a hold that comes in between has changed its grant since, and whoever ends that grant is told.
    """
    found = table.get_many([key for term in terms for key in _grant_keys(account_id, term)])
    grants = tuple(grant_from_record(record) for record in found if record)
    return Affected(grants, read_holds(table, account_id))


def read_holds(table: Table, account_id: str) -> tuple[Hold, ...]:
    """The account's holds that are not settled, lapsed ones among them."""
    from billing.adapters.dynamodb.entries import hold_from_record  # most purchases read none: they get by without it

    return tuple(hold_from_record(record) for record in table.between(*holds_range(account_id)))


def read_holdings(table: Table, account_id: str, terms: Sequence[Term]) -> tuple[Holding, ...]:
    """The terms with their orders' names and refunds, and their grants; `LookupError` for a term without order."""
    orders = [order_key(term.order_id) for term in terms]
    grants = [key for term in terms for key in _grant_keys(account_id, term)]
    found = table.get_many([*orders, *grants])
    held = [grant_from_record(record) for record in found[len(orders) :] if record]
    holdings = []
    for term, record in zip(terms, found[: len(orders)], strict=True):
        if record is None:
            raise LookupError(f"no order {term.order_id}")
        own = tuple(grant for grant in held if grant.order_id == term.order_id)
        holdings.append(_holding(term, order_from_record(record), own))
    return tuple(holdings)


def _holding(term: Term, order: Order, grants: tuple[Grant, ...]) -> Holding:
    quote = order.quote
    return Holding(
        term=term,
        value=value_of(term.paid, quote.paid, quote.figures.total, order.refunded),
        plan_name=quote.plan_name,
        feature_names={quota.feature: quota.name for quota in quote.quotas},
        grants=grants,
    )


def _grant_keys(account_id: str, term: Term) -> list[Key]:
    return [grant_key(account_id, term.period.end, term.order_id, feature) for feature in term.features]
