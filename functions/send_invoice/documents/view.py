"""From the stored record to what the page says: every label and figure as text, in the order it is printed.

The template only lays this out. Nothing is added up here or there: the record holds every figure.
"""

from collections.abc import Callable, Iterator
from typing import Any

from billing.domain.dates import date_in_words, format_date, format_moment
from billing.domain.invoices import Invoice, Seller
from billing.domain.money import format_money, format_rate
from billing.domain.words import amount_in_words
from documents.texts import TEXTS, provider_name

Wording = dict[str, str]
"""A wording as printed: `main`, and `sub` in small beside it (empty if the document speaks one language)."""
Row = tuple[Wording, Wording]
"""A label and what stands beside it."""

COLUMNS = ("number", "description", "unit", "quantity", "unit_amount", "amount")


def plain(text: str) -> Wording:
    """A text that is the same in every language."""
    return {"main": text, "sub": ""}


class Voice:
    """The language words are in: `main`, with `sub` beside it where a text speaks two. Figures follow the reader."""

    def __init__(self, main: str, sub: str = "") -> None:
        self.main = main
        self.sub = sub
        self.figures = sub or main

    def each(self, word: Callable[[str], str]) -> Wording:
        """What `word` says in each of the languages; said once where both say the same."""
        main = word(self.main)
        sub = word(self.sub) if self.sub else ""
        return {"main": main, "sub": "" if sub == main else sub}

    def say(self, key: str, **params: str) -> Wording:
        """The wording of `texts.TEXTS`, its marks filled in as they are: nothing in `params` is interpreted."""
        return self.each(lambda language: TEXTS[key].spoken(language).format(**params))


def voice_of(invoice: Invoice) -> Voice:
    """How a document speaks: a receipt in its reader's language.

    A VAT invoice is always worded in Vietnamese, as the rules for invoices want it; for an English reader the English
    wording stands beside it.
    """
    return Voice("vi", "en") if (invoice.kind, invoice.language) == ("vat_invoice", "en") else Voice(invoice.language)


def page_of(invoice: Invoice) -> dict[str, Any]:
    """Everything on the page, ready for JSON; invoice.typ shows where each part goes."""
    voice = voice_of(invoice)
    money = money_writer(invoice, voice)
    return {
        "language": voice.main,
        "title": voice.say(f"title.{invoice.kind}"),
        "name": f"{invoice.series} {invoice.number_text}",
        "date": voice.each(lambda language: date_in_words(invoice.issued_at, invoice.timezone, language)),
        "numbering": list(numbering(invoice, voice)),
        "seller": {"name": invoice.seller.name, "rows": list(seller_rows(invoice.seller, voice))},
        "buyer": {"title": voice.say("buyer"), "rows": list(buyer_rows(invoice, voice))},
        "sale": {"title": voice.say("sale"), "rows": list(sale_rows(invoice, voice))},
        "columns": [voice.say(f"column.{name}") for name in COLUMNS],
        "lines": [
            [str(index), line.description, line.unit, str(line.quantity), money(line.unit_amount), money(line.amount)]
            for index, line in enumerate(invoice.lines, start=1)
        ],
        "sums": list(sum_rows(invoice, voice, money)),
        "total": (voice.say("total"), plain(money(invoice.total))),
        "words": (
            voice.say("words"),
            voice.each(lambda language: amount_in_words(invoice.total, invoice.currency, language)),
        ),
        "notes": list(notes(invoice, voice)),
        "footer": voice.say(f"footer.{invoice.kind}"),
        "page": TEXTS["page"].spoken(voice.main),
    }


def money_writer(invoice: Invoice, voice: Voice) -> Callable[[int], str]:
    """How the document writes an amount of its currency."""
    return lambda amount: format_money(amount, invoice.currency, voice.figures)


def numbering(invoice: Invoice, voice: Voice) -> Iterator[Row]:
    """Form and series, and the number within it."""
    yield voice.say("form_and_series" if invoice.form else "series"), plain(invoice.series)
    yield voice.say("number"), plain(invoice.number_text)


def seller_rows(seller: Seller, voice: Voice) -> Iterator[Row]:
    """The seller below the name; what is not known is left out."""
    bank = " – ".join(filter(None, (seller.bank_account, seller.bank_name)))
    details = {
        "tax_code": seller.tax_code,
        "address": seller.address,
        "phone": seller.phone,
        "email": seller.email,
        "website": seller.website,
        "bank_account": bank,
    }
    return rows_of(details, voice)


def buyer_rows(invoice: Invoice, voice: Voice) -> Iterator[Row]:
    """The buyer as given for a VAT invoice; without one, the account that bought."""
    buyer = invoice.buyer
    if buyer is None:
        return rows_of({"email": invoice.email, "buyer.account": invoice.account_id}, voice)
    details = {
        f"buyer.{buyer.buyer_type}": buyer.name,
        "tax_code": buyer.tax_code,
        "buyer.national_id": buyer.national_id,
        "address": buyer.address,
        "email": buyer.email or invoice.email,
    }
    return rows_of(details, voice)


def sale_rows(invoice: Invoice, voice: Voice) -> Iterator[Row]:
    """What the sale is known by: its order, the time it pays for, and the payment."""
    zone, language = invoice.timezone, voice.figures
    days = (format_date(moment, zone, language) for moment in (invoice.period_start, invoice.period_end))
    yield voice.say("period"), plain(" – ".join(days))
    provider = provider_name(invoice.payment_provider)
    yield voice.say("payment"), plain(provider) if provider else voice.say("payment.none")
    paid_at = format_moment(invoice.paid_at, zone, language) if invoice.paid_at else ""
    yield from rows_of(
        {"paid_at": paid_at, "payment.reference": invoice.payment_reference, "order": invoice.order_id}, voice
    )


def rows_of(details: dict[str, str], voice: Voice) -> Iterator[Row]:
    """A row for every detail that is known."""
    return ((voice.say(key), plain(value)) for key, value in details.items() if value)


def sum_rows(invoice: Invoice, voice: Voice, money: Callable[[int], str]) -> Iterator[Row]:
    """From the lines to the tax; reductions that are zero are left out. The total follows by itself."""
    yield voice.say("subtotal"), plain(money(invoice.subtotal))
    if invoice.discount:
        key = "discount.coupon" if invoice.coupon_code else "discount"
        yield voice.say(key, code=invoice.coupon_code), plain(money(-invoice.discount))
    if invoice.credit:
        yield voice.say("credit"), plain(money(-invoice.credit))
    if invoice.waived:
        yield voice.say("waived"), plain(money(-invoice.waived))
    yield voice.say("net"), plain(money(invoice.net))
    yield tax_row(invoice, voice, money)


def tax_row(invoice: Invoice, voice: Voice, money: Callable[[int], str]) -> Row:
    """The tax with its rate, or the reason why there is none."""
    if invoice.tax_kind != "taxable":
        return voice.say("tax"), voice.say(f"tax.{invoice.tax_kind}")
    label = voice.each(
        lambda language: TEXTS["tax.taxable"].spoken(language).format(rate=format_rate(invoice.tax_rate_bp, language))
    )
    return label, plain(money(invoice.tax))


def notes(invoice: Invoice, voice: Voice) -> Iterator[Wording]:
    """How the figures are to be read: whether prices include the tax, and what is deducted before it."""
    if invoice.tax_kind == "taxable":
        yield voice.say("note.inclusive" if invoice.tax_inclusive else "note.exclusive")
        if invoice.discount:
            yield voice.say("note.discount")
        if invoice.credit:
            yield voice.say("note.credit")
    yield voice.say("note.currency", currency=invoice.currency)
