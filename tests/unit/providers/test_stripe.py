"""Stripe's protocol against the published vector, and against every way to tamper with a message."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from billing.adapters.providers import stripe as module
from billing.adapters.providers.stripe import Stripe, make, moment, sign
from billing.adapters.settings import Settings
from billing.domain.payments import DocumentRequest, Payment
from billing.service.provider_port import Attempt, BadSignature, Ignored, Outcome, ProviderUnavailable, WebhookRequest
from tests.support.template import ROOT

(VECTOR,) = json.loads((ROOT / "tests" / "vectors" / "stripe.json").read_text("utf-8"))
SECRET = "whsec_test"
NOW = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
END = NOW + timedelta(minutes=35)
STRIPE = Stripe("sk_test_1", (SECRET,), "https://api.example")
ATTEMPT = Attempt(
    payment_id="pay_abc",
    reference=STRIPE.reference("pay_abc", NOW),
    order_id="ord_1",
    amount=299_000,
    currency="VND",
    description="Goi Pro 3 thang",
    buyer_ip="203.0.113.7",
    language="vi",
    return_url="https://app.goi.example/app/result.html?order=ord_1",
    webhook_url="https://api.goi.example/webhooks/stripe",
    created_at=NOW,
    expires_at=END,
)
PAYMENT = Payment(
    id="pay_abc",
    order_id="ord_1",
    account_id="acc-1",
    provider="stripe",
    reference="pay_abc",
    amount=299_000,
    currency="VND",
    status="open",
    url="https://checkout.stripe.com/c/pay/cs_1",
    qr_content=None,
    document=DocumentRequest("receipt", "", "BL{yy}", "Asia/Ho_Chi_Minh"),
    created_at=NOW,
    expires_at=END,
    handle="cs_1",
)
SESSION = {
    "id": "cs_1",
    "object": "checkout.session",
    "mode": "payment",
    "status": "complete",
    "payment_status": "paid",
    "amount_total": 299_000,
    "currency": "vnd",
    "client_reference_id": "pay_abc",
    "payment_intent": "pi_1",
    "url": "https://checkout.stripe.com/c/pay/cs_1",
}
EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "checkout.session.completed",
    "created": int(NOW.timestamp()) - 5,
    "data": {"object": SESSION},
}
UNKNOWN = {"error": {"type": "invalid_request_error", "code": "resource_missing"}}
REFUSED = {"error": {"type": "invalid_request_error", "message": "no"}}
TOO_SOON = {"error": {"type": "invalid_request_error", "param": "expires_at"}}


def event(kind: str = "checkout.session.completed", **changes: Any) -> dict[str, Any]:
    """An event about the session; `changes` are the session's."""
    return {**EVENT, "type": kind, "data": {"object": {**SESSION, **changes}}}


def posted(
    content: object = EVENT, *, secret: str = SECRET, sent_at: datetime = NOW, header: str | None = None
) -> WebhookRequest:
    """The webhook with that content, or with those bytes, signed."""
    body = content if isinstance(content, bytes) else json.dumps(content, indent=2).encode()
    seconds = str(int(sent_at.timestamp()))
    signature = f"t={seconds},v1={sign(secret, seconds, body)}" if header is None else header
    headers = {"content-type": "application/json; charset=utf-8", "stripe-signature": signature}
    return WebhookRequest("POST", "", headers, body)


class Api:
    """Stripe's interface with answers that are given in advance; what was asked of it is kept."""

    def __init__(self, *answers: Mapping[str, Any]) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[str, str, Mapping[str, str], Mapping[str, str]]] = []

    def post_form(self, url: str, fields: Mapping[str, str], headers: Mapping[str, str], _timeout: float) -> Any:
        self.calls.append(("POST", url, fields, headers))
        return self.answers.pop(0)

    def get_json(self, url: str, headers: Mapping[str, str], _timeout: float) -> Any:
        self.calls.append(("GET", url, {}, headers))
        return self.answers.pop(0)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Api]:
    def answering(*answers: Mapping[str, Any]) -> Api:
        made = Api(*answers)
        monkeypatch.setattr(module, "post_form", made.post_form)
        monkeypatch.setattr(module, "get_json", made.get_json)
        return made

    return answering


def test_the_published_signature_is_believed_at_its_time_and_its_event_says_nothing_to_us() -> None:
    """T15: its v0 does not count, its last line break does."""
    body, secret = VECTOR["params"]["payload"].encode(), VECTOR["secret"]["endpoint_secret"]
    sent_at = datetime.fromtimestamp(VECTOR["params"]["timestamp"], UTC)
    account = replace(STRIPE, webhook_secrets=(secret,))
    assert sign(secret, str(VECTOR["params"]["timestamp"]), body) == VECTOR["expected_signature"]
    with pytest.raises(Ignored):
        account.read_webhook(posted(body, header=VECTOR["header"]), sent_at)
    for request, now in (
        (posted(body.rstrip(), header=VECTOR["header"]), sent_at),
        (posted(body, header=VECTOR["header"]), NOW),
        (posted(body, header=VECTOR["header"].replace("v1=", "v2=")), sent_at),
    ):
        with pytest.raises(BadSignature):
            account.read_webhook(request, now)


def test_a_session_is_made(api: Callable[..., Api]) -> None:
    """T44: dong have no smaller unit, so nothing is multiplied."""
    calls = api({**SESSION, "status": "open"}).calls
    started = STRIPE.start(ATTEMPT)
    assert (started.url, started.handle) == ("https://checkout.stripe.com/c/pay/cs_1", "cs_1")
    ((method, url, fields, headers),) = calls
    assert (method, url) == ("POST", "https://api.example/v1/checkout/sessions")
    assert (headers["authorization"], headers["idempotency-key"]) == ("Bearer sk_test_1", "pay_abc")
    assert headers["stripe-version"]
    assert fields["line_items[0][price_data][unit_amount]"] == "299000"
    assert fields["line_items[0][price_data][currency]"] == "vnd"
    assert (fields["client_reference_id"], fields["locale"]) == ("pay_abc", "vi")
    assert fields["expires_at"] == str(int(END.timestamp()))
    assert fields["success_url"] == fields["cancel_url"] == ATTEMPT.return_url


def test_a_retry_asks_for_the_same_session(api: Callable[..., Api]) -> None:
    """T02: the same key and the same parameters, however often."""
    calls = api(SESSION, SESSION).calls
    STRIPE.start(ATTEMPT)
    STRIPE.start(ATTEMPT)
    assert calls[0] == calls[1]


def test_a_retry_that_is_too_late_for_the_attempts_end_leaves_the_end_to_stripe(api: Callable[..., Api]) -> None:
    calls = api(TOO_SOON, SESSION).calls
    assert STRIPE.start(ATTEMPT).handle == "cs_1"
    (_, _, first, one), (_, _, second, other) = calls
    assert {**second, "expires_at": first["expires_at"]} == first
    assert "expires_at" not in second
    assert one["idempotency-key"] != other["idempotency-key"], "a key belongs to its parameters"


@pytest.mark.parametrize("answers", [[{}], [REFUSED], [{**SESSION, "url": None}], [TOO_SOON, TOO_SOON]])
def test_without_a_session_the_provider_is_unavailable(api: Callable[..., Api], answers: list[dict[str, Any]]) -> None:
    api(*answers)
    with pytest.raises(ProviderUnavailable):
        STRIPE.start(ATTEMPT)


@pytest.mark.parametrize(
    ("kind", "payment_status", "outcome"),
    [
        ("checkout.session.completed", "paid", "paid"),
        ("checkout.session.completed", "no_payment_required", "paid"),
        ("checkout.session.completed", "unpaid", "pending"),
        ("checkout.session.async_payment_succeeded", "paid", "paid"),
        ("checkout.session.async_payment_failed", "unpaid", "failed"),
        ("checkout.session.expired", "unpaid", "failed"),
    ],
)
def test_an_event_is_read(kind: str, payment_status: str, outcome: str) -> None:
    notice = STRIPE.read_webhook(posted(event(kind, payment_status=payment_status)), NOW)
    assert (notice.provider, notice.reference, notice.outcome) == ("stripe", "pay_abc", outcome)
    assert (notice.amount, notice.currency, notice.transaction) == (299_000, "VND", "pi_1")
    assert notice.occurred_at == NOW - timedelta(seconds=5)


def test_another_currency_is_told_as_it_is() -> None:
    """T19: it does not fit the attempt, so an operator sees it."""
    notice = STRIPE.read_webhook(posted(event(currency="usd", amount_total=1_150)), NOW)
    assert (notice.amount, notice.currency) == (1_150, "USD")


def test_an_intent_may_be_given_as_a_whole_or_not_at_all() -> None:
    assert STRIPE.read_webhook(posted(event(payment_intent={"id": "pi_2"})), NOW).transaction == "pi_2"
    assert STRIPE.read_webhook(posted(event(payment_intent=None)), NOW).transaction == "cs_1"


def test_money_for_a_session_of_other_software_is_told_too() -> None:
    """T16: it fits no order of ours, so an operator sees it."""
    assert STRIPE.read_webhook(posted(event(client_reference_id=None)), NOW).reference == "cs_1"


@pytest.mark.parametrize(
    "content",
    [
        event("payment_intent.payment_failed"),
        event("charge.refunded"),
        event("checkout.session.new_kind"),
        event(mode="subscription"),
        event(mode="setup", amount_total=None),
        {**EVENT, "object": "v2.core.event"},
        {**EVENT, "type": ["checkout.session.completed"]},
    ],
    ids=["intent", "refund", "new", "subscription", "setup", "thin", "no type"],
)
def test_what_is_no_news_of_a_payment_is_acknowledged(content: dict[str, Any]) -> None:
    """T15: and it is not remembered, so nothing is taken as processed that was not."""
    with pytest.raises(Ignored):
        STRIPE.read_webhook(posted(content), NOW)


def test_either_of_two_secrets_and_any_v1_is_believed() -> None:
    """T22: while one secret is replaced by the other, Stripe signs with both."""
    rotating = replace(STRIPE, webhook_secrets=("whsec_new", SECRET))
    for secret in ("whsec_new", SECRET):
        assert rotating.read_webhook(posted(secret=secret), NOW).outcome == "paid"
    body, seconds = json.dumps(EVENT).encode(), str(int(NOW.timestamp()))
    header = f"t={seconds}, v1={'0' * 64}, v1={sign(SECRET, seconds, body)}, v0=x"
    assert STRIPE.read_webhook(posted(body, header=header), NOW).outcome == "paid"


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_a_time_near_ours_is_believed(seconds: int) -> None:
    assert STRIPE.read_webhook(posted(sent_at=NOW + timedelta(seconds=seconds)), NOW).outcome == "paid"


@pytest.mark.parametrize("seconds", [-301, 301, 86_400, -86_400])
def test_a_time_far_from_ours_is_refused(seconds: int) -> None:
    with pytest.raises(BadSignature):
        STRIPE.read_webhook(posted(sent_at=NOW + timedelta(seconds=seconds)), NOW)


def bad_headers() -> list[str]:
    """Signature headers that are not Stripe's for the event."""
    body, seconds = json.dumps(EVENT, indent=2).encode(), str(int(NOW.timestamp()))
    good = sign(SECRET, seconds, body)
    later = str(int(seconds) + 1)
    return [
        *("", "t", "v1", f"v1={good}", f"t={seconds}", f"t={seconds},v1=", f"t=,v1={good}", f"t=-1,v1={good}"),
        *(f"t={later},v1={good}", f"t={seconds},t={seconds},v1={good}", f"t={seconds}.0,v1={good}"),
        *(f"t={seconds},v0={good}", f"t={seconds},v2={good}", f"t={seconds},v1={good[:-1]}", f"t={seconds};v1={good}"),
        *(f"t={seconds},v1={good.upper()}", f"t={seconds},v1={good}0", f"t={seconds},v1=é", f"t={seconds},v1=\ud800"),
        *(f"t={seconds},v1={sign('', seconds, body)}", f"t={seconds},v1={sign('another', seconds, body)}"),
        *(f"t={'9' * 13},v1={good}", f"t=٣,v1={good}"),
    ]


@pytest.mark.parametrize("header", bad_headers())
def test_a_header_without_our_signature_is_refused(header: str) -> None:
    with pytest.raises(BadSignature):
        STRIPE.read_webhook(posted(header=header), NOW)


def mutations() -> list[bytes]:
    """The event's bytes with each field altered, removed or doubled, cut off, and written in other ways."""
    body = json.dumps(EVENT, indent=2).encode()
    found = [
        body[:-1],
        body + b"\n",
        body.replace(b"\n", b"\r\n"),
        body.decode().encode("utf-16"),
        b"\xef\xbb\xbf" + body,
    ]
    found += [
        json.dumps(EVENT).encode(),
        json.dumps(EVENT, indent=2, sort_keys=True).encode(),
        b"",
        body[: len(body) // 2],
    ]
    for name, value in SESSION.items():
        pair = f'"{name}": {json.dumps(value)}'.encode()
        found += [body.replace(pair, change, 1) for change in (pair[:-1] + b"9", b'"gone": 0', pair + b", " + pair)]
    return [changed for changed in found if changed != body]


@pytest.mark.parametrize("body", mutations())
def test_altered_bytes_are_refused(body: bytes) -> None:
    """T18: the signature is over the bytes, so writing the same event anew is an alteration too."""
    header = posted().headers["stripe-signature"]
    with pytest.raises(BadSignature):
        STRIPE.read_webhook(posted(body, header=header), NOW)


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"[]", b"null", b"\xff", b'{"a":NaN}', b'{"type":1,"type":1}', b'{"a":' * 30_000),
        {**EVENT, "data": None},
        {**EVENT, "data": {"object": "cs_1"}},
        *(event(amount_total=wrong) for wrong in (None, "299000", -1, 1.5, True)),
        *(event(currency=None), event(id=None)),
    ],
    ids=lambda content: str(content)[-60:],
)
def test_a_signed_message_that_is_no_event_is_refused(content: object) -> None:
    with pytest.raises(BadSignature):
        STRIPE.read_webhook(posted(content), NOW)


def test_another_method_or_type_is_refused() -> None:
    request = posted()
    plain = {**request.headers, "content-type": "text/plain"}
    for changed in (replace(request, method="GET"), replace(request, headers=plain)):
        with pytest.raises(BadSignature):
            STRIPE.read_webhook(changed, NOW)


@pytest.mark.parametrize(
    ("outcome", "status", "received"),
    [
        (Outcome.ACCEPTED, 200, True),
        (Outcome.DUPLICATE, 200, True),
        (Outcome.UNKNOWN_ORDER, 200, True),
        (Outcome.WRONG_AMOUNT, 200, True),
        (Outcome.BAD_SIGNATURE, 400, False),
        (Outcome.FAULT, 503, False),
    ],
)
def test_answers_are_those_of_the_contract(outcome: Outcome, status: int, received: bool) -> None:
    assert module.answer(outcome) == (status, {"received": received})


def found(status: str, payment_status: str, intent: str | None = None) -> dict[str, Any]:
    """A session as a query finds it."""
    whole = {"id": "pi_1", "status": intent} if intent else None
    return {**SESSION, "status": status, "payment_status": payment_status, "payment_intent": whole}


@pytest.mark.parametrize(
    ("session", "outcome"),
    [
        (found("complete", "paid", "succeeded"), "paid"),
        (found("expired", "paid", "succeeded"), "paid"),
        (found("open", "unpaid"), "pending"),
        (found("open", "unpaid", "requires_payment_method"), "pending"),
        (found("complete", "unpaid", "processing"), "pending"),
        (found("complete", "unpaid", "requires_payment_method"), "failed"),
        (found("complete", "unpaid", "canceled"), "failed"),
        (found("expired", "unpaid"), "failed"),
        (UNKNOWN, "failed"),
    ],
)
def test_the_state_is_found_by_asking(api: Callable[..., Api], session: dict[str, Any], outcome: str) -> None:
    """T11: with every webhook lost. A card that was declined in an open session can be followed by another."""
    calls = api(session).calls
    notice = STRIPE.query(PAYMENT, END)
    assert (notice.outcome, notice.reference, notice.amount, notice.currency) == (outcome, "pay_abc", 299_000, "VND")
    assert calls[0][1] == "https://api.example/v1/checkout/sessions/cs_1?expand%5B%5D=payment_intent"
    assert notice.transaction == ("pi_1" if outcome == "paid" else notice.transaction)


def test_an_attempt_without_a_session_was_never_shown_to_its_buyer() -> None:
    assert STRIPE.query(replace(PAYMENT, handle=None, url=None), END).outcome == "failed"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        REFUSED,
        {**SESSION, "status": "new"},
        {**SESSION, "payment_status": None},
        {**SESSION, "client_reference_id": "pay_other"},
        {**SESSION, "amount_total": None},
    ],
    ids=str,
)
def test_an_answer_that_is_not_understood_decides_nothing(api: Callable[..., Api], answer: dict[str, Any]) -> None:
    api(answer)
    with pytest.raises(ProviderUnavailable):
        STRIPE.query(PAYMENT, END)


def test_a_session_is_expired(api: Callable[..., Api]) -> None:
    """T01: before the buyer pays elsewhere."""
    calls = api(found("expired", "unpaid")).calls
    STRIPE.close(PAYMENT, NOW)
    assert calls[0][:2] == ("POST", "https://api.example/v1/checkout/sessions/cs_1/expire")
    api(REFUSED, found("expired", "unpaid"))
    STRIPE.close(PAYMENT, NOW)


@pytest.mark.parametrize(
    "answers", [[REFUSED, found("complete", "paid")], [REFUSED, UNKNOWN], [{}], [REFUSED, found("expired", "paid")]]
)
def test_a_session_that_may_still_bring_money_is_not_closed(
    api: Callable[..., Api], answers: list[dict[str, Any]]
) -> None:
    api(*answers)
    with pytest.raises(ProviderUnavailable):
        STRIPE.close(PAYMENT, NOW)


def test_without_key_and_secret_there_is_no_account() -> None:
    settings = Settings({"STAGE": "dev", "STRIPE_API_URL": "https://api.example"})
    credentials = {"STRIPE_API_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_new, whsec_old"}
    made = make(settings, credentials)
    assert made
    assert made.webhook_secrets == ("whsec_new", "whsec_old")
    for name in credentials:
        assert make(settings, {**credentials, name: ""}) is None


@pytest.mark.parametrize("seconds", [None, "1", -1, 10**30])
def test_a_time_that_is_none_is_now(seconds: object) -> None:
    assert moment(seconds, NOW) == NOW
