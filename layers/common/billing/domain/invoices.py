"""Documents of a sale: the VAT invoice that was asked for, otherwise a receipt.

A document is frozen when it gets its number: series, number, time and every figure are stored in one transaction, and
the PDF is made from that record alone. Issued documents never change.
"""

from dataclasses import dataclass
from datetime import datetime

from billing.domain.kinds import BuyerType, Kind, Language, TaxKind


@dataclass(frozen=True, slots=True)
class Seller:
    """The seller as printed on documents."""

    name: str
    tax_code: str
    address: str
    email: str
    phone: str = ""
    website: str = ""
    bank_account: str = ""
    bank_name: str = ""


@dataclass(frozen=True, slots=True)
class Buyer:
    """The buyer's details as given for a VAT invoice; `tax_code` is compact (digits, branch after a hyphen)."""

    buyer_type: BuyerType
    name: str
    tax_code: str = ""
    address: str = ""
    email: str = ""
    national_id: str = ""


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One line: `amount` = `quantity` x `unit_amount`, all in dong."""

    description: str
    unit: str
    quantity: int
    unit_amount: int
    amount: int


@dataclass(frozen=True, slots=True)
class Invoice:
    """The frozen record of an issued document. Money in minor units of `currency`, times aware UTC.

    `subtotal` = sum of lines; `total` = `subtotal` - `discount` - `credit` - `waived` (+ `tax` when prices exclude it).
    """

    id: str
    kind: Kind
    form: str
    symbol: str
    number: int
    issued_at: datetime
    language: Language
    timezone: str
    order_id: str
    account_id: str
    email: str
    seller: Seller
    buyer: Buyer | None
    lines: tuple[DocumentLine, ...]
    currency: str
    subtotal: int
    discount: int
    coupon_code: str
    credit: int
    waived: int
    tax: int
    tax_rate_bp: int
    tax_kind: TaxKind
    tax_inclusive: bool
    total: int
    payment_provider: str
    payment_reference: str
    paid_at: datetime | None
    period_start: datetime
    period_end: datetime

    @property
    def series(self) -> str:
        """Form and symbol as printed together, e.g. "1C26TGO"."""
        return f"{self.form}{self.symbol}"

    @property
    def number_text(self) -> str:
        """The number as printed: eight digits."""
        return f"{self.number:08d}"

    @property
    def net(self) -> int:
        """The amount before tax."""
        return self.total - self.tax

    @property
    def filename(self) -> str:
        """The attachment's name, without the ending: "hoa-don-1C26TGO-00000001"."""
        word = {"vat_invoice": "hoa-don", "receipt": "bien-nhan"}[self.kind]
        return f"{word}-{self.series}-{self.number_text}"


def pdf_name(invoice: Invoice) -> str:
    """Where the document is kept."""
    return f"documents/{invoice.id}.pdf"
