"""The quota ledger in memory: the same conditions as the table's, and other calls in between where a test wants it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from billing.domain.ledger import Alert, Entry, Return, applied, deltas
from billing.domain.plans import Catalogue
from billing.domain.quotas import Grant, GrantName, Hold, standing
from billing.domain.subscriptions import Term
from billing.service.account_ports import Standing, Subscription
from billing.service.basic_ports import AlreadyDone
from billing.service.usage import Taken
from tests.support.values import NOON

Counts = dict[GrantName, dict[int, int]]


@dataclass
class MemoryLedger:
    """The `Ledger` port for one account. `before_write` is called once, between a read and the write that follows."""

    terms: tuple[Term, ...] = ()
    grants: dict[GrantName, Grant] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)
    before_write: Callable[[], None] | None = None

    def add(self, *grants: Grant) -> None:
        """Stores grants."""
        self.grants |= {grant.name: grant for grant in grants}

    def standing(self, account_id: str, now: datetime) -> Standing:
        """As the table's range: what has ended is out of it."""
        live = (grant for grant in self.grants.values() if grant.period.end > now)
        return Standing(Subscription(1, self.terms), standing(live, self.terms), tuple(self.holds.values()))

    def entry(self, entry_id: str) -> Entry | None:
        """An entry."""
        return self.entries.get(entry_id)

    def take(self, entry: Entry, taken: Taken, alert: Alert | None) -> None:
        """All or nothing."""
        self._let_others()
        if entry.id in self.entries:
            raise AlreadyDone
        self._count(taken, (), alert)
        self.entries[entry.id] = entry
        if entry.expires_at:
            self.holds[entry.id] = Hold(entry.id, entry.feature, entry.expires_at, entry.parts)

    def settle(self, entry: Entry, taken: Taken, given: Sequence[Return], alert: Alert | None) -> None:
        """All or nothing."""
        self._let_others()
        if self.entries[entry.id].status != "open":
            raise AlreadyDone
        self._count(taken, given, alert)
        self.entries[entry.id] = entry
        del self.holds[entry.id]

    def expire(self, account_id: str, holds: Sequence[Hold], given: Sequence[Return]) -> None:
        """All or nothing."""
        self._let_others()
        if any(self.entries[hold.id].status != "open" for hold in holds):
            return
        try:
            self._count((), given, None)
        except AlreadyDone:
            return
        for hold in holds:
            self.entries[hold.id] = replace(self.entries[hold.id], status="expired")
            del self.holds[hold.id]

    def derived(self) -> Counts:
        """What is taken of each window, by the entries and by what came with the grant."""
        taking = [entry for entry in self.entries.values() if entry.status in {"used", "committed", "open"}]
        counts = deltas([part for entry in taking for part in entry.parts], ())
        for name, grant in self.grants.items():
            for window, count in grant.opening.items():
                counts.setdefault(name, {})[window] = counts.get(name, {}).get(window, 0) + count
        left = {name: {window: count for window, count in each.items() if count} for name, each in counts.items()}
        return {name: each for name, each in left.items() if each}

    def stored(self) -> Counts:
        """What is taken of each window, by the counters."""
        counts = {name: {w: n for w, n in grant.used.items() if n} for name, grant in self.grants.items()}
        return {name: count for name, count in counts.items() if count}

    def _let_others(self) -> None:
        others, self.before_write = self.before_write, None
        if others:
            others()

    def _count(self, taken: Taken, given: Sequence[Return], alert: Alert | None) -> None:
        self._check(given)
        for slot, amount in taken:
            if slot.grant.name in self.grants and not (slot.grant.order_id or slot.grant.used):
                raise AlreadyDone
            grant = self.grants.setdefault(slot.grant.name, replace(slot.grant, used={}))
            used = grant.used
            fits = used.get(slot.index, 0) <= slot.limit - amount
            unchanged = grant.taken_back == slot.grant.taken_back and grant.revoked_at == slot.grant.revoked_at
            months = not grant.rollover or slot.index + 1 not in used
            before = slot.index - 1
            rolled = not (slot.rolled and slot.index) or used.get(before, 0) <= slot.grant.used.get(before, 0)
            if not (fits and unchanged and months and rolled):
                raise AlreadyDone
        if alert and self.grants[alert.slot.grant.name].alerted != alert.slot.grant.alerted:
            raise AlreadyDone
        self.add(*applied(self.grants.values(), deltas([slot.part(amount) for slot, amount in taken], ())))
        for back in given:
            self._give(back)
        if alert:
            marked = self.grants[alert.slot.grant.name]
            self.add(replace(marked, alerted=alert.mark))
            self.alerts.append(alert)

    def _check(self, given: Sequence[Return]) -> None:
        quit_of = Counter[tuple[GrantName, int]]()
        for back in given:
            stored = self.grants[back.name]
            quit_of[back.name, back.window] += back.opening
            if back.grant and stored.revoked_at != back.grant.revoked_at:
                raise AlreadyDone
        if any(self.grants[name].opening.get(window, 0) < count for (name, window), count in quit_of.items()):
            raise AlreadyDone

    def _give(self, back: Return) -> None:
        stored = self.grants[back.name]
        used = {**stored.used, back.window: stored.used.get(back.window, 0) - back.amount}
        opening = {**stored.opening, back.window: stored.opening.get(back.window, 0) - back.opening}
        self.add(replace(stored, used=used, opening=opening if stored.opening else {}))


@dataclass
class Published:
    """The `Catalogues` port."""

    catalogue: Catalogue

    def current(self) -> Catalogue:
        """What a test publishes."""
        return self.catalogue


@dataclass
class MovableClock:
    """The `Clock` port."""

    at: datetime = NOON

    def now(self) -> datetime:
        """Where a test has moved it."""
        return self.at
