"""Pages of a list: a bounded size, and a signed cursor that only its own account can use."""

from collections.abc import Callable, Mapping
from typing import Any

from billing.adapters.http.gateway import Request
from billing.domain.problems import FieldError, Problem
from billing.domain.tokens import InvalidToken, Signer

DEFAULT_LIMIT, MAX_LIMIT = 20, 100


def page_limit(request: Request) -> int:
    """The wished page size, 1 to 100; `validation_failed` otherwise."""
    text = request.query.get("limit", str(DEFAULT_LIMIT))
    if text not in {str(limit) for limit in range(1, MAX_LIMIT + 1)}:
        error = FieldError("limit", "out_of_range", {"minimum": 1, "maximum": MAX_LIMIT})
        raise Problem("validation_failed", errors=(error,))
    return int(text)


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
