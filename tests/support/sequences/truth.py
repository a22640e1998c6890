"""What the providers know: their simulators' own state, read without asking Goi anything."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.simulators.momo.results import transaction as momo_transaction
from local.simulators.zalopay.desk import transaction as zalopay_transaction

Name = tuple[str, str]
"""A provider, and its reference of an attempt."""


@dataclass(frozen=True, slots=True)
class Money:
    """Money that a provider holds for us. `ids` are its names for it; `reference` is "" where the payer gave none."""

    provider: str
    reference: str
    amount: int
    ids: frozenset[str]

    @property
    def name(self) -> Name:
        """The attempt that it is for."""
        return self.provider, self.reference

    def __str__(self) -> str:
        return f"{self.amount} at {self.provider} for {self.reference or 'nothing'} ({' or '.join(sorted(self.ids))})"


def holdings(simulators: Mapping[str, Any]) -> Iterator[Money]:
    """All money that is there by now."""
    for provider, read in READERS.items():
        for reference, amount, *ids in read(simulators[provider]):
            yield Money(provider, reference, amount, frozenset(map(str, ids)))


def asked(simulators: Mapping[str, Any]) -> Iterator[tuple[Name, int]]:
    """What was asked for, attempt by attempt, where the provider was asked before anybody paid."""
    for reference, transaction in simulators["vnpay"]._transactions.items():
        yield ("vnpay", reference), transaction.request.amount
    for wallet in ("momo", "zalopay"):
        for reference, order in simulators[wallet]._orders.items():
            yield (wallet, reference), order.course.amount
    for reference, link in simulators["payos"]._links.items():
        yield ("payos", reference), link.request.amount
    for session in simulators["stripe"]._sessions.values():
        yield ("stripe", session.request.reference), session.request.amount


def expects_more(simulators: Mapping[str, Any]) -> bool:
    """Whether something is still to come of its own accord: a late payment, or a message that was not sent."""
    open_ends = [
        *simulators["vnpay"]._transactions.values(),
        *(order.course for wallet in ("momo", "zalopay") for order in simulators[wallet]._orders.values()),
        *simulators["payos"]._links.values(),
        *simulators["stripe"]._sessions.values(),
    ]
    ledger = simulators["sepay"]._ledger
    return any(one.late or one.unsent for one in open_ends) or bool(ledger._planned or ledger._unsent)


def _vnpay(simulator: Any) -> Iterator[tuple[Any, ...]]:
    for reference, transaction in simulator._transactions.items():
        for event in transaction.events:
            if event.paid:
                yield reference, event.amount, event.number


def _momo(simulator: Any) -> Iterator[tuple[Any, ...]]:
    for reference, order in simulator._orders.items():
        for end in order.course.ends:
            if end.paid:
                yield reference, end.amount, momo_transaction(end)


def _zalopay(simulator: Any) -> Iterator[tuple[Any, ...]]:
    for reference, order in simulator._orders.items():
        for end in order.course.ends:
            if end.paid:
                yield reference, end.amount, zalopay_transaction(end.number, end.at)


def _payos(simulator: Any) -> Iterator[tuple[Any, ...]]:
    for reference, link in simulator._links.items():
        for transfer in link.transfers:
            yield reference, transfer.amount, transfer.reference


def _sepay(simulator: Any) -> Iterator[tuple[Any, ...]]:
    """Webhook and list name a transfer by different ids: either is the same money."""
    for entry in simulator._ledger._entries:
        yield (entry.memo if entry.memo.startswith("GOI") else ""), entry.amount, entry.number, entry.xid


def _stripe(simulator: Any) -> Iterator[tuple[Any, ...]]:
    for session in simulator._sessions.values():
        if session.received is not None:
            yield session.request.reference, session.received, session.intent


READERS: Mapping[str, Callable[[Any], Iterator[tuple[Any, ...]]]] = {
    "vnpay": _vnpay,
    "momo": _momo,
    "zalopay": _zalopay,
    "payos": _payos,
    "sepay": _sepay,
    "stripe": _stripe,
}
"""Provider -> what its simulator holds, as (our reference, dong, its ids)."""
