"""The payment providers people know: name, kind, limits in dong, how long an attempt lives.

Limits and lifetimes are the contract's and the providers' (docs/providers.md); which of them are switched on, and
other lifetimes within what a provider takes, are configuration.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from billing.domain.problems import FieldError, Problem

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    """What a buyer is told of a provider. `kind`: "redirect" to its page, or "qr" shown on ours.

    `attempt_lifetime` is the usual one; from `shortest_lifetime` to `longest_lifetime` is what the provider takes.
    `lists`: it tells on request what came in, whether or not for an attempt of ours.
    """

    id: str
    name: str
    kind: str
    min_amount: int
    max_amount: int
    attempt_lifetime: timedelta
    shortest_lifetime: timedelta = 5 * MINUTE
    longest_lifetime: timedelta = 30 * DAY
    lists: bool = False


PROVIDERS = {
    info.id: info
    for info in (
        ProviderInfo("vnpay", "VNPAY", "redirect", 5_000, 999_999_999, 30 * MINUTE, 5 * MINUTE, DAY),
        ProviderInfo("momo", "MoMo", "redirect", 1_000, 50_000_000, 30 * MINUTE, 5 * MINUTE, 90 * MINUTE),
        ProviderInfo("zalopay", "ZaloPay", "redirect", 1_000, 50_000_000, 30 * MINUTE),
        ProviderInfo("payos", "payOS", "redirect", 2_000, 500_000_000, 30 * MINUTE),
        ProviderInfo("sepay", "VietQR", "qr", 2_000, 500_000_000, DAY, lists=True),
        ProviderInfo("stripe", "Stripe", "redirect", 15_000, 99_999_999, 35 * MINUTE, 31 * MINUTE, DAY),
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


def read_lifetimes(text: str) -> Mapping[str, timedelta]:
    """How long an attempt lives at each provider: as usual, but for what `text` says in minutes, "vnpay=20,sepay=2880".

    ValueError, with a sentence, for what is no such list, an unknown provider, or a time that a provider does not take.
    """
    chosen = {name: info.attempt_lifetime for name, info in PROVIDERS.items()}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, _, minutes = (piece.strip() for piece in part.partition("="))
        if name not in PROVIDERS:
            raise ValueError(f"{name!r} is no payment provider; known are {', '.join(PROVIDERS)}")
        if not (minutes.isascii() and minutes.isdigit()):
            raise ValueError(f"{part!r} must be a provider and whole minutes, such as vnpay=30")
        chosen[name] = _checked(PROVIDERS[name], minutes)
    return chosen


def _checked(info: ProviderInfo, minutes: str) -> timedelta:
    least, most = (limit // MINUTE for limit in (info.shortest_lifetime, info.longest_lifetime))
    if len(minutes) > len(str(most)) or not least <= int(minutes) <= most:
        raise ValueError(f"{info.id}={minutes}: {info.name} takes from {least} to {most} minutes")
    return int(minutes) * MINUTE
