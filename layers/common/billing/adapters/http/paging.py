"""Pages of a list: a bounded size, and a signed cursor that only its own account can use."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from billing.adapters.http.gateway import Request
from billing.domain.problems import FieldError, Problem
from billing.domain.tokens import InvalidToken, Signer

DEFAULT_LIMIT, MAX_LIMIT = 20, 100
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


def page_limit(request: Request) -> int:
    """The wished page size, 1 to 100; `validation_failed` otherwise."""
    text = request.query.get("limit", str(DEFAULT_LIMIT))
    if text not in {str(limit) for limit in range(1, MAX_LIMIT + 1)}:
        error = FieldError("limit", "out_of_range", {"minimum": 1, "maximum": MAX_LIMIT})
        raise Problem("validation_failed", errors=(error,))
    return int(text)


def month_of(request: Request) -> datetime | None:
    """The UTC month that the query's `month` (YYYY-MM) names, None without it; `validation_failed` for what is none."""
    text = request.query.get("month")
    if text is None:
        return None
    if not _MONTH.fullmatch(text):
        raise Problem("validation_failed", errors=(FieldError("month", "invalid"),))
    return datetime(int(text[:4]), int(text[5:]), 1, tzinfo=UTC)


def page_start(request: Request, purpose: str, signer: Callable[[], Signer]) -> Mapping[str, Any] | None:
    """Where the wished page starts; `validation_failed` for a cursor that was not made for this list."""
    token = request.query.get("cursor")
    if not token:
        return None
    try:
        return signer().verify(purpose, token)
    except InvalidToken:
        raise Problem("validation_failed", errors=(FieldError("cursor", "invalid"),)) from None


def page_view(
    items: list[dict[str, Any]], following: Any, purpose: str, signer: Callable[[], Signer]
) -> dict[str, Any]:
    """The list's answer, with the cursor of its next page."""
    return {"items": items, "next_cursor": signer().sign(purpose, following) if following else None}
