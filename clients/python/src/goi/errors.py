"""What may go wrong. Everything is an `Error`; what Goi refused is a `ProblemError` with the code of its API."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class Error(Exception):
    """The root of this package's errors."""


class BadSignature(Error):
    """What was received is not an event that Goi signed within the last minutes. Answer 400 and change nothing."""


class GoiUnavailable(Error):
    """No answer, or a failure on Goi's side, each time it was tried.

    Whether the call took effect is not known. Sent again with the same key it is counted once: `key` is the
    Idempotency-Key of `consume` and `hold`, "" for calls that need none. `status` is None without an answer.
    """

    def __init__(self, detail: str, *, status: int | None = None, key: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.key = key


@dataclass(frozen=True, slots=True)
class FieldError:
    """A refused field: its name, a code, and a sentence in the client's language."""

    field: str
    code: str
    detail: str


class ProblemError(Error):
    """Goi refused the call and changed nothing.

    `code` is one of the API's error codes, "" where the gateway in front of it refused; `detail` is a sentence for
    people in the client's language; `request_id` finds the call in Goi's logs.
    """

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        self.status = status
        self.code = _text(document, "code")
        self.detail = _text(document, "detail") or _text(document, "message")
        self.request_id = _text(document, "request_id")
        self.errors = tuple(_field_errors(document.get("errors")))
        super().__init__(f"{status} {self.code}: {self.detail}" if self.code else f"{status}: {self.detail}")


class QuotaExceeded(ProblemError):
    """Less is left than was asked for, and nothing was taken. Offer a larger plan.

    `remaining` is how much is left (None if an older Goi answers, which says it in `detail` only).
    """

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        super().__init__(status, document)
        left = document.get("remaining")
        self.remaining = left if isinstance(left, int) and not isinstance(left, bool) else None


class HoldNotOpen(ProblemError):
    """The hold was committed otherwise, was released, or has expired."""


class Unauthorized(ProblemError):
    """The token is missing, expired or not one that Goi accepts."""


_BY_CODE: Mapping[str, type[ProblemError]] = {
    "quota_exceeded": QuotaExceeded,
    "hold_not_open": HoldNotOpen,
    "unauthorized": Unauthorized,
}
_UNAUTHORIZED = 401


def refusal(status: int, document: Mapping[str, Any]) -> ProblemError:
    """The error that an answer from 300 to 499 stands for. The gateway says nothing but the status of a bad token."""
    found = Unauthorized if status == _UNAUTHORIZED else _BY_CODE.get(_text(document, "code"), ProblemError)
    return found(status, document)


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""


def _field_errors(listed: object) -> list[FieldError]:
    fields = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return [FieldError(_text(one, "field"), _text(one, "code"), _text(one, "detail")) for one in fields]
