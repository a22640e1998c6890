"""What must hold: `after_step` at any moment, `at_the_end` once nothing is left to do.

The expected truth is what the providers hold (`truth`); Goi's table is what is checked against it.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from billing.adapters.dynamodb.mapper import from_item
from billing.domain.identifiers import order_id
from billing.domain.times import add_months, from_text
from tests.support.sequences.epilogue import play
from tests.support.sequences.events import EVENTS, Step
from tests.support.sequences.story import Record, Story
from tests.support.sequences.truth import Money, asked
from tests.support.values import HANOI
from tests.support.whole import COUPONS, Whole

FORWARD = {
    "order": {
        "pending": {"fulfilled", "expired", "cancelled"},
        "expired": {"fulfilled"},
        "cancelled": {"fulfilled"},
        "fulfilled": {"partially_refunded", "refunded"},
        "partially_refunded": {"refunded"},
        "refunded": set(),
    },
    "payment": {
        "open": {"succeeded", "failed", "expired", "closed"},
        "failed": {"succeeded"},
        "expired": {"succeeded"},
        "closed": {"succeeded"},
        "succeeded": {"partially_refunded", "refunded"},
        "partially_refunded": {"refunded"},
        "refunded": set(),
    },
}
"""Where states may go (contract, section 2)."""

PAID = {"fulfilled", "partially_refunded", "refunded"}
PLAN_FEATURES = {"tokens": 2_000_000, "documents": 500, "seats": 10, "support": 1}
NOTES = {"coupon_exceeded"}
"""Exceptions that only tell an operator something of money that has fulfilled its order."""

BEFORE_PAYMENT = timedelta(hours=1)
"""How long before it was paid for time may begin: what was quoted stands that long."""


def run(whole: Whole, main: str, steps: Sequence[Step]) -> Story:
    """Plays a sequence from the beginning to its end, and checks all that must hold."""
    whole.reset()
    story = Story(whole, main)
    for name, arguments in steps:
        if name not in EVENTS:
            continue
        story.told.append(f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})")
        EVENTS[name].act(story, **arguments)
        after_step(story)
    story.told.append("everybody does what is left to do")
    story.finish()
    after_step(story)
    at_the_end(story)
    play(story, [step for step in steps if step[0] not in EVENTS])
    return story


def after_step(story: Story) -> None:
    """Safety: holds at any moment, whatever is still on its way."""
    story.look()
    story.check_errors()
    _check_states(story)
    _check_places(story)
    kept = len(story.whole.table.items("EXCEPTION#"))
    if kept < story.exceptions:
        story.fail("an exception stays", f"{story.exceptions} became {kept}")
    story.exceptions = kept


def _check_states(story: Story) -> None:
    """No state goes backwards."""
    for kind in ("order", "payment"):
        for item in story.whole.table.items(f"{kind.upper()}#"):
            place, status = str(item["id"]["S"]), str(item["status"]["S"])
            before = str(story.seen.get(place, status))
            if before != status and not _reachable(FORWARD[kind], before, status):
                story.fail(f"the {kind} {place} goes forward only", f"{before} became {status}")
            story.seen[place] = status


def _reachable(forward: Mapping[str, set[str]], before: str, after: str) -> bool:
    return after in forward[before] or any(_reachable(forward, between, after) for between in forward[before])


def _check_places(story: Story) -> None:
    """A coupon's count is that of its places, within its limit but for money that came after its place was free."""
    for code, limit in COUPONS.items():
        stored = story.whole.table.partition(f"COUPON#{code}")
        if len(stored) == 1:
            continue
        found = [from_item(item) for item in stored]
        held = [one for one in found if one["sk"].startswith("ORDER#") and one["status"] in {"reserved", "confirmed"}]
        late = sum("released_at" in one for one in held)
        (coupon,) = [one for one in found if one["sk"] == "COUPON"]
        if coupon["taken"] != len(held) or (limit is not None and coupon["taken"] > limit + late):
            story.fail(f"{code}: the count is that of its places, at most {limit} and {late}", (coupon["taken"], held))
        paid = sum(one["status"] == "confirmed" for one in held)
        if coupon["confirmed"] != paid:
            story.fail(f"{code}: {paid} of its places are confirmed", coupon["confirmed"])
        each = Counter(one["account_id"] for one in held)
        for one in found:
            account = one["sk"].removeprefix("ACCOUNT#")
            if one["sk"].startswith("ACCOUNT#") and one["taken"] != each[account]:
                story.fail(f"{code}: the count of {account} is {each[account]}", one["taken"])


def at_the_end(story: Story) -> None:
    """What every story must come to, once nothing is left to do."""
    orders = story.records("ORDER#")
    payments = {(one["provider"], one["reference"]): one for one in story.records("PAYMENT#")}
    _check_money(story, orders, payments)
    _check_amounts(story, orders, payments)
    invoices = {one["order_id"]: one for one in story.records("INVOICE#")}
    for order in orders:
        _check_document(story, order, invoices.get(order["id"]))
    _check_numbers(story, list(invoices.values()))
    for account in sorted({order["account_id"] for order in orders}):
        _check_account(story, account, [order for order in orders if order["account_id"] == account])
    _check_redemptions(story, orders)


def _check_money(story: Story, orders: Sequence[Record], payments: Mapping[Any, Record]) -> None:
    """Every payment has exactly one effect: it fulfils its order, or it is one exception."""
    kept = [one for one in story.records("EXCEPTION#") if one["reason"] not in NOTES]
    left = {(one["provider"], one.get("transaction") or one["reference"]): one for one in kept}
    by_order: dict[str, list[Money]] = defaultdict(list)
    for money in story.money.values():
        if money.name in payments:
            by_order[payments[money.name]["order_id"]].append(money)
        else:
            _take_exception(story, left, money, {"unmatched"})
    for order in orders:
        right = [money for money in by_order[order["id"]] if money.amount == payments[money.name]["amount"]]
        for money in by_order[order["id"]]:
            if money not in right:
                reason = "short" if money.amount < payments[money.name]["amount"] else "over"
                _take_exception(story, left, money, {reason})
        _check_right(story, order, right, left, payments)
    if left:
        story.fail("no exception but for money that a provider holds, one each", list(left.values()))


def _check_right(
    story: Story,
    order: Record,
    right: list[Money],
    left: dict[tuple[str, str], Record],
    payments: Mapping[Any, Record],
) -> None:
    """Payments of the right amount: one fulfils the order unless it was cancelled, each other is an exception."""
    free = not order["quote"]["figures"][-1]
    may_pay = order["status"] != "cancelled" and not free
    used = [money for money in right if may_pay and not _exceptions(left, money)]
    what = f"order {order['id']} ({order['status']}), paid with {[str(money) for money in right] or 'nothing'}"
    paid = bool(right) and order["status"] != "cancelled"
    if (order["status"] in PAID) is not (paid or free):
        story.fail(f"{what} is {'fulfilled' if paid or free else 'not fulfilled'}", order["status"])
    if len(used) != int(paid):
        story.fail(f"{what}: {int(paid)} payment fulfils it", [str(money) for money in used])
    for money in used:
        payment = payments[money.name]
        if payment["status"] != "succeeded" or payment["transaction"] not in money.ids:
            story.fail(f"{money} is booked", payment)
    for money in right:
        if money not in used:
            _take_exception(story, left, money, {"cancelled", "second_payment"})


def _exceptions(left: Mapping[tuple[str, str], Record], money: Money) -> list[tuple[str, str]]:
    return [(money.provider, one) for one in sorted(money.ids) if (money.provider, one) in left]


def _take_exception(story: Story, left: dict[tuple[str, str], Record], money: Money, reasons: set[str]) -> None:
    """The one exception of this money, which is then accounted for."""
    found = _exceptions(left, money)
    if len(found) != 1:
        story.fail(f"{money} is kept as one exception ({' or '.join(sorted(reasons))})", [left[one] for one in found])
    exception = left.pop(found[0])
    if exception["reason"] not in reasons or exception["amount"] != money.amount:
        story.fail(f"the exception says {' or '.join(sorted(reasons))}, {money.amount}", exception)


def _check_amounts(story: Story, orders: Sequence[Record], payments: Mapping[Any, Record]) -> None:
    """What was quoted is what each attempt asked for, here and at the provider."""
    totals = {order["id"]: order["quote"]["figures"][-1] for order in orders}
    for one in payments.values():
        if one["amount"] != totals[one["order_id"]]:
            story.fail(f"attempt {one['id']} asks for {totals[one['order_id']]}", one["amount"])
    for name, amount in asked(story.whole.simulators):
        if name in payments and payments[name]["amount"] != amount:
            story.fail(f"{name} was asked for {payments[name]['amount']}", amount)
    for request in story.requests:
        quoted, total = story.totals.get(request.key), totals.get(order_id(request.account, request.key))
        if quoted is not None and total not in {None, quoted}:
            story.fail(f"{request.key} costs what was quoted, {quoted}", total)


def _check_document(story: Story, order: Record, invoice: Record | None) -> None:
    """One document for each fulfilled order, with its total, stored and e-mailed; none for others."""
    if order["status"] not in PAID:
        if invoice:
            story.fail(f"no document for {order['id']}, which is {order['status']}", invoice)
        return
    if invoice is None or order.get("invoice_id") != invoice["id"]:
        story.fail(f"a document for {order['id']}", (invoice, order.get("invoice_id")))
        return
    if invoice["total"] != order["quote"]["figures"][-1] or "sent_at" not in invoice:
        story.fail(f"{invoice['id']} says {order['quote']['figures'][-1]} and was sent", invoice)
    stored = story.whole.bucket.objects.get(f"documents/{invoice['id']}.pdf", b"")
    mails = [mail for _, mail in story.whole.mail.sent if mail.startswith(invoice["id"].encode())]
    if not stored or not mails or any(not mail.endswith(stored) for mail in mails):
        story.fail(f"{invoice['id']} is stored and e-mailed as stored", f"{len(mails)} mails")


def _check_numbers(story: Story, invoices: list[Record]) -> None:
    """Numbers without a gap and without a double, in issue order."""
    series: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for invoice in invoices:
        series[invoice["form"] + invoice["symbol"]].append((invoice["number"], invoice["issued_at"]))
    for name, issued in series.items():
        numbers = [number for number, _ in sorted(issued)]
        times = [at for _, at in sorted(issued)]
        if numbers != list(range(1, len(issued) + 1)) or times != sorted(times):
            story.fail(f"series {name} is numbered without gap or double, in issue order", sorted(issued))


def _check_account(story: Story, account: str, orders: Sequence[Record]) -> None:
    """One term and one set of grants for each fulfilled order, one after another without gap or overlap."""
    stored = story.records(f"ACCOUNT#{account}")
    terms = sorted(
        (one for one in stored if one["sk"].startswith("TERM#")), key=lambda term: (term["period"]["start"], term["sk"])
    )
    fulfilled = {order["id"]: order for order in orders if order["status"] in PAID}
    if Counter(term["order_id"] for term in terms) != Counter(list(fulfilled)):
        story.fail(f"{account} has one term for each of {sorted(fulfilled)}", [term["order_id"] for term in terms])
    end = None
    for term in terms:
        end = _check_term(story, term, fulfilled[term["order_id"]], end)
    grants = [one for one in stored if one["sk"].startswith("GRANT#")]
    given = Counter((one["order_id"], one["feature"], one["amount"], _span(one)) for one in grants)
    due = Counter(
        (term["order_id"], feature, amount, _span(term)) for term in terms for feature, amount in PLAN_FEATURES.items()
    )
    if given != due:
        story.fail(f"{account} has the grants of its terms", {"missing": due - given, "too many": given - due})


def _span(one: Record) -> tuple[str, str]:
    return one["period"]["start"], one["period"]["end"]


def _check_term(story: Story, term: Record, order: Record, previous: Any) -> Any:
    """The bought months, from where the time before ends, or else from about when it was paid for; gives its end."""
    start, end, anchor = (from_text(term["period"][name]) for name in ("start", "end", "anchor"))
    bought, months = order["quote"]["quantity"], term["period"]["months"]
    at = partial(add_months, anchor, zone=HANOI)
    if (at(months - bought), at(months)) != (start, end):
        story.fail(f"the term of {order['id']} has {bought} months", term)
    fulfilled = from_text(order["fulfilled_at"])
    follows = previous and fulfilled < previous
    if (
        start != previous
        if follows
        else not fulfilled - BEFORE_PAYMENT < start <= fulfilled or (previous and start < previous)
    ):
        story.fail(f"the term of {order['id']} begins with {previous if follows else fulfilled}", term)
    return end


def _check_redemptions(story: Story, orders: Sequence[Record]) -> None:
    """A place is confirmed with its order's payment, and given back otherwise; what exceeds a limit is noted."""
    noted = Counter(one["order_id"] for one in story.records("EXCEPTION#") if one["reason"] in NOTES)
    for order in orders:
        code = order["quote"]["coupon_code"]
        found = [one for one in story.records(f"COUPON#{code}") if one["sk"] == f"ORDER#{order['id']}"] if code else []
        expected = ["confirmed" if order["status"] in PAID else "released"] if code else []
        if [one["status"] for one in found] != expected:
            story.fail(f"the redemption of {code} by {order['id']} ({order['status']}) is {expected}", found)
        if noted[order["id"]] and not (order["status"] in PAID and "released_at" in found[0]):
            story.fail(f"no note but for late money: {order['id']} ({order['status']})", found)
    for code, limit in COUPONS.items():
        (coupon,) = [one for one in story.records(f"COUPON#{code}") if one["sk"] == "COUPON"]
        notes = sum(noted[order["id"]] for order in orders if order["quote"]["coupon_code"] == code)
        if limit is not None and coupon["taken"] - limit > notes:
            story.fail(f"what exceeds the {limit} redemptions of {code} is noted", (coupon["taken"], notes))
