"""/admin/endpoints and /admin/events: where events go, and what became of them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from billing.adapters.dynamodb.deliveries import DeliveryTable
from billing.adapters.http.bodies_endpoints import endpoint_change, new_endpoint, replay_target
from billing.adapters.http.gateway import Request, Response, Route, json_body
from billing.adapters.http.paging import page_limit, page_start, page_view
from billing.adapters.http.views_events import endpoint_view, endpoint_with_secret, event_line, event_view
from billing.domain.problems import FieldError, Problem
from billing.domain.tokens import Signer
from billing.service.endpoint_keeping import EndpointKeeping, Replaying

_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class EventRoutes:
    """`operator` tells who calls, or refuses; `cursors` signs where pages start."""

    keeping: EndpointKeeping
    replaying: Replaying
    events: DeliveryTable
    operator: Callable[[Request], str]
    cursors: Callable[[], Signer]

    @property
    def routes(self) -> dict[str, Route]:
        """By API Gateway's names."""
        return {
            "GET /admin/endpoints": self.endpoints,
            "POST /admin/endpoints": self.create,
            "POST /admin/endpoints/{id}": self.change,
            "POST /admin/endpoints/{id}/delete": self.remove,
            "GET /admin/events": self.listing,
            "GET /admin/events/{id}": self.show,
            "POST /admin/events/{id}/replay": self.replay,
        }

    def endpoints(self, request: Request) -> Response:
        """All of them; there are few."""
        self.operator(request)
        return Response(200, {"items": [endpoint_view(one) for one in self.keeping.endpoints.all()]})

    def create(self, request: Request) -> Response:
        """A new one, with its secret."""
        actor = self.operator(request)
        url, types = new_endpoint(json_body(request))
        return Response(201, endpoint_with_secret(self.keeping.create(actor, url, types)))

    def change(self, request: Request) -> Response:
        """The endpoint afterwards; with its secret where that is new."""
        actor = self.operator(request)
        wanted = endpoint_change(json_body(request))
        after = self.keeping.change(actor, request.path["id"], wanted)
        return Response(200, endpoint_with_secret(after) if wanted.rotate_secret else endpoint_view(after))

    def remove(self, request: Request) -> Response:
        """The endpoint as it was."""
        actor = self.operator(request)
        return Response(200, endpoint_view(self.keeping.remove(actor, request.path["id"])))

    def listing(self, request: Request) -> Response:
        """The events of a month, newest first; `month` is YYYY-MM in UTC, by default the present one."""
        self.operator(request)
        month = self._month(request)
        purpose = f"events {month:%Y-%m}"
        start = page_start(request, purpose, self.cursors)
        found, following = self.events.page(month, page_limit(request), start)
        return Response(200, page_view([event_line(one) for one in found], following, purpose, self.cursors))

    def show(self, request: Request) -> Response:
        """One event and its delivery log."""
        self.operator(request)
        return Response(200, event_view(self.replaying.event(request.path["id"])))

    def replay(self, request: Request) -> Response:
        """Sends it again."""
        actor = self.operator(request)
        target = replay_target(json_body(request))
        return Response(202, event_view(self.replaying.replay(actor, request.path["id"], target)))

    def _month(self, request: Request) -> datetime:
        text = request.query.get("month", f"{self.keeping.clock.now():%Y-%m}")
        if not _MONTH.fullmatch(text):
            raise Problem("validation_failed", errors=(FieldError("month", "invalid"),))
        return datetime(int(text[:4]), int(text[5:]), 1, tzinfo=UTC)
