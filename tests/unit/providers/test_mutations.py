"""Nobody between a provider and us can make a message of his own: every webhook altered in thousands of ways.

T17, T18. Messages are the simulators' own, and so are the functions that say what is signed: an altered message may be
taken only where the provider signed the very same thing (docs/providers.md says what that is), and then it must lead to
the very same message in the queue. Everything else is answered as a bad signature, read from no table and put into no
queue.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import pytest

from local import simulators
from local.settings import DEFAULT_CREDENTIALS
from local.simulators.base import Choice
from local.simulators.momo.signing import RESULT
from local.simulators.momo.signing import joined as momo_joined
from local.simulators.payos.signing import joined as payos_joined
from local.simulators.stripe.signing import signature_header
from local.simulators.vnpay.signing import HASH, encode
from tests.support import mutations
from tests.support.attempts import NOW
from tests.support.doorway import Doorway, Given, doorway
from tests.support.mutations import Mutation
from tests.support.street import SEPAY_SECRET, Deal, Message, Street, street
from tests.support.template import ROOT

spaced: Callable[[Any], bytes] = lambda content: json.dumps(content, ensure_ascii=False).encode()  # noqa: E731
compact: Callable[[Any], bytes] = lambda content: json.dumps(content, separators=(",", ":")).encode()  # noqa: E731


@dataclass(frozen=True)
class Case:
    """A provider's webhook. `wrong` are credentials that it must not be signed with; `meaning` is what it signed.

    `alter` makes what is the provider's own to alter, beside what every message is put through.
    """

    provider: str
    bad: Given
    wrong: tuple[Mapping[str, str], ...]
    meaning: Callable[[Message], Any]
    alter: Callable[[Message, Sequence[Message]], Iterator[Mutation]]
    credentials: Mapping[str, str] = field(default_factory=dict)


def posted(message: Message) -> Any:
    """The JSON of a message that was posted as such."""
    kind = message.headers["content-type"].partition(";")[0].strip().lower()
    if message.method != "POST" or kind != "application/json":
        raise ValueError("not posted as JSON")
    return json.loads(message.body.decode())


def vnpay_meaning(message: Message) -> Any:
    """VNPAY signs the vnp_ fields that have a value, whatever their order, but for the hash and its type."""
    pairs = [pair for pair in parse_qsl(message.query, keep_blank_values=True) if pair[0].startswith("vnp_")]
    fields = dict(pairs)
    if len(fields) != len(pairs) or message.method != "GET":
        raise ValueError("a field twice, or not by GET")
    given = fields.pop(HASH).lower()
    fields.pop("vnp_SecureHashType", None)
    return encode(fields), given


def momo_meaning(message: Message) -> Any:
    """MoMo signs the texts of twelve fields."""
    content = posted(message)
    return momo_joined({name: content[name] for name in RESULT}), content["signature"]


def zalopay_meaning(message: Message) -> Any:
    """ZaloPay signs the text `data`; a callback for an order is of type 1."""
    content = posted(message)
    return content["data"], content["mac"], repr(content["type"])


def payos_meaning(message: Message) -> Any:
    """payOS signs the texts of the fields of `data`."""
    content = posted(message)
    return payos_joined(content["data"]), content["signature"]


def key_meaning(message: Message) -> Any:
    """SePay's API key stands for whatever comes with it."""
    scheme, _, key = message.headers["authorization"].partition(" ")
    return scheme.lower(), key.strip(), posted(message)


def hmac_meaning(message: Message) -> Any:
    """SePay signs the time and every byte."""
    posted(message)
    names = ("x-sepay-timestamp", "x-sepay-signature")
    return *(message.headers[name].lower() for name in names), message.body


def stripe_meaning(message: Message) -> Any:
    """Stripe signs the time and every byte; of the signatures in the header one v1 has to fit."""
    posted(message)
    parts = [part.strip().partition("=") for part in message.headers["stripe-signature"].split(",")]
    (time,) = (value for name, _, value in parts if name == "t")
    sent_at = datetime.fromtimestamp(int(time), UTC)
    header = signature_header(DEFAULT_CREDENTIALS["STRIPE_WEBHOOK_SECRET"], message.body, sent_at)
    return time, header.split(",")[1] in {f"{name}={value}" for name, _, value in parts}, message.body


def in_query(message: Message, siblings: Sequence[Message]) -> Iterator[Mutation]:
    """VNPAY's IPN."""
    yield from mutations.queries(message)
    bare, _, given = message.query.rpartition(f"&{HASH}=")
    for done, other in mutations.signatures(given, [one.query.rpartition("=")[2] for one in siblings]):
        yield f"hash: {done}", replace(message, query=f"{bare}&{HASH}={other}")


def in_body(
    message: Message, siblings: Sequence[Message], name: str, dump: Callable[[Any], bytes]
) -> Iterator[Mutation]:
    """A message with its signature in the member `name`."""
    yield from mutations.bodies(message, dump, layout=True)
    content = json.loads(message.body)
    others = [json.loads(one.body)[name] for one in siblings]
    for done, other in mutations.signatures(content[name], others):
        yield f"{name}: {done}", replace(message, body=json.dumps({**content, name: other}).encode())


def in_data(message: Message, siblings: Sequence[Message]) -> Iterator[Mutation]:
    """ZaloPay's callback: an object in a text in an object."""
    yield from in_body(message, siblings, "mac", compact)
    content = json.loads(message.body)
    inner = content["data"].encode()
    data = json.loads(inner)
    found = [(done, json.dumps(other).encode()) for done, other in mutations.objects(data)]
    found += [*mutations.doubled(data, compact), *mutations.bytes_of(inner), *mutations.layouts(data)]
    for done, text in found:
        if text != inner:
            altered = {**content, "data": text.decode("utf-8", "surrogateescape")}
            yield f"data: {done}", replace(message, body=json.dumps(altered).encode())


def by_key(message: Message, siblings: Sequence[Message]) -> Iterator[Mutation]:
    """SePay's API key: without it no body counts."""
    key = message.headers["authorization"].removeprefix("Apikey ")
    given = [(done, f"Apikey {other}") for done, other in mutations.signatures(key)]
    given += [(done, text) for done, text in mutations.signatures(f"Apikey {key}") if not text.startswith("Apikey ")]
    given += [(scheme, f"{scheme} {key}") for scheme in ("Bearer", "Basic", "Api-Key", "Apikey:", "", "Apikey Apikey")]
    yield from mutations.header(message, "authorization", given)
    for wrong in (None, "", "Apikey", "Apikey ", f"Apikey {key}0", f"Bearer {key}"):
        yield from mutations.bodies(message.with_header("authorization", wrong), spaced, layout=True)
    yield from mutations.envelopes(message)


def by_header(
    message: Message, siblings: Sequence[Message], name: str, times: Callable[[str], Iterator[str]]
) -> Iterator[Mutation]:
    """A message with the signature of its bytes in a header, and the time of sending with it."""
    yield from mutations.bodies(message, spaced, layout=True)
    given = message.headers[name]
    others = [one.headers[name] for one in siblings]
    yield from mutations.header(message, name, mutations.signatures(given, others))
    for time in times(given):
        yield f"time: {time}", message.with_header(*time.split(": ", 1))


def sepay_times(_: str) -> Iterator[str]:
    """Other times beside the signature."""
    seconds = int(NOW.timestamp())
    for other in (*range(seconds - 3, seconds), *range(seconds + 1, seconds + 4), 0, seconds * 1000, -seconds):
        yield f"x-sepay-timestamp: {other}"
    for text in (
        "",
        f" {seconds}",
        f"{seconds} ",
        f"+{seconds}",
        f"0{seconds}",
        f"{seconds}.0",
        "now",
        "１７９５４５５０００",
    ):
        yield f"x-sepay-timestamp: {text}"


def stripe_times(given: str) -> Iterator[str]:
    """Other times and other schemes in the signature's header."""
    seconds = int(NOW.timestamp())
    for other in (*range(seconds - 3, seconds), *range(seconds + 1, seconds + 4), 0, f"0{seconds}", f"+{seconds}", ""):
        yield f"stripe-signature: {given.replace(f't={seconds}', f't={other}')}"
    for scheme in ("v0", "v2", "V1", "v1 ", "v", "v10", ""):
        yield f"stripe-signature: {given.replace('v1=', f'{scheme}=')}"
    yield f"stripe-signature: {given},t={seconds - 1}"
    yield f"stripe-signature: t={seconds},{given}"
    yield f"stripe-signature: {given.replace(',v1', ';v1')}"
    for extra in ("v1=0", "v3=0", "v0=0", "=", "v1"):
        yield f"stripe-signature: {given},{extra}"
        yield f"stripe-signature: {extra},{given}"


MOST_TOLD = 10
"""Faults that a failed test lists."""

RECEIVED_NOT, SUCCESS_NOT = '{"received":false}', '{"success":false}'
CASES = {
    "vnpay": Case(
        "vnpay",
        (200, '{"RspCode":"97","Message":"Invalid signature"}'),
        ({"VNPAY_HASH_SECRET": "another"}, {"VNPAY_HASH_SECRET": "xnbcjfakazqsgtarrlgchvzwcioigshn"}),
        vnpay_meaning,
        in_query,
    ),
    "momo": Case(
        "momo",
        (401, ""),
        ({"MOMO_SECRET_KEY": "another"}, {"MOMO_ACCESS_KEY": "another"}),
        momo_meaning,
        partial(in_body, name="signature", dump=spaced),
    ),
    "zalopay": Case(
        "zalopay",
        (200, '{"return_code":-1,"return_message":"mac not equal"}'),
        ({"ZALOPAY_KEY2": "another"}, {"ZALOPAY_KEY2": "PcY4iZIKFCIdgZvA6ueMcMHHUbRLYjPL"}),
        zalopay_meaning,
        in_data,
    ),
    "payos": Case(
        "payos",
        (401, SUCCESS_NOT),
        ({"PAYOS_CHECKSUM_KEY": "another"}, {"PAYOS_CHECKSUM_KEY": "local-payos-api-key"}),
        payos_meaning,
        partial(in_body, name="signature", dump=spaced),
    ),
    "sepay by key": Case(
        "sepay",
        (401, SUCCESS_NOT),
        ({"SEPAY_WEBHOOK_API_KEY": "another"}, {"SEPAY_WEBHOOK_API_KEY": "local-sepay-api-token"}),
        key_meaning,
        by_key,
    ),
    "sepay by signature": Case(
        "sepay",
        (401, SUCCESS_NOT),
        ({"SEPAY_WEBHOOK_SECRET": "another"}, {"SEPAY_WEBHOOK_SECRET": ""}),
        hmac_meaning,
        partial(by_header, name="x-sepay-signature", times=sepay_times),
        SEPAY_SECRET,
    ),
    "stripe": Case(
        "stripe",
        (400, RECEIVED_NOT),
        ({"STRIPE_WEBHOOK_SECRET": "another"}, {"STRIPE_WEBHOOK_SECRET": "local"}),
        stripe_meaning,
        partial(by_header, name="stripe-signature", times=stripe_times),
    ),
}


@pytest.fixture(params=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    """A provider."""
    return CASES[request.param]


@dataclass
class Scene:
    """A provider's message about an attempt that we stored, and the function that it is sent to."""

    case: Case
    street: Street
    deal: Deal
    message: Message
    door: Doorway
    queued: list[Mapping[str, Any]]

    def is_same(self, other: Message) -> bool:
        """Whether the provider signed the very same thing."""
        try:
            return bool(self.case.meaning(other) == self.case.meaning(self.message))
        except (AttributeError, KeyError, LookupError, TypeError, ValueError, RecursionError, OverflowError):
            return False

    def fooled(self, other: Message) -> str:
        """What is wrong with the answer to an altered message; "" if nothing is."""
        answer = self.door.receive(other)
        if self.door.queued and self.door.queued == self.queued and self.is_same(other):
            return ""
        if answer != self.case.bad or self.door.queued or self.door.reads:
            return f"answered {answer}, {self.door.reads} reads, queued {self.door.queued}"
        return ""


@pytest.fixture
def scene(case: Case) -> Iterator[Scene]:
    """A paid attempt."""
    with street(case.credentials) as providers:
        deal = providers.deal(case.provider)
        message = providers.message(deal)
        with doorway(deal.payment, providers.credentials) as door:
            door.receive(message)
            assert len(door.queued) == 1, "what is altered is a good message"
            yield Scene(case, providers, deal, message, door, door.queued)


def foreign(case: Case) -> Iterator[Mutation]:
    """The same payments, told by somebody who knows other secrets."""
    for wrong in case.wrong:
        with street({**case.credentials, **wrong}) as others:
            deal = others.deal(case.provider)
            for amount in (299_000, 1):
                yield f"signed with {wrong}", others.message(deal, Choice("success", amount=amount))
            yield f"forged with {wrong}", others.message(deal, Choice("success", "forged"))


def altered(scene: Scene) -> Iterator[Mutation]:
    """Everything that is tried on a provider's message."""
    siblings = [scene.street.message(scene.street.deal(scene.case.provider, f"pay_{name}")) for name in "de"]
    yield from scene.case.alter(scene.message, siblings)
    yield from foreign(scene.case)
    yield "forged", scene.street.message(scene.deal, Choice("success", "forged"))
    others = [name for name in simulators.PROVIDERS if name != scene.case.provider]
    yield from mutations.of_others(scene.message, [scene.street.message(scene.street.deal(name)) for name in others])


def documented() -> dict[str, int]:
    """How many ways docs/providers.md says that are tried, at least."""
    page = (ROOT / "docs" / "providers.md").read_text("utf-8")
    rows = re.findall(r"^\| ([a-z ]+) \| .* \| ([0-9.]+) \|$", page.split("## What is signed")[1], re.MULTILINE)
    return {name: int(number.replace(".", "")) for name, number in rows}


def test_no_altered_message_is_taken_for_news(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """T17, T18: nothing is read and nothing is queued for what the provider did not sign, and no answer is a 5xx."""
    tried = {message_id(message): (done, message) for done, message in altered(scene) if message != scene.message}
    found = []
    for done, message in tried.values():
        if wrong := scene.fooled(message):
            found.append(f"{done}: {wrong}")
        if len(found) > MOST_TOLD:
            break
        capsys.readouterr()
    assert found == []
    (name,) = (name for name, case in CASES.items() if case is scene.case)
    assert len(tried) >= documented()[name], f"{name}: {len(tried)}"


def test_whoever_has_sepays_key_says_what_he_says_and_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    """The key stands for the body: a whole one is believed, a broken one refused; none is our fault, now or later."""
    dates = ("0001-01-01 00:00:00", "9999-12-31 23:59:59", "2026-02-30 00:00:00")
    with street() as providers:
        deal = providers.deal("sepay")
        message = providers.message(deal)
        said = json.loads(message.body)
        tried = [*mutations.bodies(message, spaced, layout=True)]
        tried += [(date, replace(message, body=spaced({**said, "transactionDate": date}))) for date in dates]
        with doorway(deal.payment, providers.credentials) as door:
            for done, other in tried:
                status, _ = door.receive(other)
                capsys.readouterr()
                assert status in {200, 401}, done
                for queued in door.queued:
                    notice, content = queued["notice"], json.loads(other.body)
                    assert (notice["transaction"], notice["amount"]) == (str(content["id"]), content["transferAmount"])
                    assert notice["reference"] in {"", deal.payment.reference}, done


def message_id(message: Message) -> str:
    """What makes a message: each is tried once."""
    return repr((message.method, message.query, sorted(message.headers.items()), message.body))


def json_layouts(message: Message) -> Iterator[Message]:
    """The same object, written differently."""
    for _, text in mutations.layouts(json.loads(message.body)):
        yield replace(message, body=text)


def with_members(message: Message, **members: Any) -> Message:
    """The message with other members of its object."""
    return replace(message, body=json.dumps({**json.loads(message.body), **members}).encode())


def same_vnpay(message: Message) -> Iterator[Message]:
    """Order, the hash's case, its type, fields without a value and fields that are not VNPAY's do not count."""
    pairs = message.query.split("&")
    bare, _, given = message.query.rpartition("=")
    for query in (
        "&".join(reversed(pairs)),
        f"{bare}={given.upper()}",
        f"{message.query}&vnp_SecureHashType=HmacSHA512",
        f"vnp_SecureHashType=&utm_source=x&{message.query}&a=1&a=2&=",
        f"{message.query}&vnp_Nothing=",
        f"&{message.query}&",
    ):
        yield replace(message, query=query)


def same_momo(message: Message) -> Iterator[Message]:
    """Layout, numbers as texts and members that MoMo does not sign do not count."""
    content = json.loads(message.body)
    yield from json_layouts(message)
    yield with_members(message, **{name: str(content[name]) for name in ("amount", "resultCode", "transId")})
    yield with_members(message, paymentOption="card", userFee=1, accessKey="another", extra={"amount": 1})


def same_zalopay(message: Message) -> Iterator[Message]:
    """Layout around `data`, and members beside it, do not count."""
    yield from json_layouts(message)
    yield with_members(message, extra=1, amount=1)


def same_payos(message: Message) -> Iterator[Message]:
    """Layout, nothing as null or as an empty text, and what stands beside `data` without contradicting it."""
    data = json.loads(message.body)["data"]
    yield from json_layouts(message)
    yield with_members(message, data={name: value or None for name, value in reversed(data.items())})
    yield with_members(message, desc="another", extra={"amount": 1})


def same_key(message: Message) -> Iterator[Message]:
    """Layout and the scheme's case do not count."""
    yield from json_layouts(message)
    key = message.headers["authorization"].removeprefix("Apikey ")
    for scheme in ("apikey", "APIKEY", "Apikey "):
        yield message.with_header("authorization", f"{scheme} {key}")


def same_hmac(message: Message) -> Iterator[Message]:
    """Every byte counts; the signature's case, and a key beside it, do not."""
    yield message.with_header("x-sepay-signature", message.headers["x-sepay-signature"].upper())
    yield message.with_header("authorization", "Apikey another")


def same_stripe(message: Message) -> Iterator[Message]:
    """Every byte counts; other signatures beside the right one do not."""
    given = message.headers["stripe-signature"]
    for header in (", ".join(given.split(",")[::-1]), f"{given},v1=0", f"v1=,{given},v2=1", given.partition(",v0")[0]):
        yield message.with_header("stripe-signature", header)


SAME = {
    "vnpay": same_vnpay,
    "momo": same_momo,
    "zalopay": same_zalopay,
    "payos": same_payos,
    "sepay by key": same_key,
    "sepay by signature": same_hmac,
    "stripe": same_stripe,
}


def test_the_very_same_signed_message_is_taken_however_it_is_written(scene: Scene) -> None:
    """T18: what does not change the meaning does not lose a payment."""
    (same,) = (SAME[name] for name, case in CASES.items() if case is scene.case)
    for kind in mutations.JSON_PARAMETERS if scene.message.method == "POST" else ():
        scene.door.receive(scene.message.with_header("content-type", kind))
        assert scene.door.queued == scene.queued, kind
    for message in same(scene.message):
        scene.door.receive(message)
        assert scene.door.queued == scene.queued, message
        assert scene.is_same(message)


@pytest.mark.parametrize("name", ["sepay by signature", "stripe"])
@pytest.mark.parametrize(("seconds", "fine"), [(-301, False), (-300, True), (300, True), (301, False), (86400, False)])
def test_a_signed_time_may_be_five_minutes_from_ours_to_both_sides(name: str, seconds: int, fine: bool) -> None:
    """Contract, section 4: a message is not good for ever, and clocks differ a little."""
    case, shift = CASES[name], timedelta(seconds=seconds)
    with street(case.credentials, lambda: NOW + shift) as providers:
        made = providers.deal(case.provider, created_at=NOW + shift, expires_at=NOW + shift + timedelta(minutes=35))
        message = providers.message(made)
        with doorway(made.payment, providers.credentials) as door:
            answer = door.receive(message)
            assert (answer != case.bad) is fine
            assert len(door.queued) == fine
