"""The client of a product's service: what an account has, using it at once, and holding it first."""

import logging
import random as randomness
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

from goi.errors import Error, GoiUnavailable, HoldNotOpen
from goi.transport import Json, Pace, Token, Transport

log = logging.getLogger("goi")

Value = TypeVar("Value", int, str)


@dataclass(frozen=True, slots=True)
class Used:
    """An entry of the account's ledger, and what was left of the feature after it."""

    id: str
    remaining: int


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account has of a feature.

    `type` is "metered" (used up), "limit" (a number that holds while the plan runs), "switch" (1 on, 0 off), or ""
    for a feature that the plan does not have. `next_expiry`: when some of it ends, aware UTC.
    """

    feature: str
    type: str = ""
    granted: int = 0
    used: int = 0
    held: int = 0
    remaining: int = 0
    next_expiry: datetime | None = None

    def allows(self, amount: int = 1) -> bool:
        """Whether so much is left. Only `consume` and `hold` make sure of it: others use the same balance."""
        return self.remaining >= amount


class Client:
    """The quota of a product's accounts. Threads may share a client.

    `token` has the scope or group `billing:usage`: a text, or a function that gives one that has not expired (asked
    before each attempt, by the thread that calls). `timeout`: seconds for connecting and for each wait for bytes; a
    call is tried `tries` times. `language` ("vi", "en") is that of the errors' sentences. `sleep` takes seconds,
    `random` gives a number from 0 to 1.

    Each call raises `Unauthorized`, `GoiUnavailable`, or another `ProblemError` if Goi refuses it.
    """

    def __init__(
        self,
        address: str,
        token: Token,
        *,
        timeout: float = 5.0,
        tries: int = 3,
        language: str = "vi",
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = randomness.random,
    ) -> None:
        self._token = token
        self._transport = Transport(address, language, Pace(timeout, tries, sleep, random))

    def check(self, account_token: str, feature: str) -> Balance:
        """What an account has of a feature, read with the account's own token: the one its browser sent you."""
        account = self._transport.call("GET", "/account", account_token)
        listed = account.get("balances")
        if not isinstance(listed, list):
            raise _strange("balances")
        found = (one for one in listed if isinstance(one, dict) and one.get("feature") == feature)
        return next((_balance(one) for one in found), Balance(feature))

    def consume(self, account_id: str, feature: str, amount: int, *, key: str = "") -> Used:
        """Uses `amount`, exactly once for each `key`; `QuotaExceeded` if less is left, and nothing is taken.

        `key`: 1 to 255 visible ASCII characters that stand for this one use, best the id of your own record of it: then
        it is counted once even if your process is started again in between. Without one, this call is a use of its own.
        """
        body = {"account_id": account_id, "feature": feature, "amount": amount}
        return _used(self._post("/usage", body, key or new_key()))

    def hold(self, account_id: str, feature: str, amount: int, *, seconds: int | None = None, key: str = "") -> "Hold":
        """Holds `amount` until it is committed or released, or expires after `seconds` (1 to 86400, otherwise 900).

        As a `with` block it is released at the end unless it was committed. `QuotaExceeded` and `key` as with
        `consume`; the key of a hold that was released or has expired may be used again.
        """
        body = {"account_id": account_id, "feature": feature, "amount": amount, "hold": True}
        answer = self._post("/usage", body if seconds is None else {**body, "hold_seconds": seconds}, key or new_key())
        used = _used(answer)
        return Hold(self, used.id, amount, used.remaining, _time(_value(answer, "expires_at", str)))

    def commit(self, hold_id: str, amount: int) -> Used:
        """Makes use of `amount` (0: of nothing) out of a hold, and gives the rest back.

        More than was held is taken where it is free, otherwise `QuotaExceeded`, and the hold stays. `HoldNotOpen` if it
        was settled in another way or has expired; the same commit again is answered the same.
        """
        return _used(self._post(f"/usage/{quote(hold_id, safe='')}/commit", {"amount": amount}))

    def release(self, hold_id: str) -> Used:
        """Gives a hold back; `HoldNotOpen` if it was committed or has expired."""
        return _used(self._post(f"/usage/{quote(hold_id, safe='')}/release", {}))

    def _post(self, path: str, body: Json, key: str = "") -> Json:
        return self._transport.call("POST", path, self._token, body, key)


class Hold:
    """Held quota. `id` can be stored and settled by another process, with `Client.commit` or `Client.release`.

    `remaining` is what was left beside it, `expires_at` (aware UTC) when it stops counting by itself.
    """

    def __init__(self, client: Client, hold_id: str, amount: int, remaining: int, expires_at: datetime) -> None:
        self.id = hold_id
        self.amount = amount
        self.remaining = remaining
        self.expires_at = expires_at
        self._client = client
        self._to_release = True

    def commit(self, amount: int) -> Used:
        """See `Client.commit`.

        After `GoiUnavailable` it may have been committed: the block then does not release it, and the same commit can
        be sent again until `expires_at`.
        """
        try:
            used = self._client.commit(self.id, amount)
        except (GoiUnavailable, HoldNotOpen):
            self._to_release = False
            raise
        self._to_release = False
        return used

    def release(self) -> Used:
        """See `Client.release`."""
        self._to_release = False
        return self._client.release(self.id)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, at: TracebackType | None
    ) -> None:
        """Gives back what was not committed. Where that fails it is left to expire: the block's own error is seen."""
        if not self._to_release:
            return
        try:
            self.release()
        except Error as failure:
            log.warning("hold %s was not released (%s) and counts until %s", self.id, failure, self.expires_at)


def new_key() -> str:
    """An Idempotency-Key for one use."""
    return str(uuid.uuid4())


def _strange(name: str) -> GoiUnavailable:
    return GoiUnavailable(f"the answer is not Goi's: {name}")


def _value(answer: Json, name: str, kind: type[Value]) -> Value:
    value = answer.get(name)
    if type(value) is not kind:
        raise _strange(name)
    return value


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise _strange("a time") from None


def _used(answer: Json) -> Used:
    return Used(_value(answer, "id", str), _value(answer, "remaining", int))


def _balance(view: dict[str, Any]) -> Balance:
    expiry = view.get("next_expiry")
    return Balance(
        feature=_value(view, "feature", str),
        type=_value(view, "type", str),
        granted=_value(view, "granted", int),
        used=_value(view, "used", int),
        held=_value(view, "held", int),
        remaining=_value(view, "remaining", int),
        next_expiry=None if expiry is None else _time(_value(view, "next_expiry", str)),
    )
