"""What becomes of grants when a higher plan takes their place, or makes their term move behind it.

What was spent goes with them, so that nobody spends it twice. What holds keep goes with them too, and when such a hold
is released it comes back where it counts by then: `Origin` says where it was made.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from billing.domain.quotas import Counts, Grant, Hold, Origin, kept_by
from billing.domain.subscriptions import Period


def carry(grants: Iterable[Grant], spent: Mapping[str, int], zone: ZoneInfo) -> tuple[Grant, ...]:
    """New grants, less what was spent of the same features under the plan they replace; no window gets below zero."""
    carried = []
    for grant in grants:
        left, taken = spent.get(grant.feature, 0) if grant.type == "metered" else 0, {}
        for index, window in enumerate(grant.windows(zone)):
            part = min(left, window.amount)
            left -= part
            if part:
                taken[index] = part
        carried.append(replace(grant, carried=taken))
    return tuple(carried)


def take_over(
    grants: Iterable[Grant], replaced: Sequence[Grant], holds: Sequence[Hold], now: datetime, zone: ZoneInfo
) -> tuple[Grant, ...]:
    """New grants that count in their first window what holds keep of those they replace, as far as there is room."""
    kept = kept_by(holds, replaced, zone)
    return tuple(_taking_over(grant, replaced, kept, holds, now, zone) for grant in grants)


def _taking_over(
    grant: Grant, replaced: Sequence[Grant], kept: Counts, holds: Sequence[Hold], now: datetime, zone: ZoneInfo
) -> Grant:
    held, origins = 0, []
    for before in replaced:
        if before.feature == grant.feature and before.name in kept:
            over = _open_window(before, now, zone)
            held += kept[before.name].get(over, 0)
            origins += _handed_on(before, over, holds)
    counted = min(held, grant.windows(zone)[0].amount) if grant.type == "metered" else 0
    return replace(grant, used={0: counted}, opening={0: counted}, origins=tuple(origins)) if counted else grant


def _open_window(grant: Grant, now: datetime, zone: ZoneInfo) -> int:
    return max(sum(window.start <= now for window in grant.full_windows(zone)) - 1, 0)


def _handed_on(grant: Grant, over: int, holds: Iterable[Hold]) -> list[Origin]:
    """The origins of the grant that counts from now on what this one did: it, and those of its own with open holds."""
    named = {part.grant for hold in holds for part in hold.parts}
    earlier = [place for place in grant.origins if (grant.feature, place.order_id, place.end) in named]
    places = [*earlier, Origin(grant.order_id, grant.period.end, 0)]
    return [replace(place, over=place.over + over) for place in places]


def moved_grant(grant: Grant, period: Period, holds: Sequence[Hold], now: datetime, zone: ZoneInfo) -> Grant:
    """The grant of a term that is moved to `period`; months that are over are left out, but for what moved on."""
    lapsed = kept_by((hold for hold in holds if not hold.live(now)), [grant], zone)
    over = grant.period.length(zone) - period.length(zone) if grant.per == "month" else 0

    def kept(counts: dict[int, int]) -> dict[int, int]:
        return {index - over: count for index, count in counts.items() if index >= over}

    return replace(
        grant,
        period=period,
        used=kept(grant.used),
        taken_back=kept(grant.taken_back),
        carried=kept(grant.carried),
        alerted=None,
        opening=kept(grant.used),
        origins=tuple(_handed_on(grant, over, holds)),
        rolled_in=grant.rolled(grant.windows(zone)[:over], lapsed.get(grant.name, {})),
    )
