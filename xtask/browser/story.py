"""The demonstration from where it is loaded to its end, through the page's own controls."""

import subprocess
import sys
import tempfile
import time
import tomllib
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as BrowserError

from chromium import Tab, tab
from demo import Demo
from tally import expect

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "exercises" / "lantern" / "exercise.toml"
VERIFIER = ROOT / "verifiers" / "python" / "veche_verify.py"
# The matter whose silence ends while the visitor looks on.
MATTER = "P-1"
# Seconds that the longest jump may take: a debug build on a busy machine takes a quarter of it.
PLAYED_WITHIN = 180.0
# Milliseconds between two looks at whether it has been played.
ASKED_EVERY = 500


@dataclass(frozen=True)
class Script:
    """What the exercise says of itself."""

    first: int
    told: tuple[int, ...]
    last: int
    sentences: dict[int, str]


def read_script() -> Script:
    """Reads the script that the demonstration carries."""
    script = tomllib.loads(SCRIPT.read_text(encoding="utf-8"))
    about, injects = script["exercise"], script["inject"]
    sentences = {inject["id"]: inject.get("sentence", "") for inject in injects}
    return Script(about["demo_from"], tuple(about["demo_steps"]), injects[-1]["id"], sentences)


class Story:
    """One visitor at the controls of the exercise."""

    def __init__(self, browser: Browser, demo: Demo, scripts: bool) -> None:
        self._browser = browser
        self._demo = demo
        self._scripts = scripts
        self._script = read_script()

    def play_what_is_told(self) -> None:
        """The injects that a visitor comes for are played one by one, and each says its sentence."""
        with self._tab() as opened:
            page = opened.page
            opened.open("/exercise")
            self._await(page, self._script.first - 1)
            for number in self._script.told:
                self._advance(page, number)
                self._await(page, number)
                said = page.inner_text(".sentence")
                sentence = self._script.sentences[number]
                expect(bool(sentence) and sentence in said, f"inject {number} says `{said}`, not `{sentence}`")

    def _advance(self, page: Page, number: int) -> None:
        """Plays to an inject: the first by letting the clock run, the second by a step, the third by a jump."""
        turn = self._script.told.index(number) % 3
        if turn == 0:
            page.click("button[value=play]")
        elif turn == 1:
            page.click("button[data-step]")
        else:
            self._jump(page, number)

    def _jump(self, page: Page, number: int) -> None:
        page.fill("#jump", str(number))
        page.click("form:has(#jump) .button")

    def _await(self, page: Page, number: int) -> None:
        await_inject(page, self._demo.address, number)

    def fetch_certificate(self) -> None:
        """The certificate of what was decided is a file that proves itself: to this program and to the other one."""
        with self._tab() as opened, tempfile.TemporaryDirectory() as folder:
            expect(opened.open("/decisions") == 200, "there is no page of decisions")
            charter = opened.page.get_attribute("main .hash code", "title") or ""
            with opened.page.expect_download() as download:
                opened.page.click(f"a[download][href*='{MATTER}.']")
            file = Path(folder) / download.value.suggested_filename
            download.value.save_as(file)
            for verifier in ([str(self._demo.veche), "certificate", "verify"], [sys.executable, str(VERIFIER)]):
                _verify([*verifier, file.name, "--charter", charter], folder)
                _refuse([*verifier, file.name, "--charter", "0" * 64], folder)

    def play_to_the_end(self) -> None:
        """A jump plays all the rest, and everything comes as the script expects."""
        with self._tab() as opened:
            opened.open("/exercise")
            self._jump(opened.page, self._script.last)
            self._await(opened.page, self._script.last)
            score = opened.page.inner_text(".score")
            expect("▲ 0 not as expected" in score and " 0 ahead" in score, f"the score is `{score}`")

    def start_over(self) -> None:
        """The exercise begins anew."""
        with self._tab() as opened:
            opened.open("/exercise")
            opened.page.click("button[value=reset]")
            self._await(opened.page, self._script.first - 1)

    def _tab(self) -> AbstractContextManager[Tab]:
        return tab(self._browser, self._demo.address, self._scripts)


def await_inject(page: Page, address: str, number: int) -> None:
    """Waits until an inject is the last one played: pages wait to be asked, so it asks again and again."""
    current = f"#inject-{number}.current"
    until = time.monotonic() + PLAYED_WITHIN
    while page.locator(current).count() == 0:
        expect(time.monotonic() < until, f"`{current}` does not appear:\n{page.inner_text('main')[:600]}")
        page.wait_for_timeout(ASKED_EVERY)
        # A page that is on its way elsewhere by itself is asked for again.
        with suppress(BrowserError):
            page.goto(f"{address}/exercise")


def _verify(command: list[str], folder: str) -> None:
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    expect(ended.returncode == 0, f"{' '.join(command)} ends with {ended.returncode}:\n{ended.stdout}{ended.stderr}")


def _refuse(command: list[str], folder: str) -> None:
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    expect(ended.returncode != 0, f"{' '.join(command)} takes a charter that is not its own")
