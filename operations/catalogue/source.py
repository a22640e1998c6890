"""YAML as data plus where each part stands, so that a refusal can name the line.

The accepted YAML is small on purpose: YAML 1.1 reads `no` as false, `010` as 8 and `1:30` as 90, and
aliases hide which figure belongs to which plan. Here only true/false, decimal whole numbers and null are special;
all else is text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Place = tuple[str | int, ...]
"""Where in the document: ("plans", 1, "prices", 0, "amount")."""

MAX_DEPTH = 20
SCALARS = {
    "tag:yaml.org,2002:bool": (re.compile(r"true|false"), "tf"),
    "tag:yaml.org,2002:null": (re.compile(r"~|null|"), ["~", "n", ""]),
    "tag:yaml.org,2002:int": (re.compile(r"-?(?:0|[1-9][0-9]*(?:_[0-9]+)*)"), "-0123456789"),
}
CONTAINERS = {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:str"}


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """One thing that is wrong: the line (from 1), the path of the value ("" for the file) and a sentence."""

    line: int
    path: str
    message: str

    def text(self, file: str) -> str:
        """As printed: "catalog.yaml:12: plans[1].id: expected ..."."""
        return ": ".join(part for part in (f"{file}:{self.line}", self.path, self.message) if part)


class CatalogueRefused(Exception):
    """The file cannot be published. `refusals` has everything that is wrong with it, in the file's order."""

    def __init__(self, file: str, refusals: list[Refusal]) -> None:
        self.file = file
        self.refusals = sorted(set(refusals))
        super().__init__("\n".join(refusal.text(file) for refusal in self.refusals))


@dataclass(slots=True)
class Source:
    """The file's data, the line of each place, and what YAML alone shows to be wrong."""

    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)

    def line(self, place: Place) -> int:
        """The line of a place, or of the nearest part around it that the file has."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def refuse(self, place: Place, message: str) -> Refusal:
        """A refusal of what stands at `place`."""
        return Refusal(self.line(place), path_text(place), message)


def path_text(place: Place) -> str:
    """A place as people read it: ("plans", 1, "id") -> "plans[1].id"."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".")


class _Loader(yaml.SafeLoader):
    """Composes nodes by the rules above."""


_Loader.yaml_implicit_resolvers = {}
for _tag, (_pattern, _first) in SCALARS.items():
    _Loader.add_implicit_resolver(_tag, re.compile(f"(?:{_pattern.pattern})$"), list(_first))


def read_source(path: Path) -> Source:
    """The file's content; `CatalogueRefused` if it is no YAML document at all."""
    try:
        text = path.read_bytes().decode("utf-8")
        node = yaml.compose(text, Loader=_Loader)
    except OSError as error:
        raise CatalogueRefused(str(path), [Refusal(1, "", f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise CatalogueRefused(str(path), [Refusal(line, "", "expected UTF-8 text")]) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise CatalogueRefused(str(path), [_syntax_refusal(error, path)]) from None
    if node is None:
        raise CatalogueRefused(str(path), [Refusal(1, "", "expected a catalogue, got an empty file")])
    source = Source()
    source.data = _Reader(source).value(node, ())
    return source


def _syntax_refusal(error: Exception, path: Path) -> Refusal:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return Refusal(error.problem_mark.line + 1, "", f"not valid YAML: {error.problem}")
    if isinstance(error, yaml.reader.ReaderError):
        line = path.read_text("utf-8").count("\n", 0, error.position) + 1
        return Refusal(line, "", "expected text without control characters")
    return Refusal(1, "", "not valid YAML: nested too deeply")


class _Reader:
    """Turns nodes into plain values and notes where they stand."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.seen: set[int] = set()

    def value(self, node: yaml.Node, place: Place) -> Any:
        """The node's plain value; what cannot be one is refused and read as None."""
        self.source.lines.setdefault(place, node.start_mark.line + 1)
        problem = self._problem(node, place)
        if problem:
            self.source.refusals.append(self.source.refuse(place, problem))
            return None
        if isinstance(node, yaml.MappingNode):
            return {key: self.value(child, (*place, key)) for key, child in self._entries(node, place)}
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*place, index)) for index, child in enumerate(node.value)]
        return _scalar(node)

    def _problem(self, node: yaml.Node, place: Place) -> str | None:
        if id(node) in self.seen:
            return "aliases (*name) are not accepted: write the value out where it belongs"
        self.seen.add(id(node))
        if node.tag not in SCALARS and node.tag not in CONTAINERS:
            return f"tags are not accepted, got {node.tag}"
        return "nested too deeply" if len(place) > MAX_DEPTH else None

    def _entries(self, node: yaml.MappingNode, place: Place) -> Iterator[tuple[str, yaml.Node]]:
        first: dict[str, int] = {}
        for key, child in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self.source.refusals.append(Refusal(line, path_text(place), "expected a plain key"))
            elif key.value in first:
                message = f"key given twice (first in line {first[key.value]})"
                self.source.refusals.append(Refusal(line, path_text((*place, key.value)), message))
            else:
                first[key.value] = line
                self.source.lines[*place, key.value] = line
                yield key.value, child


def _scalar(node: yaml.Node) -> Any:
    match node.tag.rpartition(":")[2]:
        case "null":
            return None
        case "bool":
            return node.value == "true"
        case "int":
            return int(node.value)
    return node.value
