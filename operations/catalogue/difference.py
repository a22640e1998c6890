"""What publishing a file would change, for people to read."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from billing.domain.money import format_money, format_rate
from operations.catalogue.reading import Document, Publication
from operations.catalogue.store import Stored, coupons_to_pause, definition

IDENTITY = {"prices": "interval", "quotas": "feature", "tax_rates": "from"}
"""Lists whose entries are known by one of their keys; other lists are compared by position."""

MONEY = {"amount", "cap", "price"}
PACK = ("pack",)
"""Where an add-on's changes are: its amount is a quota's, not money."""
RATES = {"rate_bp", "percent_bp"}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `mark`: "+" new, "-" gone, "~" other; `path` leads to it from its plan or coupon."""

    mark: str
    path: tuple[str, ...]
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class Section:
    """The changes of one plan, add-on or coupon, or of the rest of the file."""

    title: str
    changes: tuple[Change, ...] = ()


def differences(publication: Publication, stored: Stored) -> list[Section]:
    """What would change, by plan and add-on, then the rest of the document, then coupons; empty if nothing would."""
    before = stored.document or {}
    sections = [
        *_sections("plan", before.get("plans", []), publication.document["plans"]),
        *_sections("add-on", before.get("addons", []), publication.document["addons"]),
    ]
    rest = tuple(compare({"seller": {}, **_without_items(before)}, _without_items(publication.document)))
    if rest:
        sections.append(Section("~ seller, taxes and series", rest))
    if not sections and before and before != publication.document:
        sections.append(Section("~ the order of plans"))
    return [*sections, *_coupon_sections(publication, stored)]


def render(sections: list[Section]) -> str:
    """The sections as lines of text."""
    lines = []
    for section in sections:
        lines.append(section.title)
        lines += [f"    {_change_text(change)}" for change in section.changes]
    return "\n".join(lines)


def compare(before: Any, after: Any, path: tuple[str, ...] = ()) -> Iterator[Change]:
    """The differences between two values of a document."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in [*after, *(name for name in before if name not in after)]:
            yield from _compare_entry(before, after, name, path)
    elif _parts(before) and _parts(after):
        yield from compare(_keyed(before, path), _keyed(after, path), path)
    elif before != after:
        yield Change("~", path, before, after)


def _parts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, dict) for entry in value)


def _compare_entry(before: Document, after: Document, name: str, path: tuple[str, ...]) -> Iterator[Change]:
    inner = (*path, name)
    if name not in before:
        yield Change("+", inner, after=after[name])
    elif name not in after:
        yield Change("-", inner, before=before[name])
    else:
        yield from compare(before[name], after[name], inner)


def _keyed(entries: list[Any], path: tuple[str, ...]) -> Document:
    identity = IDENTITY.get(path[-1]) if path else None
    return {str(entry[identity] if identity else position): entry for position, entry in enumerate(entries, start=1)}


def _sections(kind: str, before: list[Document], after: list[Document]) -> Iterator[Section]:
    old = {item["id"]: item for item in before}
    for item in after:
        if item["id"] not in old:
            yield Section(f"+ {kind} {item['id']} (version {item['version']})", tuple(_described(item)))
        else:
            changes = tuple(compare(old[item["id"]], item, PACK if kind == "add-on" else ()))
            if changes:
                yield Section(f"~ {kind} {item['id']}", changes)
    kept = {item["id"] for item in after}
    for item in before:
        if item["id"] not in kept:
            yield Section(f"- {kind} {item['id']} (no longer sold; {GONE[kind]})")


GONE = {"plan": "terms already bought run on", "add-on": "packs already bought stay good"}


def _described(item: Document) -> Iterator[Change]:
    yield Change("+", ("name",), after=item["name"])
    if "prices" not in item:
        shown = ("price", "feature", "amount", "valid_months")
        yield from (Change("+", (*PACK, name), after=item[name]) for name in shown)
        return
    yield from _described_plan(item)


def _described_plan(plan: Document) -> Iterator[Change]:
    for price in plan["prices"]:
        yield Change("+", ("prices", price["interval"]), after=price)
    for quota in plan["quotas"]:
        yield Change("+", ("quotas", quota["feature"]), after=quota)
    if plan["trial"]:
        yield Change("+", ("trial",), after=plan["trial"])


def _coupon_sections(publication: Publication, stored: Stored) -> Iterator[Section]:
    for code, coupon in publication.coupons.items():
        old = stored.coupons.get(code)
        if old is None:
            yield Section(f"+ coupon {code}: {_coupon_text(coupon)}")
            continue
        changes = tuple(compare(definition(old, coupon), coupon))
        if changes:
            yield Section(f"~ coupon {code} (taken {old.get('taken', 0)})", changes)
    for code in coupons_to_pause(publication, stored):
        yield Section(f"- coupon {code} (will be paused; taken {stored.coupons[code].get('taken', 0)})")


def _without_items(document: Document) -> Document:
    return {name: value for name, value in document.items() if name not in ("plans", "addons")}


def _coupon_text(coupon: Document) -> str:
    given = [name for name, value in coupon.items() if value not in (None, False) and name not in ("code", "kind")]
    return ", ".join(f"{name} {_text(coupon[name], (name,))}" for name in given)


def _change_text(change: Change) -> str:
    before, after = _text(change.before, change.path), _text(change.after, change.path)
    shown = {"+": after, "-": before, "~": f"{before} -> {after}"}[change.mark]
    return f"{change.mark} {'.'.join(change.path)}: {shown}"


def _text(value: Any, path: tuple[str, ...]) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case int():
            return _number_text(value, path)
        case dict():
            return _mapping_text(value, path)
        case list():
            return "; ".join(_text(entry, path) for entry in value) or "none"
    return str(value) or "nothing"


def _number_text(value: int, path: tuple[str, ...]) -> str:
    if path[-1] in RATES:
        return format_rate(value, "en")
    if path[-1] in MONEY and "quotas" not in path and path != (*PACK, "amount"):
        return format_money(value, "VND", "vi")
    return f"{value:_}"


def _mapping_text(value: Document, path: tuple[str, ...]) -> str:
    if set(value) == {"vi", "en"}:
        return f"{value['vi']} | {value['en']}"
    if set(value) == {"interval", "amount"}:
        return _number_text(value["amount"], (*path, "amount"))
    if "feature" in value:
        per = f" per {value['per']}" if value["per"] else ""
        return f"{value['amount']:_}{per} ({value['type']}; {_text(value['name'], path)})"
    return ", ".join(f"{name} {_text(entry, (*path, name))}" for name, entry in value.items())
