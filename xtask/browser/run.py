"""Looks at the demonstration in a browser, as a visitor would.

`cargo xtask test` runs it with the tools that it installs; by hand, after a build:

    .venv/bin/python xtask/browser/run.py --veche target/debug/veche --chromium chromium --shots target/browser

Its last line is `N passed, M failed`; it ends with 1 if anything failed.
"""

import argparse
import shutil
import signal
import sys
from pathlib import Path
from types import FrameType

from playwright.sync_api import Browser, sync_playwright

import delegation
from chromium import launch, tab
from delegation import Delegation
from demo import Demo
from kinds import Gallery, Matter, kinds
from story import MATTER, Story
from tally import Tally, expect, say
from visitor import Visitor


def main() -> int:
    asked = _arguments()
    signal.signal(signal.SIGTERM, _end)
    tally = Tally()
    with sync_playwright() as playwright, Demo(asked.veche) as demo:
        say(f"{demo.address}/ in {asked.chromium}")
        browser = launch(playwright, asked.chromium)
        try:
            _look(tally, browser, demo, asked)
        finally:
            browser.close()
    print(tally.closing(), flush=True)
    return 1 if tally.failed else 0


def _look(tally: Tally, browser: Browser, demo: Demo, asked: argparse.Namespace) -> None:
    story = Story(browser, demo, scripts=True)
    tally.case("the story as told, with scripts", story.play_what_is_told)
    tally.case("the certificate, with scripts", story.fetch_certificate)
    if not asked.story:
        gallery = Gallery(browser, demo.address, asked.shots, asked.every)
        gallery.look(tally, kinds(_matter(browser, demo)))
        _look_inside(tally, browser, asked)
    tally.case("to the end, with scripts", story.play_to_the_end)
    for scripts in (False, True):
        how = "with scripts" if scripts else "without scripts"
        tally.case(f"beginning anew, {how}", Story(browser, demo, scripts).start_over)
        tally.case(f"a visitor, {how}", Visitor(browser, demo, scripts).act)
    story = Story(browser, demo, scripts=False)
    tally.case("beginning anew once more", story.start_over)
    tally.case("the story as told, without scripts", story.play_what_is_told)
    tally.case("the certificate, without scripts", story.fetch_certificate)
    tally.case("to the end, without scripts", story.play_to_the_end)


def _look_inside(tally: Tally, browser: Browser, asked: argparse.Namespace) -> None:
    """Looks at what a delegation keeps to itself, which no exercise shows."""
    with Delegation(asked.veche) as node:
        cookies = node.sign_in(browser, "arven/delegate")
        Gallery(browser, node.address, asked.shots, asked.every, cookies).look(tally, delegation.kinds())
        tally.case("a node that is started again", lambda: node.start_again(browser))


def _matter(browser: Browser, demo: Demo) -> Matter:
    """Finds the first record of the decided proposal by its link on the proposal's page."""
    with tab(browser, demo.address, scripts=False) as opened:
        opened.open(f"/cases/{MATTER}")
        links = opened.page.locator("a[href^='/records/']", has_text="its record")
        expect(links.count() > 0, f"the page of {MATTER} names none of its records")
        # Amendments stand above the text that they amend.
        href = links.last.get_attribute("href") or ""
        return Matter(MATTER, href.rsplit("/", 1)[-1])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Looks at the demonstration in a browser.")
    parser.add_argument("--veche", type=Path, required=True, help="the program as built")
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium", help="the browser")
    parser.add_argument("--shots", type=Path, required=True, help="where pictures of the pages go")
    parser.add_argument("--story", action="store_true", help="leave out the look at every kind of page")
    parser.add_argument("--every", action="store_true", help="run axe in every combination, which takes twice as long")
    asked = parser.parse_args()
    asked.veche = asked.veche.resolve()
    return asked


def _end(number: int, frame: FrameType | None) -> None:
    # As an exception, so that whatever was started is ended on the way out.
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
