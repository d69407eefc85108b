"""Every kind of page, and what is looked at on it."""

from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Cookie

from chromium import Tab, tab
from measure import check_axe, check_targets, check_width
from tally import Tally, expect

DESKTOP = (1440, 900)
PHONE = (390, 844)
# 400 % zoom on a screen of 1280 px (WCAG 2.2, 1.4.10).
NARROWEST = 320
# The shots at the border post of inject 4, in three languages.
EVENT = "e-f02ea665996e93bf"


@dataclass(frozen=True)
class Kind:
    """A kind of page: where one is found, its answer, and words that must stand on it."""

    name: str
    path: str
    words: str
    status: int = 200
    sent: str | None = None

    def open(self, opened: Tab, theme: str) -> None:
        """Opens the page in a theme and checks answer and words."""
        path = f"{self.path}{'&' if '?' in self.path else '?'}theme={theme}"
        status = opened.open(path) if self.sent is None else opened.post(path, self.sent)
        expect(status == self.status, f"{path} answers {status}, not {self.status}")
        text = " ".join(opened.page.inner_text("main").split())
        expect(self.words in text, f"`{self.words}` is not on the page:\n{text[:400]}")


@dataclass(frozen=True)
class Matter:
    """What the addresses of some kinds are made of: a decided proposal and one of its records."""

    number: str
    leaf: str


def kinds(matter: Matter) -> list[Kind]:
    """Returns every kind of page."""
    late = f"kind=position&about={matter.leaf}&t.position=no&t.paragraphs=1&back=/cases/{matter.number}"
    return [
        Kind("watch", "/", "Who has not answered"),
        Kind("wall", "/?wall=1", "Who has not answered"),
        Kind("cases", "/cases?state=all", "Border post 4 fired at"),
        Kind("case", "/cases/C-1", "Who stands where"),
        Kind("decision", f"/cases/{matter.number}", "adopted"),
        Kind("decisions", "/decisions", "veche certificate verify"),
        Kind("registers", "/registers", "Pledges"),
        Kind("register", "/registers/pledges", "engineer company"),
        Kind("logs", "/log", "two histories"),
        Kind("log", "/log/halcis", "six-rivers.example/halcis/1"),
        Kind("record", f"/records/{matter.leaf}", "signature checked"),
        Kind("peers", "/peers", "Each party's own node"),
        Kind("withheld", "/withheld", "without their content"),
        Kind("exercise", "/exercise", "Score sheet"),
        Kind("picture", "/picture", "Reports by area"),
        Kind("forecasts", "/forecast", "of 25 deaths or more"),
        Kind("forecast", "/forecast/gw:9002", "Past forecasts against what came"),
        Kind("alarms", "/alarms", "waits for an analyst"),
        Kind("alarm", "/alarms/violence/gw:9004/2027-02", "nothing is sent until a person signs it"),
        Kind("events", "/events", "Drennish soldiers"),
        Kind("event", f"/events/{EVENT}", "who is acted upon"),
        Kind("events-none", "/events?type=SANCTION", "No event is like this"),
        Kind("tournament", "/tournament", "Harbour Institute"),
        Kind("round", "/tournament/from-2026-10", "of 18 cells are known"),
        Kind(
            "draw",
            "/tournament/from-2027-02/gw:9002?institute=E&q05=0&q25=10&q50=40&q75=100&q95=400",
            "63 %",
        ),
        Kind("search", "/search?q=water", "water"),
        Kind("nothing-found", "/search?q=zzzz", "Nothing was found"),
        Kind("refused", "/act", "Refused by article", 422, late),
        Kind("not-found", "/cases/P-99", "There is no matter", 404),
        Kind("unknown-parameter", "/cases?colour=red", "This page knows", 400),
    ]


class Gallery:
    """Looks at every kind in each theme, width and with and without scripts, and keeps pictures."""

    def __init__(
        self,
        browser: Browser,
        address: str,
        shots: Path,
        every: bool,
        cookies: list[Cookie] | None = None,
    ) -> None:
        self._browser = browser
        self._cookies = cookies
        self._address = address
        self._shots = shots
        self._every = every
        shots.mkdir(parents=True, exist_ok=True)

    def look(self, tally: Tally, all_kinds: list[Kind]) -> None:
        for theme, scripts in product(("light", "dark"), (True, False)):
            with tab(self._browser, self._address, scripts, self._cookies) as opened:
                for kind in all_kinds:
                    name = f"{kind.name}, {theme}, {'with' if scripts else 'without'} scripts"
                    tally.case(name, partial(self._look, opened, kind, theme))

    def _look(self, opened: Tab, kind: Kind, theme: str) -> None:
        opened.forget()
        opened.run_scripts(opened.scripts)
        kind.open(opened, theme)
        # The page stays as it came; only what measures it runs from here on.
        opened.run_scripts(True)
        for width, height in (DESKTOP, PHONE):
            check_width(opened.page, width, height)
            check_targets(opened.page)
            if self._is_judged(theme, width, opened.scripts):
                check_axe(opened.page)
            if opened.scripts:
                path = self._shots / f"{kind.name}-{theme}-{width}.png"
                opened.page.screenshot(path=path, full_page=True)
        check_width(opened.page, NARROWEST, PHONE[1])
        check_targets(opened.page)
        opened.check_calm()

    def _is_judged(self, theme: str, width: int, scripts: bool) -> bool:
        """axe takes seconds: each pair of theme, width and scripts is met in four of the eight, unless all are asked for."""
        is_odd = (theme == "dark") ^ (width == PHONE[0]) ^ (not scripts)
        return self._every or not is_odd
