"""What the product's services send, checked by hand: this function is called for every use and loads no library for it.

Types are strict: "3" is no number, nor is true.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from billing.adapters.http.gateway import Request, json_body
from billing.domain.ledger import HOLD_LIFE, LARGEST_AMOUNT, LONGEST_HOLD, Asked
from billing.domain.problems import FieldError, Problem
from billing.domain.text import clean_line

MAX_ACCOUNT_ID = 256
MAX_FEATURE = 64
MAX_KEY = 255
_ENTRY = re.compile("use_[a-z2-7]{26}")


def asked(request: Request) -> Asked:
    """The request of POST /usage; `validation_failed` names every field that does not fit."""
    key = request.headers.get("idempotency-key", "").strip()
    if not 0 < len(key) <= MAX_KEY or not (key.isascii() and key.isprintable()):
        raise Problem("idempotency_key_required")
    fields = Fields(json_body(request))
    account_id = fields.text("account_id", MAX_ACCOUNT_ID)
    feature = fields.text("feature", MAX_FEATURE)
    amount = fields.number("amount", 1, LARGEST_AMOUNT)
    hold = None
    if fields.flag("hold"):
        longest, usual = (int(span.total_seconds()) for span in (LONGEST_HOLD, HOLD_LIFE))
        hold = timedelta(seconds=fields.number("hold_seconds", 1, longest, usual))
    fields.check()
    return Asked(account_id, feature, amount, hold, key)


def committed(request: Request) -> int:
    """The amount of POST /usage/{id}/commit; 0 if nothing was used after all."""
    fields = Fields(json_body(request))
    amount = fields.number("amount", 0, LARGEST_AMOUNT)
    fields.check()
    return amount


def entry_id(request: Request) -> str:
    """The id in the path; `not_found` for what cannot be one."""
    text = request.path["id"]
    if not _ENTRY.fullmatch(text):
        raise Problem("not_found")
    return text


class Fields:
    """Reads fields one by one and collects what is wrong; `check` raises it, with the fields nobody asked for."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._left = dict(body)
        self._errors: list[FieldError] = []

    def text(self, name: str, maximum: int) -> str:
        """One line of text, as it is: an account's id is compared, not shown."""
        value = self._take(name)
        if not isinstance(value, str):
            self._refuse(name, value, "string")
            return ""
        if not value or len(value) > maximum:
            self._errors.append(FieldError(name, "too_long" if value else "too_short", {"maximum": maximum}))
            return ""
        try:
            clean_line(value)
        except ValueError:
            self._errors.append(FieldError(name, "line_break"))
        return value

    def number(self, name: str, minimum: int, maximum: int, otherwise: int | None = None) -> int:
        """A whole number in a range; `otherwise` where it is left out."""
        value = self._take(name, otherwise)
        if not isinstance(value, int) or isinstance(value, bool):
            self._refuse(name, value, "int")
            return minimum
        if not minimum <= value <= maximum:
            self._errors.append(FieldError(name, "out_of_range", {"minimum": minimum, "maximum": maximum}))
        return value

    def flag(self, name: str) -> bool:
        """True or false; false where it is left out."""
        value = self._take(name, otherwise=False)
        if not isinstance(value, bool):
            self._refuse(name, value, "bool")
            return False
        return value

    def check(self) -> None:
        """`validation_failed` if anything was wrong."""
        errors = (*self._errors, *(FieldError(name, "unknown_field") for name in self._left))
        if errors:
            raise Problem("validation_failed", errors=errors)

    def _take(self, name: str, otherwise: Any = None) -> Any:
        value = self._left.pop(name, None)
        return otherwise if value is None else value

    def _refuse(self, name: str, value: Any, expected: str) -> None:
        missing = FieldError(name, "required")
        self._errors.append(missing if value is None else FieldError(name, "wrong_type", {"expected": expected}))
