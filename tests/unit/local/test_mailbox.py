"""What SES accepted, as people see it."""

import threading
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any, cast

from local.engine import Engine
from local.mailbox import Mailbox


def mailbox(*messages: Any) -> Mailbox:
    backend = SimpleNamespace(sent_messages=list(messages))
    engine = SimpleNamespace(locked=lambda _: threading.Lock(), backend=lambda _: backend)
    return Mailbox(cast("Engine", engine), "http://127.0.0.1:3000")


def raw(mail_id: str, subject: str) -> Any:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Goi <billing@goi.example>", "An Bình <a@b.example>", subject
    mail.set_content("Cảm ơn bạn")
    mail.add_alternative("<p>Cảm ơn bạn</p>", subtype="html")
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="hóa đơn.pdf")
    destinations = ["a@b.example", "An Bình <a@b.example>"]
    return SimpleNamespace(id=mail_id, destinations=destinations, raw_data=mail.as_bytes().decode())


def test_a_message_is_shown_with_its_parts() -> None:
    (item,) = mailbox(raw("m1", "Hóa đơn số 1")).items()
    assert (item["id"], item["to"], item["subject"]) == ("m1", "a@b.example", "Hóa đơn số 1")
    assert item["text"].strip() == "Cảm ơn bạn"
    assert item["html"].strip() == "<p>Cảm ơn bạn</p>"
    assert item["attachments"] == [
        {
            "filename": "hóa đơn.pdf",
            "content_type": "application/pdf",
            "size": 8,
            "url": "http://127.0.0.1:3000/local/mailbox/m1/0/h%C3%B3a%20%C4%91%C6%A1n.pdf",
        }
    ]


def test_the_newest_message_comes_first() -> None:
    assert [item["id"] for item in mailbox(raw("m1", "a"), raw("m2", "b")).items()] == ["m2", "m1"]


def test_a_message_is_found_by_its_id() -> None:
    box = mailbox(raw("m1", "a"))
    found = box.find("m1")
    assert found is not None
    assert found.attachments[0].content == b"%PDF-1.7"
    assert box.find("m2") is None


def test_a_message_given_in_parts_is_shown_too() -> None:
    plain = SimpleNamespace(id="m1", subject="Hi", body="<p>Hi</p>", destinations={"ToAddresses": ["a@b.example"]})
    (item,) = mailbox(plain).items()
    assert (item["to"], item["html"], item["text"]) == ("a@b.example", "<p>Hi</p>", "")
