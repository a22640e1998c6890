"""What may stand in a mail's header, and how."""

import re

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
"""An address that can stand in a header as it is; whether mail reaches it is for others to say."""
OPAQUE_ID = re.compile(r"[A-Za-z0-9._-]+")


def encoded(header: str, text: str) -> str:
    """`text`, on one line, as RFC 2047 words.

    `email.header` and not the folding of `email.policy`, which loses spaces between words of a long Vietnamese text.
    """
    from email.header import Header

    return Header(" ".join(text.split()), "utf-8", header_name=header).encode(linesep="\r\n")


def checked(pattern: re.Pattern[str], text: str) -> str:
    """`text` if all of it fits; `ValueError` otherwise."""
    if not pattern.fullmatch(text):
        raise ValueError(f"{text!r} cannot stand in a header")
    return text
