"""The catalogue under version control: check catalog.yaml, compare it with what is published, publish it."""

from pathlib import Path
from typing import Any

from billing.adapters.dynamodb.client import Table
from operations.catalogue.reading import Publication, read_catalogue
from operations.catalogue.source import CatalogueRefused, Refusal
from operations.catalogue.store import (
    CatalogueConflict,
    Summary,
    publish,
    read_stored,
)

__all__ = [
    "CatalogueConflict",
    "CatalogueRefused",
    "Publication",
    "Refusal",
    "Summary",
    "apply_catalogue",
    "publish",
    "read_catalogue",
    "read_stored",
]


def apply_catalogue(client: Any, table: str, path: Path | str) -> Summary:
    """Publish the file at `path` to a table, through a low-level DynamoDB client; doing it again writes nothing.

    `CatalogueRefused` if the file is wrong or alters a published plan version (nothing is written then),
    `CatalogueConflict` if somebody else publishes at the same time.
    """
    publication = read_catalogue(Path(path))
    target = Table(table, client)
    return publish(target, publication, read_stored(target, publication))
