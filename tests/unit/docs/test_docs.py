"""Docs that cannot rot: what they list is what the code has."""

import argparse
import json
import re
import shlex
from string import Formatter

from billing.adapters.dynamodb import keys
from billing.adapters.http.messages import DETAILS, FIELD_DETAILS, TITLES
from billing.domain.inbox import DECIDED, SUGGESTIONS
from billing.domain.problems import STATUS
from operations.coupons.__main__ import HELP as COUPON_COMMANDS
from operations.coupons.__main__ import parser as coupon_parser
from operations.inbox.__main__ import BODIES, parser
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


def section(page: str, heading: str) -> str:
    """What stands under a heading."""
    return page.split(f"## {heading}\n")[1].split("\n## ", maxsplit=1)[0]


def first_column(page: str, heading: str) -> set[str]:
    """The names in the first column of the table under a heading; several may share a row."""
    rows = re.findall(r"^\| ([^|]+) \|", section(page, heading), re.MULTILINE)[1:]
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


def test_every_reason_and_action_of_an_exception_is_described() -> None:
    page = doc("exceptions.md")
    assert first_column(page, "What each reason means") == set(SUGGESTIONS)
    suggested = dict(re.findall(r"^\| (\w+) \|[^|]+\| (.+) \|$", section(page, "What each reason means"), re.MULTILINE))
    assert [reason for reason, action in SUGGESTIONS.items() if f"`{action}`" not in suggested[reason]] == []
    described = dict(re.findall(r"^\| (\w+) \|[^|]+\| (\w+) \|$", section(page, "What can be done"), re.MULTILINE))
    assert described == {action: DECIDED[action] for action in described}
    assert set(described) == set(BODIES)


def test_every_command_about_exceptions_is_one() -> None:
    lines = re.findall(r"^python -m operations\.inbox (.+)$", doc("exceptions.md"), re.MULTILINE)
    read = [parser().parse_args(shlex.split(line)) for line in lines]
    assert {options.command for options in read} == {"list", "show", *BODIES}


def test_every_route_about_exceptions_is_described_with_what_the_command_sends() -> None:
    described = re.findall(r"^\| ((?:GET|POST) /admin/\S+) \|([^|]*)\|", doc("exceptions.md"), re.MULTILINE)
    functions = resources("AWS::Serverless::Function").values()
    events = [one["Properties"] for function in functions for one in function["Events"].values()]
    routes = {f"{one['Method']} {one['Path']}" for one in events if "/admin/exceptions" in one.get("Path", "")}
    assert {route for route, _ in described} == routes
    for route, body in described:
        action = route.rpartition("/")[2]
        given = argparse.Namespace(order="ord_...", reason="...", amount=None, bank=None)
        sent = BODIES[action](given) if action in BODIES else {}
        assert json.loads(body.strip(" `") or "{}") == sent


def test_every_command_about_coupons_is_one() -> None:
    lines = re.findall(r"^python -m operations\.coupons (.+)$", doc("commerce.md"), re.MULTILINE)
    read = [coupon_parser().parse_args(shlex.split(line)) for line in lines]
    assert {options.command for options in read} == {"list", *COUPON_COMMANDS}


def test_every_route_about_coupons_is_described() -> None:
    described = re.findall(r"^\| ((?:GET|POST) /admin/\S+) \|", doc("commerce.md"), re.MULTILINE)
    functions = resources("AWS::Serverless::Function").values()
    events = [one["Properties"] for function in functions for one in function["Events"].values()]
    routes = {f"{one['Method']} {one['Path']}" for one in events if "/admin/coupons" in one.get("Path", "")}
    assert set(described) == routes


def test_every_metric_is_described_and_counted() -> None:
    modules = [*(ROOT / "functions").glob("*/app.py"), *(ROOT / "layers" / "common" / "billing").rglob("*.py")]
    sources = [path.read_text("utf-8") for path in modules]
    counted = {name for text in sources for name in re.findall(r'\bcount\("(\w+)"\)', text)}
    assert first_column(doc("operations.md"), "Metrics") == counted
