"""The admin API as the command asks it: an operator's token, JSON, problems as one error."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

SECONDS = 30
PAGE = 100
"""The longest page there is."""
LOCAL = {"127.0.0.1", "localhost", "::1"}

Json = dict[str, Any]


class Refused(Exception):
    """The API said no: its sentence, with the code."""


class NotReached(Exception):
    """Nobody answered, or not in JSON."""


class Api:
    """`address` has no slash at the end; `token` may be set later, by `login`. `language` is vi or en."""

    def __init__(self, address: str, token: str = "", language: str = "vi") -> None:
        parts = urlsplit(address)
        is_local = parts.scheme == "http" and parts.hostname in LOCAL
        if parts.scheme != "https" and not is_local:
            raise NotReached(f"{address}: a token is only sent to https, or to this machine")
        self._address = address.rstrip("/")
        self._token = token
        self._language = language
        # A proxy has no business between this machine and itself.
        self._opener = build_opener(*([ProxyHandler({})] if is_local else []))

    def login(self, name: str) -> None:
        """Sign in as an operator at a system on one machine."""
        email = name if "@" in name else f"{name}@goi.example"
        account = {"account_id": name.partition("@")[0], "email": email, "admin": True}
        self._token = str(self.call("POST", "/local/login", account)["token"])

    def listing(self, month: str | None) -> list[Json]:
        """All that is open, or what was decided of a month, through all pages."""
        return self.pages("/admin/exceptions", {"month": month} if month else {})

    def pages(self, path: str, wanted: Mapping[str, str], most: int | None = None) -> list[Json]:
        """What a list has, through all of its pages; no more than `most`."""
        found: list[Json] = []
        query = {"limit": str(min(most or PAGE, PAGE)), **wanted}
        while True:
            page = self.call("GET", f"{path}?{urlencode(query)}")
            found += page["items"]
            if not page["next_cursor"] or (most and len(found) >= most):
                return found[:most]
            query["cursor"] = page["next_cursor"]

    def show(self, exception_id: str) -> Json:
        """One exception."""
        return self.call("GET", f"/admin/exceptions/{quote(exception_id, safe='')}")

    def act(self, action: str, exception_id: str, body: Mapping[str, Any], key: str = "") -> Json:
        """What the action answers; `key` makes it the same one, however often it is sent."""
        path = f"/admin/exceptions/{quote(exception_id, safe='')}/{action}"
        return self.call("POST", path, body, {"idempotency-key": key} if key else {})

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, more: Mapping[str, str] | None = None
    ) -> Json:
        """The JSON that the API answers; `Refused` with its sentence, `NotReached` where there is none."""
        headers = {"accept": "application/json", "accept-language": self._language, **(more or {})}
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
        data = None
        if body is not None:
            data, headers["content-type"] = json.dumps(body).encode(), "application/json"
        request = Request(self._address + path, data, headers, method=method)  # noqa: S310 - https or this machine
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                return _json(answer.read())
        except HTTPError as error:
            raise Refused(sentence(error.code, error.read())) from None
        except (URLError, TimeoutError, ConnectionError) as error:
            raise NotReached(f"{self._address}: {getattr(error, 'reason', error)}") from None


def sentence(status: int, body: bytes) -> str:
    """A problem document as one line; API Gateway's own errors have a message only."""
    try:
        problem = json.loads(body)
        fields = "; ".join(f"{field['field']}: {field['detail']}" for field in problem.get("errors", []))
        text = problem.get("detail") or problem["message"]
        code = problem.get("code", "")
    except (ValueError, LookupError, TypeError, AttributeError):
        return f"{status}: no answer of the API's"
    said = f"{text} {fields}".strip()
    return f"{status} {code}: {said}" if code else f"{status}: {said}"


def _json(content: bytes) -> Json:
    try:
        answer = json.loads(content)
    except ValueError:
        raise NotReached("the answer is no JSON; is this the API's address?") from None
    if not isinstance(answer, dict):
        raise NotReached("the answer is no JSON object; is this the API's address?")
    return answer
