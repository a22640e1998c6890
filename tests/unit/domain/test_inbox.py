"""What may be done about an exception, and what is left of its money."""

from dataclasses import replace
from typing import Any

import pytest

from billing.domain.inbox import (
    ACTIONS,
    DECIDED,
    SUGGESTIONS,
    FailedMessage,
    PaymentException,
    Resolution,
    decided,
    is_repeated,
    possible_actions,
    why_not,
)
from billing.domain.payments import Notice
from tests.support.values import NOON

NOTICE = Notice("sepay", "GOI234", "paid", 309_000, "VND", "77", "ck goi pro", NOON)


def exception(reason: str = "over", **changes: Any) -> PaymentException:
    """309.000 ₫ for an order of 299.000 ₫."""
    values: dict[str, Any] = {
        "id": "exc_1",
        "reason": reason,
        "suggestion": SUGGESTIONS[reason],
        "notice": NOTICE,
        "order_id": "ord_1",
        "expected_amount": 299_000,
        "seen_at": NOON,
    }
    return PaymentException(**values | changes)


def resolution(action: str, **changes: Any) -> Resolution:
    """By an operator, now."""
    values: dict[str, Any] = {"action": action, "by": "ketoan@goi.example", "at": NOON}
    return Resolution(**values | changes)


def test_every_suggestion_is_an_action_and_every_action_leads_somewhere() -> None:
    assert set(SUGGESTIONS.values()) <= set(ACTIONS) == set(DECIDED)


@pytest.mark.parametrize(
    ("action", "order_status", "why"),
    [
        ("accept", "pending", None),
        ("accept", "expired", None),
        ("accept", "cancelled", None),
        ("accept", "fulfilled", "order_status"),
        ("accept", "refunded", "order_status"),
        ("accept", "partially_refunded", "order_status"),
        ("accept", None, "no_order"),
        ("attach", "cancelled", None),
        ("attach", "fulfilled", "order_status"),
        ("refund", "fulfilled", None),
        ("dismiss", None, None),
        ("retry", "pending", "no_message"),
    ],
)
def test_what_is_possible_depends_on_the_orders_state(action: str, order_status: str | None, why: str | None) -> None:
    assert why_not(exception(), action, order_status) == why


@pytest.mark.parametrize("status", ["accepted", "refunded", "dismissed", "retried"])
@pytest.mark.parametrize("action", ["accept", "attach", "dismiss", "retry"])
def test_what_is_decided_stays_so(status: str, action: str) -> None:
    assert why_not(exception("short", status=status), action, "pending") == "decided"
    assert possible_actions(exception("unmatched", status=status, expected_amount=None), "pending") in {(), ("refund",)}


@pytest.mark.parametrize("action", ["accept", "attach", "dismiss"])
def test_nothing_is_decided_while_a_refund_is_on_its_way(action: str) -> None:
    assert why_not(exception(refunding=10_000), action, "pending") == "refunding"


@pytest.mark.parametrize(
    ("changes", "left", "why"),
    [
        ({}, 309_000, None),
        ({"refunded": 309_000}, 0, "nothing_left"),
        ({"refunded": 9_000}, 300_000, None),
        ({"refunding": 9_000}, 300_000, "refunding"),
        ({"status": "accepted"}, 10_000, None),
        ({"status": "accepted", "refunding": 10_000}, 0, "refunding"),
        ({"status": "accepted", "refunded": 10_000}, 0, "decided"),
        ({"status": "accepted", "expected_amount": 400_000}, 0, "decided"),
        ({"status": "dismissed"}, 0, "decided"),
        ({"status": "refunded", "refunded": 309_000}, 0, "decided"),
        ({"reason": "coupon_exceeded"}, 0, "no_money"),
        ({"reason": "credit_gone"}, 0, "no_money"),
        ({"reason": "failed_message"}, 0, "no_money"),
        ({"notice": None}, 0, "no_money"),
    ],
)
def test_what_can_be_refunded_is_what_is_left(changes: dict[str, Any], left: int, why: str | None) -> None:
    one = exception(**changes)
    assert (one.refundable, why_not(one, "refund", None)) == (left, why)


def test_a_coupon_beyond_its_limit_is_only_noted_and_a_failed_message_only_retried() -> None:
    coupon, message = exception("coupon_exceeded"), exception("failed_message", message=FailedMessage("m", "{}"))
    assert possible_actions(coupon, "fulfilled") == ("dismiss",)
    assert possible_actions(message, "pending") == ("dismiss", "retry")
    assert why_not(coupon, "attach", "pending") == why_not(message, "accept", "pending") == "no_money"


def test_attaching_is_offered_before_an_order_is_named() -> None:
    assert possible_actions(exception("unmatched", order_id=None), None) == ("attach", "refund", "dismiss")


def test_a_decision_is_the_next_version_and_the_same_action_finds_it() -> None:
    before = exception("cancelled")
    after = decided(before, resolution("accept", order_id="ord_1"))
    assert (after.status, after.version) == ("accepted", before.version + 1)
    assert is_repeated(after, "accept", None)
    assert not is_repeated(after, "attach", "ord_1")
    attached = decided(before, resolution("attach", order_id="ord_1"))
    assert is_repeated(attached, "attach", "ord_1")
    assert not is_repeated(attached, "attach", "ord_2")
    assert not is_repeated(before, "accept", None)


def test_what_was_received_and_from_whom_is_what_the_provider_said() -> None:
    assert (exception().amount, exception().payer) == (309_000, None)
    assert (exception(notice=None).amount, exception(notice=None).payer) == (None, None)
    assert replace(exception(), notice=None).is_money is False
