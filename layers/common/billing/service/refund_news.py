"""The buyer hears of a refund: one e-mail, and only once money really went back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from billing.domain.invoices import Seller
from billing.domain.orders import Order
from billing.domain.refunds import Refund
from billing.service.basic_ports import AlreadyDone, Clock, Mailer
from billing.service.settlement import LEASE, NotYet


@dataclass(frozen=True, slots=True)
class RefundNews:
    """A refund with what the e-mail about it says besides."""

    refund: Refund
    order: Order
    seller: Seller


class RefundsToTell(Protocol):
    """Refunds as stored, and who is sending the e-mail about one."""

    def news(self, refund_id: str, order_id: str) -> RefundNews | None:
        """Read consistently."""
        ...

    def take_lease(self, refund: Refund, until: datetime) -> None:
        """Takes the sending over; `AlreadyDone` if somebody else did."""
        ...

    def release_lease(self, refund: Refund) -> None:
        """Sending failed; whoever comes next may try."""
        ...

    def mark_told(self, refund: Refund, now: datetime) -> None:
        """The e-mail is sent."""
        ...


class RefundLetters(Protocol):
    """Rendering: a pure function of what is stored."""

    def refund_mail(self, news: RefundNews) -> bytes:
        """A complete MIME message to the order's address."""
        ...


@dataclass(frozen=True, slots=True)
class RefundTeller:
    """Sends the e-mail about a refund, guarded by a lease like a document's."""

    refunds: RefundsToTell
    letters: RefundLetters
    mailer: Mailer
    clock: Clock
    lease: timedelta = LEASE

    def tell(self, refund_id: str, order_id: str) -> str:
        """What became of the message: "told", or "duplicate" where there is nothing to tell.

        Raises what makes it come again: `NotYet` while another delivery sends it, or an error of the mail service.
        """
        news = self.refunds.news(refund_id, order_id)
        if news is None or not news.refund.is_to_be_told:
            return "duplicate"
        refund, now = news.refund, self.clock.now()
        if refund.lease_until and now < refund.lease_until <= now + self.lease:
            raise NotYet(f"{refund.id} is being told")
        try:
            self.refunds.take_lease(refund, now + self.lease)
        except AlreadyDone:
            raise NotYet(f"{refund.id} is being told") from None
        try:
            self.mailer.send(self.letters.refund_mail(news), news.order.email)
        except Exception:
            self.refunds.release_lease(refund)
            raise
        self.refunds.mark_told(refund, self.clock.now())
        return "told"
