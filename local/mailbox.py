"""What SES accepted, as people and tests want to see it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any
from urllib.parse import quote

from local.engine import Engine


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attached file."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """One message. `raw` is the MIME message as it was handed over; a body that it lacks is ""."""

    id: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...]
    raw: bytes


class Mailbox:
    """Reads moto's SES. `address` is where the routes /local/mailbox are found from outside."""

    def __init__(self, engine: Engine, address: str) -> None:
        self._engine = engine
        self._address = address

    def mails(self) -> list[Mail]:
        """Every message, newest first."""
        with self._engine.locked("ses"):
            messages = list(self._engine.backend("ses").sent_messages)
        return [_mail(message) for message in reversed(messages)]

    def find(self, mail_id: str) -> Mail | None:
        """The message with this id."""
        return next((mail for mail in self.mails() if mail.id == mail_id), None)

    def items(self) -> list[dict[str, Any]]:
        """Every message as the contract shows it."""
        return [self._item(mail) for mail in self.mails()]

    def _item(self, mail: Mail) -> dict[str, Any]:
        return {
            "id": mail.id,
            "to": ", ".join(mail.recipients),
            "subject": mail.subject,
            "text": mail.text,
            "html": mail.html,
            "attachments": [
                {
                    "filename": one.filename,
                    "content_type": one.content_type,
                    "size": len(one.content),
                    "url": f"{self._address}/local/mailbox/{mail.id}/{number}/{quote(one.filename, safe='')}",
                }
                for number, one in enumerate(mail.attachments)
            ],
        }


def _mail(message: Any) -> Mail:
    if not hasattr(message, "raw_data"):
        return _plain_mail(message)
    raw = message.raw_data.encode()
    parsed = message_from_bytes(raw, policy=policy.default)
    return Mail(
        id=message.id,
        recipients=_addresses(message.destinations),
        subject=str(parsed["subject"] or ""),
        text=_body(parsed, "plain"),
        html=_body(parsed, "html"),
        attachments=tuple(_attachments(parsed)),
        raw=raw,
    )


def _plain_mail(message: Any) -> Mail:
    """A message that SES was given in parts; moto keeps one body, without saying of which kind."""
    destinations: Mapping[str, list[str]] = message.destinations
    recipients = [one for addresses in destinations.values() for one in addresses]
    is_html = "</" in message.body
    text, html = ("", message.body) if is_html else (message.body, "")
    mail = EmailMessage()
    mail["Subject"], mail["To"] = message.subject, ", ".join(recipients)
    mail.set_content(message.body, subtype="html" if is_html else "plain")
    return Mail(message.id, _addresses(recipients), message.subject, text, html, (), mail.as_bytes())


def _addresses(values: list[str]) -> tuple[str, ...]:
    """Each address once: moto adds the header's to the envelope's."""
    return tuple(dict.fromkeys(address for _, address in getaddresses(values)))


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""


def _attachments(message: EmailMessage) -> Iterator[Attachment]:
    for part in message.iter_attachments():
        content = part.get_payload(decode=True)
        yield Attachment(part.get_filename() or "attachment", part.get_content_type(), bytes(content or b""))
