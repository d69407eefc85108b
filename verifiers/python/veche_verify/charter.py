"""A charter as data: formats/charter.md. Reads the tables; time, actors, seats, labels, chairs.

The loader's checks of sense (states that nobody reaches and the like) are left to the program that makes charters:
the hash of the file is the trusted input. What this verifier uses is checked where it is used.
"""

import hashlib
import re
import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from .canonical import is_int
from .errors import Invalid, need
from .keyring import Listed, LogKeys, listed
from .note import Key
from .record import read_time

BYTES_MAX = 1 << 20
FOLD = 1
DURATION = re.compile(r"([1-9][0-9]{0,4})(m|h|d|wd|mo|y)")
# The group in a label, after its `+group(`.
GROUP = re.compile(r"([0-9a-f]{32})\)")
ZONE = re.compile(r"([+-])(\d\d):(\d\d)", re.ASCII)
SECONDS = {"m": 60, "h": 3600, "d": 86_400}
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HEAD = "name title version organisation calendar default_label"
TABLES = "parties statuses organs labels acts rules machines duties calendars delegations alarms scales articles keys outside".split()
# The last second of the year 9999: what would end later never ends.
FOREVER = 253_402_300_799


def names(value: Any) -> list[str]:
    """Returns a list of names; a single text stands for a list of one, nothing for none."""
    if value is None:
        return []
    value = [value] if isinstance(value, str) else value
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise Invalid("charter: not a list of names")
    return value


def duration(text: Any) -> tuple[int, str]:
    """Reads a duration into its number and unit."""
    match = DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None or int(match[1]) > 40_000:
        raise Invalid(f"charter: {text!r} is not a duration")
    return int(match[1]), match[2]


@dataclass
class Charter:
    """The tables of a charter with the hash of its file."""

    hash: str
    head: dict[str, Any]
    witnessing: dict[str, Any]
    tables: dict[str, dict[str, Any]]
    reads: dict[tuple[str, str], bool] = field(default_factory=dict)

    def __getattr__(self, name: str) -> dict[str, Any]:
        if name in TABLES:
            return self.tables[name]
        raise AttributeError(name)

    # Parties

    def node_of(self, party: str) -> str:
        """Returns the party whose node keeps a party's log: its host, or itself."""
        return str(self.parties[party].get("hosted_by", party))

    def of_status(self, statuses: list[str]) -> list[str]:
        """Returns the parties of the statuses, by name."""
        return sorted(p for p, entry in self.parties.items() if entry["status"] in statuses)

    def members(self) -> list[str]:
        """Returns the parties of status `member`."""
        return self.of_status(["member"])

    def tags(self, party: str) -> list[str]:
        """Returns a party's tags."""
        return names(self.parties[party].get("tags"))

    def sits(self, party: str, seats: dict[str, Any]) -> bool:
        """Whether a party meets one of the three conditions of a table of seats (section 3)."""
        return (
            self.parties[party]["status"] in names(seats.get("status"))
            or bool(set(self.tags(party)) & set(names(seats.get("tags"))))
            or party in names(seats.get("parties"))
        )

    def fits(self, actor: str | None, party: str, roles: dict[str, list[str]]) -> bool:
        """Whether a party is an actor (page, Words); no actor is every member."""
        status = self.parties[party]["status"] if party in self.parties else None
        if actor is None:
            return status == "member"
        if actor == "any":
            return status is not None
        kind, _, wanted = actor.partition(":")
        if kind == "status":
            return status in wanted.split("|")
        if kind == "tag":
            return status is not None and bool(set(self.tags(party)) & set(wanted.split("|")))
        if kind == "party":
            return party in wanted.split("|")
        if actor.startswith("member:!"):
            return status == "member" and party not in roles.get(actor[8:], [])
        if actor.startswith("!"):
            return status is not None and party not in roles.get(actor[1:], [])
        return party in roles.get(actor, [])

    # Labels

    def has_groups(self) -> bool:
        """Whether some act makes groups."""
        return any("makes_group" in act for act in self.acts.values())

    def marking(self, label: str) -> tuple[str, str] | None:
        """Takes a label apart into a label of the charter and a group, which may be empty; nothing if it is unknown."""
        base, mark, rest = label.partition("+group(")
        group = GROUP.fullmatch(rest)
        if base not in self.labels or (mark and (group is None or not self.has_groups())):
            return None
        return base, group[1] if group else ""

    def at_least(self, label: str, floor: str) -> bool:
        """Whether a label is another or lies above it; with a group, also that it names the same."""
        (base, group), (low, wanted) = self.marking(label) or ("", ""), self.marking(floor) or ("", "")
        return bool(base and low) and wanted in ("", group) and self._lies_above(base, low)

    def _lies_above(self, label: str, floor: str) -> bool:
        above = names(self.labels[label].get("above"))
        return label == floor or any(self._lies_above(lower, floor) for lower in above)

    def reaches(self, party: str, label: str, of: str) -> bool:
        """Whether a party that reads what has label `of` reads what has `label`, by the labels alone."""
        (base, group), (low, wanted) = self.marking(label) or ("", ""), self.marking(of) or ("", "")
        same = group in ("", wanted)
        return label == of or not self.reads_label(party, low) or (same and self.reads_label(party, base))

    def reads_label(self, party: str, label: str) -> bool:
        """Whether a party reads a label of the charter: itself, and all below it."""
        if (party, label) not in self.reads:
            entry = self.labels[label]
            allowed = label in names(self.statuses[self.parties[party]["status"]].get("reads"))
            allowed = allowed or "readers" not in entry or self.sits(party, entry["readers"])
            below = all(self.reads_label(party, lower) for lower in names(entry.get("above")))
            self.reads[party, label] = allowed and below
        return self.reads[party, label]

    # Time

    def add(self, at: int, text: Any, calendar: str | None = None, times: int = 1) -> int:
        """Returns the time a duration after another (section 9), at most `FOREVER`."""
        number, unit = duration(text)
        number *= times
        if unit in SECONDS:
            return min(at + number * SECONDS[unit], FOREVER)
        table = self.calendars[calendar or self.head["calendar"]]
        zone = _zone(table.get("zone", "+00:00"))
        try:
            # `FOREVER`, of a text that somebody never had, is in the year 10000 east of Greenwich.
            local = datetime.fromtimestamp(at, zone)
            day = self._workday(local.date(), number, table) if unit == "wd" else _months(local.date(), number, unit)
            return min(int(datetime.combine(day, local.time(), zone).timestamp()), FOREVER)
        except (OverflowError, ValueError):
            return FOREVER

    @staticmethod
    def _workday(day: date, number: int, table: dict[str, Any]) -> date:
        holidays = {str(h) for h in table.get("holidays", [])}
        working = names(table["working_days"])
        need(set(working) & set(WEEK), "charter: a calendar without working days")
        while number:
            day += timedelta(days=1)
            number -= WEEK[day.weekday()] in working and day.isoformat() not in holidays
        return day

    def chair(self, organ: str, at: int) -> list[str]:
        """Returns who presides over an organ at a time: nobody, or one party."""
        chair = self.organs[organ].get("chair")
        if chair is None:
            return []
        order, start = names(chair["order"]), _time(chair["start"])
        low, high = 0, max(at - start, 0) // 60 + 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.add(start, chair["period"], None, middle) <= at else (low, middle)
        return [order[low % len(order)]]

    def chaired_organ(self, act: dict[str, Any]) -> str | None:
        """Returns the organ whose chair is role `chair` in what an act opens (certificate.md section 5, 7)."""
        if "organ" in act and "chair" in self.organs[act["organ"]]:
            return str(act["organ"])
        return next(
            (o for o in sorted(self.organs) if "chair" in self.organs[o] and "parent" not in self.organs[o]), None
        )

    # Keys

    def keyring(self) -> tuple[dict[str, LogKeys], dict[str, Key]]:
        """Returns the keys of each party's first log, and each party's witness key."""
        logs, witnesses = {}, {}
        for party, table in self.keys.items():
            need(party in self.parties, f"charter: keys of {party}, which is no party")
            origin = f"{self.head['organisation']}/{party}/1"
            entries: list[Listed] = [listed(table[role], role) for role in ("root", "log") if role in table]
            entries += [listed(vkey, "officer") for vkey in table.get("officers", {}).values()]
            logs[origin] = LogKeys(origin, entries)
            if "log" in table:
                need(logs[origin].log_key().name == origin, f"charter: the log key of {party} has another name")
            if "witness" in table:
                witnesses[party] = listed(table["witness"], "witness").key
        return logs, witnesses


def _time(value: Any) -> int:
    if isinstance(value, datetime):
        need(value.tzinfo is not None, "charter: a time without zone")
        return int(value.timestamp())
    return read_time(value)


def _zone(text: str) -> timezone:
    match = ZONE.fullmatch(text)
    if match is None or int(match[2]) * 60 + int(match[3]) > 14 * 60:
        raise Invalid(f"charter: {text!r} is not a zone")
    minutes = int(match[2]) * 60 + int(match[3])
    return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))


def _months(day: date, number: int, unit: str) -> date:
    months = day.year * 12 + day.month - 1 + number * (12 if unit == "y" else 1)
    first = date(months // 12, months % 12 + 1, 1)
    following = date((months + 1) // 12, (months + 1) % 12 + 1, 1)
    return first.replace(day=min(day.day, (following - first).days))


def from_tables(value: dict[str, Any], identity: str) -> Charter:
    """Checks the outline of a charter that was read from TOML."""
    unknown = set(value) - set(TABLES) - {"charter", "witnessing"}
    need(not unknown, f"charter: unknown table `{' '.join(sorted(unknown))}`")
    head, witnessing = value.get("charter", {}), value.get("witnessing", {})
    missing = set(HEAD.split()) - set(head) | {"by", "quorum", "colluding"} - set(witnessing)
    need(not missing, f"charter: `{' '.join(sorted(missing))}` is missing")
    need(is_int(head.get("fold", 1), 1, FOLD), "charter: written for a later fold than this program's")
    good = is_int(witnessing["quorum"], 1) and is_int(witnessing["colluding"])
    need(good, "charter: witnessing is not two numbers")
    tables = {name: value.get(name, {}) for name in TABLES}
    need(all(isinstance(table, dict) for table in tables.values()), "charter: not a table")
    for party, entry in tables["parties"].items():
        need(entry.get("status") in tables["statuses"], f"charter: {party} has no known status")
        need(entry.get("hosted_by", party) in tables["parties"], f"charter: {party} is hosted by no party")
    return Charter(identity, head, witnessing, tables)


@lru_cache(maxsize=64)
def read(data: bytes) -> Charter:
    """Reads `charter.toml`."""
    need(len(data) <= BYTES_MAX, "charter: above 1 MiB")
    try:
        value = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise Invalid(f"charter: {error}") from error
    return from_tables(value, hashlib.sha256(data).hexdigest())
