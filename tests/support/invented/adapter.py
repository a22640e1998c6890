"""Heo Đất, the piggy bank: a page by a signed address, a webhook signed over its bytes, one call to ask."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from billing.adapters.providers.bodies import json_object
from billing.adapters.providers.calls import get_json
from billing.adapters.providers.manual import ByHand
from billing.adapters.settings import Settings
from billing.domain.payments import Notice, Payment
from billing.service.provider_port import Attempt, BadSignature, Outcome, ProviderUnavailable, Started, WebhookRequest

STATUSES = {Outcome.BAD_SIGNATURE: 401, Outcome.FAULT: 503}


def make(settings: Settings, credentials: Mapping[str, str]) -> "HeoDat | None":
    """The piggy bank of the credentials; None without its secret. There may be two, separated by a comma."""
    secrets = tuple(one.strip() for one in credentials.get("HEODAT_SECRET", "").split(",") if one.strip())
    return HeoDat(secrets, settings.required("HEODAT_API_URL")) if secrets else None


def answer(outcome: Outcome) -> tuple[int, dict[str, Any]]:
    """Any 2xx is taken as received."""
    status = STATUSES.get(outcome, 200)
    return status, {"taken": status == 200}


@dataclass(frozen=True, slots=True)
class HeoDat(ByHand):
    """One piggy bank. The first of `secrets` signs, all are believed."""

    secrets: tuple[str, ...]
    api_url: str

    id = "heodat"
    offline = True
    closes = False
    asks = True

    def reference(self, payment_id: str, now: datetime) -> str:
        """The payment's id in capitals."""
        return payment_id.replace("_", "").upper()

    def start(self, attempt: Attempt) -> Started:
        """A signed address; no call is made."""
        asked = urlencode({"reference": attempt.reference, "amount": attempt.amount, "back": attempt.return_url})
        return Started(f"{self.api_url}/pay?{asked}&signature={sign(self.secrets[0], asked.encode())}")

    def read_webhook(self, request: WebhookRequest, now: datetime) -> Notice:
        """What became of a payment."""
        given = request.headers.get("x-heodat-signature", "").encode("utf-8", "replace")
        matches = [hmac.compare_digest(given, sign(secret, request.body).encode()) for secret in self.secrets]
        if not any(matches):
            raise BadSignature("the signature does not fit")
        said = json_object(request)
        return self._notice(said, str(said.get("reference")), now)

    def close(self, payment: Payment, now: datetime) -> None:
        """Nobody has locked a piggy bank yet."""
        raise ProviderUnavailable("Heo Đất closes nothing")

    def query(self, payment: Payment, now: datetime) -> Notice:
        """The state of a payment."""
        try:
            return self._notice(get_json(f"{self.api_url}/payments/{payment.reference}"), payment.reference, now)
        except BadSignature:
            raise ProviderUnavailable("Heo Đất answered something else") from None

    def _notice(self, said: Mapping[str, Any], reference: str, now: datetime) -> Notice:
        amount, outcome = said.get("amount"), said.get("outcome")
        if type(amount) is not int or outcome not in {"paid", "failed", "pending"}:
            raise BadSignature("amount or outcome is missing")
        return Notice(self.id, reference, str(outcome), amount, "VND", str(said.get("coin")), str(outcome), now)


def sign(secret: str, content: bytes) -> str:
    """HMAC-SHA256 in lower-case hex."""
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
