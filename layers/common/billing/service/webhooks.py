"""A provider's webhook: verify, look the attempt up, queue, answer. It decides nothing about money itself."""

from dataclasses import dataclass

from billing.domain.orders import Notice, Payment, effect_is_stored, misfit
from billing.service import messages
from billing.service.ports import BadSignature, Clock, Outcome, Payments, Provider, Queue, WebhookRequest


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
        payment = self.payments.find(notice.provider, notice.reference)
        outcome = classify(notice, payment)
        if outcome is Outcome.ACCEPTED or (notice.outcome == "paid" and outcome is not Outcome.DUPLICATE):
            self.queue.send(messages.settlement(notice, payment))
        return outcome


def classify(notice: Notice, payment: Payment | None) -> Outcome:
    """What a verified message is, given the attempt as stored."""
    if payment is None:
        return Outcome.UNKNOWN_ORDER
    if misfit(notice, payment):
        return Outcome.WRONG_AMOUNT
    if effect_is_stored(notice, payment):
        return Outcome.DUPLICATE
    return Outcome.ACCEPTED
