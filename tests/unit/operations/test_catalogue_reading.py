"""What a right catalog.yaml publishes: one normal form, the same whatever way it was written."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from billing.domain.coupons import coupon_from_record
from billing.domain.plans import catalogue_from_document
from operations.catalogue import CatalogueRefused, read_catalogue
from operations.catalogue.reading import canonical
from tests.support.catalogues import CATALOGUE, as_yaml, catalogues, edited, published

SAMPLE = Path(__file__).parents[3] / "catalog.yaml"


def test_what_is_left_out_is_published_as_its_default() -> None:
    document = published(CATALOGUE).document
    free, pro, enterprise = document["plans"]
    assert (free["featured"], free["contact_sales"], free["prices"], free["highlights"]) == (False, False, [], [])
    assert (pro["free"], enterprise["prices"]) == (False, [])
    assert [quota["per"] for quota in pro["quotas"]] == ["month", "term", None, None]
    assert document["seller"]["phone"] == document["seller"]["bank_name"] == ""
    assert published(edited(("timezone: Asia/Ho_Chi_Minh\n", ""))).document["timezone"] == "Asia/Ho_Chi_Minh"


def test_a_rollover_is_published_only_where_there_is_one() -> None:
    """A version that was published before quotas could roll over stays what it is."""
    month = "amount: 2_000_000, per: month}"
    changed = published(edited((month, month.replace("}", ", rollover: {max: 100}}")))).document["plans"][1]
    plain = published(CATALOGUE).document["plans"][1]
    assert [set(quota) for quota in plain["quotas"]] == [{"feature", "name", "type", "amount", "per"}] * 4
    assert changed["quotas"][0] == {**plain["quotas"][0], "rollover": {"max": 100, "min": 1}}
    assert changed["quotas"][1:] == plain["quotas"][1:]


def test_document_has_no_coupons_and_coupons_have_every_field() -> None:
    publication = published(CATALOGUE)
    assert "coupons" not in publication.document
    assert publication.coupons["GIAM10"] == {
        "code": "GIAM10",
        "kind": "percent",
        "percent_bp": 1000,
        "cap": 50_000,
        "amount": None,
        "starts_at": None,
        "ends_at": None,
        "max_redemptions": None,
        "max_per_account": None,
        "plans": None,
        "intervals": None,
        "minimum_quantity": None,
        "first_purchase_only": False,
        "paused": False,
    }


def test_values_are_published_in_their_normal_form() -> None:
    publication = published(
        edited(
            ("code: MUNG", "code: mung-2026"),
            ('"0399999999"', '" 0399.999.999-001 "'),
            ("en: Fast", 'en: "  Fast\u00a0"'),
            ("vi: Gọn", f"vi: {'Gọn'.encode().decode()}"),
        )
    )
    coupon = publication.coupons["MUNG-2026"]
    assert (coupon["starts_at"], coupon["ends_at"]) == ("2025-12-31T17:00:00Z", "2026-12-31T16:59:59Z")
    assert publication.document["seller"]["tax_code"] == "0399999999-001"
    assert publication.document["plans"][1]["highlights"][0]["en"] == "Fast"


def test_texts_are_published_composed_whatever_keyboard_wrote_them() -> None:
    """Vietnamese may come as base letters and marks; it is stored in NFC."""
    decomposed = edited(("vi: Gọn", "vi: Go\u0323n"))
    assert canonical(published(decomposed).document) == canonical(published(CATALOGUE).document)


def test_yaml_words_are_text_and_leading_zeros_stay() -> None:
    """T44's neighbour: YAML 1.1 would read no as false and 0123 as 83."""
    document = published(
        edited(
            ("en: Fast", "en: no"),
            ("en: Tidy", "en: 0123"),
            ("email: ketoan", "phone: 028 000\n  bank_account: 0011\n  email: ketoan"),
        )
    ).document
    assert [text["en"] for text in document["plans"][1]["highlights"]] == ["no", "0123"]
    assert document["seller"]["bank_account"] == "0011"


def test_layout_comments_and_key_order_do_not_matter() -> None:
    publication = published(CATALOGUE)
    other = yaml.safe_dump(yaml.safe_load(as_yaml(publication)), sort_keys=True, allow_unicode=True)
    assert canonical(published(other).document) == canonical(publication.document)
    assert published(other).coupons == publication.coupons


def test_amounts_of_millions_fit() -> None:
    """T69: a price in dong is a large number."""
    document = published(edited(("amount: 2_990_000", "amount: 99_000_000_000"))).document
    assert catalogue_from_document(document).plan("pro").price("year") == 99_000_000_000


def test_sample_catalogue_is_what_the_product_promises() -> None:
    publication = read_catalogue(SAMPLE)
    catalogue = catalogue_from_document(publication.document)
    plans = publication.document["plans"]
    assert len(plans) == 4
    assert [plan["id"] for plan in plans if plan["free"]] == ["free"]
    assert len([plan for plan in plans if plan["contact_sales"]]) == 1
    for plan in catalogue.plans:
        assert {(quota.type, quota.per) for quota in plan.quotas} >= {
            ("metered", "month"),
            ("metered", "term"),
            ("limit", None),
            ("switch", None),
        }
    sold = [plan for plan in catalogue.plans if not plan.free and not plan.contact_sales]
    assert all(plan.price("year") < 12 * plan.price("month") for plan in sold)
    assert [(str(rate.since), rate.rate_bp) for rate in catalogue.tax_rates] == [
        ("2025-07-01", 800),
        ("2027-01-01", 1000),
    ]


def test_sample_coupons_can_be_read_by_the_functions() -> None:
    coupons = [coupon_from_record({**coupon, "taken": 0}) for coupon in read_catalogue(SAMPLE).coupons.values()]
    assert {coupon.kind for coupon in coupons} == {"percent", "amount"}
    assert any(coupon.discount(299_000) == 299_000 for coupon in coupons)
    assert any(coupon.max_redemptions == 3 for coupon in coupons)


OPTIONAL_TEXTS = {"phone", "bank_account", "bank_name"}


@settings(max_examples=10, deadline=None)
@given(catalogues())
def test_any_right_catalogue_survives_writing_and_reading(data: dict[str, Any]) -> None:
    first = published(yaml.safe_dump(data, allow_unicode=True, sort_keys=False))
    again = published(as_yaml(first))
    assert canonical(first.document) == canonical(again.document)
    assert [plan["prices"] for plan in first.document["plans"]] == [plan["prices"] for plan in data["plans"]]
    assert [plan["quotas"] for plan in again.document["plans"]] == [plan["quotas"] for plan in first.document["plans"]]


def leaves(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The place of every value that is no list or mapping."""
    if isinstance(value, dict):
        return [leaf for key, child in value.items() for leaf in leaves(child, (*place, key))]
    if isinstance(value, list):
        return [leaf for index, child in enumerate(value) for leaf in leaves(child, (*place, index))]
    return [place]


def with_leaves(value: Any, wrong: object) -> Any:
    """The same data with every leaf replaced."""
    if isinstance(value, dict):
        return {key: with_leaves(child, wrong) for key, child in value.items()}
    if isinstance(value, list):
        return [with_leaves(child, wrong) for child in value]
    return copy.deepcopy(wrong)


def path_text(place: tuple[Any, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)[1:]


@pytest.mark.parametrize(
    ("wrong", "accepted_as"),
    [({"a": 1}, {"trial"}), ([[]], {"plans", "intervals"}), (1.5, {"name", "vi", "en", "address", *OPTIONAL_TEXTS})],
    ids=["mapping", "list", "fraction"],
)
def test_a_wrong_type_is_refused_wherever_it_stands(wrong: object, accepted_as: set[str]) -> None:
    data = yaml.safe_load(as_yaml(published(CATALOGUE)))
    expected = {path_text(place) for place in leaves(data) if place[-1] not in accepted_as}
    with pytest.raises(CatalogueRefused) as caught:
        published(yaml.safe_dump(with_leaves(data, wrong), sort_keys=False))
    refused = {refusal.path for refusal in caught.value.refusals if "expected" in refusal.message}
    assert refused >= expected
