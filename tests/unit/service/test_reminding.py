"""Reminders where functions do not reach: a run out of time, a guard taken meanwhile, a link of nobody, the pace."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import pytest

from billing.adapters.pace import Pace
from billing.domain.problems import Problem
from billing.domain.reminders import Reminder, Renewal
from billing.domain.renewals import renewal_token
from billing.domain.tokens import Signer
from billing.service.account_ports import Subscription
from billing.service.basic_ports import AlreadyDone
from billing.service.mail_once import BeingSent
from billing.service.ordering import Ordering
from billing.service.quoting import Quoting
from billing.service.reminder_mail import ReminderMail, Standing
from billing.service.reminding import DueReminder, Reminding
from billing.service.renewing import Renewing
from tests.support.template import ROOT, resources
from tests.support.values import at, period, term

END = at("2026-12-23T10:00")
RENEWAL = Renewal("acc-1", END, "pro", "month", 1)
REMINDER = Reminder(RENEWAL, "lan@khach.example", "vi", "Asia/Ho_Chi_Minh", -7)


@dataclass
class Now:
    """A clock that stands still."""

    moment: datetime = field(default_factory=lambda: at("2026-12-16T09:00"))

    def now(self) -> datetime:
        return self.moment


class Store:
    """Accounts that are all due, a guard that somebody else takes first, and no account behind a link."""

    def due(self, now: datetime, limit: int) -> Iterator[DueReminder]:
        return iter([DueReminder(REMINDER, ("pk", str(number))) for number in range(limit)])

    def paid_end(self, account_id: str) -> datetime | None:
        return END

    def move(self, due: DueReminder, reminder: Reminder) -> None:
        raise AlreadyDone

    def drop(self, due: DueReminder) -> None:
        raise AssertionError("there is a next step")

    def standing(self, reminder: Reminder) -> Standing:
        bought = term(period(at("2026-11-23T10:00"), 1))
        return Standing(Subscription(1, (bought,)), unsubscribed=False, lease_until=None, sent=False)

    def take(self, reminder: Reminder, previous: datetime | None, until: datetime) -> None:
        raise AlreadyDone

    def address(self, account_id: str) -> None:
        return None


def test_a_run_ends_in_time_and_leaves_the_rest_to_the_next() -> None:
    ticks = iter(range(0, 1000, 90))
    sent: list[Any] = []
    queue = cast("Any", type("Queue", (), {"send": lambda _, message: sent.append(message)})())
    reminding = Reminding(Store(), queue, Now(), lambda *_: None, lambda: float(next(ticks)))
    assert reminding.sweep().queued == len(sent) == 3


def test_who_comes_second_to_the_guard_does_not_send() -> None:
    """T48: two deliveries of a message at the same moment."""
    nothing = cast("Any", None)
    mail = ReminderMail(cast("Any", Store()), nothing, nothing, nothing, nothing, Now())
    with pytest.raises(BeingSent):
        mail.send(REMINDER)


def test_a_link_of_an_account_that_is_not_there_is_not_found() -> None:
    signer = Signer([b"key"])
    nothing: Any = None
    links = cast("Any", Store())
    renewing = Renewing(links, cast("Quoting", nothing), cast("Ordering", nothing), lambda: signer, Now())
    with pytest.raises(Problem, match="not_found"):
        renewing.ready(renewal_token(signer, RENEWAL))


def test_senders_share_the_rate() -> None:
    waited: list[float] = []
    moments = iter([0.0, 0.1, 0.9, 5.0])

    class Mailer:
        """Takes everything."""

        def send(self, message: bytes, recipient: str) -> None:
            assert (message, recipient) == (b"x", "lan@khach.example")

    pace = Pace(Mailer(), 5, 2, lambda: next(moments), waited.append)
    for _ in range(4):
        pace.send(b"x", "lan@khach.example")
    assert waited == [pytest.approx(0.3)], "0.4 s apart: two senders make five a second"


def test_the_template_runs_as_many_senders_as_the_function_thinks() -> None:
    (mapping,) = resources("AWS::Serverless::Function")["SendReminderFunction"]["Events"].values()
    concurrency = mapping["Properties"]["ScalingConfig"]["MaximumConcurrency"]
    assert f"\nSENDERS = {concurrency}\n" in (ROOT / "functions/send_reminder/app.py").read_text("utf-8")
