"""Events to the product behind, from the purchase to its server: signed, retried, never lost, replayed."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from billing.adapters import aws
from billing.adapters.dynamodb.client import ConditionFailed
from billing.adapters.dynamodb.outbox import event_writes
from billing.adapters.providers.vnpay import Vnpay
from billing.domain.events import event
from billing.domain.payments import Notice, Payment
from billing.service.basic_ports import AlreadyDone
from tests.support.outgoing import (
    Receiver,
    add_endpoint,
    announced,
    change_endpoint,
    events,
    look,
    receiver,
    see,
    sweep,
)
from tests.support.refunding import Bank, put_in_vnpays_place, refund
from tests.support.shop import Buyer, Service, Shop, moment, open_shop

FULFILMENT = ["invoice.issued", "order.fulfilled", "quota.granted"]


@pytest.fixture
def shop(moto_engine: None) -> Iterator[Shop]:
    """A shop of one machine, whose endpoints may be on the loopback."""
    with open_shop(STAGE="local") as running:
        yield running


@pytest.fixture
def product() -> Iterator[Receiver]:
    """The product behind."""
    with receiver() as running:
        yield running


def test_a_purchase_is_told_at_once_with_the_whole_order(shop: Shop, buyer: Buyer, product: Receiver) -> None:
    """T27: whoever hears of it finds what it tells of."""
    add_endpoint(shop, product.url)
    order = buyer.paid()
    look(shop)
    assert product.types() == FULFILMENT
    told = {one.event["type"]: one.event for one in product.arrived}
    fulfilled = told["order.fulfilled"]
    shown = {name: value for name, value in order.items() if name not in {"payments", "invoice_id"}}
    assert {**shown, "invoice_id": None} == fulfilled["data"]
    assert (fulfilled["account_id"], fulfilled["version"]) == ("acc-1", 2)
    assert fulfilled["timestamp"] == order["fulfilled_at"]
    granted = told["quota.granted"]["data"]
    assert granted["order_id"] == order["id"]
    assert {grant["feature"]: grant["windows"][0]["amount"] for grant in granted["grants"]}["tokens"] > 0


@pytest.mark.parametrize("kind", ["receipt", "vat_invoice"])
def test_a_document_is_told_with_its_number_and_figures(shop: Shop, buyer: Buyer, product: Receiver, kind: str) -> None:
    """T27: order.fulfilled comes before there is one. A person's number stays with us, whoever listens on the bus."""
    add_endpoint(shop, product.url, "invoice.issued")
    person = {"buyer_type": "individual", "name": "Nguyễn Thị Lan", "address": "Huế", "national_id": "079123456789"}
    wish: dict[str, Any] = {"invoice": person} if kind == "vat_invoice" else {}
    order = buyer.paid(**wish)
    look(shop)
    (told,) = [one.event for one in product.arrived]
    issued = buyer.call("GET /invoices/{id}", id=order["invoice_id"]).json
    if kind == "vat_invoice":
        assert issued["buyer"].pop("national_id") == "079123456789"
    assert told["data"] == issued
    assert (told["data"]["kind"], told["data"]["total"], told["version"]) == (kind, 299_000, 1)
    assert told["timestamp"] == issued["issued_at"]


def test_what_arrives_is_signed_as_standard_webhooks_says(shop: Shop, buyer: Buyer, product: Receiver) -> None:
    secret = add_endpoint(shop, product.url)["secret"]
    buyer.paid()
    look(shop)
    for one in product.arrived:
        assert one.headers["webhook-id"] == one.event["id"]
        assert int(one.headers["webhook-timestamp"]) == int(shop.now.timestamp())
        expected = Webhook(secret).sign(one.event["id"], shop.now, one.body.decode())
        assert one.headers["webhook-signature"] == expected
        assert one.headers["content-type"] == "application/json; charset=utf-8"


def test_a_free_order_an_expired_and_a_cancelled_one_are_told_as_well(
    shop: Shop, buyer: Buyer, product: Receiver
) -> None:
    add_endpoint(shop, product.url)
    buyer.order("free", coupon_code="FREE100")
    given_up = buyer.order("given up").json["order"]
    buyer.call("POST /orders/{id}/cancel", id=given_up["id"])
    look(shop)
    assert product.types() == ["order.cancelled", "order.fulfilled", "quota.granted"]
    (cancelled,) = [one.event for one in product.take() if one.event["type"] == "order.cancelled"]
    assert (cancelled["data"]["status"], cancelled["version"]) == ("cancelled", 2)


def test_an_order_that_expires_is_told(
    shop: Shop, buyer: Buyer, product: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unpaid(_: Vnpay, payment: Payment, now: datetime) -> Notice:
        return Notice("vnpay", payment.reference, "failed", payment.amount, "VND", "", "02", now)

    monkeypatch.setattr(Vnpay, "query", unpaid)
    add_endpoint(shop, product.url, "order.expired")
    order = buyer.order().json["order"]
    shop.advance(hours=1)
    shop.functions["reconcile_payments"].handler({}, None)
    look(shop)
    (expired,) = product.arrived
    assert (expired.event["data"]["id"], expired.event["data"]["status"]) == (order["id"], "expired")


def test_a_lost_message_costs_a_minute(shop: Shop, buyer: Buyer, product: Receiver) -> None:
    add_endpoint(shop, product.url)
    buyer.paid()
    announced(shop)
    sweep(shop)
    assert product.types() == [], "nothing is due yet"
    shop.advance(minutes=1)
    sweep(shop)
    assert product.types() == FULFILMENT
    shop.advance(minutes=1)
    assert sweep(shop) == {"looked": 0}


def test_a_queue_that_is_down_stops_no_purchase(
    shop: Shop, buyer: Buyer, product: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_endpoint(shop, product.url)
    placed = buyer.order().json
    shop.ipn(placed["payment"])
    client, send = aws.client("sqs"), aws.client("sqs").send_message

    def down(**request: Any) -> Any:
        if request["QueueUrl"] == shop.events_queue_url:
            raise ConnectionError
        return send(**request)

    monkeypatch.setattr(client, "send_message", down)
    assert shop.settle() == []
    shop.advance(minutes=1)
    sweep(shop)
    assert product.types() == FULFILMENT


def test_a_message_that_comes_twice_sends_nothing_twice(shop: Shop, buyer: Buyer, product: Receiver) -> None:
    add_endpoint(shop, product.url)
    buyer.paid()
    records = [{"messageId": "m", "body": body} for body in announced(shop) * 2]
    for _ in range(2):
        shop.functions["deliver_events"].handler({"Records": records}, None)
    sweep(shop)
    assert product.types() == FULFILMENT


def tell(shop: Shop, refund_id: str) -> None:
    """An event, written and announced as any function does it."""
    table = shop.functions["deliver_events"].table
    one = event("refund.succeeded", (refund_id,), "acc-1", shop.now, 1, {"id": refund_id})
    table.transact(event_writes(table, one, now=shop.now))


def test_the_same_happening_is_one_event(shop: Shop) -> None:
    tell(shop, "ref_1")
    shop.advance(seconds=1)
    with pytest.raises(ConditionFailed):
        tell(shop, "ref_1")
    assert [entry["type"] for entry in events(shop)] == ["refund.succeeded"]


def test_an_event_is_tried_until_the_endpoint_is_back(shop: Shop, buyer: Buyer, product: Receiver) -> None:
    """T23: that an event is stored already keeps nobody from sending it."""
    add_endpoint(shop, product.url, "order.fulfilled")
    product.status = 503
    buyer.paid()
    look(shop)
    sent = [product.take()[0]]
    waits = []
    for _ in range(9):
        (delivery,) = events(shop, "order.fulfilled")[0]["deliveries"]
        due = moment(delivery["next_attempt_at"])
        waits.append(int((due - moment(delivery["attempts"][-1]["at"])).total_seconds()))
        shop.advance(seconds=int((due - shop.now).total_seconds()) - 1)
        sweep(shop)
        assert product.arrived == [], "not before its time"
        shop.advance(seconds=1)
        sweep(shop)
        sent += product.take()
    least = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert all(low <= wait <= low + low // 5 for low, wait in zip(least, waits, strict=True))
    assert {(one.body, one.headers["webhook-id"]) for one in sent} == {(sent[0].body, sent[0].headers["webhook-id"])}
    assert len({one.headers["webhook-timestamp"] for one in sent}) == len(sent), "each try is signed as of its time"
    product.status = 200
    shop.advance(days=2)
    sweep(shop)
    (delivery,) = events(shop, "order.fulfilled")[0]["deliveries"]
    assert (delivery["status"], delivery["attempts"][-1]["status"]) == ("delivered", 200)
    assert len(product.take()) == 1


def test_the_first_tries_need_no_schedule(shop: Shop, buyer: Buyer, product: Receiver) -> None:
    add_endpoint(shop, product.url, "order.fulfilled")
    product.status = 500
    buyer.paid()
    look(shop)
    (delivery,) = events(shop, "order.fulfilled")[0]["deliveries"]
    product.take()
    product.status = 200
    shop.now = moment(delivery["next_attempt_at"])
    event_id = events(shop, "order.fulfilled")[0]["id"]
    shop.functions["deliver_events"].delivering.look([event_id])
    assert len(product.arrived) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 500])
def test_only_2xx_is_taken_and_no_redirect_is_followed(
    shop: Shop, buyer: Buyer, product: Receiver, status: int
) -> None:
    add_endpoint(shop, product.url, "order.fulfilled")
    product.status = status
    buyer.paid()
    look(shop)
    (delivery,) = events(shop, "order.fulfilled")[0]["deliveries"]
    assert (delivery["status"], delivery["attempts"][0]["status"]) == ("pending", status)
    assert [one.path for one in product.arrived] == ["/goi/events"]


def test_an_endpoint_that_is_down_holds_up_no_other(shop: Shop, product: Receiver) -> None:
    """T24: nothing waits for anything else."""
    with receiver() as other:
        add_endpoint(shop, other.url)
        add_endpoint(shop, product.url)
        product.status = 500
        for number in range(5):
            shop.buyer(f"acc-{number}").paid()
        announced(shop)
        shop.advance(minutes=1)
        sweep(shop)
        assert other.types() == sorted(FULFILMENT * 5)
        assert len(product.take()) == 3, "after three failures the others are left for a while"
        product.status = 200
        shop.advance(minutes=6)
        sweep(shop)
        assert product.types() == sorted(FULFILMENT * 5)


def test_a_type_that_is_not_wanted_any_more_is_not_retried(shop: Shop, buyer: Buyer, product: Receiver) -> None:
    """T25."""
    endpoint = add_endpoint(shop, product.url)
    product.status = 500
    buyer.paid()
    look(shop)
    product.take()
    change_endpoint(shop, endpoint["id"], types=["quota.granted"])
    product.status = 200
    shop.advance(hours=1)
    sweep(shop)
    assert product.types() == ["quota.granted"]
    (delivery,) = events(shop, "order.fulfilled")[0]["deliveries"]
    assert delivery["status"] == "unwanted"


def test_what_happens_while_an_endpoint_is_paused_comes_when_it_is_resumed(
    shop: Shop, buyer: Buyer, product: Receiver
) -> None:
    endpoint = add_endpoint(shop, product.url)
    change_endpoint(shop, endpoint["id"], status="paused")
    buyer.paid()
    look(shop)
    for _ in range(3):
        shop.advance(days=10)
        sweep(shop)
    assert product.arrived == []
    assert {one["deliveries"][0]["status"] for one in events_of_november(shop)} == {"waiting"}
    change_endpoint(shop, endpoint["id"], status="active")
    sweep(shop)
    shop.advance(minutes=1)
    sweep(shop)
    assert [kind for kind in product.types() if kind in FULFILMENT] == FULFILMENT
    assert shop.items("WAITING#") == []


@pytest.mark.parametrize("paused", [True, False])
def test_nothing_is_sent_to_a_deleted_endpoint_and_nothing_waits_for_it(
    shop: Shop, buyer: Buyer, product: Receiver, paused: bool
) -> None:
    """T25's neighbour: neither what waits for it nor what was to be tried again."""
    endpoint = add_endpoint(shop, product.url)
    product.status = 500
    if paused:
        change_endpoint(shop, endpoint["id"], status="paused")
    buyer.paid()
    look(shop)
    assert shop.operator().call("POST /admin/endpoints/{id}/delete", id=endpoint["id"]).status == 200
    product.take()
    for _ in range(3):
        shop.advance(hours=6)
        sweep(shop)
        look(shop)
    assert product.arrived == []
    assert {one["status"] for event in events(shop, "order") for one in event["deliveries"]} == {"unwanted"}
    assert shop.items("WAITING#") == []
    assert shop.items("DUE#EVENTS") == []


def events_of_november(shop: Shop) -> list[dict[str, Any]]:
    """The delivery logs of the month in which the tests begin."""
    listed = shop.operator().call("GET /admin/events", query="month=2026-11").json["items"]
    return [see(shop, one["id"]) for one in listed if one["type"] in FULFILMENT]


def test_an_endpoint_that_is_gone_is_paused_at_once_and_loses_nothing(
    shop: Shop, buyer: Buyer, product: Receiver
) -> None:
    endpoint = add_endpoint(shop, product.url)
    product.status = 410
    buyer.paid()
    look(shop)
    assert len(product.take()) == 1
    (seen,) = shop.operator().call("GET /admin/endpoints").json["items"]
    assert (seen["status"], seen["paused_because"]) == ("paused", "gone")
    shop.advance(hours=1)
    sweep(shop)
    product.status = 200
    change_endpoint(shop, endpoint["id"], status="active")
    sweep(shop)
    shop.advance(minutes=1)
    sweep(shop)
    assert product.types() == FULFILMENT


def test_an_endpoint_that_takes_nothing_for_five_days_is_paused(shop: Shop, buyer: Buyer, product: Receiver) -> None:
    endpoint = add_endpoint(shop, product.url, "order.fulfilled")
    product.status = 500
    buyer.paid()
    look(shop)
    for _ in range(30):
        shop.advance(hours=6)
        sweep(shop)
    (seen,) = shop.operator().call("GET /admin/endpoints").json["items"]
    assert (seen["status"], seen["paused_because"]) == ("paused", "failing")
    (delivery,) = events(shop, "order.fulfilled")[0]["deliveries"]
    assert delivery["status"] == "waiting", "never given up while nothing else was taken"
    product.status = 200
    change_endpoint(shop, endpoint["id"], status="active")
    for _ in range(2):
        shop.advance(minutes=1)
        sweep(shop)
    assert product.arrived[-1].event["type"] == "order.fulfilled"


def test_an_event_that_alone_is_refused_is_given_up_and_does_not_pause_its_endpoint(
    shop: Shop, buyer: Buyer, product: Receiver
) -> None:
    """T26: what counts is what was tried; one refused event among others that are taken is no dead endpoint."""
    add_endpoint(shop, product.url)
    product.status = 400
    buyer.paid()
    look(shop)
    for number in range(16):
        product.status = 200
        tell(shop, f"ref_{number}")
        look(shop)
        product.status = 400
        shop.advance(hours=12)
        sweep(shop)
    (seen,) = shop.operator().call("GET /admin/endpoints").json["items"]
    assert seen["status"] == "active"
    statuses = {one["deliveries"][0]["status"] for one in events_of_november(shop) if one["account_id"] == "acc-1"}
    assert statuses == {"given_up"}


def test_an_event_is_sent_again_when_an_operator_wants_it(shop: Shop, buyer: Buyer, product: Receiver) -> None:
    add_endpoint(shop, product.url)
    buyer.paid()
    look(shop)
    first = {one.event["type"]: one for one in product.take()}
    event_id = first["order.fulfilled"].event["id"]
    answer = shop.operator().call("POST /admin/events/{id}/replay", {}, id=event_id)
    assert (answer.status, answer.json["deliveries"][0]["status"]) == (202, "pending")
    look(shop)
    (again,) = product.take()
    assert (again.body, again.headers["webhook-id"]) == (first["order.fulfilled"].body, event_id)
    assert len(see(shop, event_id)["deliveries"][0]["attempts"]) == 2
    (entry,) = [
        one for one in shop.operator().call("GET /admin/audit").json["items"] if one["target"] == f"event {event_id}"
    ]
    assert (entry["action"], entry["actor"]) == ("replay", "ketoan@goi.example")


def test_a_replay_reaches_an_endpoint_that_was_not_there_then(shop: Shop, buyer: Buyer, product: Receiver) -> None:
    buyer.paid()
    look(shop)
    endpoint = add_endpoint(shop, product.url)
    event_id = events(shop, "order.fulfilled")[0]["id"]
    assert see(shop, event_id)["deliveries"] == []
    shop.operator().call("POST /admin/events/{id}/replay", {"endpoint_id": endpoint["id"]}, id=event_id)
    shop.advance(minutes=1)
    sweep(shop)
    assert product.types() == ["order.fulfilled"]


def test_a_replay_of_what_is_pending_is_one_delivery(shop: Shop, buyer: Buyer, product: Receiver) -> None:
    add_endpoint(shop, product.url, "order.fulfilled")
    product.status = 500
    buyer.paid()
    look(shop)
    shop.advance(seconds=1)
    event_id = events(shop, "order.fulfilled")[0]["id"]
    shop.operator().call("POST /admin/events/{id}/replay", {}, id=event_id)
    product.take()
    product.status = 200
    shop.advance(hours=1)
    sweep(shop)
    assert len(product.arrived) == 1


def test_a_secret_is_replaced_without_a_refused_event(shop: Shop, buyer: Buyer, product: Receiver) -> None:
    endpoint = add_endpoint(shop, product.url, "order.fulfilled")
    newer = change_endpoint(shop, endpoint["id"], rotate_secret=True)["secret"]
    assert newer != endpoint["secret"]
    buyer.paid()
    look(shop)
    (one,) = product.take()
    expected = [
        Webhook(secret).sign(one.event["id"], shop.now, one.body.decode()) for secret in (newer, endpoint["secret"])
    ]
    assert one.headers["webhook-signature"].split(" ") == expected
    shop.advance(hours=24)
    shop.buyer("acc-2").paid()
    look(shop)
    (one,) = product.take()
    content = f"{one.event['id']}.{int(shop.now.timestamp())}.".encode() + one.body
    key = base64.b64decode(newer.removeprefix("whsec_"))
    assert one.headers["webhook-signature"] == (
        "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    )


def test_a_sweep_and_a_message_at_the_same_time_send_once(shop: Shop, buyer: Buyer, product: Receiver) -> None:
    add_endpoint(shop, product.url, "order.fulfilled")
    buyer.paid()
    delivering = shop.functions["deliver_events"].delivering
    event_id = events(shop, "order.fulfilled")[0]["id"]
    dispatch = delivering.deliveries.load(event_id)
    delivering.deliveries.announce(dispatch, delivering.endpoints.all(), shop.now)
    (held,) = delivering.deliveries.load(event_id).deliveries.values()
    assert delivering.deliveries.claim(held, shop.now, shop.now + timedelta(minutes=2))
    sweep(shop)
    assert product.arrived == [], "somebody else has it"
    shop.advance(minutes=2)
    sweep(shop)
    assert product.types() == ["order.fulfilled"], "whoever had it died"
    for stale in (dispatch, delivering.deliveries.load(event_id)):
        with pytest.raises(AlreadyDone):
            delivering.deliveries.announce(stale, (), shop.now)


def test_a_subscription_is_told_to_be_expiring_and_expired_once(shop: Shop, buyer: Buyer, product: Receiver) -> None:
    add_endpoint(shop, product.url, "subscription.expiring", "subscription.expired")
    end = moment(buyer.paid()["period"]["end"])
    told = []
    for days in (0, 22, 1, 1, 5, 1, 1, 5):
        shop.advance(days=days)
        sweep(shop)
        look(shop)
        told += [one.event for one in product.take()]
    assert [one["type"] for one in told] == ["subscription.expiring", "subscription.expired"]
    expiring, expired = (one["data"] for one in told)
    assert expiring == {
        "account_id": "acc-1",
        "plan_id": "pro",
        "status": "expiring",
        "current_period_end": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    assert expired == {**expiring, "status": "expired"}


def test_a_renewal_takes_the_warning_away(shop: Shop, buyer: Buyer, product: Receiver) -> None:
    add_endpoint(shop, product.url, "subscription.expiring", "subscription.expired")
    buyer.paid("first")
    shop.advance(days=20)
    buyer.paid("second")
    for _ in range(5):
        sweep(shop)
        shop.advance(days=4)
    assert product.types() == []


def test_a_fault_of_ours_is_put_off_and_holds_up_no_other_event(
    shop: Shop, buyer: Buyer, product: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_endpoint(shop, product.url)
    buyer.paid()
    deliveries = shop.functions["deliver_events"].delivering.deliveries
    broken, load = events(shop, "order.fulfilled")[0]["id"], deliveries.load

    def fail(event_id: str) -> Any:
        if event_id == broken:
            raise KeyError(event_id)
        return load(event_id)

    with monkeypatch.context() as patched:
        patched.setattr(type(deliveries), "load", lambda _, event_id: fail(event_id))
        look(shop)
        shop.advance(minutes=1)
        sweep(shop)
        assert product.types() == ["invoice.issued", "quota.granted"]
    shop.advance(minutes=10)
    sweep(shop)
    assert product.types() == FULFILMENT


def test_events_go_on_the_bus_as_well(moto_engine: None) -> None:
    with open_shop(EVENT_BUS_NAME="goi-bus") as shop:
        shop.buyer().paid()
        look(shop)
        (delivery,) = events(shop, "order.fulfilled")[0]["deliveries"]
        assert (delivery["endpoint_id"], delivery["status"]) == ("eventbridge", "pending"), "there is no such bus"
        aws.client("events").create_event_bus(Name="goi-bus")
        shop.advance(minutes=10)
        sweep(shop)
        (delivery,) = events(shop, "order.fulfilled")[0]["deliveries"]
        assert delivery["status"] == "delivered"


def test_a_refund_is_told_without_what_is_not_the_products_business(
    shop: Shop, buyer: Buyer, product: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_endpoint(shop, product.url, "refund.succeeded", "refund.failed")
    put_in_vnpays_place(monkeypatch, Bank())
    order = buyer.paid()
    made = refund(shop, order).json["refund"]
    left_out = {"bank", "qr_content", "requested_by", "told_at"}
    look(shop)
    (one,) = product.arrived
    assert one.event["type"] == "refund.succeeded"
    assert one.event["data"] == {name: value for name, value in made.items() if name not in left_out}
    assert one.event["data"]["status"] == "succeeded"


def test_a_balance_that_gets_low_and_is_used_up_is_told_once(shop: Shop, buyer: Buyer, product: Receiver) -> None:
    add_endpoint(shop, product.url, "quota.low", "quota.exhausted")
    buyer.paid()
    granted = next(one["granted"] for one in buyer.account()["balances"] if one["feature"] == "documents")
    for key, amount in (("first", granted - granted // 5), ("rest", granted // 5)):
        assert Service(shop).use(amount, key, "documents").status < 300
        sweep(shop)
        look(shop)
    assert product.types() == ["quota.exhausted", "quota.low"]
    exhausted = next(one.event for one in product.arrived if one.event["type"] == "quota.exhausted")
    assert (exhausted["data"]["granted"], exhausted["data"]["remaining"]) == (granted, 0)
    sweep(shop)
    assert shop.items("DUE#ALERTS") == []
