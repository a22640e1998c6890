"""A buyer's details for a VAT invoice."""

import json
from typing import Any

import pytest

from billing.domain.buyers import check_buyer, tax_code
from billing.domain.invoices import Buyer
from billing.domain.problems import Problem
from tests.support.template import ROOT

COMPANY = {"buyer_type": "company", "name": "Công ty Hướng Dương", "tax_code": "0100233488", "address": "Hà Nội"}
VECTORS = json.loads((ROOT / "tests" / "vectors" / "mst.json").read_text("utf-8"))
PERSON = {"buyer_type": "individual", "name": "Nguyễn Thị Lan", "address": "Huế"}


def buyer(**values: Any) -> Buyer:
    return Buyer(**values)


def refused(**values: Any) -> tuple[str, list[tuple[str, str]]]:
    with pytest.raises(Problem) as caught:
        check_buyer(buyer(**values))
    return caught.value.code, [(error.field, error.code) for error in caught.value.errors]


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("0100233488", "0100233488"),
        ("01.00.112.437", "0100112437"),
        ("0312 68 78 78 - 001", "0312687878-001"),
        ("0314409058-002", "0314409058-002"),
        ("0314409058002", "0314409058-002"),
    ],
)
def test_tax_code_is_kept_as_it_is_printed(typed: str, printed: str) -> None:
    assert tax_code(typed, "company") == printed
    assert check_buyer(buyer(**COMPANY | {"tax_code": typed})).tax_code == printed


@pytest.mark.parametrize("text", VECTORS["valid"])
def test_published_tax_codes_are_taken_in_their_printed_form(text: str) -> None:
    digits = "".join(character for character in text if character.isdigit())
    printed = digits if len(digits) == 10 else f"{digits[:10]}-{digits[10:]}"
    assert tax_code(text, "company") == printed
    assert tax_code(printed, "company") == printed


@pytest.mark.parametrize("text", VECTORS["invalid"])
def test_published_examples_of_what_is_no_tax_code_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        tax_code(text, "company")


@pytest.mark.parametrize("position", range(10))
def test_any_wrong_digit_of_a_tax_code_is_found(position: int) -> None:
    digits = "0100233488"
    wrong = digits[:position] + str((int(digits[position]) + 1) % 10) + digits[position + 1 :]
    with pytest.raises(ValueError, match=r"."):
        tax_code(wrong, "company")


@pytest.mark.parametrize("text", ["", "12345", "VV34567890", "01002334880", "0314409058-000", "0000000000"])
def test_what_cannot_be_a_tax_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        tax_code(text, "company")


def test_personal_id_is_a_tax_code_for_people_only() -> None:
    assert tax_code("079 203 001 234", "individual") == "079203001234"
    with pytest.raises(ValueError, match=r"."):
        tax_code("079203001234", "company")


def test_company_needs_a_tax_code_and_a_person_does_not() -> None:
    assert refused(**COMPANY | {"tax_code": ""}) == ("validation_failed", [("invoice.tax_code", "required")])
    assert check_buyer(buyer(**PERSON)).tax_code == ""


def test_wrong_tax_code_alone_has_its_own_code() -> None:
    assert refused(**COMPANY | {"tax_code": "0100233489"}) == (
        "tax_code_invalid",
        [("invoice.tax_code", "tax_code_invalid")],
    )


def test_every_field_that_does_not_fit_is_named() -> None:
    code, errors = refused(**COMPANY | {"tax_code": "1", "email": "lan", "national_id": "123"})
    assert code == "validation_failed"
    assert errors == [
        ("invoice.tax_code", "tax_code_invalid"),
        ("invoice.email", "email"),
        ("invoice.national_id", "national_id"),
    ]


def test_other_details_are_kept_as_given() -> None:
    given = buyer(**PERSON, email="lan@khach.example", national_id="079203001234")
    assert check_buyer(given) == given
