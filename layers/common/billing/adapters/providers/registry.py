"""Which module speaks to which provider. A module is loaded only where its provider is used.

A module has `make(settings, credentials)`, giving its adapter or None where a credential is missing.
"""

from importlib import import_module

from billing.adapters.secrets import Secret
from billing.adapters.settings import Settings
from billing.domain.problems import Problem
from billing.domain.providers import PROVIDERS
from billing.service.ports import Provider

MODULES = {
    "vnpay": "billing.adapters.providers.vnpay",
    "momo": "billing.adapters.providers.momo",
    "zalopay": "billing.adapters.providers.zalopay",
    "sepay": "billing.adapters.providers.sepay",
    "payos": "billing.adapters.providers.payos",
    "stripe": "billing.adapters.providers.stripe",
}


def provider(name: str, settings: Settings, secret: Secret, otherwise: str = "not_found") -> Provider:
    """The adapter of a provider that is switched on and has its credentials; a `Problem` of code `otherwise` if not."""
    if name in settings.providers and name in MODULES:
        adapter: Provider | None = import_module(MODULES[name]).make(settings, secret.values())
        if adapter:
            return adapter
    raise Problem(otherwise, provider=PROVIDERS[name].name if name in PROVIDERS else name)
