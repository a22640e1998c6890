"""Bank accounts as people and banks name them: who sent money, and where it is to be given back."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BankAccount:
    """An account; `bank` is NAPAS's number of the bank (six digits) or, where only that is known, the bank's name.

    What a provider does not tell is empty.
    """

    bank: str = ""
    number: str = ""
    name: str = ""
