"""DynamoDB's expressions as far as our adapters use them: parsed once and kept; anything else is refused loudly.

Values are those of the low-level interface, `{"S": "text"}` or `{"N": "5"}`; an item is a dict of them by attribute.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

Value = dict[str, Any]
Item = dict[str, Value]
Values = Mapping[str, Value]
Operand = Callable[[Item, Values], Value | None]
Test = Callable[[Item, Values], bool]
Names = tuple[tuple[str, str], ...]
"""ExpressionAttributeNames, hashable."""

_TOKEN = re.compile(r"\s*(<=|>=|<>|[=<>(),+-]|[#:]?[A-Za-z_]\w*)")
_KEY_CONDITION = re.compile(
    r"(?P<partition>\w+) = (?P<is>:\w+)"
    r"(?: AND (?:(?P<sort>\w+) (?P<comparison>=|<=|<|>=|>) (?P<limit>:\w+)"
    r"|(?P<ranged>\w+) BETWEEN (?P<first>:\w+) AND (?P<last>:\w+)"
    r"|begins_with ?\((?P<begun>\w+), ?(?P<beginning>:\w+)\)))?"
)
_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {"=": operator.eq, **_ORDERS}


class Unsupported(NotImplementedError):
    """An expression that is wrong, or of a kind that no adapter used when this was written."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition. `used` are the `:values` and `#names` in it."""

    holds: Test
    used: frozenset[str]


@dataclass(frozen=True, slots=True)
class Change:
    """An update: what becomes of an item, which itself stays as it is. `used` as in `Condition`."""

    apply: Callable[[Item, Values], Item]
    used: frozenset[str]


@dataclass(frozen=True, slots=True)
class KeyCondition:
    """A partition (attribute, value's name) and, where given, an attribute with the test that its text has to pass."""

    partition: tuple[str, str]
    sort: str | None
    passes: Callable[[str, Values], bool]
    used: frozenset[str]


@cache
def condition(text: str, names: Names = ()) -> Condition:
    """A ConditionExpression."""
    reader = _Reader(text, dict(names))
    test = reader.alternatives()
    reader.end()
    return Condition(test, frozenset(reader.used))


@cache
def change(text: str, names: Names = ()) -> Change:
    """An UpdateExpression. Every value is worked out on the item as it was before."""
    reader = _Reader(text, dict(names))
    steps = _steps(reader)
    if len({name for name, _ in steps} - {"pk", "sk"}) != len(steps):
        raise Unsupported(f"a key, or an attribute twice: {text!r}")

    def apply(item: Item, values: Values) -> Item:
        changed = dict(item)
        for name, worth in steps:
            if worth is None:
                changed.pop(name, None)
            else:
                changed[name] = _there(worth(item, values), name)
        return changed

    return Change(apply, frozenset(reader.used))


@cache
def key_condition(text: str) -> KeyCondition:
    """A KeyConditionExpression: a partition, and perhaps a range of its texts."""
    found = _KEY_CONDITION.fullmatch(text)
    if not found:
        raise Unsupported(text)
    part = found.groupdict()
    used = frozenset(re.findall(r":\w+", text))
    sort = part["sort"] or part["ranged"] or part["begun"]
    return KeyCondition((part["partition"], part["is"]), sort, _range(part), used)


def _range(part: Mapping[str, str]) -> Callable[[str, Values], bool]:
    if limit := part["limit"]:
        compare = _COMPARISONS[part["comparison"]]
        return lambda text, values: compare(text, values[limit]["S"])
    if first := part["first"]:
        last = part["last"]
        return lambda text, values: bool(values[first]["S"] <= text <= values[last]["S"])
    if beginning := part["beginning"]:
        return lambda text, values: text.startswith(values[beginning]["S"])
    return lambda text, values: True


class _Reader:
    """Reads an expression from left to right. `used` are the values and names met so far."""

    def __init__(self, text: str, names: Mapping[str, str]) -> None:
        self._text = text
        self._names = names
        self.left = _tokens(text)[::-1]
        self.used: set[str] = set()

    def take(self, expected: str = "") -> str:
        """The next token."""
        if not self.left or (expected and self.left[-1] != expected):
            raise Unsupported(f"{self._text!r}: expected {expected or 'more'}")
        return self.left.pop()

    def took(self, token: str) -> bool:
        """Whether this one came next; then it is taken."""
        came = bool(self.left) and self.left[-1] == token
        if came:
            self.left.pop()
        return came

    def end(self) -> None:
        """Nothing is left."""
        if self.left:
            raise Unsupported(f"{self._text!r}: {self.left[-1]} was not expected")

    def alternatives(self) -> Test:
        """One or more conditions joined by OR, which binds less than AND."""
        tests = [self._together()]
        while self.took("OR"):
            tests.append(self._together())
        return tests[0] if len(tests) == 1 else lambda item, values: any(test(item, values) for test in tests)

    def _together(self) -> Test:
        tests = [self._single()]
        while self.took("AND"):
            tests.append(self._single())
        return tests[0] if len(tests) == 1 else lambda item, values: all(test(item, values) for test in tests)

    def _single(self) -> Test:
        if self.took("("):
            inner = self.alternatives()
            self.take(")")
            return inner
        for function, wanted in (("attribute_exists", True), ("attribute_not_exists", False)):
            if self.took(function):
                return self._existence(wanted=wanted)
        return self._comparison()

    def _existence(self, *, wanted: bool) -> Test:
        self.take("(")
        name = self.name()
        self.take(")")
        return lambda item, values: (name in item) is wanted

    def _comparison(self) -> Test:
        left, sign = self.operand(), self.take()
        if sign == "IN":
            return self._membership(left)
        right = self.operand()
        if sign == "=":
            return lambda item, values: _equal(left(item, values), right(item, values))
        if sign in _ORDERS:
            order = _ORDERS[sign]
            return lambda item, values: _ordered(order, left(item, values), right(item, values))
        raise Unsupported(f"{sign} in {self._text!r}")

    def _membership(self, left: Operand) -> Test:
        self.take("(")
        members = [self.operand()]
        while self.took(","):
            members.append(self.operand())
        self.take(")")
        return lambda item, values: any(_equal(left(item, values), member(item, values)) for member in members)

    def name(self) -> str:
        """An attribute."""
        token = self.take()
        if token.startswith("#"):
            self.used.add(token)
            if token not in self._names:
                raise Unsupported(f"{token} has no name in {self._text!r}")
            return self._names[token]
        if not token.isidentifier() or token in _WORDS:
            raise Unsupported(f"{token} in {self._text!r}")
        return token

    def operand(self) -> Operand:
        """A value, or what an attribute holds."""
        if not self.left or not self.left[-1].startswith(":"):
            name = self.name()
            return lambda item, values: item.get(name)
        given = self.take()
        self.used.add(given)
        return lambda item, values: values[given]

    def arguments(self) -> tuple[Operand, Operand]:
        """Two operands in parentheses."""
        self.take("(")
        first = self.operand()
        self.take(",")
        second = self.operand()
        self.take(")")
        return first, second


def _steps(reader: _Reader) -> list[tuple[str, Operand | None]]:
    """Attributes, and what each will hold (None: it goes)."""
    steps = []
    while reader.left:
        section = reader.take()
        if section not in _SECTIONS:
            raise Unsupported(section)
        steps.append(_SECTIONS[section](reader))
        while reader.took(","):
            steps.append(_SECTIONS[section](reader))
    return steps


def _set(reader: _Reader) -> tuple[str, Operand]:
    """`SET name = value`, where the value may be `a + :b`, `a - :b`, `list_append(a, :b)` or `if_not_exists(a, :b)`."""
    name = reader.name()
    reader.take("=")
    return name, _value(reader)


def _value(reader: _Reader) -> Operand:
    """A function of two values, which may be functions themselves, or one or two operands."""
    for function, combine in (("list_append", _appended), ("if_not_exists", _first_there)):
        if reader.took(function):
            reader.take("(")
            left = _value(reader)
            reader.take(",")
            right = _value(reader)
            reader.take(")")
            return _combined(combine, left, right)
    first = reader.operand()
    for sign, combine in (("+", _sum), ("-", _difference)):
        if reader.took(sign):
            return _combined(combine, first, reader.operand())
    return first


def _add(reader: _Reader) -> tuple[str, Operand]:
    """`ADD name :number`: what is not there counts as 0."""
    name = reader.name()
    given = reader.operand()
    return name, lambda item, values: _sum(item.get(name, {"N": "0"}), given(item, values))


def _remove(reader: _Reader) -> tuple[str, None]:
    return reader.name(), None


_SECTIONS: Mapping[str, Callable[[_Reader], tuple[str, Operand | None]]] = {
    "SET": _set,
    "ADD": _add,
    "REMOVE": _remove,
}
_WORDS = {*_SECTIONS, "AND", "OR", "NOT", "IN", "BETWEEN", "DELETE"}


def _combined(
    combine: Callable[[Value | None, Value | None], Value | None], first: Operand, second: Operand
) -> Operand:
    return lambda item, values: combine(first(item, values), second(item, values))


def _sum(first: Value | None, second: Value | None) -> Value:
    return {"N": str(int(_there(first, "a number")["N"]) + int(_there(second, "a number")["N"]))}


def _difference(first: Value | None, second: Value | None) -> Value:
    return {"N": str(int(_there(first, "a number")["N"]) - int(_there(second, "a number")["N"]))}


def _appended(first: Value | None, second: Value | None) -> Value:
    return {"L": [*_there(first, "a list")["L"], *_there(second, "a list")["L"]]}


def _first_there(first: Value | None, second: Value | None) -> Value | None:
    return second if first is None else first


def _there(value: Value | None, what: str) -> Value:
    if value is None:
        raise Unsupported(f"{what} is not there")
    return value


def _equal(left: Value | None, right: Value | None) -> bool:
    """What is not there equals nothing; numbers are stored in one form only, so that equal ones look alike."""
    return left is not None and left == right


def _ordered(order: Callable[[Any, Any], bool], left: Value | None, right: Value | None) -> bool:
    """Values of different kinds are in no order."""
    if left is None or right is None or left.keys() != right.keys():
        return False
    ((kind, first),), ((_, second),) = left.items(), right.items()
    if kind == "N":
        return order(int(first), int(second))
    return kind == "S" and order(first, second)


def _tokens(text: str) -> list[str]:
    tokens, place = [], 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if not found:
            raise Unsupported(f"{text!r} at {place}")
        tokens.append(found[1])
        place = found.end()
    return tokens
