"""The template's routes and the functions' are the same."""

import ast
import re

from tests.support.template import ROOT, resources

ROUTE = re.compile(r"(GET|POST|PUT|PATCH|DELETE) /\S*")


def routes_of(name: str) -> set[str]:
    """What the modules of a function map to their routes: keys of dicts, or names in a list of routes loaded late."""
    modules = sorted((ROOT / "functions" / name).glob("*.py"))
    nodes = [node for path in modules for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    names = [key for node in nodes if isinstance(node, ast.Dict) for key in node.keys]
    names += [each for node in nodes if isinstance(node, ast.Tuple) for each in node.elts]
    texts = {each.value for each in names if isinstance(each, ast.Constant)}
    return {text for text in texts if isinstance(text, str) and ROUTE.fullmatch(text)}


def test_every_function_serves_exactly_its_routes_of_the_template() -> None:
    for properties in resources("AWS::Serverless::Function").values():
        name = str(properties["CodeUri"]).rstrip("/").split("/")[-1]
        events = [event["Properties"] for event in properties["Events"].values() if event["Type"] == "HttpApi"]
        assert routes_of(name) == {f"{event['Method'].upper()} {event['Path']}" for event in events}, name
