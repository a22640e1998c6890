"""Events, endpoints and deliveries by their rules."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from billing.domain.deliveries import KEPT_ATTEMPTS, WAITS, Attempt, Delivery, tried, wait_after
from billing.domain.endpoints import Endpoint, Secret, bus, is_endpoint_url, new_secret, signed_headers
from billing.domain.events import Event, event

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
DELIVERY = Delivery("evt_1", "ep_1", "order.fulfilled", "pending", NOW)


def test_the_same_happening_has_the_same_id_and_another_has_another() -> None:
    made = [
        event(kind, (order,), "acc-1", NOW, 1, {}).id
        for kind in ("order.fulfilled", "order.expired")
        for order in ("a", "b", "a")
    ]
    assert len(set(made)) == 4
    assert made[0] == made[2]
    assert all(one.startswith("evt_") for one in made)


def test_the_body_holds_what_a_receiver_needs() -> None:
    one = event("refund.succeeded", ("ref_1",), "acc-1", NOW, 7, {"reason": "Đổi ý"})
    assert json.loads(one.body) == {
        "id": one.id,
        "type": "refund.succeeded",
        "timestamp": "2026-11-23T03:00:00Z",
        "account_id": "acc-1",
        "version": 7,
        "data": {"reason": "Đổi ý"},
    }


def test_an_unknown_type_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match=r"order\.paid"):
        event("order.paid", ("a",), "acc-1", NOW, 1, {})


@given(st.binary(min_size=32, max_size=32), st.text(max_size=50))
def test_signatures_are_those_of_the_standards_own_library(entropy: bytes, text: str) -> None:
    secret = new_secret(entropy)
    one = Event("evt_1", "order.fulfilled", "acc-1", NOW, text)
    headers = signed_headers(one, (secret,), NOW)
    assert headers["webhook-signature"] == Webhook(secret).sign("evt_1", NOW, text)
    assert base64.b64decode(secret.removeprefix("whsec_")) == entropy


def test_a_replaced_secret_signs_for_a_day_and_one_before_it_no_more() -> None:
    first = Endpoint("ep_1", "https://a.example", (), (Secret("whsec_YQ=="),), NOW)
    third = first.rotated("whsec_Yg==", NOW).rotated("whsec_Yw==", NOW)
    assert third.secrets_at(NOW) == ("whsec_Yw==", "whsec_Yg==")
    assert third.secrets_at(NOW + timedelta(hours=23, minutes=59)) == ("whsec_Yw==", "whsec_Yg==")
    assert third.secrets_at(NOW + timedelta(hours=24)) == ("whsec_Yw==",)


def test_an_endpoint_without_types_wants_all() -> None:
    assert bus(NOW).wants("order.fulfilled")
    some = Endpoint("ep_1", "https://a.example", ("quota.low",), (), NOW)
    assert (some.wants("quota.low"), some.wants("order.fulfilled")) == (True, False)


@pytest.mark.parametrize(
    ("url", "anywhere", "local"),
    [
        ("https://hooks.example", True, True),
        ("https://hooks.example:8443/a?b=c", True, True),
        ("http://hooks.example", False, False),
        ("http://127.0.0.1:8000/x", False, True),
        ("http://[::1]:8000/x", False, True),
        ("http://10.0.0.1/x", False, False),
        ("http://localhost/x", False, False),
        ("https://user@hooks.example", False, False),
        ("https://:pw@hooks.example", False, False),
        ("https://@hooks.example", False, False),
        ("https://hooks.example/#part", False, False),
        ("https://hooks.example:0/", False, False),
        ("https://hooks.example:99999/", False, False),
        ("https://hooks.example:x/", False, False),
        ("https://[::1/", False, False),
        ("https://hooks.example/a b", False, False),
        ("https://hooks.example/\n", False, False),
        ("https://móc.example/", False, False),
        ("https:///path", False, False),
        ("https://hooks.example/" + "a" * 1000, False, False),
        ("file:///etc/passwd", False, False),
        ("", False, False),
    ],
)
def test_which_addresses_are_taken(url: str, anywhere: bool, local: bool) -> None:
    assert (is_endpoint_url(url, local=False), is_endpoint_url(url, local=True)) == (anywhere, local)


def test_waits_grow_to_a_day_and_last_three_days() -> None:
    assert [wait_after(number, 0) for number in range(1, 10)] == list(WAITS)
    assert wait_after(50, 0) == timedelta(days=1)
    assert timedelta(days=3) < sum(WAITS, timedelta()) < timedelta(days=3, hours=6)


@given(st.integers(1, 30), st.integers(0, 999))
def test_jitter_adds_up_to_a_fifth(tries: int, jitter: int) -> None:
    least = wait_after(tries, 0)
    assert least <= wait_after(tries, jitter) < least + least / 5 + timedelta(microseconds=1)


def failed(at: datetime) -> Attempt:
    """A failure."""
    return Attempt(at, 500, 12, "answered 500")


def after_failures(count: int, down: bool) -> Delivery:
    """A delivery that failed so often; `down`: the endpoint took nothing else all the while."""
    delivery = DELIVERY
    for _ in range(count):
        at = delivery.due_at
        delivery = tried(delivery, failed(at), NOW if down else at, 0)
    return delivery


def test_a_refused_event_is_given_up_after_the_last_wait() -> None:
    assert after_failures(9, down=False).status == "pending"
    last = after_failures(10, down=False)
    assert (last.status, last.tries) == ("given_up", 10)


def test_nothing_is_given_up_while_the_endpoint_is_down() -> None:
    delivery = after_failures(40, down=True)
    assert delivery.status == "pending"
    assert len(delivery.attempts) == KEPT_ATTEMPTS


def test_a_success_ends_it() -> None:
    done = tried(replace(DELIVERY, lease_until=NOW), Attempt(NOW, 204, 3), None, 0)
    assert (done.status, done.lease_until, done.is_due(NOW)) == ("delivered", None, False)
