"""The template's routes and the functions' are the same."""

import ast

from tests.support.template import ROOT, resources


def routes_of(name: str) -> set[str]:
    """The keys of a function's ROUTES."""
    tree = ast.parse((ROOT / "functions" / name / "app.py").read_text("utf-8"))
    for node in tree.body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Dict)
            and ast.unparse(node.targets[0]) == "ROUTES"
        ):
            return {ast.literal_eval(key) for key in node.value.keys if key}
    return set()


def test_every_function_serves_exactly_its_routes_of_the_template() -> None:
    for properties in resources("AWS::Serverless::Function").values():
        name = str(properties["CodeUri"]).rstrip("/").split("/")[-1]
        events = [event["Properties"] for event in properties["Events"].values() if event["Type"] == "HttpApi"]
        assert routes_of(name) == {f"{event['Method'].upper()} {event['Path']}" for event in events}, name
