"""Renewal reminders: on their day in the seller's zone, once each under any retry, quiet when renewed, never stale."""

from datetime import timedelta
from typing import Any

import pytest

from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.reminders import ReminderTable
from billing.adapters.mailer import SesMailer
from billing.adapters.queue import MailQueue
from tests.support.meter import metered
from tests.support.reminding import deliver, queued, remind, reminders, subscriber, sweep, text_of, token_of
from tests.support.shop import Shop, moment

NINE = {  # the end is 23 December 2026, 10:00 in Vietnam
    -7: "2026-12-16T02:00:00Z",
    -3: "2026-12-20T02:00:00Z",
    -1: "2026-12-22T02:00:00Z",
    0: "2026-12-23T02:00:00Z",
    3: "2026-12-26T02:00:00Z",
}


def refuse(code: str) -> Any:
    """A mail service that refuses with this code."""
    from botocore.exceptions import ClientError

    def send(*_: object) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "SendEmail")

    return send


def test_every_step_is_sent_once_whatever_sweeps_come_after_it(shop: Shop) -> None:
    """T48: five reminders in all, each in the hour after nine in Vietnam."""
    subscriber(shop)
    sent: list[tuple[str, int]] = []
    for day in range(15, 28):
        for hour in (1, 2, 14):
            shop.now = moment(f"2026-12-{day}T{hour:02d}:30:00Z")
            sent += [(f"{shop.now:%dT%H}", step) for step in remind(shop)]
    assert sent == [("16T02", -7), ("20T02", -3), ("22T02", -1), ("23T02", 0), ("26T02", 3)]
    assert len(reminders(shop)) == 5
    assert not shop.items("DUE#RENEWALS")


def test_no_reminder_is_early(shop: Shop) -> None:
    subscriber(shop)
    shop.now = moment(NINE[-7]) - timedelta(seconds=1)
    assert remind(shop) == []
    shop.advance(seconds=1)
    assert remind(shop) == [-7]


def test_an_end_at_night_is_reminded_of_by_vietnams_day(shop: Shop) -> None:
    """T47: bought at 20:00 UTC, which is the next day in Vietnam."""
    shop.now = moment("2026-11-23T20:00:00Z")
    subscriber(shop)
    shop.now = moment("2026-12-17T01:59:59Z")
    assert remind(shop) == []
    shop.advance(seconds=1)
    assert remind(shop) == [-7]
    (mail,) = reminders(shop)
    assert "24/12/2026" in mail["Subject"]


def test_a_renewed_account_hears_of_its_new_end_only(shop: Shop) -> None:
    """T48: renewed after the first reminder; the old end is never spoken of again."""
    buyer = subscriber(shop)
    shop.now = moment(NINE[-7])
    assert remind(shop) == [-7]
    buyer.paid("again")
    for step in (-3, -1, 0, 3):
        shop.now = moment(NINE[step])
        assert remind(shop) == []
    shop.now = moment("2027-01-16T02:00:00Z")
    assert remind(shop) == [-7]
    assert "23/01/2027" in reminders(shop)[-1]["Subject"]


def test_an_end_that_an_upgrade_brings_nearer_is_the_one_to_be_reminded_of(shop: Shop) -> None:
    """T48: a year of the small plan, cut short by the large one; its own end is never spoken of."""
    buyer = subscriber(shop, plan_id="starter", interval="year")
    shop.now = moment("2027-10-25T03:00:00Z")
    end = moment(buyer.paid("up", plan_id="pro")["period"]["end"])
    assert f"{end:%Y-%m-%d}" == "2027-11-25"
    days: dict[int, str] = {}
    shop.now = moment("2027-11-10T02:30:00Z")
    while shop.now < moment("2027-12-01T00:00:00Z"):
        days |= dict.fromkeys(remind(shop), f"{shop.now:%d}")
        shop.advance(days=1)
    assert days == {-7: "18", -3: "22", -1: "24", 0: "25", 3: "28"}
    assert all("25/11/2027" in mail["Subject"] for mail in reminders(shop))


def test_who_renews_while_the_reminder_waits_in_the_queue_gets_none(shop: Shop) -> None:
    buyer = subscriber(shop)
    shop.now = moment(NINE[-1])
    sweep(shop)
    buyer.paid("again")
    assert deliver(shop, queued(shop)) == []
    assert reminders(shop) == []


def test_after_an_outage_the_newest_step_alone_is_sent(shop: Shop) -> None:
    """T48: a week without a sweep."""
    subscriber(shop)
    shop.now = moment(NINE[-7]) - timedelta(hours=1)
    remind(shop)
    shop.now = moment(NINE[0]) + timedelta(hours=5)
    assert remind(shop) == [0]
    shop.now = moment(NINE[3])
    assert remind(shop) == [3]
    assert len(reminders(shop)) == 2


def test_an_outage_over_all_steps_sends_nothing_stale(shop: Shop) -> None:
    subscriber(shop)
    shop.now = moment(NINE[3]) + timedelta(days=1)
    assert sweep(shop) == {"queued": 0, "stale": 1, "renewed": 0, "failed": 0}
    assert queued(shop) == []
    assert not shop.items("DUE#RENEWALS")


def test_a_reminder_that_waited_for_a_day_is_not_sent(shop: Shop) -> None:
    """T48: "past due" the next morning."""
    subscriber(shop)
    shop.now = moment(NINE[0])
    sweep(shop)
    bodies = queued(shop)
    shop.advance(days=1)
    assert deliver(shop, bodies) == []
    assert reminders(shop) == []


def test_a_message_that_comes_twice_is_sent_once(shop: Shop) -> None:
    """T48: a standard queue delivers at least once."""
    subscriber(shop)
    shop.now = moment(NINE[-7])
    sweep(shop)
    bodies = queued(shop)
    assert deliver(shop, bodies * 3) == []
    shop.advance(hours=2)
    assert deliver(shop, bodies) == []
    assert len(reminders(shop)) == 1


def test_a_sweep_cut_off_before_it_moved_the_entry_is_made_good_without_a_second_mail(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T48: it handed the message over and crashed; the next run hands it over again."""
    subscriber(shop)
    shop.now = moment(NINE[-7])
    with monkeypatch.context() as broken:
        broken.setattr(Table, "transact", _crash)
        assert sweep(shop)["failed"] == 1
    assert remind(shop) == [-7, -7]
    assert len(reminders(shop)) == 1


def test_a_queue_that_is_down_loses_no_reminder(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    subscriber(shop)
    other = shop.buyer("acc-2", address="minh@khach.example")
    other.paid()
    shop.now = moment(NINE[-7])
    with monkeypatch.context() as broken:
        broken.setattr(MailQueue, "send", _crash)
        assert sweep(shop) == {"queued": 0, "stale": 0, "renewed": 0, "failed": 2}
    shop.advance(hours=1)
    assert remind(shop) == [-7, -7]
    assert (len(reminders(shop)), len(reminders(shop, "minh@khach.example"))) == (1, 1)


def test_two_sweeps_at_once_move_an_entry_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one finds its entry moved after it read it."""
    subscriber(shop)
    shop.now = moment(NINE[-7])
    original = ReminderTable.paid_end
    nested: list[int] = []

    def meanwhile(self: ReminderTable, account_id: str) -> Any:
        if not nested:
            nested.append(1)
            sweep(shop)
        return original(self, account_id)

    monkeypatch.setattr(ReminderTable, "paid_end", meanwhile)
    assert sweep(shop)["failed"] == 0
    assert deliver(shop, queued(shop)) == []
    assert len(reminders(shop)) == 1
    assert len(shop.items("DUE#RENEWALS")) == 1


def test_what_ses_refuses_for_its_rate_comes_again_with_the_rest_of_the_batch(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscriber(shop)
    shop.buyer("acc-2", address="minh@khach.example").paid()
    shop.now = moment(NINE[-7])
    sweep(shop)
    bodies = queued(shop)
    with monkeypatch.context() as broken:
        broken.setattr(SesMailer, "send", refuse("TooManyRequestsException"))
        assert deliver(shop, bodies) == bodies
    assert len(shop.items("REMINDERS#")) == 1, "the rest was not even tried"
    assert deliver(shop, bodies) == []
    assert (len(reminders(shop)), len(reminders(shop, "minh@khach.example"))) == (1, 1)


def test_one_address_that_ses_refuses_holds_no_other_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    subscriber(shop)
    shop.buyer("acc-2", address="minh@khach.example").paid()
    shop.now = moment(NINE[-7])
    sweep(shop)
    bodies = queued(shop)
    accept = SesMailer.send

    def send(self: SesMailer, message: bytes, recipient: str) -> None:
        if recipient == "minh@khach.example":
            refuse("MessageRejected")()
        accept(self, message, recipient)

    monkeypatch.setattr(SesMailer, "send", send)
    (failed,) = deliver(shop, bodies)
    assert "minh@khach.example" in failed
    assert len(reminders(shop)) == 1


def test_a_crash_between_guard_and_mail_server_delays_the_mail_and_loses_none(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while sending: nothing was released. The lease runs out before the message comes again."""
    subscriber(shop)
    shop.now = moment(NINE[-7])
    sweep(shop)
    bodies = queued(shop)
    with monkeypatch.context() as broken:
        broken.setattr(SesMailer, "send", _crash)
        broken.setattr(ReminderTable, "release", lambda *_: None)
        assert deliver(shop, bodies) == bodies
    assert deliver(shop, bodies) == bodies, "somebody may still be sending it"
    shop.advance(minutes=6)
    assert deliver(shop, bodies) == []
    assert len(reminders(shop)) == 1


def test_the_mail_names_plan_day_price_and_tax_and_can_be_ended_with_one_click(shop: Shop) -> None:
    subscriber(shop)
    shop.now = moment(NINE[-3])
    remind(shop)
    (mail,) = reminders(shop)
    assert mail["Subject"].endswith("gói Chuyên nghiệp hết hạn ngày 23/12/2026")
    text = text_of(mail)
    for words in ("1 tháng", "23/01/2027", "299.000 ₫", "22.148 ₫ (thuế suất 8%)"):
        assert words in text
    html = mail.get_body(("html",))
    assert html
    assert f"renew.html#{token_of(text, 'renew')}" in html.get_content()
    token = token_of(text, "unsubscribe")
    assert mail["List-Unsubscribe"] == f"<https://api.goi.example/unsubscribe/{token}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "acc-1" not in text
    assert "lan@" not in text


def test_after_the_end_the_mail_says_so_in_the_readers_language(shop: Shop) -> None:
    buyer = shop.buyer(language="en")
    buyer.paid(interval="year")
    shop.now = moment("2027-11-26T02:00:00Z")
    assert remind(shop) == [3]
    (mail,) = reminders(shop)
    assert mail["Subject"].endswith("your Pro plan ended on 23 Nov 2027")
    text = text_of(mail)
    assert "₫2,990,000" in text
    assert "1 year" in text
    assert "Good until" not in text


def test_a_plan_that_is_not_sold_any_more_is_reminded_of_without_a_price(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from billing.domain.plans import Plan
    from billing.domain.problems import Problem

    def unsold(plan: Plan, interval: str) -> int:
        raise Problem("plan_not_purchasable", plan=plan.id)

    subscriber(shop)
    monkeypatch.setattr(Plan, "price", unsold)
    shop.now = moment(NINE[-7])
    assert remind(shop) == [-7]
    text = text_of(reminders(shop)[-1])
    assert "https://app.goi.example/app/plans.html" in text
    assert "renew.html" not in text
    assert "₫" not in text


def test_a_free_order_is_reminded_of_as_well(shop: Shop) -> None:
    shop.buyer().order(coupon_code="FREE100", payment_provider=None)
    shop.settle()
    shop.now = moment(NINE[-7])
    assert remind(shop) == [-7]


def test_an_unpaid_order_is_nobodys_reminder(shop: Shop) -> None:
    shop.buyer().order()
    assert not shop.items("DUE#RENEWALS")


def test_a_sweep_reads_what_is_due_and_no_more(shop: Shop) -> None:
    subscriber(shop)
    shop.now = moment(NINE[-7]) - timedelta(hours=1)
    sweep(shop)
    with metered() as meter:
        shop.advance(hours=1)
        sweep(shop)
        assert (meter.calls["Query"], meter.calls["GetItem"]) == (48, 2), "12 days of four shards; sweep and account"
        assert (meter.transactions, meter.writes) == (1, 1)
        bodies = queued(shop)
        meter.clear()
        deliver(shop, bodies)
        assert (meter.reads, meter.transactions, meter.writes) == (2, 0, 2), "with the catalogue of a cold start"


def _crash(*_: object) -> None:
    raise ConnectionError("cut off")
