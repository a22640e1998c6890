"""Exceptions as stored, and the actions on them that other transactions take along.

While an exception is open it stands in one partition of the index, the operators' queue; once decided, in that of the
month it was first seen in (docs/decisions/0010).
"""

from collections.abc import Mapping
from typing import Any

from billing.adapters.dynamodb.client import ABSENT, ConditionFailed, Table
from billing.adapters.dynamodb.keys import exception_id_key, exceptions_index, open_exceptions_index
from billing.adapters.dynamodb.mapper import to_item
from billing.domain.banks import BankAccount
from billing.domain.inbox import FailedMessage, PaymentException, Resolution
from billing.domain.payments import Notice
from billing.domain.refunds import Refund
from billing.domain.times import from_text, to_text

Action = dict[str, Any]
Record = dict[str, Any]


def exception_put(table: Table, exception: PaymentException) -> Action:
    """The action that keeps a new exception; its condition fails where it is kept already."""
    return table.put(exception_id_key(exception.id), to_item(exception_to_record(exception)), ABSENT)


def keep(table: Table, exception: PaymentException) -> bool:
    """Stores an exception by itself; whether it is new."""
    try:
        table.write(exception_put(table, exception))
    except ConditionFailed:
        return False
    return True


def exception_decide(table: Table, before: PaymentException, after: PaymentException) -> Action:
    """The action from an open exception, as it was read, to the decided one."""
    record = exception_to_record(after)
    names = ("status", "version", "resolution", "order_id", "payment", "expected_amount", "gsi1pk")
    values = {name: record[name] for name in names if name in record}
    return table.update(
        exception_id_key(before.id),
        "SET " + ", ".join(f"#{name} = :{name}" for name in values),
        "#status = :open AND version = :before AND refunding = :none",
        **values,
        open="open",
        before=before.version,
        none=0,
    )


def reserve_refund(table: Table, exception_id: str, version: int, amount: int) -> list[Action]:
    """The actions that set `amount` of an exception's money aside for a refund.

    The caller has read the exception at `version` and compared `amount` with its `refundable`; the condition fails if
    it changed since.
    """
    return [
        table.update(
            exception_id_key(exception_id),
            "SET refunding = refunding + :amount, version = :next",
            "version = :version AND (#status = :open OR #status = :accepted)",
            amount=amount,
            next=version + 1,
            version=version,
            open="open",
            accepted="accepted",
        )
    ]


def settle_refund(table: Table, exception_id: str, refund: Refund, *, succeeded: bool) -> list[Action]:
    """The actions at a refund's end: its amount went back, or is free again. Reads the exception.

    Once nothing is left of an open exception's money, it is decided: refunded, by whoever asked for this refund. The
    condition fails if the exception changed since it was read; the refund's own condition keeps it from counting twice.
    """
    record = table.get(exception_id_key(exception_id))
    if record is None:
        raise LookupError(f"{exception_id} is not stored")
    before = exception_from_record(record)
    values: dict[str, Any] = {
        "refunding": before.refunding - refund.amount,
        "refunded": before.refunded + (refund.amount if succeeded else 0),
        "version": before.version + 1,
    }
    if before.status == "open" and values["refunded"] == before.amount:
        at = refund.settled_at or refund.created_at
        done = Resolution("refund", refund.requested_by, at, refund.reason, refund.order_id)
        index = exceptions_index(before.seen_at)
        values |= {"status": "refunded", "resolution": _resolution(done), "gsi1pk": index}
    return [
        table.update(
            exception_id_key(exception_id),
            "SET " + ", ".join(f"#{name} = :{name}" for name in values),
            "version = :before",
            **values,
            before=before.version,
        )
    ]


def exception_to_record(exception: PaymentException) -> Record:
    """An exception's attributes; what is not known is left out."""
    seen = to_text(exception.seen_at)
    is_open = exception.status == "open"
    record = {
        "id": exception.id,
        "status": exception.status,
        "version": exception.version,
        "reason": exception.reason,
        "suggestion": exception.suggestion,
        **_notice(exception.notice),
        "order_id": exception.order_id,
        "payment": list(exception.payment) if exception.payment else None,
        "expected_amount": exception.expected_amount,
        "message_id": exception.message.id if exception.message else None,
        "message_body": exception.message.body if exception.message else None,
        "seen_at": seen,
        "refunded": exception.refunded,
        "refunding": exception.refunding,
        "resolution": _resolution(exception.resolution) if exception.resolution else None,
        "gsi1pk": open_exceptions_index() if is_open else exceptions_index(exception.seen_at),
        "gsi1sk": f"{seen}#{exception.id}",
    }
    return {name: value for name, value in record.items() if value is not None}


def exception_from_record(record: Mapping[str, Any]) -> PaymentException:
    """The inverse of `exception_to_record`."""
    payment, done = record.get("payment"), record.get("resolution")
    return PaymentException(
        id=record["id"],
        reason=record["reason"],
        suggestion=record["suggestion"],
        notice=_notice_from(record) if "provider" in record else None,
        order_id=record.get("order_id"),
        expected_amount=record.get("expected_amount"),
        seen_at=from_text(record["seen_at"]),
        payment=(payment[0], payment[1]) if payment else None,
        message=FailedMessage(record["message_id"], record["message_body"]) if "message_id" in record else None,
        status=record["status"],
        version=record["version"],
        refunded=record["refunded"],
        refunding=record["refunding"],
        resolution=Resolution(**{**done, "at": from_text(done["at"])}) if done else None,
    )


def _notice(notice: Notice | None) -> Record:
    if notice is None:
        return {}
    payer = notice.payer
    return {
        "provider": notice.provider,
        "reference": notice.reference,
        "outcome": notice.outcome,
        "transaction": notice.transaction,
        "amount": notice.amount,
        "currency": notice.currency,
        "memo": notice.reason,
        "occurred_at": to_text(notice.occurred_at),
        "payer": {"bank": payer.bank, "number": payer.number, "name": payer.name} if payer else None,
    }


def _notice_from(record: Mapping[str, Any]) -> Notice:
    return Notice(
        provider=record["provider"],
        reference=record["reference"],
        outcome=record["outcome"],
        amount=record["amount"],
        currency=record["currency"],
        transaction=record["transaction"],
        reason=record["memo"],
        occurred_at=from_text(record["occurred_at"]),
        payer=BankAccount(**record["payer"]) if record.get("payer") else None,
    )


def _resolution(done: Resolution) -> Record:
    return {
        "action": done.action,
        "by": done.by,
        "at": to_text(done.at),
        "reason": done.reason,
        "order_id": done.order_id,
    }
