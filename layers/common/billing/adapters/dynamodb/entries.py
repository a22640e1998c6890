"""Entries of the quota ledger and holds as records, and the lines that an account's statement shows of them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from billing.adapters.dynamodb.keys import usage_index
from billing.domain.ledger import Entry, Line
from billing.domain.quotas import Hold, Part
from billing.domain.subscriptions import period_from_record
from billing.domain.times import from_text, moment_of, to_text

Record = dict[str, Any]


def entry_to_record(entry: Entry) -> Record:
    """An entry's attributes, with its place in the account's statement."""
    record = {
        "id": entry.id,
        "account_id": entry.account_id,
        "feature": entry.feature,
        "amount": entry.amount,
        "status": entry.status,
        "parts": parts_to_records(entry.parts),
        "remaining": entry.remaining,
        "at": to_text(entry.at),
        **statement_place(entry.account_id, entry.at, entry.id),
    }
    if entry.hold and entry.expires_at:
        record |= {"hold_seconds": int(entry.hold.total_seconds()), "open_until": to_text(entry.expires_at)}
    return record


def entry_from_record(record: Record) -> Entry:
    """The inverse of `entry_to_record`, with what a settled hold came to."""
    return Entry(
        id=record["id"],
        account_id=record["account_id"],
        feature=record["feature"],
        amount=record["amount"],
        hold=timedelta(seconds=record["hold_seconds"]) if "hold_seconds" in record else None,
        status=record["status"],
        parts=parts_from_records(record["feature"], record["parts"]),
        remaining=record["remaining"],
        at=from_text(record["at"]),
        expires_at=moment_of(record.get("open_until")),
        committed=record.get("committed"),
        settled_at=moment_of(record.get("settled_at")),
    )


def parts_to_records(parts: Iterable[Part]) -> list[Record]:
    """What was taken from which window; `grant` is the grant's end."""
    return [
        {
            "order_id": part.order_id,
            "grant": to_text(part.grant_end),
            "window": part.window,
            "amount": part.amount,
            "start": to_text(part.start),
            "end": to_text(part.end),
        }
        for part in parts
    ]


def parts_from_records(feature: str, records: Iterable[Record]) -> tuple[Part, ...]:
    """The inverse of `parts_to_records`."""
    return tuple(
        Part(
            feature=feature,
            order_id=record["order_id"],
            grant_end=from_text(record["grant"]),
            window=record["window"],
            amount=record["amount"],
            start=from_text(record["start"]),
            end=from_text(record["end"]),
        )
        for record in records
    )


def hold_to_record(entry: Entry, expires_at: datetime) -> Record:
    """What stands beside the grants while a hold is open."""
    return {
        "id": entry.id,
        "feature": entry.feature,
        "open_until": to_text(expires_at),
        "parts": parts_to_records(entry.parts),
    }


def hold_from_record(record: Record) -> Hold:
    """The inverse of `hold_to_record`."""
    feature = record["feature"]
    return Hold(record["id"], feature, from_text(record["open_until"]), parts_from_records(feature, record["parts"]))


def statement_place(account_id: str, at: datetime, name: str) -> Record:
    """The index attributes by which something is a part of an account's statement."""
    return {"gsi1pk": usage_index(account_id), "gsi1sk": f"{to_text(at)}#{name}"}


def position(record: Record) -> Record:
    """Where a page after this record of the index starts."""
    return {name: {"S": record[name]} for name in ("pk", "sk", "gsi1pk", "gsi1sk")}


def statement_lines(record: Record, now: datetime) -> list[Line]:
    """The lines of one record: an entry is one, an order or a refund one for each feature it concerns."""
    if "placed_at" in record:
        return _granted(record)
    if "taken_back" in record:
        return [_taken_back(record, each) for each in record["taken_back"]]
    entry = entry_from_record(record)
    return [
        Line(
            id=entry.id,
            at=entry.at,
            kind="hold" if entry.hold else "use",
            feature=entry.feature,
            amount=entry.amount,
            status=entry.status_at(now),
            parts=entry.parts,
            expires_at=entry.expires_at,
            committed=entry.committed,
        )
    ]


def _granted(record: Record) -> list[Line]:
    period = period_from_record(record["period"])
    return [
        Line(
            id=f"{record['order_id']}:{grant['feature']}",
            at=from_text(record["placed_at"]),
            kind="grant",
            feature=grant["feature"],
            amount=grant["amount"],
            status="granted",
            order_id=record["order_id"],
            per=grant["per"],
            start=period.start,
            end=period.end,
            carried=grant["carried"],
        )
        for grant in record["grants"]
    ]


def _taken_back(record: Record, each: Record) -> Line:
    return Line(
        id=f"{record['id']}:{each['feature']}:{each['start']}",
        at=from_text(record["at"]),
        kind="take_back",
        feature=each["feature"],
        amount=each["amount"],
        status="taken_back",
        order_id=record["order_id"],
        start=from_text(each["start"]),
    )
