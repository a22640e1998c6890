"""The difference that people read before they publish."""

from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from operations.catalogue.difference import compare, differences, render
from operations.catalogue.reading import Publication
from operations.catalogue.schema import Catalogue
from operations.catalogue.store import Stored
from tests.support.catalogues import CATALOGUE, as_yaml, catalogues, edited, published


def shown(before: str, after: str) -> list[str]:
    """The lines of the difference between two files, the first being published."""
    old = published(before)
    stored = Stored(1, old.document, codes=tuple(old.coupons), coupons=old.coupons)
    return render(differences(published(after), stored)).splitlines()


def test_same_file_has_no_difference() -> None:
    assert shown(CATALOGUE, CATALOGUE) == []


@pytest.mark.parametrize(
    ("edit", "lines"),
    [
        (("en: Tidy", "en: Neat"), ["~ plan pro", "    ~ highlights.2.en: Tidy -> Neat"]),
        (
            ("      - {vi: Gọn, en: Tidy}\n", ""),
            ["~ plan pro", "    - highlights.2: Gọn | Tidy"],
        ),
        (
            ("      - {feature: seats, name: {vi: Thành viên, en: Seats}, type: limit, amount: 10}\n", ""),
            ["~ plan pro", "    - quotas.seats: 10 (limit; Thành viên | Seats)"],
        ),
        (
            ("      - {interval: year, amount: 2_990_000}\n", ""),
            ["~ plan pro", "    - prices.year: 2.990.000 ₫"],
        ),
        (
            ("amount: 2_000_000, per", "amount: 3_000_000, per"),
            ["~ plan pro", "    ~ quotas.tokens.amount: 2_000_000 -> 3_000_000"],
        ),
        (("trial: {days: 14}", "trial: {days: 7}"), ["~ plan pro", "    ~ trial.days: 14 -> 7"]),
        (
            ("price: 50_000, feature: tokens, amount: 900", "price: 60_000, feature: tokens, amount: 1_900"),
            ["~ add-on more", "    ~ pack.price: 50.000 ₫ -> 60.000 ₫", "    ~ pack.amount: 900 -> 1_900"],
        ),
        (
            ("currency: VND\n", "currency: VND\ncredit: time\n"),
            ["~ seller, taxes and series", "    ~ credit: smaller -> time"],
        ),
        (("featured: true", "featured: false"), ["~ plan pro", "    ~ featured: true -> false"]),
        (
            ("tax_inclusive: true", "tax_inclusive: false"),
            ["~ seller, taxes and series", "    ~ tax_inclusive: true -> false"],
        ),
        (
            ("  - {from: 2027-01-01, kind: taxable, rate_bp: 1000}\n", ""),
            ["~ seller, taxes and series", "    - tax_rates.2027-01-01: from 2027-01-01, kind taxable, rate_bp 10%"],
        ),
        (
            ("coupons:\n", "coupons:\n  - {code: NEW, kind: percent, percent_bp: 1250, plans: [pro], paused: true}\n"),
            ["+ coupon NEW: percent_bp 12.5%, plans pro, paused true"],
        ),
        (
            ("    max_redemptions: 3\n", ""),
            ["~ coupon MUNG (taken 0)", "    ~ max_redemptions: 3 -> none"],
        ),
        (
            ("  - {code: GIAM10, kind: percent, percent_bp: 1000, cap: 50_000}\n", ""),
            ["- coupon GIAM10 (will be paused; taken 0)"],
        ),
    ],
)
def test_each_kind_of_change_is_shown(edit: tuple[str, str], lines: list[str]) -> None:
    assert shown(CATALOGUE, edited(edit)) == lines


def test_first_publication_shows_plans_seller_and_coupons() -> None:
    lines = render(differences(published(CATALOGUE), Stored())).splitlines()
    assert lines[:3] == [
        "+ plan free (version 1)",
        "    + name: Miễn phí | Free",
        "    + quotas.tokens: 1_000 per month (metered; Token | Tokens)",
    ]
    assert "+ add-on more (version 2)" in lines
    assert "    + pack.amount: 900" in lines
    assert "    + trial: months none, days 14" in lines
    assert "    + seller.name: Công ty Ví Dụ" in lines
    assert "+ coupon GIAM10: percent_bp 10%, cap 50.000 ₫" in lines


def test_plan_that_is_taken_out_and_plans_that_change_places_are_shown() -> None:
    data = yaml.safe_load(as_yaml(published(CATALOGUE)))
    *others, enterprise = data["plans"]
    moved = yaml.safe_dump(data | {"plans": [enterprise, *others]}, allow_unicode=True)
    removed = yaml.safe_dump(data | {"plans": others}, allow_unicode=True)
    assert shown(CATALOGUE, moved) == ["~ the order of plans"]
    assert shown(CATALOGUE, removed) == ["- plan enterprise (no longer sold; terms already bought run on)"]


def publication(data: dict[str, Any]) -> Publication:
    """What a file with this data publishes."""
    document = Catalogue.model_validate(data).model_dump(by_alias=True)
    return Publication(document, {}, "catalog.yaml", (), ())


@settings(max_examples=30, deadline=None)
@given(catalogues(), catalogues())
def test_there_is_a_difference_exactly_when_the_files_differ(one: dict[str, Any], other: dict[str, Any]) -> None:
    before, after = publication(one), publication(other)
    sections = differences(after, Stored(1, before.document))
    assert bool(sections) == (before.document != after.document)
    assert bool(render(sections)) == bool(sections)
    assert differences(before, Stored(1, before.document)) == []


def test_compare_names_what_came_what_went_and_what_changed() -> None:
    changes = list(compare({"a": 1, "b": [{"x": 1}]}, {"b": [{"x": 2}, {"x": 3}], "c": None}))
    assert [(change.mark, change.path) for change in changes] == [
        ("~", ("b", "1", "x")),
        ("+", ("b", "2")),
        ("+", ("c",)),
        ("-", ("a",)),
    ]
