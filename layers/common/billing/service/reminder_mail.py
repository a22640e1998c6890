"""Sends one reminder, once: whether it still holds is read at the last moment. Its guard is of (account, end, step)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from billing.domain.pricing import Quote
from billing.domain.problems import Problem
from billing.domain.reminders import Reminder, is_fresh
from billing.domain.renewals import paid_end, renewal_token, unsubscribe_token, wish_of
from billing.domain.tokens import Signer
from billing.service.account_ports import Subscription
from billing.service.basic_ports import Clock, Mailer
from billing.service.mail_once import Guards, send_once
from billing.service.ports import Checkout
from billing.service.quoting import Quoting


@dataclass(frozen=True, slots=True)
class Standing:
    """All that sending a reminder takes, read at once."""

    subscription: Subscription
    unsubscribed: bool
    lease_until: datetime | None
    sent: bool


class Reminders(Guards[Reminder], Protocol):
    """What is known of reminders, and their guards."""

    def standing(self, reminder: Reminder) -> Standing:
        """One consistent read."""
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
        send_once(self.reminders, reminder, standing.lease_until, now, lambda: self._post(reminder, standing, now))
        return "sent"

    def _post(self, reminder: Reminder, standing: Standing, now: datetime) -> None:
        self.mailer.send(self.compose(self._letter(reminder, standing, now)), reminder.email)

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
