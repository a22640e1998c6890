"""Alerts about balances, for whoever tells people or products of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from billing.domain.times import from_text, to_text


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


def raised_to_record(alert: Raised) -> dict[str, Any]:
    """An alert as plain values, for the queue of mails."""
    return {
        "account_id": alert.account_id,
        "feature": alert.feature,
        "event": alert.event,
        "granted": alert.granted,
        "used": alert.used,
        "window_end": to_text(alert.window_end),
        "at": to_text(alert.at),
        "key": list(alert.key),
    }


def raised_from_record(record: dict[str, Any]) -> Raised:
    """The inverse of `raised_to_record`."""
    partition, sort = record["key"]
    times = {"window_end": from_text(record["window_end"]), "at": from_text(record["at"])}
    return Raised(**{**record, **times, "key": (partition, sort)})


class Alerts(Protocol):
    """Alerts as stored: there until they are done, so a sender that fails finds them again."""

    def due(self, now: datetime, limit: int) -> Iterator[Raised]:
        """What was raised and is not done, the oldest first."""
        ...

    def done(self, alert: Raised) -> None:
        """It was passed on."""
        ...
