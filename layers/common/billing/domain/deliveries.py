"""One event on its way to one endpoint: when it is tried again, when it is given up, and what was tried."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""After each failure; about three days in all."""

PAUSE_AFTER = timedelta(days=5)
"""An endpoint that took nothing for so long is paused."""

KEPT_ATTEMPTS = 20
JITTER_STEPS = 1000
GONE = 410


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: the answer's HTTP status (None: none came), how long it took in milliseconds, what went wrong."""

    at: datetime
    status: int | None
    milliseconds: int
    error: str | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the endpoint has taken the event."""
        return self.error is None


@dataclass(frozen=True, slots=True)
class Delivery:
    """`status`: "pending" (due at `due_at`), "waiting" (its endpoint is paused), "delivered", "given_up", "unwanted".

    `tries` counts failures since it was last begun; `attempts` are the last ones, the oldest first.
    """

    event_id: str
    endpoint_id: str
    type: str
    status: str
    due_at: datetime
    tries: int = 0
    attempts: tuple[Attempt, ...] = ()
    lease_until: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be tried."""
        return self.status == "pending" and self.due_at <= now


def wait_after(tries: int, jitter: int) -> timedelta:
    """How long after failure number `tries` (from 1) the next try is; up to a fifth more by `jitter`, 0 to 999."""
    wait = WAITS[min(tries, len(WAITS)) - 1]
    return wait + wait * jitter // (5 * JITTER_STEPS)


def tried(delivery: Delivery, attempt: Attempt, failing_since: datetime | None, jitter: int) -> Delivery:
    """The delivery after an attempt: delivered, due again, or given up.

    It is given up after the last wait only where the endpoint has taken others meanwhile (`failing_since` None or
    later than its own first failure): what an endpoint that is down has missed is never lost.
    """
    attempts = (*delivery.attempts, attempt)[-KEPT_ATTEMPTS:]
    after = replace(delivery, attempts=attempts, lease_until=None)
    if attempt.succeeded:
        return replace(after, status="delivered")
    tries = delivery.tries + 1
    if tries > len(WAITS) and not _is_down(attempts, failing_since):
        return replace(after, status="given_up", tries=tries)
    return replace(after, tries=tries, due_at=attempt.at + wait_after(tries, jitter))


def _is_down(attempts: tuple[Attempt, ...], failing_since: datetime | None) -> bool:
    return failing_since is not None and failing_since <= attempts[-min(len(attempts), len(WAITS))].at
