"""What operators do once a story has come to its end: money goes back, and all around it goes wrong that can.

To add an act: a small function of an `Epilogue` and its arguments, and its line in `ACTS`. What is checked: what Goi
says went back is what the provider gave back, never more than was paid, once for each key; orders, quota and time
follow.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from billing.adapters.dynamodb.keys import payment_key
from billing.domain.times import to_text
from tests.support.sequences.events import Event, sequences
from tests.support.sequences.story import Record, Story

BANK = {"bank": "970436", "number": "0071000123456", "name": "NGUYEN VAN A"}
BY_HAND = {"payos", "sepay"}
QUARTERS = 4
ROUNDS = 60
"""How often the end of an epilogue looks whether a refund is still under way."""

STATUS = {0: "fulfilled", 1: "partially_refunded", 2: "refunded"}
"""Of an order: nothing, a part, or everything went back."""

Step = tuple[str, dict[str, Any]]


@dataclass(slots=True)
class Epilogue:
    """`asked` are the refunds asked for: order, key and body; `made` the refund that each key made."""

    story: Story
    asked: list[tuple[str, str, Record]] = field(default_factory=list)
    made: dict[str, str] = field(default_factory=dict)

    def ask(self, order_id: str, key: str, body: Record) -> None:
        """POST /admin/orders/{id}/refunds; a key is one refund for ever."""
        answer = self.story.whole.operate("POST /admin/orders/{id}/refunds", body, key=key, id=order_id)
        if answer.status in {200, 201}:
            refund_id = answer.json["refund"]["id"]
            if self.made.setdefault(key, refund_id) != refund_id:
                self.story.fail(f"{key} is one refund", f"{self.made[key]} and {refund_id}")

    def open_by_hand(self) -> list[Record]:
        """Refunds that wait for a person to transfer them."""
        found = self.story.records("REFUND#")
        return [one for one in found if not one["by_api"] and one["status"] == "requested"]


def paid_for(story: Story, order: Record) -> int:
    """What was paid for an order, in dong."""
    found = story.whole.table.get_item(TableName="", Key=payment_key(*order["paid_by"]))["Item"]
    return int(found["amount"]["N"])


def refund(epilogue: Epilogue, index: int, quarters: int) -> None:
    """An operator gives so many quarters of a paid order back; four for all that is left."""
    paid = [one for one in epilogue.story.records("ORDER#") if one.get("paid_by")]
    if not paid:
        return
    order = paid[index % len(paid)]
    body: Record = {"reason": "Khách đổi ý"}
    if quarters < QUARTERS:
        body["amount"] = max(1, paid_for(epilogue.story, order) * quarters // QUARTERS)
    if order["paid_by"][0] in BY_HAND:
        body["bank"] = BANK
    epilogue.asked.append((order["id"], f"refund-{len(epilogue.asked)}", body))
    epilogue.ask(*epilogue.asked[-1])


def refund_again(epilogue: Epilogue, index: int) -> None:
    """The same request under the same key: an impatient operator."""
    if epilogue.asked:
        epilogue.ask(*epilogue.asked[index % len(epilogue.asked)])


def transfer(epilogue: Epilogue, done: bool) -> None:
    """A person has made the oldest transfer that waits, or cannot."""
    for one in epilogue.open_by_hand()[:1]:
        act, body = ("complete", {"bank_reference": "FT1"}) if done else ("fail", {"reason": "Sai tài khoản"})
        epilogue.story.whole.operate(f"POST /admin/refunds/{{id}}/{act}", body, id=one["id"])


def break_refunds(epilogue: Epilogue, how: str) -> None:
    """From now on providers refuse refunds, leave them pending, or carry them out again."""
    epilogue.story.whole.behaviour.refund = how  # type: ignore[assignment]


def break_provider(epilogue: Epilogue, answer_lost: bool) -> None:
    """The next call to a provider fails, before or after the provider has acted."""
    epilogue.story.whole.unanswered, epilogue.story.whole.answer_lost = 1, answer_lost


def sweep(epilogue: Epilogue, seconds: int) -> None:
    """Time passes, the schedule runs, and messages reach the consumer."""
    epilogue.story.whole.advance(seconds=seconds)
    epilogue.story.reconcile()
    epilogue.story.deliver_all()


def replay(epilogue: Epilogue, index: int) -> None:
    """A webhook of the payment comes once more."""
    posted = epilogue.story.whole.posted
    if posted:
        epilogue.story.whole.post(posted[index % len(posted)])


ACTS: Mapping[str, Event] = {
    "refund": Event(refund, 6, {"index": range(6), "quarters": (4, 1, 2, 3)}),
    "refund_again": Event(refund_again, 2, {"index": range(6)}),
    "transfer": Event(transfer, 2, {"done": (True, True, False)}),
    "break_refunds": Event(break_refunds, 2, {"how": ("pending", "normal", "refused")}),
    "break_provider": Event(break_provider, 2, {"answer_lost": (True, False)}),
    "sweep": Event(sweep, 3, {"seconds": (11 * 60, 7 * 3600, 26 * 3600)}),
    "replay": Event(replay, 1, {"index": range(6)}),
}

DRAWN = tuple(name for name, act in ACTS.items() for _ in range(act.often))


def step(drawn: tuple[int, int]) -> Step:
    """An act's name and its arguments, from two numbers."""
    name = DRAWN[drawn[0]]
    return f"then {name}", ACTS[name].arguments(drawn[1])


def whole_sequences() -> st.SearchStrategy[list[Step]]:
    """A story, and in half of all cases an epilogue of up to eight acts."""
    acts = st.lists(st.tuples(st.integers(0, len(DRAWN) - 1), st.integers(0, 9_999)).map(step), max_size=8)
    return st.tuples(sequences(), st.just([]) | acts).map(lambda drawn: [*drawn[0], *drawn[1]])


def play(story: Story, steps: Sequence[Step]) -> None:
    """The acts, then everything that is left to do, and what must hold."""
    epilogue, kept = Epilogue(story), story.records("EXCEPTION#")
    for name, arguments in steps:
        story.told.append(f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})")
        ACTS[name.removeprefix("then ")].act(epilogue, **arguments)
        story.check_errors()
        _check_orders(story)
    _finish(epilogue)
    _check_orders(story)
    _check_providers(story)
    if story.records("EXCEPTION#") != kept:
        story.fail("a refund and webhooks that come again make no exception", story.records("EXCEPTION#"))


def _finish(epilogue: Epilogue) -> None:
    story = epilogue.story
    story.whole.heal()
    for _ in range(ROUNDS):
        while epilogue.open_by_hand():
            transfer(epilogue, done=True)
        story.deliver_all()
        if not story.records("DUE#REFUNDS#"):
            return
        story.whole.advance(hours=7)
        story.reconcile()
        story.check_errors()
    story.fail("every refund comes to an end", story.records("DUE#REFUNDS#"))


def _check_orders(story: Story) -> None:
    """Order, quota and time follow what went back of the order's payment."""
    refunds = story.records("REFUND#")
    now = to_text(story.whole.clock.time)
    for order in story.records("ORDER#"):
        if not order.get("paid_by"):
            continue
        own = [one for one in refunds if one.get("order_id") == order["id"]]
        back = sum(one["amount"] for one in own if one["status"] == "succeeded")
        under_way = sum(one["amount"] for one in own if one["status"] in {"requested", "pending"})
        total = paid_for(story, order)
        status = STATUS[0 if not back else 1 if back < total else 2]
        if (order["status"], order["refunded"], order.get("refunding", 0)) != (status, back, under_way):
            story.fail(f"{order['id']} is {status} with {back} back and {under_way} under way", order)
        if back + under_way > total:
            story.fail(f"no more than {total} goes back of {order['id']}", back + under_way)
        _check_quota(story, order, now)


def _check_quota(story: Story, order: Record, now: str) -> None:
    held = story.records(f"ACCOUNT#{order['account_id']}")
    grants = [one for one in held if one["sk"].startswith("GRANT#") and one["order_id"] == order["id"]]
    for grant in grants:
        for window, taken in grant.get("taken_back", {}).items():
            if not 0 <= taken <= grant["amount"] - grant["used"].get(window, 0):
                story.fail(f"no balance goes below zero: {grant['feature']} of {order['id']}", grant)
    standing = [
        term
        for one in held
        if one["sk"] == "STATE"
        for term in one["terms"]
        if term["order_id"] == order["id"] and term["period"]["end"] > now
    ]
    if order["status"] == "refunded" and standing:
        story.fail(f"the time of {order['id']} has ended", standing)


def _check_providers(story: Story) -> None:
    """What Goi says went back by a provider's API is what the provider gave back."""
    said: dict[tuple[str, str], int] = {}
    for one in story.records("REFUND#"):
        if one["by_api"] and one["status"] == "succeeded":
            name = one["provider"], one["transaction"]
            said[name] = said.get(name, 0) + one["amount"]
    given: dict[tuple[str, str], int] = {}
    for provider, read in GIVERS.items():
        for one in read(story.whole.simulators[provider]):
            if one.state == "succeeded":
                given[provider, str(one.payment)] = given.get((provider, str(one.payment)), 0) + one.amount
    if said != given:
        story.fail(f"the providers gave back what Goi says: {said}", given)


GIVERS: Mapping[str, Callable[[Any], Sequence[Any]]] = {
    "vnpay": lambda simulator: simulator._refunds._refunds._all,
    "momo": lambda simulator: simulator._refunds._all,
    "zalopay": lambda simulator: simulator._refunds._all,
    "stripe": lambda simulator: simulator._refunds.refunds._all,
}
"""Provider -> the refunds that its simulator holds."""
