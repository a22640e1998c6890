"""Which provider can take an amount."""

from datetime import timedelta

import pytest

from billing.domain.failures import KINDS, failure_kind
from billing.domain.problems import Problem
from billing.domain.providers import PROVIDERS, choose, read_lifetimes, smallest_amount
from documents.texts import provider_name


def refused(provider: str | None, amount: int) -> Problem:
    with pytest.raises(Problem) as caught:
        choose(provider, amount, ("vnpay",))
    return caught.value


@pytest.mark.parametrize("amount", [5_000, 299_000, 999_999_999])
def test_amounts_within_the_limits_are_taken(amount: int) -> None:
    assert choose("vnpay", amount, ("vnpay",)).id == "vnpay"


@pytest.mark.parametrize("amount", [4_999, 1_000_000_000])
def test_amounts_outside_are_refused_with_the_limits(amount: int) -> None:
    problem = refused("vnpay", amount)
    assert (problem.code, problem.params["minimum"], problem.params["maximum"]) == (
        "amount_out_of_range",
        5_000,
        999_999_999,
    )


def test_provider_that_is_off_is_unavailable() -> None:
    assert refused("momo", 299_000).code == "provider_unavailable"


@pytest.mark.parametrize(
    ("provider", "code"), [(None, "required"), ("paypal", "unknown_choice"), ("", "unknown_choice")]
)
def test_unknown_provider_is_a_mistake_in_the_request(provider: str | None, code: str) -> None:
    problem = refused(provider, 299_000)
    assert (problem.code, problem.errors[0].field, problem.errors[0].code) == (
        "validation_failed",
        "payment_provider",
        code,
    )


def test_smallest_amount_is_that_of_any_provider_that_is_on() -> None:
    assert smallest_amount(("vnpay",)) == 5_000
    assert smallest_amount(("vnpay", "momo")) == 1_000
    assert smallest_amount(()) == 0


def test_every_provider_is_known_by_its_own_id() -> None:
    assert all(name == info.id and info.min_amount < info.max_amount for name, info in PROVIDERS.items())


def test_a_provider_is_called_the_same_at_the_checkout_and_on_documents() -> None:
    assert {name: provider_name(name) for name in PROVIDERS} == {name: info.name for name, info in PROVIDERS.items()}
    assert provider_name("another") == "another"


def test_attempts_live_as_usual_where_nothing_is_said() -> None:
    usual = {name: lifetime // timedelta(minutes=1) for name, lifetime in read_lifetimes("").items()}
    assert usual == {"vnpay": 30, "momo": 30, "zalopay": 30, "payos": 30, "sepay": 1440, "stripe": 35}


def test_a_lifetime_can_be_chosen_for_some() -> None:
    chosen = read_lifetimes(" vnpay = 20, sepay=2880,")
    assert (chosen["vnpay"], chosen["sepay"]) == (timedelta(minutes=20), timedelta(days=2))
    assert chosen["stripe"] == timedelta(minutes=35)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("stripe=30", "stripe=30: Stripe takes from 31 to 1440 minutes"),
        ("stripe=1441", "from 31 to 1440"),
        ("zalopay=4", "zalopay=4: ZaloPay takes from 5 to 43200 minutes"),
        ("zalopay=43201", "from 5 to 43200"),
        ("momo=91", "from 5 to 90"),
        ("momo=" + "9" * 5000, "from 5 to 90"),
        ("paypal=30", "'paypal' is no payment provider"),
        ("vnpay", "'vnpay' must be a provider and whole minutes"),
        ("vnpay=-5", "whole minutes"),
        ("vnpay=1.5", "whole minutes"),
        ("vnpay=٣٠", "whole minutes"),
    ],
)
def test_a_lifetime_that_its_provider_does_not_take_is_refused_in_a_sentence(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_lifetimes(text)


@pytest.mark.parametrize("name", list(PROVIDERS))
def test_the_usual_lifetime_is_one_that_its_provider_takes(name: str) -> None:
    info = PROVIDERS[name]
    assert info.shortest_lifetime <= info.attempt_lifetime <= info.longest_lifetime


def test_a_buyer_is_told_why_an_attempt_failed_where_the_code_says_so() -> None:
    assert (
        failure_kind("vnpay", "24") == failure_kind("momo", "1006") == failure_kind("payos", "CANCELLED") == "cancelled"
    )
    assert failure_kind("momo", "1001") == "insufficient_funds"
    assert failure_kind("vnpay", "99") is None
    assert failure_kind("stripe", None) is None
    assert set(KINDS) <= set(PROVIDERS)
