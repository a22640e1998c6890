"""Fixtures of the tests on moto."""

from collections.abc import Iterator

import pytest

from tests.support.exceptions import open_bank
from tests.support.shop import Buyer, Shop, engine, open_shop


@pytest.fixture(scope="session")
def moto_engine() -> Iterator[None]:
    """moto, once for all tests of a process."""
    with engine():
        yield


@pytest.fixture
def shop(moto_engine: None) -> Iterator[Shop]:
    """The functions with fresh state."""
    with open_shop() as running:
        yield running


@pytest.fixture
def buyer(shop: Shop) -> Buyer:
    """An account in it."""
    return shop.buyer()


@pytest.fixture
def bank_transfers(moto_engine: None) -> Iterator[Shop]:
    """A shop that takes bank transfers too."""
    with open_shop(PROVIDERS="vnpay,sepay") as running:
        open_bank()
        yield running
