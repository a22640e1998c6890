"""A provider's webhook: verify, look the attempt up, queue, answer. It decides nothing about money itself."""

from dataclasses import dataclass

from billing.domain.payments import SETTLED, Notice, Payment, effect_is_stored, misfit
from billing.service import messages
from billing.service.basic_ports import Clock, Payments, Queue
from billing.service.provider_port import BadSignature, Ignored, Outcome, Provider, WebhookRequest


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Receives webhooks. Whatever says "paid" is durably queued before it is answered, also if it fits no order."""

    payments: Payments
    queue: Queue
    clock: Clock

    def receive(self, provider: Provider, request: WebhookRequest) -> Outcome:
        """The answer to one webhook; errors of ours are raised, so that the provider sends it again."""
        try:
            notice = provider.read_webhook(request, self.clock.now())
        except BadSignature:
            return Outcome.BAD_SIGNATURE
        except Ignored:
            return Outcome.ACCEPTED
        payment = self.payments.find(notice.provider, notice.reference)
        outcome = classify(notice, payment)
        if outcome is Outcome.ACCEPTED and is_second_payment(notice, payment) and self.payments.is_kept(notice):
            outcome = Outcome.DUPLICATE
        if is_news(notice, outcome):
            self.queue.send(messages.settlement(notice, payment))
        return outcome


def is_news(notice: Notice, outcome: Outcome) -> bool:
    """Whether the consumer has work: with money always, with a failure where it fits, never with what is undecided."""
    if notice.outcome == "paid":
        return outcome is not Outcome.DUPLICATE
    return notice.outcome == "failed" and outcome is Outcome.ACCEPTED


def is_second_payment(notice: Notice, payment: Payment | None) -> bool:
    """Whether an attempt that was paid is paid again, by another transaction: its effect is an exception."""
    return payment is not None and payment.status in SETTLED and notice.outcome == "paid"


def classify(notice: Notice, payment: Payment | None) -> Outcome:
    """What a verified message is, given the attempt as stored."""
    if payment is None:
        return Outcome.UNKNOWN_ORDER
    if notice.outcome == "pending":
        return Outcome.ACCEPTED
    if misfit(notice, payment):
        return Outcome.WRONG_AMOUNT
    if effect_is_stored(notice, payment):
        return Outcome.DUPLICATE
    return Outcome.ACCEPTED
