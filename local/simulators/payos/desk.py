"""payOS's interface for merchants: requests checked, answers signed."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any

from local.simulators.payos.links import Link, LinkRequest
from local.simulators.payos.signing import digest, envelope, from_unix

MOST_CODE, MOST_TIME = 2**53 - 1, 2**31 - 1
LEAST, MOST = 2_000, 500_000_000
"""Dong."""

MERCHANT_KEYS = ("PAYOS_CLIENT_ID", "PAYOS_API_KEY", "PAYOS_CHECKSUM_KEY")
SIGNED = ("amount", "cancelUrl", "description", "orderCode", "returnUrl")

# Nine characters: what a channel without a bank account linked through payOS may use.
_TEXTS = {
    "description": r"[A-Za-z0-9 ]{1,9}",
    "cancelUrl": r"https?://[^\s]{1,2000}",
    "returnUrl": r"https?://[^\s]{1,2000}",
}
_NUMBERS = {"orderCode": (1, MOST_CODE), "amount": (LEAST, MOST), "expiredAt": (1, MOST_TIME)}

Answer = tuple[int, dict[str, Any]]
"""HTTP status and JSON body."""


class Malformed(ValueError):
    """A field that payOS does not take, said in one sentence."""


@dataclass(frozen=True, slots=True)
class Merchant:
    """What payOS knows of a payment channel."""

    client_id: str
    api_key: str
    checksum_key: str


@dataclass(slots=True)
class Desk:
    """Answers a merchant's calls. `open_link` stores a new link, `page` is the address of its page."""

    merchant: Merchant
    links: Mapping[str, Link]
    open_link: Callable[[LinkRequest, datetime], Link]
    page: Callable[[Link], str]

    def admits(self, client_id: str, api_key: str) -> bool:
        """Whether a call carries the channel's client id and API key."""
        return _same(client_id, self.merchant.client_id) and _same(api_key, self.merchant.api_key)

    def create(self, body: bytes, now: datetime) -> Answer:
        """POST /v2/payment-requests."""
        try:
            request = self._read(body, now)
        except Malformed as error:
            return _refusal("20", f"Thông tin truyền lên không đúng: {error}")
        if str(request.order_code) in self.links:
            return _refusal("231", "Đơn thanh toán đã tồn tại")
        link = self.open_link(request, now)
        return self._signed(link.as_created(now, self.page(link)))

    def find(self, name: str, now: datetime, as_of: datetime | None = None) -> Answer:
        """GET /v2/payment-requests/{order code or link id}."""
        link = self._link(name)
        return self._signed(link.seen(now, as_of).as_found(as_of or now)) if link else _unknown()

    def cancel(self, name: str, body: bytes, now: datetime) -> Answer:
        """POST /v2/payment-requests/{order code or link id}/cancel."""
        link = self._link(name)
        if link is None:
            return _unknown()
        if link.status(now) != "PENDING":
            return _refusal("20", f"Link thanh toán đang ở trạng thái {link.status(now)}")
        link.end("CANCELLED", now, str(read_object(body).get("cancellationReason") or "") or None)
        return self._signed(link.as_found(now))

    def _link(self, name: str) -> Link | None:
        return self.links.get(name) or next((link for link in self.links.values() if link.id == name), None)

    def _signed(self, data: Mapping[str, Any]) -> Answer:
        return 200, envelope(self.merchant.checksum_key, data)

    def _read(self, body: bytes, now: datetime) -> LinkRequest:
        fields = read_object(body)
        if unknown := fields.keys() - _TEXTS.keys() - _NUMBERS.keys() - {"signature"}:
            raise Malformed(f"no such field: {', '.join(sorted(unknown))}")
        for name, pattern in _TEXTS.items():
            value = fields.get(name)
            if not isinstance(value, str) or not re.fullmatch(pattern, value):
                raise Malformed(f"{name}: expected {pattern}")
        for name, (least, most) in _NUMBERS.items():
            value = fields.get(name)
            if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
                raise Malformed(f"{name}: expected a whole number from {least} to {most}")
        signature = digest(self.merchant.checksum_key, {name: fields[name] for name in SIGNED})
        if not _same(str(fields.get("signature")), signature):
            raise Malformed("signature")
        expires_at = from_unix(fields["expiredAt"])
        if expires_at <= now:
            raise Malformed("expiredAt: expected a time to come")
        return LinkRequest(
            order_code=fields["orderCode"],
            amount=fields["amount"],
            description=fields["description"],
            return_url=fields["returnUrl"],
            cancel_url=fields["cancelUrl"],
            expires_at=expires_at,
        )


def read_object(body: bytes) -> dict[str, Any]:
    """A body's JSON object; an empty one if it is none."""
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    return content if isinstance(content, dict) else {}


def _same(given: str, expected: str) -> bool:
    return compare_digest(given.encode(), expected.encode())


def _unknown() -> Answer:
    return _refusal("101", "Mã thanh toán không tồn tại")


def _refusal(code: str, desc: str) -> Answer:
    return 200, {"code": code, "desc": desc, "data": None}
