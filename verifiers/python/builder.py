"""Builds certificates for the tests: signs, keeps logs, closes a cut. Written from formats/, like the verifier."""

import base64
import hashlib
from pathlib import Path
from typing import Any

from veche_verify import canonical, charter, container, ed25519, texts
from veche_verify.record import write_time
from veche_verify.tree import Frontier, leaf_hash

CHARTER = Path(__file__).parents[2] / "charters" / "six-rivers" / "charter.toml"
ORGANISATION = "six-rivers.example"
MEMBERS = ["halcis", "lurien", "mirez", "orvessa", "quorrin", "tamrin"]
PARTIES = [*MEMBERS, "secretariat", "pell-union"]
HOSTS = {"secretariat": "orvessa", "pell-union": "halcis"}
QUORUM = 4


def sign(seed: bytes, message: bytes) -> tuple[bytes, bytes]:
    """Returns public key and signature (RFC 8032 section 5.1)."""
    digest = hashlib.sha512(seed).digest()
    scalar = (int.from_bytes(digest[:32], "little") & ((1 << 254) - 8)) | 1 << 254
    public = _multiple(scalar)
    r = int.from_bytes(hashlib.sha512(digest[32:] + message).digest(), "little") % ed25519.L
    point = _multiple(r)
    k = int.from_bytes(hashlib.sha512(point + public + message).digest(), "little") % ed25519.L
    return public, point + ((r + k * scalar) % ed25519.L).to_bytes(32, "little")


def _multiple(scalar: int) -> bytes:
    total, rows = ed25519.NEUTRAL, ed25519._table(ed25519.BASE)
    for row in range(64):
        total = ed25519._add(total, rows[row][scalar >> 4 * row & 15])
    return ed25519._encode(total)


class Signer:
    """A key made from its name."""

    def __init__(self, name: str, algorithm: int = 1) -> None:
        self.name, self.seed = name, hashlib.sha256(name.encode()).digest()
        public, _ = sign(self.seed, b"")
        self.id = hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:4]
        self.vkey = f"{name}+{self.id.hex()}+{base64.b64encode(bytes([algorithm]) + public).decode()}"

    def line(self, message: bytes, prefix: bytes = b"") -> str:
        data = self.id + prefix + sign(self.seed, message)[1]
        return f"\u2014 {self.name} {base64.b64encode(data).decode()}\n"


def key_of(party: str, role: str) -> Signer:
    name = f"{ORGANISATION}/{party}/{'1' if role == 'log' else role}"
    return Signer(name, 4 if role == "witness" else 1)


KEYS = {(p, role): key_of(p, role) for p in PARTIES for role in ("root", "log", "officer-1", "officer-2")}
KEYS |= {(p, "witness"): key_of(p, "witness") for p in PARTIES}


def charter_text() -> bytes:
    """Returns the Compact's charter with keys after it."""
    lines = [CHARTER.read_text(encoding="utf-8")]
    for party in PARTIES:
        lines.append(f"[keys.{party}]")
        lines += [f'{role} = "{KEYS[party, role].vkey}"' for role in ("root", "log", "witness")]
        lines.append(f"[keys.{party}.officers]")
        lines += [f'{officer} = "{KEYS[party, officer].vkey}"' for officer in ("officer-1", "officer-2")]
    return ("\n".join(lines) + "\n").encode()


def origin(party: str, epoch: int = 1) -> str:
    return f"{ORGANISATION}/{party}/{epoch}"


class World:
    """Logs that grow, and the certificates that they give."""

    def __init__(self) -> None:
        self.charter = charter_text()
        self.logs: dict[str, list[bytes]] = {origin(p): [] for p in PARTIES}
        self.openings: dict[str, bytes] = {}
        self.commits: dict[str, str] = {}

    def root(self, log: str, size: int) -> str:
        frontier = Frontier()
        for leaf in self.logs[log][:size]:
            frontier.append(leaf_hash(leaf))
        return frontier.root().hex()

    def heads(self, without: str = "") -> list[list[Any]]:
        found = ((log, len(leaves)) for log, leaves in sorted(self.logs.items()) if log != without and leaves)
        return [[log, size, self.root(log, size)] for log, size in found]

    def say(
        self, party: str, at: int, kind: str, terms: dict[str, Any], about: list[str] | None = None,
        label: str = "COMPACT", role: str = "officer-1", epoch: int = 1, **more: Any,
    ) -> str:  # fmt: skip
        """Appends a record and returns its leaf hash."""
        log, body = origin(party, epoch), canonical.write(terms)
        salt = hashlib.sha256(f"{log} {len(self.logs[log])}".encode()).digest()
        commit = hashlib.sha256(b"veche/terms/v1\0" + salt + body).hexdigest()
        header = {
            "charter": hashlib.sha256(self.charter).hexdigest(), "kind": kind, "label": label, "log": log,
            "terms": {"commit": commit, "size": len(body)}, "v": 1,
            "time": write_time(at), **more,
        }  # fmt: skip
        if about:
            header["about"] = about
        text = canonical.write(header) + b"\n"
        self.logs[log].append(text + b"\n" + KEYS[party, role].line(text).encode())
        leaf = leaf_hash(self.logs[log][-1]).hex()
        self.openings[commit], self.commits[leaf] = salt + body, commit
        return leaf

    def open_epoch(self, party: str, at: int, last_good_size: int) -> str:
        """Opens a party's second log with its epoch record, and returns that."""
        new, old = origin(party, 2), origin(party)
        key, root = Signer(new), KEYS[party, "root"]
        text = canonical.write({
            "key": key.vkey, "last_good_size": last_good_size, "new": new, "old": old,
            "root": self.root(old, last_good_size), "v": 1,
        }) + b"\n"  # fmt: skip
        self.logs[new] = []
        KEYS[party, "log-2"] = key
        terms = {
            "last_good_size": last_good_size,
            "officers": [KEYS[party, "officer-2"].vkey],
            "old_log": old,
            "statement": (text + b"\n" + root.line(text).encode()).decode(),
        }
        return self.say(party, at, "epoch", terms, role="root", epoch=2)

    def witness(self, at: int, parties: list[str] = MEMBERS) -> None:
        """Each party's node logs, a second after the other, what it holds."""
        held = {party: self.heads(origin(party)) for party in parties}
        for second, party in enumerate(parties):
            self.say(party, at + second, "witness", {"heads": held[party], "time": write_time(at + second)}, role="log")

    def checkpoint(self, log: str, cosigners: list[tuple[int, str]]) -> tuple[bytes, list[list[Any]]]:
        size = len(self.logs[log])
        root = base64.b64encode(bytes.fromhex(self.root(log, size))).decode()
        text = f"{log}\n{size}\n{root}\n".encode()
        party, epoch = log.split("/")[1:]
        lines = [KEYS[party, "log" if epoch == "1" else "log-2"].line(text)]
        entries = []
        for at, party in cosigners:
            message = f"cosignature/v1\ntime {at}\n".encode() + text
            line = KEYS[party, "witness"].line(message, at.to_bytes(8, "big"))
            lines.append(line)
            entries.append([KEYS[party, "witness"].name, write_time(at), line.split(" ")[2].strip()])
        return text + b"\n" + "".join(lines).encode(), entries

    def files(self, opener: str, index: int, seen: list[list[Any]], at: int, opened: list[str],
              decisions: list[dict[str, Any]]) -> dict[str, bytes]:  # fmt: skip
        """Returns the files of a certificate closed with cosignatures from `at` on."""
        floors = {head[0]: head[1] for head in seen} | {opener: index}
        read = charter.read(self.charter)
        leaf = leaf_hash(self.logs[opener][index]).hex()
        files = {"README.txt": texts.readme(read, leaf), "policy.txt": texts.policy(read), "charter.toml": self.charter}
        heads = []
        for log, leaves in sorted(self.logs.items()):
            party = log.split("/")[1]
            node = HOSTS.get(party, party)
            others = [m for m in MEMBERS if m not in (party, node)][:QUORUM]
            cosigners = [(at + second, each) for second, each in enumerate([node, *others])]
            note, entries = self.checkpoint(log, cosigners)
            heads.append([log, entries])
            frontier = Frontier()
            for leaf in leaves[: floors.get(log, 0)]:
                frontier.append(leaf_hash(leaf))
            files[f"logs/{log}/before"] = frontier.size.to_bytes(8, "big") + b"".join(frontier.roots)
            shown = leaves[frontier.size :]
            files[f"logs/{log}/leaves"] = b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in shown)
            files[f"logs/{log}/checkpoint"] = note
            witnessed = [leaf_hash(leaf).hex() for leaf in shown if b'"kind":"witness"' in leaf]
            for leaf in witnessed:
                files[f"openings/{self.commits[leaf]}"] = self.openings[self.commits[leaf]]
        for leaf in opened:
            files[f"openings/{self.commits[leaf]}"] = self.openings[self.commits[leaf]]
        results = [{k: d[k] for k in ("binds", "paragraph", "state") if k in d} for d in decisions]
        cut = [[log, len(leaves), self.root(log, len(leaves))] for log, leaves in sorted(self.logs.items())]
        opened_by = {"index": index, "leaf": leaf_hash(self.logs[opener][index]).hex(), "log": opener}
        files["certificate.json"] = canonical.write({
            "charter": hashlib.sha256(self.charter).hexdigest(),
            "closing": {"cut": cut, "heads": heads, "results": results},
            "decisions": decisions, "opener": opened_by, "organisation": ORGANISATION, "v": 1,
        }) + b"\n"  # fmt: skip
        return files


__all__ = ["MEMBERS", "World", "container", "origin"]
