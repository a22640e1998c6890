"""What must agree: each check derives a figure again and tells where it differs, and what to look at."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from billing.adapters.dynamodb.account_records import grant_from_record
from billing.domain.quotas import Grant
from billing.domain.times import to_text
from operations.verify.facts import Facts


@dataclass(frozen=True, slots=True)
class Difference:
    """What is stored, what it should be by its entries, and what to look at."""

    what: str
    where: str
    stored: Any
    derived: Any
    look_at: str

    def __str__(self) -> str:
        return f"{self.what}: {self.where}: stored {self.stored}, derived {self.derived}; look at {self.look_at}"


def differences(facts: Facts) -> list[Difference]:
    """Everything that does not agree."""
    checks = (_used, _room, _taken_back, _holds, _credits, _coupons, _numbers)
    return [difference for check in checks for difference in check(facts)]


def _used(facts: Facts) -> Iterator[Difference]:
    """A window's counter is the sum of what entries took from it, and of what was taken at an origin of its grant."""
    for name in sorted({*facts.grants, *facts.taken}):
        record = facts.grants.get(name, {})
        stored = record.get("used", {})
        derived = Counter(facts.taken.get(name, {})) + Counter(record.get("opening", {}))
        for window in sorted({*stored, *derived}):
            if stored.get(window, 0) != derived[window]:
                account = name.partition(" ")[0]
                yield Difference(
                    "used",
                    f"{name} window {window}",
                    stored.get(window, 0),
                    derived[window],
                    f"the entries in gsi1 {account}#USAGE whose parts name this grant and window",
                )


def _room(facts: Facts) -> Iterator[Difference]:
    """No window gave more than it has."""
    zone = ZoneInfo(facts.timezone)
    for name, record in sorted(facts.grants.items()):
        grant = grant_from_record(record)
        if not grant.order_id:  # the free plan's amount is the catalogue's, which may have changed since
            continue
        windows = grant.windows(zone)
        for window, used in sorted(grant.used.items()):
            limit = windows[window].amount + grant.rolled(windows[:window], {})
            if used > limit:
                place = f"{name} window {window}"
                yield Difference(
                    "taken beyond the grant", place, used, limit, "taken_back and the entries of that window"
                )


def _taken_back(facts: Facts) -> Iterator[Difference]:
    """What refunds took back is what their lines in the statement say."""
    zone = ZoneInfo(facts.timezone)
    for name, record in sorted(facts.grants.items()):
        grant = grant_from_record(record)
        lines = facts.taken_back.get(f"{record['pk']} {grant.order_id} {grant.feature}", {})
        if not (lines or grant.taken_back):
            continue
        for index, window in enumerate(grant.windows(zone)):
            stored, derived = grant.taken_back.get(index, 0), lines.get(to_text(window.start), 0)
            if stored != derived:
                place = f"{name} window {index}"
                yield Difference("taken back", place, stored, derived, f"the refunds of {grant.order_id}")


def _holds(facts: Facts) -> Iterator[Difference]:
    """A hold stands beside the grants exactly while its entry is open."""
    for name in sorted({*facts.holds, *facts.open_entries}):
        stored, derived = facts.holds.get(name), facts.open_entries.get(name)
        if stored != derived:
            yield Difference("hold", name, stored, derived, f"USAGE#{name} and the item HOLD#{name} of its account")


def _credits(facts: Facts) -> Iterator[Difference]:
    """A fulfilled order brought each of its quotas once, as it was quoted."""
    found: dict[tuple[str, str], list[Grant]] = {}
    for record in facts.grants.values():
        grant = grant_from_record(record)
        moved = any(origin.order_id == grant.order_id for origin in grant.origins)
        if grant.order_id and not moved:  # what moved with its term was credited at its first place
            found.setdefault((grant.order_id, grant.feature), []).append(grant)
    wanted = {
        (order_id, feature): quota
        for order_id, order in facts.orders.items()
        for feature, quota in order["quotas"].items()
    }
    for key in sorted({*found, *wanted}):
        stored = [[grant.amount, grant.per] for grant in found.get(key, [])]
        derived = [wanted[key]] if key in wanted else []
        if stored != derived:
            yield Difference("credited", " ".join(key), stored, derived, f"ORDER#{key[0]} and the grants it brought")


def _coupons(facts: Facts) -> Iterator[Difference]:
    """A coupon's places are those that redemptions hold, and the confirmed ones among them."""
    for name in sorted({*facts.coupons, *facts.redeemed}):
        stored, derived = facts.coupons.get(name, 0), facts.redeemed.get(name, 0)
        if stored != derived:
            code = name.partition(" ")[0]
            yield Difference("coupon", name, stored, derived, f"the items ORDER#... of COUPON#{code}")
    for code in sorted({*facts.coupons_confirmed, *facts.confirmed}):
        stored, derived = facts.coupons_confirmed.get(code, 0), facts.confirmed.get(code, 0)
        if stored != derived:
            yield Difference(
                "coupon", f"{code} confirmed", stored, derived, f"the items ORDER#... of COUPON#{code}, where confirmed"
            )


def _numbers(facts: Facts) -> Iterator[Difference]:
    """A series counts from 1 without a gap or a double, and its documents were issued in that order."""
    for series in sorted({*facts.series, *facts.documents}):
        documents = sorted(facts.documents.get(series, []))
        numbers = [number for number, _, _ in documents]
        last = facts.series.get(series, 0)
        if numbers != list(range(1, last + 1)):
            odd = sorted({*range(1, last + 1)} ^ {*numbers}) or sorted({n for n in numbers if numbers.count(n) > 1})
            yield Difference("numbers", series, f"1 to {last}", odd[:20], f"SERIES#{series} and its documents")
        for (number, before, _), (_, after, name) in pairwise(documents):
            if after < before:
                yield Difference(
                    "issue order", f"{series} {number + 1}", after, f"{before} or later", f"INVOICE#{name}"
                )
