"""Stripe's side: signatures by the published vector, sessions and their states, events."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from local.attempts import Attempt
from local.simulators.base import Choice, Outcome, Refused, Sent, World
from local.simulators.stripe import Stripe, simulator
from local.simulators.stripe.signing import signature_header
from tests.support.template import ROOT

(VECTOR,) = json.loads((ROOT / "tests" / "vectors" / "stripe.json").read_text("utf-8"))
NOW = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
END = NOW + timedelta(minutes=35)
ATTEMPT = Attempt("pay_1", "stripe", "pay_1", "")
SESSIONS = "/local/stripe/v1/checkout/sessions"
REFUNDS = "/local/stripe/v1/refunds"
FORM = {
    "mode": "payment",
    "client_reference_id": "pay_1",
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "vnd",
    "line_items[0][price_data][unit_amount]": "299000",
    "line_items[0][price_data][product_data][name]": "Goi Pro 1 thang",
    "payment_intent_data[metadata][order_id]": "ord_1",
    "locale": "vi",
    "success_url": "http://goi/app/result.html?order=1",
    "cancel_url": "http://goi/app/result.html?order=1",
    "expires_at": str(int(END.timestamp())),
}


class FakeClock:
    """A clock that stands."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


class Provider(Stripe):
    """The simulator, with what it posted."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.posted: list[tuple[str, bytes]] = []
        credentials = {"STRIPE_API_KEY": "sk_test", "STRIPE_WEBHOOK_SECRET": "whsec_new,whsec_old"}
        super().__init__(World("http://goi", credentials, self.clock, lambda *_: ATTEMPT))  # type: ignore[arg-type]

    def call(self, method: str, address: str, body: bytes, headers: Mapping[str, str]) -> Sent:
        assert (method, address) == ("POST", "http://goi/webhooks/stripe")
        self.posted.append((headers["stripe-signature"], body))
        return Sent(1, 200, {"received": True})

    def events(self) -> list[tuple[str, str]]:
        """Type and payment status of what was posted."""
        said = [json.loads(body) for _, body in self.posted]
        return [(event["type"], event["data"]["object"]["payment_status"]) for event in said]

    def ask(
        self,
        method: str,
        path: str = "",
        form: str = "",
        *,
        idempotency: str = "",
        key: str = "sk_test",
        base: str = SESSIONS,
    ) -> tuple[int, Any]:
        """The interface's status and answer."""
        headers = {"authorization": f"Bearer {key}", "idempotency-key": idempotency}
        response = self.respond(method, base + path, form, headers)
        assert response
        return response.status_code, json.loads(response.get_data())

    def respond(self, method: str, path: str, form: str, headers: Mapping[str, str]) -> Response | None:
        body = form.encode()
        builder = EnvironBuilder(path, method=method, input_stream=None, data=body, headers=list(headers.items()))
        return self.answer(Request(builder.get_environ()))

    def create(self, idempotency: str = "", **changes: str | None) -> tuple[int, Any]:
        """A session."""
        fields = {**FORM, **changes}
        kept = {name: value for name, value in fields.items() if value is not None}
        return self.ask("POST", form=urlencode(kept), idempotency=idempotency)

    def found(self, session: Mapping[str, Any]) -> dict[str, Any]:
        """The session as a query finds it."""
        status, found = self.ask("GET", f"/{session['id']}?expand[]=payment_intent")
        assert status == 200
        return dict(found)


@pytest.fixture
def stripe(monkeypatch: pytest.MonkeyPatch) -> Provider:
    provider = Provider()
    monkeypatch.setattr(simulator, "call", provider.call)
    return provider


@pytest.fixture
def session(stripe: Provider) -> dict[str, Any]:
    return dict(stripe.create()[1])


def test_the_published_signature_is_ours() -> None:
    sent_at = datetime.fromtimestamp(VECTOR["params"]["timestamp"], UTC)
    header = signature_header(VECTOR["secret"]["endpoint_secret"], VECTOR["params"]["payload"].encode(), sent_at)
    assert header.startswith(f"t={VECTOR['params']['timestamp']},v1={VECTOR['expected_signature']},v0=")


def test_a_good_request_gives_a_session(stripe: Provider) -> None:
    status, session = stripe.create()
    assert (status, session["status"], session["payment_status"]) == (200, "open", "unpaid")
    assert (session["amount_total"], session["currency"]) == (299_000, "vnd")
    assert session["url"] == f"http://goi/local/stripe/c/pay/{session['id']}"
    page = stripe.respond("GET", f"/local/stripe/c/pay/{session['id']}", "", {})
    assert page
    assert page.headers["location"].endswith("/local/pay/pay_1")
    assert stripe.find("pay_1")
    assert stripe.bill(ATTEMPT).amount == 299_000


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"mode": "subscription"}, "mode"),
        ({"client_reference_id": "x" * 201}, "client_reference_id"),
        ({"client_reference_id": None}, "client_reference_id"),
        ({"line_items[0][price_data][currency]": "VND"}, "line_items[0][price_data][currency]"),
        ({"line_items[0][price_data][unit_amount]": "2990.00"}, "line_items[0][price_data][unit_amount]"),
        ({"line_items[0][price_data][unit_amount]": "14999"}, "line_items[0][price_data][unit_amount]"),
        ({"line_items[0][price_data][unit_amount]": "100000000"}, "line_items[0][price_data][unit_amount]"),
        ({"line_items[0][quantity]": None}, "line_items[0][quantity]"),
        ({"locale": "vn"}, "locale"),
        ({"success_url": "/result"}, "success_url"),
        ({"expires_at": str(int(NOW.timestamp()) + 29 * 60)}, "expires_at"),
        ({"expires_at": str(int(NOW.timestamp()) + 25 * 3600)}, "expires_at"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"surprise": "1"}, "surprise"),
    ],
    ids=str,
)
def test_a_bad_request_is_refused(stripe: Provider, changes: dict[str, str | None], param: str) -> None:
    status, answer = stripe.create("key", **changes)
    assert (status, answer["error"]["param"]) == (400, param)
    assert stripe.create("key")[0] == 200, "a refusal is not remembered"


def test_a_parameter_that_stands_twice_is_refused(stripe: Provider) -> None:
    assert stripe.ask("POST", form=f"{urlencode(FORM)}&mode=payment")[0] == 400


def test_a_session_without_an_end_lives_a_day(stripe: Provider) -> None:
    assert stripe.create(expires_at=None)[1]["expires_at"] == int((NOW + timedelta(days=1)).timestamp())


def test_a_key_is_executed_once(stripe: Provider) -> None:
    first = stripe.create("key")
    assert stripe.create("key") == first
    status, refused = stripe.create("key", locale="en")
    assert (status, refused["error"]["type"]) == (400, "idempotency_error")
    assert stripe.create("other")[1]["id"] != first[1]["id"]


def test_what_is_wrong_or_missing_is_refused(stripe: Provider) -> None:
    assert stripe.ask("POST", form=urlencode(FORM), key="other")[0] == 401
    for method, path in (("GET", "/cs_1"), ("POST", "/cs_1/expire"), ("DELETE", "/cs_1")):
        assert stripe.ask(method, path)[0] == 404
    assert stripe.respond("GET", "/local/other", "", {}) is None
    page = stripe.respond("GET", "/local/stripe/c/pay/cs_1", "", {})
    assert page
    assert page.status_code == 404
    with pytest.raises(Refused):
        stripe.settle(ATTEMPT, Choice("success"))


def test_a_success_is_told_with_a_signature(stripe: Provider, session: dict[str, Any]) -> None:
    assert stripe.settle(ATTEMPT, Choice("success")) == Sent(1, 200, {"received": True})
    ((header, body),) = stripe.posted
    assert header == signature_header("whsec_new", body, NOW)
    event = json.loads(body)
    assert (event["type"], event["object"]) == ("checkout.session.completed", "event")
    told = event["data"]["object"]
    assert (told["payment_status"], told["amount_total"], told["client_reference_id"]) == ("paid", 299_000, "pay_1")
    found = stripe.found(session)
    assert (found["status"], found["payment_intent"]["status"]) == ("complete", "succeeded")
    assert (found["payment_intent"]["id"], found["payment_intent"]["metadata"]) == (
        told["payment_intent"],
        {"order_id": "ord_1"},
    )
    assert stripe.return_address(ATTEMPT) == FORM["success_url"]


def test_a_success_counts_once_however_often_it_is_told(stripe: Provider, session: dict[str, Any]) -> None:
    assert stripe.settle(ATTEMPT, Choice("success", "duplicate")).sent == 3
    stripe.settle(ATTEMPT, Choice("success"))
    assert len({json.loads(body)["data"]["object"]["payment_intent"] for _, body in stripe.posted}) == 1
    stripe.settle(ATTEMPT, Choice("success", amount=1_000))
    assert len({json.loads(body)["data"]["object"]["payment_intent"] for _, body in stripe.posted}) == 2


def test_a_failure_is_told_and_can_be_followed_by_a_success(stripe: Provider, session: dict[str, Any]) -> None:
    stripe.settle(ATTEMPT, Choice("failure"))
    found = stripe.found(session)
    assert (found["status"], found["payment_status"]) == ("complete", "unpaid")
    assert found["payment_intent"]["status"] == "requires_payment_method"
    stripe.settle(ATTEMPT, Choice("success"))
    stripe.settle(ATTEMPT, Choice("failure"))
    assert stripe.found(session)["payment_status"] == "paid"
    assert [kind for kind, _ in stripe.events()] == [
        "checkout.session.async_payment_failed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
    ]


def test_of_a_buyer_who_goes_back_nothing_is_told_before_the_sessions_end(
    stripe: Provider, session: dict[str, Any]
) -> None:
    assert stripe.settle(ATTEMPT, Choice("cancel")) == Sent()
    assert stripe.return_address(ATTEMPT) == FORM["cancel_url"]
    assert stripe.found(session)["status"] == "open"
    stripe.clock.time = END + timedelta(seconds=1)
    stripe.send_due()
    stripe.send_due()
    assert stripe.events() == [("checkout.session.expired", "unpaid")]


def test_a_lost_message_leaves_the_state(stripe: Provider, session: dict[str, Any]) -> None:
    assert stripe.settle(ATTEMPT, Choice("success", "lost")) == Sent()
    assert (stripe.posted, stripe.found(session)["payment_status"]) == ([], "paid")


@pytest.mark.parametrize(("outcome", "paid"), [("success", "paid"), ("failure", "unpaid"), ("cancel", "unpaid")])
def test_a_forged_message_claims_success_whatever_the_state(
    stripe: Provider, session: dict[str, Any], outcome: Outcome, paid: str
) -> None:
    assert stripe.settle(ATTEMPT, Choice(outcome, "forged")).sent == 1
    ((header, body),) = stripe.posted
    assert header != signature_header("whsec_new", body, NOW)
    assert stripe.events() == [("checkout.session.completed", "paid")]
    assert stripe.found(session)["payment_status"] == paid


@pytest.mark.parametrize(
    ("outcome", "status", "event"),
    [
        ("success", "complete", ("checkout.session.async_payment_succeeded", "paid")),
        ("failure", "complete", ("checkout.session.async_payment_failed", "unpaid")),
        ("cancel", "open", ("checkout.session.expired", "unpaid")),
    ],
)
def test_a_late_end_shows_after_the_sessions_time(
    stripe: Provider, session: dict[str, Any], outcome: Outcome, status: str, event: tuple[str, str]
) -> None:
    assert stripe.settle(ATTEMPT, Choice(outcome, "late")) == Sent()
    stripe.clock.time = END
    stripe.send_due()
    found = stripe.found(session)
    assert (found["status"], found["payment_status"], stripe.posted) == (status, "unpaid", [])
    stripe.clock.time = END + timedelta(seconds=1)
    stripe.send_due()
    stripe.send_due()
    assert stripe.events() == [event]


def test_a_session_that_nobody_paid_expires_without_a_word(stripe: Provider, session: dict[str, Any]) -> None:
    stripe.clock.time = END + timedelta(seconds=1)
    stripe.send_due()
    assert (stripe.found(session)["status"], stripe.posted) == ("expired", [])


def test_an_open_session_can_be_expired_and_no_other(stripe: Provider, session: dict[str, Any]) -> None:
    status, expired = stripe.ask("POST", f"/{session['id']}/expire")
    assert (status, expired["status"], expired["url"]) == (200, "expired", None)
    assert stripe.ask("POST", f"/{session['id']}/expire")[0] == 400
    stripe.send_due()
    assert stripe.events() == [("checkout.session.expired", "unpaid")]
    stripe.settle(ATTEMPT, Choice("success"))
    assert stripe.found(session)["payment_status"] == "paid", "the money was on its way"


REFUND = {"amount": "99000", "reason": "requested_by_customer", "metadata[goi_refund]": "rfd_1"}


@pytest.fixture
def intent(stripe: Provider, session: dict[str, Any]) -> str:
    stripe.settle(ATTEMPT, Choice("success"))
    return str(stripe.found(session)["payment_intent"]["id"])


def refund(stripe: Provider, intent: str, idempotency: str = "", **changes: str) -> tuple[int, Any]:
    """A refund of a payment."""
    form = urlencode({"payment_intent": intent, **REFUND, **changes})
    return stripe.ask("POST", form=form, idempotency=idempotency, base=REFUNDS)


def test_a_refund_is_made_once_for_each_key(stripe: Provider, intent: str) -> None:
    status, first = refund(stripe, intent, "rfd_1")
    assert (status, first["status"], first["amount"], first["currency"]) == (200, "succeeded", 99_000, "vnd")
    assert (first["metadata"], first["payment_intent"]) == ({"goi_refund": "rfd_1"}, intent)
    assert refund(stripe, intent, "rfd_1") == (200, first)
    assert refund(stripe, intent, "rfd_1", amount="1")[1]["error"]["type"] == "idempotency_error"
    assert stripe.ask("GET", f"/{first['id']}", base=REFUNDS) == (200, first)
    assert stripe.ask("GET", f"?payment_intent={intent}&limit=100", base=REFUNDS)[1]["data"] == [first]


def test_a_list_of_refunds_has_pages(stripe: Provider, intent: str) -> None:
    second = [refund(stripe, intent)[1] for _ in range(2)][1]
    listed = stripe.ask("GET", f"?payment_intent={intent}&limit=1", base=REFUNDS)[1]
    assert (listed["data"], listed["has_more"]) == ([second], True)


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"amount": "0"}, 400, "amount"),
        ({"amount": "299001"}, 400, "amount"),
        ({"reason": "no"}, 400, "reason"),
        ({"surprise": "1"}, 400, "surprise"),
        ({"payment_intent": "cs_1"}, 400, "payment_intent"),
        ({"payment_intent": "pi_none"}, 404, "payment_intent"),
    ],
    ids=str,
)
def test_a_bad_refund_is_refused(
    stripe: Provider, intent: str, changes: dict[str, str], status: int, error: str
) -> None:
    answer = refund(stripe, intent, "rfd_1", **changes)
    assert (answer[0], answer[1]["error"]["param"]) == (status, error)
    assert refund(stripe, intent, "rfd_1")[0] == 200, "a refusal is not kept under its key"


def test_nothing_is_left_after_all_went_back(stripe: Provider, intent: str) -> None:
    assert refund(stripe, intent, amount="299000")[0] == 200
    assert refund(stripe, intent)[1]["error"]["code"] == "charge_already_refunded"


@pytest.mark.parametrize("path", ["/re_none", "?payment_intent=pi_none", "?limit=0", "?charge=ch_1", "?limit=x"])
def test_a_refund_that_is_not_there_is_not_found(stripe: Provider, path: str) -> None:
    status, answer = stripe.ask("GET", path, base=REFUNDS)
    assert (status in {400, 404}, "error" in answer) == (True, True)


def test_refunds_need_the_key(stripe: Provider) -> None:
    assert stripe.ask("POST", base=REFUNDS, key="sk_other")[0] == 401
