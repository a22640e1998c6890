"""The sequences find what they are for: each of these faults is planted into Goi, and has to be found.

A fault is one that a change of the code could bring about. It is looked for at one provider; most are found within a
hundred sequences, those that need two rare events within some hundred.
"""

import hmac
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from billing.adapters.dynamodb import orders
from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.orders import OrderTable
from billing.adapters.dynamodb.payments import payment_settled
from billing.adapters.dynamodb.settlements import SettlementTable
from billing.adapters.providers import sepay
from billing.domain import refunds
from billing.domain.changes import place_paid
from billing.domain.coupons import CouponPlace
from billing.domain.payments import Notice, Payment
from billing.domain.payments import effect_is_stored as is_stored
from billing.domain.refunds import Refund
from billing.service import attempts, fulfilment, reconciliation, refund_progress, settlement, webhooks
from billing.service.messages import settlement as message_of
from billing.service.provider_port import BadSignature, Ignored, Outcome, RefundRequest
from billing.service.settlement import Consumer, frozen_invoice
from billing.service.webhooks import Webhooks
from tests.support.sequences.checks import run
from tests.support.sequences.epilogue import whole_sequences
from tests.support.sequences.events import sequences
from tests.support.sequences.story import Violation
from tests.support.whole import Whole, open_whole

ENOUGH = 2500
"""So many that chance does not decide, whatever events are added."""

Plant = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(scope="module")
def whole() -> Iterator[Whole]:
    """The system, made new for each sequence."""
    with open_whole() as running:
        yield running


def duplicates_count(patch: pytest.MonkeyPatch) -> None:
    """A message that comes again is not known to have been acted upon."""
    patch.setattr(settlement, "effect_is_stored", lambda notice, payment: False)


def any_amount_will_do(patch: pytest.MonkeyPatch) -> None:
    """What was paid is not compared with what was asked for."""
    for module in (settlement, webhooks, reconciliation):
        patch.setattr(module, "misfit", lambda notice, payment: False)


def a_late_failure_undoes_a_success(patch: pytest.MonkeyPatch) -> None:
    """The last message wins."""

    def fail(self: SettlementTable, payment: Payment, notice: Notice) -> None:
        change = self._table.update(
            {"pk": {"S": f"PAYMENT#{payment.provider}#{payment.reference}"}, "sk": {"S": "PAYMENT"}},
            "SET #status = :failed",
            failed="failed",
        )
        self._table.write(change)

    patch.setattr(SettlementTable, "fail", fail)
    for module in (settlement, webhooks):
        patch.setattr(
            module, "effect_is_stored", lambda notice, payment: notice.outcome == "paid" and is_stored(notice, payment)
        )


def odd_money_is_dropped(patch: pytest.MonkeyPatch) -> None:
    """What fits no order is acknowledged and forgotten."""
    patch.setattr(Consumer, "_except", lambda *_: "exception")


def signatures_are_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    """Everything is believed."""
    patch.setattr(hmac, "compare_digest", lambda one, other: True)


def writes_are_not_atomic(patch: pytest.MonkeyPatch) -> None:
    """A transaction is several writes, one after another."""

    def transact(self: Table, actions: list[Mapping[str, Any]]) -> None:
        for action in actions:
            self.write(action)

    patch.setattr(Table, "transact", transact)


def nobody_is_asked(patch: pytest.MonkeyPatch) -> None:
    """An attempt whose time is over counts as unpaid."""
    original = reconciliation.Reconciliation._act

    def act(self: Any, due: Any, payment: Any, order: Any, notice: Notice, now: Any) -> str:
        return original(self, due, payment, order, replace(notice, outcome="failed"), now)

    patch.setattr(reconciliation.Reconciliation, "_act", act)


def only_open_attempts_are_asked_for(patch: pytest.MonkeyPatch) -> None:
    """An attempt that failed, or that was closed, is taken to be unpaid for good."""
    patch.setattr(reconciliation, "UNDECIDED", {"open"})


def late_money_is_no_money(patch: pytest.MonkeyPatch) -> None:
    """An order that has expired stays so."""
    patch.setattr(settlement, "FULFILLABLE", {"pending"})


def webhooks_are_answered_before_they_are_kept(patch: pytest.MonkeyPatch) -> None:
    """A queue that fails is no reason to say so."""

    def receive(self: Webhooks, provider: Any, request: Any) -> Outcome:
        try:
            notice = provider.read_webhook(request, self.clock.now())
        except BadSignature:
            return Outcome.BAD_SIGNATURE
        except Ignored:
            return Outcome.ACCEPTED
        try:
            self.queue.send(message_of(notice, self.payments.find(notice.provider, notice.reference)))
        except Exception:  # noqa: BLE001 - the fault that is planted
            return Outcome.ACCEPTED
        return Outcome.ACCEPTED

    patch.setattr(Webhooks, "receive", receive)


def mail_counts_as_sent_beforehand(patch: pytest.MonkeyPatch) -> None:
    """A document is marked before it is sent."""
    original = Consumer._deliver

    def deliver(self: Consumer, invoice: Any) -> None:
        self.settlements.mark_sent(invoice, "", self.clock.now())
        original(self, invoice)

    patch.setattr(Consumer, "_deliver", deliver)


def a_dong_too_much_on_paper(patch: pytest.MonkeyPatch) -> None:
    """The document's total is worked out again, and rounded otherwise."""

    def inexact(*arguments: Any) -> Any:
        invoice = frozen_invoice(*arguments)
        return replace(invoice, total=invoice.total + (1 if invoice.coupon_code else 0))

    patch.setattr(settlement, "frozen_invoice", inexact)


def time_begins_now(patch: pytest.MonkeyPatch) -> None:
    """Bought time is placed without regard to the time that was paid for before."""
    patch.setattr(fulfilment, "place_paid", lambda bought, others, *rest: place_paid(bought, (), *rest))


def coupons_are_kept(patch: pytest.MonkeyPatch) -> None:
    """An order that expires or is cancelled does not give its place back."""
    patch.setattr(orders, "_release_place", lambda table, order, now: [])


def coupons_are_counted_when_quoted_only(patch: pytest.MonkeyPatch) -> None:
    """Two quotes for the last place are both good."""
    patch.setattr(orders, "PLACE_LEFT", "attribute_exists(pk) AND (taken <= taken OR taken = :none)")


def attempts_ask_for_the_price_without_the_discount(patch: pytest.MonkeyPatch) -> None:
    """The provider is asked for another sum than was quoted."""
    original = attempts.Attempts.new

    def new(self: Any, caller: Any, order: Any, info: Any) -> Payment:
        figures = replace(order.quote.figures, total=order.quote.figures.subtotal)
        return original(self, caller, replace(order, quote=replace(order.quote, figures=figures)), info)

    patch.setattr(attempts.Attempts, "new", new)


def closing_an_attempt_forgets_it(patch: pytest.MonkeyPatch) -> None:
    """A cancelled order's attempts are no longer looked for."""
    original = OrderTable.cancel

    def cancel(self: OrderTable, order: Any, payments: Any, now: Any) -> None:
        original(self, order, payments, now)
        for payment in payments:
            self._table.write(payment_settled(self._table, payment))

    patch.setattr(OrderTable, "cancel", cancel)


def late_money_takes_no_place(patch: pytest.MonkeyPatch) -> None:
    """A coupon's place that was given back is used again without being counted."""
    patch.setattr(CouponPlace, "is_lost", False)


def a_waiting_webhook_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    """What SePay's list tells counts, though a webhook of it still waits in the queue under another id."""
    patch.setattr(sepay, "KEPT_FOR", sepay.RETRIED_FOR)


def a_refund_is_said_again_under_another_name(patch: pytest.MonkeyPatch) -> None:
    """After a lost answer the provider takes it for another refund."""
    numbers, original = itertools.count(), refund_progress.request_of

    def request_of(refund: Refund) -> RefundRequest:
        request = original(refund)
        return replace(request, reference=f"{request.reference}{next(numbers)}")

    patch.setattr(refund_progress, "request_of", request_of)


def refunded_time_goes_on(patch: pytest.MonkeyPatch) -> None:
    """Everything went back, and the term stays."""
    patch.setattr(refunds, "end_term", lambda terms, *_: terms)


FAULTS: Mapping[Plant, str] = {
    duplicates_count: "momo",
    any_amount_will_do: "vnpay",
    a_late_failure_undoes_a_success: "vnpay",
    odd_money_is_dropped: "sepay",
    signatures_are_not_looked_at: "stripe",
    writes_are_not_atomic: "payos",
    nobody_is_asked: "zalopay",
    only_open_attempts_are_asked_for: "momo",
    late_money_is_no_money: "stripe",
    webhooks_are_answered_before_they_are_kept: "sepay",
    mail_counts_as_sent_beforehand: "zalopay",
    a_dong_too_much_on_paper: "vnpay",
    time_begins_now: "payos",
    coupons_are_kept: "sepay",
    coupons_are_counted_when_quoted_only: "stripe",
    attempts_ask_for_the_price_without_the_discount: "zalopay",
    closing_an_attempt_forgets_it: "payos",
    late_money_takes_no_place: "momo",
    a_waiting_webhook_is_forgotten: "sepay",
    a_refund_is_said_again_under_another_name: "momo",
    refunded_time_goes_on: "vnpay",
}
"""Each planted fault, and the provider where it is looked for."""

OF_REFUNDS = {a_refund_is_said_again_under_another_name, refunded_time_goes_on}
"""Those that only the epilogue can find."""


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
def test_a_planted_fault_is_found(whole: Whole, monkeypatch: pytest.MonkeyPatch, plant: Plant) -> None:
    plant(monkeypatch)

    @settings(
        max_examples=ENOUGH,
        phases=(Phase.generate,),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        report_multiple_bugs=False,
    )
    @given(whole_sequences() if plant in OF_REFUNDS else sequences())
    def holds(steps: list[tuple[str, dict[str, object]]]) -> None:
        run(whole, FAULTS[plant], steps)

    with pytest.raises(Violation):
        holds()
