"""Which orders money without an order may belong to: by a reference in its memo, by its amount, by its payer's name.

A suggestion decides nothing; an operator does. Banks cut memos, drop marks and put words of their own around them, so
everything is compared in capitals, without marks and without what stands between letters.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from billing.domain.inbox import Match
from billing.domain.memos import compact, near_codes
from billing.domain.orders import ACCEPTABLE, Order
from billing.domain.payments import Notice, Payment
from billing.domain.text import without_marks

BEFORE, AFTER = timedelta(days=30), timedelta(days=1)
"""How long before money an order of its amount may have been made, and after it (clocks differ, people are quick)."""

SHOWN_PART = slice(4, 16)
"""The part of an order's id that stands in the texts providers show to buyers."""

SHORTEST_NAME = 3

_ORDER_ID = re.compile(r"(?=ORD([A-Z2-7]{26}))")
_LEGAL_FORM = re.compile(
    r"\b(CONG TY|CTY|TNHH|MTV|MOT THANH VIEN|CO PHAN|CP|DNTN|DOANH NGHIEP TU NHAN|HO KINH DOANH)\b"
)


def named_references(notice: Notice) -> tuple[str, ...]:
    """The references that attempts at the provider may have, by the money's memo: payment codes, also damaged ones."""
    return near_codes(without_marks(notice.reason))


def named_orders(notice: Notice) -> tuple[str, ...]:
    """The ids of orders that the memo names in full."""
    return tuple(f"ord_{match[1].lower()}" for match in _ORDER_ID.finditer(compact(without_marks(notice.reason))))


def around(notice: Notice) -> tuple[datetime, datetime]:
    """When attempts were made that this money may be for."""
    return notice.occurred_at - BEFORE, notice.occurred_at + AFTER


def matches(
    notice: Notice, orders: Iterable[Order], attempts: Mapping[str, Sequence[Payment]], named: Iterable[str]
) -> list[Match]:
    """The orders with a reason for each, the best first: those that could take the money, by reference, by reasons.

    `attempts` are those at hand of each order, by order id; `named` the orders that the memo's references led to.
    """
    known = set(named)
    found = []
    for order in orders:
        reasons = _reasons(notice, order, attempts.get(order.id, ()), order.id in known)
        if reasons:
            found.append(Match(order, reasons, order.status in ACCEPTABLE))
    return sorted(found, key=lambda match: _rank(match, notice))


def _rank(match: Match, notice: Notice) -> tuple[bool, bool, int, timedelta]:
    distance = abs(notice.occurred_at - match.order.created_at)
    return not match.can_take, "reference" not in match.reasons, -len(match.reasons), distance


def _reasons(notice: Notice, order: Order, attempts: Sequence[Payment], named: bool) -> tuple[str, ...]:  # noqa: FBT001
    fitting = {(payment.amount, payment.currency) for payment in attempts}
    fitting.add((order.quote.figures.total, order.quote.currency))
    memo = compact(without_marks(notice.reason))
    reasons = {
        "reference": named or order.id[SHOWN_PART].upper() in memo,
        "amount": (notice.amount, notice.currency) in fitting,
        "name": is_named(notice, order),
    }
    return tuple(reason for reason, holds in reasons.items() if holds)


def is_named(notice: Notice, order: Order) -> bool:
    """Whether the payer's account or the memo has the name on the invoice, or that of the e-mail address."""
    said = f"{notice.reason} {notice.payer.name if notice.payer else ''}"
    joined, words = compact(without_marks(said)), set(_words(said))
    name = compact(_LEGAL_FORM.sub("", " ".join(_words(order.buyer.name)))) if order.buyer else ""
    mailbox = re.sub(r"[0-9]", " ", order.email.partition("@")[0])
    parts = [part for part in _words(mailbox) if len(part) >= SHORTEST_NAME]
    return (len(name) > SHORTEST_NAME and name in joined) or (bool(parts) and set(parts) <= words)


def _words(text: str) -> list[str]:
    return re.findall(r"[A-Z0-9]+", without_marks(text).upper())
