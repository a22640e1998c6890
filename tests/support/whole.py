"""All of Goi and all payment providers in one process, without sockets and without an emulator of AWS.

The functions are loaded as Lambda loads them and called with API Gateway's and SQS's events. Their AWS clients are
those of `memory_table` and `memory_aws`. What an adapter asks of its provider goes straight to its simulator
(local/simulators), and what a simulator posts goes straight to the webhook function, byte for byte. One process holds
one `Whole`; `reset` makes it as new.
"""

import base64
import io
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from http import HTTPStatus
from importlib import import_module
from types import ModuleType
from typing import Any, Self
from unittest import mock
from urllib.parse import urlsplit

from werkzeug.wrappers import Request

from billing.adapters import aws, log
from billing.adapters.clock import SystemClock
from billing.adapters.providers import calls
from billing.domain.invoices import Invoice
from billing.service.provider_port import ProviderUnavailable
from billing.service.refund_news import RefundNews
from local.attempts import Attempts
from local.events import is_text
from local.settings import DEFAULT_CREDENTIALS
from local.simulators import PROVIDERS
from local.simulators.base import Sent, Simulator, World
from local.simulators.behaviour import Behaviour
from local.simulators.stripe.signing import signature_header
from operations.catalogue import apply_catalogue
from tests.support.catalogues import edited, write_catalogue
from tests.support.memory_aws import MemoryBucket, MemoryMail, MemoryQueue, MemorySecrets, ServiceDown
from tests.support.memory_table import MemoryTable, State
from tests.support.shop import ENVIRONMENT, START, TABLE, Answer, function_of, load_function

ADDRESS = "http://goi.example"
FUNCTIONS = ("create_order", "get_account", "payment_webhook", "send_invoice", "reconcile_payments", "admin")
CREDENTIALS = {**DEFAULT_CREDENTIALS, "SEPAY_WEBHOOK_SECRET": "local-sepay-webhook-secret"}
"""With a secret SePay signs what it sends, as the other providers do in any case."""

COUPONS = {"GIAM10": None, "HAI": 2, "MOT": None, "TRON": None}
"""Code -> how many redemptions there are in all."""

COUPON_LINES = """\
  - {code: GIAM10, kind: percent, percent_bp: 1000, cap: 50_000}
  - {code: HAI, kind: amount, amount: 20_000, max_redemptions: 2}
  - {code: MOT, kind: amount, amount: 30_001, max_per_account: 1}
  - {code: TRON, kind: percent, percent_bp: 10000}
"""


@dataclass(slots=True)
class SettableClock:
    """A clock that stands until it is moved."""

    time: datetime = START

    def now(self) -> datetime:
        """The moment it shows."""
        return self.time


@dataclass(slots=True)
class PlainDocuments:
    """The `Documents` port without typesetting. `failing` is how many documents fail next."""

    failing: int = 0

    def pdf(self, invoice: Invoice) -> bytes:
        """The record as a text."""
        if self.failing:
            self.failing -= 1
            raise ServiceDown("documents")
        return repr(invoice).encode()

    def mail(self, invoice: Invoice, pdf: bytes) -> bytes:
        """A message that names the document and carries it."""
        return invoice.id.encode() + b"\n" + pdf

    def refund_mail(self, news: RefundNews) -> bytes:
        """A message that names the refund."""
        return news.refund.id.encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Posted:
    """A webhook as a simulator sent it."""

    method: str
    address: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(slots=True)
class Journal:
    """The functions' log: the exceptions that were logged as errors."""

    errors: list[tuple[str, BaseException | None]] = field(default_factory=list)

    def error(self, message: str, **_: Any) -> None:
        """Something went wrong."""
        self.errors.append((message, sys.exc_info()[1]))

    def info(self, message: str, **_: Any) -> None:
        """Nothing is kept of it."""

    warning = debug = info


class Uncounted:
    """A metric that goes nowhere."""

    def __init__(self, **_: Any) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def add_dimension(self, **_: str) -> None:
        """Nothing is kept of it."""


@dataclass(slots=True)
class Whole:
    """Goi, the providers, and what is between them. `unanswered` is how many calls to providers fail next:

    their request is lost, or, if `answer_lost`, the provider has acted and its answer is lost.
    """

    clock: SettableClock = field(default_factory=SettableClock)
    table: MemoryTable = field(default_factory=MemoryTable)
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    bucket: MemoryBucket = field(default_factory=MemoryBucket)
    mail: MemoryMail = field(default_factory=MemoryMail)
    documents: PlainDocuments = field(default_factory=PlainDocuments)
    journal: Journal = field(default_factory=Journal)
    functions: dict[str, ModuleType] = field(default_factory=dict)
    simulators: dict[str, Any] = field(default_factory=dict)
    posted: list[Posted] = field(default_factory=list)
    behaviour: Behaviour = field(default_factory=Behaviour)
    unaccepted: list[Posted] = field(default_factory=list)
    unanswered: int = 0
    answer_lost: bool = False

    def reset(self) -> None:
        """As new: the catalogue is published, the schedule has run, nothing was bought, and everything works."""
        self.clock.time = START
        self.table.restore(published())
        self.queue.bodies, self.bucket.objects, self.mail.sent = [], {}, []
        self.posted, self.unaccepted, self.journal.errors = [], [], []
        self.heal()
        self.simulators = {name: self._simulator(make) for name, make in PROVIDERS.items()}
        self.reconcile()

    def log(self) -> Journal:
        """In the place of the functions' logger."""
        return self.journal

    def heal(self) -> None:
        """Nothing fails any more."""
        self.table.outage = None
        self.behaviour.query, self.behaviour.refund = "normal", "normal"
        self.queue.failing = self.bucket.failing = self.mail.failing = self.documents.failing = self.unanswered = 0

    def _simulator(self, make: type[Simulator]) -> Simulator:
        find = self.attempts.by_reference
        return make(World(ADDRESS, CREDENTIALS, self.clock, find, self.behaviour))  # type: ignore[arg-type]

    @property
    def attempts(self) -> Attempts:
        """How the simulators look attempts up."""
        return Attempts(self.table, TABLE)

    def operate(self, route: str, body: object = None, *, key: str | None = None, **path: str) -> Answer:
        """One request of an operator."""
        return self.request(route, body, account="operator", key=key, scope="billing:admin", **path)

    def request(
        self, route: str, body: object = None, *, account: str, key: str | None = None, scope: str = "", **path: str
    ) -> Answer:
        """One request of an account."""
        claims = {"sub": account, "email": f"{account}@khach.example", "scope": scope}
        event: dict[str, Any] = {
            "routeKey": route,
            "headers": {"content-type": "application/json", **({"idempotency-key": key} if key else {})},
            "pathParameters": path,
            "requestContext": {
                "requestId": "req-1",
                "http": {"sourceIp": "203.0.113.7"},
                "authorizer": {"jwt": {"claims": claims}},
            },
            "body": json.dumps(body) if body is not None else None,
        }
        raw = self.functions[_function_of(route)].handler(event, None)
        return Answer(raw["statusCode"], raw["headers"], raw)

    def webhook(self, method: str, address: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Sent:
        """In the place of the simulators' `call`: the webhook function gets exactly these bytes."""
        message = Posted(method, address, body, headers or {})
        sent = self.post(message)
        self.posted.append(message)
        if is_fault(sent):
            self.unaccepted.append(message)
        return sent

    def send_again(self) -> None:
        """Every provider repeats what was answered with a fault of ours, signed anew where the time is signed."""
        messages, self.unaccepted = self.unaccepted, []
        for message in messages:
            provider = urlsplit(message.address).path.rpartition("/")[2]
            headers = dict(message.headers)
            if provider == "stripe":
                secret = CREDENTIALS["STRIPE_WEBHOOK_SECRET"]
                headers["stripe-signature"] = signature_header(secret, message.body, self.clock.time)
            elif provider == "sepay":
                headers |= self.simulators["sepay"]._proof(message.body, False)
            sent = self.webhook(message.method, message.address, message.body, headers)
            if provider == "sepay" and sent.status == HTTPStatus.OK:
                number = json.loads(message.body)["id"]
                for entry in self.simulators["sepay"]._ledger._entries:
                    entry.told += entry.number == number

    def post(self, message: Posted) -> Sent:
        """One webhook to its function, and the answer."""
        method, body = message.method, message.body
        parts = urlsplit(message.address)
        lower = {name.lower(): value for name, value in message.headers.items()}
        text = is_text(lower.get("content-type", ""))
        event = {
            "routeKey": f"{method} /webhooks/{{provider}}",
            "rawQueryString": parts.query,
            "headers": lower,
            "pathParameters": {"provider": parts.path.rpartition("/")[2]},
            "requestContext": {"requestId": "req-2"},
            "body": body.decode() if text else base64.b64encode(body).decode(),
            "isBase64Encoded": not text,
        }
        raw = self.functions["payment_webhook"].handler(event, None)
        return Sent(1, raw["statusCode"], json.loads(raw["body"] or "null"))

    def ask(self, method: str, url: str, body: bytes, headers: Mapping[str, str], timeout: float) -> dict[str, Any]:
        """In the place of the adapters' `_call`: the provider's simulator answers."""
        fails = self.unanswered > 0
        self.unanswered -= fails
        if fails and not self.answer_lost:
            raise ProviderUnavailable("nothing came through")
        simulator = self.simulators[urlsplit(url).path.split("/")[2]]
        response = simulator.answer(_request(method, url, body, headers))
        assert response is not None, f"no interface at {url}"
        if fails:
            raise ProviderUnavailable("the answer got lost")
        return calls._object(response.status_code, response.get_data())

    def deliver(self, place: int, *, again: bool = False) -> bool:
        """One message of the queue to its consumer, and whether it is done with; `again`: it stays to come again."""
        body = self.queue.bodies.pop(place)
        failed = self.functions["send_invoice"].handler({"Records": [{"messageId": "m", "body": body}]}, None)
        done = not failed["batchItemFailures"]
        if again or not done:
            self.queue.bodies.append(body)
        return done

    def reconcile(self) -> dict[str, int]:
        """One sweep; what goes wrong in it is raised, as Lambda would see it."""
        counts: dict[str, int] = self.functions["reconcile_payments"].handler({}, None)
        return counts

    def advance(self, **spans: int) -> None:
        """Moves the clock."""
        self.clock.time += timedelta(**spans)


@contextmanager
def open_whole() -> Iterator[Whole]:
    """The one of this process."""
    whole = Whole()
    with ExitStack() as patched:
        for change in _changes(whole):
            patched.enter_context(change)
        whole.functions = {name: load_function(name) for name in FUNCTIONS}
        sender = whole.functions["send_invoice"]
        vars(sender)["consumer"] = replace(sender.consumer, documents=whole.documents)
        vars(sender)["teller"] = replace(sender.teller, letters=whole.documents)
        whole.reset()
        yield whole


def _changes(whole: Whole) -> list[AbstractContextManager[Any]]:
    """What is put between the functions and the world."""
    clients = {
        "dynamodb": whole.table,
        "sqs": whole.queue,
        "s3": whole.bucket,
        "sesv2": whole.mail,
        "secretsmanager": MemorySecrets({"goi/signing": {"current": "of-tests"}, "goi/providers": CREDENTIALS}),
    }
    return [
        mock.patch.dict(os.environ, {**ENVIRONMENT, **_addresses()}),
        mock.patch.object(aws, "client", clients.__getitem__),
        mock.patch.object(SystemClock, "now", whole.clock.now),
        mock.patch.object(log, "_logger", whole.log),
        mock.patch("aws_lambda_powertools.metrics.single_metric", Uncounted),
        mock.patch.object(calls, "_call", whole.ask),
        *(mock.patch.object(import_module(make.__module__), "call", whole.webhook) for make in PROVIDERS.values()),
    ]


@cache
def published() -> State:
    """The table with the sample catalogue, and coupons of every kind."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

    table = MemoryTable()
    text = edited(("  - {code: GIAM10, kind: percent, percent_bp: 1000, cap: 50_000}\n", COUPON_LINES))
    with TemporaryDirectory() as folder:
        apply_catalogue(table, TABLE, write_catalogue(Path(folder), text))
    return table.state()


def _addresses() -> dict[str, str]:
    """The functions' settings that lead to the simulators, and the queue."""
    parameters = {name: path for make in PROVIDERS.values() for name, path in make.addresses.items()}
    settings = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper(): f"{ADDRESS}{path}" for name, path in parameters.items()}
    everywhere = {"API_URL": ADDRESS, "APP_URL": f"{ADDRESS}/app", "PAYMENTS_QUEUE_URL": "queue"}
    return {**settings, **everywhere, "PROVIDERS": ",".join(PROVIDERS)}


_function_of = cache(function_of)


def is_fault(sent: Sent) -> bool:
    """Whether a webhook was answered with a fault of ours (contract, section 4)."""
    body = sent.body if isinstance(sent.body, dict) else {}
    return sent.status == HTTPStatus.SERVICE_UNAVAILABLE or body.get("RspCode") == "99" or body.get("return_code") == 0


def _request(method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Request:
    """What the simulators' server would make of a call."""
    parts = urlsplit(url)
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "REQUEST_URI": parts.path,
        "SERVER_NAME": "goi.example",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }
    environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "")
    return Request(environ)
