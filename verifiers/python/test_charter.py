"""The language's vectors (charters/conform) and the cases of the shipped charters (charters/*/cases)."""

import json
import os
import re
import sys
import tomllib
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from veche_verify import acts, charter, duties, rules  # noqa: E402
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

SUBJECTS = ("rule", "machine", "act", "after", "label", "organ", "log")
#: Parties of a status that cases name one by one.
NAMED_MAX = 6


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


def since(start: int, at: int) -> str:
    return f"{(at - start) // 3600}:{(at - start) // 60 % 60:02}"


def cases_of(what: str) -> Iterator[tuple[Charter, dict[str, Any]]]:
    """Yields the cases of all shipped charters about something, and the inputs that the program drew, each with its charter."""
    for folder in sorted(path.parent for path in CHARTERS.glob("*/cases")):
        read = charter.read((folder / "charter.toml").read_bytes())
        for file in sorted((folder / "cases").glob("*.toml")):
            for case in tomllib.loads(file.read_text(encoding="utf-8"))["case"]:
                if is_about(what, case):
                    yield read, case
    yield from drawn(what)


def is_about(what: str, case: dict[str, Any]) -> bool:
    """Whether a case is about something: the first of all that it names (charter.md, Cases)."""
    return next(one for one in SUBJECTS if one in case) == what


def grouped(read: Charter, parties: list[str]) -> list[str]:
    """Returns a set of parties as cases write it."""
    found = []
    for status in sorted(read.statuses):
        of = read.of_status([status])
        within, without = [p for p in of if p in parties], [p for p in of if p not in parties]
        if len(within) <= NAMED_MAX or len(within) < len(without):
            found += within
        else:
            found.append(f"all of {status}" + (f" but {' '.join(without)}" if without else ""))
    return found


def ascending(step: str) -> str:
    """Returns a step with the statuses that it names in the order of their names, as cases write them."""
    return re.sub(r"status:(\S+)", lambda match: "status:" + "|".join(sorted(match[1].split("|"))), step)


def drawn(what: str) -> Iterator[tuple[Charter, dict[str, Any]]]:
    """Yields what the program drew and answered, for whoever reads the pages to answer the same."""
    for file in sorted(DRAWN.glob("*.json")) if DRAWN else []:
        read = charter.read((CHARTERS / file.stem / "charter.toml").read_bytes())
        for case in json.loads(file.read_bytes()):
            if is_about(what, case):
                yield read, case


@unittest.skipUnless(list(CHARTERS.glob("*/cases/*.toml")), f"no cases in {CHARTERS}")
class Cases(unittest.TestCase):
    @unittest.skipUnless(DRAWN, "VECHE_DRAWN names no folder of inputs that the program drew")
    def test_inputs_were_drawn(self) -> None:
        for what in ("rule", "machine", "act", "after"):
            self.assertTrue(any(drawn(what)), what)

    def test_rules(self) -> None:
        for read, case in cases_of("rule"):
            with self.subTest(case["name"]):
                positions = {p: position for position, parties in case["given"].items() for p in parties}
                roles = {role: charter.names(held) for role, held in case.get("roles", {}).items()}
                verdict = rules.ask(read, read.rules[case["rule"]], positions, roles)
                self.assertEqual(verdict.result, case["then"]["result"])
                if "binds" in case["then"]:
                    self.assertEqual(sorted(verdict.binds), case["then"]["binds"])

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
        for read, case in cases_of("machine"):
            with self.subTest(case["name"], case=case):
                run, start = self.run_case(read, case)
                then = case["then"]
                if "state" in then:
                    self.assertEqual(run.state, then["state"])
                here = run.machine["states"][run.state]
                if "outcome" in then:
                    self.assertEqual(here.get("outcome", "none"), then["outcome"])
                if "spawns" in then:
                    spawns = here.get("spawns")
                    told = f"{spawns['opens']} for each of {spawns['each']}" if spawns else ""
                    self.assertEqual(told, then["spawns"])
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

    def check(self, found: dict[str, Any], then: dict[str, Any]) -> None:
        """Compares what a case expects, but articles, which this verifier does not tell."""
        for key, expected in then.items():
            if key != "article":
                is_one = isinstance(found[key], list) and not isinstance(expected, list)
                self.assertEqual(found[key], [expected] if is_one else expected, key)

    def test_acts(self) -> None:
        for read, case in cases_of("act"):
            with self.subTest(case["name"]):
                act = read.acts[case["act"]]
                label = case.get("label") or acts.label_of(read, act)
                wanted = case.get("signed", act.get("signature", "officer"))
                count = case.get("officers", act.get("signatures", 1)) if wanted == "officer" else 1
                about = (case["about"], case.get("drill", False)) if "about" in case else acts.NOTHING
                about = acts.REFUSED if about[0] == "refused" else about
                roles = None
                if "roles" in case:
                    roles = {role: charter.names(held) for role, held in case["roles"].items()}
                terms = case.get("terms", {})
                said = acts.Statement(case["act"], case["by"], label, about, {wanted: count}, terms, roles)
                why = acts.objections(read, said)
                found: dict[str, Any] = {"verdict": "refused" if why else "admitted", "why": why, "label": "", "does": []}
                if not why:
                    found |= {"label": label, "does": acts.does(act, case["by"], terms)}
                self.check(found, case["then"])

    def test_duties(self) -> None:
        for read, case in cases_of("after"):
            with self.subTest(case["name"]):
                start = read_time(case.get("start", CASE_START))
                terms = {"urgency": case.get("urgency")} | case.get("durations", {})
                for name, at in case.get("times", {}).items():
                    terms[name] = write_time(start + clock(at))
                roles = {role: charter.names(held) for role, held in case.get("roles", {}).items()}
                lines: dict[str, list[str]] = {}
                owed = duties.owed(read, case["after"], case["by"], Setting(read, roles, None, terms), start)
                for owner, act, due, again in owed:
                    what = f"{act} by {since(start, due)}"
                    what += "" if again is None else f", again by {since(start, again)}"
                    lines.setdefault(what, []).append(owner)
                owes = [f"{what}: {', '.join(grouped(read, owners))}" for what, owners in sorted(lines.items())]
                self.check({"owes": owes}, case["then"])

    def test_labels(self) -> None:
        for read, case in cases_of("label"):
            with self.subTest(case["name"]):
                label, entry = case["label"], read.labels[case["label"]]
                readers = grouped(read, [p for p in read.parties if read.reads_label(p, label)])
                above = [other for other in sorted(read.labels) if other != label and read.at_least(label, other)]
                found = {
                    "readers": readers if "readers" in entry else ["everyone"],
                    "above": above,
                    "sealed": "yes" if entry.get("sealed") else "no",
                }
                self.check(found, case["then"])

    def test_organs(self) -> None:
        for read, case in cases_of("organ"):
            with self.subTest(case["name"]):
                organ = read.organs[case["organ"]]
                chair = read.chair(case["organ"], read_time(case.get("start", CASE_START)))
                seats = grouped(read, [p for p in read.parties if read.sits(p, organ["seats"])])
                found = {"seats": seats, "chair": "".join(chair), "below": organ.get("parent", "")}
                self.check(found, case["then"])

    def test_logs(self) -> None:
        for read, case in cases_of("log"):
            with self.subTest(case["name"]):
                table, owner = read.witnessing, case["log"]
                by = read.of_status(charter.names(table["by"]))
                witnesses = grouped(read, [p for p in by if p not in (owner, read.node_of(owner))])
                found = {"kept_by": read.node_of(owner), "witnesses": witnesses, "quorum": str(table["quorum"])}
                found["sure"] = str(max(0, table["quorum"] - table["colluding"]))
                self.check(found, case["then"])


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
