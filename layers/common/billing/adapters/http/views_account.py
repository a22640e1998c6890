"""Answers about an account: its terms and balances, and the lines of its statement."""

from billing.adapters.http.views_common import View, period_view, window_view
from billing.domain.ledger import Line
from billing.domain.quotas import Balance, Part, Slot
from billing.domain.subscriptions import Term
from billing.domain.times import text_of, to_text
from billing.service.accounts import AccountView


def account_view(account_id: str, email: str, view: AccountView) -> View:
    """The answer of GET /account."""
    return {
        "account_id": account_id,
        "email": email,
        "subscription": {
            "status": view.status,
            "plan_id": view.plan_id,
            "current_period_start": text_of(view.period_start),
            "current_period_end": text_of(view.period_end),
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
        "next_expiry": text_of(balance.next_expiry),
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
                "valid_from": text_of(line.start),
                "valid_to": text_of(line.end),
            }
        case "take_back":
            return {**view, "order_id": line.order_id, "window_start": text_of(line.start)}
        case "hold":
            view |= {"expires_at": text_of(line.expires_at), "committed": line.committed}
    return {**view, "allocations": [part_view(part) for part in line.parts]}


def part_view(part: Part) -> View:
    """What was taken from one window; `order_id` null is the free plan."""
    return {
        "order_id": part.order_id or None,
        "amount": part.amount,
        "valid_from": to_text(part.start),
        "valid_to": to_text(part.end),
    }
