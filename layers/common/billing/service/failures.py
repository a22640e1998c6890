"""Messages that failed as often as their queue allows: each is kept, so that an operator sees it and can retry it."""

import json
from datetime import datetime

from billing.domain import identifiers
from billing.domain.inbox import SUGGESTIONS, FailedMessage, PaymentException
from billing.service.messages import Message, read


def failed_message(message_id: str, body: str, now: datetime) -> PaymentException:
    """The exception of a message, with the order and the payment as far as its body tells."""
    message = readable(body)
    notice = message.notice if message else None
    order_id = message.order_id if message else None
    return PaymentException(
        id=identifiers.failed_message_id(message_id),
        reason="failed_message",
        suggestion=SUGGESTIONS["failed_message"] if message else "dismiss",
        notice=notice,
        order_id=order_id,
        expected_amount=None,
        seen_at=now,
        payment=(notice.provider, notice.reference) if notice and order_id else None,
        message=FailedMessage(message_id, body),
    )


def readable(body: str) -> Message | None:
    """The message in a body; None for what the consumer could never read."""
    try:
        return read(json.loads(body))
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
