"""API Gateway's payload format 2.0: a request as the event that a function gets, and its answer as a response."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from werkzeug.wrappers import Request, Response

from local.authorizer import Verified
from local.deployment import Route

BODY_LIMIT = 10 * 1024 * 1024
"""API Gateway's own limit of a body, in bytes."""

_TEXT_TYPES = {"application/json", "application/xml", "application/javascript"}
_TEXT_SUFFIXES = ("+json", "+xml")
_CHUNK = 64 * 1024


class BodyTooLarge(Exception):
    """The body is larger than API Gateway takes."""


class BadAnswer(Exception):
    """The function's answer is none that API Gateway understands."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the gateway knows of a request beside what the client sent."""

    id: str
    time: datetime
    route: Route
    path_parameters: Mapping[str, str]
    token: Verified | None


def read_body(request: Request, limit: int = BODY_LIMIT) -> bytes:
    """The whole body; `BodyTooLarge` without reading further than the limit."""
    if (request.content_length or 0) > limit:
        raise BodyTooLarge
    parts: list[bytes] = []
    size = 0
    while part := request.stream.read(_CHUNK):
        size += len(part)
        if size > limit:
            raise BodyTooLarge
        parts.append(part)
    return b"".join(parts)


def raw_path(request: Request) -> str:
    """The path as the client sent it, still encoded."""
    address = request.environ.get("REQUEST_URI", "/").partition("?")[0]
    return str(address) if address.startswith("/") else "/" + str(address).partition("//")[2].partition("/")[2]


def raw_query(request: Request) -> str:
    """The query as the client sent it."""
    return request.query_string.decode("utf-8", "replace")


def build_event(request: Request, body: bytes, arrival: Arrival) -> dict[str, Any]:
    """The event of a request."""
    headers = _headers(request)
    query = raw_query(request)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": arrival.route.key,
        "rawPath": unquote(raw_path(request)),
        "rawQueryString": query,
        "headers": headers,
        "requestContext": _request_context(request, arrival),
        **body_fields(body, headers.get("content-type", "")),
    }
    if "cookie" in headers:
        event["cookies"] = [one.strip() for one in headers.pop("cookie").split(";")]
    if query:
        event["queryStringParameters"] = _joined(parse_qsl(query, keep_blank_values=True))
    if arrival.path_parameters:
        event["pathParameters"] = dict(arrival.path_parameters)
    return event


def read_answer(answer: Any) -> Response:
    """The response that a function's answer stands for; `BadAnswer` if it stands for none."""
    if not isinstance(answer, dict) or "statusCode" not in answer:
        text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
        return Response(text, 200, content_type="application/json")
    try:
        body = answer.get("body") or ""
        content = base64.b64decode(body, validate=True) if answer.get("isBase64Encoded") else str(body).encode()
        response = Response(content, int(answer["statusCode"]))
    except (TypeError, ValueError):
        raise BadAnswer(f"an answer that makes no sense: {str(answer)[:200]}") from None
    response.headers["content-type"] = "text/plain;charset=UTF-8"
    for name, value in (answer.get("headers") or {}).items():
        response.headers[name.lower()] = _header_text(value)
    for cookie in answer.get("cookies") or []:
        response.headers.add("set-cookie", cookie)
    return response


def _headers(request: Request) -> dict[str, str]:
    headers = {name.lower(): value for name, value in request.headers.items()}
    forwarded = [headers["x-forwarded-for"]] if "x-forwarded-for" in headers else []
    headers["x-forwarded-for"] = ", ".join([*forwarded, request.remote_addr or ""])
    headers["x-forwarded-proto"] = request.scheme
    headers["x-forwarded-port"] = str(request.environ.get("SERVER_PORT", ""))
    return headers


def _request_context(request: Request, arrival: Arrival) -> dict[str, Any]:
    context: dict[str, Any] = {
        "accountId": "anonymous",
        "apiId": "local",
        "domainName": request.host,
        "domainPrefix": request.host.partition(".")[0],
        "http": {
            "method": request.method,
            "path": unquote(raw_path(request)),
            "protocol": request.environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
            "sourceIp": request.remote_addr or "",
            "userAgent": request.headers.get("user-agent", ""),
        },
        "requestId": arrival.id,
        "routeKey": arrival.route.key,
        "stage": "$default",
        "time": f"{arrival.time:%d/%b/%Y:%H:%M:%S} +0000",
        "timeEpoch": int(arrival.time.timestamp() * 1000),
    }
    if arrival.token:
        scopes = list(arrival.token.scopes) if arrival.route.scopes else None
        context["authorizer"] = {"jwt": {"claims": dict(arrival.token.claims), "scopes": scopes}}
    return context


def body_fields(body: bytes, content_type: str) -> dict[str, Any]:
    """How an event carries a body: as text where its type and its bytes are text, otherwise in base64."""
    if not body:
        return {"isBase64Encoded": False}
    if is_text(content_type):
        try:
            return {"body": body.decode("utf-8"), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def is_text(content_type: str) -> bool:
    """Whether API Gateway passes a body of this type on as text, not as base64."""
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type.startswith("text/") or media_type in _TEXT_TYPES or media_type.endswith(_TEXT_SUFFIXES)


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Values of the same name joined by commas."""
    names = dict.fromkeys(name for name, _ in pairs)
    return {name: ",".join(_values(pairs, name)) for name in names}


def _values(pairs: list[tuple[str, str]], name: str) -> Iterator[str]:
    return (value for one, value in pairs if one == name)


def _header_text(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.replace("\r", " ").replace("\n", " ")
