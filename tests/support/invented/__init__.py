"""A provider that there is not, written by docs/adding-a-provider.md: one module, its simulator, and where they stand.

`registered` is all that a new provider needs of the system.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from unittest import mock

from billing.adapters.providers import registry
from billing.domain.providers import PROVIDERS, ProviderInfo
from local import settings, simulators
from tests.support.invented.simulator import HeoDat

INFO = ProviderInfo("heodat", "Heo Đất", "redirect", 1_000, 9_999_999, timedelta(minutes=30))
CREDENTIALS = {"HEODAT_SECRET": "local-heodat-secret"}


@contextmanager
def registered() -> Iterator[str]:
    """The provider's id, while it is known everywhere."""
    with (
        mock.patch.dict(PROVIDERS, {INFO.id: INFO}),
        mock.patch.dict(registry.MODULES, {INFO.id: "tests.support.invented.adapter"}),
        mock.patch.dict(simulators.PROVIDERS, {INFO.id: HeoDat}),
        mock.patch.dict(settings.DEFAULT_CREDENTIALS, CREDENTIALS),
    ):
        yield INFO.id
