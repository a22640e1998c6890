"""Plain Python values to DynamoDB's attribute values and back. Money and counts are `int`; there is no float."""

from typing import Any

Item = dict[str, Any]


def to_value(value: object) -> dict[str, Any]:  # noqa: PLR0911 - one return for each kind of value
    """One attribute value; `TypeError` for what the table must never hold (floats above all)."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case str():
            return {"S": value}
        case dict():
            return {"M": to_item(value)}
        case list() | tuple():
            return {"L": [to_value(member) for member in value]}
        case bytes():
            return {"B": value}
    raise TypeError(f"no attribute value for {type(value).__name__}")


def to_item(record: dict[str, Any]) -> Item:
    """A record as a low-level item."""
    return {name: to_value(value) for name, value in record.items()}


def from_value(value: dict[str, Any]) -> Any:
    """The plain value of one attribute value."""
    ((kind, content),) = value.items()
    match kind:
        case "S" | "BOOL" | "B":
            return content
        case "N":
            return int(content)
        case "NULL":
            return None
        case "M":
            return from_item(content)
        case "L":
            return [from_value(member) for member in content]
    raise TypeError(f"no plain value for attribute type {kind}")


def from_item(item: Item) -> dict[str, Any]:
    """A low-level item as a record."""
    return {name: from_value(value) for name, value in item.items()}


def fields(value: Any) -> dict[str, Any]:
    """A dataclass's fields by name, as they are."""
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def without_nothing(**record: Any) -> dict[str, Any]:
    """What is known of a record."""
    return {name: value for name, value in record.items() if value is not None}
