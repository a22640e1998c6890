"""Publishing a catalogue: conditional writes that can be repeated, cut off and raced without harm.

Order of writes: plan versions (nothing refers to them yet), then the published item under its revision, then
coupons. A run that was cut off is completed by the next one. A coupon carries the revision it was written
under, so that a slow operator's older definition never overwrites a newer one.

What operators do by the API stays theirs: their pause of a coupon stands beside the file's `paused`, and a coupon that
one of them made is never touched.
"""

import json
from dataclasses import dataclass, field

from billing.adapters.dynamodb.client import ABSENT, ConditionFailed, Table
from billing.adapters.dynamodb.coupons import list_put
from billing.adapters.dynamodb.keys import catalogue_key, coupon_key, plan_version_key
from billing.adapters.dynamodb.mapper import to_item
from operations.catalogue.reading import Document, Publication, canonical, digest
from operations.catalogue.source import CatalogueRefused, Refusal


class CatalogueConflict(Exception):
    """Somebody else published meanwhile. Nothing newer was overwritten; look at the difference again."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What the table holds. Revision 0, no document: nothing was published yet. `coupons` include `taken`."""

    revision: int = 0
    document: Document | None = None
    digest: str = ""
    coupons_digest: str = ""
    codes: tuple[str, ...] = ()
    coupons: dict[str, Document] = field(default_factory=dict)
    versions: dict[tuple[str, int], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a publication wrote; `published` says whether the published item changed."""

    revision: int
    published: bool
    versions: tuple[tuple[str, int], ...]
    coupons: tuple[str, ...]
    paused: tuple[str, ...]

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return bool(self.published or self.versions or self.coupons or self.paused)


def read_stored(table: Table, publication: Publication) -> Stored:
    """What is stored of everything that publishing `publication` may touch. Consistent reads."""
    head = table.get(catalogue_key()) or {}
    codes = tuple(head.get("coupons", ()))
    coupons = table.get_many([coupon_key(code) for code in sorted({*codes, *publication.coupons})])
    versions = table.get_many([plan_version_key(*_version(item)) for _, item in publication.items])
    return Stored(
        revision=head.get("revision", 0),
        document=json.loads(head["document"]) if head else None,
        digest=head.get("digest", ""),
        coupons_digest=head.get("coupons_digest", ""),
        codes=codes,
        coupons={coupon["code"]: coupon for coupon in coupons if coupon},
        versions={(item["plan_id"], item["version"]): item["digest"] for item in versions if item},
    )


def check_versions(publication: Publication, stored: Stored) -> None:
    """`CatalogueRefused` if a published version of a plan or add-on would change."""
    refusals = []
    for index, (place, plan) in enumerate(publication.items):
        if stored.versions.get(_version(plan), digest(canonical(plan))) != digest(canonical(plan)):
            line = publication.version_lines[index]
            seen = f'version {plan["version"]} of "{plan["id"]}" is published with other content'
            message = f"expected a higher version: {seen}, and a published version never changes"
            refusals.append(Refusal(line, f"{place}.version", message))
    if refusals:
        raise CatalogueRefused(publication.file, refusals)


def check_coupons(publication: Publication, stored: Stored) -> None:
    """`CatalogueRefused` if a code of the file belongs to a coupon that an operator made."""
    refusals = []
    for index, code in enumerate(publication.coupons):
        if stored.coupons.get(code, {}).get("origin") == "api":
            message = f'expected another code: "{code}" was made by an operator, who keeps it by the API'
            refusals.append(Refusal(publication.coupon_lines[index], f"coupons[{index}].code", message))
    if refusals:
        raise CatalogueRefused(publication.file, refusals)


def publish(table: Table, publication: Publication, stored: Stored) -> Summary:
    """Make `table` hold `publication`; `stored` is what was read before.

    `CatalogueRefused` before anything is written; `CatalogueConflict` if somebody else wrote since
    `stored` was read.
    """
    check_versions(publication, stored)
    check_coupons(publication, stored)
    versions = [item for _, item in publication.items if _version(item) not in stored.versions]
    for plan in versions:
        _put_version(table, plan)
    published = _put_current(table, publication, stored)
    revision = stored.revision + 1 if published else stored.revision
    changed = changed_coupons(publication, stored)
    paused = coupons_to_pause(publication, stored)
    for code in changed:
        _update_coupon(table, code, publication.coupons[code], revision, stored)
    for code in paused:
        _update_coupon(table, code, {"paused": True}, revision, stored)
    return Summary(revision, published, tuple(map(_version, versions)), tuple(changed), tuple(paused))


def changed_coupons(publication: Publication, stored: Stored) -> list[str]:
    """Codes whose definition is not stored as the file has it, or from before coupons were listed and had versions."""
    return [
        code
        for code, coupon in publication.coupons.items()
        if definition(stored.coupons.get(code, {}), coupon) != coupon or "version" not in stored.coupons[code]
    ]


def paused_by_operators(publication: Publication, stored: Stored) -> dict[str, str]:
    """The file's codes that operators have paused, and who; they stay so, whatever the file says."""
    found = {code: stored.coupons.get(code, {}).get("paused_by") for code in publication.coupons}
    return {code: operator for code, operator in found.items() if operator}


def coupons_to_pause(publication: Publication, stored: Stored) -> list[str]:
    """Codes this command once published, that the file no longer has and that are not paused yet."""
    return [
        code
        for code in stored.codes
        if code not in publication.coupons and not stored.coupons.get(code, {"paused": True})["paused"]
    ]


def definition(coupon: Document, like: Document) -> Document:
    """A stored coupon without its counter and what else is not in `like`."""
    return {name: coupon[name] for name in like if name in coupon}


def _version(plan: Document) -> tuple[str, int]:
    return plan["id"], plan["version"]


def _put_version(table: Table, plan: Document) -> None:
    text = canonical(plan)
    plan_id, version = _version(plan)
    record = to_item({"plan_id": plan_id, "version": version, "document": text, "digest": digest(text)})
    unchanged = f"{ABSENT} OR digest = :digest"
    try:
        table.write(table.put(plan_version_key(plan_id, version), record, unchanged, digest=digest(text)))
    except ConditionFailed:
        raise _conflict(f'another version {version} of plan "{plan_id}"') from None


def _put_current(table: Table, publication: Publication, stored: Stored) -> bool:
    text = canonical(publication.document)
    coupons_digest = digest(canonical(publication.coupons))
    if (digest(text), coupons_digest) == (stored.digest, stored.coupons_digest):
        return False
    record = to_item(
        {
            "document": text,
            "digest": digest(text),
            "coupons": sorted({*stored.codes, *publication.coupons}),
            "coupons_digest": coupons_digest,
            "revision": stored.revision + 1,
        }
    )
    seen = {"seen": stored.revision} if stored.revision else {}
    condition = "revision = :seen" if seen else ABSENT
    try:
        table.write(table.put(catalogue_key(), record, condition, **seen))
    except ConditionFailed:
        raise _conflict("a catalogue") from None
    return True


def _update_coupon(table: Table, code: str, fields: Document, revision: int, stored: Stored) -> None:
    """The definition and its place in the list, unless somebody else wrote the coupon since it was read."""
    assignments = ", ".join(f"#{name} = :{name}" for name in fields)
    counters = "taken = if_not_exists(taken, :none), confirmed = if_not_exists(confirmed, :none)"
    change = f"SET {assignments}, {counters}, revision = :revision ADD version :one"
    seen = stored.coupons.get(code, {}).get("version")
    unchanged = "attribute_not_exists(version)" if seen is None else "version = :seen"
    condition = f"{unchanged} AND (attribute_not_exists(revision) OR revision <= :revision)"
    values = {**fields, "none": 0, "one": 1, "revision": revision, **({} if seen is None else {"seen": seen})}
    try:
        table.transact([table.update(coupon_key(code), change, condition, **values), list_put(table, code)])
    except ConditionFailed:
        raise _conflict(f"coupon {code}") from None


def _conflict(what: str) -> CatalogueConflict:
    return CatalogueConflict(f"somebody else has just published {what}; look at the difference and apply again")
