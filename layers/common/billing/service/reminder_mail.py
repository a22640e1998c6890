"""Sends one reminder, once: whether it still holds is read at the last moment, and a guard is taken before sending.

The guard of (account, end, step) is a lease. Who crashed between taking it and sending holds it until it runs out, then
the message that came again sends; so nothing is lost, and only a crash between the mail service's yes and our note of
it sends a second time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from billing.domain.pricing import Quote
from billing.domain.problems import Problem
from billing.domain.reminders import Reminder, is_fresh
from billing.domain.renewals import paid_end, renewal_token, unsubscribe_token, wish_of
from billing.domain.tokens import Signer
from billing.service.ports import AlreadyDone, Checkout, Clock, Mailer, Subscription
from billing.service.quoting import Quoting

LEASE = timedelta(minutes=5)
"""Longer than a function runs, shorter than the queue waits before a message comes again."""


@dataclass(frozen=True, slots=True)
class Standing:
    """All that sending a reminder takes, read at once."""

    subscription: Subscription
    unsubscribed: bool
    lease_until: datetime | None
    sent: bool


class Reminders(Protocol):
    """What is known of reminders."""

    def standing(self, reminder: Reminder) -> Standing:
        """One consistent read."""
        ...

    def take(self, reminder: Reminder, previous: datetime | None, until: datetime) -> None:
        """Takes the sending over from whoever held it until `previous`; `AlreadyDone` if somebody else did."""
        ...

    def release(self, reminder: Reminder) -> None:
        """Sending failed; whoever comes next may try at once."""
        ...

    def mark_sent(self, reminder: Reminder, now: datetime) -> None:
        """It is with the mail service."""
        ...


@dataclass(frozen=True, slots=True)
class Letter:
    """What a reminder says. `quote`: the ready renewal, None where it is no longer for sale; tokens of its links."""

    reminder: Reminder
    quote: Quote | None
    has_ended: bool
    renewal_token: str
    unsubscribe_token: str
    seller: str
    reply_to: str


class BeingSent(Exception):
    """Another delivery of the message is sending it at this moment: come again."""


@dataclass(frozen=True, slots=True)
class ReminderMail:
    """Sends reminders. `compose` makes the complete MIME message of a letter."""

    reminders: Reminders
    quoting: Quoting
    signer: Callable[[], Signer]
    compose: Callable[[Letter], bytes]
    mailer: Mailer
    clock: Clock

    def send(self, reminder: Reminder) -> str:
        """What became of it: sent, stale, renewed, unsubscribed or sent_before.

        `BeingSent`, or whatever composing and sending raise: the message has to come again.
        """
        now = self.clock.now()
        if not is_fresh(reminder.time, now):
            return "stale"
        standing = self.reminders.standing(reminder)
        if standing.sent:
            return "sent_before"
        if paid_end(standing.subscription.terms) != reminder.renewal.end:
            return "renewed"
        if standing.unsubscribed:
            return "unsubscribed"
        self._take(reminder, standing, now)
        try:
            self.mailer.send(self.compose(self._letter(reminder, standing, now)), reminder.email)
        except BaseException:
            self.reminders.release(reminder)
            raise
        self.reminders.mark_sent(reminder, now)
        return "sent"

    def _take(self, reminder: Reminder, standing: Standing, now: datetime) -> None:
        if standing.lease_until and now < standing.lease_until:
            raise BeingSent
        try:
            self.reminders.take(reminder, standing.lease_until, now + LEASE)
        except AlreadyDone:
            raise BeingSent from None

    def _letter(self, reminder: Reminder, standing: Standing, now: datetime) -> Letter:
        seller = self.quoting.catalogues.current().seller
        return Letter(
            reminder=reminder,
            quote=self._quote(reminder, standing),
            has_ended=reminder.renewal.end <= now,
            renewal_token=renewal_token(self.signer(), reminder.renewal),
            unsubscribe_token=unsubscribe_token(self.signer(), reminder.renewal.account_id, reminder.renewal.end),
            seller=seller.name,
            reply_to=seller.email,
        )

    def _quote(self, reminder: Reminder, standing: Standing) -> Quote | None:
        renewal = reminder.renewal
        try:
            return self.quoting.price(renewal.account_id, wish_of(renewal), Checkout(standing.subscription, None, 0))
        except Problem:  # the plan is no longer sold so; that the time ends is told all the same
            return None
