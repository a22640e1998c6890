"""Publishing a catalogue: conditional writes that can be repeated, cut off and raced without harm.

Order of writes: plan versions (nothing refers to them yet), then the published item under its revision, then
coupons. A run that was cut off is completed by the next one. A coupon carries the revision it was written
under, so that a slow operator's older definition never overwrites a newer one.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

from botocore.exceptions import ClientError

from billing.adapters.dynamodb.keys import Key, catalogue_key, coupon_key, plan_version_key
from billing.adapters.dynamodb.mapper import from_item, to_item, to_value
from operations.catalogue.reading import Document, Publication, canonical, digest
from operations.catalogue.source import CatalogueRefused, Refusal

BATCH = 100
"""Keys in one BatchGetItem, the most there may be."""


class DynamoDB(Protocol):
    """The part of boto3's low-level client that is used here."""

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        """Up to 100 items by key."""
        ...

    def put_item(self, **request: Any) -> dict[str, Any]:
        """One item, under a condition."""
        ...

    def update_item(self, **request: Any) -> dict[str, Any]:
        """Some attributes of one item, under a condition."""
        ...


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


def read_stored(client: DynamoDB, table: str, publication: Publication) -> Stored:
    """What is stored of everything that publishing `publication` may touch. Consistent reads."""
    current = _read(client, table, [catalogue_key()])
    head = from_item(current[0]) if current else {}
    codes = tuple(head.get("coupons", ()))
    coupon_keys = [coupon_key(code) for code in sorted({*codes, *publication.coupons})]
    version_keys = [plan_version_key(*_version(plan)) for plan in publication.document["plans"]]
    coupons = [from_item(item) for item in _read(client, table, coupon_keys)]
    versions = [from_item(item) for item in _read(client, table, version_keys)]
    return Stored(
        revision=head.get("revision", 0),
        document=_parsed(head.get("document")),
        digest=head.get("digest", ""),
        coupons_digest=head.get("coupons_digest", ""),
        codes=codes,
        coupons={coupon["code"]: coupon for coupon in coupons},
        versions={(item["plan_id"], item["version"]): item["digest"] for item in versions},
    )


def check_versions(publication: Publication, stored: Stored) -> None:
    """`CatalogueRefused` if a published plan version would change."""
    refusals = []
    for index, plan in enumerate(publication.document["plans"]):
        if stored.versions.get(_version(plan), digest(canonical(plan))) != digest(canonical(plan)):
            line = publication.version_lines[index]
            seen = f'version {plan["version"]} of "{plan["id"]}" is published with other content'
            message = f"expected a higher version: {seen}, and a published version never changes"
            refusals.append(Refusal(line, f"plans[{index}].version", message))
    if refusals:
        raise CatalogueRefused(publication.file, refusals)


def publish(client: DynamoDB, table: str, publication: Publication, stored: Stored) -> Summary:
    """Make the table hold `publication`; `stored` is what was read before.

    `CatalogueRefused` before anything is written; `CatalogueConflict` if somebody else wrote since
    `stored` was read.
    """
    check_versions(publication, stored)
    versions = [plan for plan in publication.document["plans"] if _version(plan) not in stored.versions]
    for plan in versions:
        _put_version(client, table, plan)
    published = _put_current(client, table, publication, stored)
    revision = stored.revision + 1 if published else stored.revision
    changed = changed_coupons(publication, stored)
    paused = coupons_to_pause(publication, stored)
    for code in changed:
        _update_coupon(client, table, code, publication.coupons[code], revision)
    for code in paused:
        _update_coupon(client, table, code, {"paused": True}, revision)
    return Summary(revision, published, tuple(map(_version, versions)), tuple(changed), tuple(paused))


def changed_coupons(publication: Publication, stored: Stored) -> list[str]:
    """Codes whose definition is not stored as the file has it."""
    return [
        code
        for code, coupon in publication.coupons.items()
        if definition(stored.coupons.get(code, {}), coupon) != coupon
    ]


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


def _parsed(text: str | None) -> Document | None:
    if text is None:
        return None
    document: Document = json.loads(text)
    return document


def _read(client: DynamoDB, table: str, keys: list[Key]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for chunk in _chunks(keys):
        pending: dict[str, Any] = {table: {"Keys": chunk, "ConsistentRead": True}}
        while pending:
            answer = client.batch_get_item(RequestItems=pending)
            items += answer["Responses"].get(table, [])
            pending = answer.get("UnprocessedKeys", {})
    return items


def _chunks(keys: list[Key]) -> Iterator[list[Key]]:
    for start in range(0, len(keys), BATCH):
        yield keys[start : start + BATCH]


def _put_version(client: DynamoDB, table: str, plan: Document) -> None:
    text = canonical(plan)
    plan_id, version = _version(plan)
    record = {"plan_id": plan_id, "version": version, "document": text, "digest": digest(text)}
    try:
        client.put_item(
            TableName=table,
            Item={**plan_version_key(plan_id, version), **to_item(record)},
            ConditionExpression="attribute_not_exists(pk) OR digest = :digest",
            ExpressionAttributeValues={":digest": to_value(record["digest"])},
        )
    except ClientError as error:
        _conflict(error, f'somebody else has just published another version {version} of plan "{plan_id}"')


def _put_current(client: DynamoDB, table: str, publication: Publication, stored: Stored) -> bool:
    text = canonical(publication.document)
    coupons_digest = digest(canonical(publication.coupons))
    if (digest(text), coupons_digest) == (stored.digest, stored.coupons_digest):
        return False
    record = {
        "document": text,
        "digest": digest(text),
        "coupons": sorted({*stored.codes, *publication.coupons}),
        "coupons_digest": coupons_digest,
        "revision": stored.revision + 1,
    }
    condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
    if stored.revision:
        seen = {":seen": to_value(stored.revision)}
        condition = {"ConditionExpression": "revision = :seen", "ExpressionAttributeValues": seen}
    try:
        client.put_item(TableName=table, Item={**catalogue_key(), **to_item(record)}, **condition)
    except ClientError as error:
        _conflict(error, "somebody else has just published a catalogue")
    return True


def _update_coupon(client: DynamoDB, table: str, code: str, fields: Document, revision: int) -> None:
    names = {f"#f{index}": name for index, name in enumerate(fields)}
    values = {f":f{index}": to_value(value) for index, value in enumerate(fields.values())}
    assignments = ", ".join(f"{alias} = :{alias[1:]}" for alias in names)
    try:
        client.update_item(
            TableName=table,
            Key=coupon_key(code),
            UpdateExpression=f"SET {assignments}, taken = if_not_exists(taken, :none), revision = :revision",
            ConditionExpression="attribute_not_exists(revision) OR revision <= :revision",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={**values, ":none": to_value(0), ":revision": to_value(revision)},
        )
    except ClientError as error:
        _conflict(error, f"somebody else has just published coupon {code}")


def _conflict(error: ClientError, sentence: str) -> NoReturn:
    if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
        raise CatalogueConflict(f"{sentence}; look at the difference and apply again") from None
    raise error
