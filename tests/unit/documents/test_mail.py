"""The e-mail as a mail program takes it apart."""

import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import compat32, default

import pytest
from jinja2 import UndefinedError

from billing.domain.invoices import Invoice
from documents.letter import environment, texts_of
from documents.mail import compose_mail, context, letter_of
from tests.support.invoices import SELLER, line, receipt, vat_invoice
from tests.support.mails import Reader

PDF = b"%PDF-1.7 \x00\xff stands for the document"
SENDER = "hoadon@goi.example"
APP_URL = "https://app.goi.example/app"
HOSTILE = """<script>alert("x")</script> & {{ 7*7 }} {% x %} 'Ánh'"""


def mail_of(invoice: Invoice, sender: str = SENDER, app_url: str = APP_URL) -> EmailMessage:
    message = message_from_bytes(compose_mail(invoice, PDF, sender, app_url), policy=default)
    assert isinstance(message, EmailMessage)
    assert not [defect for part in message.walk() for defect in part.defects]
    return message


def body(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    assert part is not None
    return str(part.get_content())


def raw_header(invoice: Invoice, name: str) -> str:
    """A header decoded by the older of Python's two decoders, which keeps white space within encoded words as it is."""
    message = message_from_bytes(compose_mail(invoice, PDF, SENDER, APP_URL), policy=compat32)
    return str(make_header(decode_header(message[name])))


def test_headers_name_the_seller_the_buyer_and_the_purchase() -> None:
    message = mail_of(receipt())
    assert message["From"] == f"{SELLER.name} <{SENDER}>"
    assert message["To"] == "anh.nguyen@huongduong.example"
    assert message["Reply-To"] == SELLER.email
    assert message["Subject"] == (
        "Công ty TNHH Phần mềm Vân Mây: biên nhận BL26-00000001 – Gói Pro, 3 tháng, 897.000 ₫"
    )
    assert message["Date"].datetime == datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC)
    assert message["Message-ID"] == "<inv_k3v6u2a7c4q5n2d7s3m6b5x4w2@goi.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "vi"


@pytest.mark.parametrize(
    ("invoice", "subject"),
    [
        (vat_invoice(), "hóa đơn 1C26TGO-00000001 – Gói Pro, 3 tháng, 897.000 ₫"),
        (vat_invoice(language="en"), "invoice 1C26TGO-00000001 – Gói Pro, 3 tháng, ₫897,000"),
        (receipt(language="en", lines=(line("Pro"), line("Extra"))), "receipt BL26-00000001 – Pro (+1), ₫1,794,000"),
    ],
)
def test_subjects(invoice: Invoice, subject: str) -> None:
    assert mail_of(invoice)["Subject"] == f"{SELLER.name}: {subject}"


def test_the_message_has_text_html_and_the_document() -> None:
    message = mail_of(vat_invoice())
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
    ]
    [attachment] = message.iter_attachments()
    assert attachment.get_filename() == "hoa-don-1C26TGO-00000001.pdf"
    assert attachment.get_content_disposition() == "attachment"
    assert attachment.get_content() == PDF


@pytest.mark.parametrize("subtype", ["plain", "html"])
@pytest.mark.parametrize(
    ("kind", "language", "expected"),
    [
        (
            "vat_invoice",
            "vi",
            ("Hóa đơn giá trị gia tăng", "1C26TGO", "đến 23/02/2027", "Tổng tiền thanh toán", "807.300 ₫"),
        ),
        ("receipt", "vi", ("Biên nhận thanh toán", "BL26", "Giảm giá theo mã CHAO", "-89.700 ₫", "59.800 ₫", "VNPAY")),
        ("vat_invoice", "en", ("VAT invoice", "1C26TGO", "until 23 Feb 2027", "Total", "₫807,300", "VAT at 8%")),
        ("receipt", "en", ("Payment receipt", "BL26", "Discount, code CHAO", "-₫89,700", "Thank you", "14422574")),
    ],
)
def test_both_bodies_say_what_was_bought_and_paid(
    kind: str, language: str, expected: tuple[str, ...], subtype: str
) -> None:
    make = {"vat_invoice": vat_invoice, "receipt": receipt}[kind]
    content = body(mail_of(make(language=language, discount=89_700, coupon_code="CHAO")), subtype)
    shown = Reader(content).shown if subtype == "html" else content
    for words in (*expected, "Gói Pro, 3 tháng", "00000001"):
        assert words in shown


@pytest.mark.parametrize("app_url", ["https://app.goi.example/app", "https://app.goi.example/app/"])
def test_the_link_leads_to_the_account_page(app_url: str) -> None:
    message = mail_of(receipt(), app_url=app_url)
    assert Reader(body(message, "html")).links == ["https://app.goi.example/app/account.html"]
    assert "https://app.goi.example/app/account.html" in body(message, "plain")


def test_english_mail_has_no_vietnamese_wording() -> None:
    seller = replace(SELLER, name="Goi", address="12 Tran Phu, Hanoi", bank_name="")
    english = replace(line("Pro plan, 3 months"), unit="month")
    message = mail_of(receipt(language="en", lines=(english,), seller=seller, discount=1, credit=2, waived=3))
    for subtype in ("plain", "html"):
        without_currency = body(message, subtype).replace("₫", "").replace("–", "").replace("×", "")
        assert without_currency.isascii(), "a Vietnamese word was left"


def test_the_same_record_gives_the_same_bytes() -> None:
    one, other = (compose_mail(vat_invoice(), PDF, SENDER, APP_URL) for _ in range(2))
    assert one == other
    assert compose_mail(vat_invoice(number=2), PDF, SENDER, APP_URL) != one


def test_the_message_is_plain_ascii_in_short_lines_for_any_mail_server() -> None:
    raw = compose_mail(vat_invoice(), PDF * 1000, SENDER, APP_URL)
    assert raw.isascii()
    assert b"\r\n" in raw
    assert not re.search(rb"(?<!\r)\n", raw)
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_html_in_names_is_shown_and_not_run() -> None:
    seller = replace(SELLER, name=HOSTILE, address=HOSTILE)
    message = mail_of(receipt(seller=seller, lines=(line(HOSTILE),), coupon_code=HOSTILE, discount=1))
    page = Reader(body(message, "html"))
    assert "script" not in page.elements
    assert page.shown.count(HOSTILE) >= 4
    assert body(message, "plain").count(HOSTILE) >= 3
    assert raw_header(receipt(seller=seller), "From") == f"{HOSTILE} <{SENDER}>"


@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r", "\x0b", "\u2028", "\x85"])
def test_line_breaks_in_names_cannot_add_headers(newline: str) -> None:
    name = f"Goi{newline}Bcc: everyone@example.org"
    message = mail_of(receipt(seller=replace(SELLER, name=name), lines=(line(name),)))
    assert message["Bcc"] is None
    assert message["From"].addresses[0].display_name == "Goi Bcc: everyone@example.org"
    assert "Goi Bcc: everyone@example.org" in message["Subject"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b.example\r\nBcc: c@d.example",
        "a@b.example\nBcc: c@d.example",
        "a@b.example, c@d.example",
        "A <a@b.example>",
        "a b@c.example",
        "ánh@huongduong.example",
        "a@b.example ",
    ],
)
def test_what_is_not_one_bare_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="cannot stand in a header"):
        compose_mail(receipt(email=address), PDF, SENDER, APP_URL)
    with pytest.raises(ValueError, match="cannot stand in a header"):
        compose_mail(receipt(), PDF, address, APP_URL)


def test_an_id_that_could_break_a_header_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot stand in a header"):
        compose_mail(receipt(id="inv_1>\r\nBcc: a@b.example"), PDF, SENDER, APP_URL)


def test_long_subjects_survive_folding() -> None:
    description = "Gói Doanh nghiệp nâng cao " * 12
    message = mail_of(vat_invoice(lines=(line(description.strip()),)))
    assert unicodedata.normalize("NFC", message["Subject"]).endswith(f"{description.strip()}, 897.000 ₫")


def test_a_seller_without_a_usable_address_gets_no_reply_header() -> None:
    assert mail_of(receipt(seller=replace(SELLER, email="")))["Reply-To"] is None


def test_an_evening_in_utc_is_the_next_day_for_the_reader() -> None:
    """T47, in the mail too."""
    evening = datetime(2026, 11, 30, 20, 0, tzinfo=UTC)
    text = body(mail_of(receipt(period_start=evening, period_end=datetime(2026, 12, 31, 20, 0, tzinfo=UTC))), "plain")
    assert "01/12/2026 – 01/01/2027" in text


@pytest.mark.parametrize("name", ["mail.vi.txt", "mail.en.txt", "mail.vi.html", "mail.en.html"])
def test_a_template_that_uses_an_unknown_name_fails(name: str) -> None:
    words = texts_of(letter_of(receipt()), context(receipt(), APP_URL))
    template = environment().get_template(name)
    assert template.render(words)
    for missing in ("total", "lines", "invoice", "account_url", "period_end"):
        with pytest.raises(UndefinedError):
            template.render({key: value for key, value in words.items() if key != missing})
