"""The table of events. To add one: a small function of a `Story` and its arguments, and its line in `EVENTS`.

Arguments are drawn without regard to what has happened; an index counts around, so that it always means something.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from billing.adapters.dynamodb.keys import payment_key
from local.attempts import Attempt
from local.simulators.base import OUTCOMES, WEBHOOKS, Choice, Refused, Sent
from tests.support.memory_table import Outage
from tests.support.sequences.story import Asked, Story
from tests.support.whole import COUPONS, Posted

PROVIDERS = ("vnpay", "momo", "zalopay", "payos", "sepay", "stripe")

REFUSALS: Mapping[str, Callable[[Sent], bool]] = {
    "vnpay": lambda sent: sent.body["RspCode"] == "97",
    "momo": lambda sent: sent.status == 401,
    "zalopay": lambda sent: sent.body["return_code"] == -1,
    "payos": lambda sent: sent.status == 401,
    "sepay": lambda sent: sent.status == 401,
    "stripe": lambda sent: sent.status == 400,
}
"""How a bad signature is answered (contract, section 4)."""

DAY = 25 * 3600
LONGEST_KEPT = 10 * DAY
"""How long a message waits at most, well within the 14 days of the dead-letter queue."""

SPANS = (31 * 60, 61 * 60, DAY, 1, 60, 5 * 60, 29 * 60, 36 * 60, 20 * 86_400, 40 * 86_400)
"""Seconds."""

LONG = 30 * 60
"""SePay has said all that it will ever say of a transfer after half an hour."""


def order(story: Story, account: int, provider: str, quantity: int, coupon: str | None, quoted: bool) -> None:
    """Somebody orders, from a quote or at once."""
    buyer, key = f"acc-{account}", f"key-{len(story.requests)}"
    wish: dict[str, Any] = {"plan_id": "pro", "interval": "month", "quantity": quantity}
    if coupon:
        wish["coupon_code"] = coupon
    body = {**wish, "payment_provider": provider or story.main}
    if quoted:
        answer = story.whole.request("POST /quotes", wish, account=buyer)
        if answer.status != 200:
            return
        token, total = answer.json["quote"], answer.json["total"]
        story.quotes.append((buyer, token, total))
        story.totals[key] = total
        body = {"quote": token, "payment_provider": body["payment_provider"]}
    story.requests.append(Asked(buyer, key, body))
    story.place(story.requests[-1])


def order_again(story: Story, index: int) -> None:
    """The same request under the same key: a double click, or a browser that had no answer."""
    if story.requests:
        story.place(story.requests[index % len(story.requests)])


def quote_again(story: Story, index: int) -> None:
    """A quote is used once more, under another key."""
    if story.quotes:
        buyer, token, total = story.quotes[index % len(story.quotes)]
        key = f"key-{len(story.requests)}"
        story.totals[key] = total
        story.requests.append(Asked(buyer, key, {"quote": token, "payment_provider": story.main}))
        story.place(story.requests[-1])


def attempt(story: Story, index: int, provider: str) -> None:
    """Another attempt to pay an order."""
    if found := story.order(index):
        order_id, account = found
        body = {"payment_provider": provider or story.main}
        story.whole.request("POST /orders/{id}/payments", body, account=account, id=order_id)


def cancel(story: Story, index: int) -> None:
    """The buyer cancels."""
    if found := story.order(index):
        order_id, account = found
        story.whole.request("POST /orders/{id}/cancel", account=account, id=order_id)


def pay(story: Story, index: int, outcome: str, webhook: str, amount: int) -> None:
    """An attempt ends at its provider, which tells of it or does not. `amount` is added to what was asked for."""
    found = story.attempt(index)
    if not found or not found.url:  # nobody was told where to pay
        return
    name = found.provider, found.reference
    choice = _choice(story, found, Choice(outcome, webhook), amount)  # type: ignore[arg-type]
    if choice is None:
        return
    before = story.whole.table.state(), list(story.whole.queue.bodies)
    try:
        sent = story.whole.simulators[found.provider].settle(found, choice)
    except Refused:
        return
    if choice.outcome == "success" and choice.amount:
        story.chosen[name] = choice.amount
    if choice.webhook == "forged" and sent.sent:
        _nothing_happened(story, before, found.provider, sent)


def _choice(story: Story, found: Attempt, choice: Choice, more: int) -> Choice | None:
    """What can really happen: a provider takes an attempt's money once; a bank account takes any transfer.

    Money that comes when an attempt was asked for the last time, or beside its first money, is told of: without a word
    about it nobody would ask (docs/reliability.md). A card payment that is under way cannot be cancelled any more.
    """
    name = found.provider, found.reference
    asked = int(story.whole.table.get_item(TableName="", Key=payment_key(*name))["Item"]["amount"]["N"])
    webhook = choice.webhook
    if webhook in {"lost", "forged"} and not story.will_be_asked(name):
        webhook = "normal"
    if (found.provider, choice.outcome, webhook) == ("stripe", "cancel", "late"):
        webhook = "normal"
    if found.provider != "sepay" or name not in story.chosen:
        return Choice(choice.outcome, webhook, story.chosen.get(name, asked + more))
    ledger = story.whole.simulators["sepay"]._ledger
    if choice.outcome == "success" and (ledger._planned or not all(entry.told for entry in ledger._entries)):
        return None
    return Choice(choice.outcome, "normal", asked + more)


def transfer_without_code(story: Story, amount: int) -> None:
    """A bank transfer whose text nobody can make sense of."""
    for name in story.attempts:
        if name[0] == "sepay" and (found := story.whole.attempts.by_reference(*name)):
            choice = Choice("success", "normal", 100_000 + amount, "chuyen tien")
            story.whole.simulators["sepay"].settle(found, choice)
            return


def send_due(story: Story) -> None:
    """Providers send what has become due."""
    story.send_due()


def replay(story: Story, index: int) -> None:
    """A webhook comes once more, byte for byte."""
    if message := _posted(story, index):
        story.whole.post(message)


def tamper(story: Story, index: int, digit: int) -> None:
    """A webhook comes with one digit altered: nothing may change."""
    message = _posted(story, index)
    if not message:
        return
    by_query = message.method == "GET"
    text = message.address.partition("?")[2] if by_query else message.body.decode()
    places = [found.start() for found in re.finditer(r"\d", text)]
    place = places[digit % len(places)]
    altered = f"{text[:place]}{(int(text[place]) + 1) % 10}{text[place + 1 :]}"
    address = f"{message.address.partition('?')[0]}?{altered}" if by_query else message.address
    before = story.whole.table.state(), list(story.whole.queue.bodies)
    body = b"" if by_query else altered.encode()
    sent = story.whole.post(Posted(message.method, address, body, message.headers))
    _nothing_happened(story, before, message.address.partition("?")[0].rpartition("/")[2], sent)


def _posted(story: Story, index: int) -> Posted | None:
    return story.whole.posted[index % len(story.whole.posted)] if story.whole.posted else None


def _nothing_happened(story: Story, before: object, provider: str, sent: Sent) -> None:
    if (story.whole.table.state(), story.whole.queue.bodies) != before:
        story.fail("a webhook without a right signature changes nothing", "table or queue changed")
    if not REFUSALS[provider](sent):
        story.fail("a webhook without a right signature is refused", sent)


def deliver(story: Story, place: int, again: bool) -> None:
    """One message reaches the consumer; SQS may deliver it again."""
    if story.whole.queue.bodies:
        story.whole.deliver(place % len(story.whole.queue.bodies), again=again)


def deliver_all(story: Story) -> None:
    """All messages reach the consumer, in order."""
    story.deliver_all()


def wait(story: Story, seconds: int) -> None:
    """Time passes; what was not answered well is sent again meanwhile. No queue keeps a message for weeks."""
    if seconds > LONG:
        story.whole.simulators["sepay"].send_due()
    while story.whole.unaccepted:
        story.whole.send_again()
    if story.whole.queue.bodies:
        seconds = min(seconds, DAY)
        story.kept_for += seconds
        if story.kept_for > LONGEST_KEPT:
            story.empty_queue()
    else:
        story.kept_for = 0
    story.whole.advance(seconds=seconds)


def reconcile(story: Story) -> None:
    """The schedule runs."""
    story.reconcile()


def break_table(story: Story, writes: int, done: bool) -> None:
    """The table fails once, after so many writes; what was asked for is done or not."""
    story.whole.table.outage = Outage(writes, done)


def break_provider(story: Story, answer_lost: bool) -> None:
    """The next call to a provider fails, before or after the provider has acted."""
    story.whole.unanswered, story.whole.answer_lost = 1, answer_lost


def break_queries(story: Story, query: str) -> None:
    """From now on no provider can be asked for a payment, or they all can again."""
    story.whole.behaviour.query = query  # type: ignore[assignment]


def break_mail(story: Story, accepts: bool) -> None:
    """The next mail fails, though it may have been sent."""
    story.whole.mail.failing, story.whole.mail.accepts = 1, accepts


def break_service(story: Story, name: str) -> None:
    """Typesetting, the bucket or the queue fails once."""
    getattr(story.whole, name).failing = 1


@dataclass(frozen=True, slots=True)
class Event:
    """What may happen: an act, how often it is drawn relative to others, and what its arguments may be.

    The first choice of an argument is the plainest: to it a failing sequence is reduced.
    """

    act: Callable[..., None]
    often: int
    choices: Mapping[str, Sequence[Any]]

    def arguments(self, number: int) -> dict[str, Any]:
        """The arguments that a number stands for; 0 for the plainest."""
        arguments = {}
        for name, choices in self.choices.items():
            number, place = divmod(number, len(choices))
            arguments[name] = choices[place]
        return arguments


INDEXES = range(6)
ANY_PROVIDER = ("", "", "", *PROVIDERS)
"""The empty text stands for the story's own provider."""

FLAGS = (False, True)

EVENTS: Mapping[str, Event] = {
    "order": Event(
        order,
        3,
        {
            "account": range(2),
            "provider": ANY_PROVIDER,
            "quantity": (1, 2),
            "coupon": (None, None, None, "HAI", *COUPONS),
            "quoted": FLAGS,
        },
    ),
    "order_again": Event(order_again, 2, {"index": INDEXES}),
    "quote_again": Event(quote_again, 1, {"index": INDEXES}),
    "attempt": Event(attempt, 3, {"index": INDEXES, "provider": ANY_PROVIDER}),
    "cancel": Event(cancel, 2, {"index": INDEXES}),
    "pay": Event(
        pay,
        9,
        {
            "index": INDEXES,
            "outcome": ("success", "success", *OUTCOMES),
            "webhook": ("normal", *WEBHOOKS),
            "amount": (0, 0, 0, 0, -1000, 1000),
        },
    ),
    "transfer_without_code": Event(transfer_without_code, 1, {"amount": (1, 2, 3)}),
    "send_due": Event(send_due, 2, {}),
    "replay": Event(replay, 1, {"index": INDEXES}),
    "tamper": Event(tamper, 1, {"index": INDEXES, "digit": range(400)}),
    "deliver": Event(deliver, 4, {"place": INDEXES, "again": FLAGS}),
    "deliver_all": Event(deliver_all, 3, {}),
    "wait": Event(wait, 6, {"seconds": SPANS}),
    "reconcile": Event(reconcile, 4, {}),
    "break_table": Event(break_table, 2, {"writes": range(4), "done": FLAGS}),
    "break_provider": Event(break_provider, 1, {"answer_lost": FLAGS}),
    "break_queries": Event(break_queries, 1, {"query": ("error", "error", "normal")}),
    "break_mail": Event(break_mail, 2, {"accepts": FLAGS}),
    "break_service": Event(break_service, 2, {"name": ("queue", "documents", "bucket", "queue")}),
}

_DRAWN = tuple(name for name, event in EVENTS.items() for _ in range(event.often))

Step = tuple[str, dict[str, Any]]


def step(drawn: tuple[int, int]) -> Step:
    """An event's name and its arguments, from two numbers: drawing more of them would take longer than the events."""
    name = _DRAWN[drawn[0]]
    return name, EVENTS[name].arguments(drawn[1])


def sequences() -> st.SearchStrategy[list[Step]]:
    """An order at the story's own provider, and what may follow: ten events on average."""
    numbers = st.integers(0, 9_999)
    first = numbers.map(lambda number: ("order", EVENTS["order"].arguments(number) | {"provider": ""}))
    several = st.lists(st.tuples(st.integers(0, len(_DRAWN) - 1), numbers).map(step), max_size=10)
    return st.tuples(first, several, several).map(lambda drawn: [drawn[0], *drawn[1], *drawn[2]])
