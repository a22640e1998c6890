"""Builders for document records."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from billing.domain.invoices import Buyer, DocumentLine, Invoice, Seller
from billing.domain.money import contained_tax

SELLER = Seller(
    name="Công ty TNHH Phần mềm Vân Mây",
    tax_code="0399999999",
    address="12 đường Hoa Sữa, phường Bến Thành, Thành phố Hồ Chí Minh",
    email="ketoan@vanmay.example",
    phone="028 0000 0000",
    website="https://vanmay.example",
    bank_account="0000 1111 2222",
    bank_name="Ngân hàng TMCP Ví Dụ, chi nhánh Sài Gòn",
)
COMPANY = Buyer(
    buyer_type="company",
    name="Công ty Cổ phần Thương mại và Dịch vụ Hướng Dương",
    tax_code="0388888888-002",
    address="Số 5 ngõ Cây Bàng, phường Sao Mai, Thành phố Hà Nội",
    email="ketoan@huongduong.example",
)
INDIVIDUAL = Buyer(
    buyer_type="individual",
    name="Nguyễn Thị Ngọc Ánh",
    address="Thôn Đông, xã Ngọc Sơn, tỉnh Bắc Ninh",
    national_id="024000000001",
)


def line(description: str = "Gói Pro, 3 tháng", quantity: int = 3, unit_amount: int = 299_000) -> DocumentLine:
    """A line whose amount fits its quantity and unit price."""
    return DocumentLine(description, "tháng", quantity, unit_amount, quantity * unit_amount)


def receipt(**changes: Any) -> Invoice:
    """A receipt of three months at 299.000 ₫ with 8 % tax inside; `changes` replace fields, totals follow the lines.

    `subtotal`, `tax` and `total` are worked out unless they are given.
    """
    record = Invoice(
        id="inv_k3v6u2a7c4q5n2d7s3m6b5x4w2",
        kind="receipt",
        form="",
        symbol="BL26",
        number=1,
        issued_at=datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC),
        language="vi",
        timezone="Asia/Ho_Chi_Minh",
        order_id="ord_p7d2w5h4t6j3r2y7f5z4e3g6l2",
        account_id="acc-1042",
        email="anh.nguyen@huongduong.example",
        seller=SELLER,
        buyer=None,
        lines=(line(),),
        currency="VND",
        subtotal=0,
        discount=0,
        coupon_code="",
        credit=0,
        waived=0,
        tax=0,
        tax_rate_bp=800,
        tax_kind="taxable",
        tax_inclusive=True,
        total=0,
        payment_provider="vnpay",
        payment_reference="14422574",
        paid_at=datetime(2026, 11, 23, 3, 4, 2, tzinfo=UTC),
        period_start=datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC),
        period_end=datetime(2027, 2, 23, 3, 4, 5, tzinfo=UTC),
    )
    return replace(replace(record, **changes), **(figures(replace(record, **changes)) | changes))


def vat_invoice(**changes: Any) -> Invoice:
    """A VAT invoice of the same sale to a company, form 1, series C26TGO."""
    return receipt(**({"kind": "vat_invoice", "form": "1", "symbol": "C26TGO", "buyer": COMPANY} | changes))


def figures(record: Invoice) -> dict[str, int]:
    """Subtotal, tax and total that agree with the lines and the reductions."""
    subtotal = sum(entry.amount for entry in record.lines)
    due = subtotal - record.discount - record.credit - record.waived
    rate = record.tax_rate_bp if record.tax_kind == "taxable" else 0
    if record.tax_inclusive:
        return {"subtotal": subtotal, "tax": contained_tax(due, rate), "total": due}
    tax = (2 * due * rate + 10_000) // 20_000
    return {"subtotal": subtotal, "tax": tax, "total": due + tax}
