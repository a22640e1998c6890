"""Alerts about balances, for whoever tells people or products of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Raised:
    """A balance came to a level: `event` "quota.low" (80 % used) or "quota.exhausted" (all used).

    Raised once for each feature, level and window (`window_end`: when the balance next changes by itself), and again
    only if more is bought meanwhile. `key` names it at `done`; as an event's id it is the same every time.
    """

    account_id: str
    feature: str
    event: str
    granted: int
    used: int
    window_end: datetime
    at: datetime
    key: tuple[str, str]


class Alerts(Protocol):
    """Alerts as stored: there until they are done, so a sender that fails finds them again."""

    def due(self, now: datetime, limit: int) -> Iterator[Raised]:
        """What was raised and is not done, the oldest first."""
        ...

    def done(self, alert: Raised) -> None:
        """It was passed on."""
        ...
