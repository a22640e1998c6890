"""VietQR: the content of a QR code that a bank's app turns into a filled-in transfer (NAPAS, EMVCo merchant-presented).

A content is a row of fields, each two digits of id, two digits of length, and the value; some values are such rows
themselves. The last field is a checksum over everything before it, its own id and length included.
"""

import re
from dataclasses import dataclass

NAPAS = "A000000727"
TO_ACCOUNT = "QRIBFTTA"
VND = "704"
STATIC, DYNAMIC = "11", "12"
LARGEST_AMOUNT = 9_999_999_999_999
"""Field 54 has 13 characters."""

_BIN = re.compile(r"[0-9]{6}")
_ACCOUNT = re.compile(r"[0-9A-Za-z]{1,19}")
_MEMO = re.compile(r"[0-9A-Za-z .-]{0,25}")
_CHECKSUM_FIELD = "6304"
_CHECKSUM_LENGTH = 4
_HEAD = 4

Fields = dict[str, str]


class NotVietQr(ValueError):
    """A text that is no VietQR content, or a transfer that cannot be put into one."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """What a buyer's bank is to do. `bank_bin` is NAPAS's number of the receiving bank; `amount` in dong.

    Without an amount (a static code) the person types it; `memo` stands in the transfer's text.
    """

    bank_bin: str
    account: str
    amount: int | None = None
    memo: str = ""


def content(transfer: Transfer) -> str:
    """The text of the QR code; `NotVietQr` for what a bank's app could not read back."""
    _check(transfer)
    beneficiary = _row({"00": transfer.bank_bin, "01": transfer.account})
    fields = {
        "00": "01",
        "01": STATIC if transfer.amount is None else DYNAMIC,
        "38": _row({"00": NAPAS, "01": beneficiary, "02": TO_ACCOUNT}),
        "53": VND,
        "54": "" if transfer.amount is None else str(transfer.amount),
        "58": "VN",
        "62": _row({"08": transfer.memo}),
    }
    text = _row(fields) + _CHECKSUM_FIELD
    return f"{text}{crc16(text.encode()):04X}"


def read(text: str) -> Transfer:
    """The transfer that a QR code's text asks for; `NotVietQr` for any other text, or a wrong checksum."""
    fields = read_fields(text)
    beneficiary = fields_of(fields.get("38", ""))
    account = fields_of(beneficiary.get("01", ""))
    if beneficiary.get("00") != NAPAS or fields.get("53") != VND or "00" not in account or "01" not in account:
        raise NotVietQr("not a transfer in dong through NAPAS")
    amount = fields.get("54")
    if amount is not None and not (amount.isascii() and amount.isdigit()):
        raise NotVietQr("the amount is no whole number")
    memo = fields_of(fields.get("62", "")).get("08", "")
    return Transfer(account["00"], account["01"], None if amount is None else int(amount), memo)


def read_fields(text: str) -> Fields:
    """The outer fields of any EMVCo content, without its checksum; `NotVietQr` if that is wrong."""
    body, given = text[:-_CHECKSUM_LENGTH], text[-_CHECKSUM_LENGTH:]
    if not text.isascii() or not body.endswith(_CHECKSUM_FIELD):
        raise NotVietQr("the checksum is not at the end")
    if given.upper() != f"{crc16(body.encode()):04X}":
        raise NotVietQr("the checksum does not fit")
    return fields_of(body.removesuffix(_CHECKSUM_FIELD))


def fields_of(row: str) -> Fields:
    """The fields of a row; `NotVietQr` if lengths do not add up or a field stands twice."""
    fields: Fields = {}
    place = 0
    while place < len(row):
        head = row[place : place + _HEAD]
        if len(head) < _HEAD or not (head.isascii() and head.isdigit()):
            raise NotVietQr("a field has no id and length")
        name, end = head[:2], place + _HEAD + int(head[2:])
        if end > len(row) or name in fields:
            raise NotVietQr("a field is cut off or stands twice")
        fields[name] = row[place + _HEAD : end]
        place = end
    return fields


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, from 0xFFFF, nothing reflected or inverted."""
    register = 0xFFFF
    for byte in data:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1) ^ 0x1021 if register & 0x8000 else register << 1
        register &= 0xFFFF
    return register


def _row(fields: Fields) -> str:
    """Fields as text; one without a value is left out."""
    return "".join(f"{name}{len(value):02d}{value}" for name, value in fields.items() if value)


def _check(transfer: Transfer) -> None:
    if not _BIN.fullmatch(transfer.bank_bin):
        raise NotVietQr("a bank's number has six digits")
    if not _ACCOUNT.fullmatch(transfer.account):
        raise NotVietQr("an account has up to 19 letters and digits")
    if not _MEMO.fullmatch(transfer.memo):
        raise NotVietQr("a memo has up to 25 plain letters, digits, spaces, dots and dashes")
    if transfer.amount is not None and not 0 < transfer.amount <= LARGEST_AMOUNT:
        raise NotVietQr("the amount is out of range")
