"""Which module speaks to which provider: the one of its id. It is loaded only where its provider is used.

A module has `make(settings, credentials)`, giving its adapter or None where a credential is missing, and `answer`, the
provider's words for each outcome of a webhook: they need no credentials, so they are there when those cannot be read.
docs/adding-a-provider.md says how to write one.
"""

from importlib import import_module
from typing import Any

from billing.adapters.secrets import Secret
from billing.adapters.settings import Settings
from billing.domain.problems import Problem
from billing.domain.providers import PROVIDERS
from billing.service.provider_port import Outcome, Provider, Statement

MODULES = {name: f"billing.adapters.providers.{name}" for name in PROVIDERS}


def provider(name: str, settings: Settings, secret: Secret, otherwise: str = "not_found") -> Provider:
    """The adapter of a provider that is switched on and has its credentials; a `Problem` of code `otherwise` if not."""
    if name in settings.providers and name in MODULES:
        adapter: Provider | None = import_module(MODULES[name]).make(settings, secret.values())
        if adapter:
            return adapter
    raise Problem(otherwise, provider=PROVIDERS[name].name if name in PROVIDERS else name)


def statement(name: str, settings: Settings, secret: Secret) -> Statement | None:
    """A provider that is switched on and whose list of what came in can be read."""
    if not PROVIDERS[name].lists:
        return None
    adapter: Any = import_module(MODULES[name]).make(settings, secret.values())
    listing: Statement | None = adapter if adapter and adapter.asks else None
    return listing


def answer(name: str, outcome: Outcome) -> tuple[int, dict[str, Any] | None]:
    """HTTP status and JSON body (None: empty) of the answer to a webhook of a provider that there is."""
    status, body = import_module(MODULES[name]).answer(outcome)
    return status, body
