"""catalog.yaml, read and checked: what it publishes, or everything that is wrong with it at once."""

import hashlib
import json
import textwrap
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from operations.catalogue import rules
from operations.catalogue.schema import Catalogue, Coupon, Expected, Plan, Quota, Series, TaxRate
from operations.catalogue.source import CatalogueRefused, Place, Refusal, Source, read_source

Document = dict[str, Any]
Model = TypeVar("Model", bound=BaseModel)

MAX_DOCUMENT_BYTES = 350_000
"""A stored item may have 400 KB; the rest is for what stands beside the document."""

MAX_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Publication:
    """What a file publishes: its document, its coupons by code; and the lines of what may be refused later.

    Those are each version of plans and add-ons, and each coupon's code, in their order.
    """

    document: Document
    coupons: dict[str, Document]
    file: str
    version_lines: tuple[int, ...]
    coupon_lines: tuple[int, ...]

    @property
    def items(self) -> list[tuple[str, Document]]:
        """All that is sold under a version, each with its place in the file; in the order of `version_lines`."""
        named = ((name, enumerate(self.document[name])) for name in ("plans", "addons"))
        return [(f"{name}[{index}]", item) for name, entries in named for index, item in entries]


def read_catalogue(path: Path) -> Publication:
    """The file's publication; `CatalogueRefused` with every refusal there is."""
    source = read_source(path)
    refusals = list(source.refusals)
    try:
        catalogue = Catalogue.model_validate(source.data)
        findings = [*_part_findings(source.data), *rules.check_whole(catalogue)]
    except ValidationError as error:
        refusals += [_refusal(source, details) for details in error.errors(include_url=False)]
        findings = list(_part_findings(source.data))
    refusals += [source.refuse(place, message) for place, message in findings]
    if refusals:
        raise CatalogueRefused(str(path), refusals)
    counts = (("plans", len(catalogue.plans)), ("addons", len(catalogue.addons)))
    lines = (source.line((name, index, "version")) for name, count in counts for index in range(count))
    codes = (source.line(("coupons", index, "code")) for index in range(len(catalogue.coupons)))
    return _publication(catalogue, str(path), tuple(lines), tuple(codes))


def canonical(document: Document) -> str:
    """The document's one JSON text: keys sorted, lists in their order."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _publication(
    catalogue: Catalogue, file: str, version_lines: tuple[int, ...], coupon_lines: tuple[int, ...]
) -> Publication:
    document = catalogue.model_dump(by_alias=True)
    coupons = {coupon["code"]: coupon for coupon in document.pop("coupons")}
    size = len(canonical(document).encode())
    if size > MAX_DOCUMENT_BYTES:
        message = f"expected at most {MAX_DOCUMENT_BYTES} bytes of plans and texts, got {size}"
        raise CatalogueRefused(file, [Refusal(1, "", message)])
    return Publication(document, coupons, file, version_lines, coupon_lines)


def _part_findings(data: Any) -> Iterator[rules.Finding]:
    """The rules of each part that is well formed, so that an error elsewhere does not hide them."""
    for quota, place in _well_formed(Quota, data, "plans", "quotas"):
        yield from rules.check_quota(quota, place)
    for plan, place in _well_formed(Plan, data, "plans"):
        yield from rules.check_plan(plan, place)
    for coupon, place in _well_formed(Coupon, data, "coupons"):
        yield from rules.check_coupon(coupon, place)
    yield from rules.check_tax_rates(list(_well_formed(TaxRate, data, "tax_rates")))
    for series, _ in _well_formed(Series, data, "series"):
        yield from rules.check_series(series)


def _well_formed(model: type[Model], data: Any, *keys: str) -> Iterator[tuple[Model, Place]]:
    for entry, place in _entries(data, keys, ()):
        try:
            yield model.model_validate(entry), place
        except ValidationError:
            continue


def _entries(value: Any, keys: tuple[str, ...], place: Place) -> Iterator[tuple[Any, Place]]:
    """What stands under `keys`, looking into each entry of the lists on the way."""
    if isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _entries(entry, keys, (*place, index))
    elif not keys:
        yield value, place
    elif isinstance(value, dict) and keys[0] in value:
        yield from _entries(value[keys[0]], keys[1:], (*place, keys[0]))


def _refusal(source: Source, details: ErrorDetails) -> Refusal:
    place = details["loc"]
    kind = details["type"]
    if kind == "extra_forbidden":
        return source.refuse(place, _unknown_key(place))
    expected = f"expected {expectation(place)}{_bound(details)}"
    if kind == "missing":
        return source.refuse(place, f"missing; {expected}")
    return source.refuse(place, f"{expected}, got {_shown(details['input'])}{_hint(details)}")


def _unknown_key(place: Place) -> str:
    known = known_keys(place[:-1])
    return f"unknown key{rules.suggestion(str(place[-1]), known) or '; known here: ' + ', '.join(known)}"


def _bound(details: ErrorDetails) -> str:
    context = details.get("ctx", {})
    match details["type"]:
        case "greater_than_equal":
            return f", at least {context['ge']}"
        case "less_than_equal":
            return f", at most {context['le']}"
    return ""


def _hint(details: ErrorDetails) -> str:
    value = details["input"]
    if details["type"] == "string_type" and isinstance(value, bool | int):
        return " (put it in quotes)"
    if details["type"] == "int_type" and isinstance(value, str):
        digits = value.replace(".", "").replace(",", "")
        if digits.isascii() and digits.isdigit():
            return f" (write it as {int(digits)}, without separators or quotes)"
    return ""


def _shown(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case dict():
            return "a mapping"
        case list():
            return f"a list of {len(value)}" if value else "an empty list"
        case str():
            return json.dumps(textwrap.shorten(value, width=MAX_SHOWN, placeholder="..."), ensure_ascii=False)
    return json.dumps(value)


def expectation(place: Place) -> str:
    """What has to stand at a place, in words."""
    hint, words = _resolve(place)
    if words:
        return words
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return f"a mapping with the keys {', '.join(_keys(hint))}"
    return "a list"  # what is no mapping and has no words of its own


def known_keys(place: Place) -> list[str]:
    """The keys of the mapping at a place."""
    hint, _ = _resolve(place)
    return _keys(hint) if isinstance(hint, type) and issubclass(hint, BaseModel) else []


def _keys(model: type[BaseModel]) -> list[str]:
    return [info.alias or name for name, info in model.model_fields.items()]


def _resolve(place: Place) -> tuple[Any, str]:
    hint, words = _bare(Catalogue)
    for step in place:
        hint, words = _bare(get_args(hint)[0] if isinstance(step, int) else _field_hint(hint, step))
    return hint, words


def _field_hint(model: type[BaseModel], key: str) -> Any:
    hints = get_type_hints(model, include_extras=True)
    return next(hints[name] for name, info in model.model_fields.items() if (info.alias or name) == key)


def _bare(hint: Any) -> tuple[Any, str]:
    """A type without "or None" and without metadata, and the words of its `Expected`."""
    if get_origin(hint) in (Union, types.UnionType):
        hint = get_args(hint)[0]
    if get_origin(hint) is not Annotated:
        return hint, ""
    bare, *metadata = get_args(hint)
    return bare, next((entry.words for entry in metadata if isinstance(entry, Expected)), "")
