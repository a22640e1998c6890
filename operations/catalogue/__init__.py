"""The catalogue under version control: check catalog.yaml, compare it with what is published, publish it."""

from pathlib import Path

from operations.catalogue.reading import Publication, read_catalogue
from operations.catalogue.source import CatalogueRefused, Refusal
from operations.catalogue.store import (
    CatalogueConflict,
    DynamoDB,
    Summary,
    publish,
    read_stored,
)

__all__ = [
    "CatalogueConflict",
    "CatalogueRefused",
    "DynamoDB",
    "Publication",
    "Refusal",
    "Summary",
    "apply_catalogue",
    "publish",
    "read_catalogue",
    "read_stored",
]


def apply_catalogue(client: DynamoDB, table: str, path: Path | str) -> Summary:
    """Publish the file at `path` to `table`; doing it again writes nothing.

    `CatalogueRefused` if the file is wrong or alters a published plan version (nothing is written then),
    `CatalogueConflict` if somebody else publishes at the same time.
    """
    publication = read_catalogue(Path(path))
    return publish(client, table, publication, read_stored(client, table, publication))
