"""The e-mail that brings a document to the buyer, the PDF attached."""

from typing import Any

from billing.domain.dates import format_date
from billing.domain.invoices import Invoice
from billing.domain.money import format_money
from documents.letter import Attachment, Letter, compose
from documents.texts import TEXTS
from documents.view import Voice, money_writer, sale_rows, sum_rows


def compose_mail(invoice: Invoice, pdf: bytes, sender: str, app_url: str) -> bytes:
    """The complete MIME message for the account that paid, ready to be handed to the mail service.

    `sender` is a bare address; the seller's name stands before it. `app_url` is where the dashboard is served.
    `ValueError` if an address or the record's id could not stand in a header.
    """
    attachment = Attachment(f"{invoice.filename}.pdf", pdf)
    return compose(letter_of(invoice), context(invoice, app_url), sender, attachment)


def letter_of(invoice: Invoice) -> Letter:
    """Who writes to whom, and about what."""
    return Letter(
        id=invoice.id,
        seller=invoice.seller,
        email=invoice.email,
        language=invoice.language,
        subject=subject(invoice),
        date=invoice.issued_at,
        template="mail",
    )


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
