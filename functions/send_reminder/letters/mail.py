"""A reminder as a MIME message: text and HTML in the reader's language, with the link that buys the renewal.

It names the day and the price, never "in three days": a mail is read when it is read. The same letter gives the same
bytes.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing.adapters.mime import ADDRESS, checked, encoded
from billing.domain.dates import format_date
from billing.domain.identifiers import derived_id
from billing.domain.money import format_money, format_rate
from billing.domain.pricing import Quote
from billing.domain.times import to_text
from billing.domain.wording import counted
from billing.service.reminder_mail import Letter
from letters.texts import say

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


def compose_letter(letter: Letter, sender: str, app_url: str, api_url: str) -> bytes:
    """The complete message. `app_url` is where the pages are, `api_url` where a mail program ends the reminders.

    `ValueError` if an address could not stand in a header.
    """
    return mime(headers(letter, sender, api_url), context(letter, app_url), identity(letter))


def mime(fields: Iterable[tuple[str, str]], words: dict[str, Any], name: str) -> bytes:
    """A message with these headers, and the templates filled in with `words`; `name` makes it this one."""
    from email.message import EmailMessage
    from email.policy import SMTP

    head = "".join(f"{field}: {value}\r\n" for field, value in fields)
    message = EmailMessage(policy=SMTP)
    message.set_content(render("reminder.txt", words), cte="quoted-printable")
    message.add_alternative(render("reminder.html", words), subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{name}")
    return head.encode("ascii") + message.as_bytes()


def identity(letter: Letter) -> str:
    """What makes this reminder this one, whenever it is composed."""
    reminder = letter.reminder
    renewal = reminder.renewal
    return derived_id("rem", renewal.account_id, to_text(renewal.end), str(reminder.step))


def headers(letter: Letter, sender: str, api_url: str) -> Iterator[tuple[str, str]]:
    """The message's own headers. By the last two (RFC 8058) a mail program can end the reminders with one request."""
    reminder = letter.reminder
    yield from envelope(letter.seller, letter.reply_to, sender, reminder.email)
    yield "Subject", encoded("Subject", subject(letter))
    yield from marks(identity(letter), sender, reminder.time, reminder.language)
    yield from one_click(api_url, letter.unsubscribe_token)


def envelope(seller: str, reply_to: str, sender: str, recipient: str) -> Iterator[tuple[str, str]]:
    """Who writes to whom, and who reads the answer."""
    yield "From", f"{encoded('From', seller)} <{checked(ADDRESS, sender)}>"
    yield "To", checked(ADDRESS, recipient)
    if ADDRESS.fullmatch(reply_to):
        yield "Reply-To", reply_to


def marks(name: str, sender: str, at: datetime, language: str) -> Iterator[tuple[str, str]]:
    """What a message is known by: the same each time it is composed."""
    from email.utils import format_datetime

    yield "Date", format_datetime(at)
    yield "Message-ID", f"<{name}@{sender.partition('@')[2]}>"
    yield "Auto-Submitted", "auto-generated"
    yield "Content-Language", language


def one_click(api_url: str, token: str) -> Iterator[tuple[str, str]]:
    """By what a mail program ends messages like this one (RFC 8058)."""
    if api_url:
        yield "List-Unsubscribe", f"<{api_url.rstrip('/')}/unsubscribe/{token}>"
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"


def subject(letter: Letter) -> str:
    """Who writes, and what ends when: "Goi: gói Pro hết hạn ngày 23/12/2026"."""
    return say("subject.ended" if letter.has_ended else "subject.ends", letter.reminder.language, **facts(letter))


def facts(letter: Letter) -> dict[str, str]:
    """What every sentence may name."""
    reminder = letter.reminder
    name = letter.quote.plan_name[reminder.language] if letter.quote else ""
    return {
        "seller": letter.seller,
        "plan": say("plan.named" if name else "plan.unnamed", reminder.language, name=name),
        "date": format_date(reminder.renewal.end, reminder.timezone, reminder.language),
    }


def context(letter: Letter, app_url: str) -> dict[str, Any]:
    """What the templates may use: texts and rows of texts."""
    language, app = letter.reminder.language, app_url.rstrip("/")
    tense = "ended" if letter.has_ended else "ends"
    return {
        "language": language,
        "seller": letter.seller,
        "subject": subject(letter),
        "heading": say(f"heading.{tense}", language, **facts(letter)),
        "greeting": say(f"greeting.{tense}", language, **facts(letter)),
        "rows": list(rows(letter, letter.quote)) if letter.quote else [],
        "note": say("note", language) if letter.quote else "",
        "action": say("action" if letter.quote else "action.plans", language),
        "action_url": f"{app}/renew.html#{letter.renewal_token}" if letter.quote else f"{app}/plans.html",
        "footer": say("footer", language, **facts(letter)),
        "unsubscribe": say("unsubscribe", language),
        "unsubscribe_url": f"{app}/unsubscribe.html#{letter.unsubscribe_token}",
        "documents": say("documents", language),
    }


def rows(letter: Letter, quote: Quote) -> Iterator[tuple[str, str]]:
    """The ready renewal: plan, length, until when, price and the tax in it."""
    language, wish = letter.reminder.language, quote.wish
    yield say("row.plan", language), quote.plan_name[language]
    yield say("row.length", language), counted(wish.quantity, wish.interval, language)
    if not letter.has_ended:
        yield say("row.until", language), format_date(quote.period.end, letter.reminder.timezone, language)
    yield say("row.price", language), format_money(quote.figures.total, quote.currency, language)
    if quote.tax_kind == "taxable":
        rate = format_rate(quote.tax_rate_bp, language)
        tax = format_money(quote.figures.tax, quote.currency, language)
        yield say("row.tax", language), say("row.tax.value", language, rate=rate, tax=tax)


def render(template: str, words: dict[str, Any]) -> str:
    """A template of `templates/` filled in; a name it uses that is not given is an error."""
    return environment().get_template(template).render(words)


@cache
def environment() -> "Environment":
    """HTML is escaped, text is not."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"], default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
