"""Payment codes in the text of a bank transfer: short, and found again whatever banks and people do to the text.

A code is GOI and twelve letters and digits, none of which looks like another; the last one is a check character, so
that words of a memo are not taken for a code, nor one mistyped code for another.
"""

import hashlib
import re

PREFIX = "GOI"
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0, O, 1, I and L. Their number is a prime: the check character notices every single slip and every swap."""

LENGTH = 11
"""Characters between prefix and check character: enough that no two payments meet."""

_CODE = re.compile(f"(?={PREFIX}([{ALPHABET}]{{{LENGTH + 1}}}))")


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
    joined = "".join(character for character in text.upper() if character.isascii() and character.isalnum())
    for match in _CODE.finditer(joined):
        body, check = match[1][:-1], match[1][-1]
        if check == check_character(body):
            return PREFIX + body + check
    return None


def check_character(body: str) -> str:
    """What follows the other characters: their sum, each weighted by its place."""
    total = sum(place * ALPHABET.index(character) for place, character in enumerate(body, 1))
    return ALPHABET[total % len(ALPHABET)]
