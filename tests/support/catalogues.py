"""A small catalogue for tests: every kind of plan, quota and coupon, once."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from hypothesis import strategies as st

from operations.catalogue import Publication, read_catalogue

CATALOGUE = """\
currency: VND
tax_inclusive: true
timezone: Asia/Ho_Chi_Minh
tax_rates:
  - {from: 2025-07-01, kind: taxable, rate_bp: 800}
  - {from: 2027-01-01, kind: taxable, rate_bp: 1000}
seller:
  name: Công ty Ví Dụ
  tax_code: "0399999999"
  address: 1 đường Mẫu, Hà Nội
  email: ketoan@vidu.example
series:
  vat_invoice:
    - {form: "1", symbol: "C{yy}TGO"}
  receipt:
    - {form: "", symbol: "BL{yy}"}
plans:
  - id: free
    version: 1
    rank: 0
    free: true
    name: {vi: Miễn phí, en: Free}
    description: {vi: Dùng thử, en: To try}
    quotas:
      - {feature: tokens, name: {vi: Token, en: Tokens}, type: metered, amount: 1000, per: month}
  - id: pro
    version: 3
    rank: 10
    featured: true
    trial: {days: 14}
    name: {vi: Chuyên nghiệp, en: Pro}
    description: {vi: Cho đội ngũ, en: For teams}
    prices:
      - {interval: month, amount: 299_000}
      - {interval: year, amount: 2_990_000}
    quotas:
      - {feature: tokens, name: {vi: Token, en: Tokens}, type: metered, amount: 2_000_000, per: month}
      - {feature: documents, name: {vi: Tài liệu, en: Documents}, type: metered, amount: 500, per: term}
      - {feature: seats, name: {vi: Thành viên, en: Seats}, type: limit, amount: 10}
      - {feature: support, name: {vi: Hỗ trợ, en: Support}, type: switch, amount: 1}
    highlights:
      - {vi: Nhanh, en: Fast}
      - {vi: Gọn, en: Tidy}
  - id: enterprise
    version: 1
    rank: 20
    contact_sales: true
    name: {vi: Doanh nghiệp, en: Enterprise}
    description: {vi: Theo nhu cầu, en: Made for you}
    quotas: []
addons:
  - {id: more, version: 2, name: {vi: Thêm, en: More}, price: 50_000, feature: tokens, amount: 900, valid_months: 3}
coupons:
  - {code: GIAM10, kind: percent, percent_bp: 1000, cap: 50_000}
  - code: MUNG
    kind: amount
    amount: 20_000
    starts_at: 2026-01-01T00:00:00+07:00
    ends_at: 2026-12-31T23:59:59+07:00
    max_redemptions: 3
    max_per_account: 1
    plans: [pro]
    intervals: [month]
    minimum_quantity: 2
    first_purchase_only: true
"""


def edited(*edits: tuple[str, str]) -> str:
    """The catalogue's text with each (old, new) replaced; `old` has to stand in it exactly once."""
    text = CATALOGUE
    for old, new in edits:
        assert text.count(old) == 1, f"{text.count(old)} times in the catalogue: {old}"
        text = text.replace(old, new)
    return text


def write_catalogue(folder: Path, text: str = CATALOGUE) -> Path:
    """The text as `folder`/catalog.yaml."""
    path = folder / "catalog.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def published(text: str) -> Publication:
    """What a text publishes."""
    with TemporaryDirectory() as folder:
        return read_catalogue(write_catalogue(Path(folder), text))


def as_yaml(publication: Publication) -> str:
    """A publication as the file that publishes it."""
    data = {**publication.document, "coupons": list(publication.coupons.values())}
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False)


texts = st.text(
    st.characters(codec="utf-8", categories=["Lu", "Ll", "Nd", "Po", "Zs"], exclude_characters="\u2028\u2029"),
    min_size=1,
    max_size=40,
).filter(lambda text: text.strip(" \u00a0\u3000"))
both = st.fixed_dictionaries({"vi": texts, "en": texts})
amounts = st.integers(min_value=1, max_value=10**11)


@st.composite
def quotas(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A plan's quotas."""
    kinds = {"tokens": "metered", "documents": "metered", "seats": "limit", "support": "switch"}
    chosen = draw(st.lists(st.sampled_from(sorted(kinds)), unique=True))
    return [
        {
            "feature": feature,
            "name": draw(both),
            "type": kinds[feature],
            "amount": draw(st.integers(0, 1)) if kinds[feature] == "switch" else draw(amounts),
            "per": draw(st.sampled_from(["month", "term"])) if kinds[feature] == "metered" else None,
        }
        for feature in chosen
    ]


@st.composite
def plans(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """A plan; number 0 is the free one."""
    kind = "free" if number == 0 else draw(st.sampled_from(["sold", "contact_sales"]))
    intervals = draw(st.lists(st.sampled_from(["month", "year"]), unique=True, min_size=1))
    prices = [{"interval": interval, "amount": 0 if kind == "free" else draw(amounts)} for interval in intervals]
    return {
        "id": f"plan-{number}",
        "version": draw(st.integers(1, 999_999)),
        "rank": number * 3,
        "featured": draw(st.booleans()),
        "contact_sales": kind == "contact_sales",
        "free": kind == "free",
        "name": draw(both),
        "description": draw(both),
        "prices": [] if kind == "contact_sales" else prices,
        "quotas": draw(quotas()),
        "highlights": draw(st.lists(both, max_size=3)),
    }


@cache
def _document() -> dict[str, Any]:
    return published(CATALOGUE).document


@st.composite
def catalogues(draw: st.DrawFn) -> dict[str, Any]:
    """The data of a right catalog.yaml."""
    base = {**_document()}
    base["plans"] = [draw(plans(number)) for number in range(draw(st.integers(1, 4)))]
    base["tax_inclusive"] = draw(st.booleans())
    base["coupons"], base["addons"] = [], []
    return base
