"""A wallet's simulator without a system around it: its clock stands, and what it posts is kept."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from local.attempts import Attempt
from local.simulators.base import Sent, World
from local.simulators.wallet import Wallet

NOW = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
"""Half past midnight in Vietnam: the next day there."""

END = NOW + timedelta(minutes=30)


class StandingClock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        """The moment it shows."""
        return self.time


class Bench:
    """A simulator and its surroundings. `posted` is (address, body, headers) of what it sent."""

    def __init__(self, kind: type[Wallet], credentials: Mapping[str, str], attempt: Attempt | None) -> None:
        self.clock = StandingClock()
        self.posted: list[tuple[str, bytes, Mapping[str, str]]] = []
        self.reply = Sent(1, 200, "")
        world = World("http://goi", credentials, self.clock, lambda *_: attempt)  # type: ignore[arg-type]
        self.wallet: Any = kind(world)

    def call(self, method: str, address: str, body: bytes, headers: Mapping[str, str]) -> Sent:
        """In the place of `base.call`."""
        assert method == "POST"
        self.posted.append((address, body, headers))
        return self.reply

    def respond(self, method: str, path: str, **content: Any) -> Response | None:
        """The simulator's answer to one request: `json`, `data` (a form or bytes), `headers`."""
        builder = EnvironBuilder(path, method=method, **content)
        response: Response | None = self.wallet.answer(Request(builder.get_environ()))
        return response
