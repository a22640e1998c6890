"""What a sweep could not do, as log lines and metrics that alarms watch (docs/operations.md)."""

from datetime import date

from billing.adapters.log import count, log
from billing.domain.payments import Payment
from billing.service.reconciliation import Due


class LogWatch:
    """The `Watch` port, and the `StatementWatch` port."""

    def unasked(self, payment: Payment) -> None:
        """Nobody can be asked: an operator looks through the account."""
        count("PaymentNotAsked")
        log("warning", "payment ended unasked", provider=payment.provider, payment_id=payment.id)

    def undecided(self, due: Due) -> None:
        """A provider that has not decided for a day."""
        count("PaymentUndecided")
        log("warning", "payment undecided", provider=due.provider, order_id=due.order_id, tries=due.tries)

    def unread(self, provider: str, day: date) -> None:
        """A list of what came in could not be read; it is asked for again in an hour."""
        log("warning", "statement not read", provider=provider, day=day.isoformat())

    def failed(self, due: Due, error: Exception) -> None:
        """A fault of ours, or a provider that is switched off while payments at it are open."""
        count("PaymentSweepFault")
        kind = type(error).__name__
        log("error", "payment not reconciled", exc_info=True, provider=due.provider, order_id=due.order_id, error=kind)
