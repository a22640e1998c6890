"""What sending events could not do, as log lines and metrics that an alarm watches (docs/operations.md)."""

from collections.abc import Mapping
from typing import Any

from billing.adapters.log import count, log
from billing.domain.deliveries import Delivery
from billing.domain.endpoints import Endpoint


class LogDeliveryWatch:
    """The `DeliveryWatch` port."""

    def paused(self, endpoint: Endpoint) -> None:
        """What happens from now on waits until the endpoint is resumed."""
        count("EndpointPaused")
        log("warning", "endpoint paused", endpoint_id=endpoint.id, reason=endpoint.paused_because)

    def given_up(self, delivery: Delivery) -> None:
        """It can be replayed."""
        count("EventGivenUp")
        log("warning", "event given up", event_id=delivery.event_id, endpoint_id=delivery.endpoint_id)

    def failed(self, what: Mapping[str, Any], error: Exception) -> None:
        """A fault of ours."""
        count("EventFault")
        log("error", "event not sent", exc_info=True, error=type(error).__name__, **what)
