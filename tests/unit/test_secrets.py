"""Secrets are taken up when they are rotated, and stay at hand while Secrets Manager does not answer."""

import json
from dataclasses import dataclass

import pytest

from billing.adapters.secrets import KEEP_SECONDS, RETRY_SECONDS, Secret


@dataclass
class Manager:
    """Secrets Manager with one secret; None: it does not answer. `now` is the time of the reader in seconds."""

    value: str | None = "first"
    now: float = 0.0
    asked: int = 0

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803
        self.asked += 1
        if self.value is None:
            raise ConnectionError(SecretId)
        return {"SecretString": json.dumps({"key": self.value})}

    def elapsed(self) -> float:
        return self.now


@pytest.fixture
def manager() -> Manager:
    return Manager()


@pytest.fixture
def secret(manager: Manager) -> Secret:
    return Secret("goi/providers", manager, manager.elapsed)


def test_a_rotated_secret_is_taken_up_within_five_minutes(manager: Manager, secret: Secret) -> None:
    assert secret.values() == {"key": "first"}
    manager.value, manager.now = "second", KEEP_SECONDS
    assert secret.values() == {"key": "first"}
    manager.now += 1
    assert secret.values() == {"key": "second"}
    assert manager.asked == 2


def test_what_was_read_stays_while_secrets_manager_is_away(manager: Manager, secret: Secret) -> None:
    """T20: an outage there stops neither webhooks nor quotes, and is over for us soon after it is over."""
    secret.values()
    manager.value, manager.now = None, 10 * KEEP_SECONDS
    assert [secret.values() for _ in range(3)] == [{"key": "first"}] * 3
    assert manager.asked == 2, "asked again once, not with every request"
    manager.value, manager.now = "second", manager.now + RETRY_SECONDS + 1
    assert secret.values() == {"key": "second"}


def test_without_anything_read_there_is_nothing_to_go_on_with(manager: Manager, secret: Secret) -> None:
    manager.value = None
    with pytest.raises(ConnectionError):
        secret.values()
    manager.value = "first"
    assert secret.values() == {"key": "first"}
