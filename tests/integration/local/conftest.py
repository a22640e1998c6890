"""The runner's engine, and functions that a test writes itself."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any
from unittest import mock

import pytest
from moto.core.config import default_user_config

from local.clock import Clock
from local.deployment import Function
from local.engine import Engine
from local.logs import Log
from local.workers import Workers, prepare, surroundings

MakeWorkers = Callable[..., Workers]


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The embedded emulator, spoken to over HTTP even while other tests have boto3 mocked in this process."""
    prepare()
    running = Engine()
    running.start()
    with mock.patch.dict(default_user_config["core"], passthrough={"urls": [re.escape(running.address)]}):
        yield running
    running.stop()


@pytest.fixture
def clock() -> Clock:
    """Simulated time."""
    return Clock()


@pytest.fixture
def make_workers(engine: Engine, clock: Clock, tmp_path: Path) -> Iterator[MakeWorkers]:
    """Makes the workers of a function from the text of its app.py."""
    made: list[Workers] = []

    def make(code: str, **changes: Any) -> Workers:
        folder = tmp_path / f"function_{len(made)}"
        folder.mkdir()
        (folder / "app.py").write_text(dedent(code), encoding="utf-8")
        values: dict[str, Any] = {"handler": "app.handler", "timeout": 10, "memory": 128, "environment": {}}
        function = Function(name="sample", logical_id="Sample", folder=folder, **{**values, **changes})
        workers = Workers(function, surroundings(engine.address), clock, Log(everything=True))
        made.append(workers)
        return workers

    yield make
    for workers in made:
        workers.stop()
