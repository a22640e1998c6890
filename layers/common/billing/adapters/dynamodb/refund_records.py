"""Refunds as records and back."""

from typing import Any

from billing.adapters.dynamodb.payment_records import bank_to_record
from billing.domain.banks import BankAccount
from billing.domain.refunds import Refund, TakenBack
from billing.domain.times import from_text, to_text

Record = dict[str, Any]

MOMENTS = ("started_at", "paid_at", "created_at", "settled_at", "told_at", "lease_until")


def refund_to_record(refund: Refund) -> Record:
    """A refund's attributes; what is not yet known is left out."""
    record = {name: getattr(refund, name) for name in refund.__dataclass_fields__}
    record["bank"] = bank_to_record(refund.bank) if refund.bank else None
    record["taken_back"] = taken_to_record(refund.taken_back)
    for name in MOMENTS:
        record[name] = to_text(record[name]) if record[name] else None
    return {name: value for name, value in record.items() if value is not None}


def refund_from_record(record: Record) -> Refund:
    """The inverse of `refund_to_record`."""
    values: dict[str, Any] = {name: record.get(name) for name in Refund.__dataclass_fields__}
    for name in MOMENTS:
        values[name] = from_text(record[name]) if record.get(name) else None
    values["bank"] = BankAccount(**record["bank"]) if record.get("bank") else None
    values["taken_back"] = tuple(
        TakenBack(taken["feature"], from_text(taken["window_start"]), taken["amount"], taken["shortfall"])
        for taken in record["taken_back"]
    )
    return Refund(**values)


def taken_to_record(taken_back: tuple[TakenBack, ...]) -> list[Record]:
    """What a refund took back of which window."""
    return [
        {
            "feature": taken.feature,
            "window_start": to_text(taken.window_start),
            "amount": taken.amount,
            "shortfall": taken.shortfall,
        }
        for taken in taken_back
    ]
