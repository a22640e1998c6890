"""Sending an event: to the address that was judged, with the certificate of the name, within its bounds."""

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from standardwebhooks import Webhook

from billing.adapters.outgoing import sender
from billing.adapters.outgoing.sender import EventSender
from billing.domain.endpoints import BUS, Endpoint, Secret, bus, new_secret
from billing.domain.events import Event

SECRET = new_secret(b"0123456789abcdef0123456789abcdef")
EVENT = Event("evt_1", "order.fulfilled", "acc-1", datetime(2026, 11, 23, tzinfo=UTC), '{"id":"evt_1","tên":"Lân"}')
NAME = "hooks.example"


class Product(BaseHTTPRequestHandler):
    """The product behind, as a test wants it."""

    status: ClassVar[int] = 200
    drip: ClassVar[float] = 0
    content: ClassVar[bytes] = b"ok"
    asked: ClassVar[list[tuple[str, dict[str, str], bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.asked.append((self.path, {name.lower(): text for name, text in self.headers.items()}, body))
        self.send_response(self.status)
        self.send_header("content-length", str(len(self.content)))
        self.end_headers()
        try:
            for place in range(0, len(self.content), 1 if self.drip else len(self.content)):
                self.wfile.write(self.content[place : place + 1] if self.drip else self.content)
                time.sleep(self.drip)
        except OSError:
            pass  # whoever asked has heard enough

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"status": 200, "drip": 0, "content": b"ok", "asked": []}.items():
        monkeypatch.setattr(Product, name, value)


@contextmanager
def serving(certificate: ssl.SSLContext | None = None) -> Iterator[int]:
    """The product on a port of the loopback, with TLS if there is a certificate."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Product)
    if certificate:
        server.socket = certificate.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def endpoint(url: str) -> Endpoint:
    """An endpoint that wants everything."""
    return Endpoint("ep_1", url, (), (Secret(SECRET),), datetime(2026, 1, 1, tzinfo=UTC))


def now() -> datetime:
    """The real time: the library that verifies looks at it."""
    return datetime.now(UTC).replace(microsecond=0)


def test_what_arrives_is_verified_by_the_library_that_receivers_use() -> None:
    with serving() as port:
        attempt = EventSender(local=True).send(endpoint(f"http://127.0.0.1:{port}/a?b=c"), EVENT, now())
    ((path, headers, body),) = Product.asked
    assert (attempt.status, attempt.error, attempt.succeeded) == (200, None, True)
    assert path == "/a?b=c"
    assert Webhook(SECRET).verify(body, headers) == {"id": "evt_1", "tên": "Lân"}
    assert (headers["host"], headers["user-agent"]) == (f"127.0.0.1:{port}", "goi")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://localhost/",
        "https://169.254.169.254/latest/meta-data/",
        "https://2130706433/",
        "ftp://hooks.example/",
        "https://user:secret@hooks.example/",
    ],
)
def test_a_deployed_stage_sends_nothing_to_its_own_side(url: str) -> None:
    attempt = EventSender(resolve=lambda host, _: ["127.0.0.1"]).send(endpoint(url), EVENT, now())
    assert attempt.status is None
    assert attempt.error in {"the name leads to an address that is not public", "the address is not allowed"}


def test_a_name_is_resolved_once_and_that_address_connected_to(
    monkeypatch: pytest.MonkeyPatch, certificate: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    """A name that leads elsewhere at the second look-up (DNS rebinding) has no second look-up."""
    asked: list[str] = []
    monkeypatch.setattr(sender, "judged", lambda host, port, resolve: next(iter(resolve(host, port))))

    def resolve(host: str, _port: int) -> Iterable[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    with serving(certificate[0]) as port:
        sending = EventSender(resolve=resolve, tls=certificate[1])
        attempt = sending.send(endpoint(f"https://{NAME}:{port}/x"), EVENT, now())
    assert (attempt.status, asked) == (200, [NAME])
    assert Product.asked[0][1]["host"] == f"{NAME}:{port}"


def test_the_certificate_must_be_that_of_the_name(
    monkeypatch: pytest.MonkeyPatch, certificate: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    monkeypatch.setattr(sender, "judged", lambda *_: "127.0.0.1")
    with serving(certificate[0]) as port:
        other = EventSender(tls=certificate[1]).send(endpoint(f"https://other.example:{port}/"), EVENT, now())
        unknown = EventSender().send(endpoint(f"https://{NAME}:{port}/"), EVENT, now())
    assert (other.error, unknown.error) == ("SSLError", "SSLError")
    assert Product.asked == []


def test_nobody_there_is_a_failure_like_any_other() -> None:
    with serving() as port:
        pass
    attempt = EventSender(local=True).send(endpoint(f"http://127.0.0.1:{port}/"), EVENT, now())
    assert (attempt.status, attempt.error) == (None, "NewConnectionError")


def test_an_answer_is_read_up_to_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Product, "content", b"x" * (4 * sender.LARGEST_ANSWER))
    with serving() as port:
        attempt = EventSender(local=True).send(endpoint(f"http://127.0.0.1:{port}/"), EVENT, now())
    assert attempt.succeeded


def test_an_answer_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Product, "drip", 0.05)
    monkeypatch.setattr(Product, "content", b"x" * 200)
    monkeypatch.setattr(sender, "TOTAL_SECONDS", 0.3)
    with serving() as port:
        attempt = EventSender(local=True).send(endpoint(f"http://127.0.0.1:{port}/"), EVENT, now())
    assert attempt.error == "TimeoutError"


class Bus:
    """EventBridge, as far as it is used."""

    def __init__(self, failed: int) -> None:
        self.failed = failed
        self.entries: list[dict[str, Any]] = []

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto's name
        """One call."""
        self.entries += Entries
        return {"FailedEntryCount": self.failed, "Entries": [{"ErrorCode": "ThrottlingException"}]}


def test_the_bus_gets_the_same_body(monkeypatch: pytest.MonkeyPatch) -> None:
    for failed, error in ((0, None), (1, "the bus refused it: ThrottlingException")):
        own = Bus(failed)
        attempt = EventSender(bus_name="goi-bus", client=own).send(bus(now()), EVENT, now())
        assert attempt.error == error
        assert own.entries == [
            {
                "EventBusName": "goi-bus",
                "Source": "goi",
                "DetailType": "order.fulfilled",
                "Detail": EVENT.body,
                "Time": EVENT.occurred_at,
            }
        ]
    assert BUS == "eventbridge"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """(the server's context, the client's that believes it) of a certificate made for `NAME`."""
    folder = tmp_path_factory.mktemp("tls")
    chain = self_signed(folder)
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=str(chain))
    server.load_cert_chain(chain)
    return server, client


def self_signed(folder: Path) -> Path:
    """Key and certificate in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + made.public_bytes(serialization.Encoding.PEM)
    (folder / "chain.pem").write_bytes(text)
    return folder / "chain.pem"
