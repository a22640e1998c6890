"""Docs that cannot rot: what they list is what the code has."""

import re
from string import Formatter

from billing.adapters.dynamodb import keys
from billing.adapters.http.messages import DETAILS, FIELD_DETAILS, TITLES
from billing.domain.problems import STATUS
from tests.support.template import ROOT, resources, template


def doc(name: str) -> str:
    """A page of docs/."""
    return (ROOT / "docs" / name).read_text("utf-8")


def test_every_error_code_is_listed_with_its_status() -> None:
    listed = dict(re.findall(r"^\| (\w+) \| (\d{3}) \|", doc("errors.md"), re.MULTILINE))
    assert listed == {code: str(status) for code, status in STATUS.items()}


def test_every_field_code_is_listed() -> None:
    listed = doc("errors.md").split("Codes in `errors[].code`:")[1]
    assert set(re.findall(r"`(\w+)`", listed)) == set(FIELD_DETAILS)


def test_every_code_has_words_in_both_languages() -> None:
    assert set(TITLES) == set(DETAILS) == set(STATUS)
    for code, texts in {**TITLES, **DETAILS, **FIELD_DETAILS}.items():
        vietnamese, english = ({name for _, name, _, _ in Formatter().parse(text) if name} for text in texts)
        assert all(texts), code
        assert vietnamese == english, code


def test_every_key_of_the_table_is_in_the_data_model() -> None:
    builders = {name for name in vars(keys) if name.endswith(("_key", "_index")) and not name.startswith("_")}
    page = doc("data-model.md")
    assert {name for name in builders if f"`{name}`" not in page} == set()
    assert set(re.findall(r"`(\w+_(?:key|index))`", page)) <= builders


def first_column(page: str, heading: str) -> set[str]:
    """The names in the first column of the table under a heading; several may share a row."""
    section = page.split(f"## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    rows = re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE)[1:]
    return {name.strip() for row in rows for name in row.split(",") if not name.strip().startswith("---")}


def test_every_alarm_has_a_runbook_entry() -> None:
    assert first_column(doc("operations.md"), "Alarms") == set(resources("AWS::CloudWatch::Alarm"))


def test_every_parameter_is_described() -> None:
    assert first_column(doc("operations.md"), "Parameters of the template") == set(template()["Parameters"])


def test_every_setting_of_the_functions_is_described() -> None:
    variables = set(template()["Globals"]["Function"]["Environment"]["Variables"])
    for function in resources("AWS::Serverless::Function").values():
        variables |= set(function.get("Environment", {}).get("Variables", {}))
    assert first_column(doc("operations.md"), "Settings of the functions") == variables


def test_every_metric_is_described_and_counted() -> None:
    modules = [*(ROOT / "functions").glob("*/app.py"), *(ROOT / "layers" / "common" / "billing").rglob("*.py")]
    sources = [path.read_text("utf-8") for path in modules]
    counted = {name for text in sources for name in re.findall(r'\bcount\("(\w+)"\)', text)}
    assert first_column(doc("operations.md"), "Metrics") == counted
