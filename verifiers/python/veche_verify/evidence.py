"""Logs as a certificate shows them, and times from witness records: formats/certificate.md sections 3 to 5."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from . import note, record
from .canonical import is_hash, is_int, keys, read as read_json
from .charter import Charter, names
from .errors import Invalid, need
from .keyring import Listed, LogKeys
from .record import Record, Said
from .tree import Frontier

HEADS_MAX = 1 << 16


@lru_cache(maxsize=4096)
def _leaves(before: bytes, leaves: bytes) -> tuple[int, tuple[Record, ...], tuple[str, ...]]:
    """Reads a frontier and the leaves after it: first index, records, the root before each and after the last."""
    frontier, records = Frontier.read(before), []
    first, roots, at = frontier.size, [frontier.root().hex()], 0
    while at < len(leaves):
        end = at + 2 + int.from_bytes(leaves[at : at + 2], "big")
        need(at + 2 <= len(leaves) and end <= len(leaves), "leaves: cut short")
        records.append(record.read(leaves[at + 2 : end]))
        frontier.append(bytes.fromhex(records[-1].leaf))
        roots.append(frontier.root().hex())
        at = end
    return first, tuple(records), tuple(roots)


@dataclass
class Witness:
    """A witness record that has effect."""

    index: int
    time: int
    heads: tuple[tuple[str, int, str], ...]


@dataclass
class Log:
    """One log of the certificate, from `first` to its size in the cut."""

    origin: str
    party: str
    epoch: int
    first: int
    records: tuple[Record, ...]
    roots: tuple[str, ...]
    keys: LogKeys | None = None
    signers: dict[int, list[Listed]] = field(default_factory=dict)
    revocations: list[tuple[int, str, int]] = field(default_factory=list)
    resigned: set[str] = field(default_factory=set)
    last_good_size: int | None = None
    ended_by: "Log | None" = None
    given: list[tuple[int, str]] = field(default_factory=list)
    witness: list[Witness] = field(default_factory=list)

    @classmethod
    def read(cls, charter: Charter, parties: set[str], origin: str, before: bytes, leaves: bytes) -> "Log":
        """Reads a log's leaves; its name is organisation, party, epoch (log.md section 1)."""
        parts = origin.split("/")
        good = len(parts) == 3 and parts[0] == charter.head["organisation"] and parts[1] in parties
        good = good and parts[2].isdecimal() and parts[2].isascii() and not parts[2].startswith("0")
        need(good, f"log {origin}: not a log of a party")
        try:
            return cls(origin, parts[1], int(parts[2]), *_leaves(before, leaves))
        except Invalid as error:
            raise Invalid(f"log {origin}: {error}") from error

    @property
    def size(self) -> int:
        """The size in the cut."""
        return self.first + len(self.records)

    def root_at(self, size: int) -> str | None:
        """Returns the root at a size that the file shows."""
        return self.roots[size - self.first] if self.first <= size <= self.size else None

    def in_effect(self, each: Record, index: int, signers: list[Listed]) -> bool:
        """Whether a record is neither suspended by a revocation nor cut off by an epoch (section 3)."""
        if self.last_good_size is not None and index >= self.last_good_size:
            return False
        return each.leaf in self.resigned or not self._suspended(index, signers)

    def taken(self, indices: dict[int, str]) -> list[tuple[int, set[str]]]:
        """Returns the revocations, by index, with the leaves among these that each takes back."""
        found = []
        for at, name, good in self.revocations:
            signed = (i for i in indices if good <= i < at and self.signers[i][0].key.name == name)
            found.append((at, {indices[i] for i in signed}))
        return found

    def _suspended(self, index: int, signers: list[Listed]) -> bool:
        first = signers[0].key.name
        return any(name == first and good <= index < at for at, name, good in self.revocations)

    def signed_as(self, index: int, role: str) -> bool:
        """Whether a key of a role in force signed the record."""
        return any(signer.role == role for signer in self.signers[index])

    def check_signatures(self, said: dict[str, Said]) -> None:
        """Checks the signatures of all leaves, with the revocations and resignings among them (section 3)."""
        assert self.keys is not None
        for index, each in enumerate(self.records, self.first):
            self.signers[index] = self.keys.signers(each, index)
            if each.kind == "revocation" and each.leaf in said and self.signed_as(index, "root"):
                terms = said[each.leaf].terms
                if _is_revocation(terms):
                    name, good = terms["key"], terms["last_good_size"]
                    self.keys.revoked[name] = min(good, self.keys.revoked.get(name, good))
                    self.revocations.append((index, name, good))
        for index, each in enumerate(self.records, self.first):
            officer = each.kind == "resigning" and self.signed_as(index, "officer")
            ended = self.last_good_size is not None and index >= self.last_good_size
            if officer and not ended and not self._suspended(index, self.signers[index]):
                self.resigned |= set(each.about)
                self.given += [(index, leaf) for leaf in each.about]

    def read_witness(self, said: dict[str, Said]) -> None:
        """Reads the witness records that have effect."""
        for index, each in enumerate(self.records, self.first):
            if each.kind != "witness" or each.leaf not in said:
                continue
            terms = said[each.leaf].terms
            try:
                keys(terms, "heads time")
                heads = record.read_heads(terms["heads"])
                time = record.read_time(terms["time"])
            except Invalid:
                continue
            if self.signed_as(index, "log") and self.in_effect(each, index, self.signers[index]):
                self.witness.append(Witness(index, time, heads))


def _is_revocation(terms: dict[str, Any]) -> bool:
    return (
        set(terms) == {"key", "last_good_size", "reason"}
        and note.is_key_name(terms["key"])
        and is_int(terms["last_good_size"])
        and isinstance(terms["reason"], str)
    )


def epoch_keys(log: Log, old: Log | None, root: Listed, said: dict[str, Said]) -> tuple[LogKeys, int, str]:
    """Reads record 0 of a log of a later epoch: its keys, the old log's last good size, and the old log."""
    need(log.first == 0 and log.records, f"log {log.origin}: does not start at its epoch record")
    first = log.records[0]
    need(first.kind == "epoch" and first.leaf in said, f"log {log.origin}: record 0 is no epoch")
    terms = keys(said[first.leaf].terms, "last_good_size officers old_log statement")
    need(isinstance(terms["statement"], str) and isinstance(terms["officers"], list), "epoch: not of its form")
    statement = note.read(terms["statement"].encode())
    need(statement.signed_by(root.key), "epoch: the statement is not signed by the root key")
    need(statement.text.count(b"\n") == 1, "epoch: the statement is not one line")
    text = keys(read_json(statement.text[:-1]), "key last_good_size new old root v")
    prefix = log.origin.rpartition("/")[0]
    need(is_int(text["v"], 1, 1) and is_hash(text["root"]) and is_int(text["last_good_size"]), "epoch: not of its form")
    need(text["new"] == log.origin and text["old"] == f"{prefix}/{log.epoch - 1}", "epoch: not the next number")
    same = (text["old"], text["last_good_size"]) == (terms["old_log"], terms["last_good_size"])
    need(same, "epoch: the record says something else than the statement")
    shown = old.root_at(text["last_good_size"]) if old else None
    need(shown in (None, text["root"]), "epoch: another root of the old log")
    key = note.Key.read(text["key"])
    need(key.name == log.origin and key.algorithm == note.ED25519, "epoch: the log key has another name")
    officers = [Listed(note.Key.read(vkey), "officer") for vkey in terms["officers"]]
    found = LogKeys(log.origin, [root, Listed(key, "log"), *officers])
    need(any(s.role == "root" for s in found.signers(first, 0)), "epoch: record 0 is not signed by the root key")
    return found, text["last_good_size"], str(text["old"])


class Evidence:
    """Receipts, and the two bounds of a record's time (section 4)."""

    def __init__(
        self, charter: Charter, parties: set[str], logs: dict[str, Log], opener: Record, opener_index: int
    ) -> None:
        self.charter, self.parties, self.logs = charter, parties, logs
        self.floors = {origin: size for origin, size, _ in opener.seen}
        self.floors[opener.log] = opener_index
        self.headed: set[str] = set()
        self.of_party: dict[str, list[Log]] = {}
        for log in logs.values():
            self.of_party.setdefault(log.party, []).append(log)

    def floor(self, origin: str) -> int:
        """Returns the size of a log that the opener's author knew."""
        return self.floors.get(origin, 0)

    def check_roots(self) -> None:
        """Refuses a receipt whose root is not the log's, and one beyond the cut (section 4; section 5, 8)."""
        for log in self.logs.values():
            for witness in log.witness:
                for origin, size, root in witness.heads:
                    shown = self.logs.get(origin)
                    known = shown.root_at(size) if shown else None
                    need(known in (None, root), f"receipt {witness.index} of {log.origin}: another root of {origin}")

    def check_closed(self) -> None:
        """Refuses a cut that a receipt inside it goes beyond, and one that leaves out what many held of an ended log."""
        beyond: dict[str, set[str]] = {}
        for log in self.logs.values():
            for witness in log.witness:
                for origin, size, _ in witness.heads:
                    if not self._of_this(origin):
                        continue
                    shown = self.logs.get(origin)
                    ended = shown is not None and shown.last_good_size is not None
                    if shown and ended and size > shown.size and log.party in self.witnesses(shown.party):
                        beyond.setdefault(origin, set()).add(log.party)
                    if shown and shown.last_good_size is not None:
                        size = min(size, shown.last_good_size)
                    inside = size <= (shown.size if shown else 0)
                    need(inside, f"the cut is not closed: {log.origin} holds {origin} to {size}")
        for origin, log in self.logs.items():
            if log.last_good_size is not None:
                sure = self.sure(log.party)
                need(sure > 0, f"heads: too few witnesses of {origin}, which a new epoch ended, have one")
                hidden = beyond.get(origin, set())
                need(len(hidden) < sure, f"the cut leaves out what {' '.join(sorted(hidden))} held of {origin}")

    def _of_this(self, origin: str) -> bool:
        """Whether an origin is a party's log: those count in the cut, also one that the cut leaves out."""
        parts = origin.split("/")
        return len(parts) == 3 and parts[0] == self.charter.head["organisation"] and parts[1] in self.parties

    def receipt(self, party: str, origin: str, index: int) -> int | None:
        """Returns when a party's node first held a record."""
        times = []
        for log in self.of_party.get(party, []):
            after = (w.time for w in log.witness if any(o == origin and size > index for o, size, _ in w.heads))
            times += [time for time in [next(after, None)] if time is not None]
        return min(times, default=None)

    def witnesses(self, party: str) -> list[str]:
        """Returns the parties that witness the logs of one."""
        without = {party, self.charter.node_of(party)}
        return [p for p in self.charter.of_status(names(self.charter.witnessing["by"])) if p not in without]

    def hi(self, log: Log, index: int) -> int | None:
        """Returns the time by which a quorum held the record."""
        times = [self.receipt(party, log.origin, index) for party in self.witnesses(log.party)]
        known, quorum = sorted(t for t in times if t is not None), self.charter.witnessing["quorum"]
        return known[quorum - 1] if len(known) >= quorum else None

    def sure(self, party: str) -> int:
        """Returns how many receipts of a quorum are of witnesses that do not collude and have said all (section 4)."""
        unheard = sum(1 for witness in self.witnesses(party) if witness not in self.headed)
        return max(0, self.charter.witnessing["quorum"] - self.charter.witnessing["colluding"] - unheard)

    def early(self, log: Log, index: int) -> int | None:
        """Returns the earliest time that a record may have over another cut (section 4)."""
        rank = self.sure(log.party)
        if rank == 0:
            return 0
        witnesses = [party for party in self.witnesses(log.party) if party in self.headed]
        times = [self.receipt(party, log.origin, index) for party in witnesses]
        known = sorted(t for t in times if t is not None)
        return known[rank - 1] if len(known) >= rank else None

    def check_unheard(self) -> None:
        """Refuses a closing in which a statement of a party without a head may be missing (section 5, 9)."""
        for party in self.charter.parties:
            good = party in self.headed or self.sure(party) > 0
            need(good, f"heads: neither {party} nor enough witnesses of its log have one")

    def _admission(self, origin: str, below: int) -> int:
        """Returns the time of the last witness record below an index that was later than all before it, 0 if none."""
        latest, found = -1, 0
        for witness in self.logs[origin].witness if origin in self.logs else []:
            if witness.index >= below:
                break
            if witness.time > latest:
                latest = witness.time
                found = latest if witness.index >= self.floor(origin) else 0
        return found

    def lo(self, log: Log, index: int, hi: int) -> int:
        """Returns the time that the record is not before."""
        cited: dict[str, tuple[int, int]] = {}
        for at, each in enumerate(log.records[: index + 1 - log.first], log.first):
            for origin, size, _ in each.seen:
                if size > cited.get(origin, (-1, 0))[0]:
                    cited[origin] = (size, at)
        by_party: dict[str, int] = {}
        for origin, (size, at) in cited.items():
            shown = self.logs.get(origin)
            if shown and shown.party != log.party and at >= self.floor(log.origin):
                by_party[shown.party] = max(by_party.get(shown.party, 0), self._admission(origin, size))
        times = sorted(by_party.values(), reverse=True)
        rank = self.charter.witnessing["colluding"]
        others = times[rank] if len(times) > rank else 0
        return min(max(self._admission(log.origin, index), others), hi)
