"""Which provider can take an amount."""

import pytest

from billing.domain.problems import Problem
from billing.domain.providers import PROVIDERS, choose, smallest_amount
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
