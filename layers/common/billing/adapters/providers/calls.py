"""Calls to payment providers: bounded in time and size, never redirected, JSON or `ProviderUnavailable`."""

import json
import time
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

from billing.service.provider_port import ProviderUnavailable

TOTAL_SECONDS = 8.0
CONNECT_SECONDS = 2.0
LARGEST_ANSWER = 1024 * 1024
CHUNK = 64 * 1024
SERVER_ERROR = 500
NO_ANSWER = {301, 302, 303, 307, 308, 429}


def get_json(url: str, headers: Mapping[str, str] | None = None, timeout: float = TOTAL_SECONDS) -> dict[str, Any]:
    """The JSON object that an address answers; `timeout` in seconds, connecting included."""
    return _call("GET", url, b"", headers or {}, timeout)


def post_json(
    url: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None, timeout: float = TOTAL_SECONDS
) -> dict[str, Any]:
    """The JSON object answered to a JSON object, sent as UTF-8."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return _call("POST", url, content, {"content-type": "application/json; charset=utf-8", **(headers or {})}, timeout)


def post_form(
    url: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None, timeout: float = TOTAL_SECONDS
) -> dict[str, Any]:
    """The JSON object answered to a form."""
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return _call("POST", url, urlencode(fields).encode(), {**kind, **(headers or {})}, timeout)


def _call(method: str, url: str, body: bytes, headers: Mapping[str, str], timeout: float) -> dict[str, Any]:
    """One call, tried once more only where no connection came about: then the provider has seen nothing of it.

    A refusal (4xx) is an answer: what it says is for the caller to read. `ProviderUnavailable` for all that decides
    nothing: no answer in time, 429, 5xx, a redirect, or something else than a JSON object.
    """
    from urllib3.exceptions import HTTPError

    deadline = time.monotonic() + timeout
    try:
        answer = _pool().request(
            method,
            url,
            body=body or None,
            headers={"accept": "application/json", "user-agent": "goi", **headers},
            timeout=_within(timeout),
            retries=_connecting_twice(),
            redirect=False,
            preload_content=False,
        )
        try:
            content = _read(answer, deadline)
        finally:
            answer.release_conn()
    except HTTPError as error:
        raise ProviderUnavailable(f"{method} failed: {type(error).__name__}") from None
    return _object(answer.status, content)


def _read(answer: Any, deadline: float) -> bytes:
    """The body, however slowly it drips in."""
    content = b""
    while chunk := answer.read1(CHUNK):
        content += chunk
        if len(content) > LARGEST_ANSWER or time.monotonic() > deadline:
            answer.close()
            raise ProviderUnavailable("the answer is too long or too slow")
    return content


def _object(status: int, content: bytes) -> dict[str, Any]:
    if status in NO_ANSWER or status >= SERVER_ERROR:
        raise ProviderUnavailable(f"answered {status}")
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        raise ProviderUnavailable(f"answered {status} without JSON") from None
    if not isinstance(answer, dict):
        raise ProviderUnavailable(f"answered {status} without a JSON object")
    return answer


@cache
def _pool() -> Any:
    """Connections are kept between calls. urllib3 is there already: botocore loads it."""
    from urllib3 import PoolManager

    return PoolManager(num_pools=8, maxsize=2)


def _within(seconds: float) -> Any:
    from urllib3 import Timeout

    return Timeout(connect=min(CONNECT_SECONDS, seconds), total=min(seconds, TOTAL_SECONDS))


def _connecting_twice() -> Any:
    from urllib3 import Retry

    return Retry(total=1, connect=1, read=0, redirect=False, status=0, other=0)
