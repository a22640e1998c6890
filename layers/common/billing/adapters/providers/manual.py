"""What providers without a refund API have in common: a person gives the money back (docs/refunds.md)."""

from datetime import datetime

from billing.service.provider_port import ProviderUnavailable, RefundAnswer, RefundRequest


class ByHand:
    """The refund part of the `Provider` port where there is nothing to call."""

    refunds = False

    def refund_reference(self, refund_id: str, now: datetime) -> str:  # noqa: ARG002
        """The refund's own id: it stands in nobody's books but ours."""
        return refund_id

    def refund(self, request: RefundRequest, now: datetime) -> RefundAnswer:  # noqa: ARG002
        """Nothing can be asked for."""
        raise ProviderUnavailable("refunds are transferred by hand")

    def query_refund(self, request: RefundRequest, now: datetime) -> RefundAnswer:  # noqa: ARG002
        """Nothing can be asked."""
        raise ProviderUnavailable("refunds are transferred by hand")
