"""The policies of template.yaml allow what the functions do, and nothing that they do not."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from types import ModuleType
from typing import Any

import pytest

from billing.adapters import aws
from billing.adapters.mailer import SesMailer
from billing.adapters.outgoing.sender import EventSender
from billing.adapters.providers.vnpay import Vnpay
from billing.domain.payments import Notice, Payment
from packing.prune import OPERATIONS
from tests.support.exceptions import act, listed, shown
from tests.support.outgoing import add_endpoint, change_endpoint, events, look, sweep
from tests.support.refunding import PENDING, SUCCEEDED, Bank, put_in_vnpays_place, refund
from tests.support.reminding import buy as buy_renewal
from tests.support.reminding import remind, reminders, show, text_of, token_of
from tests.support.shop import COMPANY, FUNCTIONS, Buyer, Shop, moment
from tests.support.template import resources

Actions = dict[str, set[str]]

SERVICES = ("dynamodb", "events", "s3", "secretsmanager", "sesv2", "sqs")
PREFIX = {"sesv2": "ses"}
TRANSACTION = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
NOT_SEEN_HERE = {
    # S3 tells who may not list that an object is forbidden, where it should say that there is none.
    "get_account": {"s3:ListBucket"},
    # SES asks for SendRawEmail where the content of SendEmail is a complete message.
    "send_invoice": {"s3:ListBucket", "ses:SendRawEmail"},
    "send_reminder": {"ses:SendRawEmail"},
}


@contextmanager
def watched(shop: Shop) -> Iterator[Actions]:
    """The IAM actions that each function needs for what it does meanwhile."""
    used: Actions = defaultdict(set)
    running: list[str] = []

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        if running:
            service = model.service_model.service_name
            assert model.name in OPERATIONS[service], "packing/prune.py takes it away in Lambda"
            used[running[-1]] |= {f"{PREFIX.get(service, service)}:{name}" for name in actions(model.name, params)}

    clients = [aws.client(service) for service in SERVICES]
    for client in clients:
        client.meta.events.register("provide-client-params", note)
    modules = {name: shop.functions[name] for name in FUNCTIONS}
    shop.functions.update({name: Watched(name, module, running) for name, module in modules.items()})
    try:
        yield used
    finally:
        for client in clients:
            client.meta.events.unregister("provide-client-params", note)
        shop.functions.update(modules)


class Watched(ModuleType):
    """A function that says when it runs."""

    def __init__(self, name: str, module: ModuleType, running: list[str]) -> None:
        super().__init__(name)
        self._module = module
        self._running = running

    def handler(self, event: dict[str, Any], context: object) -> Any:
        """The function's own handler."""
        self._running.append(self.__name__)
        try:
            return self._module.handler(event, context)
        finally:
            self._running.pop()


def actions(operation: str, parameters: dict[str, Any]) -> set[str]:
    """The actions that an operation is allowed by: a transaction needs those of its parts."""
    if operation == "TransactWriteItems":
        return {TRANSACTION[kind] for item in parameters["TransactItems"] for kind in item}
    return {f"{operation} of an index" if "IndexName" in parameters else operation}


def granted(function: str) -> set[str]:
    """What a function's policy in the template allows."""
    ((properties),) = [
        one for one in resources("AWS::Serverless::Function").values() if one["CodeUri"].endswith(f"/{function}")
    ]
    statements = [statement for policy in properties["Policies"] for statement in policy["Statement"]]
    return {
        f"{action} of an index" if "/index/" in str(statement["Resource"]) else action
        for statement in statements
        for action in statement["Action"]
    }


def test_policies_allow_exactly_what_functions_do(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with watched(shop) as used:
        buy(shop.buyer())
        settle_in_two_attempts(shop, monkeypatch)
        use(shop)
        read(shop.buyer())
        reconcile(shop, monkeypatch)
        give_back(shop, monkeypatch)
        decide(shop)
        keep_coupons(shop)
        renew(shop)
        deliver(shop)
    assert {name: sorted(used[name] | NOT_SEEN_HERE.get(name, set())) for name in FUNCTIONS} == {
        name: sorted(granted(name)) for name in FUNCTIONS
    }


def buy(buyer: Buyer) -> None:
    """What a buyer does until money moves, and the reports of it."""
    shop = buyer.shop
    shop.request("GET /plans")
    shop.request("GET /providers")
    buyer.quote(coupon_code="GIAM20")
    buyer.order("free", coupon_code="FREE100")
    shop.ipn(buyer.order("first", coupon_code="GIAM20", invoice=COMPANY).json["payment"])
    shop.ipn(buyer.order("wrong").json["payment"], Amount="100", TransactionNo="2")
    given_up = buyer.order("given up", coupon_code="GIAM20").json
    buyer.call("POST /orders/{id}/payments", {"payment_provider": "vnpay"}, id=given_up["order"]["id"])
    buyer.call("POST /orders/{id}/cancel", id=given_up["order"]["id"])
    shop.ipn(given_up["payment"], TransactionNo="3")


def settle_in_two_attempts(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail server is down at first, so that the second attempt continues with what the first one stored."""
    with monkeypatch.context() as broken:
        broken.setattr(SesMailer, "send", fail)
        assert shop.settle()
    shop.advance(minutes=10)
    assert not shop.redeliver()


def use(shop: Shop) -> None:
    """What the product's services do: use, hold, settle, and need what a lapsed hold kept."""
    service = shop.service()
    free = shop.service("acc-free")
    service.use(1, "u1")
    service.commit(service.hold(10, "h1").json["id"], 5)
    service.release(service.hold(10, "h2").json["id"])
    free.hold(20_000, "h1")
    shop.advance(minutes=20)
    free.use(20_000, "u1")


def read(buyer: Buyer) -> None:
    """What a buyer looks at afterwards, page by page."""
    buyer.account()
    invoices = buyer.call("GET /invoices").json["items"]
    buyer.call("GET /invoices/{id}", id=invoices[0]["id"])
    buyer.call("GET /invoices/{id}/pdf", id=invoices[0]["id"])
    claims = {"sub": buyer.account_id, "email": buyer.address}
    for route in ("GET /orders", "GET /invoices", "GET /usage"):
        page = buyer.shop.request(route, claims=claims, query="limit=1").json
        assert page["next_cursor"]


def reconcile(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """One payment was paid, one was not, and one cannot be told."""
    answers = iter(["paid", "failed", "pending"])
    for number in range(3):
        shop.buyer(f"open-{number}").order("open", coupon_code="GIAM20")

    def answer(_: Vnpay, payment: Payment, now: datetime) -> Notice:
        return Notice("vnpay", payment.reference, next(answers, "failed"), payment.amount, "VND", "777", "00", now)

    monkeypatch.setattr(Vnpay, "query", answer)
    shop.advance(hours=1)
    shop.functions["reconcile_payments"].handler({}, None)


def give_back(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refunds by the provider, decided later, and by hand, made and not made; and what an operator looks at."""
    bank = put_in_vnpays_place(monkeypatch, Bank(answer=PENDING))
    buyer, operator = shop.buyer("refunded"), shop.operator()
    order = buyer.paid("refunded")
    refund(shop, order, "by the provider", amount=100_000)
    shop.advance(minutes=11)
    shop.functions["reconcile_payments"].handler({}, None)
    bank.answer = SUCCEEDED
    refund(shop, order, "at once", amount=50_000)
    to = {"bank": "970436", "number": "0071000123456", "name": "NGUYEN THI LAN"}
    made = refund(shop, order, "by hand", amount=50_000, bank=to).json["refund"]
    operator.call("POST /admin/refunds/{id}/fail", {"reason": "Sai số tài khoản"}, id=made["id"])
    made = refund(shop, order, "the rest by hand", bank=to).json["refund"]
    operator.call("POST /admin/refunds/{id}/complete", {"bank_reference": "FT1"}, id=made["id"])
    assert operator.call("GET /admin/orders/{id}", id=order["id"]).json["order"]["status"] == "refunded"
    assert operator.call("GET /admin/refunds").status == 200
    assert operator.call("GET /admin/refunds/{id}", id=made["id"]).status == 200
    assert not shop.settle()


def decide(shop: Shop) -> None:
    """What an operator looks at and does; a cursor is checked with the signing secret."""
    for query in ("", "cursor=none"):
        shop.operator().call("GET /admin/audit", query=query)
    decide_exceptions(shop)


def decide_exceptions(shop: Shop) -> None:
    """The wrong amount and the money for a cancelled order of `buy`, and a message that failed for good."""
    shop.unsettled.append("no JSON")
    assert shop.give_up() == []
    by_reason = {one["reason"]: one["id"] for one in listed(shop)}
    for reason in ("cancelled", "short"):
        shown(shop, by_reason[reason])
        assert act(shop, "accept", by_reason[reason]).status == 200
    assert act(shop, "dismiss", by_reason["failed_message"], {"reason": "Không đọc được"}).status == 200


def keep_coupons(shop: Shop) -> None:
    """What operators do with coupons."""
    operator = shop.operator()
    operator.call("POST /admin/coupons", {"code": "A", "kind": "percent", "percent_bp": 1000, "plans": ["pro"]})
    operator.call("POST /admin/coupons/{code}", {"status": "paused"}, code="A")
    operator.call("GET /admin/coupons")
    operator.call("GET /admin/coupons/{code}/redemptions", code="GIAM20")


def renew(shop: Shop) -> None:
    """A reminder is sent, its links are used; a later one finds the account renewed."""
    shop.buyer("renewing", address="mai@khach.example").paid()
    shop.now = moment("2026-12-16T02:30:00Z")
    remind(shop)
    text = text_of(reminders(shop, "mai@khach.example")[-1])
    show(shop, token_of(text, "renew"))
    shop.ipn(buy_renewal(shop, token_of(text, "renew")).json["payment"], TransactionNo="23")
    assert not shop.settle()
    for method in ("GET", "POST"):
        shop.request(f"{method} /unsubscribe/{{token}}", path={"token": token_of(text, "unsubscribe")})
    shop.now = moment("2026-12-20T02:30:00Z")
    remind(shop)


def deliver(shop: Shop) -> None:
    """Events go to an endpoint that refuses them, waits and comes back, and to a bus."""
    module = shop.functions["deliver_events"]._module
    module.delivering = replace(module.delivering, has_bus=True, sender=EventSender(bus_name="default"))
    endpoint = add_endpoint(shop, "https://192.0.2.1/")
    shop.buyer("told").order("free", coupon_code="FREE100")
    look(shop)
    change_endpoint(shop, endpoint["id"], status="paused")
    shop.advance(hours=1)
    sweep(shop)
    change_endpoint(shop, endpoint["id"], status="active")
    shop.advance(days=25)
    sweep(shop)
    told = events(shop)[-1]["id"]
    for _ in range(2):
        shop.operator().call("POST /admin/events/{id}/replay", {}, id=told)
        shop.advance(seconds=1)


def fail(*_: object) -> None:
    """A mail server that is down."""
    raise ConnectionError("down")
