"""What a refund does to the exception whose money it gives back, as actions for its transactions."""

from typing import Any

from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.keys import exception_id_key
from billing.domain.refunds import Refund

Action = dict[str, Any]


def reserve_refund(table: Table, exception_id: str, version: int, amount: int) -> list[Action]:
    """The actions that set `amount` of an exception's money aside, if it is still as it was read at `version`."""
    return [
        table.update(
            exception_id_key(exception_id),
            "SET refunding = if_not_exists(refunding, :none) + :amount, version = :next",
            f"attribute_exists(pk) AND {'version = :version' if version else 'attribute_not_exists(version)'}",
            none=0,
            amount=amount,
            next=version + 1,
            **({"version": version} if version else {}),
        )
    ]


def settle_refund(table: Table, exception_id: str, refund: Refund, *, succeeded: bool) -> list[Action]:
    """The actions at a refund's end: its amount is no longer on its way and, if it succeeded, has gone back."""
    gone = ", refunded = if_not_exists(refunded, :none) + :amount" if succeeded else ""
    return [
        table.update(
            exception_id_key(exception_id),
            f"SET refunding = refunding - :amount, version = version + :one{gone}",
            "refunding >= :amount",
            amount=refund.amount,
            one=1,
            **({"none": 0} if succeeded else {}),
        )
    ]
