"""What callers send, checked before anything is done with it."""

from typing import Annotated, Any, Literal

from billing.adapters.http.bodies import Strict, checked, line
from billing.adapters.http.gateway import body_hash
from billing.domain.buyers import check_buyer
from billing.domain.invoices import Buyer
from billing.domain.pricing import Wish
from billing.service.ordering import OrderRequest

Name = Annotated[str, line(64, 1)]
Interval = Literal["month", "year"]


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


class RenewalBody(Strict):
    """POST /renewals/{token}."""

    payment_provider: Name | None = None
    invoice: InvoiceBody | None = None
    quote: Annotated[str, line(16_384, 1)] | None = None


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
        request_hash=body_hash(body),
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


def renewal(body: dict[str, Any]) -> tuple[str | None, Buyer | None, str | None]:
    """Provider, buyer and quote of POST /renewals/{token}."""
    asked = checked(RenewalBody, body)
    return asked.payment_provider, buyer(asked.invoice) if asked.invoice else None, asked.quote
