"""Which module speaks to which provider. A module is loaded only where its provider is used."""

from collections.abc import Mapping

from billing.adapters.secrets import Secret
from billing.adapters.settings import Settings
from billing.domain.problems import Problem
from billing.service.ports import Provider


def provider(name: str, settings: Settings, secret: Secret) -> Provider:
    """The adapter of a provider that is switched on and has its credentials; `not_found` otherwise."""
    if name not in settings.providers:
        raise Problem("not_found")
    values = secret.values()
    if name == "vnpay" and has(values, "VNPAY_TMN_CODE", "VNPAY_HASH_SECRET"):
        from billing.adapters.providers.vnpay import Vnpay

        return Vnpay(
            terminal=values["VNPAY_TMN_CODE"],
            secret=values["VNPAY_HASH_SECRET"],
            pay_url=settings.required("VNPAY_PAY_URL"),
            api_url=settings.optional("VNPAY_API_URL"),
        )
    raise Problem("not_found")


def has(values: Mapping[str, str], *names: str) -> bool:
    """Whether every credential is there; an empty one means that the provider is not set up."""
    return all(values.get(name) for name in names)
