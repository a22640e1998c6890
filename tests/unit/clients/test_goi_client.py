"""The product's client against a server on this machine that answers as it is told and keeps what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

import goi

USED = (200, {"id": "use_1", "remaining": 700})
HELD = (200, {"id": "use_2", "remaining": 600, "expires_at": "2026-11-23T17:15:00Z"})
NO_ANSWER = (0, None)
CUT_OFF = (200, b'{"id": "use_1", "rem')


def problem(status: int, code: str, **more: Any) -> tuple[int, Any]:
    """A refusal in the API's form."""
    title = {"type": f"urn:goi:problem:{code}", "title": code, "status": status, "code": code}
    return status, {**title, "detail": f"why: {code}", "request_id": "req-1", **more}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived."""

    line: str
    headers: dict[str, str]
    body: Any

    @property
    def key(self) -> str:
        return self.headers.get("idempotency-key", "")


@dataclass(slots=True)
class Api:
    """`answers`: (status, JSON or bytes) one after the other, the last one for good; NO_ANSWER hangs up."""

    answers: list[tuple[int, Any]] = field(default_factory=lambda: [USED])
    asked: list[Asked] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    address: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def client(self, token: str | Callable[[], str] = "service-token", tries: int = 3) -> goi.Client:
        return goi.Client(self.address, token, tries=tries, sleep=self.waits.append, random=lambda: 1.0)

    def next_answer(self, asked: Asked) -> tuple[int, Any]:
        with self.lock:
            self.asked.append(asked)
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def lines(self) -> list[str]:
        return [one.line for one in self.asked]


def handler_of(api: Api) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(f"{self.command} {self.path}", headers, json.loads(content) if content else None)
            status, answer = api.next_answer(asked)
            if not status:
                return
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("location", f"{api.address}/elsewhere")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *args: Any) -> None:
            """Says nothing: the tests look at `Api.asked`."""

    return Handler


@contextmanager
def serving(api: Api) -> Iterator[Api]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler_of(api)) as server:
        api.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield api
        server.shutdown()
        thread.join()


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setenv("no_proxy", "*")
    with serving(Api()) as running:
        yield running


def test_consuming_says_who_used_what_and_gets_what_is_left(api: Api) -> None:
    assert api.client().consume("acc-1", "tokens", 300, key="message-7") == goi.Used("use_1", 700)
    (asked,) = api.asked
    assert asked.line == "POST /usage"
    assert asked.body == {"account_id": "acc-1", "feature": "tokens", "amount": 300}
    assert (asked.key, asked.headers["authorization"]) == ("message-7", "Bearer service-token")
    assert asked.headers["content-type"] == "application/json"


def test_each_use_without_a_key_is_a_use_of_its_own(api: Api) -> None:
    client = api.client()
    client.consume("acc-1", "tokens", 1)
    client.consume("acc-1", "tokens", 1)
    assert len({asked.key for asked in api.asked} - {""}) == 2


@pytest.mark.parametrize(
    "failure", [NO_ANSWER, CUT_OFF, (200, []), (429, {"message": "Too Many"}), (500, b"?"), (503, {})]
)
def test_a_call_that_nobody_answered_is_sent_again_with_its_key(api: Api, failure: tuple[int, Any]) -> None:
    """The same key each time, so that the use is counted once whichever of the two arrived."""
    api.answers = [failure, failure, USED]
    assert api.client().consume("acc-1", "tokens", 300).remaining == 700
    assert len(api.asked) == 3
    assert len({(asked.line, asked.key, str(asked.body)) for asked in api.asked}) == 1
    assert api.waits == [0.2, 0.4]


def test_attempts_and_waits_are_bounded_and_the_key_is_told(api: Api) -> None:
    api.answers = [(503, {})]
    with pytest.raises(goi.GoiUnavailable) as failure:
        api.client(tries=7).consume("acc-1", "tokens", 300, key="message-7")
    assert (failure.value.key, failure.value.status) == ("message-7", 503)
    assert len(api.asked) == 7
    assert api.waits == [0.2, 0.4, 0.8, 1.6, 2.0, 2.0]


def test_an_address_where_nobody_listens_is_unavailable(api: Api) -> None:
    client = goi.Client("http://127.0.0.1:1", "token", sleep=api.waits.append)
    with pytest.raises(goi.GoiUnavailable, match="no answer") as failure:
        client.consume("acc-1", "tokens", 1)
    assert failure.value.status is None
    assert len(api.waits) == 2


def test_a_refusal_is_not_sent_again(api: Api) -> None:
    api.answers = [
        problem(422, "validation_failed", errors=[{"field": "amount", "code": "out_of_range", "detail": "1+"}])
    ]
    with pytest.raises(goi.ProblemError) as refused:
        api.client().consume("acc-1", "tokens", 0)
    found = refused.value
    assert (found.status, found.code, found.detail, found.request_id) == (
        422,
        "validation_failed",
        "why: validation_failed",
        "req-1",
    )
    assert found.errors == (goi.FieldError("amount", "out_of_range", "1+"),)
    assert len(api.asked) == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (problem(402, "quota_exceeded"), goi.QuotaExceeded),
        (problem(409, "hold_not_open"), goi.HoldNotOpen),
        (problem(401, "unauthorized"), goi.Unauthorized),
        ((401, {"message": "Unauthorized"}), goi.Unauthorized),
        (problem(403, "forbidden"), goi.ProblemError),
        (problem(409, "idempotency_conflict"), goi.ProblemError),
        ((404, {"message": "Not Found"}), goi.ProblemError),
        ((413, b"<html>"), goi.ProblemError),
    ],
)
def test_each_refusal_has_its_error(api: Api, answer: tuple[int, Any], kind: type[goi.ProblemError]) -> None:
    api.answers = [answer]
    with pytest.raises(goi.Error) as refused:
        api.client().consume("acc-1", "tokens", 1)
    assert type(refused.value) is kind


@pytest.mark.parametrize(("more", "remaining"), [({}, None), ({"remaining": 42}, 42), ({"remaining": "42"}, None)])
def test_what_remains_is_told_where_the_refusal_has_the_figure(
    api: Api, more: dict[str, Any], remaining: int | None
) -> None:
    api.answers = [problem(402, "quota_exceeded", **more)]
    with pytest.raises(goi.QuotaExceeded) as refused:
        api.client().consume("acc-1", "tokens", 1000)
    assert refused.value.remaining == remaining


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_token_follows_no_redirect(api: Api, status: int) -> None:
    api.answers = [(status, {}), USED]
    with pytest.raises(goi.ProblemError):
        api.client().consume("acc-1", "tokens", 1)
    assert api.lines() == ["POST /usage"]


def test_a_token_that_expires_is_asked_for_before_each_attempt(api: Api) -> None:
    tokens = iter(["first\n", "second"])
    api.answers = [NO_ANSWER, USED]
    api.client(lambda: next(tokens)).consume("acc-1", "tokens", 1)
    assert [asked.headers["authorization"] for asked in api.asked] == ["Bearer first", "Bearer second"]


def test_a_feature_is_checked_with_the_accounts_own_token(api: Api) -> None:
    tokens = {"feature": "tokens", "type": "metered", "granted": 1000, "used": 200, "held": 100, "remaining": 700}
    end = "2026-12-01T00:00:00Z"
    api.answers = [(200, {"account_id": "acc-1", "balances": [{**tokens, "next_expiry": end, "upcoming": []}]})]
    client = api.client()
    balance = client.check("account-token", "tokens")
    assert balance == goi.Balance("tokens", "metered", 1000, 200, 100, 700, datetime(2026, 12, 1, tzinfo=UTC))
    assert balance.allows(700)
    assert not balance.allows(701)
    assert not client.check("account-token", "seats").allows()
    assert api.lines() == ["GET /account"] * 2
    assert {asked.headers["authorization"] for asked in api.asked} == {"Bearer account-token"}


@pytest.mark.parametrize("answer", [{}, {"balances": [{"feature": "tokens"}]}, {"balances": {}}])
def test_an_answer_that_is_not_gois_is_no_balance(api: Api, answer: Any) -> None:
    api.answers = [(200, answer)]
    with pytest.raises(goi.GoiUnavailable):
        api.client().check("account-token", "tokens")


def test_a_hold_is_committed_for_what_was_used(api: Api) -> None:
    api.answers = [HELD, USED]
    with api.client().hold("acc-1", "tokens", 400, seconds=120) as hold:
        assert hold.commit(300).remaining == 700
    assert (hold.id, hold.amount, hold.remaining) == ("use_2", 400, 600)
    assert hold.expires_at == datetime(2026, 11, 23, 17, 15, tzinfo=UTC)
    assert api.lines() == ["POST /usage", "POST /usage/use_2/commit"]
    assert api.asked[0].body == {
        "account_id": "acc-1",
        "feature": "tokens",
        "amount": 400,
        "hold": True,
        "hold_seconds": 120,
    }
    assert api.asked[1].body == {"amount": 300}


def test_a_hold_that_nothing_was_committed_of_is_released(api: Api) -> None:
    api.answers = [HELD, USED]
    with api.client().hold("acc-1", "tokens", 400):
        pass
    assert api.lines() == ["POST /usage", "POST /usage/use_2/release"]


@pytest.mark.parametrize("release", [USED, (500, {}), problem(409, "hold_not_open")])
def test_a_block_that_raises_releases_and_its_error_is_the_one_seen(api: Api, release: tuple[int, Any]) -> None:
    api.answers = [HELD, release]
    with pytest.raises(ZeroDivisionError), api.client(tries=1).hold("acc-1", "tokens", 400):
        raise ZeroDivisionError
    assert api.lines() == ["POST /usage", "POST /usage/use_2/release"]


def test_a_hold_is_released_once(api: Api) -> None:
    api.answers = [HELD, USED]
    with api.client().hold("acc-1", "tokens", 400) as hold:
        hold.release()
    assert api.lines() == ["POST /usage", "POST /usage/use_2/release"]


@pytest.mark.parametrize(
    ("commit", "kind", "then"),
    [
        (problem(402, "quota_exceeded"), goi.QuotaExceeded, ["POST /usage/use_2/release"]),
        (problem(409, "hold_not_open"), goi.HoldNotOpen, []),
        ((500, {}), goi.GoiUnavailable, []),
    ],
)
def test_a_refused_commit_is_released_one_that_may_have_counted_is_not(
    api: Api, commit: tuple[int, Any], kind: type[goi.Error], then: list[str]
) -> None:
    """Released after an unanswered commit, use that took place would be given away."""
    api.answers = [HELD, commit, USED]
    with pytest.raises(kind), api.client(tries=1).hold("acc-1", "tokens", 400) as hold:
        hold.commit(900)
    assert api.lines() == ["POST /usage", "POST /usage/use_2/commit", *then]


def test_a_hold_is_settled_by_its_id_which_cannot_lead_elsewhere(api: Api) -> None:
    client = api.client()
    client.commit("use_2", 0)
    client.release("../account?")
    assert api.lines() == ["POST /usage/use_2/commit", "POST /usage/..%2Faccount%3F/release"]


def test_threads_share_a_client(api: Api) -> None:
    client = api.client()
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda number: client.consume("acc-1", "tokens", number, key=f"k{number}"), range(1, 41))
        )
    assert answers == [goi.Used("use_1", 700)] * 40
    assert {(asked.key, asked.body["amount"]) for asked in api.asked} == {(f"k{n}", n) for n in range(1, 41)}


@pytest.mark.parametrize("address", ["billing.example", "ftp://billing.example", "file:///etc/hosts"])
def test_an_address_is_one_of_http(address: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        goi.Client(address, "token")


def test_a_call_is_tried_at_least_once() -> None:
    with pytest.raises(ValueError, match="tries"):
        goi.Client("https://billing.example", "token", tries=0)
