"""Tells an account by e-mail that a balance is low or used up: once, guarded by a lease as a reminder is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from billing.domain.kinds import Language
from billing.domain.plans import Catalogue
from billing.domain.renewals import unsubscribe_token
from billing.domain.tokens import Signer
from billing.service.account_ports import Catalogues
from billing.service.alerts import Raised
from billing.service.basic_ports import Clock, Mailer
from billing.service.mail_once import Guards, send_once

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


class AlertMails(Guards[Raised], Protocol):
    """What is known of e-mails about balances, and their guards."""

    def addressee(self, alert: Raised) -> Addressee:
        """One consistent read."""
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
        send_once(self.alerts, alert, known.lease_until, now, lambda: self._post(alert, known))
        return "sent"

    def _post(self, alert: Raised, known: Addressee) -> None:
        self.mailer.send(self.compose(self._letter(alert, known)), known.email)

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
