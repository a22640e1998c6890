"""How far providers' lists of what came in were read."""

from datetime import date

from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.keys import sweep_key
from billing.adapters.dynamodb.mapper import to_item
from billing.domain.times import from_text, to_text
from billing.service.statements import Mark


class StatementMarks:
    """The `Marks` port on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def mark(self, provider: str) -> Mark | None:
        """Read consistently."""
        record = self._table.get(_key(provider))
        return Mark(date.fromisoformat(record["day"]), from_text(record["next_at"])) if record else None

    def save(self, provider: str, mark: Mark) -> None:
        """Two runs at once read a day twice at worst, and what is known is a duplicate."""
        record = {"day": mark.day.isoformat(), "next_at": to_text(mark.next_at)}
        self._table.write(self._table.put(_key(provider), to_item(record)))


def _key(provider: str) -> dict[str, dict[str, str]]:
    return sweep_key(f"STATEMENT-{provider}")
