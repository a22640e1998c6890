"""What the API shows: the contract's JSON of quotes, orders, payments, accounts and documents."""

from collections.abc import Sequence

from billing.adapters.http.views_common import View, period_view, window_view
from billing.domain.credits import Credit
from billing.domain.failures import failure_kind
from billing.domain.orders import Order
from billing.domain.payments import Payment
from billing.domain.pricing import Figures, Quote
from billing.domain.times import text_of, to_text
from billing.domain.wording import credit_description, line_description


def quote_view(quote: Quote, token: str, language: str) -> View:
    """The answer of POST /quotes."""
    wish = quote.wish
    line = {
        "description": line_description(quote, language),
        "quantity": wish.quantity,
        "unit_amount": quote.unit_amount,
        "amount": quote.figures.subtotal,
    }
    return {
        "quote": token,
        "expires_at": to_text(quote.expires_at),
        "currency": quote.currency,
        "change": quote.change,
        "lines": [line],
        **figures_view(quote.figures),
        "tax_rate_bp": quote.tax_rate_bp,
        "tax_inclusive": quote.tax_inclusive,
        "period": period_view(quote.period),
        "grants": [{"feature": feature, **window_view(window)} for feature, window in quote.windows()],
        "credits": [credit_view(credit, language) for credit in quote.credits if credit.amount],
        "extra_days": quote.extra_days,
    }


def credit_view(credit: Credit, language: str) -> View:
    """What one term is credited with, and why."""
    return {
        "order_id": credit.order_id,
        "plan_id": credit.plan_id,
        "description": credit_description(credit, language),
        "unused_days": credit.unused_days,
        "total_days": credit.total_days,
        "paid": credit.paid,
        "amount": credit.amount,
    }


def figures_view(figures: Figures) -> View:
    """The money of a quote or an order."""
    return {
        "subtotal": figures.subtotal,
        "discount": figures.discount,
        "credit": figures.credit,
        "waived": figures.waived,
        "tax": figures.tax,
        "total": figures.total,
    }


def order_view(order: Order, payments: Sequence[Payment]) -> View:
    """An order as the contract shows it."""
    quote = order.quote
    return {
        "id": order.id,
        "status": order.status,
        "kind": quote.kind,
        "plan_id": quote.wish.plan_id,
        "interval": quote.wish.interval,
        "quantity": quote.wish.quantity,
        "change": quote.change,
        "currency": quote.currency,
        **figures_view(quote.figures),
        "tax_rate_bp": quote.tax_rate_bp,
        "tax_inclusive": quote.tax_inclusive,
        "refunded": order.refunded,
        "coupon_code": quote.wish.coupon_code,
        "period": period_view(order.period),
        "payments": [payment_view(payment) for payment in payments],
        "invoice_id": order.invoice_id,
        "created_at": to_text(order.created_at),
        "expires_at": to_text(order.expires_at),
        "paid_at": text_of(order.paid_at),
        "fulfilled_at": text_of(order.fulfilled_at),
    }


def payment_view(payment: Payment) -> View:
    """An attempt; `failure` is there where the provider has told why it failed, in a way that helps a buyer."""
    shown: View = {
        "id": payment.id,
        "provider": payment.provider,
        "status": payment.status,
        "url": payment.url,
        "expires_at": to_text(payment.expires_at),
    }
    failure = failure_kind(payment.provider, payment.reason) if payment.status == "failed" else None
    more = {"qr_content": payment.qr_content, "failure": failure}
    return {**shown, **{name: value for name, value in more.items() if value}}
