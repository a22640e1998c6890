"""GET /admin/audit: what operators did."""

from collections.abc import Callable
from dataclasses import dataclass

from billing.adapters.dynamodb.audit import AuditTable
from billing.adapters.http.gateway import Request, Response, Route
from billing.adapters.http.paging import month_of, page_limit, page_start, page_view
from billing.adapters.http.views_admin import audit_view
from billing.domain.tokens import Signer
from billing.service.basic_ports import Clock


@dataclass(frozen=True, slots=True)
class AuditRoutes:
    """`operator` tells who calls, or refuses; `cursors` signs where pages start."""

    audits: AuditTable
    operator: Callable[[Request], str]
    cursors: Callable[[], Signer]
    clock: Clock

    @property
    def routes(self) -> dict[str, Route]:
        """By API Gateway's names."""
        return {"GET /admin/audit": self.listing}

    def listing(self, request: Request) -> Response:
        """The entries of a month, newest first; `month` is YYYY-MM in UTC, by default the present one."""
        self.operator(request)
        month = month_of(request) or self.clock.now()
        purpose = f"audit {month:%Y-%m}"
        start = page_start(request, purpose, self.cursors)
        found, following = self.audits.page(month, page_limit(request), start)
        return Response(200, page_view([audit_view(entry) for entry in found], following, purpose, self.cursors))
