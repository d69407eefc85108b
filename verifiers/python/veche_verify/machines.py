"""Machines: formats/charter.md section 7. One run of one machine over events with two bounds of time."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from . import rules
from .charter import FOREVER, Charter, _time, names
from .errors import Invalid, need


@dataclass(frozen=True)
class Event:
    """What a record does to a machine: not before `lo`, at the latest `hi`."""

    ev: str
    by: str
    lo: int
    hi: int
    pos: str | None = None
    record: str = ""


@dataclass
class Setting:
    """What a machine is given from outside: roles, what opened it, and when each party had that."""

    charter: Charter
    roles: dict[str, list[str]]
    organ: str | None = None
    terms: dict[str, Any] = field(default_factory=dict)
    receipts: dict[str, int] = field(default_factory=dict)

    def roles_at(self, at: int) -> dict[str, list[str]]:
        """Returns the holders of all roles, with the chair of that time."""
        return self.roles if self.organ is None else {**self.roles, "chair": self.charter.chair(self.organ, at)}


def span_end(setting: Setting, clock: Any, start: int) -> int:
    """Returns when a clock, or what a duty is due within, has run its span."""
    clock = {"span": clock} if isinstance(clock, str) else clock
    charter, calendar, terms = setting.charter, clock.get("calendar"), setting.terms
    if "span" in clock:
        return charter.add(start, clock["span"], calendar)
    if "class" in clock:
        table = charter.calendars[calendar or charter.head["calendar"]]["classes"][clock["class"]]
        word = terms.get("urgency")
        if isinstance(word, str) and word in table:
            return charter.add(start, table[word], calendar)
        return max(charter.add(start, span, calendar) for span in table.values())
    value = terms.get(clock["field"])
    need(value is not None, f"charter: the clock reads `{clock['field']}`, which is missing")
    fixed = isinstance(value, str) and "T" in value
    end = _time(value) if fixed else charter.add(start, value, calendar)
    return min(end, charter.add(start, clock["max"], calendar)) if "max" in clock else end


class Run:
    """A machine under way."""

    def __init__(self, machine: dict[str, Any], setting: Setting, start: int) -> None:
        self.machine, self.setting, self.charter = machine, setting, setting.charter
        self.positions: dict[str, tuple[str, str]] = {}
        self.first_position: dict[str, int] = {}
        self.contested: Event | None = None
        self.steps: list[str] = []
        self.ran_out: dict[str, Any] | None = None
        self._enter(machine["start"], start, None, set(), set())

    def _enter(self, state: str, at: int, verdict: rules.Verdict | None, excluded: set[str], waived: set[str]) -> None:
        need(state in self.machine["states"], f"charter: no state `{state}`")
        self.state, self.entered, self.verdict = state, at, verdict
        self.excluded, self.waived = excluded, waived
        self.here: dict[str, Any] = self.machine["states"][state]
        self.counts: dict[int, set[str]] = {}
        self.contested = None
        if self.here.get("fresh"):
            self.positions = {}

    # Clocks

    def _end(self, start: int) -> int:
        """Returns when the state's clock, started at `start`, has run its span."""
        return span_end(self.setting, self.here["clock"], start)

    def _concerned(self) -> list[str]:
        """Returns those whose receipt matters: eligible under the timeout's rule, else who may act."""
        timeout, roles = self.here["timeout"], self.setting.roles_at(self.entered)
        if isinstance(timeout, dict):
            return rules.eligible(self.charter, self.charter.rules[timeout["rule"]], roles, set())
        actors = [t.get("by") for t in self.here.get("on", [])]
        actors = [None if actor == "any" else actor for actor in actors]
        return [p for p in sorted(self.charter.parties) if any(self.charter.fits(a, p, roles) for a in actors)]

    def _has_text_at(self, party: str) -> int:
        times = (self.setting.receipts.get(party, FOREVER), self.first_position.get(party, FOREVER))
        return min(times)

    def deadline(self, party: str | None = None) -> tuple[int, list[str]] | None:
        """Returns when the clock runs out (for a party's own acts, if one is named), and who is unreached by then."""
        clock = self.here.get("clock")
        if clock is None:
            return None
        end = self._end(self.entered)
        if isinstance(clock, str) or "unreached" not in clock:
            return end, []
        unreached, start = clock["unreached"], clock.get("start", "tabled")
        extends = unreached.get("then", "extend") == "extend"
        limit = self.charter.add(end, unreached["max"]) if extends and "max" in unreached else end
        if start != "tabled" and not extends:
            # Counted from receipts and without extension: those who have the text at all set the end.
            limit = FOREVER
        ends = {}
        for each in self._concerned():
            has = self._has_text_at(each)
            if has >= FOREVER and not extends:
                continue
            wanted = self.charter.add(has, unreached["after"]) if has < FOREVER else FOREVER
            if start != "tabled" and has < FOREVER:
                wanted = max(wanted, self._end(max(has, self.entered)))
            ends[each] = wanted
        last = min(limit, max([end, *ends.values()]))
        if start == "own_receipt" and party in ends:
            last = min(limit, ends[party])
        late = [p for p in self._concerned() if self.charter.add(self._has_text_at(p), unreached["after"]) > last]
        return last, late

    def _run_out(self, at: int, late: list[str]) -> None:
        """Lets the clock run out at its deadline."""
        clock, timeout = self.here["clock"], self.here["timeout"]
        excluded: set[str] = set()
        waived: set[str] = set()
        if late:
            unreached = clock["unreached"]
            what = unreached.get("then", "extend")
            what = unreached.get("finally", "block") if what == "extend" else what
            if what == "block":
                self.ran_out = self.here
                self.steps.append(f"blocked: {unreached['to']}")
                return self._enter(unreached["to"], at, None, set(), set())
            need(what in ("counts", "exclude"), f"charter: {what!r} is not a way with the unreached")
            waived, excluded = set(late), set(late) if what == "exclude" else set()
        to, verdict = self._timeout(timeout, at, excluded, {})
        self.ran_out = self.here
        self.steps.append(f"time: {to}")
        return self._enter(to, at, verdict, excluded, waived)

    def _timeout(
        self, timeout: Any, at: int, excluded: set[str], extra: dict[str, str]
    ) -> tuple[str, rules.Verdict | None]:
        if isinstance(timeout, str):
            return timeout, None
        return self._ask(timeout, at, excluded, extra, timeout["pass"])

    def _ask(
        self, entry: dict[str, Any], at: int, excluded: set[str], extra: dict[str, str], passed: str
    ) -> tuple[str, rules.Verdict]:
        """Asks the rule of a transition or a timeout over the positions so far; returns where it leads."""
        held = {p: position for p, (position, _) in self.positions.items()} | extra
        rule, roles = self.charter.rules[entry["rule"]], self.setting.roles_at(at)
        verdict = rules.ask(self.charter, rule, held, roles, entry.get("mode"), excluded)
        fail = entry["fail"]
        ways = {"adopted": passed, "failed": fail, "no_quorum": entry.get("no_quorum", fail)}
        return ways[verdict.result], verdict

    # Events

    def play(self, events: Iterable[Event], until: int) -> None:
        """Takes the events in order, then lets the clocks run to `until`."""
        pending = list(events)
        while pending:
            self._clocks(pending[0].lo, pending)
            event = pending.pop(0)
            refusal = self._refused_here(event)
            if refusal is not None and not self.contested:
                # Before the deadline it would do nothing: it is taken after it, or refused as it was before it.
                self._clocks(event.hi, pending)
                still = self._refused_here(event, always=True)
                if still is not None and refusal.startswith("refused: for "):
                    self.steps.append(refusal)
                    continue
            self._take(event)
        self._clocks(until, [])

    def _clocks(self, now: int, pending: list[Event]) -> None:
        """Lets every clock run out that ends at or before `now`, unless an event to come contests it."""
        # A state entered by timeout has a later deadline or none; the bound is for a charter that loops in no time.
        for _ in range(10_000):
            due = self.deadline()
            if self.contested or due is None or due[0] > now:
                return
            for event in pending:
                own = self.deadline(event.by) or due
                if event.lo < own[0] <= event.hi and self._would_matter(event, own[0]):
                    self._contest(event)
                    return
            self._run_out(*due)
        raise Invalid("charter: clocks that run out without end")

    def _refused_here(self, event: Event, always: bool = False) -> str | None:
        """Returns why the present state would not take an event that straddles its deadline; None if it would."""
        due = self.deadline(event.by)
        if not always and (due is None or not event.lo < due[0] <= event.hi):
            return None
        match = self._match(event)
        return match if isinstance(match, str) and match != "recorded" else None

    def _contest(self, event: Event) -> None:
        self.contested = event
        self.steps.append("contested")

    def _match(self, event: Event) -> tuple[int, dict[str, Any]] | str:
        """Returns the first transition that an event matches, or why there is none (steps 2 to 5)."""
        roles, on = self.setting.roles_at(event.hi), self.here.get("on", [])
        refusal, ruling = "", event.ev == "ruling"
        if ruling and self.contested is None:
            on = []
        for number, transition in enumerate(on):
            if transition["ev"] != event.ev or ("pos" in transition and event.pos not in names(transition["pos"])):
                continue
            own_cause = ruling and self.contested is not None and self.contested.by == event.by
            if self.charter.fits(transition.get("by"), event.by, roles) and not own_cause:
                return number, transition
            refusal = refusal or "refused: for " + transition.get("by", "status:member")
        if refusal:
            return refusal
        if self.here.get("final"):
            return "late" if self._was_known(event) else "refused: final"
        same = [t for t in on if t["ev"] == event.ev]
        asks = isinstance(self.here.get("timeout"), dict) or any("rule" in t for t in on)
        if event.pos is not None and not ruling and (same or asks):
            member = self.charter.fits(None, event.by, roles)
            if member or any(self.charter.fits(t.get("by"), event.by, roles) for t in same):
                return "recorded"
            return "refused: for status:member"
        return "late" if self._was_known(event) else "refused: no such event here"

    def _was_known(self, event: Event) -> bool:
        """Whether the state that just ran out would have known an event: it lists it, or asks a rule of positions."""
        if self.ran_out is None:
            return False
        on = self.ran_out.get("on", [])
        asks = isinstance(self.ran_out.get("timeout"), dict) or any("rule" in t for t in on)
        return any(t["ev"] == event.ev for t in on) or (event.pos is not None and asks)

    def _would_matter(self, event: Event, at: int) -> bool:
        """Whether an event that straddles the deadline could change the result (page, Time)."""
        match = self._match(event)
        if isinstance(match, tuple):
            number, transition = match
            return len(self.counts.get(number, set()) | {event.by}) >= int(transition.get("need", 1))
        timeout = self.here.get("timeout")
        if match != "recorded" or not isinstance(timeout, dict) or event.pos is None:
            return False
        before = self._ask(timeout, at, set(), {}, timeout["pass"])
        after = self._ask(timeout, at, set(), {event.by: event.pos}, timeout["pass"])
        return (before[0], before[1].binds) != (after[0], after[1].binds)

    def _take(self, event: Event) -> None:
        due = self.deadline(event.by)
        if self.contested and event.ev != "ruling":
            return
        if not self.contested and due is not None and due[0] <= event.hi:
            if event.lo < due[0] and self._would_matter(event, due[0]):
                return self._contest(event)
            match = self._match(event)
            self.steps.append(match if isinstance(match, str) and match.startswith("refused") else "late")
            return None
        match = self._match(event)
        if isinstance(match, str):
            self.steps.append(match)
            if match == "recorded":
                self._record(event)
            return None
        return self._move(event, *match)

    def _record(self, event: Event) -> None:
        if event.pos is not None and event.ev != "ruling":
            self.positions[event.by] = (event.pos, event.record)
            self.first_position.setdefault(event.by, event.hi)

    def _move(self, event: Event, number: int, transition: dict[str, Any]) -> None:
        self._record(event)
        parties = self.counts.setdefault(number, set())
        parties.add(event.by)
        wanted = transition.get("need", 1)
        if len(parties) < wanted:
            self.steps.append(f"{len(parties)} of {wanted}")
            return
        to, verdict = transition["to"], None
        if "rule" in transition:
            to, verdict = self._ask(transition, event.hi, set(), {}, to)
        self.steps.append(f"to {to}")
        self.ran_out = None
        self._enter(to, event.hi, verdict, set(), set())
