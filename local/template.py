"""template.yaml as CloudFormation reads it: parameters, conditions, intrinsic functions, resources.

Only what a template of this project may use is known; anything else is refused by name, so that what runs here is what
would be deployed.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import yaml

ROOT = Path(__file__).resolve().parent.parent
REGION = "ap-southeast-1"
ACCOUNT_ID = "123456789012"

Lookup = Callable[[str, str], Any]
"""(logical id, attribute) -> the value of Fn::GetAtt, or of Ref where the attribute is ""."""

_PSEUDO_PARAMETERS = {
    "AWS::AccountId": ACCOUNT_ID,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": "goi-local",
    "AWS::URLSuffix": "amazonaws.com",
}
_NO_VALUE = object()
_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]+)\}")


class TemplateError(Exception):
    """The template uses something that is not known here, or contradicts itself."""


class Template:
    """A template with values for its parameters. `resolve` turns any part of it into plain values."""

    _FUNCTIONS: ClassVar[Mapping[str, str]] = {
        "Ref": "_ref",
        "Condition": "_condition",
        "Fn::GetAtt": "_get_attribute",
        "Fn::If": "_if",
        "Fn::Equals": "_equals",
        "Fn::Not": "_not",
        "Fn::And": "_and",
        "Fn::Or": "_or",
        "Fn::Join": "_join",
        "Fn::Split": "_split",
        "Fn::Select": "_select",
        "Fn::FindInMap": "_find_in_map",
        "Fn::Sub": "_substitute",
    }
    """The method that stands for each intrinsic function."""

    def __init__(self, document: Mapping[str, Any], parameters: Mapping[str, str] | None = None) -> None:
        self._document = document
        self._parameters = _parameter_values(document.get("Parameters", {}), parameters or {})

    def has(self, logical_id: str) -> bool:
        """Whether a resource of this name exists under the template's conditions."""
        resource = self._document["Resources"].get(logical_id)
        return resource is not None and self._is_present(resource)

    def type_of(self, logical_id: str) -> str:
        """A resource's type, such as AWS::SQS::Queue; `TemplateError` if it does not exist."""
        if not self.has(logical_id):
            raise TemplateError(f"there is no resource {logical_id}")
        return str(self._document["Resources"][logical_id]["Type"])

    def properties(self, logical_id: str) -> dict[str, Any]:
        """A resource's properties as written, not yet resolved."""
        self.type_of(logical_id)
        return dict(self._document["Resources"][logical_id].get("Properties", {}))

    def of_type(self, resource_type: str) -> list[str]:
        """The logical ids of the resources of one type, in the template's order."""
        resources = self._document["Resources"].items()
        return [name for name, one in resources if one["Type"] == resource_type and self._is_present(one)]

    def globals(self, section: str) -> dict[str, Any]:
        """What SAM's Globals say about a kind of resource, such as "Function"."""
        return dict(self._document.get("Globals", {}).get(section, {}))

    def resolve(self, value: Any, lookup: Lookup | None = None) -> Any:
        """`value` with every intrinsic function replaced; `lookup` answers for resources."""
        resolved = self._resolve(value, lookup or _no_resources)
        return None if resolved is _NO_VALUE else resolved

    def condition(self, name: str) -> bool:
        """Whether a condition holds."""
        try:
            return bool(self._resolve(self._document["Conditions"][name], _no_resources))
        except KeyError:
            raise TemplateError(f"there is no condition {name}") from None

    def _is_present(self, resource: Mapping[str, Any]) -> bool:
        return "Condition" not in resource or self.condition(resource["Condition"])

    def _resolve(self, value: Any, lookup: Lookup) -> Any:
        if isinstance(value, list):
            return [one for one in (self._resolve(item, lookup) for item in value) if one is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name in self._FUNCTIONS:
                return getattr(self, self._FUNCTIONS[name])(argument, lookup)
            if name.startswith("Fn::"):
                raise TemplateError(f"{name} is not known to the local runner")
        fields = ((name, self._resolve(item, lookup)) for name, item in value.items())
        return {name: item for name, item in fields if item is not _NO_VALUE}

    def _ref(self, name: str, lookup: Lookup) -> Any:
        if name == "AWS::NoValue":
            return _NO_VALUE
        if name in _PSEUDO_PARAMETERS:
            return _PSEUDO_PARAMETERS[name]
        if name in self._parameters:
            return self._parameters[name]
        return lookup(name, "")

    def _get_attribute(self, argument: list[str], lookup: Lookup) -> Any:
        return lookup(argument[0], argument[1])

    def _if(self, argument: list[Any], lookup: Lookup) -> Any:
        condition, chosen, otherwise = argument
        return self._resolve(chosen if self.condition(condition) else otherwise, lookup)

    def _equals(self, argument: list[Any], lookup: Lookup) -> bool:
        left, right = (self._resolve(one, lookup) for one in argument)
        return bool(left == right)

    def _not(self, argument: list[Any], lookup: Lookup) -> bool:
        return not self._resolve(argument[0], lookup)

    def _and(self, argument: list[Any], lookup: Lookup) -> bool:
        return all(self._resolve(one, lookup) for one in argument)

    def _or(self, argument: list[Any], lookup: Lookup) -> bool:
        return any(self._resolve(one, lookup) for one in argument)

    def _condition(self, argument: str, _lookup: Lookup) -> bool:
        return self.condition(argument)

    def _join(self, argument: list[Any], lookup: Lookup) -> str:
        separator, parts = argument
        return str(separator).join(str(part) for part in self._resolve(parts, lookup))

    def _split(self, argument: list[Any], lookup: Lookup) -> list[str]:
        separator, text = argument
        return str(self._resolve(text, lookup)).split(separator)

    def _select(self, argument: list[Any], lookup: Lookup) -> Any:
        index, values = argument
        return self._resolve(values, lookup)[int(index)]

    def _find_in_map(self, argument: list[Any], lookup: Lookup) -> Any:
        table, first, second = (self._resolve(one, lookup) for one in argument)
        try:
            return self._document["Mappings"][table][first][second]
        except KeyError:
            raise TemplateError(f"the mapping {table} has no {first}.{second}") from None

    def _substitute(self, argument: str | list[Any], lookup: Lookup) -> str:
        text, variables = (argument, {}) if isinstance(argument, str) else argument

        def replacement(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return "${" + name + "}"
            if name in variables:
                return str(self._resolve(variables[name], lookup))
            resource, dot, attribute = name.partition(".")
            return str(lookup(resource, attribute) if dot else self._ref(name, lookup))

        return _PLACEHOLDER.sub(replacement, text)


def load(parameters: Mapping[str, str] | None = None, path: Path | None = None) -> Template:
    """The project's template (or the one at `path`) with these parameter values; the others keep their defaults."""
    text = (path or ROOT / "template.yaml").read_text(encoding="utf-8")
    return Template(yaml.load(text, Loader=_Loader), parameters)  # noqa: S506  a SafeLoader with CloudFormation's tags


_FastLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_FastLoader):  # type: ignore[misc]
    """YAML with the short forms of the intrinsic functions: `!Ref Table` is `{Ref: Table}`."""


def _construct(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    argument: Any
    if isinstance(node, yaml.ScalarNode):
        argument = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        argument = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        argument = loader.construct_mapping(node, deep=True)
    if name == "GetAtt" and isinstance(argument, str):
        argument = argument.split(".", 1)
    return {name if name in {"Ref", "Condition"} else f"Fn::{name}": argument}


_Loader.add_multi_constructor("!", _construct)


def _parameter_values(declared: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str | list[str]]:
    if unknown := given.keys() - declared.keys():
        raise TemplateError(f"the template has no parameter {', '.join(sorted(unknown))}")
    values: dict[str, str | list[str]] = {}
    for name, declaration in declared.items():
        value = given.get(name, declaration.get("Default"))
        if value is None:
            raise TemplateError(f"the template's parameter {name} needs a value")
        is_list = declaration["Type"] == "CommaDelimitedList"
        values[name] = [one.strip() for one in str(value).split(",")] if is_list else str(value)
    return values


def _no_resources(logical_id: str, _attribute: str) -> Any:
    raise TemplateError(f"{logical_id} is neither a parameter nor a resource that exists here")
