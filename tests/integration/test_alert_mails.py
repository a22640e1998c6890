"""E-mails about balances that are low or used up: once each, in the reader's language, never about what is over."""

from email.message import EmailMessage

import pytest

from billing.adapters.dynamodb.client import Table
from billing.adapters.mailer import SesMailer
from tests.support.outgoing import events
from tests.support.outgoing import sweep as sweep_events
from tests.support.reminding import deliver, queued, text_of, token_of
from tests.support.shop import Buyer, Service, Shop

GRANTED = 500
"""Documents of a month of pro."""


def use(shop: Shop, amount: int, key: str) -> None:
    """So many documents."""
    assert Service(shop).use(amount, key, "documents").status < 300


def told(shop: Shop) -> list[str]:
    """A minute's sweep and what it queued delivered; the subjects of the e-mails about balances so far."""
    sweep_events(shop)
    assert deliver(shop, queued(shop)) == []
    return [subject for mail in shop.mails() if "80%" in (subject := str(mail["Subject"])) or "hết" in subject]


def last(shop: Shop) -> EmailMessage:
    """The youngest e-mail."""
    return shop.mails()[-1]


def test_four_fifths_and_all_of_a_balance_are_told_once_each(shop: Shop, buyer: Buyer) -> None:
    buyer.paid()
    use(shop, 399, "1")
    assert told(shop) == []
    use(shop, 1, "2")
    assert len(told(shop)) == 1
    text = text_of(last(shop))
    assert last(shop)["To"] == "lan@khach.example"
    assert "400 / 500" in text
    assert "10:00" in text, "the seller's clock"
    use(shop, 50, "3")
    assert len(told(shop)) == 1
    use(shop, 50, "4")
    subjects = told(shop)
    assert len(subjects) == 2
    assert "đã dùng hết" in subjects[-1]
    assert [len(events(shop, kind)) for kind in ("quota.low", "quota.exhausted")] == [1, 1]
    assert told(shop) == subjects


def test_a_new_month_and_a_pack_more_are_balances_of_their_own(shop: Shop, buyer: Buyer) -> None:
    buyer.paid(quantity=2)
    Service(shop).use(1_700_000, "first")
    assert len(told(shop)) == 1
    buyer.paid("pack", plan_id="tokens-1m")
    Service(shop).use(500_000, "second")
    assert len(told(shop)) == 1, "2.2 of 3 million are no four fifths"
    Service(shop).use(300_000, "third")
    assert len(told(shop)) == 2
    shop.advance(days=31)
    Service(shop).use(1_500_000, "fourth")
    assert len(told(shop)) == 2, "with half a million of the pack, 2 of 3 million"
    Service(shop).use(400_000, "fifth")
    assert len(told(shop)) == 3


def test_a_message_that_comes_twice_is_one_mail(shop: Shop, buyer: Buyer) -> None:
    buyer.paid()
    use(shop, GRANTED, "all")
    sweep_events(shop)
    bodies = queued(shop)
    before = len(shop.mails())
    assert deliver(shop, bodies * 2) == []
    assert deliver(shop, bodies) == []
    assert len(shop.mails()) == before + 1


def test_a_sweep_cut_off_after_queueing_is_made_good_by_one_mail_and_one_event(
    shop: Shop, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer.paid()
    use(shop, GRANTED, "all")
    with monkeypatch.context() as broken:
        broken.setattr(Table, "transact", _down)
        sweep_events(shop)
    sweep_events(shop)
    bodies = queued(shop)
    assert len(bodies) == 2
    before = len(shop.mails())
    assert deliver(shop, bodies) == []
    assert len(shop.mails()) == before + 1
    assert len(events(shop, "quota.exhausted")) == 1


def test_a_mail_that_is_refused_comes_again_and_what_is_over_is_not_sent(
    shop: Shop, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer.paid()
    use(shop, GRANTED, "all")
    sweep_events(shop)
    bodies = queued(shop)
    before = len(shop.mails())
    with monkeypatch.context() as broken:
        broken.setattr(SesMailer, "send", _down)
        assert deliver(shop, bodies) == bodies
    shop.advance(days=1)
    assert deliver(shop, bodies) == []
    assert len(shop.mails()) == before, "a day old"
    shop.advance(days=-1)
    assert deliver(shop, bodies) == []
    assert len(shop.mails()) == before + 1


def test_who_ended_the_reminders_gets_the_event_and_no_mail(shop: Shop, buyer: Buyer) -> None:
    buyer.paid()
    use(shop, 400, "low")
    assert len(told(shop)) == 1
    token = token_of(text_of(last(shop)), "unsubscribe")
    assert shop.request("POST /unsubscribe/{token}", path={"token": token}).status == 200
    use(shop, 100, "rest")
    assert len(told(shop)) == 1
    assert len(events(shop, "quota.exhausted")) == 1


def test_an_account_without_an_address_has_the_event_alone(shop: Shop) -> None:
    free = shop.buyer("acc-free").balance()["granted"]
    assert Service(shop, "acc-free").use(free, "all").status == 200
    assert told(shop) == []
    assert len(events(shop, "quota.exhausted")) == 1


def test_it_is_written_in_the_language_of_the_last_purchase(shop: Shop) -> None:
    shop.buyer(language="en").paid()
    use(shop, GRANTED, "all")
    told(shop)
    mail = last(shop)
    assert mail["Content-Language"] == "en"
    assert "Buy more or upgrade" in text_of(mail)


def _down(*_: object, **__: object) -> None:
    raise RuntimeError("down")
