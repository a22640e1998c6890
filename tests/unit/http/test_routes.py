"""The template's routes and the functions' are the same."""

import ast
import re

from tests.support.template import ROOT, resources

ROUTE = re.compile(r"(GET|POST|PUT|PATCH|DELETE) /\S*")


def routes_of(name: str) -> set[str]:
    """What the modules of a function map to their routes: the keys of dicts that look like API Gateway's names."""
    modules = sorted((ROOT / "functions" / name).glob("*.py"))
    dicts = [
        node for path in modules for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Dict)
    ]
    keys = {key.value for entries in dicts for key in entries.keys if isinstance(key, ast.Constant)}
    return {key for key in keys if isinstance(key, str) and ROUTE.fullmatch(key)}


def test_every_function_serves_exactly_its_routes_of_the_template() -> None:
    for properties in resources("AWS::Serverless::Function").values():
        name = str(properties["CodeUri"]).rstrip("/").split("/")[-1]
        events = [event["Properties"] for event in properties["Events"].values() if event["Type"] == "HttpApi"]
        assert routes_of(name) == {f"{event['Method'].upper()} {event['Path']}" for event in events}, name
