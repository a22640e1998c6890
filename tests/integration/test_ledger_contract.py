"""What the ledger's writes refuse because the read before was too early: the same in memory and on the table."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from billing.adapters.dynamodb.account_records import grant_to_record
from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.keys import grant_key
from billing.adapters.dynamodb.ledger import LedgerTable
from billing.adapters.dynamodb.mapper import to_item
from billing.domain.ledger import Alert, Entry, Return
from billing.domain.plans import Quota, Rollover
from billing.domain.quotas import Grant, Hold, Origin, Slot, grants_for, slots
from billing.service.basic_ports import AlreadyDone
from billing.service.usage import Ledger
from tests.support.quota_ledger import MemoryLedger
from tests.support.shop import TABLE
from tests.support.values import HANOI, NOON, period, texts

Store = Callable[[Grant], None]
ROLLING = Quota("tokens", texts("tokens"), "metered", 1_000, "month", Rollover(400))


@pytest.fixture(params=["memory", "table"])
def ledger(request: pytest.FixtureRequest) -> Iterator[tuple[Ledger, Store]]:
    """A ledger, and how a grant is stored in it behind its back."""
    if request.param == "memory":
        memory = MemoryLedger()
        yield memory, memory.add
        return
    request.getfixturevalue("shop")
    table = Table(TABLE)

    def store(grant: Grant) -> None:
        key = grant_key("acc-1", grant.period.end, grant.order_id, grant.feature)
        table.write(table.put(key, to_item(grant_to_record(grant))))

    yield LedgerTable(table), store


def rolling(**changes: object) -> Grant:
    """Three months of 1000, of which 400 move on; beside any term, so that it counts without one."""
    (made,) = grants_for([ROLLING], "ord_1", period(NOON, 3))
    return replace(made, standalone=True, **changes)  # type: ignore[arg-type]


def slot(grant: Grant, month: int = 0) -> Slot:
    """The window of a month, as it is read."""
    (found,) = slots([grant], grant.windows(HANOI)[month].start, HANOI)
    return found


def entry(taken: Slot, amount: int, name: str = "1", hold: timedelta | None = None) -> Entry:
    """An entry that takes an amount."""
    return Entry(
        id=f"use_{name}",
        account_id="acc-1",
        feature="tokens",
        amount=amount,
        hold=hold,
        status="open" if hold else "used",
        parts=(taken.part(amount),),
        remaining=0,
        at=NOON,
        expires_at=NOON + hold if hold else None,
    )


def back(taken: Slot, amount: int) -> tuple[Return, ...]:
    """What is given back to a window whose grant stands."""
    return (Return(taken.grant.name, taken.index, amount, 0, taken.grant),)


def used(ledger: Ledger) -> dict[int, int]:
    """The counters of the one grant."""
    (grant,) = ledger.standing("acc-1", NOON).grants
    return grant.used


STALE = [
    ("no room", rolling(used={0: 1}), rolling(used={0: 2}), 0, 999),
    ("a refund took some", rolling(), rolling(taken_back={0: 1}), 0, 1),
    ("a refund took more", rolling(taken_back={0: 1}), rolling(taken_back={0: 2}), 0, 1),
    ("it was revoked", rolling(), rolling(revoked_at=NOON), 0, 1),
    ("the next month has begun", rolling(), rolling(used={1: 1}), 0, 1),
    ("less has moved on", rolling(used={0: 600}), rolling(used={0: 601}), 1, 1),
    ("a refund took what moved on", rolling(used={0: 700}), rolling(used={0: 700}, taken_back={0: 100}), 1, 1),
    ("the month before was used", rolling(), rolling(used={0: 1}), 1, 1),
]


@pytest.mark.parametrize(("read", "stored", "month", "amount"), [case[1:] for case in STALE], ids=[c[0] for c in STALE])
def test_what_was_read_too_early_is_not_written(
    ledger: tuple[Ledger, Store], read: Grant, stored: Grant, month: int, amount: int
) -> None:
    book, store = ledger
    store(stored)
    taken = slot(read, month)
    with pytest.raises(AlreadyDone):
        book.take(entry(taken, amount), ((taken, amount),), None)
    assert used(book) == stored.used
    assert book.entry("use_1") is None


def test_what_does_not_matter_to_it_is_no_hindrance(ledger: tuple[Ledger, Store]) -> None:
    book, store = ledger
    store(rolling(used={0: 600}))
    taken = slot(rolling(used={0: 100}))
    book.take(entry(taken, 400), ((taken, 400),), None)
    assert used(book) == {0: 1_000}


def test_an_entry_is_written_once(ledger: tuple[Ledger, Store]) -> None:
    book, store = ledger
    store(rolling())
    taken = slot(rolling())
    book.take(entry(taken, 100), ((taken, 100),), None)
    with pytest.raises(AlreadyDone):
        book.take(entry(taken, 100), ((taken, 100),), None)
    assert used(book) == {0: 100}
    assert book.entry("use_1") == entry(taken, 100)


def test_a_hold_is_settled_once(ledger: tuple[Ledger, Store]) -> None:
    book, store = ledger
    store(rolling())
    taken = slot(rolling())
    held = entry(taken, 100, hold=timedelta(minutes=15))
    book.take(held, ((taken, 100),), None)
    (hold,) = book.standing("acc-1", NOON).holds
    assert hold == Hold("use_1", "tokens", NOON + timedelta(minutes=15), held.parts)
    settled = replace(held, status="committed", committed=40, parts=(taken.part(40),), settled_at=NOON)
    book.settle(settled, (), back(taken, 60), None)
    for again in (settled, replace(held, status="released", settled_at=NOON)):
        with pytest.raises(AlreadyDone):
            book.settle(again, (), back(taken, 100), None)
    book.expire("acc-1", [hold], back(taken, 100))
    assert used(book) == {0: 40}
    assert book.entry("use_1") == settled
    assert book.standing("acc-1", NOON).holds == ()


def test_lapsed_holds_are_given_back(ledger: tuple[Ledger, Store]) -> None:
    book, store = ledger
    store(rolling())
    taken = slot(rolling())
    for name in ("1", "2"):
        book.take(entry(taken, 100, name, timedelta(minutes=15)), ((taken, 100),), None)
    book.expire("acc-1", book.standing("acc-1", NOON).holds, [*back(taken, 100), *back(taken, 100)])
    assert used(book) == {0: 0}
    assert [found.status for name in ("1", "2") if (found := book.entry(f"use_{name}"))] == ["expired", "expired"]


PLACES = (Origin("ord_1", NOON, 0),)
HANDED_ON = [
    ("it moved meanwhile", rolling(used={0: 100}), rolling(used={0: 100}, revoked_at=NOON), 0),
    ("others gave back first", rolling(used={0: 100}, opening={0: 100}, origins=PLACES), None, 101),
]


@pytest.mark.parametrize(
    ("read", "stored", "opening"), [case[1:] for case in HANDED_ON], ids=[case[0] for case in HANDED_ON]
)
def test_what_is_given_back_to_a_grant_that_changed_is_decided_again(
    ledger: tuple[Ledger, Store], read: Grant, stored: Grant | None, opening: int
) -> None:
    book, store = ledger
    store(rolling())
    taken = slot(rolling())
    held = entry(taken, 100, hold=timedelta(minutes=15))
    book.take(held, ((taken, 100),), None)
    store(stored or read)
    given = [Return(read.name, 0, 100, opening, read)]
    with pytest.raises(AlreadyDone):
        book.settle(replace(held, status="released", settled_at=NOON), (), given, None)
    book.expire("acc-1", book.standing("acc-1", NOON).holds, given)
    assert used(book) == {0: 100}
    assert book.entry("use_1") == held


def test_what_was_taken_at_an_origin_leaves_the_grant_that_counts_it(ledger: tuple[Ledger, Store]) -> None:
    book, store = ledger
    heir = rolling(used={0: 250}, opening={0: 200}, origins=PLACES)
    store(rolling())
    taken = slot(rolling())
    held = entry(taken, 100, hold=timedelta(minutes=15))
    book.take(held, ((taken, 100),), None)
    store(heir)
    book.settle(
        replace(held, status="committed", committed=30, parts=(taken.part(30),), settled_at=NOON),
        (),
        [Return(heir.name, 0, 0, 60, heir), Return(heir.name, 0, 70, 40, heir)],
        None,
    )
    (grant,) = book.standing("acc-1", NOON).grants
    assert (grant.used, grant.opening) == ({0: 180}, {0: 100})


def test_an_alert_is_raised_once(ledger: tuple[Ledger, Store]) -> None:
    book, store = ledger
    store(rolling())
    taken = slot(rolling())
    alert = Alert("acc-1", "tokens", "low", 1_000, 800, taken, NOON)
    book.take(entry(taken, 800, "1"), ((taken, 800),), alert)
    with pytest.raises(AlreadyDone):
        book.take(entry(taken, 1, "2"), ((taken, 1),), alert)
    (grant,) = book.standing("acc-1", NOON).grants
    assert grant.alerted == alert.mark
    following = replace(alert, level="exhausted", slot=slot(grant))
    book.take(entry(slot(grant), 200, "2"), ((slot(grant), 200),), following)
    assert used(book) == {0: 1_000}


def test_a_commit_that_takes_more_from_the_next_month_counts_in_both(ledger: tuple[Ledger, Store]) -> None:
    book, store = ledger
    store(rolling())
    taken = slot(rolling())
    held = entry(taken, 100, hold=timedelta(hours=1))
    book.take(held, ((taken, 100),), None)
    more = slot(rolling(used={0: 100}), 1)
    book.settle(replace(held, status="committed", committed=150, settled_at=NOON), ((more, 50),), (), None)
    assert used(book) == {0: 100, 1: 50}


def test_the_free_plans_month_is_stored_by_its_first_use(ledger: tuple[Ledger, Store]) -> None:
    book, _ = ledger
    first = slot(rolling(order_id="", rollover=None))
    book.take(entry(first, 10, "1"), ((first, 10),), None)
    with pytest.raises(AlreadyDone):
        book.take(entry(first, 10, "2"), ((first, 10),), None)
    (stored,) = book.standing("acc-1", NOON).grants
    book.take(entry(slot(stored), 990, "2"), ((slot(stored), 990),), None)
    assert used(book) == {0: 1_000}
