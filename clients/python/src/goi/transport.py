"""One call of the API over HTTP: bounded in time, never redirected, sent again while nobody answered it.

What is sent again is the same request with the same Idempotency-Key, so however often it arrives it is counted once.
"""

import http.client
import json
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.error import URLError
from urllib.parse import urlsplit

from goi.errors import GoiUnavailable, refusal
from goi.version import __version__

Json = Mapping[str, Any]
Token = str | Callable[[], str]
"""A token, or what gives one that has not expired; it is asked before each attempt."""

FIRST_WAIT = 0.2
LONGEST_WAIT = 2.0
"""Seconds. The wait before attempt n + 1 is random, up to FIRST_WAIT doubled n - 1 times."""
LARGEST_ANSWER: Final = 1024 * 1024
FIRST_REFUSAL, TOO_MANY, FIRST_FAILURE = 300, 429, 500


class _AsAnswered(urllib.request.HTTPErrorProcessor):
    """Hands every answer on: a redirect is followed nowhere, since the token would go along."""

    def http_response(self, request: urllib.request.Request, response: Any) -> Any:  # noqa: ARG002 - the name is theirs
        """The answer, whatever its status."""
        return response

    https_response = http_response


@dataclass(frozen=True, slots=True)
class Pace:
    """`timeout`: seconds that connecting, sending and each read may take; `tries`: attempts, at least 1.

    `sleep` takes seconds, `random` gives a number from 0 to 1.
    """

    timeout: float
    tries: int
    sleep: Callable[[float], None]
    random: Callable[[], float]

    def wait(self, attempt: int) -> None:
        """Waits after attempt number `attempt`, from 1."""
        self.sleep(self.random() * min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempt - 1)))


class Transport:
    """Sends calls to one address. Has no state, so threads may share it."""

    def __init__(self, address: str, language: str, pace: Pace) -> None:
        if urlsplit(address).scheme not in {"http", "https"}:
            raise ValueError("the address must begin with https:// or http://")
        if pace.tries < 1:
            raise ValueError("tries must be at least 1")
        self._address = address.rstrip("/")
        self._language = language
        self._pace = pace
        self._opener = urllib.request.build_opener(_AsAnswered())

    def call(self, method: str, path: str, token: Token, body: Json | None = None, key: str = "") -> Json:
        """The JSON object of an answer of 200. `ProblemError` if refused, `GoiUnavailable` if nobody could say."""
        for attempt in range(1, self._pace.tries):
            with suppress(GoiUnavailable):
                return self._attempt(self._request(method, path, token, body, key))
            self._pace.wait(attempt)
        try:
            return self._attempt(self._request(method, path, token, body, key))
        except GoiUnavailable as failure:
            failure.key = key
            raise

    def _request(self, method: str, path: str, token: Token, body: Json | None, key: str) -> urllib.request.Request:
        headers = {
            "Authorization": f"Bearer {(token if isinstance(token, str) else token()).strip()}",
            "Accept": "application/json, application/problem+json",
            "Accept-Language": self._language,
            "User-Agent": f"goi-python/{__version__}",
        }
        if key:
            headers["Idempotency-Key"] = key
        content = None if body is None else json.dumps(body).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        return urllib.request.Request(  # noqa: S310 - the scheme was checked
            self._address + path, content, headers, method=method
        )

    def _attempt(self, request: urllib.request.Request) -> Json:
        try:
            with self._opener.open(request, timeout=self._pace.timeout) as answer:
                status, content = int(answer.status), answer.read(LARGEST_ANSWER)
        except (OSError, http.client.HTTPException) as failure:
            reason = failure.reason if isinstance(failure, URLError) else failure
            raise GoiUnavailable(f"no answer: {type(reason).__name__}") from failure
        document = _object(content)
        if status == TOO_MANY or status >= FIRST_FAILURE:
            raise GoiUnavailable(f"answered {status}", status=status)
        if status >= FIRST_REFUSAL:
            raise refusal(status, document or {})
        if document is None:
            raise GoiUnavailable("the answer is cut off, or not Goi's", status=status)
        return document


def _object(content: bytes) -> Json | None:
    try:
        document = json.loads(content)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None
