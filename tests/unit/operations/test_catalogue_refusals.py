"""Whatever is wrong with catalog.yaml is refused with its line, its path and what is expected, all at once."""

from pathlib import Path

import pytest

from operations.catalogue import CatalogueRefused, read_catalogue, reading
from tests.support.catalogues import CATALOGUE, edited, write_catalogue


def refusals(folder: Path, text: str) -> list[str]:
    """The refusals of a text, without the folder."""
    path = write_catalogue(folder, text)
    with pytest.raises(CatalogueRefused) as caught:
        read_catalogue(path)
    return [line.removeprefix(f"{folder}/") for line in str(caught.value).splitlines()]


def line_of(text: str, part: str) -> int:
    """The line (from 1) on which a part of the text begins."""
    return text[: text.index(part)].count("\n") + 1


PRICE = "amount: 299_000"
SEATS = "type: limit, amount: 10}"
SUPPORT = "type: switch, amount: 1}"
DOCUMENTS = "amount: 500, per: term}"
TOKENS = "amount: 2_000_000, per: month}"
DONG = "expected a whole number of dong"
TITLE = "expected one line of text, at most 60 characters"
ID = "expected an id of lower-case letters, digits, _ and -, beginning with a letter, at most 40 long"
IDS = "expected a list of at least one id of a plan or an add-on"
MOMENT = "expected a moment with its offset, like 2026-12-31T00:00:00+07:00"
CODE = "expected a code of letters, digits, _ and -, beginning with a letter or digit, at most 40 long"
PLAN_KEYS = "id, version, rank, featured, contact_sales, free, name, description, prices, quotas, highlights, trial"

SHAPES = [
    # money and counts
    (PRICE, "amount: 299k", "plans[1].prices[0].amount", f'{DONG}, got "299k"'),
    (
        PRICE,
        "amount: 299.000",
        "plans[1].prices[0].amount",
        f'{DONG}, got "299.000" (write it as 299000, without separators or quotes)',
    ),
    (
        PRICE,
        'amount: "299000"',
        "plans[1].prices[0].amount",
        f'{DONG}, got "299000" (write it as 299000, without separators or quotes)',
    ),
    (PRICE, "amount: 299000.5", "plans[1].prices[0].amount", f'{DONG}, got "299000.5"'),
    (PRICE, "amount: 1e6", "plans[1].prices[0].amount", f'{DONG}, got "1e6"'),
    (PRICE, "amount: 0x10", "plans[1].prices[0].amount", f'{DONG}, got "0x10"'),
    (PRICE, "amount: 1:30", "plans[1].prices[0].amount", f'{DONG}, got "1:30"'),
    (PRICE, "amount: -1", "plans[1].prices[0].amount", f"{DONG}, at least 0, got -1"),
    (
        PRICE,
        "amount: 100_000_000_001",
        "plans[1].prices[0].amount",
        f"{DONG}, at most 100000000000, got 100000000001",
    ),
    (PRICE, "amount: true", "plans[1].prices[0].amount", f"{DONG}, got true"),
    (PRICE, "amount:", "plans[1].prices[0].amount", f"{DONG}, got nothing"),
    (PRICE, "amount: [1]", "plans[1].prices[0].amount", f"{DONG}, got a list of 1"),
    (PRICE, "amount: {}", "plans[1].prices[0].amount", f"{DONG}, got a mapping"),
    ("version: 3", "version: 0", "plans[1].version", "expected a whole number, at least 1, got 0"),
    ("version: 3", "version: 1000000", "plans[1].version", "expected a whole number, at most 999999, got 1000000"),
    ("rank: 10", "rank: high", "plans[1].rank", 'expected a whole number, got "high"'),
    (SEATS, "type: limit, amount: -2}", "plans[1].quotas[2].amount", "expected a whole number, at least 0, got -2"),
    (
        "max_redemptions: 3",
        "max_redemptions: 0",
        "coupons[1].max_redemptions",
        "expected a whole number, at least 1, got 0",
    ),
    (
        "cap: 50_000",
        "cap: 0",
        "coupons[0].cap",
        f"{DONG}, at least 1, got 0",
    ),
    # rates
    (
        "percent_bp: 1000",
        "percent_bp: 0",
        "coupons[0].percent_bp",
        "expected a percentage in basis points (1000 is 10 %), at least 1, got 0",
    ),
    (
        "percent_bp: 1000",
        "percent_bp: 10001",
        "coupons[0].percent_bp",
        "expected a percentage in basis points (1000 is 10 %), at most 10000, got 10001",
    ),
    (
        "rate_bp: 800",
        "rate_bp: 8%",
        "tax_rates[0].rate_bp",
        'expected a rate in basis points (800 is 8 %), got "8%"',
    ),
    # choices and switches
    ("interval: month,", "interval: monthly,", "plans[1].prices[0].interval", '"month" or "year", got "monthly"'),
    (SEATS, "type: max, amount: 10}", "plans[1].quotas[2].type", '"metered", "limit" or "switch", got "max"'),
    (DOCUMENTS, "amount: 500, per: week}", "plans[1].quotas[1].per", '"month" or "term", got "week"'),
    ("kind: amount", "kind: gift", "coupons[1].kind", '"percent" or "amount", got "gift"'),
    (
        "kind: taxable, rate_bp: 800",
        "kind: vat, rate_bp: 800",
        "tax_rates[0].kind",
        '"taxable", "not_subject" or "exempt", got "vat"',
    ),
    ("currency: VND", "currency: USD", "currency", 'expected "VND", got "USD"'),
    ("tax_inclusive: true", "tax_inclusive: yes", "tax_inclusive", 'expected true or false, got "yes"'),
    ("tax_inclusive: true", "tax_inclusive: 1", "tax_inclusive", "expected true or false, got 1"),
    ("featured: true", 'featured: "true"', "plans[1].featured", 'expected true or false, got "true"'),
    # texts
    ("en: Pro}", "en: 12}", "plans[1].name.en", f"{TITLE}, got 12 (put it in quotes)"),
    ("en: Pro}", "en: true}", "plans[1].name.en", f"{TITLE}, got true (put it in quotes)"),
    ("en: Pro}", 'en: ""}', "plans[1].name.en", f'{TITLE}, got ""'),
    ("en: Pro}", 'en: "Pro\\nplus"}', "plans[1].name.en", f'{TITLE}, got "Pro plus"'),
    ("en: Pro}", f"en: {'x' * 61}}}", "plans[1].name.en", f'{TITLE}, got "{"x" * 61}"'),
    ("{vi: Nhanh, en: Fast}", "Fast", "plans[1].highlights[0]", 'expected a mapping with the keys vi, en, got "Fast"'),
    ("id: pro\n", "id: Pro Plan\n", "plans[1].id", f'{ID}, got "Pro Plan"'),
    ("feature: seats", "feature: 2seats", "plans[1].quotas[2].feature", f'{ID}, got "2seats"'),
    (
        "plans: [pro]",
        "plans: pro",
        "coupons[1].plans",
        f'{IDS}, got "pro"',
    ),
    (
        "plans: [pro]",
        "plans: []",
        "coupons[1].plans",
        f"{IDS}, got an empty list",
    ),
    # seller, dates, series
    (
        '"0399999999"',
        '"0399999998"',
        "seller.tax_code",
        'expected a Vietnamese tax code (10 or 13 digits, the check digit right), got "0399999998"',
    ),
    ("email: ketoan@vidu.example", "email: ketoan", "seller.email", 'expected an e-mail address, got "ketoan"'),
    (
        "timezone: Asia/Ho_Chi_Minh",
        "timezone: Hanoi",
        "timezone",
        'expected a time zone like Asia/Ho_Chi_Minh, got "Hanoi"',
    ),
    ("from: 2025-07-01", "from: 01/07/2025", "tax_rates[0].from", 'expected a day as YYYY-MM-DD, got "01/07/2025"'),
    ("from: 2025-07-01", "from: 2025-02-30", "tax_rates[0].from", 'expected a day as YYYY-MM-DD, got "2025-02-30"'),
    (
        "starts_at: 2026-01-01T00:00:00+07:00",
        "starts_at: 2026-01-01T00:00:00",
        "coupons[1].starts_at",
        f'{MOMENT}, got "2026-01-01T00:00:00"',
    ),
    (
        "starts_at: 2026-01-01T00:00:00+07:00",
        "starts_at: 0001-01-01T00:00:00+07:00",
        "coupons[1].starts_at",
        f'{MOMENT}, got "0001-01-01T00:00:00+07:00"',
    ),
    (
        "starts_at: 2026-01-01T00:00:00+07:00",
        "starts_at: 2026-01-01",
        "coupons[1].starts_at",
        f'{MOMENT}, got "2026-01-01"',
    ),
    (
        'symbol: "C{yy}TGO"',
        'symbol: "C26TGO"',
        "series.vat_invoice[0].symbol",
        'expected an invoice symbol like "C{yy}TGO" (C or K, the year, three letters), got "C26TGO"',
    ),
    (
        'symbol: "BL{yy}"',
        'symbol: "BL{yyyy}"',
        "series.receipt[0].symbol",
        'expected a symbol of capitals and digits like "BL{yy}", got "BL{yyyy}"',
    ),
    (
        'form: "1"',
        "form: 1",
        "series.vat_invoice[0].form",
        'expected the invoice form as one digit, like "1", got 1 (put it in quotes)',
    ),
    ("code: MUNG", "code: MỪNG", "coupons[1].code", f'{CODE}, got "MỪNG"'),
    ("code: MUNG", "code: MUNG NAM", "coupons[1].code", f'{CODE}, got "MUNG NAM"'),
    # keys
    ("    featured: true", "    feature: true", "plans[1].feature", 'unknown key; did you mean "featured"?'),
    ("    featured: true", "    colour: red", "plans[1].colour", f"unknown key; known here: {PLAN_KEYS}"),
    ("    rank: 10", "    rnak: 10", "plans[1].rnak", 'unknown key; did you mean "rank"?'),
    ("currency: VND", "currency: VND\nplan: []", "plan", 'unknown key; did you mean "plans"?'),
    ("currency: VND", "currency: VND\n<<: {}", "<<", "unknown key; known here: currency, tax_inclusive"),
]


@pytest.mark.parametrize(("old", "new", "path", "message"), SHAPES)
def test_wrong_value_is_refused_with_line_path_and_expectation(
    tmp_path: Path, old: str, new: str, path: str, message: str
) -> None:
    text = edited((old, new))
    line = line_of(CATALOGUE, old) + new.rstrip().count("\n")
    beginning = f"catalog.yaml:{line}: {path}: "
    matching = [line for line in refusals(tmp_path, text) if line.startswith(beginning)]
    assert matching
    assert message in matching[0]


MISSING = [
    ("    rank: 10\n", "plans[1].rank", "  - id: pro", "expected a whole number"),
    ("currency: VND\n", "currency", "tax_inclusive: true", 'expected "VND"'),
    ("tax_inclusive: true\n", "tax_inclusive", "currency: VND", "expected true or false"),
    ("  address: 1 đường Mẫu, Hà Nội\n", "seller.address", "seller:", "expected one line of text"),
    ("feature: seats, ", "plans[1].quotas[2].feature", "{name: {vi: Thành viên", "expected an id"),
    (", en: Tidy", "plans[1].highlights[1].en", "{vi: Gọn", "expected one line of text"),
    ("    description: {vi: Cho đội ngũ, en: For teams}\n", "plans[1].description", "  - id: pro", "a mapping with"),
]


@pytest.mark.parametrize(("removed", "path", "around", "message"), MISSING)
def test_missing_key_is_refused_at_the_part_that_lacks_it(
    tmp_path: Path, removed: str, path: str, around: str, message: str
) -> None:
    text = edited((removed, ""))
    found = refusals(tmp_path, text)
    assert len(found) == 1
    assert found[0].startswith(f"catalog.yaml:{line_of(text, around)}: {path}: missing; ")
    assert message in found[0]


RULES = [
    ("rank: 10", "rank: 20", "rank: 20\n    contact_sales", "plans[2].rank", 'rank "20" is given twice'),
    ("rank: 0", "rank: 15", "rank: 15", "plans[0].rank", "expected the lowest rank because the plan is free"),
    ("id: enterprise", "id: pro", "id: pro\n    version: 1", "plans[2].id", 'id "pro" is given twice'),
    ("    free: true\n", "", "plans:\n", "plans", "expected exactly one plan with free: true, got none"),
    (
        "contact_sales: true",
        "free: true",
        "free: true\n    name: {vi: Doanh",
        "plans[2].free",
        'expected exactly one free plan, and "free" is one',
    ),
    (
        "contact_sales: true",
        "contact_sales: true\n    free: true",
        "contact_sales: true",
        "plans[2].contact_sales",
        "expected false because the plan is free",
    ),
    (
        "contact_sales: true",
        "contact_sales: true\n    prices: [{interval: month, amount: 1}]",
        "prices: [{interval: month, amount: 1}]",
        "plans[2].prices",
        "expected no prices because contact_sales is true",
    ),
    (
        "    contact_sales: true\n",
        "",
        "- id: enterprise",
        "plans[2].prices",
        "expected at least one price (or free: true, or contact_sales: true)",
    ),
    (
        "    free: true\n",
        "    free: true\n    prices: [{interval: month, amount: 5}]\n",
        "prices: [{interval: month, amount: 5}]",
        "plans[0].prices[0].amount",
        "expected 0 because the plan is free, got 5",
    ),
    (
        PRICE,
        "amount: 0",
        "amount: 0",
        "plans[1].prices[0].amount",
        "expected an amount above 0 (a plan that costs nothing says free: true)",
    ),
    (
        "interval: year,",
        "interval: month,",
        "interval: month, amount: 2_",
        "plans[1].prices[1].interval",
        "given twice",
    ),
    ("feature: support", "feature: seats", SUPPORT, "plans[1].quotas[3].feature", 'feature "seats" is given twice'),
    (
        DOCUMENTS,
        "amount: 500}",
        "amount: 500}",
        "plans[1].quotas[1].per",
        'expected "month" or "term" because the type is metered',
    ),
    (
        SEATS,
        "type: limit, amount: 10, per: month}",
        "type: limit",
        "plans[1].quotas[2].per",
        'expected nothing because the type is limit, got "month"',
    ),
    (
        DOCUMENTS,
        "amount: 500, per: term, rollover: {max: 5}}",
        "rollover",
        "plans[1].quotas[1].rollover",
        "expected nothing because only what is given by the month rolls over",
    ),
    (
        TOKENS,
        "amount: 100, per: month, rollover: {max: 101}}",
        "rollover",
        "plans[1].quotas[0].rollover.max",
        "expected at most 100, a month's amount, got 101",
    ),
    (
        TOKENS,
        "amount: 100, per: month, rollover: {max: 50, min: 51}}",
        "rollover",
        "plans[1].quotas[0].rollover.min",
        "expected at most max (50), got 51",
    ),
    (
        "amount: 1000, per: month}",
        "amount: 1000, per: month, rollover: {max: 5}}",
        "rollover",
        "plans[0].quotas[0].rollover",
        "expected nothing because the plan is free",
    ),
    (
        SUPPORT,
        "type: switch, amount: 2}",
        "type: switch, amount: 2}",
        "plans[1].quotas[3].amount",
        "expected 1 (on) or 0 (off) because the type is switch, got 2",
    ),
    (
        "type: metered, amount: 1000, per: month}",
        "type: limit, amount: 1000}",
        "amount: 2_000_000",
        "plans[1].quotas[0].type",
        'expected "limit" as for tokens in plan "free", got "metered"',
    ),
    (
        "from: 2027-01-01",
        "from: 2025-07-01",
        "from: 2025-07-01, kind: taxable, rate_bp: 1000",
        "tax_rates[1].from",
        "expected a day after 2025-07-01, got 2025-07-01",
    ),
    (
        "kind: taxable, rate_bp: 800",
        "kind: exempt, rate_bp: 800",
        "kind: exempt",
        "tax_rates[0].rate_bp",
        "expected 0 because the kind is exempt, got 800",
    ),
    (
        '{form: "", symbol: "BL{yy}"}',
        '{form: "1", symbol: "C{yy}TGO"}',
        'receipt:\n    - {form: "1"',
        "series.receipt[0]",
        'series "1C{yy}TGO" is given twice',
    ),
    ("code: MUNG", "code: giam10", "code: giam10", "coupons[1].code", 'code "GIAM10" is given twice'),
    (
        "    amount: 20_000\n",
        "",
        "- code: MUNG",
        "coupons[1].amount",
        "missing; needed because the kind is amount",
    ),
    (
        "    amount: 20_000\n",
        "    amount: 20_000\n    percent_bp: 5\n",
        "percent_bp: 5\n",
        "coupons[1].percent_bp",
        "expected nothing because the kind is amount",
    ),
    (
        "kind: percent, percent_bp: 1000",
        "kind: percent, amount: 1000",
        "kind: percent, amount: 1000",
        "coupons[0].amount",
        "expected nothing because the kind is percent",
    ),
    (
        "ends_at: 2026-12-31T23:59:59+07:00",
        "ends_at: 2025-12-31T17:00:00Z",
        "ends_at: 2025",
        "coupons[1].ends_at",
        "expected a moment after starts_at (2025-12-31T17:00:00Z), got 2025-12-31T17:00:00Z",
    ),
    (
        "intervals: [month]\n    minimum_quantity: 2",
        "intervals: [year]\n    minimum_quantity: 4",
        "minimum_quantity: 4",
        "coupons[1].minimum_quantity",
        "expected at most 3, the longest purchase there is",
    ),
    (
        "minimum_quantity: 2",
        "minimum_quantity: 37",
        "minimum_quantity: 37",
        "coupons[1].minimum_quantity",
        "expected at most 36, the longest purchase there is",
    ),
    (
        "plans: [pro]",
        "plans: [por]",
        "plans: [por]",
        "coupons[1].plans[0]",
        'no plan "por" in this file; did you mean "pro"?',
    ),
    ("plans: [pro]", "plans: [pro, pro]", "plans: [pro, pro]", "coupons[1].plans[1]", 'entry "pro" is given twice'),
    (
        "plans: [pro]",
        "plans: [enterprise]",
        "plans: [enterprise]",
        "coupons[1].plans[0]",
        'plan "enterprise" is not sold, so no coupon can apply to it',
    ),
    (
        "plans: [pro]",
        "plans: [free]",
        "plans: [free]",
        "coupons[1].plans[0]",
        'plan "free" is not sold, so no coupon can apply to it',
    ),
    (
        "      - {interval: month, amount: 299_000}\n",
        "",
        "plans: [pro]",
        "coupons[1].plans[0]",
        'plan "pro" is not sold by month',
    ),
    (
        "trial: {days: 14}",
        "trial: {days: 14, months: 1}",
        "trial: {days: 14, months: 1}",
        "plans[1].trial",
        "expected either months or days",
    ),
    ("trial: {days: 14}", "trial: {}", "trial: {}", "plans[1].trial", "expected either months or days"),
    (
        "contact_sales: true",
        "contact_sales: true\n    trial: {months: 1}",
        "trial: {months: 1}",
        "plans[2].trial",
        "expected no trial because the plan is not sold online",
    ),
    (
        "id: more,",
        "id: pro,",
        "id: pro, version: 2",
        "addons[0].id",
        'id "pro" is a plan\'s, and both are bought by their ids',
    ),
    (
        "feature: tokens, amount: 900",
        "feature: seats, amount: 900",
        "feature: seats, amount: 900",
        "addons[0].feature",
        'no plan has a metered feature "seats"',
    ),
]


@pytest.mark.parametrize(("old", "new", "where", "path", "message"), RULES)
def test_parts_that_do_not_fit_together_are_refused(
    tmp_path: Path, old: str, new: str, where: str, path: str, message: str
) -> None:
    text = edited((old, new))
    line = line_of(text, where) + (1 if where.startswith("receipt:") else 0)
    matching = [found for found in refusals(tmp_path, text) if found.startswith(f"catalog.yaml:{line}: {path}: ")]
    assert matching
    assert message in matching[0]


def test_everything_wrong_is_said_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = edited(
        ("currency: VND", "currency: USD"),
        (PRICE, "amount: 299k"),
        (DOCUMENTS, "amount: 500}"),
        ("kind: amount", "kind: amount\n    cap: 5"),
        ("    rank: 20\n", "    rank: 20\n    rank: 21\n"),
    )
    found = refusals(tmp_path, text)
    assert [line.split(": ")[1] for line in found] == [
        "currency",
        "plans[1].prices[0].amount",
        "plans[1].quotas[1].per",
        "plans[2].rank",
        "coupons[1].cap",
    ]


def test_key_given_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    text = edited(("currency: VND", "currency: VND\ncurrency: USD"))
    assert refusals(tmp_path, text) == ["catalog.yaml:2: currency: key given twice (first in line 1)"]


def test_aliases_tags_and_odd_keys_are_refused(tmp_path: Path) -> None:
    text = edited(
        ("en: Fast", "en: &speed Fast"),
        ("en: Tidy", "en: *speed"),
        ("vi: Dùng thử", "vi: !!python/name:os.system ''"),
        ("seller:", "? [a, b]\n: 1\nseller:"),
    )
    tag = "tags are not accepted, got tag:yaml.org,2002:python/name:os.system"
    alias = "aliases (*name) are not accepted: write the value out where it belongs"
    found = [line for line in refusals(tmp_path, text) if "expected one line" not in line]
    assert found == [
        f"catalog.yaml:{line_of(text, '? [a')}: expected a plain key",
        f"catalog.yaml:{line_of(text, '!!python')}: plans[0].description.vi: {tag}",
        f"catalog.yaml:{line_of(text, '*speed')}: plans[1].highlights[1].en: {alias}",
    ]


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", "catalog.yaml:1: expected a catalogue, got an empty file"),
        (b"# only a comment\n", "catalog.yaml:1: expected a catalogue, got an empty file"),
        (b"a: 1\nb: [1,\n", "catalog.yaml:3: not valid YAML: "),
        (b"a: 1\n\tb: 2\n", "catalog.yaml:2: not valid YAML: "),
        (b"a: 1\nb: \xff\n", "catalog.yaml:2: expected UTF-8 text"),
        (b"a: 1\nb: \x07\n", "catalog.yaml:2: expected text without control characters"),
        (b"a: 1\n---\na: 2\n", "catalog.yaml:2: not valid YAML: "),
        (b"[" * 600, "catalog.yaml:1: not valid YAML: "),
        (b"- a\n", "catalog.yaml:1: expected a mapping with the keys currency, "),
        (b"text\n", "catalog.yaml:1: expected a mapping with the keys currency, "),
        (b"plans: {}\n", "catalog.yaml:1: plans: expected a list of at least one plan, got a mapping"),
        (b"coupons: 1\n", "catalog.yaml:1: coupons: expected a list, got 1"),
        (b"plans: [[]]\n", "catalog.yaml:1: plans[0]: expected a mapping with the keys id, "),
    ],
)
def test_what_is_no_catalogue_at_all_is_refused_in_one_sentence(tmp_path: Path, content: bytes, refusal: str) -> None:
    path = tmp_path / "catalog.yaml"
    path.write_bytes(content)
    with pytest.raises(CatalogueRefused) as caught:
        read_catalogue(path)
    assert f"{tmp_path}/{refusal}" in str(caught.value)


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    text = edited(("{vi: Nhanh, en: Fast}", f"{'[' * 30}{']' * 30}"))
    assert any(line.endswith("nested too deeply") for line in refusals(tmp_path, text))


def test_more_quotas_than_one_transaction_can_grant_are_refused(tmp_path: Path) -> None:
    quota = "{{feature: f{}, name: {{vi: a, en: b}}, type: limit, amount: 1}}"
    many = ", ".join(quota.format(number) for number in range(41))
    text = edited(("    quotas: []\n", f"    quotas: [{many}]\n"))
    (refusal,) = refusals(tmp_path, text)
    assert refusal.endswith("plans[2].quotas: expected a list of at most 40 quotas, got a list of 41")


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueRefused, match=r"catalog\.yaml:1: cannot be read: No such file or directory"):
        read_catalogue(tmp_path / "catalog.yaml")


def test_catalogue_too_large_for_one_item_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_DOCUMENT_BYTES", 1000)
    (refusal,) = refusals(tmp_path, CATALOGUE)
    assert refusal.startswith("catalog.yaml:1: expected at most 1000 bytes of plans and texts, got ")


def test_the_catalogue_of_these_tests_is_accepted(tmp_path: Path) -> None:
    assert read_catalogue(write_catalogue(tmp_path, CATALOGUE)).document["plans"][1]["id"] == "pro"
