"""Stripe's webhook signature: HMAC-SHA256 over the time of sending, a dot and the body."""

import hashlib
import hmac
from datetime import datetime


def unix(moment: datetime) -> int:
    """A moment in Unix seconds."""
    return int(moment.timestamp())


def signature_header(secret: str, body: bytes, sent_at: datetime) -> str:
    """The value of Stripe-Signature, with a signature of the test scheme v0 beside the real one."""
    seconds = unix(sent_at)
    signed = b"%d.%b" % (seconds, body)
    live, test = (_digest(key, signed) for key in (secret, f"v0 of {secret}"))
    return f"t={seconds},v1={live},v0={test}"


def _digest(key: str, content: bytes) -> str:
    return hmac.digest(key.encode(), content, hashlib.sha256).hex()
