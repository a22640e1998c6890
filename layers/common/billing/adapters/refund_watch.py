"""Refunds that need a person, as log lines and metrics that an alarm watches (docs/operations.md)."""

from billing.adapters.log import count, log
from billing.domain.refunds import Refund
from billing.service.refund_sweep import DueRefund


class RefundLogWatch:
    """The `RefundWatch` port."""

    def refund_failed(self, refund: Refund) -> None:
        """A provider refused what it had not decided at first."""
        count("RefundFailed")
        log("warning", "refund failed", refund_id=refund.id, provider=refund.provider, failure=refund.failure)

    def refund_overdue(self, refund: Refund) -> None:
        """Three days and no end."""
        count("RefundOverdue")
        log("warning", "refund overdue", refund_id=refund.id, provider=refund.provider, status=refund.status)

    def refund_fault(self, due: DueRefund, error: Exception) -> None:
        """A fault of ours, or a provider that is switched off while its refunds are not finished."""
        count("RefundSweepFault")
        kind = type(error).__name__
        log("error", "refund not gone on with", exc_info=True, refund_id=due.refund_id, error=kind)
