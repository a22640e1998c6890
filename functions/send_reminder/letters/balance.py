"""The e-mail about a balance that is low or used up: what was used of how much, and where to get more.

The same alert gives the same bytes.
"""

from collections.abc import Iterator
from typing import Any

from billing.adapters.mime import encoded
from billing.domain.dates import format_moment
from billing.domain.identifiers import derived_id
from billing.domain.money import group_digits
from billing.service.alert_mail import BalanceLetter
from letters.mail import envelope, marks, mime, one_click
from letters.texts import say


def compose_balance(letter: BalanceLetter, sender: str, app_url: str, api_url: str) -> bytes:
    """The complete message; `app_url` and `api_url` as for a reminder. `ValueError` for an impossible address."""
    return mime(headers(letter, sender, api_url), context(letter, app_url), identity(letter))


def identity(letter: BalanceLetter) -> str:
    """What makes this message this one, whenever it is composed."""
    return derived_id("bal", *letter.alert.key)


def headers(letter: BalanceLetter, sender: str, api_url: str) -> Iterator[tuple[str, str]]:
    """The message's own headers."""
    yield from envelope(letter.seller, letter.reply_to, sender, letter.email)
    yield "Subject", encoded("Subject", f"{letter.seller}: {said(letter, 'subject')}")
    yield from marks(identity(letter), sender, letter.alert.at, letter.language)
    yield from one_click(api_url, letter.unsubscribe_token)


def said(letter: BalanceLetter, part: str) -> str:
    """A sentence about this balance and level."""
    level = letter.alert.event.partition(".")[2]
    return say(f"balance.{part}.{level}", letter.language, name=letter.name)


def context(letter: BalanceLetter, app_url: str) -> dict[str, Any]:
    """What the templates may use: texts and rows of texts."""
    language, app = letter.language, app_url.rstrip("/")
    return {
        "language": language,
        "seller": letter.seller,
        "subject": f"{letter.seller}: {said(letter, 'subject')}",
        "heading": said(letter, "heading"),
        "greeting": said(letter, "greeting"),
        "rows": list(rows(letter)),
        "note": say("balance.note", language),
        "action": say("balance.action", language),
        "action_url": f"{app}/plans.html",
        "footer": say("footer", language, seller=letter.seller),
        "unsubscribe": say("balance.unsubscribe", language),
        "unsubscribe_url": f"{app}/unsubscribe.html#{letter.unsubscribe_token}",
        "documents": say("documents", language),
    }


def rows(letter: BalanceLetter) -> Iterator[tuple[str, str]]:
    """The balance as it was when the alert was raised."""
    alert, language = letter.alert, letter.language

    def counted(amount: int) -> str:
        return group_digits(amount, 0, "," if language == "en" else ".", "")

    yield say("balance.row.used", language), f"{counted(alert.used)} / {counted(alert.granted)}"
    yield say("balance.row.left", language), counted(max(0, alert.granted - alert.used))
    yield say("balance.row.until", language), format_moment(alert.window_end, letter.timezone, language)
