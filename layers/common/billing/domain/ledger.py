"""The quota ledger: what was used or held, from which windows, and when a balance is worth a word.

Consumption takes the window that ends first. An entry is written once; a hold's entry is settled once: committed,
released, or expired. Every balance follows from the entries: the parts of those that were used or committed are used,
the parts of open ones are held.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from billing.domain.identifiers import derived_id
from billing.domain.quotas import Balance, Grant, GrantName, Mark, Part, Slot, followed

Status = Literal["used", "open", "committed", "released", "expired"]

HOLD_LIFE = timedelta(minutes=15)
"""How long a hold lives that does not say."""

LONGEST_HOLD = timedelta(hours=24)
LARGEST_AMOUNT = 100_000_000_000

FREES_ITS_KEY = {"released", "expired"}
"""States of an entry whose Idempotency-Key may be used again: nothing came of it."""

LEVELS = ("low", "exhausted")
"""When a balance is worth a word: 80 % used, all used."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to use `amount` of a feature, or to hold it for `hold` first; None: use it at once."""

    account_id: str
    feature: str
    amount: int
    hold: timedelta | None
    key: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `parts` is what it takes: of a committed hold, what was really used.

    `amount` is what was asked for, `committed` what a committed hold came to. `remaining` is the balance after it, as
    it was answered. `hold` is the life of a hold, None for what was used at once.
    """

    id: str
    account_id: str
    feature: str
    amount: int
    hold: timedelta | None
    status: Status
    parts: tuple[Part, ...]
    remaining: int
    at: datetime
    expires_at: datetime | None = None
    committed: int | None = None
    settled_at: datetime | None = None

    def status_at(self, now: datetime) -> Status:
        """Its status; a hold expires by the clock, whether or not its quota was given back already."""
        if self.status == "open" and self.expires_at and self.expires_at <= now:
            return "expired"
        return self.status

    def answers(self, asked: Asked) -> bool:
        """Whether it is what was asked for."""
        return (self.feature, self.amount, self.hold) == (asked.feature, asked.amount, asked.hold)


@dataclass(frozen=True, slots=True)
class Alert:
    """A balance has come to a level: `used` of `granted`. `mark` is kept with the window that ends first, `slot`."""

    account_id: str
    feature: str
    level: str
    granted: int
    used: int
    slot: Slot
    at: datetime

    @property
    def mark(self) -> Mark:
        """What keeps it from being raised again."""
        return Mark(self.slot.index, self.level, self.granted)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an account's statement. `kind`: "grant", "use", "hold" or "take_back"; amounts are never negative.

    `order_id` is that of a grant, or whose grant was taken back from; `start` and `end` are a grant's validity, or the
    window that was taken back from. `per` and `carried` (used under the plan that it replaces) belong to grants,
    `expires_at` and `committed` to holds.
    """

    id: str
    at: datetime
    kind: str
    feature: str
    amount: int
    status: str
    parts: tuple[Part, ...] = ()
    order_id: str | None = None
    per: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    expires_at: datetime | None = None
    committed: int | None = None
    carried: int = 0


def usage_id(asked: Asked, turn: int) -> str:
    """The entry of an account and Idempotency-Key; `turn` counts how often the key was free again."""
    return derived_id("use", asked.account_id, asked.key, str(turn))


def allocate(open_slots: Sequence[Slot], amount: int) -> tuple[tuple[Slot, int], ...] | None:
    """`amount` from these windows, the first first; None if they have not enough."""
    taken: list[tuple[Slot, int]] = []
    left = amount
    for slot in open_slots:
        share = min(left, slot.free)
        if share > 0:
            taken.append((slot, share))
            left -= share
    return None if left else tuple(taken)


def split(parts: Sequence[Part], amount: int) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Up to `amount` of the parts in their order, and the rest."""
    kept: list[Part] = []
    rest: list[Part] = []
    left = amount
    for part in parts:
        share = min(left, part.amount)
        left -= share
        if share:
            kept.append(replace(part, amount=share))
        if share < part.amount:
            rest.append(replace(part, amount=part.amount - share))
    return tuple(kept), tuple(rest)


@dataclass(frozen=True, slots=True)
class Return:
    """A window counts `amount` less. `opening`: it counts so much less of what was taken at an origin of its grant.

    `grant` is the grant as it was read; None where it counts no more, and nobody minds what becomes of it.
    """

    name: GrantName
    window: int
    amount: int
    opening: int = 0
    grant: Grant | None = None


def resettled(
    parts: Iterable[Part], amount: int, grants: Sequence[Grant], zone: ZoneInfo
) -> tuple[tuple[Part, ...], tuple[Part, ...], tuple[Return, ...]]:
    """A hold's end with `amount` of it used: the parts used, those given back, and what counts less by it.

    Each part is where it counts now. One whose grant was moved or replaced is the new grant's from here on, and the old
    one is quit of it.
    """
    standing = {grant.name: grant for grant in grants}
    pieces, quit_of = [], []
    for old, part in _pieces(parts, grants, zone):
        pieces.append(part)
        if old is not part:
            quit_of += [
                Return(old.grant, old.window, part.amount),
                Return(part.grant, part.window, 0, part.amount, standing[part.grant]),
            ]
    kept, given = split(pieces, amount)
    back = [Return(part.grant, part.window, part.amount, 0, standing.get(part.grant)) for part in given]
    return kept, given, (*quit_of, *back)


def _pieces(parts: Iterable[Part], grants: Sequence[Grant], zone: ZoneInfo) -> Iterable[tuple[Part, Part]]:
    """Where each part was taken and where it counts; what found no room in a new grant counts where it was taken."""
    room = {(grant.name, window): count for grant in grants for window, count in grant.opening.items()}
    for old, heir in followed(parts, grants, zone):
        if heir is old:
            yield old, old
            continue
        moved = min(old.amount, room.get((heir.grant, heir.window), 0)) if heir else 0
        if heir and moved:
            room[heir.grant, heir.window] -= moved
            yield old, replace(heir, amount=moved)
        if moved < old.amount:
            left = replace(old, amount=old.amount - moved)
            yield left, left


def merged(parts: Iterable[Part]) -> tuple[Part, ...]:
    """One part for each window, in the order in which windows first appear."""
    by_window: dict[tuple[GrantName, int], Part] = {}
    for part in parts:
        key = part.grant, part.window
        before = by_window.get(key)
        by_window[key] = replace(part, amount=part.amount + before.amount) if before else part
    return tuple(by_window.values())


def deltas(taken: Iterable[Part], given: Iterable[Part]) -> dict[GrantName, dict[int, int]]:
    """What an operation changes in each grant's counters."""
    changes: dict[GrantName, dict[int, int]] = {}
    for sign, parts in ((1, taken), (-1, given)):
        for part in parts:
            counts = changes.setdefault(part.grant, {})
            counts[part.window] = counts.get(part.window, 0) + sign * part.amount
    return changes


def applied(grants: Iterable[Grant], changes: Mapping[GrantName, Mapping[int, int]]) -> tuple[Grant, ...]:
    """The grants with changed counters."""
    return tuple(_changed(grant, changes.get(grant.name, {})) for grant in grants)


def _changed(grant: Grant, counts: Mapping[int, int]) -> Grant:
    used = {**grant.used, **{window: grant.used.get(window, 0) + change for window, change in counts.items()}}
    return replace(grant, used=used)


def level_of(balance: Balance) -> str | None:
    """`exhausted` when all that was granted is used, `low` from 80 % on."""
    if balance.granted <= 0:
        return None
    if balance.used >= balance.granted:
        return "exhausted"
    return "low" if balance.used * 10 >= balance.granted * 8 else None


def alert_for(account_id: str, after: Balance, open_slots: Sequence[Slot], now: datetime) -> Alert | None:
    """The alert that a balance calls for, unless one as high was raised for it already.

    It is remembered in the window that ends first, so until the balance changes by itself; what is bought meanwhile
    makes it another balance.
    """
    level = level_of(after)
    first = next((slot for slot in open_slots if slot.limit > 0), None)
    if level is None or first is None:
        return None
    mark = first.grant.alerted
    known = mark and mark.window == first.index and mark.granted >= after.granted
    if mark and known and LEVELS.index(level) <= LEVELS.index(mark.level):
        return None
    return Alert(account_id, after.feature, level, after.granted, after.used, first, now)
