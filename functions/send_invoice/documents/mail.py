"""The e-mail that brings a document to the buyer: text and HTML in the reader's language, the PDF attached.

The same record gives the same bytes, so a message that is sent again is recognisably the same one.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing.domain.dates import format_date
from billing.domain.invoices import Invoice
from billing.domain.money import format_money
from documents.texts import TEXTS
from documents.view import Voice, money_writer, sale_rows, sum_rows

if TYPE_CHECKING:
    from email.message import EmailMessage

    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
"""An address that can stand in a header as it is; whether mail reaches it is for others to say."""
OPAQUE_ID = re.compile(r"[A-Za-z0-9._-]+")


def compose_mail(invoice: Invoice, pdf: bytes, sender: str, app_url: str) -> bytes:
    """The complete MIME message for the account that paid, ready to be handed to the mail service.

    `sender` is a bare address; the seller's name stands before it. `app_url` is where the dashboard is served.
    `ValueError` if an address or the record's id could not stand in a header.
    """
    from email.message import EmailMessage
    from email.policy import SMTP

    head = "".join(f"{name}: {value}\r\n" for name, value in headers(invoice, sender))
    words = context(invoice, app_url)
    message = EmailMessage(policy=SMTP)
    message.set_content(render(f"mail.{invoice.language}.txt", words), cte="quoted-printable")
    message.add_alternative(render(f"mail.{invoice.language}.html", words), subtype="html", cte="quoted-printable")
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename=f"{invoice.filename}.pdf")
    fix_boundaries(message, invoice.id)
    return head.encode("ascii") + message.as_bytes()


def headers(invoice: Invoice, sender: str) -> Iterator[tuple[str, str]]:
    """The message's own headers, encoded and folded. Addresses and the id are refused if they hold anything odd."""
    from email.utils import format_datetime

    domain = checked(ADDRESS, sender).partition("@")[2]
    yield "From", f"{encoded('From', invoice.seller.name)} <{sender}>"
    yield "To", checked(ADDRESS, invoice.email)
    if ADDRESS.fullmatch(invoice.seller.email):
        yield "Reply-To", invoice.seller.email
    yield "Subject", encoded("Subject", subject(invoice))
    yield "Date", format_datetime(invoice.issued_at)
    yield "Message-ID", f"<{checked(OPAQUE_ID, invoice.id)}@{domain}>"
    yield "Auto-Submitted", "auto-generated"
    yield "Content-Language", invoice.language


def encoded(header: str, text: str) -> str:
    """`text`, on one line, as RFC 2047 words.

    `email.header` and not the folding of `email.policy`, which loses spaces between words of a long Vietnamese text.
    """
    from email.header import Header

    return Header(" ".join(text.split()), "utf-8", header_name=header).encode(linesep="\r\n")


def subject(invoice: Invoice) -> str:
    """Who writes, which document, what for and how much: "Goi: biên nhận BL26-00000001 – Gói Pro, 299.000 ₫"."""
    word = TEXTS[f"mail.{invoice.kind}"].spoken(invoice.language)
    total = format_money(invoice.total, invoice.currency, invoice.language)
    number = f"{invoice.series}-{invoice.number_text}"
    return f"{invoice.seller.name}: {word} {number} – {bought(invoice)}, {total}"


def bought(invoice: Invoice) -> str:
    """What was bought, in short: the first line, and how many more there are."""
    more = len(invoice.lines) - 1
    return invoice.lines[0].description + (f" (+{more})" if more else "")


def context(invoice: Invoice, app_url: str) -> dict[str, Any]:
    """What the templates may use: texts and rows of texts, no figures."""
    voice = Voice(invoice.language)
    money = money_writer(invoice, voice)
    return {
        "invoice": invoice,
        "subject": subject(invoice),
        "bought": bought(invoice),
        "lines": [
            (line.description, str(line.quantity), money(line.unit_amount), money(line.amount))
            for line in invoice.lines
        ],
        "sums": [(name["main"], value["main"]) for name, value in sum_rows(invoice, voice, money)],
        "facts": [(name["main"], value["main"]) for name, value in sale_rows(invoice, voice)],
        "total": money(invoice.total),
        "period_end": format_date(invoice.period_end, invoice.timezone, invoice.language),
        "account_url": f"{app_url.rstrip('/')}/account.html",
    }


def render(template: str, words: dict[str, Any]) -> str:
    """A template of `templates/` filled in; a name it uses that is not given is an error."""
    return environment().get_template(template).render(words)


@cache
def environment() -> "Environment":
    """HTML is escaped, text is not; templates are compiled when they are first used."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"], default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def fix_boundaries(message: "EmailMessage", identity: str) -> None:
    """Gives each multipart a boundary that follows from the record instead of a random one."""
    multiparts = (part for part in message.walk() if part.is_multipart())
    for index, part in enumerate(multiparts):
        part.set_boundary(f"=_{index}_{identity}")


def checked(pattern: re.Pattern[str], text: str) -> str:
    """`text` if all of it fits; `ValueError` otherwise."""
    if not pattern.fullmatch(text):
        raise ValueError(f"{text!r} cannot stand in a header")
    return text
