"""What is known of an account, and the catalogue that it is looked at by."""

from dataclasses import dataclass, field
from typing import Protocol

from billing.domain.plans import Catalogue
from billing.domain.quotas import Grant, Hold
from billing.domain.subscriptions import Term


class Catalogues(Protocol):
    """The published catalogue."""

    def current(self) -> Catalogue:
        """As published, at most a minute ago."""
        ...


@dataclass(frozen=True, slots=True)
class Subscription:
    """An account's paid time that runs or comes, and how often it has bought. Version 0: nothing stored yet.

    `reserved_by`: the open order that the terms are to be credited to. `tried`: it had its trial.
    """

    version: int = 0
    terms: tuple[Term, ...] = ()
    purchases: int = 0
    reserved_by: str | None = None
    tried: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """An account at a moment: its subscription, the grants that end later, and every hold that is not settled.

    Of the free plan's grants only those of which something was taken are stored; their order is "".
    """

    subscription: Subscription = field(default_factory=Subscription)
    grants: tuple[Grant, ...] = ()
    holds: tuple[Hold, ...] = ()


@dataclass(frozen=True, slots=True)
class Affected:
    """What a purchase ends or moves: grants of terms it replaces or that make room, and the account's holds."""

    grants: tuple[Grant, ...] = ()
    holds: tuple[Hold, ...] = ()
