"""MoMo's signatures: HMAC-SHA256 over plain `name=value` pairs in alphabetical order, the access key among them."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

REQUEST = (
    *("amount", "extraData", "ipnUrl", "orderId", "orderInfo", "partnerCode", "redirectUrl", "requestId"),
    "requestType",
)
ANSWER = ("amount", "orderId", "partnerCode", "payUrl", "requestId", "responseTime", "resultCode")
RESULT = (
    *("amount", "extraData", "message", "orderId", "orderInfo", "orderType", "partnerCode", "payType", "requestId"),
    *("responseTime", "resultCode", "transId"),
)
QUERY = ("orderId", "partnerCode", "requestId")
REFUND = ("amount", "description", "orderId", "partnerCode", "requestId", "transId")
"""What is signed beside the access key."""


@dataclass(frozen=True, slots=True)
class Merchant:
    """What MoMo knows of a partner."""

    partner_code: str
    access_key: str
    secret_key: str

    def sign(self, fields: Mapping[str, Any], names: Iterable[str]) -> str:
        """The signature over these fields, in lower-case hexadecimal."""
        text = joined({"accessKey": self.access_key, **{name: fields[name] for name in names}})
        return hmac.new(self.secret_key.encode(), text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def signed(self, fields: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
        """The fields with their signature."""
        return {**fields, "signature": self.sign(fields, names)}

    def has_signed(self, fields: Mapping[str, Any], names: Iterable[str]) -> bool:
        """Whether the fields carry their own signature."""
        given = str(fields.get("signature")).encode("utf-8", "replace")
        return hmac.compare_digest(given, self.sign(fields, names).encode())


def joined(fields: Mapping[str, Any]) -> str:
    """What is signed."""
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields))
