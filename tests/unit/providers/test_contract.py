"""What every provider's adapter keeps, whatever its protocol: a new one is held to it by being registered.

The other side is its simulator, in the same process. An invented provider is held to it as well, by the same one line.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from billing.adapters.providers import registry
from billing.adapters.settings import Settings
from billing.domain.identifiers import payment_id
from billing.domain.payments import Notice
from billing.domain.problems import Problem
from billing.domain.providers import PROVIDERS
from billing.service.provider_port import BadSignature, Outcome, Provider, ProviderUnavailable, WebhookRequest
from local import simulators
from local.settings import DEFAULT_CREDENTIALS
from local.simulators.base import Choice
from tests.support.attempts import NOW
from tests.support.invented import registered
from tests.support.street import SEPAY_SECRET, Message, Street, settings, street, vault
from tests.support.template import ROOT

NAMES = [*registry.MODULES, "heodat"]

SIGNING = {
    "vnpay": ("VNPAY_HASH_SECRET",),
    "momo": ("MOMO_ACCESS_KEY", "MOMO_SECRET_KEY"),
    "zalopay": ("ZALOPAY_KEY2",),
    "payos": ("PAYOS_CHECKSUM_KEY",),
    "sepay": ("SEPAY_WEBHOOK_API_KEY",),
    "sepay, signing": ("SEPAY_WEBHOOK_SECRET",),
    "stripe": ("STRIPE_WEBHOOK_SECRET",),
    "heodat": ("HEODAT_SECRET",),
}
"""The credentials that a provider signs its webhooks with, or shows with them."""


@pytest.fixture(autouse=True)
def known() -> Iterator[None]:
    """The invented provider is one of them."""
    with registered():
        yield


@pytest.fixture
def providers(known: None) -> Iterator[Street]:
    """All providers."""
    with street() as opened:
        yield opened


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """A provider's id."""
    return str(request.param)


def read(adapter: Provider, message: Message) -> Notice:
    """What the adapter makes of a webhook."""
    return adapter.read_webhook(WebhookRequest(message.method, message.query, message.headers, message.body), NOW)


def test_one_line_registers_a_provider_and_its_simulator_stands_under_the_same_id() -> None:
    assert set(registry.MODULES) == set(PROVIDERS) == set(simulators.PROVIDERS)
    prefixes = {credential.partition("_")[0].lower() for credential in DEFAULT_CREDENTIALS}
    assert prefixes == set(PROVIDERS), "each can be used on one machine without being set up"


def test_it_goes_by_its_id(providers: Street, name: str) -> None:
    assert providers.adapter(name).id == name


def test_a_reference_is_short_plain_stable_and_the_payments_own(providers: Street, name: str) -> None:
    adapter = providers.adapter(name)
    ids = [payment_id(f"ord_{number}", 1) for number in range(1000)]
    references = [adapter.reference(one, NOW) for one in ids]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,40}", one) for one in references)
    assert len(set(references)) == len(ids)
    assert references == [adapter.reference(one, NOW) for one in ids]


def test_starting_gives_somewhere_to_pay_and_calls_nobody_if_it_says_so(providers: Street, name: str) -> None:
    adapter = providers.adapter(name)
    deal = providers.deal(name)
    assert (providers.asked == 0) is adapter.offline
    assert deal.there.url or deal.there.qr_content
    info, bill = PROVIDERS[name], providers.simulators[name].bill(deal.there)
    assert bill.amount == deal.payment.amount, "the provider asks for dong, not for hundredths"
    assert bool(deal.there.qr_content) is (info.kind == "qr")


@pytest.mark.parametrize("end", ["min_amount", "max_amount"])
def test_the_least_and_the_most_are_what_the_provider_takes(providers: Street, name: str, end: str) -> None:
    amount = getattr(PROVIDERS[name], end)
    deal = providers.deal(name, amount=amount)
    assert providers.simulators[name].bill(deal.there).amount == amount
    assert read(deal.adapter, providers.message(deal)).amount == amount


def test_starting_again_never_gives_another_page(providers: Street, name: str) -> None:
    """T02: a retry after a lost answer finds the same page, or none; two pages could both be paid."""
    deal = providers.deal(name)
    try:
        again = deal.adapter.start(deal.attempt)
    except ProviderUnavailable:
        assert not deal.adapter.offline
    else:
        assert (again.url or "", again.qr_content or "") == (deal.there.url, deal.there.qr_content)
        assert again.handle == deal.payment.handle


def test_a_payment_is_told_as_it_was(providers: Street, name: str) -> None:
    deal = providers.deal(name)
    notice = read(deal.adapter, providers.message(deal))
    assert (notice.provider, notice.reference, notice.outcome) == (name, deal.payment.reference, "paid")
    assert (notice.amount, notice.currency) == (299_000, "VND")
    assert notice.transaction
    assert abs(notice.occurred_at - NOW) < timedelta(minutes=1)
    assert notice.occurred_at.tzinfo is UTC


def test_two_payments_of_one_attempt_are_two_transactions(providers: Street, name: str) -> None:
    """T19: the second is money too, and must not look like the first told again."""
    deal = providers.deal(name)
    first = read(deal.adapter, providers.message(deal))
    second = read(deal.adapter, providers.message(deal, Choice("success", amount=298_000)))
    assert (second.reference, second.amount) == (first.reference, 298_000)
    assert second.transaction != first.transaction


def test_a_failure_is_told_as_one_or_not_at_all(providers: Street, name: str) -> None:
    deal = providers.deal(name)
    for outcome in ("failure", "cancel"):
        for message in providers.messages(deal, Choice(outcome)):
            notice = read(deal.adapter, message)
            assert (notice.reference, notice.outcome) == (deal.payment.reference, "failed")


def test_a_forged_message_is_a_bad_signature(providers: Street, name: str) -> None:
    """T17."""
    deal = providers.deal(name)
    with pytest.raises(BadSignature):
        read(deal.adapter, providers.message(deal, Choice("success", "forged")))


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b"null", b"[" * 10_000])
def test_rubbish_is_a_bad_signature(providers: Street, name: str, method: str, body: bytes) -> None:
    headers = {"content-type": "application/json", "authorization": "x", "stripe-signature": "x"}
    with pytest.raises(BadSignature):
        read(providers.adapter(name), Message(name, method, body.decode("latin-1"), headers, body))


def test_every_outcome_has_an_answer_and_three_of_them_are_told_apart(name: str) -> None:
    """A provider must be able to see that it was refused, and that it should come again."""
    answers = {outcome: registry.answer(name, outcome) for outcome in Outcome}
    for status, body in answers.values():
        assert 200 <= status < 600
        assert status < 500 or answers[Outcome.FAULT] == (status, body), "a 5xx is our fault"
        assert body is None or json.loads(json.dumps(body)) == body
    told_apart = [answers[one] for one in (Outcome.ACCEPTED, Outcome.BAD_SIGNATURE, Outcome.FAULT)]
    assert all(told_apart.count(one) == 1 for one in told_apart)


def test_what_was_paid_is_found_by_asking(providers: Street, name: str) -> None:
    """T11: where nobody told us."""
    deal = providers.deal(name)
    assert deal.adapter.query(deal.payment, NOW).outcome in {"pending", "failed"}
    assert providers.messages(deal, Choice("success", "lost")) == []
    later = NOW + timedelta(hours=2)
    notice = deal.adapter.query(deal.payment, later)
    assert (notice.provider, notice.reference, notice.outcome) == (name, deal.payment.reference, "paid")
    assert (notice.amount, notice.currency) == (299_000, "VND")
    assert deal.adapter.asks


def test_what_is_closed_cannot_be_paid_and_what_cannot_be_closed_says_so(providers: Street, name: str) -> None:
    """T01."""
    deal = providers.deal(name)
    if deal.adapter.closes:
        deal.adapter.close(deal.payment, NOW)
        assert deal.adapter.query(deal.payment, NOW).outcome == "failed"
        return
    with pytest.raises(ProviderUnavailable):
        deal.adapter.close(deal.payment, NOW)


def test_a_refunds_reference_is_short_plain_stable_and_the_refunds_own(providers: Street, name: str) -> None:
    """T21: what a refund is called must lead back to it, and to it alone."""
    adapter = providers.adapter(name)
    ids = [f"ref_{number:016x}" for number in range(1000)]
    references = [adapter.refund_reference(one, NOW) for one in ids]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,50}", one) for one in references)
    assert len(set(references)) == len(ids)
    assert references == [adapter.refund_reference(one, NOW) for one in ids]


def test_without_its_credentials_it_is_not_there(name: str) -> None:
    others = {key: value for key, value in DEFAULT_CREDENTIALS.items() if not key.startswith(f"{name.upper()}_")}
    for credentials in (others, {}, dict.fromkeys(DEFAULT_CREDENTIALS, "")):
        with pytest.raises(Problem) as caught:
            registry.provider(name, Settings(settings()), vault(credentials))
        assert caught.value.status == 404


@pytest.mark.parametrize("case", SIGNING)
def test_two_secrets_may_be_valid_while_one_is_replaced(case: str) -> None:
    """T22: webhooks by either are believed, requests are signed with the first."""
    name, more = case.partition(",")[0], SEPAY_SECRET if case == "sepay, signing" else {}

    def named(*values: str) -> Mapping[str, str]:
        return {**more, **{key: ",".join(f"{value}-{key}" for value in values) for key in SIGNING[case]}}

    told = {}
    for secret in ("new", "old", "another"):
        with street(named(secret)) as signing:
            told[secret] = signing.message(signing.deal(name))
    with street(named("new", "old")) as rotating:
        deal = rotating.deal(name)
        assert read(deal.adapter, rotating.message(deal)).outcome == "paid", "the simulator took a request by the first"
        notices = [read(deal.adapter, told[secret]) for secret in ("new", "old")]
        assert {replace(one, transaction="") for one in notices} == {replace(notices[0], transaction="")}
        with pytest.raises(BadSignature):
            read(deal.adapter, told["another"])
    with street(named("new")) as after, pytest.raises(BadSignature):
        read(after.adapter(name), told["old"])


def test_every_provider_signs_with_something() -> None:
    assert {case.partition(",")[0] for case in SIGNING} == set(registry.MODULES)


def test_a_moment_in_another_zone_makes_the_same_reference(providers: Street, name: str) -> None:
    adapter = providers.adapter(name)
    elsewhere = datetime.fromisoformat("2026-11-24T02:30:00+09:00")
    assert adapter.reference("pay_abc", elsewhere) == adapter.reference("pay_abc", NOW)


def test_the_guide_names_every_member_of_the_port() -> None:
    page = (ROOT / "docs" / "adding-a-provider.md").read_text("utf-8")
    table = page.split("## What an adapter has")[1].split("\n\n")[1]
    first_column = "".join(row.split("|")[1] for row in table.splitlines())
    members = {member for member in vars(Provider) if not member.startswith("_")}
    assert set(re.findall(r"`(\w+)`", first_column)) == members


def test_every_file_that_the_guide_names_is_there() -> None:
    page = (ROOT / "docs" / "adding-a-provider.md").read_text("utf-8")
    links = re.findall(r"\]\(([^)#]+)", page)
    assert len(links) > 10
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
