"""An account's live items and its documents as stored."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.entries import position, statement_lines
from billing.adapters.dynamodb.invoice_records import invoice_from_record
from billing.adapters.dynamodb.keys import invoice_key, invoices_index, usage_index
from billing.adapters.dynamodb.standings import read_standing
from billing.domain.invoices import Invoice
from billing.domain.ledger import Line
from billing.service.account_ports import Standing


class AccountTable:
    """The `AccountStore` port on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def standing(self, account_id: str, now: datetime) -> Standing:
        """The subscription, the grants that count and end after `now`, and the holds: one range of the partition."""
        return read_standing(self._table, account_id, now)

    def invoice(self, invoice_id: str) -> Invoice | None:
        """The document as issued."""
        record = self._table.get(invoice_key(invoice_id))
        return invoice_from_record(record) if record else None

    def invoices(self, account_id: str, limit: int, after: Mapping[str, Any] | None) -> tuple[list[Invoice], Any]:
        """An account's documents, newest first, through the index; and where the next page starts."""
        records, following = self._table.page(invoices_index(account_id), limit, after)
        return [invoice_from_record(record) for record in records], following

    def statement(
        self, account_id: str, now: datetime, limit: int, after: Mapping[str, Any] | None
    ) -> tuple[list[Line], Any]:
        """An account's ledger, newest first, through the index; and where the next page starts.

        A page has at most `limit` lines, unless one order brought more.
        """
        records, following = self._table.page(usage_index(account_id), limit, after)
        lines: list[Line] = []
        last: dict[str, Any] | None = None
        for record in records:
            more = statement_lines(record, now)
            if last and len(lines) + len(more) > limit:
                return lines, position(last)
            lines += more
            last = record
        return lines, following
