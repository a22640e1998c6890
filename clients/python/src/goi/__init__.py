"""Goi for the code of your product: check, use and hold quota, and verify the events that Goi sends."""

from goi.client import Balance, Client, Hold, Used
from goi.errors import (
    BadSignature,
    Error,
    FieldError,
    GoiUnavailable,
    HoldNotOpen,
    ProblemError,
    QuotaExceeded,
    Unauthorized,
)
from goi.events import Event, verify_event
from goi.version import __version__

__all__ = [
    "BadSignature",
    "Balance",
    "Client",
    "Error",
    "Event",
    "FieldError",
    "GoiUnavailable",
    "Hold",
    "HoldNotOpen",
    "ProblemError",
    "QuotaExceeded",
    "Unauthorized",
    "Used",
    "__version__",
    "verify_event",
]
