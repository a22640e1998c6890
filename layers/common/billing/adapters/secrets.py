"""Secrets by reference: read from Secrets Manager, kept for five minutes so that a rotated one is taken up.

While it cannot be read again, it stays as it was: webhooks and quotes go on through an outage of Secrets Manager.
A secret in the function's environment would stay as it was when the function was deployed.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from billing.adapters import aws
from billing.adapters.log import log
from billing.domain.tokens import Signer

KEEP_SECONDS = 300

RETRY_SECONDS = 30
"""How long after a failure it is asked for again."""


class Secret:
    """One secret whose value is a JSON object of texts. `elapsed` counts seconds and never runs back."""

    def __init__(self, secret_id: str, client: Any = None, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._id = secret_id
        self._client = client
        self._elapsed = elapsed
        self._read_at: float | None = None
        self._values: dict[str, str] = {}

    def values(self) -> Mapping[str, str]:
        """The secret as it is now, at most five minutes old; older only where it cannot be read again."""
        if self._read_at is None:
            self._read()
        elif self._elapsed() - self._read_at > KEEP_SECONDS:
            try:
                self._read()
            except Exception:  # noqa: BLE001 - whatever is wrong, the one at hand still tells right from wrong
                log("error", "secret not read again", exc_info=True, secret=self._id)
                self._read_at = self._elapsed() - KEEP_SECONDS + RETRY_SECONDS
        return self._values

    def _read(self) -> None:
        client = self._client or aws.client("secretsmanager")
        self._values = json.loads(client.get_secret_value(SecretId=self._id)["SecretString"])
        self._read_at = self._elapsed()


def signer(secret: Secret) -> Signer:
    """Signs with the current signing secret; the previous one is still accepted."""
    values = secret.values()
    return Signer([values[name].encode() for name in ("current", "previous") if values.get(name)])
