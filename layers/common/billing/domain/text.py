"""Text that people type: trimmed, in NFC, one line, bounded."""

import re
import unicodedata

FORBIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
JOINERS = {"\u200c", "\u200d"}
"""Format characters that some scripts are written with. All others are invisible, and forge what a reader sees."""


def clean_line(text: str) -> str:
    """`text` trimmed and in NFC; `ValueError` if it holds a control character, a line break or an invisible mark."""
    spaces = "".join(character for character in set(text) if unicodedata.category(character) == "Zs")
    line = unicodedata.normalize("NFC", text).strip(spaces or " ")
    for character in line:
        if unicodedata.category(character) in FORBIDDEN_CATEGORIES and character not in JOINERS:
            raise ValueError("a control character or a line break")
    return line


def without_marks(text: str) -> str:
    """Vietnamese without diacritics, as payment providers want it: "Gói Đặc biệt" -> "Goi Dac biet"."""
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


EMAIL = re.compile(r"[!#-'*+\-./0-9=?A-Z^-~]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")
MAX_EMAIL = 254


def is_email(text: str) -> bool:
    """Whether mail could be sent there."""
    return len(text) <= MAX_EMAIL and EMAIL.fullmatch(text) is not None and ".." not in text
