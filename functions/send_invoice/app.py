"""The payments queue's consumer: credits quota, issues the document, sends it. Each message on its own."""

import json
from typing import Any

from billing.adapters.clock import SystemClock
from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.settlements import SettlementTable
from billing.adapters.files import DocumentBucket
from billing.adapters.log import count, log
from billing.adapters.mailer import SesMailer
from billing.adapters.settings import Settings
from billing.domain.invoices import Invoice
from billing.service.messages import read
from billing.service.settlement import Consumer

settings = Settings()
sender = settings.required("SENDER_ADDRESS")


class Rendering:
    """The `Documents` port. Its libraries are loaded with the first document, after quota was credited."""

    def pdf(self, invoice: Invoice) -> bytes:
        """The document."""
        from documents.pdf import render_pdf

        return render_pdf(invoice)

    def mail(self, invoice: Invoice, pdf: bytes) -> bytes:
        """The message that carries it."""
        from documents.mail import compose_mail

        return compose_mail(invoice, pdf, sender, settings.required("APP_URL"))


consumer = Consumer(
    settlements=SettlementTable(Table(settings.required("TABLE_NAME"))),
    documents=Rendering(),
    files=DocumentBucket(settings.required("DOCUMENTS_BUCKET")),
    mailer=SesMailer(sender),
    clock=SystemClock(),
)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Settles each record; those that failed are named, and only they come again."""
    failed = [record["messageId"] for record in event["Records"] if not settled(record)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def settled(record: dict[str, Any]) -> bool:
    """Whether the record is done with."""
    try:
        outcome = consumer.process(read(json.loads(record["body"])))
    except Exception:  # noqa: BLE001 - one message's failure is its own: it comes again, the others are done
        log("error", "message failed", exc_info=True, message_id=record["messageId"])
        return False
    log("info", "message settled", outcome=outcome, message_id=record["messageId"])
    if outcome == "exception":
        count("PaymentException")
    return True
