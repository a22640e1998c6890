"""The quota ledger's writes. Each is one transaction whose conditions ask for room in a window, never for a version.

A grant's `used.<window>` counts what is used or held. Taking n of a window asks for `used.<window> <= limit - n`, and
that what the limit was computed from still holds: what refunds took back, whether the grant was revoked, and for an
amount that rolls over the months beside this one (docs/data-model.md, "Taking quota").
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from billing.adapters.dynamodb.account_records import grant_to_record, mark_to_record
from billing.adapters.dynamodb.alerts import alert_put
from billing.adapters.dynamodb.client import ABSENT, ConditionFailed, Table
from billing.adapters.dynamodb.entries import (
    entry_from_record,
    entry_to_record,
    hold_to_record,
    parts_to_records,
)
from billing.adapters.dynamodb.keys import grant_key, hold_key, usage_key
from billing.adapters.dynamodb.mapper import to_item
from billing.adapters.dynamodb.standings import read_standing
from billing.domain.ledger import Alert, Entry, Return, applied
from billing.domain.quotas import Grant, GrantName, Hold, Slot
from billing.domain.times import to_text
from billing.service.account_ports import Standing
from billing.service.basic_ports import AlreadyDone
from billing.service.usage import Taken

Action = dict[str, Any]


class LedgerTable:
    """The `Ledger` port on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def standing(self, account_id: str, now: datetime) -> Standing:
        """One consistent read."""
        return read_standing(self._table, account_id, now)

    def entry(self, entry_id: str) -> Entry | None:
        """An entry of use or a hold; None for anything else that the statement holds."""
        record = self._table.get(usage_key(entry_id))
        return entry_from_record(record) if record and "parts" in record else None

    def take(self, entry: Entry, taken: Taken, alert: Alert | None) -> None:
        """Entry, counters, and the hold if it is one; the entry's own absence is the idempotency check."""
        actions = [self._table.put(usage_key(entry.id), to_item(entry_to_record(entry)), ABSENT)]
        if entry.expires_at:
            record = to_item(hold_to_record(entry, entry.expires_at))
            actions.append(self._table.put(hold_key(entry.account_id, entry.id), record))
        self._transact([*actions, *self._counted(entry.account_id, taken, (), alert)])

    def settle(self, entry: Entry, taken: Taken, given: Sequence[Return], alert: Alert | None) -> None:
        """The entry while it is open, counters, and the hold's end."""
        committed = {} if entry.committed is None else {"committed": entry.committed}
        change = self._table.update(
            usage_key(entry.id),
            "SET #status = :status, #parts = :parts, remaining = :remaining, settled_at = :now"
            + "".join(f", #{name} = :{name}" for name in committed),
            "#status = :open",
            status=entry.status,
            parts=parts_to_records(entry.parts),
            remaining=entry.remaining,
            now=to_text(entry.settled_at or entry.at),
            open="open",
            **committed,
        )
        end = self._table.delete(hold_key(entry.account_id, entry.id))
        self._transact([change, end, *self._counted(entry.account_id, taken, given, alert)])

    def expire(self, account_id: str, holds: Sequence[Hold], given: Sequence[Return]) -> None:
        """Gives lapsed holds back; what somebody else settled meanwhile is left alone."""
        actions: list[Action] = []
        for hold in holds:
            actions += [
                self._table.update(
                    usage_key(hold.id), "SET #status = :expired", "#status = :open", expired="expired", open="open"
                ),
                self._table.delete(hold_key(account_id, hold.id)),
            ]
        try:
            self._table.transact([*actions, *self._counted(account_id, (), given, None)])
        except ConditionFailed:
            return

    def _transact(self, actions: Sequence[Action]) -> None:
        try:
            self._table.transact(actions)
        except ConditionFailed:
            raise AlreadyDone from None

    def _counted(
        self, account_id: str, taken: Iterable[tuple[Slot, int]], given: Iterable[Return], alert: Alert | None
    ) -> list[Action]:
        """One action for each grant that is touched, and the alert's own."""
        changes: dict[GrantName, Change] = {}
        for slot, amount in taken:
            changes.setdefault(slot.grant.name, Change(slot.grant)).take(slot, amount)
        for back in given:
            changes.setdefault(back.name, Change(None)).give(back)
        if alert:
            grant = alert.slot.grant
            changes.setdefault(grant.name, Change(grant)).mark(alert, grant)
        writes = [self._write(account_id, name, change) for name, change in changes.items()]
        return [*writes, alert_put(self._table, alert)] if alert else writes

    def _write(self, account_id: str, name: GrantName, change: "Change") -> Action:
        feature, order_id, end = name
        key = grant_key(account_id, end, order_id, feature)
        if change.grant and not (order_id or change.grant.used):
            (first,) = applied([change.grant], {name: change.counts})
            return self._table.put(key, to_item({**grant_to_record(first), **change.marked}), ABSENT)
        sets = [*change.sets, *(f"{attribute} = :{attribute}" for attribute in change.marked)]
        condition = " AND ".join(change.conditions) or None
        return self._table.update(key, f"SET {', '.join(sets)}", condition, **change.values, **change.marked)


@dataclass
class Change:
    """What one operation does to one grant. The free plan's grant is stored with the first use of a month."""

    grant: Grant | None
    counts: dict[int, int] = field(default_factory=dict)
    sets: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    marked: dict[str, Any] = field(default_factory=dict)

    def add(self, window: int, amount: int) -> None:
        """Counts, without a condition."""
        self.counts[window] = self.counts.get(window, 0) + amount
        if f"by{window}" not in self.values:
            self.sets.append(f"used.#{window} = if_not_exists(used.#{window}, :none) + :by{window}")
        self.values |= {"none": 0, f"by{window}": self.counts[window]}

    def give(self, back: Return) -> None:
        """Counts less, while the grant counts as it did when it was read: it would miss this if it moved meanwhile."""
        if back.amount:
            self.add(back.window, -back.amount)
        if back.opening:
            self._quit(back.window, back.opening)
        if back.grant:
            self._not_ended(back.grant)

    def _quit(self, window: int, amount: int) -> None:
        name = f"quit{window}"
        if name not in self.values:
            self.sets.append(f"opening.#{window} = opening.#{window} - :{name}")
            self.conditions.append(f"opening.#{window} >= :{name}")
        self.values[name] = self.values.get(name, 0) + amount

    def take(self, slot: Slot, amount: int) -> None:
        """Counts, while there is room by what was read."""
        window, grant = slot.index, slot.grant
        self.add(window, amount)
        self._at_most(window, slot.limit - amount, "room")
        self._unchanged(f"taken_back.#{window}", "back", grant.taken_back.get(window))
        self._not_ended(grant)
        if grant.rollover:
            self.conditions.append(f"attribute_not_exists(used.#{window + 1})")
        if slot.rolled and window:
            self._at_most(window - 1, grant.used.get(window - 1, 0), "before")
            self._unchanged(f"taken_back.#{window - 1}", "back_before", grant.taken_back.get(window - 1))

    def mark(self, alert: Alert, grant: Grant) -> None:
        """Remembers the alert, if nobody else has meanwhile."""
        self.counts.setdefault(alert.slot.index, 0)
        self.marked = {"alerted": mark_to_record(alert.mark)}
        self._unchanged("alerted", "known", mark_to_record(grant.alerted) if grant.alerted else None)

    def _at_most(self, window: int, count: int, name: str) -> None:
        self.conditions.append(f"(attribute_not_exists(used.#{window}) OR used.#{window} <= :{name})")
        self.values[name] = count

    def _not_ended(self, grant: Grant) -> None:
        self._unchanged("revoked_at", "revoked", to_text(grant.revoked_at) if grant.revoked_at else None)

    def _unchanged(self, path: str, name: str, seen: Any) -> None:
        if seen is None:
            self.conditions.append(f"attribute_not_exists({path})")
        else:
            self.conditions.append(f"{path} = :{name}")
            self.values[name] = seen
