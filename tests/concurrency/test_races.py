"""Promises that must hold when many act at once: proven on ministack, whose transactions are atomic.

The same races on moto as it is, without a lock around it, break promises: so it is known that they can be lost.
"""

import sys
import urllib.request
from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from tests.support.ministack import ministack, reset
from tests.support.races import RACES, Race, transactions_on_one_counter
from tests.support.shop import Shop, open_shop_at

MOST_ROUNDS = 10

SHORT_TURNS = 1e-6
"""Seconds until another thread has its turn: what can happen in between, happens."""


@pytest.fixture(scope="module")
def engine() -> Iterator[str]:
    """The address of ministack."""
    with ministack() as address:
        yield address


@pytest.fixture
def shop(engine: str) -> Iterator[Shop]:
    """The functions with fresh state on it."""
    reset(engine)
    with open_shop_at(engine) as running:
        yield running


@pytest.mark.parametrize("race", RACES.values(), ids=RACES)
def test_no_promise_is_broken_however_many_act_at_once(shop: Shop, race: Race) -> None:
    """T02, T04, T07, T28, T49, T56, T57, T67."""
    assert race(shop) == []


@pytest.fixture
def bare_moto() -> Iterator[str]:
    """Moto's server with nothing that makes its calls wait for one another."""
    server, interval = ThreadedMotoServer(ip_address="127.0.0.1", port=0), sys.getswitchinterval()
    server.start()
    host, port = server.get_host_and_port()
    sys.setswitchinterval(SHORT_TURNS)
    yield f"http://{host}:{port}"
    sys.setswitchinterval(interval)
    server.stop()


def test_the_races_find_an_engine_whose_transactions_are_not_atomic(bare_moto: str) -> None:
    lost: list[str] = []
    for _ in range(MOST_ROUNDS):
        reset_moto(bare_moto)
        with open_shop_at(bare_moto, LOG_LEVEL="CRITICAL") as shop:
            lost = transactions_on_one_counter(shop)
        if lost:
            break
    assert lost, "moto kept every promise: the races prove nothing"


def reset_moto(address: str) -> None:
    """Forgets everything."""
    with urllib.request.urlopen(urllib.request.Request(f"{address}/moto-api/reset", method="POST"), timeout=10):
        pass
