"""A hold that is open while the plan changes: what it keeps is neither lost by its buyer nor had twice."""

from collections.abc import Callable
from typing import Any

import pytest

from billing.adapters.dynamodb.ledger import LedgerTable
from tests.support.balances import agree, figures
from tests.support.shop import Answer, Buyer, Service, Shop

STARTER_TOKENS, PRO_TOKENS = 500_000, 2_000_000
HELD = 50_000

End = Callable[[Service, str], Answer]
ENDS: dict[str, tuple[End, int]] = {
    "released": (lambda service, hold: service.release(hold), 0),
    "committed whole": (lambda service, hold: service.commit(hold, HELD), HELD),
    "committed in part": (lambda service, hold: service.commit(hold, 20_000), 20_000),
    "committed beyond": (lambda service, hold: service.commit(hold, 70_000), 70_000),
    "committed as nothing": (lambda service, hold: service.commit(hold, 0), 0),
}
any_end = pytest.mark.parametrize(("end", "used"), ENDS.values(), ids=list(ENDS))


@pytest.fixture
def service(shop: Shop) -> Service:
    """A service that uses the quota of the fixture's buyer."""
    return shop.service()


def pay(shop: Shop, order: dict[str, Any]) -> None:
    """The order's money arrives."""
    shop.ipn(order["payment"])
    shop.settle()


def credit(buyer: Buyer) -> int:
    """What the plan that runs is credited with for the large one."""
    return sum(line["amount"] for line in buyer.quote("pro").json["credits"])


@any_end
def test_a_hold_from_before_an_upgrade_is_settled_under_the_new_plan(
    shop: Shop, service: Service, buyer: Buyer, end: End, used: int
) -> None:
    """T54, T65: it was credited as unused, so it counts in the plan that took the credit."""
    buyer.paid("k1", plan_id="starter")
    hold = service.hold(HELD, "h1").json["id"]
    shop.advance(minutes=5)
    buyer.paid("k2")
    assert figures(buyer) == (PRO_TOKENS, 0, HELD, PRO_TOKENS - HELD)
    answer = end(service, hold)
    assert (answer.status, answer.json["remaining"]) == (200, PRO_TOKENS - used)
    assert figures(buyer) == (PRO_TOKENS, used, 0, PRO_TOKENS - used)
    assert service.use(PRO_TOKENS - used, "u1").json["remaining"] == 0
    assert service.use(1, "u2").status == 402
    agree()


def test_an_open_hold_is_not_spent_in_a_credit(shop: Shop, service: Service, buyer: Buyer) -> None:
    buyer.paid("k1", plan_id="starter")
    whole = credit(buyer)
    hold = service.hold(STARTER_TOKENS // 2, "h1").json["id"]
    assert credit(buyer) == whole
    service.commit(hold, STARTER_TOKENS // 2)
    assert credit(buyer) == whole // 2


def test_a_hold_that_lapsed_is_not_spent_in_a_credit(shop: Shop, service: Service, buyer: Buyer) -> None:
    """T54: nobody gave it back yet, and everybody sees it as free."""
    buyer.paid("k1", plan_id="starter")
    service.hold(STARTER_TOKENS, "h1", hold_seconds=60)
    shop.advance(seconds=60)
    undisturbed = shop.buyer("acc-2")
    undisturbed.paid("k1", plan_id="starter")
    shop.advance(minutes=1)
    assert credit(buyer) == pytest.approx(credit(undisturbed), abs=5), "two minutes of a month are some dong"


@any_end
def test_a_hold_made_between_order_and_payment_is_settled_under_the_new_plan(
    shop: Shop, service: Service, buyer: Buyer, end: End, used: int
) -> None:
    """T65: beside it, what was used in that time is taken from the new plan as ever."""
    buyer.paid("k1", plan_id="starter")
    shop.advance(minutes=5)
    order = buyer.order("k2").json
    service.use(1_000, "u1")
    hold = service.hold(HELD, "h1").json["id"]
    pay(shop, order)
    left = PRO_TOKENS - 1_000
    assert figures(buyer) == (left, 0, HELD, left - HELD)
    assert end(service, hold).json["remaining"] == left - used
    assert figures(buyer) == (left, used, 0, left - used)
    agree()


@any_end
def test_a_hold_goes_with_a_term_that_makes_room(
    shop: Shop, service: Service, buyer: Buyer, end: End, used: int
) -> None:
    """T65: two plans paid for in parallel; what the paused one had left is there when it goes on."""
    starter, pro = buyer.order("k1", plan_id="starter").json, buyer.order("k2").json
    pay(shop, starter)
    service.use(1_000, "u1")
    hold = service.hold(HELD, "h1").json["id"]
    shop.advance(minutes=5)
    pay(shop, pro)
    assert figures(buyer) == (PRO_TOKENS, 0, 0, PRO_TOKENS)
    assert end(service, hold).status == 200
    beyond = max(0, used - HELD)
    assert figures(buyer) == (PRO_TOKENS, beyond, 0, PRO_TOKENS - beyond), "what it lacks is taken from what is free"
    agree()
    shop.advance(days=32)
    own = 1_000 + used - beyond
    assert figures(buyer) == (STARTER_TOKENS, own, 0, STARTER_TOKENS - own)
    assert service.use(STARTER_TOKENS - own, "u2").json["remaining"] == 0
    agree()


@pytest.mark.parametrize("lapse", ["before the payment", "after it"])
def test_a_lapsed_hold_is_free_where_its_grant_went(shop: Shop, service: Service, buyer: Buyer, lapse: str) -> None:
    """T54, T65: no job gives it back, and nobody misses it, neither in the new plan nor in the paused one."""
    starter, max_ = buyer.order("k1", plan_id="starter").json, buyer.order("k2").json
    pay(shop, starter)
    service.hold(HELD, "h1", hold_seconds=600)
    shop.advance(minutes=15 if lapse == "before the payment" else 5)
    pay(shop, max_)
    shop.advance(days=32)
    assert figures(buyer) == (STARTER_TOKENS, 0, 0, STARTER_TOKENS)
    assert service.use(STARTER_TOKENS, "u1").json["remaining"] == 0
    assert service.use(1, "u2").status == 402
    agree()


def test_a_hold_lapses_after_the_upgrade_that_credited_its_plan(shop: Shop, service: Service, buyer: Buyer) -> None:
    buyer.paid("k1", plan_id="starter")
    service.hold(HELD, "h1", hold_seconds=600)
    shop.advance(minutes=5)
    buyer.paid("k2")
    assert figures(buyer) == (PRO_TOKENS, 0, HELD, PRO_TOKENS - HELD)
    shop.advance(minutes=5)
    assert figures(buyer) == (PRO_TOKENS, 0, 0, PRO_TOKENS)
    assert service.use(PRO_TOKENS, "u1").json["remaining"] == 0
    agree()


def test_the_statement_says_where_a_settled_hold_counts(shop: Shop, service: Service, buyer: Buyer) -> None:
    buyer.paid("k1", plan_id="starter")
    hold = service.hold(HELD, "h1").json["id"]
    shop.advance(minutes=5)
    order = buyer.paid("k2")
    service.commit(hold, 20_000)
    (line,) = [line for line in buyer.statement() if line["id"] == hold]
    assert (line["amount"], line["committed"]) == (HELD, 20_000)
    assert [(each["order_id"], each["amount"]) for each in line["allocations"]] == [(order["id"], 20_000)]


@pytest.mark.parametrize("parallel", [True, False], ids=["making room", "credited"])
def test_an_upgrade_between_a_releases_read_and_write_is_noticed(
    shop: Shop, service: Service, buyer: Buyer, monkeypatch: pytest.MonkeyPatch, *, parallel: bool
) -> None:
    """T54: the release was to go to a grant that has ended since; it is decided again."""
    if parallel:
        starter, pro = buyer.order("k1", plan_id="starter").json, buyer.order("k2").json
        pay(shop, starter)
    else:
        buyer.paid("k1", plan_id="starter")
        shop.advance(minutes=5)
        pro = buyer.order("k2").json
    hold = service.hold(HELD, "h1").json["id"]
    settle, others = LedgerTable.settle, iter(["once"])

    def slow(self: LedgerTable, *arguments: Any) -> None:
        if next(others, None):
            pay(shop, pro)
        settle(self, *arguments)

    monkeypatch.setattr(LedgerTable, "settle", slow)
    assert service.release(hold).json["remaining"] == PRO_TOKENS
    assert figures(buyer) == (PRO_TOKENS, 0, 0, PRO_TOKENS)
    agree()
    if parallel:
        shop.advance(days=32)
        assert figures(buyer) == (STARTER_TOKENS, 0, 0, STARTER_TOKENS)
