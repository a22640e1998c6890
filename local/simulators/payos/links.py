"""What payOS remembers of each payment link. The state is kept apart from what is sent about it."""

import itertools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from local.simulators.base import Choice
from local.simulators.payos.signing import iso_time, local_time

ACCOUNT = {"bin": "970422", "accountNumber": "0123456789", "accountName": "CONG TY VI DU"}
PAYER = {
    "counterAccountBankId": "",
    "counterAccountBankName": "",
    "counterAccountName": "NGUYEN VAN A",
    "counterAccountNumber": "9876543210",
    "virtualAccountName": "",
    "virtualAccountNumber": "",
}

_ENDS = {"failure": "FAILED", "cancel": "CANCELLED"}
_numbers = itertools.count(26_327_000_001)


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """What a merchant asked for. `amount` is in dong."""

    order_code: int
    amount: int
    description: str
    return_url: str
    cancel_url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Transfer:
    """Money that came in, in dong; `reference` is the bank's."""

    amount: int
    reference: str
    at: datetime


@dataclass(slots=True)
class Link:
    """A payment link. `late` is what is to happen once its time is over, `unsent` what is still to be told."""

    payment_id: str
    request: LinkRequest
    created_at: datetime
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    transfers: list[Transfer] = field(default_factory=list)
    ended: tuple[str, datetime, str | None] | None = None
    late: Choice | None = None
    unsent: list[Transfer] = field(default_factory=list)

    @property
    def received(self) -> int:
        """All that came in, in dong."""
        return sum(transfer.amount for transfer in self.transfers)

    def record(self, choice: Choice, now: datetime) -> Transfer | None:
        """The payment ends so: the transfer, if money comes in. The same sum again is the transfer that already was.

        A link that has ended may still be paid: the transfer was on its way.
        """
        if choice.outcome != "success":
            self.end(_ENDS[choice.outcome], now)
            return None
        amount = choice.amount or self.request.amount
        for transfer in self.transfers:
            if transfer.amount == amount:
                return transfer
        transfer = new_transfer(amount, now)
        self.transfers.append(transfer)
        return transfer

    def end(self, status: str, now: datetime, reason: str | None = None) -> None:
        """CANCELLED or FAILED; the first end counts."""
        self.ended = self.ended or (status, now, reason)

    def mature(self, now: datetime) -> None:
        """Let a late payment end, once the clock has passed the link's time."""
        if self.late and now > self.request.expires_at:
            transfer = self.record(self.late, now)
            self.late = None
            if transfer:
                self.unsent.append(transfer)

    def seen(self, now: datetime, as_of: datetime | None) -> "Link":
        """The link itself, or a copy that knows of nothing after `as_of`: what is still to come keeps that open."""
        self.mature(now)
        if as_of is None:
            return self
        known = [transfer for transfer in self.transfers if transfer.at <= as_of]
        ended = self.ended if self.ended and self.ended[1] <= as_of else None
        goes_on = self.late is not None or len(known) < len(self.transfers) or ended != self.ended
        request = replace(self.request, expires_at=now) if goes_on else self.request
        return replace(self, request=request, transfers=known, ended=ended, late=None, unsent=[])

    def status(self, now: datetime) -> str:
        """PENDING, PAID, UNDERPAID, CANCELLED, FAILED or EXPIRED."""
        self.mature(now)
        if self.received:
            return "PAID" if self.received >= self.request.amount else "UNDERPAID"
        if self.ended:
            return self.ended[0]
        return "EXPIRED" if now > self.request.expires_at else "PENDING"

    def as_created(self, now: datetime, page: str) -> dict[str, Any]:
        """The answer to its making; `page` is where the buyer pays."""
        return {
            **ACCOUNT,
            "amount": self.request.amount,
            "description": self.request.description,
            "orderCode": self.request.order_code,
            "currency": "VND",
            "paymentLinkId": self.id,
            "status": self.status(now),
            "expiredAt": int(self.request.expires_at.timestamp()),
            "checkoutUrl": page,
            "qrCode": f"simulated {self.id}",
        }

    def as_found(self, now: datetime) -> dict[str, Any]:
        """The answer to a query."""
        status = self.status(now)
        _, ended_at, reason = self.ended or ("", None, None)
        return {
            "id": self.id,
            "orderCode": self.request.order_code,
            "amount": self.request.amount,
            "amountPaid": self.received,
            "amountRemaining": max(self.request.amount - self.received, 0),
            "status": status,
            "createdAt": iso_time(self.created_at),
            "transactions": [self._as_transaction(transfer) for transfer in self.transfers],
            "canceledAt": iso_time(ended_at) if ended_at else None,
            "cancellationReason": reason,
        }

    def as_message(self, transfer: Transfer) -> dict[str, Any]:
        """The data of the webhook about a transfer."""
        return {
            "orderCode": self.request.order_code,
            "amount": transfer.amount,
            "description": self.request.description,
            "accountNumber": ACCOUNT["accountNumber"],
            "reference": transfer.reference,
            "transactionDateTime": local_time(transfer.at),
            "currency": "VND",
            "paymentLinkId": self.id,
            "code": "00",
            "desc": "success",
            **PAYER,
        }

    def _as_transaction(self, transfer: Transfer) -> dict[str, Any]:
        unknown: Mapping[str, str | None] = {name: value or None for name, value in PAYER.items()}
        return {
            "reference": transfer.reference,
            "amount": transfer.amount,
            "accountNumber": ACCOUNT["accountNumber"],
            "description": self.request.description,
            "transactionDateTime": iso_time(transfer.at),
            **unknown,
        }


def new_transfer(amount: int, now: datetime) -> Transfer:
    """A transfer with a bank's reference of its own."""
    return Transfer(amount, f"FT{next(_numbers)}", now)
