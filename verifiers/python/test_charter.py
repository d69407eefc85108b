"""The language's vectors (charters/conform) and the cases of the shipped charters (charters/*/cases)."""

import json
import os
import re
import sys
import tomllib
import unittest
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from veche_verify import charter, rules  # noqa: E402
from veche_verify.charter import Charter  # noqa: E402
from veche_verify.machines import Event, Run, Setting  # noqa: E402
from veche_verify.record import read_time, write_time  # noqa: E402

CHARTERS = Path(__file__).parents[2] / "charters"
CONFORM = CHARTERS / "conform" / "vectors.json"
#: Where the program left inputs that it drew, with its answers (`cargo xtask test` does).
DRAWN = Path(os.environ["VECHE_DRAWN"]) if "VECHE_DRAWN" in os.environ else None
START = read_time("2026-11-22T06:00:00Z")
#: Start of a case that names none.
CASE_START = "2026-11-22T05:00:00Z"


def naive(text: str) -> str:
    """Writes months as 720 h and working days as 24 h, as the vectors count them."""
    text = re.sub(r'"(\d+)mo"', lambda match: f'"{int(match[1]) * 720}h"', text)
    return re.sub(r'"(\d+)wd"', lambda match: f'"{int(match[1]) * 24}h"', text)


@unittest.skipUnless(CONFORM.exists(), f"no {CONFORM}")
class Conformance(unittest.TestCase):
    def setUp(self) -> None:
        self.vectors = json.loads(CONFORM.read_text(encoding="utf-8"))
        self.tables = tomllib.loads(naive(CONFORM.with_name("charter.toml").read_text(encoding="utf-8")))

    def charter(self, parties: str) -> Charter:
        """Returns the conformance charter with the parties of a vector."""
        listed = {}
        for name, party in self.vectors["parties"][parties].items():
            status, tags = party.get("status", "member"), party.get("tags", [])
            listed[name] = {"status": status, "tags": tags, "weights": {"pop": party.get("pop", 0)}}
        statuses = {entry["status"]: {"may": ["*"]} for entry in listed.values()} | self.tables["statuses"]
        return charter.from_tables(self.tables | {"parties": listed, "statuses": statuses, "organs": {}}, "0" * 64)

    def test_rules_give_what_the_vectors_say(self) -> None:
        cases = self.vectors["rules"] + self.vectors["generated"]["rules"]
        self.assertEqual(len(cases), 539)
        for number, case in enumerate(cases):
            with self.subTest(number, rule=case["rule"], note=case.get("note")):
                read = self.charter(case["parties"])
                rule = read.rules[case["rule"]]
                verdict = rules.ask(read, rule, case["pos"], case["roles"], case.get("mode"))
                self.assertEqual(verdict.result, case["expect"])
                if "bound" in case:
                    self.assertEqual(sorted(verdict.binds), sorted(case["bound"]))

    def test_machines_end_where_the_vectors_say(self) -> None:
        cases = self.vectors["machines"] + self.vectors["generated"]["machines"]
        self.assertEqual(len(cases), 210)
        for number, case in enumerate(cases):
            with self.subTest(number, machine=case["machine"], note=case.get("note")):
                read = self.charter(case["parties"])
                run = Run(read.machines[case["machine"]], Setting(read, case["roles"]), START)
                run.play((self.event(step) for step in case["trace"]), START + round(case["horizon"] * 3600))
                self.assertEqual(run.state, case["expect"])

    @staticmethod
    def event(step: dict[str, Any]) -> Event:
        at = START + round(step["t"] * 3600)
        return Event(step["ev"], step["by"], at, at, step.get("pos"))


def clock(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 3600 + int(minutes) * 60


def cases_of(what: str) -> list[tuple[Charter, dict[str, Any]]]:
    """Returns the cases of all shipped charters about a rule, or about a machine, each with its charter."""
    found = []
    for folder in sorted(path.parent for path in CHARTERS.glob("*/cases")):
        read = charter.read((folder / "charter.toml").read_bytes())
        for file in sorted((folder / "cases").glob("*.toml")):
            found += [(read, case) for case in tomllib.loads(file.read_text(encoding="utf-8"))["case"]]
    return [(read, case) for read, case in found if what in case]


def ascending(step: str) -> str:
    """Returns a step with the statuses that it names in the order of their names, as cases write them."""
    return re.sub(r"status:(\S+)", lambda match: "status:" + "|".join(sorted(match[1].split("|"))), step)


def drawn(what: str) -> Iterator[tuple[Charter, dict[str, Any]]]:
    """Yields what the program drew and answered, for whoever reads the pages to answer the same."""
    for file in sorted(DRAWN.glob("*.json")) if DRAWN else []:
        read = charter.read((CHARTERS / file.stem / "charter.toml").read_bytes())
        for case in json.loads(file.read_bytes()):
            if what in case:
                yield read, case


@unittest.skipUnless(list(CHARTERS.glob("*/cases/*.toml")), f"no cases in {CHARTERS}")
class Cases(unittest.TestCase):
    def test_rules(self) -> None:
        self.check_rules(cases_of("rule"))

    @unittest.skipUnless(DRAWN, "VECHE_DRAWN names no folder of inputs that the program drew")
    def test_drawn_rules(self) -> None:
        self.assertGreater(self.check_rules(drawn("rule")), 0)

    def check_rules(self, cases: Iterable[tuple[Charter, dict[str, Any]]]) -> int:
        number = 0
        for number, (read, case) in enumerate(cases, 1):
            with self.subTest(case["name"]):
                positions = {p: position for position, parties in case["given"].items() for p in parties}
                roles = {role: charter.names(held) for role, held in case.get("roles", {}).items()}
                verdict = rules.ask(read, read.rules[case["rule"]], positions, roles)
                self.assertEqual(verdict.result, case["then"]["result"])
                if "binds" in case["then"]:
                    self.assertEqual(sorted(verdict.binds), case["then"]["binds"])
        return number

    def run_case(self, read: Charter, case: dict[str, Any]) -> tuple[Run, int]:
        roles = {role: charter.names(held) for role, held in case.get("roles", {}).items()}
        organ = case.get("organ") or read.chaired_organ({})
        start = read_time(case.get("start", CASE_START))
        terms = {"urgency": case.get("urgency")} | case.get("durations", {})
        for name, at in case.get("times", {}).items():
            terms[name] = write_time(start + clock(at))
        receipts = {party: start for party in read.parties}
        for party, at in case.get("receipts", {}).items():
            receipts[party] = charter.FOREVER if at == "never" else start + clock(at)
        run = Run(read.machines[case["machine"]], Setting(read, roles, organ, terms, receipts), start)
        events = []
        for when in case.get("when", []):
            hi = start + clock(when["at"])
            lo = start + clock(when["not_before"]) if "not_before" in when else hi
            events.append(Event(when["ev"], when["by"], lo, hi, when.get("pos")))
        # Without a time of looking, only what comes in shows that a clock has run out.
        run.play(events, start + clock(case["now"]) if "now" in case else 0)
        return run, start

    def test_machines(self) -> None:
        self.check_machines(cases_of("machine"))

    @unittest.skipUnless(DRAWN, "VECHE_DRAWN names no folder of inputs that the program drew")
    def test_drawn_machines(self) -> None:
        self.assertGreater(self.check_machines(drawn("machine")), 0)

    def check_machines(self, cases: Iterable[tuple[Charter, dict[str, Any]]]) -> int:
        number = 0
        for number, (read, case) in enumerate(cases, 1):
            with self.subTest(case["name"], case=case):
                run, start = self.run_case(read, case)
                then = case["then"]
                if "state" in then:
                    self.assertEqual(run.state, then["state"])
                if "steps" in then:
                    steps = then["steps"] if isinstance(then["steps"], list) else [then["steps"]]
                    self.assertEqual([ascending(step) for step in run.steps], steps)
                if "contested" in then:
                    self.assertEqual(run.contested.by if run.contested else "no", then["contested"])
                if "binds" in then:
                    self.assertEqual(sorted(run.verdict.binds) if run.verdict else [], then["binds"])
                if "deadline" in then:
                    due = run.deadline()
                    wanted = None if then["deadline"] == "none" else start + clock(then["deadline"])
                    self.assertEqual(due and due[0], wanted)
                    if "unreached" in then and due:
                        self.assertEqual(due[1], then["unreached"])
        return number


class Time(unittest.TestCase):
    def setUp(self) -> None:
        tables = {
            "charter": dict.fromkeys(charter.HEAD.split(), "plain"),
            "witnessing": {"by": ["member"], "quorum": 1, "colluding": 0},
            "calendars": {
                "plain": {
                    "working_days": ["mon", "tue", "wed", "thu", "fri"],
                    "zone": "+02:00",
                    "holidays": ["2027-03-08"],
                }
            },
        }
        self.read = charter.from_tables(tables, "0" * 64)

    def check(self, start: str, span: str, end: str) -> None:
        self.assertEqual(write_time(self.read.add(read_time(start), span)), end)

    def test_hours_and_days_are_fixed(self) -> None:
        self.check("2026-11-22T05:42:10Z", "36h", "2026-11-23T17:42:10Z")
        self.check("2026-11-22T05:42:10Z", "2d", "2026-11-24T05:42:10Z")

    def test_a_month_ends_on_the_same_local_day_or_the_last(self) -> None:
        self.check("2026-08-31T10:00:00Z", "6mo", "2027-02-28T10:00:00Z")
        # 23:00 UTC is the next day at +02:00, so the month is counted from the first.
        self.check("2026-01-31T23:00:00Z", "1mo", "2026-02-28T23:00:00Z")
        self.check("2028-02-29T10:00:00Z", "1y", "2029-02-28T10:00:00Z")

    def test_working_days_skip_weekends_and_holidays(self) -> None:
        self.check("2027-03-05T12:00:00Z", "1wd", "2027-03-09T12:00:00Z")
        self.check("2027-03-06T12:00:00Z", "2wd", "2027-03-10T12:00:00Z")


if __name__ == "__main__":
    unittest.main()
