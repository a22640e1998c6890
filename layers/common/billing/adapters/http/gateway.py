"""One request of API Gateway's HTTP API as values, and a handler that serves routes with it.

API Gateway has matched the route already (`routeKey`), so serving is a look-up: no router is loaded at a cold start.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from billing.adapters.http import messages
from billing.adapters.log import log
from billing.domain.kinds import Language
from billing.domain.problems import MEMBERS, Problem

JSON = "application/json; charset=utf-8"
PROBLEM = "application/problem+json; charset=utf-8"
BODY_LIMIT = 32 * 1024
MAX_KEY = 255


@dataclass(frozen=True, slots=True)
class Request:
    """What a route needs of the event. Header names are lower case; `claims` are empty where no token was verified."""

    route: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    raw_query: str
    headers: Mapping[str, str]
    body: bytes
    claims: Mapping[str, str]
    ip: str
    id: str
    language: Language


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: `body` is sent as JSON, or as it is where it is bytes (with its content type in `headers`)."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


Route = Callable[[Request], Response]


def serve(routes: Mapping[str, Route], event: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to an event by the route that API Gateway matched. No error escapes as a stack trace."""
    request = read_request(event)
    try:
        return _answer(routes.get(request.route, _nothing_here)(request))
    except Problem as problem:
        return problem_answer(problem, request)
    except Exception:  # noqa: BLE001 - the boundary: whatever it is, it is logged and told as our fault
        log("error", "request failed", exc_info=True, route=request.route, request_id=request.id)
        return problem_answer(Problem("internal"), request)


def _nothing_here(request: Request) -> Response:
    raise Problem("not_found", route=request.route)


def read_request(event: Mapping[str, Any]) -> Request:
    """The request of an event in payload format 2.0."""
    context = event.get("requestContext", {})
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    body = event.get("body") or ""
    claims = context.get("authorizer", {}).get("jwt", {}).get("claims") or {}
    return Request(
        route=event["routeKey"],
        path=event.get("pathParameters") or {},
        query=event.get("queryStringParameters") or {},
        raw_query=event.get("rawQueryString") or "",
        headers=headers,
        body=base64.b64decode(body) if event.get("isBase64Encoded") else body.encode("utf-8", "surrogatepass"),
        claims=claims,
        ip=context.get("http", {}).get("sourceIp", ""),
        id=context.get("requestId", ""),
        language=preferred_language(headers.get("accept-language", "")),
    )


def preferred_language(header: str) -> Language:
    """Vi or en, whichever Accept-Language likes better; vi by default."""
    wishes = [entry.strip().partition(";") for entry in header.split(",")]
    weights = [(_thousandths(rest), tag.strip().lower().split("-")[0]) for tag, _, rest in wishes]
    known = [(weight, language) for weight, language in weights if weight and language in {"vi", "en"}]
    return "en" if known and max(known, key=lambda wish: wish[0])[1] == "en" else "vi"


def _thousandths(text: str) -> int:
    """The weight "q=0.8" as 800; 1000 where none is given, 0 for what is none."""
    name, _, number = text.strip().partition("=")
    if name.strip().lower() != "q":
        return 1000
    whole, _, rest = number.strip().partition(".")
    digits = f"{whole}{rest[:3]:0<3}"
    return min(int(digits), 1000) if digits.isdecimal() else 0


def json_body(request: Request, limit: int = BODY_LIMIT) -> dict[str, Any]:
    """The JSON object in the body; `too_large`, `unsupported_media_type` or `malformed_json`."""
    if len(request.body) > limit:
        raise Problem("too_large", maximum=limit)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Problem("unsupported_media_type")
    try:
        content = json.loads(request.body.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise Problem("malformed_json") from None
    if not isinstance(content, dict):
        raise Problem("malformed_json")
    return content


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a name stands twice")
    return content


def idempotency_key(request: Request) -> str:
    """The Idempotency-Key header: 1 to 255 visible ASCII characters; `idempotency_key_required` otherwise."""
    key = request.headers.get("idempotency-key", "").strip()
    if not 0 < len(key) <= MAX_KEY or not (key.isascii() and key.isprintable()):
        raise Problem("idempotency_key_required")
    return key


def body_hash(body: Mapping[str, Any]) -> str:
    """By what another request under the same Idempotency-Key is told."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def problem_answer(problem: Problem, request: Request) -> dict[str, Any]:
    """A problem document (RFC 9457) in the request's language."""
    language = request.language
    document: dict[str, Any] = {
        "type": f"urn:goi:problem:{problem.code}",
        "title": messages.title(problem.code, language),
        "status": problem.status,
        "detail": messages.detail(problem.code, problem.params, language),
        "code": problem.code,
        "request_id": request.id,
    }
    document.update({name: problem.params[name] for name in MEMBERS.get(problem.code, ())})
    if problem.errors:
        document["errors"] = [
            {
                "field": error.field,
                "code": error.code,
                "detail": messages.field_detail(error.code, error.params, language),
            }
            for error in problem.errors
        ]
    headers = {"content-type": PROBLEM, "content-language": language}
    return _answer(Response(problem.status, document, headers))


def _answer(response: Response) -> dict[str, Any]:
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff", **response.headers}
    if isinstance(response.body, bytes):
        text = base64.b64encode(response.body).decode()
        return {"statusCode": response.status, "headers": headers, "body": text, "isBase64Encoded": True}
    headers.setdefault("content-type", JSON)
    body = "" if response.body is None else json.dumps(response.body, ensure_ascii=False, separators=(",", ":"))
    return {"statusCode": response.status, "headers": headers, "body": body}
