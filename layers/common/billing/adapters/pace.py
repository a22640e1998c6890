"""Mail at a steady pace: the mail service allows so many messages a second, and others send through it as well."""

from collections.abc import Callable
from datetime import timedelta

from billing.service.basic_ports import Mailer


class Pace:
    """The `Mailer` port before another: `per_second` messages by all of `senders` processes together.

    `elapsed` counts seconds and never runs back; `sleep` waits seconds.
    """

    def __init__(
        self,
        mailer: Mailer,
        per_second: int,
        senders: int,
        elapsed: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._mailer = mailer
        self._apart = (timedelta(seconds=senders) // per_second).total_seconds()
        self._elapsed = elapsed
        self._sleep = sleep
        self._next: float | None = None

    def send(self, message: bytes, recipient: str) -> None:
        """As soon as it may be sent."""
        now = self._elapsed()
        if self._next is not None and now < self._next:
            self._sleep(self._next - now)
            now = self._next
        self._next = now + self._apart
        self._mailer.send(message, recipient)
