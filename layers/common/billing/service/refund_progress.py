"""How a stored refund goes on: the provider is told, or asked, and what it says is booked. States only move forward."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from billing.domain.audit import AuditEntry
from billing.domain.refunds import Refund, effect_of
from billing.service import messages
from billing.service.basic_ports import AlreadyDone, Clock, Queue
from billing.service.provider_port import Provider, ProviderUnavailable, RefundAnswer, RefundRequest
from billing.service.refund_ports import RefundAtHand, Refunds, SettledRefund

ROUNDS = 5
"""How often a refund is settled anew because quota was used, or time was bought, meanwhile."""

UNHEARD_OF = RefundAnswer("failed", "unknown")
"""What `query_refund` answers where the provider never got the request."""


@dataclass(frozen=True, slots=True)
class RefundProgress:
    """Books what becomes of refunds. `provider` makes the adapter of one that is switched on."""

    refunds: Refunds
    queue: Queue
    clock: Clock
    provider: Callable[[str], Provider]

    def say(self, refund: Refund) -> Refund:
        """The refund after its provider was told of it. Without an answer it stays as it is, for the sweep."""
        try:
            answer = self.provider(refund.provider).refund(request_of(refund), self.clock.now())
        except ProviderUnavailable:
            return refund
        return self._heard(refund, answer)

    def ask(self, refund: Refund) -> Refund:
        """The refund after its provider was asked; one that it never heard of is said again, under the same reference.

        `ProviderUnavailable` if nothing can be learnt.
        """
        provider, now, request = self.provider(refund.provider), self.clock.now(), request_of(refund)
        answer = provider.query_refund(request, now)
        if (answer.outcome, answer.reason) == (UNHEARD_OF.outcome, UNHEARD_OF.reason):
            answer = provider.refund(request, now)
        return self._heard(refund, answer)

    def succeed(self, refund: Refund, audit: AuditEntry | None = None) -> Refund:
        """The money went back: booked with its effect, once; then the buyer is to hear of it."""
        for _ in range(ROUNDS):
            at_hand = self.refunds.at_hand(refund)
            if not at_hand.refund.is_unfinished:
                return at_hand.refund
            settled = self._settled(replace(at_hand.refund, handle=refund.handle), at_hand)
            try:
                self.refunds.succeed(settled, audit)
            except AlreadyDone:
                continue
            if settled.refund.is_to_be_told:
                self.queue.send(messages.refund(refund.id, refund.order_id))
            return settled.refund
        raise AlreadyDone

    def fail(self, refund: Refund, reason: str, audit: AuditEntry | None = None) -> Refund:
        """Nothing goes back: what was reserved is free for another refund."""
        failed = replace(
            refund, status="failed", failure=reason, settled_at=self.clock.now(), version=refund.version + 1
        )
        try:
            self.refunds.fail(failed, audit)
        except AlreadyDone:
            return self.refunds.at_hand(refund).refund
        return failed

    def _heard(self, refund: Refund, answer: RefundAnswer) -> Refund:
        known = replace(refund, handle=answer.handle or refund.handle)
        if answer.outcome == "succeeded":
            return self.succeed(known)
        if answer.outcome == "failed":
            return self.fail(known, answer.reason)
        if (refund.status, refund.handle) == ("pending", known.handle):
            return refund
        pending = replace(known, status="pending", version=refund.version + 1)
        try:
            self.refunds.pending(pending)
        except AlreadyDone:
            return self.refunds.at_hand(refund).refund
        return pending

    def _settled(self, refund: Refund, at_hand: RefundAtHand) -> SettledRefund:
        now = self.clock.now()
        effect = None
        if at_hand.order:
            effect = effect_of(refund, at_hand.order, at_hand.grants, at_hand.subscription.terms, now)
        done = replace(
            refund,
            status="succeeded",
            settled_at=now,
            version=refund.version + 1,
            taken_back=effect.taken_back if effect else (),
        )
        return SettledRefund(done, at_hand, effect, now)


def request_of(refund: Refund) -> RefundRequest:
    """What the provider is told; the same whenever it is said again."""
    return RefundRequest(
        reference=refund.reference,
        payment_reference=refund.payment_reference,
        transaction=refund.transaction,
        amount=refund.amount,
        paid_amount=refund.paid_amount,
        given_back=refund.given_back,
        currency=refund.currency,
        description=f"Hoan tien {refund.short_id}",
        operator=refund.requested_by,
        started_at=refund.started_at,
        paid_at=refund.paid_at,
        handle=refund.handle,
    )
