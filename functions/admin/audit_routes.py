"""GET /admin/audit: what operators did."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from billing.adapters.dynamodb.audit import AuditTable
from billing.adapters.http.gateway import Request, Response, Route
from billing.adapters.http.paging import page_limit, page_start, page_view
from billing.adapters.http.views_admin import audit_view
from billing.domain.problems import FieldError, Problem
from billing.domain.tokens import Signer
from billing.service.ports import Clock

_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


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
        month = self._month(request)
        purpose = f"audit {month:%Y-%m}"
        start = page_start(request, purpose, self.cursors)
        found, following = self.audits.page(month, page_limit(request), start)
        return Response(200, page_view([audit_view(entry) for entry in found], following, purpose, self.cursors))

    def _month(self, request: Request) -> datetime:
        text = request.query.get("month", f"{self.clock.now():%Y-%m}")
        if not _MONTH.fullmatch(text):
            raise Problem("validation_failed", errors=(FieldError("month", "invalid"),))
        return datetime(int(text[:4]), int(text[5:]), 1, tzinfo=UTC)
