"""What a term gives: amounts of a feature, each valid in a window. Windows are computed, no job resets anything.

A grant of a plan counts only while its term stands among the account's terms (`standing`): where a term was credited to
another purchase, its grants give nothing from that moment on, without a write to any of them.

What was taken is counted in the grant, window by window. A hold counts as taken until it is given back; one whose time
is over is computed away from what people see, and given back when somebody needs it (domain/ledger.py). A hold that is
open while its grant moves, or is replaced by a higher plan's, counts there from then on (`Origin`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from billing.domain.plans import Plan, Quota, Rollover
from billing.domain.subscriptions import Period, Term
from billing.domain.times import add_months, seconds_between

GrantName = tuple[str, str, datetime]
"""(feature, order, end): which grant of an account; the free plan's grants have the order ""."""


@dataclass(frozen=True, slots=True)
class Window:
    """`amount` of a feature, usable in [start, end)."""

    amount: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """An alert that was raised for a balance of `granted` while window `window` of the grant was open."""

    window: int
    level: str
    granted: int


@dataclass(frozen=True, slots=True)
class Origin:
    """A place that holds were made at and that they do not count at any more; window `w` there is `w - over` here."""

    order_id: str
    end: datetime
    over: int


@dataclass(frozen=True, slots=True)
class Grant:
    """One stored grant for a feature and a term; `used[i]` of its window `i` is spent or held.

    `taken_back[i]` of window `i` went back with a refund, `carried[i]` was spent already under a plan that this one
    replaced; from `revoked_at` on, nothing of the grant counts. `standalone`: bought as an add-on, beside any term.
    `opening[i]` of `used[i]` was taken at one of the `origins`: before the grant moved, or from one that it replaced.
    `rolled_in` had moved on into the first window when the grant was moved and the months before were left out.
    """

    order_id: str
    feature: str
    type: str
    amount: int
    per: str | None
    period: Period
    used: dict[int, int]
    taken_back: dict[int, int] = field(default_factory=dict)
    revoked_at: datetime | None = None
    carried: dict[int, int] = field(default_factory=dict)
    standalone: bool = False
    rollover: Rollover | None = None
    alerted: Mark | None = None
    opening: dict[int, int] = field(default_factory=dict)
    origins: tuple[Origin, ...] = ()
    rolled_in: int = 0

    @property
    def name(self) -> GrantName:
        """Which grant of its account this is."""
        return self.feature, self.order_id, self.period.end

    def windows(self, zone: ZoneInfo) -> tuple[Window, ...]:
        """One window for each month of a monthly amount, otherwise one for the whole term."""
        return tuple(
            Window(full.amount - self.taken_back.get(index, 0) - self.carried.get(index, 0), full.start, full.end)
            for index, full in enumerate(self.full_windows(zone))
        )

    def full_windows(self, zone: ZoneInfo) -> tuple[Window, ...]:
        """The windows with all that was bought; a month cut short by the end gives its share, rounded up."""
        period = self.period
        if self.per != "month":
            return (Window(self.amount, period.start, period.end),)
        month = period.months - period.length(zone)
        cuts = [add_months(period.anchor, month, zone)]
        while cuts[-1] < period.end:
            month += 1
            cuts.append(add_months(period.anchor, month, zone))
        return tuple(self._month(start, end) for start, end in pairwise(cuts))

    def _month(self, start: datetime, end: datetime) -> Window:
        period = self.period
        whole, had = seconds_between(start, end), seconds_between(start, min(end, period.end))
        return Window(-(-self.amount * had // whole), max(start, period.start), min(end, period.end))

    def rolled(self, months: Sequence[Window], lapsed: Mapping[int, int]) -> int:
        """What moves on into the month after `months`, the grant's windows until then.

        It is what the last of them left of its own amount: what had moved on into that month was used up first, and
        ends with it. `lapsed[i]` of `used[i]` is held by nobody any more.
        """
        moved = self.rolled_in
        for index, month in enumerate(months if self.rollover else ()):
            taken = self.used.get(index, 0) - lapsed.get(index, 0)
            moved = _moved_on(month.amount - max(0, taken - moved), self.rollover)
        return moved


def _moved_on(unused: int, rollover: Rollover | None) -> int:
    if rollover is None or unused < rollover.minimum:
        return 0
    return min(rollover.maximum, unused)


@dataclass(frozen=True, slots=True)
class Part:
    """`amount` taken from window `window`, [start, end), of the grant that `order_id` brought and that ends then."""

    feature: str
    order_id: str
    grant_end: datetime
    window: int
    amount: int
    start: datetime
    end: datetime

    @property
    def grant(self) -> GrantName:
        """Whose window it is."""
        return self.feature, self.order_id, self.grant_end


@dataclass(frozen=True, slots=True)
class Hold:
    """Quota set aside until `expires_at`, and still counted in its grants."""

    id: str
    feature: str
    expires_at: datetime
    parts: tuple[Part, ...]

    def live(self, now: datetime) -> bool:
        """Whether it still keeps its quota from others."""
        return now < self.expires_at


@dataclass(frozen=True, slots=True)
class Slot:
    """The window of a metered grant that is open: `limit` may be taken in all, `taken` is, `held` of that by holds.

    `rolled` of the limit moved on from the month before.
    """

    grant: Grant
    index: int
    start: datetime
    end: datetime
    limit: int
    rolled: int
    taken: int
    held: int

    @property
    def free(self) -> int:
        """What can still be taken."""
        return self.limit - self.taken

    def part(self, amount: int) -> Part:
        """`amount` of it."""
        grant = self.grant
        return Part(grant.feature, grant.order_id, grant.period.end, self.index, amount, self.start, self.end)


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account has of one feature at a moment; for `limit` and `switch`, `granted` is the highest in force.

    `packs`: the part of it that add-ons brought, the one that ends first at the front.
    """

    feature: str
    type: str
    granted: int
    used: int
    held: int
    next_expiry: datetime | None
    upcoming: tuple[Window, ...]
    packs: tuple[Slot, ...] = ()

    @property
    def remaining(self) -> int:
        """What can still be used."""
        return self.granted - self.used - self.held


def grants_for(quotas: Iterable[Quota], order_id: str, period: Period) -> tuple[Grant, ...]:
    """The grants that a term of a plan with these quotas brings."""
    return tuple(
        Grant(order_id, quota.feature, quota.type, quota.amount, quota.per, period, {}, rollover=quota.rollover)
        for quota in quotas
    )


def standing(grants: Iterable[Grant], terms: Iterable[Term]) -> tuple[Grant, ...]:
    """The grants that count: add-ons, and those whose term is among the account's as it was granted for.

    What was taken of the free plan belongs to no term, and counts when the free plan does (`with_free`).
    """
    ends = {(term.order_id, term.period.end) for term in terms}
    return tuple(
        grant
        for grant in grants
        if grant.standalone or not grant.order_id or (grant.order_id, grant.period.end) in ends
    )


def followed(parts: Iterable[Part], grants: Iterable[Grant], zone: ZoneInfo) -> Iterator[tuple[Part, Part | None]]:
    """Each part as it was taken, and where it counts now; None for a month that was over when its grant moved."""
    heirs = {
        (grant.feature, origin.order_id, origin.end): (grant, origin) for grant in grants for origin in grant.origins
    }
    for part in parts:
        heir = heirs.get(part.grant)
        yield part, _inherited(part, *heir, zone) if heir else part


def _inherited(part: Part, grant: Grant, origin: Origin, zone: ZoneInfo) -> Part | None:
    index, windows = part.window - origin.over, grant.windows(zone)
    if not 0 <= index < len(windows):
        return None
    start, end = windows[index].start, windows[index].end
    return Part(part.feature, grant.order_id, grant.period.end, index, part.amount, start, end)


Counts = Mapping[GrantName, Mapping[int, int]]


def kept_by(holds: Iterable[Hold], grants: Sequence[Grant], zone: ZoneInfo) -> Counts:
    """What holds keep of each grant, window by window."""
    kept: dict[GrantName, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for _, part in followed((part for hold in holds for part in hold.parts), grants, zone):
        if part:
            kept[part.grant][part.window] += part.amount
    return kept


def used_by_feature(grants: Iterable[Grant]) -> dict[str, int]:
    """All that was spent of each metered feature."""
    used: dict[str, int] = {}
    for grant in grants:
        if grant.type == "metered":
            used[grant.feature] = used.get(grant.feature, 0) + sum(grant.used.values())
    return used


def without_holds(grants: Sequence[Grant], holds: Iterable[Hold], zone: ZoneInfo) -> tuple[Grant, ...]:
    """The grants with what was really spent: what holds keep may yet come back."""
    kept = kept_by(holds, grants, zone)
    return tuple(
        replace(
            grant,
            used={w: max(0, count - kept.get(grant.name, {}).get(w, 0)) for w, count in grant.used.items()},
        )
        for grant in grants
    )


def slots(grants: Iterable[Grant], now: datetime, zone: ZoneInfo, holds: Iterable[Hold] = ()) -> tuple[Slot, ...]:
    """The open windows of metered grants, the one that ends first at the front; what holds lapsed counts as free."""
    known, held = tuple(grants), tuple(holds)
    live = kept_by((hold for hold in held if hold.live(now)), known, zone)
    lapsed = kept_by((hold for hold in held if not hold.live(now)), known, zone)
    found = [
        _slot(grant, index, windows, live.get(grant.name, {}), lapsed.get(grant.name, {}))
        for grant in in_force(known, now)
        if grant.type == "metered"
        for windows in (grant.windows(zone),)
        for index, window in enumerate(windows)
        if window.start <= now < window.end
    ]
    return tuple(sorted(found, key=lambda slot: (slot.end, slot.grant.name)))


def _slot(
    grant: Grant, index: int, windows: Sequence[Window], live: Mapping[int, int], lapsed: Mapping[int, int]
) -> Slot:
    window = windows[index]
    rolled = grant.rolled(windows[:index], lapsed)
    limit = window.amount + rolled
    held = min(live.get(index, 0), limit)
    # A query may see a hold without its count in the grant, or the other way round: never less than what is held.
    taken = max(grant.used.get(index, 0) - lapsed.get(index, 0), held)
    return Slot(grant, index, window.start, window.end, limit, rolled, taken, held)


def in_force(grants: Iterable[Grant], now: datetime) -> tuple[Grant, ...]:
    """The grants that were not revoked."""
    return tuple(grant for grant in grants if not (grant.revoked_at and grant.revoked_at <= now))


def balances(grants: Iterable[Grant], now: datetime, zone: ZoneInfo, holds: Iterable[Hold] = ()) -> tuple[Balance, ...]:
    """The balance of every feature, in the order in which the features first appear."""
    by_feature: dict[str, list[Grant]] = {}
    for grant in in_force(grants, now):
        by_feature.setdefault(grant.feature, []).append(grant)
    known = tuple(holds)
    return tuple(_balance(feature, members, now, zone, known) for feature, members in by_feature.items())


def _balance(feature: str, grants: list[Grant], now: datetime, zone: ZoneInfo, holds: tuple[Hold, ...]) -> Balance:
    windows = [window for grant in grants for window in grant.windows(zone) if window.end > now]
    amounts = [window.amount for window in windows if window.start <= now]
    metered = slots(grants, now, zone, [hold for hold in holds if hold.feature == feature])
    held = sum(slot.held for slot in metered)
    return Balance(
        feature=feature,
        type=grants[0].type,
        granted=sum(slot.limit for slot in metered) if grants[0].type == "metered" else max(amounts, default=0),
        used=sum(slot.taken for slot in metered) - held,
        held=held,
        next_expiry=min((window.end for window in windows if window.start <= now), default=None),
        upcoming=tuple(sorted((each for each in windows if each.start > now), key=lambda window: window.start)),
        packs=tuple(slot for slot in metered if slot.grant.standalone),
    )


def free_grants(plan: Plan, now: datetime, zone: ZoneInfo) -> tuple[Grant, ...]:
    """The free plan's quotas for the calendar month of `now` in the seller's zone."""
    first = now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    period = Period(first.astimezone(now.tzinfo), add_months(first, 1, zone), first.astimezone(now.tzinfo), 1)
    return grants_for(plan.quotas, "", period)


def with_free(
    stored: Iterable[Grant], free: Plan | None, now: datetime, zone: ZoneInfo, *, paid: bool
) -> tuple[Grant, ...]:
    """What counts of an account's stored grants, with the free plan's while nothing is paid.

    The free plan's amounts are computed; stored is only what was taken of them this month.
    """
    bought, counted = [], {}
    for grant in stored:
        if grant.order_id:
            bought.append(grant)
        else:
            counted[grant.name] = grant
    if paid or free is None:
        return tuple(bought)
    return (*(_as_counted(grant, counted.get(grant.name)) for grant in free_grants(free, now, zone)), *bought)


def _as_counted(grant: Grant, stored: Grant | None) -> Grant:
    return replace(grant, used=stored.used, alerted=stored.alerted) if stored else grant
