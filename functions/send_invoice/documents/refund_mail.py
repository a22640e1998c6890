"""The e-mail that tells a buyer that money went back: how much, how it comes, and what changed in plan and quota.

It is written once the money really goes back, never before, and says nothing of what the buyer cannot see.
"""

from collections.abc import Iterator
from typing import Any

from billing.domain.dates import format_date, format_moment
from billing.domain.money import format_money, group_digits
from billing.domain.orders import Order
from billing.domain.refunds import Refund
from billing.domain.wording import line_description
from billing.service.refund_news import RefundNews
from documents.letter import Letter, compose
from documents.texts import provider_name
from documents.view import Voice, rows_of

WAYS = {"momo": "wallet", "zalopay": "wallet", "stripe": "card", "vnpay": "bank"}
"""How money that a provider gives back comes, and how long that takes (the templates say)."""

LAST_DIGITS = 4
"""Of an account number, what the e-mail shows."""


def compose_refund_mail(news: RefundNews, sender: str, app_url: str) -> bytes:
    """The complete MIME message to the order's address; `ValueError` for a refund that has not succeeded.

    `sender` is a bare address, `app_url` is where the dashboard is served.
    """
    refund, order = news.refund, news.order
    if refund.status != "succeeded" or refund.settled_at is None:
        raise ValueError(f"{refund.id} has not succeeded")
    voice = Voice(order.language)
    amount = format_money(refund.amount, refund.currency, order.language)
    topic = voice.say("refund.subject", amount=amount, bought=line_description(order.quote, order.language))["main"]
    letter = Letter(
        id=refund.id,
        seller=news.seller,
        email=order.email,
        language=order.language,
        subject=f"{news.seller.name}: {topic}",
        date=refund.settled_at,
        template="refund",
    )
    return compose(letter, context(refund, order, app_url), sender)


def context(refund: Refund, order: Order, app_url: str) -> dict[str, Any]:
    """What the templates may use: texts and rows of texts, no figures."""
    zone, language = order.quote.zone.key, order.language
    voice = Voice(language)

    def money(amount: int) -> str:
        return format_money(amount, refund.currency, language)

    return {
        "way": WAYS.get(refund.provider, "bank") if refund.by_api else "transfer",
        "provider": provider_name(refund.provider),
        "account": masked(refund),
        "kind": kind_of(refund, order),
        "period_end": format_date(order.period.end, zone, language),
        "ended": format_date(refund.settled_at or refund.created_at, zone, language),
        "changes": list(changes(refund, order)),
        "lines": [],
        "sums": [
            (voice.say(key)["main"], format_money(amount, refund.currency, language)) for key, amount in sums(refund)
        ],
        "facts": [(name["main"], value["main"]) for name, value in rows_of(facts(refund, order, voice), voice)],
        "total": money(refund.amount),
        "account_url": f"{app_url.rstrip('/')}/account.html",
    }


def kind_of(refund: Refund, order: Order) -> str:
    """What changed: "all" (the plan ended), "part", "over" (its time was over before), "none" (it bought no plan)."""
    if refund.exception_id:
        return "none"
    if refund.settled_at and order.period.end <= refund.settled_at:
        return "over"
    return "all" if refund.given_back + refund.amount >= refund.paid_amount else "part"


def sums(refund: Refund) -> Iterator[tuple[str, int]]:
    """What was paid, and what of it went back before."""
    yield "refund.paid", refund.paid_amount
    if refund.given_back:
        yield "refund.before", -refund.given_back


def changes(refund: Refund, order: Order) -> Iterator[tuple[str, str]]:
    """The quota that the refund took back, by feature; over several months where it is given by the month."""
    voice = Voice(order.language)
    for quota in order.quote.quotas:
        taken = [one.amount for one in refund.taken_back if one.feature == quota.feature and one.amount]
        if taken:
            amount = group_digits(sum(taken), 0, "," if order.language == "en" else ".", "")
            key = "refund.less_in_months" if len(taken) > 1 else "refund.less"
            yield quota.name[order.language], voice.say(key, amount=amount, months=str(len(taken)))["main"]


def facts(refund: Refund, order: Order, voice: Voice) -> dict[str, str]:
    """What the refund is known by; what is not known is left out."""
    zone, language = order.quote.zone.key, order.language
    by = provider_name(refund.provider) if refund.by_api else voice.say("refund.by_transfer")["main"]
    return {
        "refund.bought": line_description(order.quote, language),
        "order": order.id,
        "refund.by": by,
        "refund.account": masked(refund) if not refund.by_api else "",
        "refund.reference": refund.handle or "",
        "refund.at": format_moment(refund.settled_at or refund.created_at, zone, language),
        "refund.id": refund.id,
    }


def masked(refund: Refund) -> str:
    """The account that the money went to, by its last digits."""
    return f"•••• {refund.bank.number[-LAST_DIGITS:]}" if refund.bank else ""
