"""What callers send, checked before anything is done with it. Types are strict: "3" is no number, nor is true."""

import hashlib
import json
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from billing.adapters.http.gateway import Request
from billing.domain.buyers import check_buyer
from billing.domain.invoices import Buyer
from billing.domain.pricing import Wish
from billing.domain.problems import FieldError, Problem
from billing.domain.text import clean_line
from billing.service.ordering import OrderRequest

MAX_KEY = 255


def line(maximum: int, minimum: int = 0) -> AfterValidator:
    """One line of text: trimmed, in NFC, without control characters, `minimum` to `maximum` characters."""

    def check(text: str) -> str:
        try:
            cleaned = clean_line(text)
        except ValueError:
            raise PydanticCustomError("line_break", "one line of text") from None
        if len(cleaned) > maximum:
            raise PydanticCustomError("too_long", "too long", {"maximum": maximum})
        if len(cleaned) < minimum:
            raise PydanticCustomError("too_short", "too short")
        return cleaned

    return AfterValidator(check)


Name = Annotated[str, line(64, 1)]
Interval = Literal["month", "year"]


class Strict(BaseModel):
    """Known names and exact types only."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class WishBody(Strict):
    """POST /quotes."""

    plan_id: Name
    interval: Interval
    quantity: int
    coupon_code: Annotated[str, line(64)] | None = None
    start: Literal["after_current", "now"] | None = None
    trial: bool | None = None


class InvoiceBody(Strict):
    """Whom a VAT invoice names."""

    buyer_type: Literal["company", "individual"]
    name: Annotated[str, line(200, 1)]
    address: Annotated[str, line(300, 1)]
    tax_code: Annotated[str, line(32)] | None = None
    email: Annotated[str, line(254)] | None = None
    national_id: Annotated[str, line(32)] | None = None


class PaymentBody(Strict):
    """POST /orders/{id}/payments."""

    payment_provider: Name


class OrderBody(Strict):
    """POST /orders: a quote, or what a quote is asked with."""

    quote: Annotated[str, line(24_576, 1)] | None = None
    plan_id: Name | None = None
    interval: Interval | None = None
    quantity: int | None = None
    coupon_code: Annotated[str, line(64)] | None = None
    start: Literal["after_current", "now"] | None = None
    trial: bool | None = None
    payment_provider: Name | None = None
    invoice: InvoiceBody | None = None


Body = TypeVar("Body", bound=BaseModel)


def wish(body: dict[str, Any]) -> Wish:
    """The wish of POST /quotes; `validation_failed` names every field that does not fit."""
    return wish_of(checked(WishBody, body))


def wish_of(asked: WishBody) -> Wish:
    """The wish in the domain's terms."""
    return Wish(
        plan_id=asked.plan_id,
        interval=asked.interval,
        quantity=asked.quantity,
        coupon_code=asked.coupon_code,
        start=asked.start or "after_current",
        trial=bool(asked.trial),
    )


def order_request(key: str, body: dict[str, Any]) -> OrderRequest:
    """The request of POST /orders; `validation_failed` or `tax_code_invalid` for what does not fit."""
    asked = checked(OrderBody, body)
    names = WishBody.model_fields
    inputs = {name: getattr(asked, name) for name in names if getattr(asked, name) is not None}
    return OrderRequest(
        idempotency_key=key,
        request_hash=hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest(),
        quote_token=asked.quote,
        wish=None if asked.quote else wish_of(checked(WishBody, inputs)),
        provider=asked.payment_provider,
        buyer=buyer(asked.invoice) if asked.invoice else None,
    )


def buyer(given: InvoiceBody) -> Buyer:
    """The buyer, with tax code and addresses checked."""
    return check_buyer(
        Buyer(
            buyer_type=given.buyer_type,
            name=given.name,
            tax_code=given.tax_code or "",
            address=given.address,
            email=given.email or "",
            national_id=given.national_id or "",
        )
    )


def payment_provider(body: dict[str, Any]) -> str:
    """The provider of a new attempt."""
    return checked(PaymentBody, body).payment_provider


def idempotency_key(request: Request) -> str:
    """The Idempotency-Key header: 1 to 255 visible ASCII characters; `idempotency_key_required` otherwise."""
    key = request.headers.get("idempotency-key", "").strip()
    if not 0 < len(key) <= MAX_KEY or not (key.isascii() and key.isprintable()):
        raise Problem("idempotency_key_required")
    return key


def checked(model: type[Body], body: dict[str, Any]) -> Body:
    """`body` as the model; `validation_failed` with one entry for each field that does not fit."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        errors = tuple(field_error(entry) for entry in error.errors(include_url=False, include_input=False))
        raise Problem("validation_failed", errors=errors) from None


def field_error(entry: Any) -> FieldError:
    """Pydantic's error as ours."""
    path = ".".join(str(step) for step in entry["loc"])
    kind, context = entry["type"], entry.get("ctx", {})
    match kind:
        case "missing":
            return FieldError(path, "required")
        case "extra_forbidden":
            return FieldError(path, "unknown_field")
        case "literal_error":
            choices = context["expected"].replace("'", "").replace(" or ", ", ")
            return FieldError(path, "unknown_choice", {"choices": choices})
        case "too_long" | "too_short" | "line_break":
            return FieldError(path, kind, context)
    return FieldError(path, "wrong_type", {"expected": kind.partition("_")[0]})
