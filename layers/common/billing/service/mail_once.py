"""Sending an e-mail once, however often its message comes: a guard is taken before, and marked after.

The guard is a lease. Who crashed between taking it and sending holds it until it runs out, then the message that came
again sends; so nothing is lost, and only a crash between the mail service's yes and our note of it sends a second time.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from billing.service.basic_ports import AlreadyDone

Subject_contra = TypeVar("Subject_contra", contravariant=True)

LEASE = timedelta(minutes=5)
"""Longer than a function runs, shorter than the queue waits before a message comes again."""


class BeingSent(Exception):
    """Another delivery of the message is sending it at this moment: come again."""


class Guards(Protocol[Subject_contra]):
    """One guard for each subject of an e-mail."""

    def take(self, subject: Subject_contra, /, previous: datetime | None, until: datetime) -> None:
        """Takes the sending over from whoever held it until `previous`; `AlreadyDone` if somebody else did."""
        ...

    def release(self, subject: Subject_contra, /) -> None:
        """Sending failed; whoever comes next may try at once."""
        ...

    def mark_sent(self, subject: Subject_contra, /, now: datetime) -> None:
        """It is with the mail service."""
        ...


def send_once(
    guards: Guards[Subject_contra],
    subject: Subject_contra,
    held_until: datetime | None,
    now: datetime,
    post: Callable[[], None],
) -> None:
    """Posts under the guard; `held_until` is what was read of it. `BeingSent`, or whatever `post` raises."""
    if held_until and now < held_until:
        raise BeingSent
    try:
        guards.take(subject, held_until, now + LEASE)
    except AlreadyDone:
        raise BeingSent from None
    try:
        post()
    except BaseException:
        guards.release(subject)
        raise
    guards.mark_sent(subject, now)
