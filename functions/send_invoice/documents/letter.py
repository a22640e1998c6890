"""What e-mails to buyers have in common: headers, text and HTML in the reader's language, perhaps an attachment.

The same record gives the same bytes, so a message that is sent again is recognisably the same one.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from billing.adapters.mime import ADDRESS, OPAQUE_ID, checked, encoded
from billing.domain.invoices import Seller

if TYPE_CHECKING:
    from email.message import EmailMessage

    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


class Letter(NamedTuple):
    """Who writes to whom, about what and when. `id` is the record's; templates are `template`.`language`.html, .txt."""

    id: str
    seller: Seller
    email: str
    language: str
    subject: str
    date: datetime
    template: str


class Attachment(NamedTuple):
    """A PDF file that a letter brings."""

    filename: str
    content: bytes


def compose(letter: Letter, words: dict[str, Any], sender: str, attachment: Attachment | None = None) -> bytes:
    """The complete MIME message, ready to be handed to the mail service; `words` fill the templates.

    `sender` is a bare address; the seller's name stands before it. `ValueError` if an address or the record's id could
    not stand in a header.
    """
    from email.message import EmailMessage
    from email.policy import SMTP

    head = "".join(f"{name}: {value}\r\n" for name, value in headers(letter, sender))
    texts = texts_of(letter, words)
    name = f"{letter.template}.{letter.language}"
    message = EmailMessage(policy=SMTP)
    message.set_content(render(f"{name}.txt", texts), cte="quoted-printable")
    message.add_alternative(render(f"{name}.html", texts), subtype="html", cte="quoted-printable")
    if attachment:
        message.add_attachment(attachment.content, maintype="application", subtype="pdf", filename=attachment.filename)
    fix_boundaries(message, letter.id)
    return head.encode("ascii") + message.as_bytes()


def texts_of(letter: Letter, words: dict[str, Any]) -> dict[str, Any]:
    """All that the templates of a letter may use."""
    return {
        "seller": letter.seller,
        "email": letter.email,
        "language": letter.language,
        "subject": letter.subject,
        **words,
    }


def headers(letter: Letter, sender: str) -> Iterator[tuple[str, str]]:
    """The message's own headers, encoded and folded. Addresses and the id are refused if they hold anything odd."""
    from email.utils import format_datetime

    domain = checked(ADDRESS, sender).partition("@")[2]
    yield "From", f"{encoded('From', letter.seller.name)} <{sender}>"
    yield "To", checked(ADDRESS, letter.email)
    if ADDRESS.fullmatch(letter.seller.email):
        yield "Reply-To", letter.seller.email
    yield "Subject", encoded("Subject", letter.subject)
    yield "Date", format_datetime(letter.date)
    yield "Message-ID", f"<{checked(OPAQUE_ID, letter.id)}@{domain}>"
    yield "Auto-Submitted", "auto-generated"
    yield "Content-Language", letter.language


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
