"""Signed texts that come back to us: quotes, cursors, links. Tamper-proof, single-purpose, readable by their owner."""

import base64
import hashlib
import hmac
import json
import zlib
from collections.abc import Sequence
from typing import Any


class InvalidToken(ValueError):
    """The text was not signed by us for this purpose."""


class Signer:
    """Signs with the first secret and accepts any of them, so that a secret can be replaced without a gap."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        if not secrets or not all(secrets):
            raise ValueError("a signer needs at least one secret, and none may be empty")
        self._secrets = tuple(secrets)

    def sign(self, purpose: str, payload: dict[str, Any]) -> str:
        """A URL-safe text holding `payload`, good for `purpose` only."""
        text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        body = _encode(zlib.compress(text.encode(), 9))
        return f"{body}.{_encode(_mac(self._secrets[0], purpose, body))}"

    def verify(self, purpose: str, token: str) -> dict[str, Any]:
        """The payload of a text that `sign` made; `InvalidToken` for anything else."""
        body, _, mac = token.partition(".")
        try:
            given = _decode(mac)
        except ValueError:
            raise InvalidToken("not a signed text") from None
        if not any(hmac.compare_digest(given, _mac(secret, purpose, body)) for secret in self._secrets):
            raise InvalidToken("the signature does not fit")
        payload: dict[str, Any] = json.loads(zlib.decompress(_decode(body)))
        return payload


def _mac(secret: bytes, purpose: str, body: str) -> bytes:
    return hmac.new(secret, f"{purpose}\n{body}".encode(errors="replace"), hashlib.sha256).digest()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _encode(data) != text:  # one text for one value: loose trailing bits would make a token malleable
        raise ValueError("not canonical base64")
    return data
