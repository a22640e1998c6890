"""The shape of catalog.yaml. docs/catalogue.md explains each key; a test compares the two.

Every model dumps to exactly the published document. Types carry an `Expected`: what completes "expected ...".
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
)
from stdnum.exceptions import ValidationError as InvalidNumber
from stdnum.vn import mst

from billing.domain.coupons import CODE
from billing.domain.text import clean_line, is_email
from billing.domain.times import from_text, to_text

MAX_AMOUNT = 100_000_000_000
MAX_QUOTAS = 40
"""A purchase stores one grant for each quota, and all of it has to fit one transaction of 100 writes."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a value has to be, in words."""

    words: str


def _line(maximum: int) -> AfterValidator:
    def check(text: str) -> str:
        line = clean_line(text)
        if len(line) > maximum:
            raise ValueError(f"longer than {maximum}")
        return line

    return AfterValidator(check)


def _checked_day(text: str) -> str:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError("not YYYY-MM-DD")
    return date.fromisoformat(text).isoformat()


def _checked_moment(text: str) -> str:
    if not re.match(r"20\d\d-\d\d-\d\d[T ]\d\d:\d\d", text):
        raise ValueError("not a date with a time")
    return to_text(from_text(text))


def _checked_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (KeyError, OSError) as error:  # a folder of zones, like "Asia", is an OSError
        raise ValueError(str(error)) from None


def _checked_tax_code(text: str) -> str:
    try:
        return str(mst.format(mst.validate(text)))
    except InvalidNumber as error:
        raise ValueError(str(error)) from None


def _checked_email(text: str) -> str:
    if not is_email(text):
        raise ValueError("no address")
    return text


def _checked_code(text: str) -> str:
    code = text.upper()
    if not CODE.fullmatch(code):
        raise ValueError("no code")
    return code


Dong = Annotated[int, Field(ge=0, le=MAX_AMOUNT), Expected("a whole number of dong")]
PositiveDong = Annotated[int, Field(ge=1, le=MAX_AMOUNT), Expected("a whole number of dong")]
Count = Annotated[int, Field(ge=0, le=MAX_AMOUNT), Expected("a whole number")]
Limit = Annotated[int, Field(ge=1, le=MAX_AMOUNT), Expected("a whole number")]
Version = Annotated[int, Field(ge=1, le=999_999), Expected("a whole number")]
RateBp = Annotated[int, Field(ge=0, le=10_000), Expected("a rate in basis points (800 is 8 %)")]
PercentBp = Annotated[int, Field(ge=1, le=10_000), Expected("a percentage in basis points (1000 is 10 %)")]
Flag = Annotated[bool, Expected("true or false")]
Identifier = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$"),
    Expected("an id of lower-case letters, digits, _ and -, beginning with a letter, at most 40 long"),
]
Title = Annotated[str, StringConstraints(min_length=1), _line(60), Expected("one line of text, at most 60 characters")]
Sentence = Annotated[
    str, StringConstraints(min_length=1), _line(300), Expected("one line of text, at most 300 characters")
]
OptionalLine = Annotated[str, _line(120), Expected("one line of text, at most 120 characters")]
Day = Annotated[str, AfterValidator(_checked_day), Expected("a day as YYYY-MM-DD")]
Moment = Annotated[
    str, AfterValidator(_checked_moment), Expected("a moment with its offset, like 2026-12-31T00:00:00+07:00")
]
Zone = Annotated[str, AfterValidator(_checked_zone), Expected("a time zone like Asia/Ho_Chi_Minh")]
TaxCode = Annotated[
    str,
    AfterValidator(_checked_tax_code),
    Expected("a Vietnamese tax code (10 or 13 digits, the check digit right)"),
]
Email = Annotated[str, AfterValidator(_checked_email), Expected("an e-mail address")]
Website = Annotated[
    str,
    StringConstraints(pattern=r"^(https?://[^\s/]+\.[^\s]+)?$", max_length=120),
    Expected("an address that begins with https://"),
]
Code = Annotated[
    str,
    AfterValidator(_checked_code),
    Expected("a code of letters, digits, _ and -, beginning with a letter or digit, at most 40 long"),
]
InvoiceForm = Annotated[str, StringConstraints(pattern=r"^[1-9]$"), Expected('the invoice form as one digit, like "1"')]
InvoiceSymbol = Annotated[
    str,
    StringConstraints(pattern=r"^[CK]\{yy\}[A-Z]{3}$"),
    Expected('an invoice symbol like "C{yy}TGO" (C or K, the year, three letters)'),
]
ReceiptForm = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z0-9]{0,4}$"),
    Expected("at most four capitals or digits, or nothing"),
]
ReceiptSymbol = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z0-9]{0,6}(\{yy\})?[A-Z0-9]{0,6}$", min_length=1),
    Expected('a symbol of capitals and digits like "BL{yy}"'),
]
Interval = Annotated[Literal["month", "year"], Expected('"month" or "year"')]
TaxKind = Annotated[Literal["taxable", "not_subject", "exempt"], Expected('"taxable", "not_subject" or "exempt"')]
QuotaType = Annotated[Literal["metered", "limit", "switch"], Expected('"metered", "limit" or "switch"')]
Per = Annotated[Literal["month", "term"], Expected('"month" or "term"')]
CreditRule = Annotated[Literal["smaller", "time"], Expected('"smaller" or "time"')]
Months = Annotated[int, Field(ge=1, le=36), Expected("a whole number of months")]
Days = Annotated[int, Field(ge=1, le=366), Expected("a whole number of days")]
CouponKind = Annotated[Literal["percent", "amount"], Expected('"percent" or "amount"')]


class Part(BaseModel):
    """A mapping of the file: unknown keys and values of another type are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, populate_by_name=False)


class Name(Part):
    """A short text in both languages."""

    vi: Title
    en: Title


class Text(Part):
    """A sentence in both languages."""

    vi: Sentence
    en: Sentence


class TaxRate(Part):
    """The VAT that applies from a day on."""

    since: Day = Field(alias="from")
    kind: TaxKind
    rate_bp: RateBp


class Seller(Part):
    """Who sells, as printed on documents."""

    name: Sentence
    tax_code: TaxCode
    address: Sentence
    email: Email
    phone: OptionalLine = ""
    website: Website = ""
    bank_account: OptionalLine = ""
    bank_name: OptionalLine = ""


class InvoiceSeries(Part):
    """A series of VAT invoices."""

    form: InvoiceForm
    symbol: InvoiceSymbol


class ReceiptSeries(Part):
    """A series of receipts."""

    form: ReceiptForm = ""
    symbol: ReceiptSymbol


class Series(Part):
    """The series of each kind of document."""

    vat_invoice: Annotated[list[InvoiceSeries], Field(min_length=1), Expected("a list of at least one series")]
    receipt: Annotated[list[ReceiptSeries], Field(min_length=1), Expected("a list of at least one series")]


class Price(Part):
    """What one month or one year costs."""

    interval: Interval
    amount: Dong


class Rollover(Part):
    """What is left of a month moves on into the next."""

    max: Limit
    min: Limit = 1


class Quota(Part):
    """What the plan gives of one feature."""

    feature: Identifier
    name: Name
    type: QuotaType
    amount: Count
    per: Per | None = None
    rollover: Rollover | None = None

    @model_serializer(mode="wrap")
    def _without_nothing(self, inner: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Versions that were published before there was a `rollover` stay as they are: it is left out where none is."""
        document: dict[str, Any] = inner(self)
        if self.rollover is None:
            del document["rollover"]
        return document


Quotas = Annotated[list[Quota], Field(max_length=MAX_QUOTAS), Expected(f"a list of at most {MAX_QUOTAS} quotas")]
PlanIds = Annotated[list[Identifier], Field(min_length=1), Expected("a list of at least one id of a plan or an add-on")]
Intervals = Annotated[list[Interval], Field(min_length=1), Expected("a list of at least one interval")]


class Trial(Part):
    """How long an account may try a plan, once: months or days."""

    months: Months | None = None
    days: Days | None = None


class Plan(Part):
    """One version of a plan."""

    id: Identifier
    version: Version
    rank: Count
    featured: Flag = False
    contact_sales: Flag = False
    free: Flag = False
    name: Name
    description: Text
    prices: list[Price] = []
    quotas: Quotas
    highlights: list[Text] = []
    trial: Trial | None = None


class Addon(Part):
    """One version of an add-on: a pack of a metered feature, bought beside any plan."""

    id: Identifier
    version: Version
    name: Name
    price: PositiveDong
    feature: Identifier
    amount: Limit
    valid_months: Months | None = None


class Coupon(Part):
    """A discount code. None: no such restriction."""

    code: Code
    kind: CouponKind
    percent_bp: PercentBp | None = None
    cap: PositiveDong | None = None
    amount: PositiveDong | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    max_redemptions: Limit | None = None
    max_per_account: Limit | None = None
    plans: PlanIds | None = None
    intervals: Intervals | None = None
    minimum_quantity: Limit | None = None
    first_purchase_only: Flag = False
    paused: Flag = False


class Catalogue(Part):
    """The whole file."""

    currency: Annotated[Literal["VND"], Expected('"VND"')]
    tax_inclusive: Flag
    timezone: Zone = "Asia/Ho_Chi_Minh"
    tax_rates: Annotated[list[TaxRate], Field(min_length=1), Expected("a list of at least one rate")]
    seller: Seller
    series: Series
    credit: CreditRule = "smaller"
    plans: Annotated[list[Plan], Field(min_length=1), Expected("a list of at least one plan")]
    addons: list[Addon] = []
    coupons: list[Coupon] = []
