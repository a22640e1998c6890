"""What an account has: its subscription, its balances, its documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from billing.domain.invoices import Invoice, pdf_name
from billing.domain.ledger import Line
from billing.domain.problems import Problem
from billing.domain.quotas import Balance, balances, with_free
from billing.domain.subscriptions import Term, last_ended, paid_until, running, unended
from billing.service.account_ports import Catalogues, Standing, Subscription
from billing.service.basic_ports import Clock, Files


class AccountStore(Protocol):
    """An account as stored."""

    def standing(self, account_id: str, now: datetime) -> Standing:
        """The subscription, the grants that end after `now`, and the holds."""
        ...

    def invoice(self, invoice_id: str) -> Invoice | None:
        """The document as issued."""
        ...

    def invoices(self, account_id: str, limit: int, after: Mapping[str, Any] | None) -> tuple[list[Invoice], Any]:
        """A page of documents, newest first, and where the next page starts."""
        ...

    def statement(
        self, account_id: str, now: datetime, limit: int, after: Mapping[str, Any] | None
    ) -> tuple[list[Line], Any]:
        """A page of the quota ledger, newest first, and where the next page starts."""
        ...


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account at a moment. `status`: "none" (never bought), "active" or "expired".

    `trial`: the time that runs, or ended last, is a trial; `trial_available`: it may have one now.
    """

    terms: tuple[Term, ...]
    status: str
    plan_id: str | None
    period_start: datetime | None
    period_end: datetime | None
    balances: tuple[Balance, ...]
    trial: bool = False
    trial_available: bool = False


@dataclass(frozen=True, slots=True)
class Accounts:
    """Answers what the dashboard asks about an account."""

    store: AccountStore
    catalogues: Catalogues
    files: Files
    clock: Clock

    def view(self, account_id: str) -> AccountView:
        """The account as of now; the free plan's quotas apply while nothing is paid."""
        now = self.clock.now()
        standing = self.store.standing(account_id, now)
        catalogue = self.catalogues.current()
        paid = running(standing.subscription.terms, now) is not None
        grants = with_free(standing.grants, catalogue.free_plan(), now, catalogue.zone, paid=paid)
        return view_of(standing.subscription, balances(grants, now, catalogue.zone, standing.holds), now)

    def invoice(self, account_id: str, invoice_id: str) -> Invoice:
        """The account's document; `invoice_not_found` for any other."""
        invoice = self.store.invoice(invoice_id)
        if invoice is None or invoice.account_id != account_id:
            raise Problem("invoice_not_found")
        return invoice

    def pdf(self, account_id: str, invoice_id: str) -> tuple[Invoice, bytes]:
        """The document and its stored file, byte for byte the one e-mailed; not found until it is stored."""
        invoice = self.invoice(account_id, invoice_id)
        content = self.files.get(pdf_name(invoice))
        if content is None:
            raise Problem("invoice_not_found")
        return invoice, content

    def invoices(self, account_id: str, limit: int, after: Mapping[str, Any] | None) -> tuple[list[Invoice], Any]:
        """A page of the account's documents, newest first."""
        return self.store.invoices(account_id, limit, after)

    def statement(self, account_id: str, limit: int, after: Mapping[str, Any] | None) -> tuple[list[Line], Any]:
        """A page of what the account's balances came from, newest first; lines of one order stay together."""
        return self.store.statement(account_id, self.clock.now(), limit, after)


def view_of(subscription: Subscription, held: tuple[Balance, ...], now: datetime) -> AccountView:
    """The view of a stored subscription; an expired one still names the plan and the time that ended last.

    Where a refund left a gap and nothing that ended is remembered, it names the time that comes next.
    """
    term, coming = running(subscription.terms, now), unended(subscription.terms, now)
    last = term or last_ended(subscription.terms, now) or next(iter(coming), None)
    return AccountView(
        terms=coming,
        status="active" if term else "expired" if last else "none",
        plan_id=last.plan_id if last else None,
        period_start=last.period.start if last else None,
        period_end=paid_until(subscription.terms, now) or (last.period.end if last else None),
        balances=held,
        trial=last is not None and last.trial,
        trial_available=not subscription.tried and not unended(subscription.terms, now),
    )
