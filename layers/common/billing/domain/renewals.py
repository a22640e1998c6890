"""What follows an account's paid time: where that time ends, what is ready to be bought again, and the signed links.

A link is a token of one purpose that ends by itself. It names the account and what is to be bought, no person; the same
end gives the same link, whichever reminder carries it.
"""

from datetime import datetime, timedelta
from typing import Any

from billing.domain.pricing import MAX_QUANTITY, Wish
from billing.domain.reminders import Renewal
from billing.domain.subscriptions import Term
from billing.domain.times import from_text, to_text
from billing.domain.tokens import InvalidToken, Signer

RENEW, UNSUBSCRIBE = "renewal", "unsubscribe"
"""The purposes that the tokens are signed for."""

RENEWABLE_AFTER_END = timedelta(days=14)
UNSUBSCRIBABLE_AFTER_END = timedelta(days=365)


def last_term(terms: tuple[Term, ...]) -> Term | None:
    """The term that ends last, whether it runs, comes or has ended."""
    return max(terms, key=lambda term: term.period.end, default=None)


def paid_end(terms: tuple[Term, ...]) -> datetime | None:
    """The end of all paid time, past or to come."""
    last = last_term(terms)
    return last.period.end if last else None


def ready_renewal(account_id: str, last: Term, wish: Wish, order_id: str, months: int) -> Renewal:
    """What is ready to be bought when `last` ends: what `order_id` bought by `wish` if that is its time.

    Otherwise (time that made room for another purchase) the same plan again for as many of its `months`.
    """
    if last.order_id == order_id:
        return Renewal(account_id, last.period.end, last.plan_id, wish.interval, wish.quantity)
    quantity = min(max(months, 1), MAX_QUANTITY["month"])
    return Renewal(account_id, last.period.end, last.plan_id, "month", quantity)


def wish_of(renewal: Renewal) -> Wish:
    """The wish that buys it."""
    return Wish(renewal.plan_id, renewal.interval, renewal.quantity)


def renewal_expiry(renewal: Renewal) -> datetime:
    """Until when its link is good."""
    return renewal.end + RENEWABLE_AFTER_END


def renewal_token(signer: Signer, renewal: Renewal) -> str:
    """The link's token."""
    return signer.sign(
        RENEW,
        {
            "a": renewal.account_id,
            "e": to_text(renewal.end),
            "p": renewal.plan_id,
            "i": renewal.interval,
            "q": renewal.quantity,
            "x": to_text(renewal_expiry(renewal)),
        },
    )


def read_renewal(signer: Signer, token: str, now: datetime) -> Renewal:
    """What a link buys; `InvalidToken` if we did not sign it for this, or its time is over."""
    content = _unexpired(signer, RENEW, token, now)
    return Renewal(content["a"], from_text(content["e"]), content["p"], content["i"], content["q"])


def unsubscribe_token(signer: Signer, account_id: str, end: datetime) -> str:
    """The token by which an account ends its reminders, of an e-mail about something that ends then."""
    return signer.sign(UNSUBSCRIBE, {"a": account_id, "x": to_text(end + UNSUBSCRIBABLE_AFTER_END)})


def read_unsubscription(signer: Signer, token: str, now: datetime) -> str:
    """The account that a link ends the reminders of; `InvalidToken` as for `read_renewal`."""
    return str(_unexpired(signer, UNSUBSCRIBE, token, now)["a"])


def _unexpired(signer: Signer, purpose: str, token: str, now: datetime) -> dict[str, Any]:
    content = signer.verify(purpose, token)
    if now >= from_text(content["x"]):
        raise InvalidToken("its time is over")
    return content
