"""What several answers have in them."""

from typing import Any

from billing.domain.quotas import Window
from billing.domain.subscriptions import Period
from billing.domain.times import to_text

View = dict[str, Any]


def period_view(period: Period) -> View:
    """[start, end)."""
    return {"start": to_text(period.start), "end": to_text(period.end)}


def window_view(window: Window) -> View:
    """An amount and when it may be used."""
    return {"amount": window.amount, "valid_from": to_text(window.start), "valid_to": to_text(window.end)}
