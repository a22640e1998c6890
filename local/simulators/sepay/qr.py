"""What a bank's app makes of a VietQR code: the filled-in transfer, or a refusal."""

from dataclasses import dataclass

from local.simulators.base import Refused

LONGEST_MEMO = 25


@dataclass(frozen=True, slots=True)
class TransferForm:
    """The transfer as the app shows it before it is confirmed; `amount` in dong."""

    bank_bin: str
    account: str
    amount: int
    memo: str


def scan(code: str) -> TransferForm:
    """The transfer of a dynamic VietQR code; `Refused` with what is wrong with it."""
    if len(code) < 8 or code[-8:-4] != "6304" or code[-4:] != f"{checksum(code[:-4]):04X}":  # noqa: PLR2004
        raise _unreadable("the checksum does not fit")
    outer = _fields(code[:-8])
    scheme = _fields(outer.get("38", ""))
    receiver = _fields(scheme.get("01", ""))
    if (outer.get("00"), outer.get("01"), outer.get("53"), outer.get("58")) != ("01", "12", "704", "VN"):
        raise _unreadable("not a dynamic code for dong in Vietnam")
    if (scheme.get("00"), scheme.get("02")) != ("A000000727", "QRIBFTTA"):
        raise _unreadable("not a transfer to an account through NAPAS")
    bank_bin, account, amount = receiver.get("00", ""), receiver.get("01", ""), outer.get("54", "")
    memo = _fields(outer.get("62", "")).get("08", "")
    if not (bank_bin.isdigit() and len(bank_bin) == 6 and 0 < len(account) <= 19):  # noqa: PLR2004
        raise _unreadable("no bank or account")
    if not (amount.isdigit() and int(amount) > 0) or len(memo) > LONGEST_MEMO:
        raise _unreadable("no amount, or too long a memo")
    return TransferForm(bank_bin, account, int(amount), memo)


def checksum(text: str) -> int:
    """CRC-16/CCITT-FALSE of a text, bit by bit."""
    register = 0xFFFF
    for byte in text.encode():
        for bit in range(7, -1, -1):
            carry = register >> 15 ^ (byte >> bit & 1)
            register = register << 1 & 0xFFFF
            if carry:
                register ^= 0x1021
    return register


def _fields(row: str) -> dict[str, str]:
    found: dict[str, str] = {}
    rest = row
    while rest:
        name, length, rest = rest[:2], rest[2:4], rest[4:]
        if not (length.isdigit() and int(length) <= len(rest)):
            raise _unreadable("a field is cut off")
        found[name], rest = rest[: int(length)], rest[int(length) :]
    return found


def _unreadable(why: str) -> Refused:
    return Refused("QR", "Mã QR không đọc được", f"the QR code cannot be read: {why}")
