"""What the person who runs it may change: the environment beats `.env`, `.env` beats the defaults."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROVIDERS: Mapping[str, tuple[str, ...]] = {
    "vnpay": ("VNPAY_TMN_CODE", "VNPAY_HASH_SECRET"),
    "momo": ("MOMO_PARTNER_CODE", "MOMO_ACCESS_KEY", "MOMO_SECRET_KEY"),
    "zalopay": ("ZALOPAY_APP_ID", "ZALOPAY_KEY1", "ZALOPAY_KEY2"),
    "payos": ("PAYOS_CLIENT_ID", "PAYOS_API_KEY", "PAYOS_CHECKSUM_KEY"),
    "sepay": ("SEPAY_BANK_BIN", "SEPAY_ACCOUNT_NUMBER"),
    "stripe": ("STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET"),
}
"""Those with a simulator, in the order in which they are offered, and the credentials that none works without."""

DEFAULT_CREDENTIALS = {
    # VNPAY's sandbox pair that its users publish in their own tests; it moves no money.
    "VNPAY_TMN_CODE": "CGXZLS0Z",
    "VNPAY_HASH_SECRET": "XNBCJFAKAZQSGTARRLGCHVZWCIOIGSHN",
    # The sandbox partner and the sandbox application that MoMo and ZaloPay publish in their samples.
    "MOMO_PARTNER_CODE": "MOMO",
    "MOMO_ACCESS_KEY": "F8BBA842ECF85",
    "MOMO_SECRET_KEY": "K951B6PE1waDMi640xX08PD3vg6EkVlz",
    "ZALOPAY_APP_ID": "2553",
    "ZALOPAY_KEY1": "PcY4iZIKFCIdgZvA6ueMcMHHUbRLYjPL",
    "ZALOPAY_KEY2": "kLtgPl8HHhfvMuDHPwKfgfsY4Ydm9eIz",
    # SePay publishes none. With SEPAY_WEBHOOK_SECRET its webhooks are signed instead of carrying the key.
    "SEPAY_WEBHOOK_API_KEY": "local-sepay-webhook-key",
    "SEPAY_API_TOKEN": "local-sepay-api-token",
    "SEPAY_BANK_BIN": "970422",
    "SEPAY_ACCOUNT_NUMBER": "0000123456789",
    # The checksum key of payOS's own test cases; the rest is made up.
    "PAYOS_CLIENT_ID": "local-payos-client",
    "PAYOS_API_KEY": "local-payos-api-key",
    "PAYOS_CHECKSUM_KEY": "test_checksum_key",
    "STRIPE_API_KEY": "sk_test_local",
    "STRIPE_WEBHOOK_SECRET": "whsec_local",
}

CREDENTIALS = (*DEFAULT_CREDENTIALS, "SEPAY_WEBHOOK_SECRET")
"""All that may be set."""


LARGEST_PORT = 65535


class SettingsError(Exception):
    """A setting that cannot be used, said in one sentence."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`signing` holds the current signing secret and, for rotation, perhaps the previous one.

    `providers`: those to switch on, separated by commas, in the order offered. `attempt_minutes`: how long attempts
    live, as the template's parameter has it; "" for the usual times.
    """

    host: str
    port: int
    credentials: Mapping[str, str]
    signing: tuple[str, ...]
    providers: str
    attempt_minutes: str
    log_everything: bool
    run_schedules: bool

    @property
    def reachable_host(self) -> str:
        """The host as it stands in an address: one that accepts from anywhere is reached by the loopback."""
        if self.host in {"", "0.0.0.0", "::"}:  # noqa: S104  compared, not bound
            return "127.0.0.1"
        return f"[{self.host}]" if ":" in self.host else self.host


def read_settings(environment: Mapping[str, str], env_file: Path) -> Settings:
    """The settings of the environment and of a `.env` file, which may be absent."""
    values = {**DEFAULT_CREDENTIALS, **_read_env_file(env_file), **environment}
    signing = tuple(one.strip() for one in values.get("GOI_SIGNING_SECRET", "").split(",") if one.strip())
    credentials = {name: values[name] for name in CREDENTIALS if values.get(name)}
    return Settings(
        host=values.get("HOST", "127.0.0.1").strip("[]"),
        port=_port(values.get("PORT", "3000")),
        credentials=credentials,
        signing=signing[:2] or (secrets.token_hex(32),),
        providers=_list(values.get("PROVIDERS", "")) or ",".join(_usable(credentials)),
        attempt_minutes=_list(values.get("ATTEMPT_MINUTES", "")),
        log_everything=values.get("LOG", "") not in {"", "0"},
        run_schedules=values.get("SCHEDULES", "1") != "0",
    )


def isolate_from_aws() -> None:
    """Forget this machine's AWS account: nothing here may reach it, and its profile may name regions we lack."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull)


def _list(text: str) -> str:
    return ",".join(one.strip() for one in text.split(",") if one.strip())


def _usable(credentials: Mapping[str, str]) -> list[str]:
    """Every provider with a simulator whose credentials are all there; SePay has one of two for its webhooks."""
    told = any(f"SEPAY_WEBHOOK_{one}" in credentials for one in ("API_KEY", "SECRET"))
    complete = [name for name, needed in PROVIDERS.items() if all(one in credentials for one in needed)]
    return [name for name in complete if name != "sepay" or told]


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= LARGEST_PORT):
        raise SettingsError(f"PORT must be a number from 0 to {LARGEST_PORT}, not {text!r}")
    return int(text)


def _read_env_file(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    values: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip().removeprefix("export ").strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals:
            raise SettingsError(f"{path}, line {number}: expected NAME=value")
        values[name.strip()] = _unquoted(value.strip())
    return values


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value.partition(" #")[0].strip()
