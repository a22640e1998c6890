"""Using quota: at once, or held first and then committed or released. Nothing is ever taken beyond what is there.

Each operation reads the account once and writes one transaction, whose conditions are about room, not versions:
consumptions beside each other do not fail each other while there is enough for all. Whatever a condition refuses is
read and decided again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from billing.domain.ledger import (
    FREES_ITS_KEY,
    Alert,
    Asked,
    Entry,
    Return,
    alert_for,
    allocate,
    applied,
    deltas,
    merged,
    resettled,
    usage_id,
)
from billing.domain.plans import Catalogue
from billing.domain.problems import FieldError, Problem
from billing.domain.quotas import Balance, Grant, Hold, Part, Slot, balances, in_force, slots, with_free
from billing.domain.subscriptions import running
from billing.service.account_ports import Catalogues, Standing
from billing.service.basic_ports import AlreadyDone, Clock

TRIES = 10
"""How often an operation is decided again after others were faster."""

EXPIRED_TOGETHER = 20
"""Lapsed holds given back in one transaction: two writes for each, and one for each grant of theirs."""

MANY_LAPSED = 25
"""So many holds that nobody settled are given back although they are in nobody's way: every read would read them."""

Taken = tuple[tuple[Slot, int], ...]
Parts = tuple[Part, ...]


class Crowded(RuntimeError):
    """Others were faster every time. The same request may be sent again."""


class Ledger(Protocol):
    """The ledger as stored. Each write is one transaction; `AlreadyDone` when a condition fails: read again."""

    def standing(self, account_id: str, now: datetime) -> Standing:
        """One consistent read."""
        ...

    def entry(self, entry_id: str) -> Entry | None:
        """An entry, read consistently."""
        ...

    def take(self, entry: Entry, taken: Taken, alert: Alert | None) -> None:
        """A new entry, with what it takes from each window while there is room; a hold is set aside with it.

        The alert, if any, is stored to be sent, once for what `alert.mark` remembers.
        """
        ...

    def settle(self, entry: Entry, taken: Taken, given: Sequence[Return], alert: Alert | None) -> None:
        """An open hold becomes what `entry` is: what it takes more, and what counts less by it."""
        ...

    def expire(self, account_id: str, holds: Sequence[Hold], given: Sequence[Return]) -> None:
        """Gives back what these holds keep; nothing happens where a condition fails."""
        ...


@dataclass(frozen=True, slots=True)
class Recorded:
    """The entry, and whether it was there already."""

    entry: Entry
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """Records use for the product's own services."""

    ledger: Ledger
    catalogues: Catalogues
    clock: Clock

    def record(self, asked: Asked) -> Recorded:
        """Uses or holds what is asked for; `quota_exceeded` if there is not enough, and nothing is taken.

        The same key and request again is answered by the same entry. A key whose hold was released or has expired
        counts as new.
        """
        new_id = usage_id(asked, 0)
        for attempt in range(TRIES):
            account = self._account(asked.account_id, asked.feature)
            taken = allocate(account.certain, asked.amount)
            if attempt or taken is None:
                known, new_id = self._known(asked, account.now)
                if known:
                    return Recorded(known, replayed=True)
            if taken is None:
                self._make_room(account, asked.amount)
                continue
            entry, alert = account.entry(asked, new_id, taken)
            try:
                self.ledger.take(entry, taken, alert)
            except AlreadyDone:
                continue
            if len(account.lapsed) >= MANY_LAPSED:
                self._expire(account)
            return Recorded(entry)
        raise Crowded(f"usage {new_id}")

    def _known(self, asked: Asked, now: datetime) -> tuple[Entry | None, str]:
        """The entry that the key stands for; where there is none (any more), the id of the one to be made."""
        turn = 0
        while entry := self.ledger.entry(usage_id(asked, turn)):
            if entry.status_at(now) not in FREES_ITS_KEY:
                if not entry.answers(asked):
                    raise Problem("idempotency_conflict")
                return entry, entry.id
            turn += 1
        return None, usage_id(asked, turn)

    def commit(self, entry_id: str, amount: int) -> Entry:
        """An open hold becomes use of `amount`: what it holds beyond goes back, what it lacks is taken.

        `hold_not_open` if it is not open any more, `quota_exceeded` (and the hold stays) if more is not there.
        """
        for _ in range(TRIES):
            entry = self._hold(entry_id)
            if entry.status == "committed" and entry.committed == amount:
                return entry
            account = self._open(entry)
            more = amount - entry.amount
            taken = allocate(account.certain, more) if more > 0 else ()
            if taken is None:
                self._make_room(account, more)
                continue
            settled, back, alert = account.committed(entry, amount, taken)
            try:
                self.ledger.settle(settled, taken, back, alert)
            except AlreadyDone:
                continue
            return settled
        raise Crowded(f"commit {entry_id}")

    def release(self, entry_id: str) -> Entry:
        """An open hold is given back; `hold_not_open` if it was committed or has expired."""
        for _ in range(TRIES):
            entry = self._hold(entry_id)
            if entry.status == "released":
                return entry
            account = self._open(entry)
            settled, back = account.released(entry)
            try:
                self.ledger.settle(settled, (), back, None)
            except AlreadyDone:
                continue
            return settled
        raise Crowded(f"release {entry_id}")

    def _hold(self, entry_id: str) -> Entry:
        entry = self.ledger.entry(entry_id)
        if entry is None:
            raise Problem("not_found")
        return entry

    def _open(self, entry: Entry) -> "Account":
        """The account of a hold that is open now."""
        account = self._account(entry.account_id, entry.feature)
        if entry.status_at(account.now) != "open":
            raise Problem("hold_not_open")
        return account

    def _account(self, account_id: str, feature: str) -> "Account":
        now = self.clock.now()
        standing = self.ledger.standing(account_id, now)
        catalogue = self.catalogues.current()
        paid = running(standing.subscription.terms, now) is not None
        grants = with_free(standing.grants, catalogue.free_plan(), now, catalogue.zone, paid=paid)
        _check_metered(feature, in_force(grants, now), catalogue)
        mine = tuple(grant for grant in grants if grant.feature == feature)
        holds = tuple(hold for hold in standing.holds if hold.feature == feature)
        return Account(account_id, feature, mine, holds, now, catalogue)

    def _make_room(self, account: "Account", amount: int) -> None:
        """Gives lapsed holds back if that helps; `quota_exceeded` if it does not."""
        remaining = account.balance(account.grants, account.holds).remaining
        if remaining < amount or not account.lapsed:
            raise Problem("quota_exceeded", feature=account.feature, remaining=remaining)
        self._expire(account)

    def _expire(self, account: "Account") -> None:
        holds = sorted(account.lapsed, key=lambda hold: hold.expires_at)[:EXPIRED_TOGETHER]
        _, _, back = account.resettled((part for hold in holds for part in hold.parts), 0)
        self.ledger.expire(account.id, holds, back)


def _check_metered(feature: str, grants: Sequence[Grant], catalogue: Catalogue) -> None:
    """`validation_failed` for a feature that is a number or a switch: it is read, not used up."""
    kinds = [grant.type for grant in grants if grant.feature == feature]
    kinds += [quota.type for plan in catalogue.plans for quota in plan.quotas if quota.feature == feature]
    if kinds and kinds[0] != "metered":
        raise Problem("validation_failed", errors=(FieldError("feature", "not_metered"),))


@dataclass(frozen=True, slots=True)
class Account:
    """What is decided upon: one feature of an account as it was read."""

    id: str
    feature: str
    grants: tuple[Grant, ...]
    holds: tuple[Hold, ...]
    now: datetime
    catalogue: Catalogue

    @property
    def lapsed(self) -> tuple[Hold, ...]:
        """The holds whose time is over and that are still counted."""
        return tuple(hold for hold in self.holds if not hold.live(self.now))

    @property
    def certain(self) -> tuple[Slot, ...]:
        """The open windows by their counters: what lapsed holds keep is not free before it is given back."""
        live = [hold for hold in self.holds if hold.live(self.now)]
        return slots(self.grants, self.now, self.catalogue.zone, live)

    def balance(self, grants: tuple[Grant, ...], holds: Sequence[Hold]) -> Balance:
        """The feature's balance."""
        found = balances(grants, self.now, self.catalogue.zone, holds)
        return found[0] if found else Balance(self.feature, "metered", 0, 0, 0, None, ())

    def entry(self, asked: Asked, entry_id: str, taken: Taken) -> tuple[Entry, Alert | None]:
        """The new entry; the alert that it calls for, which a hold never does."""
        parts = tuple(slot.part(amount) for slot, amount in taken)
        entry = Entry(
            id=entry_id,
            account_id=self.id,
            feature=self.feature,
            amount=asked.amount,
            hold=asked.hold,
            status="open" if asked.hold else "used",
            parts=parts,
            remaining=0,
            at=self.now,
            expires_at=self.now + asked.hold if asked.hold else None,
        )
        after = self.balance(applied(self.grants, deltas(parts, ())), self.holds)
        alert = None if asked.hold else alert_for(self.id, after, self.certain, self.now)
        return replace(entry, remaining=after.remaining), alert

    def resettled(self, parts: Iterable[Part], amount: int) -> tuple[Parts, Parts, tuple[Return, ...]]:
        """The end of what holds keep, with `amount` of it used: what was used, what goes back, what counts less."""
        return resettled(parts, amount, self.grants, self.catalogue.zone)

    def committed(self, entry: Entry, amount: int, taken: Taken) -> tuple[Entry, tuple[Return, ...], Alert | None]:
        """The hold as committed, what counts less by it, and the alert that its use calls for."""
        kept, given, back = self.resettled(entry.parts, amount)
        more = tuple(slot.part(count) for slot, count in taken)
        after = self._without(entry, deltas_of=(more, given))
        alert = alert_for(self.id, after, self.certain, self.now)
        settled = replace(
            entry,
            status="committed",
            committed=amount,
            parts=merged((*kept, *more)),
            remaining=after.remaining,
            settled_at=self.now,
        )
        return settled, back, alert

    def released(self, entry: Entry) -> tuple[Entry, tuple[Return, ...]]:
        """The hold as given back, and what counts less by it."""
        _, given, back = self.resettled(entry.parts, 0)
        after = self._without(entry, deltas_of=((), given))
        return replace(entry, status="released", remaining=after.remaining, settled_at=self.now), back

    def _without(self, entry: Entry, deltas_of: tuple[Sequence[Part], Sequence[Part]]) -> Balance:
        holds = [hold for hold in self.holds if hold.id != entry.id]
        return self.balance(applied(self.grants, deltas(*deltas_of)), holds)
