"""The payment providers people know: name, kind, limits in dong, how long an attempt lives.

Limits and lifetimes are the contract's and the providers' (docs/providers.md); which of them are switched on is
configuration.
"""

from dataclasses import dataclass
from datetime import timedelta

from billing.domain.problems import FieldError, Problem


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    """What a buyer is told of a provider. `kind`: "redirect" to its page, or "qr" shown on ours."""

    id: str
    name: str
    kind: str
    min_amount: int
    max_amount: int
    attempt_lifetime: timedelta


PROVIDERS = {
    info.id: info
    for info in (
        ProviderInfo("vnpay", "VNPAY", "redirect", 5_000, 999_999_999, timedelta(minutes=30)),
        ProviderInfo("momo", "MoMo", "redirect", 1_000, 50_000_000, timedelta(minutes=30)),
        ProviderInfo("zalopay", "ZaloPay", "redirect", 1_000, 50_000_000, timedelta(minutes=30)),
        ProviderInfo("payos", "payOS", "redirect", 2_000, 500_000_000, timedelta(minutes=30)),
        ProviderInfo("sepay", "VietQR", "qr", 2_000, 500_000_000, timedelta(hours=24)),
        ProviderInfo("stripe", "Stripe", "redirect", 15_000, 99_999_999, timedelta(minutes=35)),
    )
}


def smallest_amount(enabled: tuple[str, ...]) -> int:
    """The least that any enabled provider takes; a total below it is waived."""
    return min((PROVIDERS[provider].min_amount for provider in enabled), default=0)


def choose(provider: str | None, amount: int, enabled: tuple[str, ...]) -> ProviderInfo:
    """The provider a buyer named, if it can take `amount`.

    `validation_failed` for none or an unknown one, `provider_unavailable` for one that is switched off,
    `amount_out_of_range` outside its limits.
    """
    if provider not in PROVIDERS:
        code = "required" if provider is None else "unknown_choice"
        raise Problem(
            "validation_failed", errors=(FieldError("payment_provider", code, {"choices": ", ".join(enabled)}),)
        )
    info = PROVIDERS[provider]
    if provider not in enabled:
        raise Problem("provider_unavailable", provider=info.name)
    if not info.min_amount <= amount <= info.max_amount:
        raise Problem("amount_out_of_range", provider=info.name, minimum=info.min_amount, maximum=info.max_amount)
    return info
