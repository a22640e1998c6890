"""What a person sees and does, in the words of the pages."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Self
from uuid import uuid4

from playwright.sync_api import Browser, BrowserContext, Download, Locator, Page, Request, expect

PATIENCE_MS = 15_000
DESK = (1280, 900)
PHONE = (360, 740)
Scheme = Literal["light", "dark"]

expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Person:
    """A profile of their own in the browser, with one tab; the account exists once they sign in."""

    browser: Browser
    base_url: str
    screen: tuple[int, int] = DESK
    scheme: Scheme = "light"
    account: str = field(default_factory=lambda: f"kh-{uuid4().hex[:12]}")
    script_errors: list[str] = field(default_factory=list)
    context: BrowserContext = field(init=False)
    page: Page = field(init=False)

    @property
    def email(self) -> str:
        """Where their invoices go."""
        return f"{self.account}@khach.example"

    def __enter__(self) -> Self:
        width, height = self.screen
        self.context = self.browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=self.scheme, reduced_motion="reduce"
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.script_errors.append(str(error)))
        self.page.on("console", lambda entry: self._hear(entry.type, entry.text))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.context.close()

    def _hear(self, kind: str, text: str) -> None:
        # a refused request is an answer of the API; whether the page takes it well is what tests look at
        if kind == "error" and not text.startswith("Failed to load resource"):
            self.script_errors.append(text)

    def open(self, address: str) -> None:
        """A page of the dashboard, by its name and query."""
        self.page.goto(f"{self.base_url}/app/{address}")

    def sign_in(self) -> None:
        """Fills the form that stands there."""
        self.page.get_by_label("Mã tài khoản").fill(self.account)
        self.page.get_by_label("E-mail").fill(self.email)
        self.page.get_by_role("button", name="Đăng nhập").click()

    def arrive(self, address: str) -> None:
        """Opens a page that wants a sign-in, and signs in."""
        self.open(address)
        self.page.wait_for_url("**/login.html?*")
        self.sign_in()
        self.page.wait_for_url(f"**/{address}*")

    @property
    def title(self) -> Locator:
        """The page's one heading of the first level."""
        return self.page.get_by_role("heading", level=1)

    @property
    def total(self) -> Locator:
        """The figure of the slip's last row."""
        return self.page.locator(".sum-total dd")

    @property
    def buy_button(self) -> Locator:
        """**Mua ngay**."""
        return self.page.get_by_role("button", name="Mua ngay")

    def token(self) -> str:
        """The JWT of their session."""
        return str(self.page.evaluate("JSON.parse(localStorage['goi.session']).token"))

    def expect_total(self, text: str) -> None:
        """The total, with nothing being calculated any more."""
        expect(self.total).to_have_text(text)
        expect(self.page.locator(".slip-body")).to_have_attribute("aria-busy", "false")

    def apply_coupon(self, code: str) -> None:
        """Types a code and presses Enter."""
        box = self.page.get_by_label("Mã giảm giá")
        box.fill(code)
        box.press("Enter")

    def ask_for_invoice(self, **details: str) -> None:
        """Switches the invoice on and fills in a company's details by their labels."""
        self.page.get_by_role("switch", name="Xuất hóa đơn").check()
        for name, value in details.items():
            self.page.locator(f".buyer input[name={name}]").fill(value)

    def choose_provider(self, name: str) -> None:
        """The way to pay with this name."""
        self.page.get_by_role("radio", name=name).check()

    def fits(self) -> bool:
        """Whether nothing sticks out to the side."""
        return int(self.page.evaluate("document.documentElement.scrollWidth")) <= self.screen[0]

    def at_the_bank(self, outcome: Literal["success", "failure", "cancel"]) -> None:
        """Waits for the provider's page and presses one of its buttons."""
        self.page.wait_for_url("**/local/pay/**")
        self.page.locator(f"button[name=outcome][value={outcome}]").click()
        self.page.wait_for_url("**/result.html?order=*")

    def order_id(self) -> str:
        """The order of the result page."""
        found = re.search(r"order=([^&?]+)", self.page.url)
        assert found
        return found[1]

    def download(self, button: Locator) -> tuple[str, bytes]:
        """Presses a button that saves a file: its name and content."""
        with self.page.expect_download() as waiting:
            button.click()
        saved: Download = waiting.value
        return saved.suggested_filename, Path(saved.path()).read_bytes()

    def watch(self, method: str, path: str) -> list[Request]:
        """The requests of a kind, from now on."""
        seen: list[Request] = []

        def look(request: Request) -> None:
            if request.method == method and request.url == self.base_url + path:
                seen.append(request)

        self.page.on("request", look)
        return seen

    def tab_to(self, target: Locator, *, at_most: int = 60) -> None:
        """Presses Tab until the target has the focus."""
        expect(target).to_be_visible()
        for _ in range(at_most):
            if target.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{target} cannot be reached with Tab")
