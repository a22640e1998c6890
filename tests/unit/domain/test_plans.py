"""Plans, tax rates by day, series by year, and the published document as values."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given

from billing.domain.payments import DocumentRequest
from billing.domain.plans import Rollover, Series, quota_from_document, quota_to_document
from billing.domain.problems import Problem
from tests.support.values import EIGHT_PERCENT, HANOI, at, catalogue, moments, plan, quota


@pytest.mark.parametrize(
    ("moment", "rate"),
    [
        ("2026-11-23T12:00:00", 800),
        ("2026-12-31T23:59:59", 800),
        ("2027-01-01T00:00:00", 1000),
        ("2026-12-31T17:00:00Z", 1000),
        ("2026-12-31T16:59:59Z", 800),
        ("2025-07-01T00:00:00", 800),
    ],
)
def test_tax_is_that_of_the_day_in_vietnam(moment: str, rate: int) -> None:
    """T47: from 17:00 UTC on 31 December it is 2027 in Vietnam, and 10 %."""
    assert catalogue().tax_at(at(moment)).rate_bp == rate


def test_before_the_first_rate_nothing_is_taxed() -> None:
    rate = catalogue().tax_at(at("2025-06-30T23:59:59"))
    assert (rate.kind, rate.rate_bp) == ("exempt", 0)


@given(moments)
def test_tax_does_not_depend_on_the_order_of_rates(moment: datetime) -> None:
    rates = catalogue().tax_rates
    assert catalogue(tax_rates=rates).tax_at(moment) == catalogue(tax_rates=rates[::-1]).tax_at(moment)


def test_price_is_for_one_interval() -> None:
    """T69: prices in dong are large."""
    assert plan().price("month") == 299_000
    assert plan(prices={"year": 99_999_999_999}).price("year") == 99_999_999_999


@pytest.mark.parametrize(
    "unsold",
    [plan(free=True, prices={"month": 0}), plan(contact_sales=True, prices={}), plan(prices={"year": 1})],
)
def test_plan_that_is_not_sold_by_the_month_is_refused(unsold: object) -> None:
    with pytest.raises(Problem) as caught:
        unsold.price("month")  # type: ignore[attr-defined]
    assert (caught.value.code, caught.value.status) == ("plan_not_purchasable", 422)


def test_unknown_plan_is_not_found() -> None:
    with pytest.raises(Problem) as caught:
        catalogue(plan("a")).plan("b")
    assert (caught.value.code, caught.value.status) == ("plan_not_found", 404)
    assert catalogue(plan("a"), plan("b")).plan("b").id == "b"


def test_free_plan_is_found_where_there_is_one() -> None:
    free = plan("free", free=True)
    assert catalogue(plan(), free).free_plan() == free
    assert catalogue(plan()).free_plan() is None


def test_quota_survives_its_document() -> None:
    for each in (quota(), quota("seats", "limit", 3, None)):
        assert quota_from_document(quota_to_document(each)) == each


@pytest.mark.parametrize(("moment", "symbol"), [("2026-12-31T16:59:59Z", "C26TGO"), ("2026-12-31T17:00:00Z", "C27TGO")])
def test_series_turns_with_the_year_in_vietnam(moment: str, symbol: str) -> None:
    """T47: an invoice issued at 17:00 UTC on 31 December belongs to next year's series."""
    request = DocumentRequest("vat_invoice", "1", "C{yy}TGO", HANOI.key)
    assert request.symbol_at(at(moment)) == symbol


def test_rates_know_their_kind() -> None:
    assert EIGHT_PERCENT.kind == "taxable"
    assert Series("1", "C{yy}TGO").symbol == "C{yy}TGO"


def test_a_quotas_rollover_survives_the_document() -> None:
    rolling = replace(quota(), rollover=Rollover(500, 50))
    assert quota_to_document(rolling)["rollover"] == {"max": 500, "min": 50}
    assert quota_from_document(quota_to_document(rolling)) == rolling
    assert "rollover" not in quota_to_document(quota())
