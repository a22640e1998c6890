"""A person at a browser in front of the whole system: Debian's Chromium, and `python -m local` on a free port."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.person import Person
from tests.support.running import RunningSystem, running_system

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
# Without these it asks servers for components, fields and accounts: the tests need no network but the loopback.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of this process; each test has its own profile in it."""
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing in CI")
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def system() -> Iterator[RunningSystem]:
    """The system, started once for all tests of this process; each test has accounts of its own."""
    with running_system() as running:
        yield running


@pytest.fixture
def person(browser: Browser, system: RunningSystem) -> Iterator[Person]:
    """Somebody at a desk, not signed in. No script of ours may fail while they are there."""
    with Person(browser, system.base_url) as somebody:
        yield somebody
        assert not somebody.script_errors
