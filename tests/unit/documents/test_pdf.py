"""The PDF as its reader sees it: the text is taken out of the file again."""

import hashlib
import re
import subprocess
import sys
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PageObject, PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

from billing.domain.invoices import Buyer, Invoice
from documents.pdf import render_pdf
from tests.support.invoices import COMPANY, INDIVIDUAL, SELLER, line, receipt, vat_invoice

HOSTILE = (
    """Ánh "&" Dương's <b>#sys.inputs</b> $x^2$ @ref \\server\\n *đậm* _nghiêng_ `mã` = - + / // /* */ """
    """[a](b) {{ 7*7 }} {% x %} ~ --- ... <label> #panic() #read("/etc/passwd") https://goi.example"""
)
ZERO_WIDTH_SPACE = "\u200b"


def reader_of(invoice: Invoice) -> PdfReader:
    return PdfReader(BytesIO(render_pdf(invoice)), strict=True)


def text_of(invoice: Invoice) -> str:
    """All the text, white space and line breaks as one space each, without break opportunities in long words."""
    pages = (page.extract_text() for page in reader_of(invoice).pages)
    return unicodedata.normalize("NFC", " ".join(" ".join(pages).replace(ZERO_WIDTH_SPACE, "").split()))


def compact(text: str) -> str:
    """Without any white space: where a line was broken no longer matters."""
    return re.sub(r"\s", "", text)


def amounts(text: str) -> list[int]:
    """Every amount in dong that the text shows, in order."""
    return [int(found.replace(".", "")) for found in re.findall(r"(-?\d+(?:\.\d{3})*) ₫", text)]


def test_a_vat_invoice_shows_who_sold_what_to_whom() -> None:
    text = text_of(vat_invoice())
    assert "HÓA ĐƠN GIÁ TRỊ GIA TĂNG" in text
    assert "Mẫu số và ký hiệu 1C26TGO" in text
    assert "Số 00000001" in text
    assert "Ngày 23 tháng 11 năm 2026" in text
    for detail in (SELLER.name, SELLER.tax_code, SELLER.address, SELLER.email, SELLER.phone, SELLER.bank_account):
        assert detail in text
    for detail in (COMPANY.name, COMPANY.tax_code, COMPANY.address, COMPANY.email):
        assert detail in text
    assert "STT Tên hàng hóa, dịch vụ Đơn vị Số lượng Đơn giá Thành tiền" in text
    assert "1 Gói Pro, 3 tháng tháng 3 299.000 ₫ 897.000 ₫" in text
    assert "Tám trăm chín mươi bảy nghìn đồng" in text


def test_a_receipt_shows_the_account_and_says_that_it_is_no_vat_invoice() -> None:
    text = text_of(receipt())
    assert "BIÊN NHẬN THANH TOÁN" in text
    assert "Ký hiệu BL26" in text
    assert "anh.nguyen@huongduong.example" in text
    assert "acc-1042" in text
    assert "không phải là hóa đơn giá trị gia tăng" in text
    assert "HÓA ĐƠN" not in text


def test_a_receipt_in_english_has_no_vietnamese_wording() -> None:
    text = text_of(receipt(language="en", lines=(line("Pro plan, 3 months"),)))
    assert "PAYMENT RECEIPT" in text
    assert "23 November 2026" in text
    assert "Total ₫897,000" in text
    assert "Eight hundred ninety-seven thousand dong" in text
    assert "23 Nov 2026 – 23 Feb 2027" in text
    assert "It is not a VAT invoice" in text
    for vietnamese in ("BIÊN NHẬN", "Thuế", "đồng", "Ngày"):
        assert vietnamese not in text


def test_a_vat_invoice_for_an_english_reader_keeps_the_vietnamese_wording() -> None:
    text = text_of(vat_invoice(language="en"))
    for wording in ("HÓA ĐƠN GIÁ TRỊ GIA TĂNG", "Ngày 23 tháng 11 năm 2026", "Tám trăm chín mươi bảy nghìn đồng"):
        assert wording in text
    for wording in ("VAT INVOICE", "23 November 2026", "Eight hundred ninety-seven thousand dong", "Unit price"):
        assert wording in text


def test_an_individual_is_shown_with_the_personal_id() -> None:
    text = text_of(vat_invoice(buyer=INDIVIDUAL))
    assert "Họ tên Nguyễn Thị Ngọc Ánh" in text
    assert "Số định danh cá nhân 024000000001" in text
    assert text.count("Mã số thuế") == 1, "the seller's only"


def test_the_document_is_honest_about_the_missing_signature() -> None:
    assert "không mang chữ ký số của bên bán" in text_of(vat_invoice())


def test_the_payment_and_the_period_are_named() -> None:
    text = text_of(receipt())
    assert "VNPAY" in text
    assert "14422574" in text
    assert "23/11/2026 10:04:02 (GMT+7)" in text
    assert "23/11/2026 – 23/02/2027" in text


def test_the_figures_add_up_as_printed() -> None:
    invoice = vat_invoice(discount=89_700, coupon_code="CHAOMUNG10", credit=100_000, waived=300)
    text = text_of(invoice)
    unit, amount, subtotal, discount, credit, waived, net, tax, total = amounts(text)
    assert (unit * 3, amount) == (amount, subtotal)
    assert (discount, credit, waived) == (-89_700, -100_000, -300)
    assert subtotal + discount + credit + waived == total
    assert net + tax == total
    assert "Giảm giá theo mã CHAOMUNG10 -89.700 ₫" in text
    assert f"Thuế GTGT (thuế suất 8%) {tax // 1000}.{tax % 1000:03d} ₫" in text


def test_figures_add_up_where_prices_exclude_the_tax() -> None:
    text = text_of(vat_invoice(tax_inclusive=False, discount=897))
    _, _, subtotal, discount, net, tax, total = amounts(text)
    assert subtotal + discount == net
    assert net + tax == total == 967_791
    assert "chưa bao gồm thuế GTGT" in text


def test_a_discount_is_said_to_come_before_the_tax() -> None:
    """T35: the rule is fixed, and printed on the document."""
    rule = "Giảm giá được trừ trước khi tính thuế GTGT."
    assert rule in text_of(vat_invoice(discount=89_700))
    assert rule not in text_of(vat_invoice())


def test_prices_are_said_to_include_the_tax() -> None:
    assert "Đơn giá và thành tiền đã bao gồm thuế GTGT." in text_of(vat_invoice())


@pytest.mark.parametrize(
    ("kind", "language", "wording"),
    [
        ("not_subject", "vi", "Thuế GTGT Không chịu thuế"),
        ("exempt", "vi", "Thuế GTGT Miễn thuế"),
        ("not_subject", "en", "VAT Not subject to VAT"),
        ("exempt", "en", "VAT Exempt from VAT"),
    ],
)
def test_the_reason_stands_where_there_is_no_tax(kind: str, language: str, wording: str) -> None:
    text = text_of(receipt(tax_kind=kind, tax_rate_bp=0, language=language))
    assert wording in text
    assert "0%" not in text


def test_a_free_order_has_its_document_too() -> None:
    """T34: a coupon of 100 % skips the provider and still issues the documents."""
    text = text_of(
        receipt(discount=897_000, coupon_code="FREE", payment_provider="", payment_reference="", paid_at=None)
    )
    assert "Tổng tiền thanh toán 0 ₫" in text
    assert "Không đồng" in text
    assert "Không phát sinh thanh toán" in text


@pytest.mark.parametrize("language", ["vi", "en"])
def test_dong_have_no_decimals_anywhere(language: str) -> None:
    """T44: 897000 is 897.000 ₫, never 8.970,00."""
    text = text_of(vat_invoice(language=language))
    separator = {"vi": ",", "en": "."}[language]
    assert not re.search(rf"\d\{separator}\d\d(?!\d)", text)
    assert {"vi": "897.000 ₫", "en": "₫897,000"}[language] in text


def test_an_evening_in_utc_is_issued_the_next_day_in_vietnam() -> None:
    """T47: 20:00 UTC on the 30th is the 1st in Hanoi."""
    evening = datetime(2026, 11, 30, 20, 0, tzinfo=UTC)
    text = text_of(vat_invoice(issued_at=evening, paid_at=evening, period_start=evening))
    assert "Ngày 01 tháng 12 năm 2026" in text
    assert "01/12/2026 03:00:00 (GMT+7)" in text
    assert "01/12/2026 – 23/02/2027" in text
    assert "30/11/2026" not in text


def test_the_same_record_gives_the_same_bytes() -> None:
    invoice = vat_invoice(discount=89_700)
    assert render_pdf(invoice) == render_pdf(replace(invoice))
    assert render_pdf(invoice) != render_pdf(replace(invoice, number=2))


def test_neither_process_nor_zone_nor_locale_changes_the_bytes() -> None:
    here = hashlib.sha256(render_pdf(vat_invoice())).hexdigest()
    program = (
        "import hashlib; from documents.pdf import render_pdf; from tests.support.invoices import vat_invoice; "
        "print(hashlib.sha256(render_pdf(vat_invoice())).hexdigest())"
    )
    path = ".:layers/common:functions/send_invoice"
    elsewhere = {
        "PYTHONPATH": path,
        "TZ": "America/Lima",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
        "SOURCE_DATE_EPOCH": "1",
    }
    answer = subprocess.run([sys.executable, "-c", program], env=elsewhere, capture_output=True, check=True, text=True)
    assert answer.stdout.strip() == here


def test_every_time_in_the_file_is_the_time_of_issue() -> None:
    metadata = reader_of(vat_invoice()).metadata
    assert metadata is not None
    assert metadata.creation_date == metadata.modification_date == datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC)
    assert metadata.title == "HÓA ĐƠN GIÁ TRỊ GIA TĂNG 1C26TGO 00000001"
    assert metadata.author == SELLER.name


def test_all_fonts_are_embedded_and_come_with_the_package() -> None:
    names, embedded = zip(
        *(font_of(entry) for page in reader_of(vat_invoice()).pages for entry in fonts_of(page)), strict=True
    )
    assert names
    assert all("IBMPlexSans" in name for name in names)
    assert all(embedded)


def fonts_of(page: PageObject) -> list[DictionaryObject]:
    resources = cast("DictionaryObject", page["/Resources"])
    return [
        cast("DictionaryObject", font.get_object()) for font in cast("DictionaryObject", resources["/Font"]).values()
    ]


def font_of(font: DictionaryObject) -> tuple[str, bool]:
    """A font's name, and whether the file holds its outlines."""
    [descendant] = cast("ArrayObject", font["/DescendantFonts"])
    return str(font["/BaseFont"]), "/FontFile2" in descendant.get_object()["/FontDescriptor"]


def test_names_print_literally_whatever_they_look_like() -> None:
    buyer = replace(COMPANY, name=HOSTILE, address=HOSTILE)
    invoice = vat_invoice(
        buyer=buyer, lines=(line(HOSTILE),), seller=replace(SELLER, name=HOSTILE), coupon_code=HOSTILE, discount=1
    )
    printed = compact(text_of(invoice))
    assert printed.count(compact(HOSTILE)) == 5, "seller, buyer's name and address, line, coupon"


@settings(max_examples=50, deadline=None)
@given(name=st.text(st.sampled_from("aĐệ#$@\\\"'`*_<>[]{}()=-+/~&%^|;:,.!? \u2026"), min_size=1, max_size=40))
def test_no_name_is_markup(name: str) -> None:
    printed = compact(text_of(receipt(lines=(line(f"|{name}|"),))))
    assert compact(f"|{name}|") in printed


def test_marks_of_our_own_texts_are_not_filled_in_from_names() -> None:
    text = text_of(vat_invoice(coupon_code="{rate}{code}", discount=1, buyer=replace(COMPANY, name="{page}/{pages}")))
    assert "Giảm giá theo mã {rate}{code}" in text
    assert "Tên đơn vị {page}/{pages}" in text


@pytest.mark.parametrize("name", ["株式会社ゴイ", "Gói 😀", "عربي", "\x01"])
def test_characters_without_a_glyph_do_not_stop_the_document(name: str) -> None:
    text = text_of(vat_invoice(buyer=replace(COMPANY, name=name)))
    assert "Tổng tiền thanh toán 897.000 ₫" in text


def test_thirty_six_lines_run_over_pages_with_numbers_and_repeated_headings() -> None:
    lines = tuple(line(f"Gói Doanh nghiệp, tháng thứ {month}", 1, 1_299_000) for month in range(1, 37))
    pages = [" ".join(page.extract_text().split()) for page in reader_of(vat_invoice(lines=lines)).pages]
    assert len(pages) > 1
    for number, page in enumerate(pages, start=1):
        assert f"Trang {number}/{len(pages)}" in page
    assert "STT Tên hàng hóa, dịch vụ" in pages[1]
    assert all("HÓA ĐƠN GIÁ TRỊ GIA TĂNG 1C26TGO 00000001" in page for page in pages[1:])
    text = " ".join(pages)
    assert all(f"{month} Gói Doanh nghiệp, tháng thứ {month} tháng 1 1.299.000 ₫" in text for month in range(1, 37))
    assert "Tổng tiền thanh toán 46.764.000 ₫" in pages[-1]


def test_a_single_page_has_no_page_number() -> None:
    assert "Trang" not in text_of(vat_invoice())


def test_long_names_addresses_and_amounts_stay_on_the_page() -> None:
    address = " ".join(["Khu đô thị mới Nguyễn Thị Minh Khai"] * 6)[:200]
    buyer = Buyer(
        "company", "Công ty " + "Trách nhiệm hữu hạn " * 9, "0388888888-002", address, "a" * 60 + "@huongduong.example"
    )
    invoice = vat_invoice(buyer=buyer, lines=(line("Q" * 200, 36, 99_999_999_999), line("Gói " * 60)))
    text = compact(text_of(invoice))
    for expected in (buyer.name, address, buyer.email, "Q" * 200, "3.599.999.999.964 ₫"):
        assert compact(expected) in text
    for page in reader_of(invoice).pages:
        assert rightmost_text(page) < page.mediabox.right


def rightmost_text(page: PageObject) -> float:
    """Where the rightmost run of glyphs on a page starts, in points."""
    positions = [0.0]
    page.extract_text(visitor_text=lambda text, _cm, tm, _font, _size: positions.append(tm[4] if text.strip() else 0.0))
    return max(positions)
