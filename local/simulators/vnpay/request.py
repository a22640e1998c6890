"""The payment request in a buyer's address, checked as VNPAY checks it before it shows its page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from local.simulators.base import Refused
from local.simulators.vnpay.signing import HASH, from_vnpay_time, is_signed

LEAST, MOST = 5_000, 999_999_999
"""Dong."""

TOLERANCE = timedelta(minutes=5)
"""How far a merchant's clock may be ahead."""

# ~ * ! ' ( ) are encoded differently by different languages: a signature over them holds with some merchants only.
_REQUIRED = {
    "vnp_Version": r"2\.1\.0",
    "vnp_Command": r"pay",
    "vnp_TmnCode": r".{1,64}",
    "vnp_Amount": r"[1-9][0-9]{0,11}",
    "vnp_CreateDate": r"[0-9]{14}",
    "vnp_CurrCode": r"VND",
    "vnp_IpAddr": r"[0-9A-Fa-f.:]{7,45}",
    "vnp_Locale": r"vn|en",
    "vnp_OrderInfo": r"[A-Za-z0-9 .,:_-]{1,255}",
    "vnp_OrderType": r"[A-Za-z0-9_-]{1,100}",
    "vnp_ReturnUrl": r"(?=.{10,255}$)https?://[^\s~*!'()]+",
    "vnp_TxnRef": r"[A-Za-z0-9._-]{1,100}",
    "vnp_ExpireDate": r"[0-9]{14}",
    HASH: r"[0-9A-Fa-f]{32,256}",
}
_OPTIONAL = re.compile(r"vnp_(BankCode|Bill_[A-Za-z]+|Inv_[A-Za-z]+)")


@dataclass(frozen=True, slots=True)
class PayRequest:
    """A request that VNPAY accepted. `amount` is in dong."""

    reference: str
    amount: int
    description: str
    return_url: str
    created_at: datetime
    expires_at: datetime
    terminal: str


@dataclass(frozen=True, slots=True)
class Merchant:
    """What VNPAY knows of the merchant: its terminal and the secret that both share."""

    terminal: str
    secret: str


def read_pay_request(query: str, merchant: Merchant, now: datetime) -> PayRequest:
    """The request in a raw query, opened at `now`; `Refused` with VNPAY's code."""
    fields = _fields(query)
    if fields["vnp_TmnCode"] != merchant.terminal:
        raise Refused("02", "Mã website (vnp_TmnCode) không tồn tại", "vnp_TmnCode is not a known terminal")
    if not is_signed(merchant.secret, fields):
        raise Refused("70", "Sai chữ ký", "wrong signature")
    request = _pay_request(fields)
    if not LEAST <= request.amount <= MOST:
        raise _malformed("vnp_Amount", "an amount from 5,000 to 999,999,999 dong")
    if request.created_at > now + TOLERANCE:
        raise _malformed("vnp_CreateDate", "a time in GMT+7 that has come")
    if now > request.expires_at:
        raise Refused("15", "Giao dịch đã quá thời gian chờ thanh toán", "the time for paying is over")
    return request


def _fields(query: str) -> dict[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True, errors="replace")
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Refused("03", "Tham số bị lặp", "a field stands twice")
    for name, pattern in _REQUIRED.items():
        if not re.fullmatch(pattern, fields.get(name, "")):
            raise _malformed(name, f"{pattern}, got {fields.get(name, '')!r}")
    for name in fields.keys() - _REQUIRED.keys():
        if not _OPTIONAL.fullmatch(name):
            raise _malformed(name, "no such field in version 2.1.0")
    return fields


def _pay_request(fields: Mapping[str, str]) -> PayRequest:
    amount, rest = divmod(int(fields["vnp_Amount"]), 100)
    if rest:
        raise _malformed("vnp_Amount", "whole dong times 100")
    try:
        created_at = from_vnpay_time(fields["vnp_CreateDate"])
        expires_at = from_vnpay_time(fields["vnp_ExpireDate"])
    except ValueError:
        raise _malformed("vnp_CreateDate", "yyyyMMddHHmmss") from None
    if expires_at <= created_at:
        raise _malformed("vnp_ExpireDate", "a time after vnp_CreateDate")
    return PayRequest(
        reference=fields["vnp_TxnRef"],
        amount=amount,
        description=fields["vnp_OrderInfo"],
        return_url=fields["vnp_ReturnUrl"],
        created_at=created_at,
        expires_at=expires_at,
        terminal=fields["vnp_TmnCode"],
    )


def _malformed(name: str, expected: str) -> Refused:
    return Refused("03", f"Dữ liệu gửi sang không đúng định dạng: {name}", f"{name}: expected {expected}")
