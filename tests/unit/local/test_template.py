"""The reader of template.yaml."""

from pathlib import Path
from typing import Any

import pytest

from local import template as cloudformation
from local.template import Template, TemplateError

DOCUMENT: dict[str, Any] = {
    "Parameters": {
        "Stage": {"Type": "String", "Default": "dev"},
        "Origins": {"Type": "CommaDelimitedList", "Default": "https://a.example, https://b.example"},
        "Needed": {"Type": "String"},
    },
    "Mappings": {"Sandbox": {"vnpay": {"PayUrl": "https://sandbox.example"}}},
    "Conditions": {
        "IsLocal": {"Fn::Equals": [{"Ref": "Stage"}, "local"]},
        "IsDeployed": {"Fn::Not": [{"Condition": "IsLocal"}]},
        "Both": {"Fn::And": [{"Condition": "IsLocal"}, {"Condition": "IsDeployed"}]},
        "Either": {"Fn::Or": [{"Condition": "IsLocal"}, {"Condition": "IsDeployed"}]},
    },
    "Resources": {
        "Always": {"Type": "T", "Properties": {"Name": {"Ref": "Stage"}}},
        "Deployed": {"Type": "T", "Condition": "IsDeployed"},
    },
}


def make(stage: str = "local") -> Template:
    return Template(DOCUMENT, {"Stage": stage, "Needed": "yes"})


def resources(logical_id: str, attribute: str) -> str:
    return f"<{logical_id}.{attribute}>" if attribute else f"<{logical_id}>"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ({"Ref": "Stage"}, "local"),
        ({"Ref": "Origins"}, ["https://a.example", "https://b.example"]),
        ({"Ref": "AWS::Region"}, "ap-southeast-1"),
        ({"Ref": "Table"}, "<Table>"),
        ({"Fn::GetAtt": ["Table", "Arn"]}, "<Table.Arn>"),
        ({"Fn::If": ["IsLocal", "here", {"Fn::GetAtt": ["Nowhere", "Arn"]}]}, "here"),
        ({"a": {"Ref": "AWS::NoValue"}, "b": 1}, {"b": 1}),
        ([{"Fn::If": ["IsLocal", {"Ref": "AWS::NoValue"}, 1]}, 2], [2]),
        ({"Fn::Join": ["-", ["a", {"Ref": "Stage"}]]}, "a-local"),
        ({"Fn::Select": [1, {"Fn::Split": ["@", "billing@goi.example"]}]}, "goi.example"),
        ({"Fn::FindInMap": ["Sandbox", "vnpay", "PayUrl"]}, "https://sandbox.example"),
        ({"Fn::Sub": "goi-${Stage}-${Table}-${Table.Arn}-${!Literal}"}, "goi-local-<Table>-<Table.Arn>-${Literal}"),
        ({"Fn::Sub": ["${Domain}/${Stage}", {"Domain": {"Ref": "Needed"}}]}, "yes/local"),
        ({"Ref": "AWS::NoValue"}, None),
    ],
)
def test_intrinsic_functions_are_replaced_by_their_values(written: Any, value: Any) -> None:
    assert make().resolve(written, resources) == value


@pytest.mark.parametrize(
    ("condition", "local"), [("IsLocal", True), ("IsDeployed", False), ("Both", False), ("Either", True)]
)
def test_conditions_hold_by_the_parameters(condition: str, local: bool) -> None:
    assert make().condition(condition) is local


def test_a_resource_exists_only_under_its_condition() -> None:
    assert make("dev").of_type("T") == ["Always", "Deployed"]
    assert make("local").of_type("T") == ["Always"]
    with pytest.raises(TemplateError, match="Deployed"):
        make("local").properties("Deployed")


@pytest.mark.parametrize(
    "written",
    [{"Fn::ImportValue": "x"}, {"Ref": "Nothing"}, {"Fn::If": ["Nothing", 1, 2]}, {"Fn::FindInMap": ["a", "b", "c"]}],
)
def test_what_is_not_known_is_refused_by_name(written: Any) -> None:
    with pytest.raises(TemplateError):
        make().resolve(written)


def test_parameters_are_checked() -> None:
    with pytest.raises(TemplateError, match="Needed"):
        Template(DOCUMENT, {})
    with pytest.raises(TemplateError, match="Stange"):
        Template(DOCUMENT, {"Stange": "local", "Needed": "yes"})


def test_the_short_forms_of_yaml_are_read(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(
        "Conditions: {Yes: !Equals [a, a]}\n"
        "Resources: {A: {Type: T, Properties: {Arn: !GetAtt B.Arn, Text: !Sub 'x-${B}', Maybe: !If [Yes, 1, 2]}}}\n"
    )
    read = cloudformation.load(path=path)
    assert read.resolve(read.properties("A"), resources) == {"Arn": "<B.Arn>", "Text": "x-<B>", "Maybe": 1}
