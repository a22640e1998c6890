"""The HTTP API: finds the route, asks the authorizer, calls the function, answers as API Gateway does."""

import json
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from werkzeug.wrappers import Request, Response

from local import cors, events
from local.authorizer import Forbidden, KeySource, Unauthorized, Verified, verify
from local.deployment import HttpApi, Route
from local.logs import Log
from local.workers import EventTooLarge, FunctionBusy, FunctionFailed, Workers

NOT_FOUND = "Not Found"
TOO_LARGE = "Request Entity Too Large"

_REFUSALS: dict[type[Exception], tuple[int, str]] = {
    Unauthorized: (401, "Unauthorized"),
    Forbidden: (403, "Forbidden"),
    events.BodyTooLarge: (413, TOO_LARGE),
    EventTooLarge: (413, TOO_LARGE),
    FunctionBusy: (503, "Service Unavailable"),
}


@dataclass(frozen=True, slots=True)
class _Target:
    """A route with the function behind it. `pattern` matches raw paths."""

    route: Route
    pattern: re.Pattern[str]
    workers: Workers


class Gateway:
    """Serves the routes of `workers`' functions. `keys` gives the public keys of the tokens' issuer."""

    def __init__(
        self, api: HttpApi, workers: Iterable[Workers], keys: KeySource, now: Callable[[], datetime], log: Log
    ) -> None:
        self._api = api
        self._keys = keys
        self._now = now
        self._log = log
        targets = [_Target(route, _pattern(route.path), one) for one in workers for route in one.function.routes]
        # Literal segments win over parameters, and those over a greedy one.
        self._targets = sorted(targets, key=lambda one: ("+}" in one.route.path, one.route.path.count("{")))

    def answer(self, request: Request) -> Response:
        """The response to a request that is none of the local routes."""
        request_id = secrets.token_urlsafe(12)
        origin = request.headers.get("origin", "")
        if request.method == "OPTIONS" and self._api.cors.origins:
            response = Response(status=204, headers=cors.preflight_headers(self._api.cors, origin))
        else:
            response = self._respond(request, request_id)
            _replace_cors(response, cors.answer_headers(self._api.cors, origin), self._api)
        response.headers["apigw-requestid"] = request_id
        return response

    def _respond(self, request: Request, request_id: str) -> Response:
        found = self._find(request.method, events.raw_path(request))
        if found is None:
            return message(404, NOT_FOUND)
        target, parameters = found
        try:
            token = self._authorize(request, target.route)
            arrival = events.Arrival(request_id, self._now(), target.route, parameters, token)
            event = events.build_event(request, events.read_body(request), arrival)
            return events.read_answer(target.workers.invoke(event))
        except tuple(_REFUSALS) as refusal:
            return message(*_REFUSALS[type(refusal)])
        except (FunctionFailed, events.BadAnswer) as failure:
            self._log.warn("gateway", f"{target.route.key} {request_id}: {failure}")
            return message(500, "Internal Server Error")

    def _find(self, method: str, path: str) -> tuple[_Target, Mapping[str, str]] | None:
        for target in self._targets:
            match = target.pattern.fullmatch(path)
            if match and target.route.method in {method, "ANY", "*"}:
                return target, {name: unquote(value) for name, value in match.groupdict().items()}
        return None

    def _authorize(self, request: Request, route: Route) -> Verified | None:
        if route.authorizer is None:
            return None
        authorizer = self._api.authorizers[route.authorizer]
        return verify(request.headers.get("authorization"), authorizer, self._keys, self._now(), route.scopes)


def message(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """An answer that API Gateway makes itself."""
    body = json.dumps({"message": text})
    return Response(body, status, headers=dict(headers or {}), content_type="application/json")


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)(\+?)\}", path)
    pattern = re.escape(parts[0])
    for name, greedy, literal in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        pattern += f"(?P<{name}>{'.+' if greedy else '[^/]+'}){re.escape(literal)}"
    return re.compile(pattern)


def _replace_cors(response: Response, headers: Mapping[str, str], api: HttpApi) -> None:
    if not api.cors.origins:
        return
    for name in [name for name, _ in response.headers if cors.is_cors_header(name)]:
        del response.headers[name]
    for name, value in headers.items():
        if name == "vary":
            response.headers.add(name, value)
        else:
            response.headers[name] = value
