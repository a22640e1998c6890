"""What operators send about exceptions."""

from typing import Annotated, Any

from billing.adapters.http.bodies import Strict, checked, line

MAX_REASON = 500


class EmptyBody(Strict):
    """Actions that take nothing."""


class AttachBody(Strict):
    """POST /admin/exceptions/{id}/attach."""

    order_id: Annotated[str, line(64, 1)]


class DismissBody(Strict):
    """POST /admin/exceptions/{id}/dismiss."""

    reason: Annotated[str, line(MAX_REASON, 1)]


def empty_body(body: dict[str, Any]) -> EmptyBody:
    """A body without a field."""
    return checked(EmptyBody, body)


def attach_body(body: dict[str, Any]) -> AttachBody:
    """The order that gets the money."""
    return checked(AttachBody, body)


def dismiss_body(body: dict[str, Any]) -> DismissBody:
    """Why nothing is to be done."""
    return checked(DismissBody, body)
