"""The exceptions inbox: money that fits no order, and what an operator may do about each kind of it.

An exception is open until it is decided: accepted (its money pays an order), refunded (all of it went back), dismissed
with a reason, or retried (a failed message went back to the queue). What is decided stays so. docs/exceptions.md says
what each reason means for people.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from billing.domain.banks import BankAccount
from billing.domain.orders import ACCEPTABLE, Order
from billing.domain.payments import Notice

SUGGESTIONS = {
    "unmatched": "attach",
    "short": "refund",
    "over": "refund",
    "second_payment": "refund",
    "cancelled": "accept",
    "after_refund": "refund",
    "coupon_exceeded": "dismiss",
    "credit_gone": "dismiss",
    "failed_message": "retry",
}
"""Every reason, and what an operator would usually do about it."""

ACTIONS = ("accept", "attach", "refund", "dismiss", "retry")
"""What can be done, in the order it is offered."""

DECIDED = {"accept": "accepted", "attach": "accepted", "dismiss": "dismissed", "retry": "retried", "refund": "refunded"}
"""The status that each action leads to; a refund only once nothing of the money is left."""

MONEY_REASONS = SUGGESTIONS.keys() - {"coupon_exceeded", "credit_gone", "failed_message"}
"""Reasons that stand for money nobody has bought anything with yet."""


@dataclass(frozen=True, slots=True)
class FailedMessage:
    """A message that failed as often as its queue allows: its id there and its body as sent."""

    id: str
    body: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """How an exception was decided: the action, by whom and when, the reason given, the order that got the money."""

    action: str
    by: str
    at: datetime
    reason: str = ""
    order_id: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentException:
    """What needs a person: why, what was received, and what became of it. Amounts in minor units.

    `notice` is what the provider said (None: a message that names no payment), with the memo of a bank transfer in its
    `reason`. `order_id` and `payment` (provider, reference) are the order and attempt it belongs to as far as known,
    `expected_amount` what was asked for. `refunded` of the money went back, `refunding` is on its way back. `version`
    goes up with every change.
    """

    id: str
    reason: str
    suggestion: str
    notice: Notice | None
    order_id: str | None
    expected_amount: int | None
    seen_at: datetime
    payment: tuple[str, str] | None = None
    message: FailedMessage | None = None
    status: str = "open"
    version: int = 1
    refunded: int = 0
    refunding: int = 0
    resolution: Resolution | None = None

    @property
    def amount(self) -> int | None:
        """What was received; None where the message does not tell."""
        return self.notice.amount if self.notice else None

    @property
    def payer(self) -> BankAccount | None:
        """Whose account the money came from, where the provider tells."""
        return self.notice.payer if self.notice else None

    @property
    def is_money(self) -> bool:
        """Whether it stands for money that has paid for nothing yet."""
        return self.reason in MONEY_REASONS and self.notice is not None

    @property
    def refundable(self) -> int:
        """How much can be given back of this exception: all that is left, once accepted only what exceeds its order."""
        if not self.is_money or self.notice is None or self.status not in {"open", "accepted"}:
            return 0
        left = self.notice.amount - self.refunded - self.refunding
        return max(0, left - (self.expected_amount or 0) if self.status == "accepted" else left)


@dataclass(frozen=True, slots=True)
class Match:
    """An order that the money may be for, and why: "reference", "amount", "name". Whether it could take it now."""

    order: Order
    reasons: tuple[str, ...]
    can_take: bool


def why_not(exception: PaymentException, action: str, order_status: str | None) -> str | None:
    """Why an action is not possible now (None: it is): a word that adapters/http/messages.py has a sentence for.

    `order_status` is that of the order that would get the money, None where none is known.
    """
    if action == "refund":
        return _why_no_refund(exception)
    if exception.status != "open":
        return "decided"
    if exception.refunding:
        return "refunding"
    if action == "retry":
        return None if exception.message else "no_message"
    return None if action == "dismiss" else _why_no_order(exception, order_status)


def _why_no_refund(exception: PaymentException) -> str | None:
    """One refund at a time: some providers cannot tell two of the same money apart (docs/refunds.md)."""
    if exception.refunding:
        return "refunding"
    if exception.refundable:
        return None
    if not exception.is_money:
        return "no_money"
    return "nothing_left" if exception.status == "open" else "decided"


def _why_no_order(exception: PaymentException, order_status: str | None) -> str | None:
    if not exception.is_money:
        return "no_money"
    if order_status is None:
        return "no_order"
    return None if order_status in ACCEPTABLE else "order_status"


def possible_actions(exception: PaymentException, order_status: str | None) -> tuple[str, ...]:
    """What can be done now; attaching takes an order that is still to be named, so it is judged without one."""
    judged = {action: why_not(exception, action, order_status) for action in ACTIONS}
    judged["attach"] = why_not(exception, "attach", "pending")
    return tuple(action for action in ACTIONS if judged[action] is None)


def is_repeated(exception: PaymentException, action: str, order_id: str | None) -> bool:
    """Whether the exception was decided by the same action already, for the same order where one is named."""
    done = exception.resolution
    return done is not None and done.action == action and order_id in {None, done.order_id}


def decided(exception: PaymentException, resolution: Resolution) -> PaymentException:
    """The exception once `resolution` holds."""
    return replace(exception, status=DECIDED[resolution.action], version=exception.version + 1, resolution=resolution)
