"""The functions of the system in one process on moto: requests in, answers out, as API Gateway and SQS would do it."""

import email
import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from functools import cache
from types import ModuleType
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, urlencode, urlsplit

from moto import mock_aws
from moto.moto_api._internal.models import moto_api_backend
from moto.ses.models import ses_backends

from billing.adapters import aws
from billing.adapters.clock import SystemClock
from billing.adapters.providers.vnpay import sign
from billing.domain.times import from_text
from operations.catalogue import apply_catalogue
from tests.support.template import ROOT, table_definition

REGION = "ap-southeast-1"
ACCOUNT = "123456789012"
TABLE = "goi-test"
BUCKET = "goi-test-documents"
SENDER = "hoadon@goi.example"
TERMINAL = "GOITEST1"
HASH_SECRET = "XNBCJFAKAZQSGTARRLGCHVZWCIOIGSHN"  # a published test value: vectors of VNPAY 2.1.0
BATCH = 25
"""The most items that BatchWriteItem takes."""
FUNCTIONS = (
    "deliver_events",
    *("list_plans", "create_order", "get_account", "payment_webhook", "send_invoice", "reconcile_payments"),
    *("admin", "record_usage", "keep_failed", "remind_renewals", "send_reminder"),
)
START = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
COMPANY = {
    "buyer_type": "company",
    "name": "Công ty TNHH Hướng Dương",
    "tax_code": "0100233488",
    "address": "28 Nguyễn Thị Minh Khai, Thành phố Hồ Chí Minh",
}


@dataclass
class Answer:
    """What a function answered."""

    status: int
    headers: dict[str, str]
    raw: dict[str, Any]

    @property
    def json(self) -> Any:
        """The body's JSON."""
        return json.loads(self.raw["body"])


@dataclass
class Buyer:
    """An account that calls the API."""

    shop: "Shop"
    account_id: str = "acc-1"
    address: str = "lan@khach.example"
    language: str = "vi"

    def call(
        self, route: str, body: object = None, *, key: str | None = None, raw: str | None = None, **path: str
    ) -> Answer:
        """One request with this account's token."""
        headers = {"accept-language": self.language}
        if key is not None:
            headers["idempotency-key"] = key
        claims = {"sub": self.account_id, "email": self.address}
        text = raw if raw is not None else None if body is None else json.dumps(body)
        return self.shop.request(route, text, claims=claims, headers=headers, path=path)

    def quote(self, plan_id: str = "pro", interval: str = "month", quantity: int = 1, **more: Any) -> Answer:
        """POST /quotes."""
        return self.call("POST /quotes", {"plan_id": plan_id, "interval": interval, "quantity": quantity, **more})

    def order(self, key: str = "key-1", **more: Any) -> Answer:
        """POST /orders from a quote's inputs, paid through VNPAY unless `more` says otherwise."""
        body = {"plan_id": "pro", "interval": "month", "quantity": 1, "payment_provider": "vnpay", **more}
        return self.call("POST /orders", body, key=key)

    def paid(self, key: str = "key-1", **more: Any) -> dict[str, Any]:
        """An order, paid and settled; as it is then."""
        placed = self.order(key, **more).json
        self.shop.ipn(placed["payment"])
        self.shop.settle()
        order: dict[str, Any] = self.call("GET /orders/{id}", id=placed["order"]["id"]).json
        return order

    def account(self) -> dict[str, Any]:
        """GET /account."""
        account: dict[str, Any] = self.call("GET /account").json
        return account

    def balance(self, feature: str = "tokens") -> dict[str, Any]:
        """One balance of GET /account."""
        return next(balance for balance in self.account()["balances"] if balance["feature"] == feature)

    def statement(self) -> list[dict[str, Any]]:
        """The lines of GET /usage."""
        lines: list[dict[str, Any]] = self.call("GET /usage").json["items"]
        return lines


@dataclass
class Operator:
    """Somebody who may see and decide what buyers may not."""

    shop: "Shop"
    address: str = "ketoan@goi.example"
    scope: str = "billing:admin"

    def call(self, route: str, body: object = None, *, query: str = "", key: str | None = None, **path: str) -> Answer:
        """One request with this operator's token."""
        headers = {} if key is None else {"idempotency-key": key}
        claims = {"sub": "operator-1", "email": self.address, "scope": self.scope}
        text = None if body is None else json.dumps(body)
        return self.shop.request(route, text, claims=claims, headers=headers, path=path, query=query)


@dataclass
class Service:
    """One of the product's own services, which uses quota for accounts."""

    shop: "Shop"
    account_id: str = "acc-1"
    scope: str = "billing:usage"

    def call(
        self, route: str, body: object = None, *, key: str | None = None, raw: str | None = None, **path: str
    ) -> Answer:
        """One request with this service's token."""
        headers = {} if key is None else {"idempotency-key": key}
        claims = {"sub": "service-1", "scope": self.scope}
        text = raw if raw is not None else None if body is None else json.dumps(body)
        return self.shop.request(route, text, claims=claims, headers=headers, path=path)

    def use(self, amount: int, key: str, feature: str = "tokens", **more: Any) -> Answer:
        """POST /usage for the account."""
        body = {"account_id": self.account_id, "feature": feature, "amount": amount, **more}
        return self.call("POST /usage", body, key=key)

    def hold(self, amount: int, key: str, feature: str = "tokens", **more: Any) -> Answer:
        """POST /usage that holds first."""
        return self.use(amount, key, feature, hold=True, **more)

    def commit(self, entry_id: str, amount: int) -> Answer:
        """A hold becomes use."""
        return self.call("POST /usage/{id}/commit", {"amount": amount}, id=entry_id)

    def release(self, entry_id: str) -> Answer:
        """A hold is given back."""
        return self.call("POST /usage/{id}/release", id=entry_id)


@dataclass
class Shop:
    """The running functions, their clock, queue and mailbox."""

    now: datetime = START
    functions: dict[str, ModuleType] = field(default_factory=dict)
    queue_url: str = ""
    mail_queue_url: str = ""
    events_queue_url: str = ""

    def advance(self, **spans: int) -> None:
        """Moves the clock: `advance(days=25)`."""
        self.now += timedelta(**spans)

    def clock(self) -> datetime:
        """What the functions are told of the time."""
        return self.now

    def buyer(self, account_id: str = "acc-1", **more: str) -> Buyer:
        """An account."""
        return Buyer(self, account_id, **more)

    def operator(self, **more: str) -> Operator:
        """An operator."""
        return Operator(self, **more)

    def service(self, account_id: str = "acc-1", **more: str) -> Service:
        """A service that uses an account's quota."""
        return Service(self, account_id, **more)

    def request(
        self,
        route: str,
        body: str | None = None,
        *,
        claims: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        path: dict[str, str] | None = None,
        query: str = "",
    ) -> Answer:
        """One request, routed as template.yaml routes it."""
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": route,
            "rawQueryString": query,
            "headers": {"content-type": "application/json", **(headers or {})},
            "pathParameters": path or {},
            "queryStringParameters": dict(parse_qsl(query)),
            "requestContext": {"requestId": "req-1", "http": {"sourceIp": "203.0.113.7"}},
            "isBase64Encoded": False,
        }
        if claims:
            event["requestContext"]["authorizer"] = {"jwt": {"claims": claims}}
        if body is not None:
            event["body"] = body
        raw = self.functions[function_of(route)].handler(event, None)
        return Answer(raw["statusCode"], raw["headers"], raw)

    def webhook(self, query: str, provider: str = "vnpay", route: str = "GET /webhooks/{provider}") -> Answer:
        """A webhook with this raw query."""
        return self.request(route, path={"provider": provider}, query=query)

    def ipn(self, payment: dict[str, Any], *, secret: str = HASH_SECRET, **changes: str) -> Answer:
        """VNPAY's IPN for a payment, as it would be after the buyer paid; `changes` replace fields (vnp_ left out)."""
        return self.webhook(ipn_query(payment, self.now, secret, **changes))

    def settle(self) -> list[str]:
        """Delivers what is queued until nothing is left or everything that is left fails; ids of the failed ones."""
        client, failed = aws.client("sqs"), []
        while messages := client.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get("Messages"):
            records = [{"messageId": message["MessageId"], "body": message["Body"]} for message in messages]
            failures = self.functions["send_invoice"].handler({"Records": records}, None)["batchItemFailures"]
            failed += [failure["itemIdentifier"] for failure in failures]
            for message in messages:
                client.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
                if message["MessageId"] in failed:
                    self.unsettled.append(message["Body"])
        return failed

    unsettled: list[str] = field(default_factory=list)

    def redeliver(self) -> list[str]:
        """What failed comes again, as it does after its visibility timeout."""
        for body in self.unsettled:
            aws.client("sqs").send_message(QueueUrl=self.queue_url, MessageBody=body)
        self.unsettled.clear()
        return self.settle()

    def give_up(self) -> list[str]:
        """What failed goes to the dead-letter queue and is delivered there; ids of what could not be kept."""
        records = [{"messageId": f"msg-{number}", "body": body} for number, body in enumerate(self.unsettled, 1)]
        self.unsettled.clear()
        failures = self.functions["keep_failed"].handler({"Records": records}, None)["batchItemFailures"]
        return [failure["itemIdentifier"] for failure in failures]

    def queued(self) -> list[str]:
        """The bodies of what is queued, taken off the queue."""
        client = aws.client("sqs")
        bodies: list[str] = []
        while messages := client.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                bodies.append(message["Body"])
                client.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    def mails(self) -> list[EmailMessage]:
        """What SES accepted, oldest first."""
        backend = ses_backends[ACCOUNT][REGION]
        parsed = [email.message_from_string(sent.raw_data, policy=default) for sent in backend.sent_messages]
        return list(parsed)

    def items(self, prefix: str) -> list[dict[str, Any]]:
        """The stored items whose partition begins so."""
        pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=TABLE, ConsistentRead=True)
        found = [item for page in pages for item in page["Items"]]
        return [item for item in found if item["pk"]["S"].startswith(prefix)]


def function_of(route: str) -> str:
    """Which function serves a route, by the template."""
    from tests.support.template import resources

    method, path = route.split(" ")
    for properties in resources("AWS::Serverless::Function").values():
        for event in properties.get("Events", {}).values():
            if event["Type"] == "HttpApi" and (event["Properties"]["Method"].upper(), event["Properties"]["Path"]) == (
                method,
                path,
            ):
                return str(properties["CodeUri"]).rstrip("/").split("/")[-1]
    raise LookupError(f"the template has no route {route}")


def ipn_query(payment: dict[str, Any], now: datetime, secret: str = HASH_SECRET, **changes: str) -> str:
    """The signed query of VNPAY's IPN for a payment whose signed address the buyer was sent to."""
    asked = dict(parse_qsl(urlsplit(payment["url"]).query))
    fields = {
        "vnp_TmnCode": asked["vnp_TmnCode"],
        "vnp_Amount": asked["vnp_Amount"],
        "vnp_BankCode": "NCB",
        "vnp_BankTranNo": "VNP14422574",
        "vnp_CardType": "ATM",
        "vnp_OrderInfo": asked["vnp_OrderInfo"],
        "vnp_PayDate": (now + timedelta(hours=7)).strftime("%Y%m%d%H%M%S"),
        "vnp_ResponseCode": "00",
        "vnp_TransactionNo": "14422574",
        "vnp_TransactionStatus": "00",
        "vnp_TxnRef": asked["vnp_TxnRef"],
        **{f"vnp_{name}": value for name, value in changes.items()},
    }
    query = urlencode(sorted(fields.items()))
    return f"{query}&vnp_SecureHash={sign(secret, query)}"


def moment(text: str) -> datetime:
    """An RFC 3339 text of the API as a moment."""
    return from_text(text)


ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
    "STAGE": "dev",
    "TABLE_NAME": TABLE,
    "DOCUMENTS_BUCKET": BUCKET,
    "SENDER_ADDRESS": SENDER,
    "APP_URL": "https://app.goi.example/app",
    "API_URL": "https://api.goi.example",
    "SIGNING_SECRET_ID": "goi/signing",
    "PROVIDERS_SECRET_ID": "goi/providers",
    "PROVIDERS": "vnpay",
    "VNPAY_PAY_URL": "https://pay.example/vpcpay.html",
    "VNPAY_API_URL": "https://pay.example/querydr",
    "REMINDERS_PER_SECOND": "1000",
    "POWERTOOLS_SERVICE_NAME": "goi-test",
    "POWERTOOLS_METRICS_NAMESPACE": "Goi",
    "LOG_LEVEL": "ERROR",
}


@contextmanager
def engine() -> Iterator[None]:
    """moto in this process, for as many shops after one another as are wanted: its clients are made once.

    The functions' settings come with each shop and go with it: other tests of this process start systems of their own.
    """
    account = {name: value for name, value in ENVIRONMENT.items() if name.startswith("AWS_")}
    with mock.patch.dict(os.environ, account), mock_aws():
        forget_clients()
        yield
    forget_clients()


@contextmanager
def open_shop(**environment: str) -> Iterator[Shop]:
    """A shop with fresh state: table, queue, bucket, secrets and the sample catalogue; `environment` adds settings."""
    with mock.patch.dict(os.environ, ENVIRONMENT):
        moto_api_backend.reset()
        with furnished_shop(**environment) as shop:
            yield shop


@contextmanager
def open_shop_at(address: str, **environment: str) -> Iterator[Shop]:
    """A shop on an emulator in another process or thread, whose state is fresh."""
    with mock.patch.dict(os.environ, {**ENVIRONMENT, "AWS_ENDPOINT_URL": address}):
        forget_clients()
        try:
            with furnished_shop(**environment) as shop:
                yield shop
        finally:
            forget_clients()


@contextmanager
def furnished_shop(**environment: str) -> Iterator[Shop]:
    """The functions on whatever engine answers."""
    shop = Shop()
    shop.queue_url = create_resources()
    shop.mail_queue_url = str(aws.client("sqs").create_queue(QueueName="goi-test-mail")["QueueUrl"])
    shop.events_queue_url = str(aws.client("sqs").create_queue(QueueName="goi-test-events")["QueueUrl"])
    environment = {"EVENTS_QUEUE_URL": shop.events_queue_url, **environment}
    settings = {"PAYMENTS_QUEUE_URL": shop.queue_url, "MAIL_QUEUE_URL": shop.mail_queue_url, **environment}
    with mock.patch.dict(os.environ, settings), mock.patch.object(SystemClock, "now", shop.clock):
        shop.functions = {name: load_function(name) for name in FUNCTIONS}
        yield shop


def forget_clients() -> None:
    """Clients made under other credentials are not used again."""
    aws.client.cache_clear()
    aws._session.cache_clear()


@cache
def published() -> list[dict[str, Any]]:
    """The items of the sample catalogue: published once, then put back as they are, since moto is slow at updates."""
    client = aws.client("dynamodb")
    client.create_table(TableName="published", **table_definition())
    apply_catalogue(client, "published", ROOT / "catalog.yaml")
    return list(client.scan(TableName="published")["Items"])


def create_resources() -> str:
    """What the template would deploy, with the catalogue published; the payments queue's address."""
    items = published()
    client = aws.client("dynamodb")
    client.create_table(TableName=TABLE, **table_definition())
    for start in range(0, len(items), BATCH):
        puts = [{"PutRequest": {"Item": item}} for item in items[start : start + BATCH]]
        client.batch_write_item(RequestItems={TABLE: puts})
    aws.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    aws.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    secrets = aws.client("secretsmanager")
    secrets.create_secret(Name="goi/signing", SecretString=json.dumps({"current": "signing-secret-of-tests"}))
    credentials = {"VNPAY_TMN_CODE": TERMINAL, "VNPAY_HASH_SECRET": HASH_SECRET}
    secrets.create_secret(Name="goi/providers", SecretString=json.dumps(credentials))
    return str(aws.client("sqs").create_queue(QueueName="goi-test-payments")["QueueUrl"])


def load_function(name: str) -> ModuleType:
    """A fresh copy of a function's module, as a cold start makes it."""
    folder = ROOT / "functions" / name
    sys.path.insert(0, str(folder))
    try:
        spec = importlib.util.spec_from_file_location(f"function_{name}", folder / "app.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(folder))
    return module
