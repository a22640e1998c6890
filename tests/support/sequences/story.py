"""What has happened so far: a `Whole`, the requests that were made of it, and the money that was seen at providers."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from billing.adapters.dynamodb.mapper import from_item
from billing.domain.times import from_text
from billing.service.basic_ports import AlreadyDone
from local.attempts import Attempt
from tests.support.memory_aws import ServiceDown
from tests.support.sequences.truth import Money, Name, expects_more, holdings
from tests.support.shop import Answer
from tests.support.whole import Whole

Record = dict[str, Any]

ROUNDS = 40
"""How often the end of a story looks whether anything is left to do."""

ROUND = timedelta(hours=1)


class Violation(AssertionError):
    """Something that must hold does not: what was expected, what was found, and everything that happened before."""


@dataclass(frozen=True, slots=True)
class Asked:
    """POST /orders as it was sent."""

    account: str
    key: str
    body: Record


@dataclass(slots=True)
class Story:
    """`main` is the provider that the story is about. `totals` are quoted totals by Idempotency-Key."""

    whole: Whole
    main: str
    told: list[str] = field(default_factory=list)
    requests: list[Asked] = field(default_factory=list)
    quotes: list[tuple[str, str, int]] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=dict)
    orders: list[tuple[str, str]] = field(default_factory=list)
    attempts: list[Name] = field(default_factory=list)
    chosen: dict[Name, int] = field(default_factory=dict)
    money: dict[tuple[str, frozenset[str]], Money] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    exceptions: int = 0
    kept_for: int = 0

    def fail(self, expected: str, found: object = "it is not so") -> None:
        """Raises the violation."""
        happened = "\n".join(f"  {number}. {line}" for number, line in enumerate(self.told, 1))
        raise Violation(f"expected: {expected}\nfound: {found}\nafter, at {self.main}:\n{happened}")

    def records(self, prefix: str) -> list[Record]:
        """Stored items as records."""
        return [from_item(item) for item in self.whole.table.items(prefix)]

    def place(self, asked: Asked) -> Answer:
        """POST /orders; new orders and attempts are known afterwards."""
        answer = self.whole.request("POST /orders", asked.body, account=asked.account, key=asked.key)
        self.look()
        return answer

    def look(self) -> None:
        """Remembers orders, attempts and money that were not there before."""
        known = {order_id for order_id, _ in self.orders}
        for order in self.whole.table.items("ORDER#"):
            if order["id"]["S"] not in known:
                self.orders.append((order["id"]["S"], order["account_id"]["S"]))
            for attempt in order["attempts"]["L"]:
                name = attempt["L"][0]["S"], attempt["L"][1]["S"]
                if name not in self.attempts:
                    self.attempts.append(name)
        for money in holdings(self.whole.simulators):
            self.money[money.provider, money.ids] = money

    def attempt(self, index: int) -> Attempt | None:
        """One of the attempts that were made, as a provider's simulator takes it."""
        if not self.attempts:
            return None
        return self.whole.attempts.by_reference(*self.attempts[index % len(self.attempts)])

    def order(self, index: int) -> tuple[str, str] | None:
        """One of the orders, with its account."""
        return self.orders[index % len(self.orders)] if self.orders else None

    def send_due(self) -> None:
        """The providers send what is due."""
        for simulator in self.whole.simulators.values():
            simulator.send_due()

    def reconcile(self) -> None:
        """One sweep. That it is cut off is no matter: the next one goes on."""
        try:
            self.whole.reconcile()
        except Exception as error:
            if not is_meant(error):
                raise

    def deliver_all(self) -> None:
        """Every message once, the oldest first; what fails stays."""
        for _ in range(len(self.whole.queue.bodies)):
            self.whole.deliver(0)

    def empty_queue(self) -> None:
        """The consumer works well until nothing is left to it."""
        self.whole.heal()
        while self.whole.queue.bodies:
            self.deliver_all()
            self.whole.advance(minutes=4)
        self.kept_for = 0

    def finish(self) -> None:
        """Everything works again, all times pass, and everybody does what is left to do."""
        self.whole.heal()
        self.whole.send_again()
        self.whole.clock.time = max([self.whole.clock.time, *self.dues()])
        for _ in range(ROUNDS):
            self.send_due()
            self.reconcile()
            self.deliver_all()
            self.check_errors()
            if self.is_quiet():
                break
            self.whole.clock.time = max(self.whole.clock.time + ROUND, min(self.dues(), default=self.whole.clock.time))
        else:
            left = self.whole.queue.bodies or self.records("DUE#PAYMENTS#")
            self.fail(f"nothing is left to do after {ROUNDS} sweeps", left)
        self.look()

    def check_errors(self) -> None:
        """Nothing was logged as an error but what was brought about on purpose."""
        errors, self.whole.journal.errors = self.whole.journal.errors, []
        for message, error in errors:
            if not is_meant(error):
                self.fail(f"no error but those that were planted ({message})", repr(error))

    def dues(self) -> list[datetime]:
        """When attempts are to be asked for."""
        return [from_text(item["sk"]["S"].partition("#")[0]) for item in self.whole.table.items("DUE#PAYMENTS#")]

    def will_be_asked(self, name: Name) -> bool:
        """Whether Goi is going to ask for an attempt by itself."""
        return any(
            item["sk"]["S"].endswith(f"#{name[0]}#{name[1]}") for item in self.whole.table.items("DUE#PAYMENTS#")
        )

    def is_quiet(self) -> bool:
        """Whether nothing is on its way."""
        waits = self.whole.queue.bodies or self.whole.table.items("DUE#PAYMENTS#")
        return not waits and not expects_more(self.whole.simulators)


def is_meant(error: BaseException | None) -> bool:
    """Whether an error is one that the story brought about, or says that somebody else is at work."""
    response: Record = getattr(error, "response", {})
    outage = response.get("Error", {}).get("Code") == "InternalServerError"
    return outage or isinstance(error, ServiceDown | AlreadyDone) or type(error).__name__ == "NotYet"
