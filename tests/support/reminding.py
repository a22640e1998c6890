"""Reminders in a shop: sweeps, what they queue, what is sent, and the links in it."""

import json
import re
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any

from billing.adapters import aws
from tests.support.shop import Answer, Buyer, Shop

Counts = dict[str, int]


def sweep(shop: Shop) -> Counts:
    """One run of the scheduled function."""
    counts: Counts = shop.functions["remind_renewals"].handler({}, None)
    return counts


def queued(shop: Shop) -> list[str]:
    """The bodies of the queued reminders, taken off the queue."""
    client = aws.client("sqs")
    bodies: list[str] = []
    while messages := client.receive_message(QueueUrl=shop.mail_queue_url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            bodies.append(message["Body"])
            client.delete_message(QueueUrl=shop.mail_queue_url, ReceiptHandle=message["ReceiptHandle"])
    return bodies


def deliver(shop: Shop, bodies: list[str]) -> list[str]:
    """Hands messages to their consumer as one batch; the bodies of those that failed."""
    records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
    failures = shop.functions["send_reminder"].handler({"Records": records}, None)["batchItemFailures"]
    return [bodies[int(failure["itemIdentifier"])] for failure in failures]


def remind(shop: Shop) -> list[int]:
    """A sweep, and everything that it queued delivered; the steps that were queued."""
    sweep(shop)
    bodies = queued(shop)
    assert not deliver(shop, bodies)
    return [json.loads(body)["step"] for body in bodies]


def reminders(shop: Shop, address: str = "lan@khach.example") -> list[EmailMessage]:
    """The reminders that were sent to an address, oldest first."""
    return [mail for mail in shop.mails() if mail["To"] == address and "List-Unsubscribe-Post" in mail]


def text_of(mail: EmailMessage) -> str:
    """A mail's plain text."""
    body = mail.get_body(("plain",))
    assert body
    return str(body.get_content())


def token_of(text: str, page: str) -> str:
    """The token in a mail's link to a page."""
    found = re.search(rf"/{page}\.html#(\S+)", text)
    assert found, text
    return found[1]


def subscriber(shop: Shop, **more: Any) -> Buyer:
    """A buyer with a month of pro from now on, its document sent."""
    buyer = shop.buyer()
    buyer.paid(**more)
    return buyer


def link(shop: Shop) -> str:
    """The token of the renewal in the youngest reminder."""
    return token_of(text_of(reminders(shop)[-1]), "renew")


def show(shop: Shop, token: str, language: str = "vi") -> Answer:
    """GET /renewals/{token}, without any sign-in."""
    return shop.request("GET /renewals/{token}", path={"token": token}, headers={"accept-language": language})


def buy(shop: Shop, token: str, headers: Mapping[str, str] | None = None, **body: Any) -> Answer:
    """POST /renewals/{token}, without any sign-in."""
    wanted = {"payment_provider": "vnpay", **body}
    return shop.request(
        "POST /renewals/{token}", json.dumps(wanted), path={"token": token}, headers=dict(headers or {})
    )
