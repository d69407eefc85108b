"""A visitor who takes a seat, speaks for it, is refused, and changes how the exercise goes."""

from playwright.sync_api import Browser, Page

from chromium import Tab, tab
from demo import Demo
from story import MATTER, await_inject
from tally import expect

# A seat that is silent in the script, so that its objection is news.
SEAT = "tamrin/duty"
SEAT_NAMED = "Tamrin"
# The inject at which the script expects a decision on what the visitor has touched.
CHANGED = 25
# The paragraph that it opposes in time, and the one that is decided when it comes again.
OPPOSED, DECIDED = 2, 1
# The inject whose objection the visitor makes needless.
LEFT_OUT = 24
# The form with which a seat objects.
OBJECT = "form[action='/act']:has(input[name='t.position'][value='no'])"


class Visitor:
    """One visitor in one browser, with scripts or without."""

    def __init__(self, browser: Browser, demo: Demo, scripts: bool) -> None:
        self._browser = browser
        self._demo = demo
        self._scripts = scripts

    def act(self) -> None:
        """Takes a seat, objects in time, then once more too late: the first counts, the second is refused by its article."""
        with tab(self._browser, self._demo.address, self._scripts) as opened:
            self._take_seat(opened)
            self._object(opened.page, OPPOSED, "The wells on this side are low, too.")
            opened.page.wait_for_selector(".flash.good")
            self._check_matrix(opened)
            # A second window at the controls, while the form stays open in the first.
            opened.open("/")
            with tab(self._browser, self._demo.address, self._scripts) as other:
                self._step_to(other, CHANGED)
                self._object(opened.page, DECIDED, "And once more.")
                self._check_refused(opened.page)
                self._check_changed(other)

    def _take_seat(self, opened: Tab) -> None:
        opened.open("/")
        opened.page.click(".seat summary")
        opened.page.click(f".seat-choice[value='{SEAT}']")
        opened.page.wait_for_selector(f".seat summary:has-text('{SEAT_NAMED}')")
        expect(f"Due from {SEAT_NAMED}" in opened.page.inner_text("main"), "the page is not the seat's own")

    def _object(self, page: Page, paragraph: int, reason: str) -> None:
        due = page.locator("li[data-row]", has=page.locator(f"a[href='/cases/{MATTER}']"))
        due.locator("summary.grave").click()
        form = due.locator(OBJECT)
        for box in form.locator("input[name='t.paragraphs']").all():
            box.set_checked(box.get_attribute("value") == str(paragraph))
        form.locator("textarea").first.fill(reason)
        form.locator(".button").click()

    def _check_matrix(self, opened: Tab) -> None:
        opened.open(f"/cases/{MATTER}")
        row = opened.page.locator(".matrix tr.own", has_text="object").first.inner_text()
        expect(SEAT_NAMED in row, f"the objection does not stand in the matrix: `{row}`")

    def _step_to(self, opened: Tab, number: int) -> None:
        opened.open("/exercise")
        for inject in range(LEFT_OUT, number + 1):
            opened.page.click("button[data-step]")
            await_inject(opened.page, self._demo.address, inject)

    def _check_refused(self, page: Page) -> None:
        page.wait_for_selector("h1:has-text('The charter does not allow this')")
        said = " ".join(page.inner_text("main").split())
        expect("Refused by article 7" in said, f"no article is shown:\n{said}")
        expect(bool(page.inner_text(".refusal q").strip()), f"the article is not quoted:\n{said}")

    def _check_changed(self, opened: Tab) -> None:
        opened.open("/exercise")
        row = opened.page.inner_text(f"#inject-{CHANGED}")
        expect("changed by you" in row, f"inject {CHANGED} is not marked as changed: `{row}`")
        said = opened.page.inner_text(f"#inject-{LEFT_OUT}")
        expect("left out after what you did" in said, f"inject {LEFT_OUT} is not left out: `{said}`")
        score = opened.page.inner_text(".score")
        expect(" 0 changed by you" not in score and "▲ 0 not" in score, f"it is scored: `{score}`")
