"""Payment codes in the text of a bank transfer: short, and found again whatever banks and people do to the text.

A code is GOI and twelve letters and digits, none of which looks like another; the last one is a check character, so
that words of a memo are not taken for a code, nor one mistyped code for another.
"""

import hashlib
import re
from collections.abc import Iterator

PREFIX = "GOI"
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0, O, 1, I and L. Their number is a prime: the check character notices every single slip and every swap."""

LENGTH = 11
"""Characters between prefix and check character: enough that no two payments meet."""

_CODE = re.compile(f"(?={PREFIX}([{ALPHABET}]{{{LENGTH + 1}}}))")
_DAMAGED = re.compile(f"(?=G[O0][I1L]([A-Z0-9]{{{LENGTH},{LENGTH + 2}}}))")
"""Where a code may begin, and what follows it: a character less than it has, up to one more."""


def payment_code(payment_id: str) -> str:
    """The code of a payment, always the same for the same id."""
    number = int.from_bytes(hashlib.sha256(payment_id.encode()).digest())
    body = ""
    for _ in range(LENGTH):
        number, place = divmod(number, len(ALPHABET))
        body += ALPHABET[place]
    return PREFIX + body + check_character(body)


def find_code(text: str) -> str | None:
    """The first payment code in a transfer's text: in any case, with spaces, dashes or other text in and around it."""
    for match in _CODE.finditer(compact(text)):
        body, check = match[1][:-1], match[1][-1]
        if check == check_character(body):
            return PREFIX + body + check
    return None


def near_codes(text: str) -> tuple[str, ...]:
    """The codes that a damaged one in a transfer's text may have been: one character wrong, missing, or too many.

    Two neighbours in the wrong order count as one slip. The check character leaves about a dozen for each kind of slip;
    which of them is a payment's is for the table to say. The exact code comes first where there is one.
    """
    found: dict[str, None] = {}
    for match in _DAMAGED.finditer(compact(text)):
        for written in _repaired(match[1]):
            if len(written) == LENGTH + 1 and check_character(written[:-1]) == written[-1]:
                found[PREFIX + written] = None
    return tuple(found)


def compact(text: str) -> str:
    """The letters and digits of a text, in capitals and without anything between them."""
    return "".join(character for character in text.upper() if character.isascii() and character.isalnum())


def _repaired(written: str) -> Iterator[str]:
    """What may have been meant by `written`; only what is of the code's alphabet."""
    whole, less, more = written[: LENGTH + 1], written[:LENGTH], written
    guesses = [whole]
    guesses += [_swapped(whole, place) for place in range(len(whole) - 1)]
    guesses += [whole[:place] + letter + whole[place + 1 :] for place in range(len(whole)) for letter in ALPHABET]
    guesses += [less[:place] + letter + less[place:] for place in range(LENGTH + 1) for letter in ALPHABET]
    guesses += [more[:place] + more[place + 1 :] for place in range(len(more))]
    return (guess for guess in guesses if set(guess) <= set(ALPHABET))


def _swapped(text: str, place: int) -> str:
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def check_character(body: str) -> str:
    """What follows the other characters: their sum, each weighted by its place."""
    total = sum(place * ALPHABET.index(character) for place, character in enumerate(body, 1))
    return ALPHABET[total % len(ALPHABET)]
