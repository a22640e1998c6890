"""Ids that follow from what they stand for, so that doing a thing twice finds the first one."""

import base64
import hashlib
import json


def derived_id(prefix: str, *parts: str) -> str:
    """`prefix` and 130 bits that only these parts give: "ord_" + 26 lower-case letters and digits."""
    digest = hashlib.sha256(json.dumps(parts).encode()).digest()
    return f"{prefix}_{base64.b32encode(digest)[:26].decode().lower()}"


def order_id(account_id: str, idempotency_key: str) -> str:
    """One order for each account and Idempotency-Key."""
    return derived_id("ord", account_id, idempotency_key)


def payment_id(order: str, attempt: int) -> str:
    """The attempt number `attempt` (from 1) of an order."""
    return derived_id("pay", order, str(attempt))


def invoice_id(order: str) -> str:
    """The document of an order's sale."""
    return derived_id("inv", order)


def exception_id(provider: str, transaction: str) -> str:
    """One exception for each provider and transaction, however often it is told."""
    return derived_id("exc", provider, transaction)


def refund_id(target: str, idempotency_key: str) -> str:
    """One refund for each order or exception ("order ord_...") and Idempotency-Key."""
    return derived_id("ref", target, idempotency_key)


def noted_exception_id(reason: str, order: str) -> str:
    """The exception that is kept beside an order that was fulfilled all the same."""
    return derived_id("exc", reason, order)


def failed_message_id(message: str) -> str:
    """The exception of a message that could not be processed."""
    return derived_id("exc", "failed_message", message)


def audit_id(subject: str, action: str) -> str:
    """The entry of an act that is done to `subject` once."""
    return derived_id("aud", subject, action)


def stable_index(text: str, count: int) -> int:
    """A choice among `count` that never changes for `text`."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) % count
