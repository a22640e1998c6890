"""Text that people type: trimmed, in NFC, one line, bounded."""

import re
import unicodedata

FORBIDDEN_CATEGORIES = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
INVISIBLE_MARKS = {"\u200b", "\u2060", "\ufeff", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}
"""Zero-width characters and directional overrides: nobody types them, and they forge what a reader sees."""


def clean_line(text: str) -> str:
    """`text` trimmed and in NFC; `ValueError` if it holds a control character, a line break or an invisible mark."""
    line = unicodedata.normalize("NFC", text).strip(" \u00a0\u3000")
    for character in line:
        if unicodedata.category(character) in FORBIDDEN_CATEGORIES or character in INVISIBLE_MARKS:
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
