"""The payments queue's consumer: credits quota, issues documents, writes to buyers. Each message on its own."""

import json
from typing import Any

from billing.adapters.announcing import announcing_table
from billing.adapters.clock import SystemClock
from billing.adapters.dynamodb.refund_news import RefundNewsTable
from billing.adapters.dynamodb.settlements import SettlementTable
from billing.adapters.files import DocumentBucket
from billing.adapters.log import count, log
from billing.adapters.mailer import SesMailer
from billing.adapters.settings import Settings
from billing.domain.invoices import Invoice
from billing.service.messages import read
from billing.service.refund_news import RefundNews, RefundTeller
from billing.service.settlement import Consumer

settings = Settings()
sender = settings.required("SENDER_ADDRESS")


class Rendering:
    """The `Documents` and `RefundLetters` ports. Libraries are loaded with the first use, after quota was credited."""

    def pdf(self, invoice: Invoice) -> bytes:
        """The document."""
        from documents.pdf import render_pdf

        return render_pdf(invoice)

    def mail(self, invoice: Invoice, pdf: bytes) -> bytes:
        """The message that carries it."""
        from documents.mail import compose_mail

        return compose_mail(invoice, pdf, sender, settings.required("APP_URL"))

    def refund_mail(self, news: RefundNews) -> bytes:
        """The message that money went back."""
        from documents.refund_mail import compose_refund_mail

        return compose_refund_mail(news, sender, settings.required("APP_URL"))


table, rendering, mailer, clock = announcing_table(settings), Rendering(), SesMailer(sender), SystemClock()
consumer = Consumer(
    settlements=SettlementTable(table),
    documents=rendering,
    files=DocumentBucket(settings.required("DOCUMENTS_BUCKET")),
    mailer=mailer,
    clock=clock,
)
teller = RefundTeller(RefundNewsTable(table), rendering, mailer, clock)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Settles each record; those that failed are named, and only they come again."""
    failed = [record["messageId"] for record in event["Records"] if not settled(record)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def settled(record: dict[str, Any]) -> bool:
    """Whether the record is done with."""
    try:
        outcome = processed(json.loads(record["body"]))
    except Exception:  # noqa: BLE001 - one message's failure is its own: it comes again, the others are done
        log("error", "message failed", exc_info=True, message_id=record["messageId"])
        return False
    log("info", "message settled", outcome=outcome, message_id=record["messageId"])
    if outcome in {"exception", "noted"}:
        count("PaymentException")
    return True


def processed(message: dict[str, Any]) -> str:
    """What became of a message: about a refund, or else about a payment."""
    if "refund_id" in message:
        return teller.tell(message["refund_id"], message["order_id"])
    return consumer.process(read(message))
