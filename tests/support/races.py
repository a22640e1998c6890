"""What happens when many do the same at once: each race runs on any engine and tells every promise that was broken."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from billing.adapters import aws
from billing.adapters.dynamodb.client import ConditionFailed, Table
from billing.adapters.dynamodb.mapper import from_item, to_item
from tests.support.refunding import Bank, put_in_vnpays_place, refund
from tests.support.shop import TABLE, Answer, Buyer, Shop, ipn_query

THREADS = 32
DELIVERIES = 20
"""How often a failed message comes again here at most; a race must be over long before."""

One = TypeVar("One")
Result = TypeVar("Result")
Race = Callable[[Shop], list[str]]


def at_once(action: Callable[[One], Result], many: Iterable[One]) -> list[Result]:
    """`action` on each, as many at the same time as there are threads."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(action, many))


def stored(shop: Shop, prefix: str) -> list[dict[str, Any]]:
    """The stored records whose partition begins so."""
    return [from_item(item) for item in shop.items(prefix)]


def deliver(shop: Shop, bodies: list[str]) -> None:
    """Each body to the consumer, all at once; what fails comes again."""
    for _ in range(DELIVERIES):
        failures = at_once(lambda body: consume(shop, body), bodies)
        bodies = [body for body, failed in zip(bodies, failures, strict=True) if failed]
        if not bodies:
            return
    raise TimeoutError(f"{len(bodies)} messages fail for ever")


def consume(shop: Shop, body: str) -> bool:
    """Whether the consumer failed with a message."""
    event = {"Records": [{"messageId": "one", "body": body}]}
    return bool(shop.functions["send_invoice"].handler(event, None)["batchItemFailures"])


def clients_for_a_coupon(shop: Shop, places: int = 50) -> list[str]:
    """Four times as many accounts want a coupon as it has places (T28)."""
    add_coupon("DUA50", places)
    answers = at_once(lambda number: shop.buyer(f"acc-{number}").order(coupon_code="DUA50"), range(4 * places))
    outcomes = Counter(said(answer) for answer in answers)
    (coupon,) = [record for record in stored(shop, "COUPON#DUA50") if record["sk"] == "COUPON"]
    redemptions = [record for record in stored(shop, "COUPON#DUA50") if record["sk"].startswith("ORDER#")]
    return broken(
        (outcomes == {"201": places, "coupon_exhausted": 3 * places}, f"answers: {dict(outcomes)}"),
        (coupon["taken"] == places, f"{coupon['taken']} places counted"),
        (len(redemptions) == places, f"{len(redemptions)} redemptions"),
        (len(stored(shop, "ORDER#")) == places, f"{len(stored(shop, 'ORDER#'))} orders"),
    )


def a_limit_that_is_lowered_meanwhile(shop: Shop, buyers: int = 60) -> list[str]:
    """Operators lower a coupon's limit step by step while accounts take its places, and pay (T28)."""
    operator, code = shop.operator(), "HEP50"
    made = {"code": code, "kind": "percent", "percent_bp": 1000, "max_redemptions": buyers}
    operator.call("POST /admin/coupons", made)
    steps = [(number, buyers - number // 2) for number in range(buyers)]

    def step(wanted: tuple[int, int]) -> Answer:
        number, limit = wanted
        if number % 3:
            return shop.buyer(f"acc-{number}").order(coupon_code=code)
        return operator.call("POST /admin/coupons/{code}", {"max_redemptions": limit - 30}, code=code)

    answers = at_once(step, steps)
    placed = [answer.json["payment"] for answer in answers if answer.status == 201]
    for number, payment in enumerate(placed):
        shop.ipn(payment, TransactionNo=str(number))
    deliver(shop, shop.queued())
    (coupon,) = [record for record in stored(shop, f"COUPON#{code}") if record["sk"] == "COUPON"]
    known = {code, "201", "coupon_exhausted", "coupon_changed", "validation_failed"}
    outcomes = Counter(said(answer) for answer in answers)
    changed = len(stored(shop, "AUDIT#")) - 1
    return broken(
        (outcomes.keys() <= known, f"answers: {dict(outcomes)}"),
        (coupon["taken"] == coupon["confirmed"] == len(placed), f"{coupon} for {len(placed)} orders"),
        (coupon["taken"] <= coupon["max_redemptions"], f"{coupon['taken']} of {coupon['max_redemptions']} places"),
        (changed == coupon["version"] - 1, f"{changed} audit entries of {coupon['version'] - 1} changes"),
    )


def transactions_on_one_counter(shop: Shop) -> list[str]:
    """What every promise rests on: of 200 transactions on a counter up to 50, each with an item of its own."""
    table = Table(TABLE)
    counter = {"pk": {"S": "RACE"}, "sk": {"S": "COUNTER"}}
    table.write(table.put(counter, {"taken": {"N": "0"}}))

    def take(number: int) -> bool:
        place = table.put({"pk": {"S": "RACE#PLACE"}, "sk": {"S": f"{number}"}}, {})
        try:
            table.transact([table.update(counter, "ADD taken :one", "taken < :most", one=1, most=50), place])
        except (ConditionFailed, ClientError, BotoCoreError):  # it may break down; what it acknowledged must be there
            return False
        return True

    taken = sum(at_once(take, range(200)))
    counted, places = table.get(counter), len(stored(shop, "RACE#PLACE"))
    return broken(((taken, counted and counted["taken"], places) == (50, 50, 50), f"{taken}, {counted}, {places}"))


def copies_of_an_order(shop: Shop) -> list[str]:
    """A buyer's impatience: the same request 50 times (T02, T67)."""
    buyer = shop.buyer()
    answers = at_once(lambda _: buyer.order("one key"), range(50))
    ids = {answer.json["order"]["id"] for answer in answers if answer.status in {200, 201}}
    created = sum(answer.status == 201 for answer in answers)
    orders, payments = stored(shop, "ORDER#"), stored(shop, "PAYMENT#")
    return broken(
        (all(answer.status in {200, 201} for answer in answers), f"{Counter(map(said, answers))}"),
        (created == 1, f"{created} answers say that they made the order"),
        ((len(ids), len(orders), len(payments)) == (1, 1, 1), f"{len(orders)} orders, {len(payments)} payments"),
    )


def copies_of_a_message(shop: Shop) -> list[str]:
    """One payment's message 50 times at once (T49, T07)."""
    placed = shop.buyer().order().json
    shop.ipn(placed["payment"])
    (body,) = shop.queued()
    deliver(shop, [body] * 50)
    return credited_once(shop, ["acc-1"])


def accounts_that_pay(shop: Shop) -> list[str]:
    """50 payments of 50 accounts settled at once: numbers of the documents have no gap and no double (T57)."""
    accounts = [f"acc-{number}" for number in range(50)]
    for account in accounts:
        shop.ipn(shop.buyer(account).order().json["payment"])
    deliver(shop, shop.queued())
    return credited_once(shop, accounts)


def attempts_that_are_both_paid(shop: Shop) -> list[str]:
    """20 orders with two attempts each, both paid at the same moment (T01, T04)."""
    accounts = [f"acc-{number}" for number in range(20)]
    for account in accounts:
        buyer = shop.buyer(account)
        first = buyer.order().json
        shop.ipn(first["payment"], ResponseCode="24", TransactionStatus="02", TransactionNo="0")
        deliver(shop, shop.queued())
        order_id = first["order"]["id"]
        second = buyer.call("POST /orders/{id}/payments", {"payment_provider": "vnpay"}, id=order_id).json
        for number, payment in enumerate((first["payment"], second["payment"])):
            shop.webhook(ipn_query(payment, shop.now, TransactionNo=f"{account[4:]}0{number}"))
    deliver(shop, shop.queued())
    exceptions = Counter(record["order_id"] for record in stored(shop, "EXCEPTION#"))
    return [
        *credited_once(shop, accounts),
        *broken((list(exceptions.values()) == [1] * 20, f"exceptions: {sorted(exceptions.values())}")),
    ]


def refunds_of_one_payment(shop: Shop, amount: int = 50_000) -> list[str]:
    """20 refunds of an order that has money for five of them, each asked for three times at once (T56)."""
    with pytest.MonkeyPatch.context() as patch:
        bank = put_in_vnpays_place(patch, Bank())
        order = shop.buyer().paid()
        answers = at_once(lambda number: refund(shop, order, f"k{number % 20}", amount=amount), range(60))
    outcomes = Counter(said(answer) for answer in answers)
    (bought,) = stored(shop, "ORDER#")
    refunds = Counter(record["status"] for record in stored(shop, "REFUND#"))
    (tokens,) = [record for record in stored(shop, "ACCOUNT#") if record.get("feature") == "tokens"]
    given = sum(bank.given.values())
    wanted = tokens["amount"] * given // order["total"]
    return broken(
        (set(outcomes) <= {"201", "200", "refund_not_possible", "validation_failed"}, f"answers: {dict(outcomes)}"),
        (refunds == {"succeeded": outcomes["201"]}, f"refunds: {dict(refunds)}"),
        (0 < given <= order["total"], f"{given} given back"),
        ((bought["refunded"], bought["refunding"]) == (given, 0), f"{bought['refunded']} booked of {given}"),
        (tokens["taken_back"] == {"0": wanted}, f"{tokens['taken_back']} taken, {wanted} wanted"),
        (not [one for one in stored(shop, "PAYMENT#") if one["sk"] == "REFUNDING"], "a lock was left"),
    )


def uses_of_one_balance(shop: Shop) -> list[str]:
    """200 calls at once want a hundredth of what there is, each (T54): 100 have it, and nothing goes below zero."""
    buyer = shop.buyer()
    buyer.paid(plan_id="starter")
    share = tokens_of(buyer)["granted"] // 100
    service = shop.service(buyer.account_id)
    outcomes = Counter(said(answer) for answer in at_once(lambda number: service.use(share, f"u{number}"), range(200)))
    left = tokens_of(buyer)
    used = sum(record["amount"] for record in stored(shop, "USAGE#") if record["sk"] == "USAGE")
    return broken(
        (outcomes == {"200": 100, "quota_exceeded": 100}, f"answers: {dict(outcomes)}"),
        ((left["used"], left["remaining"]) == (left["granted"], 0), f"balance: {left}"),
        (used == left["granted"], f"{used} stand in the entries"),
    )


def upgrades_of_one_account(shop: Shop) -> list[str]:
    """Two upgrades at once want the same credit, ten times: one wins, the other is told."""
    buyers = [shop.buyer(f"acc-{number}") for number in range(10)]
    for number, buyer in enumerate(buyers):
        shop.ipn(buyer.order(plan_id="starter").json["payment"], TransactionNo=str(number))
    deliver(shop, shop.queued())
    shop.advance(days=10)
    many = [(buyer, key) for buyer in buyers for key in ("one", "other")]
    answers = at_once(lambda one: one[0].order(one[1], plan_id="pro"), many)
    outcomes = Counter(said(answer) for answer in answers)
    credited = [answer.json["order"]["credit"] for answer in answers if answer.status == 201]
    return broken(
        (outcomes == {"201": 10, "credit_reserved": 10}, f"answers: {dict(outcomes)}"),
        (all(credited), f"credits: {credited}"),
    )


def tokens_of(buyer: Buyer) -> dict[str, Any]:
    """The account's balance of tokens."""
    balance: dict[str, Any] = next(one for one in buyer.account()["balances"] if one["feature"] == "tokens")
    return balance


def credited_once(shop: Shop, accounts: list[str]) -> list[str]:
    """Each account has one term, its grants once and one document; each series is numbered 1, 2, 3 and so on."""
    records = stored(shop, "ACCOUNT#")
    terms = Counter(record["pk"] for record in records if record["sk"].startswith("TERM#"))
    purchases = [record["purchases"] for record in records if record["sk"] == "STATE"]
    grants = Counter((record["pk"], record["feature"]) for record in records if record["sk"].startswith("GRANT#"))
    numbers: dict[str, list[int]] = defaultdict(list)
    invoices = stored(shop, "INVOICE#")
    for invoice in invoices:
        numbers[invoice["form"] + invoice["symbol"]].append(invoice["number"])
    orders = Counter(record["status"] for record in stored(shop, "ORDER#"))
    return broken(
        (list(terms.values()) == [1] * len(accounts), f"terms: {sorted(terms.values())}"),
        (purchases == [1] * len(accounts), f"purchases: {sorted(purchases)}"),
        (set(grants.values()) == {1}, "a grant stands twice"),
        (orders == {"fulfilled": len(accounts)}, f"orders: {dict(orders)}"),
        (len(invoices) == len(accounts), f"{len(invoices)} documents"),
        (all(invoice.get("sent_at") for invoice in invoices), "a document was not sent"),
        *(
            (sorted(found) == list(range(1, len(found) + 1)), f"{series}: {sorted(found)}")
            for series, found in numbers.items()
        ),
    )


def broken(*promises: tuple[bool, str]) -> list[str]:
    """What is told of the promises that do not hold."""
    return [told for holds, told in promises if not holds]


def said(answer: Answer) -> str:
    """An answer's status, or its problem's code."""
    return str(json.loads(answer.raw["body"]).get("code", answer.status))


def add_coupon(code: str, places: int) -> None:
    """A coupon of 10 % with this many places."""
    record = {"code": code, "kind": "percent", "percent_bp": 1000, "max_redemptions": places, "taken": 0}
    item = {"pk": {"S": f"COUPON#{code}"}, "sk": {"S": "COUPON"}, **to_item(record)}
    aws.client("dynamodb").put_item(TableName=TABLE, Item=item)


RACES: dict[str, Race] = {
    race.__name__: race
    for race in (
        transactions_on_one_counter,
        clients_for_a_coupon,
        a_limit_that_is_lowered_meanwhile,
        copies_of_an_order,
        copies_of_a_message,
        accounts_that_pay,
        attempts_that_are_both_paid,
        refunds_of_one_payment,
        uses_of_one_balance,
        upgrades_of_one_account,
    )
}
