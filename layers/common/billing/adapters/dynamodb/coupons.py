"""Coupons as operators keep them. Every code is listed in one partition, so that all of them are read page by page.

The list is apart from the coupons: an index of them would copy a coupon with every place that an order takes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from billing.adapters.dynamodb.audit import audit_put
from billing.adapters.dynamodb.client import ABSENT, ConditionFailed, Table
from billing.adapters.dynamodb.keys import coupon_key, coupon_list_key, redemptions_index
from billing.adapters.dynamodb.mapper import to_item
from billing.domain.audit import AuditEntry
from billing.domain.coupon_keeping import ALWAYS_CHANGEABLE, NO_RULES, KeptCoupon, Redemption, Rules
from billing.domain.times import from_text, to_text

Start = Mapping[str, Any] | None


class CouponTable:
    """The `Coupons` port on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, code: str) -> KeptCoupon | None:
        """One coupon, read consistently."""
        record = self._table.get(coupon_key(code))
        return kept_from_record(record) if record else None

    def page(self, limit: int, after: Start) -> tuple[Sequence[KeptCoupon], Any]:
        """A page of the list and the coupons on it, both read consistently."""
        listed, following = self._table.query(
            KeyConditionExpression="pk = :all",
            ExpressionAttributeValues={":all": coupon_list_key("")["pk"]},
            ConsistentRead=True,
            Limit=limit,
            **({"ExclusiveStartKey": dict(after)} if after else {}),
        )
        found = self._table.get_many([coupon_key(one["sk"]) for one in listed]) if listed else []
        return [kept_from_record(record) for record in found if record], following

    def add(self, coupon: KeptCoupon, entry: AuditEntry) -> bool:
        """Coupon, place in the list and audit entry: one transaction."""
        put = self._table.put(coupon_key(coupon.code), to_item(_record(coupon)), ABSENT)
        try:
            self._table.transact([put, list_put(self._table, coupon.code), audit_put(self._table, entry)])
        except ConditionFailed:
            return False
        return True

    def change(self, before: KeptCoupon, rules: Rules, paused_by: str | None, entry: AuditEntry) -> bool:
        """Rules, pause and audit entry: one transaction, under what was read and the places taken by then."""
        moved = paused_by != before.paused_by
        pause = {"paused_by": paused_by, "paused_at": to_text(entry.at) if paused_by else None} if moved else {}
        fields = {**rules, **pause}
        conditions, values = _conditions(before, rules)
        assignments = ", ".join(f"#{name} = :{name}" for name in fields)
        change = f"SET {assignments} ADD version :one"
        update = self._table.update(
            coupon_key(before.code), change, " AND ".join(conditions), one=1, **fields, **values
        )
        try:
            self._table.transact([update, audit_put(self._table, entry)])
        except ConditionFailed:
            return False
        return True

    def redemptions(self, code: str, limit: int, after: Start) -> tuple[Sequence[Redemption], Any]:
        """A page of the places that its orders took, the newest first, through the index."""
        records, following = self._table.page(redemptions_index(code), limit, after)
        return [_redemption(record) for record in records], following


def list_put(table: Table, code: str) -> dict[str, Any]:
    """The action that lists a code; doing it again changes nothing."""
    return table.put(coupon_list_key(code), {})


def kept_from_record(record: Mapping[str, Any]) -> KeptCoupon:
    """A stored coupon."""
    paused_at, created_at = record.get("paused_at"), record.get("created_at")
    return KeptCoupon(
        code=record["code"],
        rules={name: record.get(name, nothing) for name, nothing in NO_RULES.items()},
        origin=record.get("origin", "catalogue"),
        paused_in_catalogue=bool(record.get("paused")),
        paused_by=record.get("paused_by"),
        paused_at=from_text(paused_at) if paused_at else None,
        taken=record.get("taken", 0),
        confirmed=record.get("confirmed", 0),
        version=record.get("version", 0),
        created_by=record.get("created_by"),
        created_at=from_text(created_at) if created_at else None,
    )


def _record(coupon: KeptCoupon) -> dict[str, Any]:
    return {
        "code": coupon.code,
        **coupon.rules,
        "origin": coupon.origin,
        "paused": coupon.paused_in_catalogue,
        "paused_by": coupon.paused_by,
        "paused_at": to_text(coupon.paused_at) if coupon.paused_at else None,
        "taken": coupon.taken,
        "confirmed": coupon.confirmed,
        "version": coupon.version,
        "created_by": coupon.created_by,
        "created_at": to_text(coupon.created_at) if coupon.created_at else None,
    }


def _conditions(before: KeptCoupon, rules: Rules) -> tuple[list[str], dict[str, int]]:
    """That nobody else changed it, and that orders meanwhile left what the change builds upon."""
    conditions, values = ["attribute_not_exists(version)"], {}
    if before.version:
        conditions, values = ["version = :seen"], {"seen": before.version}
    if any(name not in ALWAYS_CHANGEABLE for name in rules):
        return [*conditions, "taken = :unused"], {**values, "unused": 0}
    if rules.get("max_redemptions") is not None:
        return [*conditions, "taken <= :max_redemptions"], values
    return conditions, values


def _redemption(record: Mapping[str, Any]) -> Redemption:
    confirmed, released = record.get("confirmed_at"), record.get("released_at")
    return Redemption(
        order_id=record["sk"].removeprefix("ORDER#"),
        account_id=record["account_id"],
        status=record["status"],
        discount=record["discount"],
        reserved_at=from_text(record["reserved_at"]),
        confirmed_at=from_text(confirmed) if confirmed else None,
        released_at=from_text(released) if released else None,
    )
