"""The published catalogue, read once and kept for a while: it changes rarely, and prices are frozen in quotes."""

import json
import time
from collections.abc import Callable
from typing import Any

from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.keys import catalogue_key
from billing.domain.plans import Catalogue, catalogue_from_document

KEEP_SECONDS = 60


class NoCatalogue(LookupError):
    """Nothing has been published yet: `python -m operations.catalogue apply` does it."""


class CatalogueCache:
    """Reads the catalogue at most once a minute for each process. `elapsed` counts seconds and never runs back."""

    def __init__(self, table: Table, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._table = table
        self._elapsed = elapsed
        self._read_at: float | None = None
        self._record: dict[str, Any] = {}
        self._catalogue: Catalogue | None = None

    def published(self) -> tuple[dict[str, Any], str]:
        """The published document and its digest."""
        if self._read_at is None or self._elapsed() - self._read_at > KEEP_SECONDS:
            self._keep(self._table.get(catalogue_key()))
        return self._record["document"], self._record["digest"]

    def current(self) -> Catalogue:
        """The published catalogue as values."""
        document, _ = self.published()
        if self._catalogue is None:
            self._catalogue = catalogue_from_document(document)
        return self._catalogue

    def _keep(self, record: dict[str, Any] | None) -> None:
        if record is None:
            raise NoCatalogue("no catalogue has been published")
        if record["digest"] != self._record.get("digest"):
            self._record = {"document": json.loads(record["document"]), "digest": record["digest"]}
            self._catalogue = None
        self._read_at = self._elapsed()
