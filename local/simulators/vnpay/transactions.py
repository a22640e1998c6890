"""What VNPAY remembers of each payment. The state is kept apart from what is sent about it."""

import itertools
from dataclasses import dataclass, field, replace
from datetime import datetime

from local.simulators.base import Choice
from local.simulators.vnpay.request import PayRequest
from local.simulators.vnpay.signing import vnpay_time

PAID, PENDING, FAILED = "00", "01", "02"
"""vnp_TransactionStatus."""

_RESPONSE_CODES = {"success": "00", "failure": "51", "cancel": "24"}
_numbers = itertools.count(14_500_001)


@dataclass(frozen=True, slots=True)
class Event:
    """One end of a payment, as an IPN tells it; `amount` in dong, `number` is vnp_TransactionNo, "0" if cancelled."""

    response_code: str
    status: str
    number: str
    amount: int
    at: datetime

    @property
    def paid(self) -> bool:
        """Whether money moved."""
        return self.status == PAID


@dataclass(slots=True)
class Transaction:
    """A payment since its page was opened. `late` is what is to happen once its time is over."""

    payment_id: str
    request: PayRequest
    events: list[Event] = field(default_factory=list)
    late: Choice | None = None
    unsent: list[Event] = field(default_factory=list)

    def record(self, choice: Choice, now: datetime) -> Event:
        """The payment ends so. A success for the same amount is the one that already was: VNPAY takes it once."""
        amount = choice.amount or self.request.amount
        if choice.outcome == "success":
            for event in self.events:
                if event.paid and event.amount == amount:
                    return event
        event = new_event(choice, amount, now)
        self.events.append(event)
        return event

    def mature(self, now: datetime) -> None:
        """Let a late payment end, once the clock has passed its time."""
        if self.late and now > self.request.expires_at:
            self.unsent.append(self.record(self.late, now))
            self.late = None

    def seen(self, now: datetime, as_of: datetime | None) -> "Transaction":
        """The payment itself, or a copy that knows of nothing after `as_of`: what is still to come keeps that open."""
        self.mature(now)
        if as_of is None:
            return self
        known = [event for event in self.events if event.at <= as_of]
        goes_on = self.late is not None or len(known) < len(self.events)
        request = replace(self.request, expires_at=now) if goes_on else self.request
        return replace(self, request=request, events=known, late=None, unsent=[])

    def outcome(self, now: datetime) -> Event:
        """How it stands: paid if it ever was, else its last end, else pending or, when its time is over, failed."""
        self.mature(now)
        for event in reversed(self.events):
            if event.paid:
                return event
        if self.events:
            return self.events[-1]
        over = now > self.request.expires_at
        return Event("11" if over else "", FAILED if over else PENDING, "0", self.request.amount, now)


def new_event(choice: Choice, amount: int, now: datetime) -> Event:
    """An end with a transaction number of its own, where there is money."""
    paid = choice.outcome == "success"
    number = "0" if choice.outcome == "cancel" else str(next(_numbers))
    return Event(_RESPONSE_CODES[choice.outcome], PAID if paid else FAILED, number, amount, now)


def notification(request: PayRequest, event: Event) -> dict[str, str]:
    """The fields of an IPN and of the buyer's return, without the signature."""
    cancelled = event.number == "0"
    return {
        "vnp_Amount": str(event.amount * 100),
        "vnp_BankCode": "VNPAY" if cancelled else "NCB",
        "vnp_BankTranNo": "" if cancelled else f"VNP{event.number}",
        "vnp_CardType": "QRCODE" if cancelled else "ATM",
        "vnp_OrderInfo": request.description,
        "vnp_PayDate": vnpay_time(event.at),
        "vnp_ResponseCode": event.response_code or "99",
        "vnp_TmnCode": request.terminal,
        "vnp_TransactionNo": event.number,
        "vnp_TransactionStatus": event.status,
        "vnp_TxnRef": request.reference,
    }
