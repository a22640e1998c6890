"""A function's settings: what template.yaml puts into its environment, checked before anything is done."""

import os
from collections.abc import Mapping
from datetime import timedelta

DEPLOYED_STAGES = ("dev", "staging", "prod")
LOCAL_ONLY = "LOCAL_TOKEN_SECRET"


class SettingsError(RuntimeError):
    """The environment is not what the template promises."""


class Settings:
    """Reads the environment by name. A missing setting is told by its name, not by a KeyError somewhere later."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment
        if self.stage in DEPLOYED_STAGES and self._environment.get(LOCAL_ONLY):
            raise SettingsError(f"{LOCAL_ONLY} must not exist in stage {self.stage}")

    def required(self, name: str) -> str:
        """The value of a setting that must be there."""
        value = self._environment.get(name, "")
        if not value:
            raise SettingsError(f"the setting {name} is missing; template.yaml sets it")
        return value

    def optional(self, name: str, default: str = "") -> str:
        """The value of a setting, or its default."""
        return self._environment.get(name) or default

    @property
    def stage(self) -> str:
        """local, dev, staging or prod."""
        return self.required("STAGE")

    @property
    def providers(self) -> tuple[str, ...]:
        """The payment providers that are switched on, in the order in which they are offered."""
        return tuple(name.strip() for name in self.optional("PROVIDERS").split(",") if name.strip())

    @property
    def attempt_lifetimes(self) -> Mapping[str, timedelta]:
        """How long an attempt lives at each provider; a value that a provider cannot take is refused here."""
        from billing.domain.providers import read_lifetimes

        try:
            return read_lifetimes(self.optional("ATTEMPT_MINUTES"))
        except ValueError as wrong:
            raise SettingsError(f"ATTEMPT_MINUTES: {wrong}") from None

    @property
    def local_token_secret(self) -> str:
        """The secret of test tokens under `sam local`, "" wherever an authorizer runs."""
        return self.optional(LOCAL_ONLY)
