"""An attempt by what its provider calls it: the webhook's one read."""

from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.keys import payment_key
from billing.adapters.dynamodb.records import payment_from_record
from billing.domain.orders import Payment


class PaymentTable:
    """The `Payments` port on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, provider: str, reference: str) -> Payment | None:
        """The attempt that a provider calls `reference`, read consistently."""
        record = self._table.get(payment_key(provider, reference))
        return payment_from_record(record) if record else None
