"""What API Gateway makes of a webhook on its way, and what reaches the function that is no webhook at all (T18)."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus

import pytest

from billing.adapters.providers.registry import MODULES
from billing.adapters.settings import Settings
from local.settings import DEFAULT_CREDENTIALS
from local.simulators.stripe.signing import signature_header
from local.simulators.vnpay.signing import HASH, digest
from tests.support.attempts import NOW
from tests.support.doorway import Doorway, doorway
from tests.support.street import SEPAY_SECRET, Message, Street, settings, street, vault

LIMIT = 64 * 1024
WEBHOOKS = {**{name: (name, {}) for name in MODULES}, "sepay, signing": ("sepay", SEPAY_SECRET)}


@pytest.fixture(params=list(WEBHOOKS))
def case(request: pytest.FixtureRequest) -> str:
    """A webhook."""
    return str(request.param)


@pytest.fixture
def providers(case: str) -> Iterator[Street]:
    """All providers, SePay as the case has it."""
    with street(WEBHOOKS[case][1]) as opened:
        yield opened


@pytest.fixture
def message(providers: Street, case: str) -> Message:
    """Its webhook about a payment."""
    return providers.message(providers.deal(WEBHOOKS[case][0]))


@pytest.fixture
def door(providers: Street, case: str, message: Message) -> Iterator[Doorway]:
    """The function."""
    with doorway(providers.deal(WEBHOOKS[case][0], "pay_x").payment, providers.credentials) as opened:
        yield opened


def answer(door: Doorway, event: dict[str, Any]) -> tuple[int, Any, int]:
    """Status, body and how many messages were queued."""
    door.queued = []
    given = door.function.handler(event, None)
    return given["statusCode"], json.loads(given["body"] or "null"), len(door.queued)


def test_a_body_in_base64_is_the_same_body(door: Doorway, message: Message) -> None:
    """T18: API Gateway encodes what it takes for binary; the signature is over what was sent."""
    plain = message.event()
    encoded = {**plain, "isBase64Encoded": True, "body": base64.b64encode(message.body).decode()}
    assert answer(door, encoded) == answer(door, {**plain, "body": message.body.decode()})
    assert len(door.queued) == 1


def test_header_names_have_no_case(door: Doorway, message: Message) -> None:
    for change in (str.upper, str.title, str.lower):
        event = message.event()
        event["headers"] = {change(name): value for name, value in event["headers"].items()}
        assert answer(door, event)[2] == 1


def test_only_the_raw_query_counts(door: Doorway, message: Message) -> None:
    """T18: API Gateway decodes and joins the parameters; what was signed is the query as it came."""
    event = {**message.event(), "queryStringParameters": {"vnp_Amount": "100,29900000", "amount": "1"}}
    assert answer(door, event)[2] == 1
    assert answer(door, {key: value for key, value in event.items() if key != "queryStringParameters"})[2] == 1


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b'{"a": "\xe9"}', b"\x1f\x8b\x08\x00", b"\x00" * 10])
def test_bytes_that_are_no_text_are_a_bad_signature(door: Doorway, message: Message, body: bytes) -> None:
    event = replace(message, query="", body=body).event()
    assert event["isBase64Encoded"] or body.startswith(b"\x00"), "as API Gateway does it"
    status, _, queued = answer(door, event)
    assert status in {200, 400, 401}
    assert (queued, door.reads) == (0, 0)


def test_an_event_without_headers_query_and_body_is_a_bad_signature(door: Doorway, message: Message) -> None:
    event = {key: message.event()[key] for key in ("version", "routeKey", "pathParameters", "requestContext")}
    for empty in (event, {**event, "headers": None, "body": None, "rawQueryString": None, "isBase64Encoded": False}):
        status, _, queued = answer(door, empty)
        assert status in {200, 400, 401}
        assert (queued, door.reads) == (0, 0)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_a_method_that_no_provider_uses_has_no_route(door: Doorway, message: Message, method: str) -> None:
    status, problem, queued = answer(door, replace(message, method=method).event())
    assert (status, problem["code"], queued) == (404, "not_found", 0)


def padded(message: Message, size: int, providers: Street) -> Message:
    """The message with spaces behind it, signed anew where each byte is signed; the sender's own hand signs."""
    longer = replace(message, body=message.body.ljust(size))
    if message.provider == "stripe":
        secret = DEFAULT_CREDENTIALS["STRIPE_WEBHOOK_SECRET"]
        return longer.with_header("stripe-signature", signature_header(secret, longer.body, NOW))
    if "x-sepay-signature" in message.headers:
        simulator: Any = providers.simulators["sepay"]
        return replace(longer, headers={**longer.headers, **simulator._proof(longer.body, False)})
    return longer


@pytest.mark.parametrize("encoded", [False, True], ids=["as text", "in base64"])
def test_64_kib_are_taken_and_a_byte_more_is_not(
    door: Doorway, message: Message, providers: Street, encoded: bool
) -> None:
    """The limit is that of the bytes sent, however the event carries them."""
    for size, fine in ((LIMIT, True), (LIMIT + 1, False), (LIMIT * 4, False)):
        sent = padded(message, size, providers)
        assert len(sent.body) == size
        event = sent.event()
        if encoded:
            event |= {"isBase64Encoded": True, "body": base64.b64encode(sent.body).decode()}
        status, content, queued = answer(door, event)
        assert queued == fine
        if not fine:
            assert (status, content["code"]) == (413, "too_large")


def test_without_its_secret_a_provider_is_not_found(door: Doorway, message: Message, case: str) -> None:
    name = WEBHOOKS[case][0]
    others = {key: value for key, value in DEFAULT_CREDENTIALS.items() if not key.startswith(f"{name.upper()}_")}
    setattr(door.function, "credentials", vault(others))  # noqa: B010
    status, problem, queued = answer(door, message.event())
    assert (status, problem["code"], queued, door.reads) == (404, "not_found", 0, 0)


def test_a_provider_that_is_switched_off_is_not_found(door: Doorway, message: Message, case: str) -> None:
    name = WEBHOOKS[case][0]
    others = ",".join(other for other in MODULES if other != name)
    for enabled in (others, "", f"not{name}", name.upper()):
        environment = {**settings(), "PROVIDERS": enabled}
        setattr(door.function, "settings", Settings(environment))  # noqa: B010
        status, problem, queued = answer(door, message.event())
        assert (status, problem["code"], queued) == (404, "not_found", 0)


@pytest.mark.parametrize(
    "name", ["paypal", "", "manual", "registry", "bodies", "..", "vnpay/", "VNPAY", "vnpay%00", "đ"]
)
def test_an_unknown_provider_is_not_found(door: Doorway, message: Message, name: str) -> None:
    status, problem, queued = answer(door, {**message.event(), "pathParameters": {"provider": name}})
    assert (status, problem["code"], queued) == (404, "not_found", 0)


def lower_hex(text: str) -> str:
    """Percent-encoded with small letters."""
    encoded = quote_plus(text)
    return "".join(one.lower() if encoded[max(0, at - 2) : at].count("%") else one for at, one in enumerate(encoded))


ENCODERS: dict[str, Callable[[str], str]] = {
    "a form": quote_plus,
    "spaces as %20": lambda text: quote(text, safe=""),
    "JavaScript's": lambda text: quote(text, safe="!'()*~"),
    "only what must be": lambda text: quote(text, safe="/:,;@!$'()*~"),
    "small letters": lower_hex,
    "everything": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
}


@pytest.mark.parametrize("case", ["vnpay"], indirect=True)
@pytest.mark.parametrize("encoder", ENCODERS)
def test_vnpay_may_encode_as_it_likes_and_signs_what_it_sends(door: Doorway, message: Message, encoder: str) -> None:
    """T18: no encoder is re-done, so none is guessed."""
    fields = {**dict(parse_qsl(message.query)), "vnp_OrderInfo": "Gói Pro: 3 tháng (thử) ~ *50%*, a+b/c"}
    fields.pop(HASH)
    text = "&".join(f"{name}={ENCODERS[encoder](value)}" for name, value in sorted(fields.items()))
    sent = replace(message, query=f"{text}&{HASH}={digest(DEFAULT_CREDENTIALS['VNPAY_HASH_SECRET'], text)}")
    door.receive(sent)
    (queued,) = door.queued
    assert (queued["notice"]["amount"], queued["notice"]["outcome"]) == (299_000, "paid")
    for changed in (encode for name, encode in ENCODERS.items() if name != encoder):
        other = "&".join(f"{name}={changed(value)}" for name, value in sorted(fields.items()))
        if other != text:
            status, _ = door.receive(replace(sent, query=f"{other}&{sent.query.rpartition('&')[2]}"))
            assert (status, door.queued) == (200, []), "changed on the way: other bytes than were signed"
