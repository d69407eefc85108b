"""A party's own node with drafts in every stage, as an operator makes one: what the demonstration has not."""

import json
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

from playwright.sync_api import Browser, Cookie

from chromium import tab
from demo import Demo
from kinds import Kind
from tally import expect

CHARTER = Path(__file__).parents[2] / "charters" / "two-banks" / "charter.toml"
REPORT = {"title": "River at 4.2 m", "text": "Rising at the quay since the morning."}
NOTES = "Say no more than this. The northern quay is not mentioned before the council has met."
ROLES = 'four_eyes = true\n[roles]\ndraft = ["duty"]\napprove = ["delegate"]\nsign = ["duty"]\n'
PASSPHRASE = "--passphrase-file pass.txt"


def kinds() -> list[Kind]:
    """Returns the kinds of pages that only a party's own node has, as the officer who approves sees them."""
    return [Kind("drafts", "/drafts", "Instructions from the capital")]


class Delegation(Demo):
    """`veche node run` over such a node while a `with` block runs."""

    def __init__(self, veche: Path) -> None:
        super().__init__(veche)
        self._folder = tempfile.TemporaryDirectory(prefix="veche-delegation-")
        self._links: dict[str, str] = {}

    def __enter__(self) -> "Delegation":
        self._make()
        self._run()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()
        self._folder.cleanup()

    def start_again(self, browser: Browser) -> None:
        """Ends the node under an open page, which says that it is not connected, and starts it: then that one signs in anew, and how."""
        cookies = self.sign_in(browser, "arven/duty")
        with tab(browser, self.address, scripts=True, cookies=cookies) as opened:
            opened.open("/")
            self.end()
            opened.page.wait_for_selector("#gone:visible")
            expect(not opened.page.is_visible("#out"), "signed out, while nobody can know that")
            self._run()
            opened.page.wait_for_selector("#out:visible")
            expect(not opened.page.is_visible("#gone"), "not connected, though the node answers")
            said = opened.page.inner_text("#out")
            expect("Open the new link that it printed when it started" in said, f"it does not say how: {said}")
            opened.page.click("#out a")
            opened.page.wait_for_selector("main h1:has-text('Sign in')")
            # Chromium reports each answer that did not come, or was none.
            opened.forget()
        self.sign_in(browser, "arven/duty")

    def sign_in(self, browser: Browser, seat: str) -> list[Cookie]:
        """Signs in by the link, which works once, and returns the session for other tabs."""
        with tab(browser, self.address, scripts=False) as opened:
            opened.open(self._links.pop(seat).removeprefix(self.address))
            opened.page.locator("main button").click()
            opened.page.wait_for_load_state()
            return opened.cookies()

    def _run(self) -> None:
        """Starts the node, at the same address if it had one, and takes its links."""
        port = f"--port {self.address.rsplit(':', 1)[1]}" if self.address else ""
        arguments = f"--json node run --store arven.db --officers duty,delegate {port} {PASSPHRASE}"
        self.start(arguments.split(), self._folder.name)
        try:
            links = json.loads(self._line("{"))["links"]
            self._links = {link["seat"]: link["url"] for link in links}
            self.address = links[0]["url"].split("/sign-in")[0]
        except BaseException:
            self.end()
            raise

    def _make(self) -> None:
        """Makes keys, charter, store; then a draft that is signed, one that is approved, two that are not."""
        place = Path(self._folder.name)
        (place / "pass.txt").write_text("one two three four\n")
        (place / "roles.toml").write_text(ROLES)
        (place / "report.json").write_text(json.dumps(REPORT))
        (place / "notes.txt").write_text(NOTES)
        for party, officers in (("arven", "duty,delegate"), ("belm", "duty"), ("office", "duty")):
            named = f"--organisation two-banks.example --party {party} --officers {officers}"
            table = self._veche(f"node keys {named} --folder keys-{party} {PASSPHRASE}")
            (place / f"{party}.toml").write_text(table)
        keys = "--keys arven.toml --keys belm.toml --keys office.toml"
        self._veche(f"node genesis {CHARTER} {keys} --out genesis.toml")
        self._veche("node init --charter genesis.toml --party arven --keys keys-arven --store arven.db")
        self._veche("draft roles --store arven.db --set roles.toml")
        for notes in ("--notes notes.txt", "", "--notes notes.txt", ""):
            self._draft(f"new --kind report --terms report.json {notes}", "duty")
        shown = json.loads(self._veche("--json draft show 1 --store arven.db"))
        for draft in (1, 2):
            self._draft(f"approve {draft} --content {shown['content']}", "delegate")
        self._draft("sign 1", "duty")
        found = json.loads(self._veche("--json search river --store arven.db"))
        about = found["hits"][0]["record"]
        self._draft(f"instruct {about} --text notes.txt", "delegate")

    def _draft(self, verb: str, officer: str) -> None:
        self._veche(f"draft {verb} --store arven.db --officer {officer} {PASSPHRASE}")

    def _veche(self, arguments: str) -> str:
        done = subprocess.run(
            [self.veche, *arguments.split()],
            cwd=self._folder.name,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        expect(done.returncode == 0, f"veche {arguments}: {done.stderr}")
        return done.stdout
