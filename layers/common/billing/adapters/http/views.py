"""What the API shows: the contract's JSON of quotes, orders, payments, accounts and documents."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from billing.domain.credits import Credit
from billing.domain.failures import failure_kind
from billing.domain.invoices import Invoice
from billing.domain.ledger import Line
from billing.domain.orders import Order, Payment
from billing.domain.pricing import Figures, Quote
from billing.domain.providers import PROVIDERS
from billing.domain.quotas import Balance, Part, Slot, Window
from billing.domain.subscriptions import Period, Term
from billing.domain.times import to_text
from billing.domain.wording import credit_description, line_description
from billing.service.accounts import AccountView

View = dict[str, Any]


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


def period_view(period: Period) -> View:
    """[start, end)."""
    return {"start": to_text(period.start), "end": to_text(period.end)}


def window_view(window: Window) -> View:
    """An amount and when it may be used."""
    return {"amount": window.amount, "valid_from": to_text(window.start), "valid_to": to_text(window.end)}


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
        "paid_at": _time(order.paid_at),
        "fulfilled_at": _time(order.fulfilled_at),
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


def account_view(account_id: str, email: str, view: AccountView) -> View:
    """The answer of GET /account."""
    return {
        "account_id": account_id,
        "email": email,
        "subscription": {
            "status": view.status,
            "plan_id": view.plan_id,
            "current_period_start": _time(view.period_start),
            "current_period_end": _time(view.period_end),
            "terms": [term_view(term) for term in view.terms],
            "trial": view.trial,
            "trial_available": view.trial_available,
        },
        "balances": [balance_view(balance) for balance in view.balances],
    }


def term_view(term: Term) -> View:
    """Paid time of one order, or a trial."""
    return {"order_id": term.order_id, "plan_id": term.plan_id, **period_view(term.period), "trial": term.trial}


def balance_view(balance: Balance) -> View:
    """What is left of a feature, and what comes."""
    return {
        "feature": balance.feature,
        "type": balance.type,
        "granted": balance.granted,
        "used": balance.used,
        "held": balance.held,
        "remaining": balance.remaining,
        "next_expiry": _time(balance.next_expiry),
        "upcoming": [window_view(window) for window in balance.upcoming],
        "addons": [pack_view(slot) for slot in balance.packs],
    }


def pack_view(slot: Slot) -> View:
    """What an add-on brought of a feature, and what is left of it; what is held is not left."""
    return {
        "order_id": slot.grant.order_id,
        "amount": slot.limit,
        "remaining": slot.free,
        "valid_from": to_text(slot.start),
        "valid_to": to_text(slot.end),
    }


def line_view(line: Line) -> View:
    """A line of an account's statement; what a kind does not have is left out."""
    view: View = {
        "id": line.id,
        "at": to_text(line.at),
        "kind": line.kind,
        "feature": line.feature,
        "amount": line.amount,
        "status": line.status,
    }
    match line.kind:
        case "grant":
            return {
                **view,
                "order_id": line.order_id,
                "per": line.per,
                "carried": line.carried,
                "valid_from": _time(line.start),
                "valid_to": _time(line.end),
            }
        case "take_back":
            return {**view, "order_id": line.order_id, "window_start": _time(line.start)}
        case "hold":
            view |= {"expires_at": _time(line.expires_at), "committed": line.committed}
    return {**view, "allocations": [part_view(part) for part in line.parts]}


def part_view(part: Part) -> View:
    """What was taken from one window; `order_id` null is the free plan."""
    return {
        "order_id": part.order_id or None,
        "amount": part.amount,
        "valid_from": to_text(part.start),
        "valid_to": to_text(part.end),
    }


def invoice_view(invoice: Invoice) -> View:
    """A document's figures as issued."""
    return {
        "id": invoice.id,
        "kind": invoice.kind,
        "series": invoice.series,
        "number": invoice.number,
        "number_text": invoice.number_text,
        "issued_at": to_text(invoice.issued_at),
        "order_id": invoice.order_id,
        "seller": _fields(invoice.seller),
        "buyer": _fields(invoice.buyer) if invoice.buyer else None,
        "email": invoice.email,
        "lines": [_fields(line) for line in invoice.lines],
        "currency": invoice.currency,
        "subtotal": invoice.subtotal,
        "discount": invoice.discount,
        "coupon_code": invoice.coupon_code or None,
        "credit": invoice.credit,
        "waived": invoice.waived,
        "net": invoice.net,
        "tax": invoice.tax,
        "tax_kind": invoice.tax_kind,
        "tax_rate_bp": invoice.tax_rate_bp,
        "tax_inclusive": invoice.tax_inclusive,
        "total": invoice.total,
        "payment_provider": invoice.payment_provider or None,
        "payment_reference": invoice.payment_reference or None,
        "paid_at": _time(invoice.paid_at),
        "period": {"start": to_text(invoice.period_start), "end": to_text(invoice.period_end)},
        "filename": f"{invoice.filename}.pdf",
    }


def plans_view(document: Mapping[str, Any], language: str) -> View:
    """The answer of GET /plans, from the published document."""
    return {
        "currency": document["currency"],
        "tax_inclusive": document["tax_inclusive"],
        "plans": [
            {
                "id": plan["id"],
                "version": plan["version"],
                "name": plan["name"][language],
                "description": plan["description"][language],
                "rank": plan["rank"],
                "featured": plan["featured"],
                "contact_sales": plan["contact_sales"],
                "prices": plan["prices"],
                "quotas": [{**quota, "name": quota["name"][language]} for quota in plan["quotas"]],
                "highlights": [highlight[language] for highlight in plan["highlights"]],
            }
            for plan in document["plans"]
        ],
        "addons": [addon_view(addon, language) for addon in document.get("addons", ())],
        "trials": [{"plan_id": plan["id"], **plan["trial"]} for plan in document["plans"] if plan.get("trial")],
    }


def addon_view(addon: Mapping[str, Any], language: str) -> View:
    """An add-on of GET /plans. `valid_months` is null where it is good as long as the time paid for."""
    return {
        "id": addon["id"],
        "version": addon["version"],
        "name": addon["name"][language],
        "price": addon["price"],
        "feature": addon["feature"],
        "amount": addon["amount"],
        "valid_months": addon["valid_months"],
    }


def providers_view(enabled: Sequence[str]) -> View:
    """The answer of GET /providers."""
    return {
        "providers": [
            {
                "id": info.id,
                "name": info.name,
                "kind": info.kind,
                "min_amount": info.min_amount,
                "max_amount": info.max_amount,
            }
            for info in (PROVIDERS[name] for name in enabled)
        ]
    }


def _time(moment: datetime | None) -> str | None:
    return to_text(moment) if moment else None


def _fields(value: Any) -> View:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}
