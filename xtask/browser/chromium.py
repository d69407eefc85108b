"""A headless Chromium, and tabs that write down what a page should not do."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Cookie, Page, Playwright, Request, Response

from tally import expect

if TYPE_CHECKING:
    from playwright._impl._api_structures import SetCookieParam

# Nothing that talks to anybody on its own; no name but this machine's own is looked up.
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]

# Milliseconds that a page has to come, or a thing on it to appear.
WITHIN = 60_000


def launch(playwright: Playwright, path: str) -> Browser:
    """Starts Chromium with an empty profile, which Playwright makes and removes."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    flags = FLAGS + (["--no-sandbox"] if is_root else [])
    return playwright.chromium.launch(executable_path=path, headless=True, args=flags)


class Tab:
    """A page in a context of its own: no cookies, no storage of another."""

    def __init__(self, browser: Browser, address: str, scripts: bool) -> None:
        self.address = address
        self.scripts = scripts
        self._context = browser.new_context(accept_downloads=True)
        self._context.set_default_timeout(WITHIN)
        self.page: Page = self._context.new_page()
        self._session = self._context.new_cdp_session(self.page)
        self._said: list[str] = []
        self._elsewhere: list[str] = []
        self._lacking: list[str] = []
        self._context.on("console", self._on_console)
        self._context.on("request", self._on_request)
        self._context.on("response", self._on_response)
        self.page.on("pageerror", lambda error: self._said.append(f"error: {error}"))
        self.run_scripts(scripts)

    def run_scripts(self, on: bool) -> None:
        """Lets scripts run or not: a page loaded without them stays as it is when they are let run later."""
        self._session.send("Emulation.setScriptExecutionDisabled", {"value": not on})

    def cookies(self) -> list[Cookie]:
        """Returns the cookies that it has."""
        return self._context.cookies()

    def take(self, cookies: list[Cookie]) -> None:
        """Takes the cookies of another."""
        self._context.add_cookies(cast("list[SetCookieParam]", cookies))

    def open(self, path: str) -> int:
        """Opens a path of the demonstration and returns the status."""
        answer = self.page.goto(self.address + path)
        expect(answer is not None, f"{path} gave no answer")
        return answer.status if answer else 0

    def post(self, path: str, body: str) -> int:
        """Opens a path as a form would, whether scripts run or not, and returns the status."""
        form = {"content-type": "application/x-www-form-urlencoded"}
        url = self.address + path
        self.page.route(url, lambda route: route.continue_(method="POST", headers=form, post_data=body))
        try:
            return self.open(path)
        finally:
            self.page.unroute(url)

    def forget(self) -> None:
        """Forgets what the pages before did."""
        for noted in (self._said, self._elsewhere, self._lacking):
            noted.clear()

    def check_calm(self) -> None:
        """Nothing in the console, nothing asked of another host, each answer under the policy."""
        expect(not self._said, "the console says: " + "; ".join(self._said))
        expect(not self._elsewhere, "asked of another host: " + ", ".join(self._elsewhere))
        expect(not self._lacking, "no content security policy on: " + ", ".join(self._lacking))

    def _on_console(self, message: ConsoleMessage) -> None:
        # Chromium reports each page with a status of error, which here is what was asked for.
        is_own_status = message.text.startswith("Failed to load resource") and urlsplit(
            message.location["url"]
        ).path in (urlsplit(self.page.url).path, "/act")
        if message.type in ("error", "warning") and not is_own_status:
            self._said.append(f"{message.type}: {message.text}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self.address + "/", "data:", "blob:")):
            self._elsewhere.append(request.url)

    def _on_response(self, response: Response) -> None:
        policy = response.headers.get("content-security-policy", "")
        if response.request.resource_type == "document" and "default-src 'none'" not in policy:
            self._lacking.append(response.url)

    def close(self) -> None:
        self._context.close()


@contextmanager
def tab(
    browser: Browser, address: str, scripts: bool, cookies: list[Cookie] | None = None
) -> Iterator[Tab]:
    """A tab while a `with` block runs, which must have been calm at its end. `cookies`: of a session begun in another."""
    opened = Tab(browser, address, scripts)
    if cookies:
        opened.take(cookies)
    try:
        yield opened
        opened.check_calm()
    finally:
        opened.close()
