"""Tells an account by e-mail that a balance is low or used up: once, guarded by a lease as a reminder is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from billing.domain.invoices import Language
from billing.domain.plans import Catalogue
from billing.domain.renewals import unsubscribe_token
from billing.domain.tokens import Signer
from billing.service.alerts import Raised
from billing.service.ports import AlreadyDone, Catalogues, Clock, Mailer
from billing.service.reminder_mail import LEASE, BeingSent

FRESH = timedelta(days=1)
"""An alert that waited longer says what may be true no more."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom it is for, "" as address where none is known, and whether it was sent."""

    email: str
    language: Language
    unsubscribed: bool
    lease_until: datetime | None
    sent: bool


class AlertMails(Protocol):
    """What is known of e-mails about balances."""

    def addressee(self, alert: Raised) -> Addressee:
        """One consistent read."""
        ...

    def take(self, alert: Raised, previous: datetime | None, until: datetime) -> None:
        """Takes the sending over from whoever held it until `previous`; `AlreadyDone` if somebody else did."""
        ...

    def release(self, alert: Raised) -> None:
        """Sending failed; whoever comes next may try at once."""
        ...

    def mark_sent(self, alert: Raised, now: datetime) -> None:
        """It is with the mail service."""
        ...


@dataclass(frozen=True, slots=True)
class BalanceLetter:
    """What the e-mail says. `name` of the feature in the reader's language; `timezone` the seller's."""

    alert: Raised
    name: str
    email: str
    language: Language
    timezone: str
    unsubscribe_token: str
    seller: str
    reply_to: str


@dataclass(frozen=True, slots=True)
class AlertMail:
    """Sends alerts. `compose` makes the complete MIME message of a letter."""

    alerts: AlertMails
    catalogues: Catalogues
    signer: Callable[[], Signer]
    compose: Callable[[BalanceLetter], bytes]
    mailer: Mailer
    clock: Clock

    def send(self, alert: Raised) -> str:
        """What became of it: sent, stale, no_address, unsubscribed or sent_before.

        `BeingSent`, or whatever composing and sending raise: the message has to come again.
        """
        now = self.clock.now()
        if now >= min(alert.window_end, alert.at + FRESH):
            return "stale"
        known = self.alerts.addressee(alert)
        if known.sent:
            return "sent_before"
        if not known.email:
            return "no_address"
        if known.unsubscribed:
            return "unsubscribed"
        self._take(alert, known, now)
        try:
            self.mailer.send(self.compose(self._letter(alert, known)), known.email)
        except BaseException:
            self.alerts.release(alert)
            raise
        self.alerts.mark_sent(alert, now)
        return "sent"

    def _take(self, alert: Raised, known: Addressee, now: datetime) -> None:
        if known.lease_until and now < known.lease_until:
            raise BeingSent
        try:
            self.alerts.take(alert, known.lease_until, now + LEASE)
        except AlreadyDone:
            raise BeingSent from None

    def _letter(self, alert: Raised, known: Addressee) -> BalanceLetter:
        catalogue = self.catalogues.current()
        return BalanceLetter(
            alert=alert,
            name=feature_name(catalogue, alert.feature, known.language),
            email=known.email,
            language=known.language,
            timezone=catalogue.zone.key,
            unsubscribe_token=unsubscribe_token(self.signer(), alert.account_id, alert.window_end),
            seller=catalogue.seller.name,
            reply_to=catalogue.seller.email,
        )


def feature_name(catalogue: Catalogue, feature: str, language: Language) -> str:
    """What a feature is called; its id where nothing on sale has it any more."""
    quotas = [*(quota for plan in catalogue.plans for quota in plan.quotas), *(one.quota for one in catalogue.addons)]
    return next((quota.name[language] for quota in quotas if quota.feature == feature), feature)
