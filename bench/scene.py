"""What the measured functions meet: AWS services in an emulator, the catalogue, and orders in every state they need."""

import importlib.util
import json
import os
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from billing.adapters.providers.vnpay import sign
from local import template as cloudformation
from local.deployment import Function, read_api, read_functions
from local.engine import Engine
from local.resources import Resources
from local.template import ACCOUNT_ID, REGION, ROOT
from operations.catalogue import apply_catalogue

ACCOUNT = "bench-account"
VNPAY = {"VNPAY_TMN_CODE": "GOIBENCH", "VNPAY_HASH_SECRET": "a-secret-of-the-benchmark-only"}
PARAMETERS = {
    "Stage": "dev",
    "JwtIssuer": "https://issuer.example/",
    "AppUrl": "https://app.goi.example",
    "ServePages": "false",
    "SenderAddress": "billing@goi.example",
    "LogLevel": "INFO",
}
Event = dict[str, Any]


@dataclass
class Scene:
    """The functions' environments, and events for their first request."""

    functions: dict[str, Function]
    common: dict[str, str]
    client: Any
    kept: set[tuple[str, str]] = field(default_factory=set)

    def environment(self, function: str) -> dict[str, str]:
        """What Lambda would give to a function (the baseline gets the smallest one)."""
        known = self.functions.get(function, self.functions["list_plans"])
        return {**self.common, **known.environment}

    def order(self) -> dict[str, Any]:
        """A new order with its open payment, made by the function itself."""
        answer = self._call("create_order", order_event())
        placed: dict[str, Any] = json.loads(answer["body"])
        if answer["statusCode"] != 201:  # noqa: PLR2004
            raise RuntimeError(f"no order: {answer['body']}")
        return placed

    def webhook(self) -> Event:
        """The provider's report that a new order was paid."""
        asked = dict(parse_qsl(urlsplit(self.order()["payment"]["url"]).query))
        fields = {
            **{name: asked[name] for name in ("vnp_TmnCode", "vnp_Amount", "vnp_OrderInfo", "vnp_TxnRef")},
            "vnp_BankCode": "NCB",
            "vnp_PayDate": datetime.now(UTC).strftime("%Y%m%d%H%M%S"),
            "vnp_TransactionNo": "14422574",
            "vnp_ResponseCode": "00",
            "vnp_TransactionStatus": "00",
        }
        query = urlencode(sorted(fields.items()))
        query += f"&vnp_SecureHash={sign(VNPAY['VNPAY_HASH_SECRET'], query)}"
        return gateway_event("GET /webhooks/{provider}", path={"provider": "vnpay"}, query=query)

    def message(self) -> Event:
        """The queue's event for a new order that was paid."""
        self._take_all()
        self._call("payment_webhook", self.webhook())
        (taken,) = self._take_all()
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:payments"
        record = {"messageId": taken["MessageId"], "body": taken["Body"], "eventSource": "aws:sqs", "attributes": {}}
        return {"Records": [{**record, "eventSourceARN": arn, "messageAttributes": {}, "awsRegion": REGION}]}

    def keep(self) -> None:
        """What is stored now belongs to the scene, and a sweep has run before: the very first looks far back."""
        self._call("reconcile_payments", {})
        self.kept = self._stored()

    def tidy(self) -> None:
        """Removes what was stored since: every round meets the same table."""
        table = self.functions["list_plans"].environment["TABLE_NAME"]
        for partition, sort in self._stored() - self.kept:
            self.client("dynamodb").delete_item(TableName=table, Key={"pk": {"S": partition}, "sk": {"S": sort}})

    def _stored(self) -> set[tuple[str, str]]:
        table = self.functions["list_plans"].environment["TABLE_NAME"]
        pages = self.client("dynamodb").get_paginator("scan").paginate(TableName=table, ProjectionExpression="pk, sk")
        return {(item["pk"]["S"], item["sk"]["S"]) for page in pages for item in page["Items"]}

    def _take_all(self) -> list[dict[str, str]]:
        queue = self.functions["payment_webhook"].environment["PAYMENTS_QUEUE_URL"]
        taken: list[dict[str, str]] = []
        while found := self.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                self.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                taken.append(message)
        return taken

    def _call(self, function: str, event: Event) -> Event:
        previous = dict(os.environ)
        os.environ.update(self.environment(function))
        try:
            answer: Event = _load(function).handler(event, None)
            return answer
        finally:
            os.environ.clear()
            os.environ.update(previous)


@contextmanager
def scene() -> Iterator[Scene]:
    """An emulator with everything that template.yaml describes."""
    engine = Engine()
    engine.start()
    try:
        template = cloudformation.load(PARAMETERS)
        resources = Resources(template, engine.client)
        resources.create()
        functions = read_functions(template, read_api(template, resources.lookup), resources.lookup)
        yield _furnished(engine, {function.name: function for function in functions})
    finally:
        engine.stop()


def _furnished(engine: Engine, functions: dict[str, Function]) -> Scene:
    ready = Scene(functions, _common(engine.address), engine.client)
    table = functions["list_plans"].environment["TABLE_NAME"]
    apply_catalogue(engine.client("dynamodb"), table, ROOT / "catalog.yaml")
    secret = functions["payment_webhook"].environment["PROVIDERS_SECRET_ID"]
    engine.client("secretsmanager").put_secret_value(SecretId=secret, SecretString=json.dumps(VNPAY))
    engine.client("sesv2").create_email_identity(EmailIdentity=PARAMETERS["SenderAddress"])
    return ready


def _common(address: str) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": address,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def gateway_event(
    route: str,
    body: object = None,
    *,
    path: Mapping[str, str] | None = None,
    query: str = "",
    headers: Mapping[str, str] | None = None,
) -> Event:
    """An event as the HTTP API sends it (payload format 2.0), with the claims of one account."""
    method, shape = route.split(" ")
    address = shape.format_map(path or {})
    event: Event = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": address,
        "rawQueryString": query,
        "headers": {"content-type": "application/json", "accept-language": "vi", **(headers or {})},
        "pathParameters": dict(path or {}),
        "queryStringParameters": dict(parse_qsl(query)),
        "isBase64Encoded": False,
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "http": {"method": method, "path": address, "sourceIp": "203.0.113.7", "protocol": "HTTP/1.1"},
            "authorizer": {"jwt": {"claims": {"sub": ACCOUNT, "email": "lan@khach.example"}, "scopes": None}},
        },
    }
    return event if body is None else {**event, "body": json.dumps(body)}


def order_event() -> Event:
    """POST /orders for a new key."""
    wish = {"plan_id": "pro", "interval": "month", "quantity": 1, "payment_provider": "vnpay"}
    return gateway_event("POST /orders", wish, headers={"idempotency-key": str(uuid.uuid4())})


def usage_event() -> Event:
    """POST /usage with a new key, by one of the product's services."""
    use = {"account_id": ACCOUNT, "feature": "tokens", "amount": 1}
    event = gateway_event("POST /usage", use, headers={"idempotency-key": str(uuid.uuid4())})
    event["requestContext"]["authorizer"]["jwt"]["claims"] |= {"scope": "billing:usage"}
    return event


def _load(function: str) -> ModuleType:
    name = f"bench_{function}"
    if name in sys.modules:
        return sys.modules[name]
    folder = ROOT / "functions" / function
    spec = importlib.util.spec_from_file_location(name, folder / "app.py")
    if spec is None or spec.loader is None:
        raise LookupError(f"{folder} has no app.py")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(folder))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(folder))
    sys.modules[name] = module
    return module
