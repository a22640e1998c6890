"""Calls to providers: what is an answer, what is none, and how long anybody waits."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from billing.adapters.providers.calls import get_json, post_form, post_json
from billing.service.provider_port import ProviderUnavailable


class Provider(BaseHTTPRequestHandler):
    """A provider that answers as the test wants, and remembers what it was asked."""

    protocol_version = "HTTP/1.1"
    status: ClassVar[int] = 200
    content: ClassVar[bytes] = b"{}"
    drip: ClassVar[float] = 0
    asked: ClassVar[list[tuple[str, str, dict[str, str], bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.asked.append((self.command, self.path, headers, body))
        self.send_response(self.status)
        self.send_header("content-length", str(len(self.content)))
        self.send_header("location", "/elsewhere")
        self.end_headers()
        with suppress(ConnectionError):  # whoever asked may have given up
            for place in range(0, len(self.content), 1 if self.drip else len(self.content)):
                self.wfile.write(self.content[place : place + 1] if self.drip else self.content)
                time.sleep(self.drip)

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: the test says what matters."""


@contextmanager
def serving() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Provider, "asked", [])
    monkeypatch.setattr("socketserver.BaseServer.handle_error", lambda *_: None)


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with serving() as address:
        yield address


def test_requests_are_sent_as_the_providers_want_them(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Provider, "content", '{"tên": "gói"}'.encode())
    assert get_json(f"{provider}/a?b=c", {"x-key": "k"}) == {"tên": "gói"}
    assert post_json(f"{provider}/b", {"tên": 1}) == {"tên": "gói"}
    assert post_form(f"{provider}/c", {"a": "1 2", "b": "ó"}, {"idempotency-key": "i"}) == {"tên": "gói"}
    get, json_post, form_post = Provider.asked
    assert (get[0], get[1], get[2]["x-key"]) == ("GET", "/a?b=c", "k")
    assert json.loads(json_post[3]) == {"tên": 1}
    assert json_post[2]["content-type"] == "application/json; charset=utf-8"
    assert form_post[3] == b"a=1+2&b=%C3%B3"
    assert form_post[2]["content-type"] == "application/x-www-form-urlencoded"
    assert form_post[2]["idempotency-key"] == "i"


@pytest.mark.parametrize("status", [400, 401, 404, 409, 422])
def test_a_refusal_is_an_answer(provider: str, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    monkeypatch.setattr(Provider, "status", status)
    monkeypatch.setattr(Provider, "content", b'{"code": "231"}')
    assert get_json(provider) == {"code": "231"}


@pytest.mark.parametrize("status", [301, 302, 307, 308, 429, 500, 502, 503])
def test_what_decides_nothing_is_asked_once(provider: str, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    """T02: a call that may have had an effect is not repeated behind the caller's back; redirects are not followed."""
    monkeypatch.setattr(Provider, "status", status)
    with pytest.raises(ProviderUnavailable):
        get_json(provider)
    with pytest.raises(ProviderUnavailable):
        post_json(provider, {})
    assert [path for _, path, _, _ in Provider.asked] == ["/", "/"]


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"null", b"1", b"[" * 100_000, b"\xff"])
def test_an_answer_that_is_no_json_object_is_none(
    provider: str, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr(Provider, "content", content)
    with pytest.raises(ProviderUnavailable):
        get_json(provider)


def test_an_answer_without_end_is_none(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Provider, "content", b'{"a": "' + b"x" * 2_000_000 + b'"}')
    with pytest.raises(ProviderUnavailable):
        get_json(provider)


@pytest.mark.parametrize("drip", [0.05, 2])
def test_nobody_waits_longer_than_agreed(provider: str, monkeypatch: pytest.MonkeyPatch, drip: float) -> None:
    """An answer that drips in byte by byte is as bad as none."""
    monkeypatch.setattr(Provider, "content", b"{" + b" " * 500)
    monkeypatch.setattr(Provider, "drip", drip)
    started = time.monotonic()
    with pytest.raises(ProviderUnavailable):
        get_json(provider, timeout=0.4)
    assert time.monotonic() - started < 1.5


def test_where_nobody_listens_there_is_no_answer() -> None:
    with serving() as address:
        pass
    with pytest.raises(ProviderUnavailable):
        post_json(address, {}, timeout=1)
