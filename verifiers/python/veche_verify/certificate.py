"""The decision certificate: formats/certificate.md section 5, step by step."""

import re
from dataclasses import dataclass, field, replace
from typing import Any

from . import acts, container, law, note, record, texts, withdrawals
from .canonical import is_hash, is_int, keys, read as read_json, write as write_json
from .charter import FOREVER, Charter, names
from .errors import Invalid, need
from .evidence import HEADS_MAX, Evidence, Log, epoch_keys
from .keyring import Listed
from .machines import Event, Run, Setting
from .note import Key
from .record import Record, Said
from .tree import inclusion_root

SYSTEM_OPENED = ("witness", "revocation", "resigning", "epoch")
EARLIER = re.compile(r"logs/(.+)/earlier/(0|[1-9][0-9]{0,15})\.(note|proof)")
OPENING = re.compile(r"openings/([0-9a-f]{64})")
Events = list[tuple[tuple[int, str, int], Event]]
# When the text began to be before the members, nodes that had it from then, statements at other times, what was taken back.
World = tuple[int, set[str], Events, list[withdrawals.Withdrawal]]


@dataclass
class Verified:
    """What a valid certificate says."""

    charter: str
    organisation: str
    opener: dict[str, Any]
    decisions: list[dict[str, Any]]
    explanation: list[str]


@dataclass
class _About:
    """A record about the procedure: where it stands, what it says, whether it has effect."""

    log: Log
    index: int
    record: Record
    said: Said | None = None
    why_not: str = ""


@dataclass
class _Ancestor:
    said: Said
    record: Record
    log: Log
    index: int
    signers: list[Listed] = field(default_factory=list)


class Certificate:
    """A certificate under examination."""

    def __init__(self, data: bytes, expected: str | None = None, depth: int = law.DEPTH_MAX) -> None:
        need(depth >= 0, "amendment: too many before it")
        self.depth = depth
        self.files = container.read(data)
        self.used = {"README.txt", "certificate.json", "charter.toml", "policy.txt"}
        need(self.used <= set(self.files), "container: a file is missing")
        text = self.files["certificate.json"]
        need(text.endswith(b"\n"), "certificate.json: no line end")
        self.stated = keys(read_json(text[:-1]), "charter closing decisions opener organisation v")
        self.expected = expected
        self.explanation: list[str] = []

    def verify(self) -> Verified:
        """Recomputes everything (section 5); the first fault is raised."""
        self._charter()
        self._logs()
        self._opener()
        self._openings()
        self._keys()
        self._heads()
        self._records()
        self._procedure()
        self._files()
        self.evidence.check_closed()
        self.evidence.check_unheard()
        decisions = self._decisions()
        need(decisions, "no unit is decided")
        self._compare(decisions)
        opener, organisation = self.stated["opener"], self.stated["organisation"]
        return Verified(self.charter.hash, organisation, opener, decisions, self.explanation)

    # 1, 2: charter, logs, opener

    def _charter(self) -> None:
        need(is_int(self.stated["v"], 1, 1), "certificate.json: not version 1")
        self.law = self._law()
        self.charter: Charter = self.law[-1].charter
        known = [enacted.charter.hash for enacted in self.law]
        need(self.expected is None or self.expected in known, f"of another charter: {self.charter.hash}")
        need(self.stated["charter"] == self.charter.hash, "certificate.json: another hash than that of charter.toml")
        self.keyring, self.witness_keys = self.charter.keyring()
        for enacted in reversed(self.law):
            self.keyring |= enacted.charter.keyring()[0]

    def _law(self) -> list[law.Enacted]:
        """Returns the charters from the one that the organisation began with to this one (section 8)."""
        text, self.amended_by = self.files["charter.toml"], ""
        if "amendment.certificate" not in self.files and "amendment.closing" not in self.files:
            return [law.genesis(text)]
        inner = Certificate(self._file("amendment.certificate"), None, self.depth - 1)
        decided = inner.verify()
        need(inner.act.get("amends") is True, "amendment: the decision changes no charter")
        need(any(d["outcome"] == "adopted" for d in decided.decisions), "amendment: nothing was adopted")
        closing = record.read(self._file("amendment.closing"))
        need(closing.kind == "closing" and closing.about[:1] == (inner.opener.leaf,), "amendment: no closing of it")
        opening = self.files.get(f"openings/{closing.commit}")
        need(opening is not None, f"openings: {closing.commit} is missing")
        assert opening is not None
        record.check_opening(closing, opening)
        terms = record.open_terms(closing, opening).terms
        need(write_json(terms) == write_json(inner.closing), "amendment: another closing than its certificate's")
        self.amended_by, said = closing.commit, inner.said[inner.opener.leaf]
        return law.follow(inner.law, said.terms, text, closing.leaf, inner.opener.drill)

    def _logs(self) -> None:
        self.closing = keys(self.stated["closing"], "cut heads results")
        cut = record.ordered_heads(self.closing["cut"], HEADS_MAX)
        self.logs: dict[str, Log] = {}
        for origin, size, root in cut:
            parts = [self._file(f"logs/{origin}/{name}") for name in ("before", "leaves")]
            log = self.logs[origin] = Log.read(self.charter, self._parties(), origin, *parts)
            need(log.size == size and log.roots[-1] == root, f"log {origin}: not the size and root of the cut")
            checkpoint = note.read_checkpoint(self._file(f"logs/{origin}/checkpoint"))
            same = (checkpoint.origin, checkpoint.size, checkpoint.root.hex()) == (origin, size, root)
            need(same, f"log {origin}: the checkpoint is another than the cut's")

    def _parties(self) -> set[str]:
        return {party for enacted in self.law for party in enacted.charter.parties}

    def _file(self, name: str) -> bytes:
        need(name in self.files, f"container: {name} is missing")
        self.used.add(name)
        return self.files[name]

    def _opener(self) -> None:
        opener = keys(self.stated["opener"], "index leaf log")
        log = self.logs.get(opener["log"]) if isinstance(opener["log"], str) else None
        need(log is not None and is_int(opener["index"]), "opener: in no log of the cut")
        assert log is not None
        need(log.first <= opener["index"] < log.size, "opener: not among the leaves")
        self.opener_log, self.opener_index = log, opener["index"]
        self.opener = log.records[self.opener_index - log.first]
        need(self.opener.leaf == opener["leaf"], "opener: another leaf")
        self.evidence = Evidence(self.charter, self._parties(), self.logs, self.opener, self.opener_index)
        for each in self.logs.values():
            floor = min(self.evidence.floor(each.origin), each.size) if each.epoch == 1 else 0
            need(each.first == floor, f"log {each.origin}: `before` is not the size that the opener cites")

    # 5: which records are opened

    def _openings(self) -> None:
        """Opens what is to be opened, and refuses an opening too many or too few."""
        self.said: dict[str, Said] = {}
        self.wanted: set[str] = {self.amended_by} if self.amended_by else set()
        self.abouts = self._find_abouts()
        self._need_opening(self.opener)
        self.ancestors = self._find_ancestors()
        for log in self.logs.values():
            for each in log.records:
                if each.kind in SYSTEM_OPENED:
                    self._open(each)
        for about in self.abouts:
            if about.record.kind != "closing":
                about.said = self._open(about.record)
        held = {match[1] for match in map(OPENING.fullmatch, self.files) if match}
        need(held == self.wanted, "openings: not those that section 5 names")
        self.used |= {f"openings/{commit}" for commit in held}

    def _open(self, each: Record) -> Said | None:
        """Returns what a record says; nothing if its terms are no terms."""
        data = self.files.get(f"openings/{each.commit}")
        self.wanted.add(each.commit)
        need(data is not None, f"openings: {each.commit} is missing")
        assert data is not None
        record.check_opening(each, data)
        if each.kind in ("closing", *SYSTEM_OPENED) and each.label != self.charter.head["default_label"]:
            # What is not for all has no effect (record.md section 5).
            return None
        try:
            self.said[each.leaf] = record.open_terms(each, data)
        except Invalid:
            return None
        return self.said[each.leaf]

    def _need_opening(self, each: Record) -> Said:
        said = self._open(each)
        if said is None:
            raise Invalid(f"record {each.leaf}: its terms are not terms")
        return said

    def _find_abouts(self) -> list[_About]:
        """Returns the records about the procedure, each after the one that it is about."""
        by_about: dict[str, list[_About]] = {}
        seen: set[tuple[str, str]] = set()
        for log in self.logs.values():
            for index, each in enumerate(log.records, log.first):
                # One leaf twice in a log: the later one is ignored (record.md section 6).
                # What a group says among itself decides nothing.
                same = each.charter == self.opener.charter and "+group(" not in each.label
                if each.about and same and (log.origin, each.leaf) not in seen:
                    seen.add((log.origin, each.leaf))
                    by_about.setdefault(each.about[0], []).append(_About(log, index, each))
        found: list[_About] = []
        leaves = [self.opener.leaf]
        for leaf in leaves:
            for about in by_about.get(leaf, []):
                found.append(about)
                if "opens" not in self.charter.acts.get(about.record.kind, {}):
                    leaves.append(about.record.leaf)
        return found

    def _find_ancestors(self) -> list[_Ancestor]:
        """Returns the ancestors of the opener, the nearest first; those before their log's range are in `earlier`."""
        places: dict[str, tuple[Log, int]] = {}
        for log in self.logs.values():
            for index, each in enumerate(log.records, log.first):
                places.setdefault(each.leaf, (log, index))
        earlier = self._read_earlier()
        found: list[_Ancestor] = []
        about, used = self.said[self.opener.leaf].about, set()
        while about:
            leaf = about[0]
            if leaf in places:
                log, index = places[leaf]
                each = log.records[index - log.first]
            else:
                need(leaf in earlier, f"ancestor {leaf} is missing")
                each, log, index = earlier[leaf]
                used.add(leaf)
            said = self._need_opening(each)
            found.append(_Ancestor(said, each, log, index))
            about = said.about
        need(used == set(earlier), "earlier: a leaf that is no ancestor")
        return found

    def _read_earlier(self) -> dict[str, tuple[Record, Log, int]]:
        found = {}
        for match in filter(None, map(EARLIER.fullmatch, list(self.files))):
            log, index = self.logs.get(match[1]), int(match[2])
            need(log is not None and index < log.first, f"{match[0]}: not before the range of a log")
            assert log is not None
            if match[3] == "proof":
                need(match[0][:-5] + "note" in self.files, f"{match[0]}: without its leaf")
                continue
            each = record.read(self._file(match[0]))
            text = self._file(match[0][:-4] + "proof").decode("ascii", "replace")
            lines = text.split("\n")
            need(lines.pop() == "" and all(map(is_hash, lines)), f"{match[0]}: a proof of another form")
            root = inclusion_root(index, log.size, bytes.fromhex(each.leaf), [bytes.fromhex(part) for part in lines])
            need(root.hex() == log.roots[-1], f"{match[0]}: the proof does not hold")
            need(each.leaf not in found, f"{match[0]}: a leaf twice")
            found[each.leaf] = (each, log, index)
        return found

    # 2, 4: keys, signatures, cosignatures

    def _keys(self) -> None:
        for log in sorted(self.logs.values(), key=lambda each: each.epoch):
            first = self.keyring.get(f"{self.charter.head['organisation']}/{log.party}/1")
            need(first is not None, f"log {log.origin}: the charter lists no keys of {log.party}")
            assert first is not None
            if log.epoch == 1:
                log.keys = first
                continue
            root = next((entry for entry in first.listed if entry.role == "root"), None)
            if root is None:
                raise Invalid(f"log {log.origin}: no root key of {log.party}")
            old = self.logs.get(f"{log.origin.rpartition('/')[0]}/{log.epoch - 1}")
            log.keys, last_good, _ = epoch_keys(log, old, root, self.said)
            if old:
                old.last_good_size, old.ended_by = last_good, log

    def _heads(self) -> None:
        """Checks the checkpoints' signatures and the cosignatures of `heads` (2 and 9)."""
        heads = self.closing["heads"]
        good = isinstance(heads, list) and all(isinstance(h, list) and len(h) == 2 for h in heads)
        need(good and all(isinstance(h[0], str) and isinstance(h[1], list) for h in heads), "heads: not of their form")
        origins = [origin for origin, _ in heads]
        need(all(a < b for a, b in zip(origins, origins[1:])), "heads: not ascending by origin")
        need(set(origins) <= set(self.logs), "heads: of a log that is not in the cut")
        stated = dict(heads)
        self.times: dict[str, list[int]] = {}
        for origin, log in self.logs.items():
            checkpoint = note.read_checkpoint(self.files[f"logs/{origin}/checkpoint"])
            assert log.keys is not None
            key = log.keys.log_key()
            need(checkpoint.note.signed_by(key), f"log {origin}: the checkpoint is not signed by the log's key")
            rest = list(checkpoint.note.lines)
            own, rest = rest[: len(key.ids)], rest[len(key.ids) :]
            need(_are_of(own, key), f"log {origin}: the log's own line is not the first")
            entries, cosigners = stated.get(origin, []), []
            for entry in entries:
                good = isinstance(entry, list) and len(entry) == 3 and isinstance(entry[0], str)
                need(good and isinstance(entry[2], str), "heads: not [WITNESS,TIME,BASE64]")
                count = len(entry[2].split("."))
                lines, rest = rest[:count], rest[count:]
                cosigners.append(self._cosigner(log, entry, lines, checkpoint))
            need(not rest, f"log {origin}: other lines than `heads` lists")
            if origin in stated:
                self._entry(log, entries, cosigners)
                self.times[origin] = [record.read_time(entry[1]) for entry in entries]
        need(self.times, "heads: none")
        self.until = min(min(times) for times in self.times.values())
        self.evidence.headed = {
            log.party for origin, log in self.logs.items() if origin in self.times and log.last_good_size is None
        }

    def _cosigner(self, log: Log, entry: list[Any], lines: list[note.Line], checkpoint: note.Checkpoint) -> str:
        """Checks one cosignature, of a pair both lines, and returns its party."""
        time = record.read_time(entry[1])
        party, key = self._witness(entry[0])
        need(_are_of(lines, key), f"log {log.origin}: another line than `heads` lists")
        stated = [note.unbase64(half) for half in entry[2].split(".")]
        need(stated == [line.key_id + line.signature for line in lines], f"log {log.origin}: another cosignature")
        times = {note.cosigned_at(key, checkpoint.note.text, lines[0].signature)}
        times |= {note.cosigned_beside_at(key, checkpoint, line.signature) for line in lines[1:]}
        need(None not in times, f"log {log.origin}: the cosignature of {party} does not hold")
        need(times == {time}, f"log {log.origin}: the cosignature of {party} is of another time")
        return party

    def _witness(self, name: str) -> tuple[str, Key]:
        for party, key in self.witness_keys.items():
            if name == key.name:
                return party, key
        raise Invalid(f"heads: no witness {name}")

    def _entry(self, log: Log, entries: list[list[Any]], parties: list[str]) -> None:
        order = [(entry[1], entry[0]) for entry in entries]
        need(order == sorted(order), f"heads of {log.origin}: not sorted by time, then name")
        need(len(set(parties)) == len(parties), f"heads of {log.origin}: a party twice")
        own = self.charter.node_of(log.party) if log.party in self.charter.parties else log.party
        need(own in parties, f"heads of {log.origin}: without the party's own")
        witnesses = set(self.evidence.witnesses(log.party)) & set(parties)
        exactly = len(witnesses) == self.charter.witnessing["quorum"] and witnesses | {own} == set(parties)
        need(exactly, f"heads of {log.origin}: not exactly a quorum of its witnesses")

    # 4, 6: what has effect

    def _records(self) -> None:
        # Before any revocation takes effect: what came before one is judged by suspension, not by force.
        for ancestor in self.ancestors:
            assert ancestor.log.keys is not None
            ancestor.signers = ancestor.log.keys.signers(ancestor.record, ancestor.index)
        for log in self.logs.values():
            log.check_signatures(self.said)
        for log in self.logs.values():
            log.read_witness(self.said)
        self.evidence.check_roots()

    def _procedure(self) -> None:
        """Asks the charter about the ancestors, the opener, and each record about the procedure (6 and 7)."""
        author, opener_said = self.opener_log.party, self.said[self.opener.leaf]
        need(self.opener.charter == self.law[-1].named, "opener: under another charter than charter.toml")
        need(self.opener.drill or not self.law[-1].drill, "opener: under a charter that an exercise adopted")
        act = self.charter.acts.get(opener_said.kind, {})
        hi = self.evidence.hi(self.opener_log, self.opener_index)
        need(hi is not None, "opener: not held by a quorum of witnesses")
        assert hi is not None
        self.start, self.act, organ = hi, act, self.charter.chaired_organ(act)
        signers = self.opener_log.signers[self.opener_index]
        target: tuple[str, bool, str] | None = None
        for each in reversed(self.ancestors):
            self._let_through(each.record, each.said, each.log, each.signers, target, "ancestor")
            target = (each.said.kind, each.record.drill, each.said.label)
        self._let_through(self.opener, opener_said, self.opener_log, signers, target, "opener")
        need("opens" in act, f"opener: `{opener_said.kind}` opens nothing")
        roles = {"initiator": [author]}
        for role, name in act.get("roles", {}).items():
            roles[role] = names(opener_said.terms.get(name))
        self.setting = Setting(self.charter, roles, organ, opener_said.terms, self._receipts(hi))
        self._effects(opener_said)

    def _let_through(
        self, each: Record, said: Said, log: Log, signers: list[Listed],
        target: tuple[str, bool, str] | None, what: str,
    ) -> None:  # fmt: skip
        try:
            charter = law.of(self.law, each.charter)
            acts.let_through(charter, each, said, log.party, signers, target)
        except Invalid as error:
            raise Invalid(f"{what} {each.leaf}: {error}") from error

    def _effects(self, opener: Said) -> None:
        targets: dict[str, tuple[str, bool, str] | None] = {
            self.opener.leaf: (opener.kind, self.opener.drill, opener.label)
        }
        for about in self.abouts:
            each, said, target = about.record, about.said, targets.get(about.record.about[0])
            targets[each.leaf] = None
            try:
                if each.kind in ("closing", *SYSTEM_OPENED):
                    raise Invalid("a system record")
                need(said is not None, "its terms are not terms")
                need(target is not None, "about a record that is refused")
                assert said is not None
                self._let_through(each, said, about.log, about.log.signers[about.index], target, "record")
                kept = [p for p in self.charter.members() if not self.charter.reaches(p, said.label, opener.label)]
                need(not kept, f"record {each.leaf}: {' '.join(kept)} may read the opener and not this")
                targets[each.leaf] = (said.kind, each.drill, said.label)
            except Invalid as error:
                about.why_not = str(error)
                self.explanation.append(f"no effect: {each.log} {about.index} {each.kind}: {error}")

    def _receipts(self, start: int, hearers: set[str] | None = None) -> dict[str, int]:
        """Returns when each party's node first held the opener (7); `hearers` are nodes that had it from the start after all."""
        author, receipts = self.charter.node_of(self.opener_log.party), {}
        for party in self.charter.parties:
            node = self.charter.node_of(party)
            at = self.evidence.receipt(node, self.opener.log, self.opener_index)
            silent = start if node in (hearers or ()) else FOREVER
            receipts[party] = start if node == author else silent if at is None else at
        return receipts

    def _files(self) -> None:
        """Checks that nothing else is in the file, and the two texts (section 6)."""
        other = set(self.files) - self.used
        need(not other, f"container: {' '.join(sorted(other))} does not belong here")
        readme = texts.readme(self.charter, self.opener.leaf)
        need(self.files["README.txt"] == readme, "README.txt: not the text that belongs to this certificate")
        policy = texts.policy(self.charter)
        need(self.files["policy.txt"] == policy, "policy.txt: not the policy of this charter")

    # 7, 10: the units

    def _events(self, early: bool = False) -> list[tuple[tuple[int, str, int], Event, list[int] | None]]:
        """Returns the events in order, each with its place and the paragraphs that it touches; or each at its earliest."""
        found = []
        for about in self.abouts:
            act = self.charter.acts.get(about.record.kind, {})
            if about.why_not or about.said is None or not ("event" in act or "event_field" in act):
                continue
            when = self.evidence.early if early else self.evidence.hi
            hi = when(about.log, about.index)
            if hi is None:
                if not early:
                    self.explanation.append(f"no effect yet: {about.record.log} {about.index} {about.record.kind}")
                continue
            terms = about.said.terms
            ev, pos = act.get("event") or terms.get(act["event_field"]), act.get("position")
            if isinstance(pos, dict):
                pos = terms.get(pos["field"])
            lo = hi if early else self.evidence.lo(about.log, about.index, hi)
            event = Event(str(ev), about.log.party, lo, hi, pos, about.record.leaf)
            found.append(((hi, about.record.log, about.index), event, _touched(terms)))
        return sorted(found, key=lambda each: each[0])

    def _is_held(self, machine: dict[str, Any], mine: Events, early: Events, run: Run, unit: int | None) -> bool:
        """Whether the unit would come to something else in another of the worlds of section 4, Held."""
        sure = {event.record: event for _, event in mine}
        moved = [each for each in early if sure.get(each[1].record) is None or sure[each[1].record].hi != each[1].hi]
        moves = [[], moved, *([each] for each in moved)]
        silent = {self.charter.node_of(party) for party, at in self._receipts(self.start).items() if at >= FOREVER}
        hearers = [set(), *({node} for node in sorted(silent)), silent]
        times = [event.hi for _, event in [*mine, *moved]]
        taken = [self._withdrawals(self.evidence.hi), self._withdrawals(self.evidence.early)]
        return not all(
            self._comes_to(machine, mine, run, unit, (start, heard, some, taken[at]))
            for at in range(1 if taken[0] == taken[1] else 2)
            for start in sorted(self._starts(machine, times))
            for heard in hearers
            for some in moves
        )

    def _starts(self, machine: dict[str, Any], times: list[int]) -> set[int]:
        """Returns the starts to try: see section 4, Held."""
        known = self.evidence.early(self.opener_log, self.opener_index)
        earliest = self.start if known is None else min(known, self.start)
        starts = {earliest, self.start}
        ends = self._first_deadline(machine, earliest), self._first_deadline(machine, self.start)
        if ends[0] is None or ends[1] is None:
            return starts
        for time in times:
            if not ends[0] <= time < ends[1]:
                continue
            late, in_time = earliest, self.start
            while in_time - late > 1:
                middle = (late + in_time) // 2
                end = self._first_deadline(machine, middle)
                late, in_time = (late, middle) if end is not None and end > time else (middle, in_time)
            starts |= {late, in_time}
        return starts

    def _first_deadline(self, machine: dict[str, Any], start: int) -> int | None:
        due = Run(machine, replace(self.setting, receipts=self._receipts(start)), start).deadline()
        return due[0] if due else None

    def _comes_to(
        self, machine: dict[str, Any], mine: Events, end: Run, unit: int | None, world: World
    ) -> bool:
        """Whether a world has the same state, and binds the same parties but for those that would have hidden a receipt."""
        start, heard, moved, taken = world
        plain, receipts = self._receipts(start), self._receipts(start, heard)
        hidden = {party for party, at in receipts.items() if plain[party] != at}
        leaves = {event.record for _, event in moved}
        events = [each for each in mine if each[1].record not in leaves]
        for place, event in moved:
            at = max(event.hi, start)
            events.append(((at, *place[1:]), replace(event, lo=at, hi=at)))
        setting = replace(self.setting, receipts=receipts)
        ordered = [event for _, event in sorted(events, key=lambda each: each[0])]
        run, suspended = withdrawals.play(lambda: Run(machine, setting, start), ordered, taken, self.until)
        if run.state != end.state or run.contested is not None or self.opener.leaf in suspended:
            return False
        stated = self._binds(end, unit, self.suspended, self.evidence.hi) - hidden
        times = (self.evidence.hi, self.evidence.early)
        return all(self._binds(run, unit, suspended, time) - hidden == stated for time in times)

    def _withdrawals(self, time: withdrawals.Time) -> list[withdrawals.Withdrawal]:
        """Returns what was taken back of the opener and of the records about the procedure that are let through."""
        records = [(about.log, about.index, about.record.leaf) for about in self.abouts if not about.why_not]
        records.append((self.opener_log, self.opener_index, self.opener.leaf))
        return withdrawals.of(self.logs, records, time)

    def _decisions(self) -> list[dict[str, Any]]:
        machine = self.charter.machines[self.act["opens"]]
        terms = self.said[self.opener.leaf].terms
        by_paragraph = self.act.get("per_paragraph", False)
        units = sorted(acts.paragraphs(terms.get("paragraphs")) or []) if by_paragraph else [None]
        events, early = self._events(), self._events(early=True)
        taken = self._withdrawals(self.evidence.hi)
        decisions = []
        for unit in units:
            def own(all_events: list[tuple[tuple[int, str, int], Event, list[int] | None]], unit: int | None = unit) -> Events:
                touches = [each for each in all_events if unit is None or each[2] is None or unit in each[2]]
                return [(place, event) for place, event, _ in touches]

            mine = own(events)
            run, self.suspended = withdrawals.play(
                lambda: Run(machine, self.setting, self.start), [event for _, event in mine], taken, self.until
            )
            name = "text" if unit is None else f"paragraph {unit}"
            self.explanation.append(
                f"{name}: {run.state} since {record.write_time(run.entered)}; {', '.join(run.steps)}"
            )
            if "outcome" not in run.here or run.contested is not None or self.opener.leaf in self.suspended:
                continue
            # An act's second is not over at its own time; what is held at the second of a clock's end is late.
            if self.until < run.entered or (self.until == run.entered and run.ran_out is None):
                self.explanation.append(f"{name}: a head is not from after {record.write_time(run.entered)}")
                continue
            if not self._heard(run, name):
                continue
            if self._is_held(machine, mine, own(early), run, unit):
                self.explanation.append(f"{name}: held: receipts stated late or kept back could still change it")
                continue
            decision = self._decision(run, unit)
            unheard = self._unheard(run, decision)
            if unheard:
                self.explanation.append(f"{name}: it would bind {' '.join(unheard)}, and nothing shows that the text was there")
                continue
            decisions.append(decision)
        return decisions

    def _unheard(self, run: Run, decision: dict[str, Any]) -> list[str]:
        """Returns the parties bound without having had the text, unless their silence counts, or the rule asks nobody (10)."""
        if run.verdict and run.verdict.binds_unheard:
            return []
        receipts = self.setting.receipts
        has_had = {p for p, at in receipts.items() if at < FOREVER} | set(run.positions) | run.waived
        return [party for party in decision["binds"] if party not in has_had]

    def _heard(self, run: Run, name: str) -> bool:
        """Whether each eligible party that is not waived has a head from when the state was entered, or later."""
        eligible = run.verdict.eligible if run.verdict else self.charter.members()
        for party in set(eligible) - run.waived:
            logs = [o for o, log in self.logs.items() if log.party == party and log.last_good_size is None]
            heads = [min(self.times[origin]) for origin in logs if origin in self.times]
            if max(heads, default=-1) < run.entered:
                self.explanation.append(f"{name}: no head of {party} from {record.write_time(run.entered)} on")
                return False
        return True

    def _decision(self, run: Run, unit: int | None) -> dict[str, Any]:
        positions: dict[str, dict[str, str]] = {}
        if run.verdict:
            positions = {party: {"position": run.verdict.silence} for party in run.verdict.eligible}
        for party, (position, leaf) in run.positions.items():
            positions[party] = {"position": position, "record": leaf}
        outcome = run.here["outcome"]
        decision = {
            "at": record.write_time(run.entered),
            "binds": sorted(self._binds(run, unit, self.suspended, self.evidence.hi)),
            "outcome": outcome,
            "positions": positions,
            "state": run.state,
            "waived": sorted(run.waived),
        }
        return decision if unit is None else {**decision, "paragraph": unit}

    def _binds(self, run: Run, unit: int | None, suspended: set[str], time: withdrawals.Time) -> set[str]:
        """Returns whom a unit binds: without the authors of reservations made before the state was entered."""
        if run.here["outcome"] != "adopted":
            return set()
        bound = set(run.verdict.binds if run.verdict else self.charter.members())
        for about in self.abouts:
            act = self.charter.acts.get(about.record.kind, {})
            if about.why_not or about.said is None or not act.get("annotates", {}).get("changes_binding"):
                continue
            if about.record.leaf in suspended:
                continue
            touched, at = _touched(about.said.terms), time(about.log, about.index)
            if (unit is None or touched is None or unit in touched) and at is not None and at < run.entered:
                bound.discard(about.log.party)
        return bound

    # 11

    def _compare(self, decisions: list[dict[str, Any]]) -> None:
        kept = ("binds", "paragraph", "state")
        results = [{key: decision[key] for key in kept if key in decision} for decision in decisions]
        need(write_json(self.closing["results"]) == write_json(results), "closing: other results than recomputed")
        given, wanted = self.stated["decisions"], decisions
        need(write_json(given) == write_json(wanted), "decisions: other than recomputed")
        whole = {
            "charter": self.charter.hash,
            "closing": {"cut": self.closing["cut"], "heads": self.closing["heads"], "results": results},
            "decisions": decisions,
            "opener": {"index": self.opener_index, "leaf": self.opener.leaf, "log": self.opener.log},
            "organisation": self.charter.head["organisation"],
            "v": 1,
        }
        text = write_json(whole) + b"\n"
        need(text == self.files["certificate.json"], "certificate.json: other than recomputed")


def _touched(terms: dict[str, Any]) -> list[int] | None:
    """Returns the paragraphs that a record names; nothing if it has no such list: it then touches all."""
    return acts.paragraphs(terms.get("paragraphs"))


def verify(data: bytes, expected: str | None = None) -> Verified:
    """Verifies a certificate's bytes; `expected`: the hash of the charter, or nothing to learn it from the answer."""
    return Certificate(data, expected).verify()


def _are_of(lines: list[note.Line], key: Key) -> bool:
    """Whether lines are those of a key: of a pair two, Ed25519 first."""
    return [(line.name, line.key_id) for line in lines] == [(key.name, each) for each in key.ids]
