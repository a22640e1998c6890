"""What operators send about endpoints, checked name by name: a handful of fields need no library at a cold start."""

from collections.abc import Mapping
from typing import Any

from billing.domain.endpoints import LONGEST_URL
from billing.domain.events import TYPES
from billing.domain.problems import FieldError, Problem
from billing.service.endpoint_keeping import EndpointChange

STATUSES = ("active", "paused")


def new_endpoint(body: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """(url, types) of POST /admin/endpoints; `validation_failed` names every field that does not fit."""
    errors = [*_unknown(body, ("url", "types")), *_url(body, required=True), *_types(body)]
    _refuse(errors)
    return body["url"], tuple(body.get("types") or ())


def endpoint_change(body: Mapping[str, Any]) -> EndpointChange:
    """The change of POST /admin/endpoints/{id}."""
    errors = [
        *_unknown(body, ("url", "types", "status", "rotate_secret")),
        *_url(body, required=False),
        *_types(body),
        *_choice(body, "status", STATUSES),
    ]
    if not isinstance(body.get("rotate_secret", False), bool):
        errors.append(FieldError("rotate_secret", "wrong_type", {"expected": "bool"}))
    _refuse(errors)
    return EndpointChange(
        url=body.get("url"),
        types=tuple(body["types"]) if body.get("types") is not None else None,
        status=body.get("status"),
        rotate_secret=body.get("rotate_secret", False),
    )


def replay_target(body: Mapping[str, Any]) -> str | None:
    """The endpoint of POST /admin/events/{id}/replay; None for all."""
    errors = list(_unknown(body, ("endpoint_id",)))
    given = body.get("endpoint_id")
    if given is not None and not isinstance(given, str):
        errors.append(FieldError("endpoint_id", "wrong_type", {"expected": "string"}))
    _refuse(errors)
    return given


def _refuse(errors: list[FieldError]) -> None:
    if errors:
        raise Problem("validation_failed", errors=tuple(errors))


def _unknown(body: Mapping[str, Any], names: tuple[str, ...]) -> list[FieldError]:
    return [FieldError(name, "unknown_field") for name in body if name not in names]


def _url(body: Mapping[str, Any], *, required: bool) -> list[FieldError]:
    url = body.get("url")
    if url is None:
        return [FieldError("url", "required")] if required else []
    if not isinstance(url, str):
        return [FieldError("url", "wrong_type", {"expected": "string"})]
    return [FieldError("url", "too_long", {"maximum": LONGEST_URL})] if len(url) > LONGEST_URL else []


def _types(body: Mapping[str, Any]) -> list[FieldError]:
    types = body.get("types")
    if types is None:
        return []
    if not isinstance(types, list):
        return [FieldError("types", "wrong_type", {"expected": "list"})]
    return [
        FieldError(f"types.{place}", "unknown_choice", {"choices": ", ".join(TYPES)})
        for place, kind in enumerate(types)
        if kind not in TYPES
    ]


def _choice(body: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> list[FieldError]:
    if body.get(name) is None or body[name] in choices:
        return []
    return [FieldError(name, "unknown_choice", {"choices": ", ".join(choices)})]
