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
        self.pending: list[Event] = []
        self.steps: list[str] = []
        self.ran_out: dict[str, Any] | None = None
        self._enter(machine["start"], start, None, set(), set())

    def _enter(self, state: str, at: int, verdict: rules.Verdict | None, excluded: set[str], waived: set[str]) -> None:
        need(state in self.machine["states"], f"charter: no state `{state}`")
        self.state, self.entered, self.verdict = state, at, verdict
        self.excluded, self.waived = excluded, waived
        self.here: dict[str, Any] = self.machine["states"][state]
        self.counts: dict[int, set[str]] = {}
        self.contested, self.contested_over = None, FOREVER
        if self.here.get("fresh"):
            self.positions = {}
        self.due = self.deadline()

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

    def _reached(self, party: str) -> int:
        """Returns when a party has had the text as long as the clock asks for."""
        has = self._has_text_at(party)
        return has if has >= FOREVER else self.charter.add(has, self.here["clock"]["unreached"]["after"])

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
            wanted = self._reached(each)
            if start != "tabled" and has < FOREVER:
                wanted = max(wanted, self._end(max(has, self.entered)))
            ends[each] = wanted
        last = min(limit, max([end, *ends.values()]))
        if start == "own_receipt" and party in ends:
            last = min(limit, ends[party])
        late = [p for p in self._concerned() if self._reached(p) > last]
        return last, late

    def _run_out(self, at: int, late: list[str]) -> None:
        """Lets the clock run out at its deadline."""
        timeout, way, left = self.here["timeout"], self._way_with(late), self.here
        excluded = set(late) if way == "exclude" else set()
        if way == "block":
            to, verdict = self.here["clock"]["unreached"]["to"], None
        elif isinstance(timeout, str):
            to, verdict = timeout, None
        else:
            to, verdict = self._ask(timeout, at, excluded, {}, timeout["pass"])
        self.steps.append(f"blocked: {to}" if way == "block" else f"time: {to}")
        self.ran_out = left
        self._enter(to, at, verdict, excluded, set() if way == "block" else set(late))

    def _way_with(self, late: list[str]) -> str | None:
        """Returns what becomes of those whom the text has not reached at the deadline; None if it reached all."""
        if not late:
            return None
        unreached = self.here["clock"]["unreached"]
        then = unreached.get("then", "extend")
        way = unreached.get("finally", "block") if then == "extend" else then
        need(way in ("block", "counts", "exclude"), f"charter: {way!r} is not a way with the unreached")
        return str(way)

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
        self.pending = list(events)
        for event in self.pending:
            if event.pos is not None and event.ev != "ruling":
                self.first_position.setdefault(event.by, event.hi)
        self.due = self.deadline()
        while self.pending:
            self._take(self.pending.pop(0))
        self._clocks(until)

    def _clocks(self, now: int) -> None:
        """Lets every clock run out that ends at or before `now`; what straddles its end is taken before it does."""
        # A state entered by timeout has a later deadline or none; the bound is for a charter that loops in no time.
        for _ in range(10_000):
            due = self.due
            if self.contested or due is None or due[0] > now:
                return
            waiting = (n for n, e in enumerate(self.pending) if e.lo < due[0] <= e.hi and self._has_effect(e))
            number = next(waiting, None)
            if number is None:
                self._run_out(*due)
            else:
                self._take(self.pending.pop(number))
        raise Invalid("charter: clocks that run out without end")

    def _has_effect(self, event: Event) -> bool:
        """Whether the present state would note an event or move by it."""
        match = self._match(event)
        return not isinstance(match, str) or match == "recorded"

    def _take(self, event: Event) -> None:
        self._clocks(event.lo)
        straddles = self.due is not None and event.lo < self.due[0] <= event.hi
        if straddles and not self._has_effect(event):
            # Before the deadline it would do nothing: it is taken after it, or refused as it was before it.
            refusal = self._match(event)
            self._clocks(event.hi)
            if isinstance(refusal, str) and refusal.startswith("refused: for ") and not self._has_effect(event):
                self.steps.append(refusal)
                return
        if self.contested is not None:
            if event.ev != "ruling":
                self.steps.append("late" if event.lo >= self.contested_over else "contested")
                return
            end = None
        else:
            end = self._own_end(event.by)
        match = self._match(event)
        if isinstance(match, str) and match != "recorded":
            self.steps.append(match)
        elif end is None or event.hi < end:
            self._in_time(event, match)
        elif event.lo >= end:
            self.steps.append("late")
        elif not self._may_be_contested():
            self._in_time(event, match)
        else:
            self._straddling(event, match, end)

    def _may_be_contested(self) -> bool:
        """Whether a step here may be left open: not in a register in which nobody may rule (page, Time)."""
        decides = any("outcome" in state for state in self.machine["states"].values())
        rules_here = any(t["ev"] == "ruling" for t in self.here.get("on", []))
        return decides or rules_here or self.machine.get("contested") == "held"

    def _own_end(self, party: str) -> int | None:
        """Returns up to when a party's acts are in time."""
        own = self.deadline(party)
        return None if own is None else own[0]

    def _in_time(self, event: Event, match: tuple[int, dict[str, Any]] | str) -> None:
        if isinstance(match, str):
            self._record(event)
            self.steps.append(match)
        else:
            self._move(event, *match)

    def _straddling(self, event: Event, match: tuple[int, dict[str, Any]] | str, end: int) -> None:
        """An event that may have come in time: contested, if the result could turn on it."""
        if not isinstance(match, str):
            number, wanted = match[0], int(match[1].get("need", 1))
            parties = self.counts.setdefault(number, set())
            if len(parties | {event.by}) < wanted:
                parties.add(event.by)
                self.steps.append(f"{len(parties)} of {wanted}")
                return
        elif not self._turns(event, end):
            self.steps.append("late")
            return
        self.contested, self.contested_over = event, end
        self.steps.append("contested")

    def _turns(self, event: Event, at: int) -> bool:
        """Whether the rule at the clock's end gives another result, or binds others, with the event's position."""
        timeout = self.here.get("timeout")
        if not isinstance(timeout, dict) or event.pos is None:
            return False
        late = self.due[1] if self.due else []
        excluded = set(late) if self._way_with(late) == "exclude" else set()
        before = self._ask(timeout, at, excluded, {}, timeout["pass"])
        after = self._ask(timeout, at, excluded, {event.by: event.pos}, timeout["pass"])
        return (before[0], before[1].binds) != (after[0], after[1].binds)

    def _match(self, event: Event) -> tuple[int, dict[str, Any]] | str:
        """Returns the first transition that an event matches, or why there is none (steps 2 to 5)."""
        roles, on = self.setting.roles_at(event.hi), self.here.get("on", [])
        is_for_others, ruling = False, event.ev == "ruling"
        if ruling and self.contested is None:
            on = []
        for number, transition in enumerate(on):
            if transition["ev"] != event.ev or ("pos" in transition and event.pos not in names(transition["pos"])):
                continue
            own_cause = ruling and self.contested is not None and self.contested.by == event.by
            if self.charter.fits(transition.get("by"), event.by, roles) and not own_cause:
                return number, transition
            is_for_others = True
        if is_for_others:
            return self._for_others(event)
        if self.here.get("final"):
            return "late" if self._was_known(event) else "refused: final"
        same = [t for t in on if t["ev"] == event.ev]
        asks = isinstance(self.here.get("timeout"), dict) or any("rule" in t for t in on)
        if event.pos is not None and not ruling and (same or asks):
            member = self.charter.fits(None, event.by, roles)
            if member or any(self.charter.fits(t.get("by"), event.by, roles) for t in same):
                return "recorded"
            if same:
                return self._for_others(event)
        return "late" if self._was_known(event) else "refused: no such event here"

    def _for_others(self, event: Event) -> str:
        """Returns the refusal of an event that is not its author's, with all who may."""
        actors = {t.get("by", "status:member") for t in self.here.get("on", []) if t["ev"] == event.ev}
        return "refused: for " + " or ".join(sorted(actors))

    def _was_known(self, event: Event) -> bool:
        """Whether the state that just ran out would have known an event: it lists it, or asks a rule of positions."""
        if self.ran_out is None:
            return False
        on = self.ran_out.get("on", [])
        asks = isinstance(self.ran_out.get("timeout"), dict) or any("rule" in t for t in on)
        return any(t["ev"] == event.ev for t in on) or (event.pos is not None and asks)

    def _record(self, event: Event) -> None:
        if event.pos is not None and event.ev != "ruling":
            self.positions[event.by] = (event.pos, event.record)

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
