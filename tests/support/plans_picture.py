"""Draws docs/images/plans.png, the picture of the plan choice in the README: `python -m tests.support.plans_picture`.

It starts the system and needs Chromium and, for the look of the README, the font Inter.
"""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import CHROMIUM_FLAGS, CHROMIUM_NAMES
from tests.browser.person import Person
from tests.support.running import running_system

PICTURE = Path("docs/images/plans.png")
SCREEN = (1280, 900)


def main() -> None:
    """Signs in, opens the plans for a year and photographs the page."""
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)))
    with running_system() as system, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        with Person(browser, system.base_url, screen=SCREEN, account="an-binh") as person:
            person.arrive("account.html")
            person.open("plans.html?interval=year")
            person.page.locator("[data-plan=pro]").wait_for()
            person.page.evaluate("document.querySelector('.footer').remove()")
            person.page.screenshot(path=PICTURE, full_page=True)
        browser.close()
    print(f"{PICTURE}: {PICTURE.stat().st_size // 1024} KB")  # noqa: T201


if __name__ == "__main__":
    main()
