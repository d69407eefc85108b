"""How an amended charter came into force: formats/charter.md "A charter changes", formats/certificate.md section 8."""

import hashlib
from dataclasses import dataclass
from typing import Any

from .canonical import is_hash, is_int
from .charter import Charter, read as read_charter
from .errors import Invalid, need

DEPTH_MAX = 64
EDITS_MAX = 2_000


@dataclass
class Enacted:
    """A charter of the law, with what records name to act under it."""

    named: str
    charter: Charter
    text: bytes
    drill: bool = False


def genesis(text: bytes) -> Enacted:
    """Returns the charter that an organisation began with."""
    charter = read_charter(text)
    return Enacted(charter.hash, charter, text)


def amend(before: Enacted, terms: dict[str, Any]) -> bytes:
    """Returns the text that an amending act makes of a charter's text."""
    need(terms.get("base") == before.charter.hash, "amendment: of another text")
    edits = terms.get("edits")
    need(isinstance(edits, list) and len(edits) <= EDITS_MAX, "amendment: its edits are not of their form")
    assert isinstance(edits, list)
    lines, made, done = before.text.decode().split("\n"), [], 0
    last = lines.pop()
    lines = [line + "\n" for line in lines] + ([last] if last else [])
    for edit in edits:
        need(isinstance(edit, dict) and set(edit) == {"at", "inserted", "removed"}, "amendment: an edit of another form")
        good = is_int(edit["at"], 1) and is_int(edit["removed"]) and isinstance(edit["inserted"], str)
        need(good, "amendment: an edit of another form")
        start = edit["at"] - 1
        end = start + edit["removed"]
        need(done <= start and end <= len(lines), "amendment: an edit outside the text, or over one before")
        made += [*lines[done:start], edit["inserted"]]
        done = end
    text = "".join([*made, *lines[done:]]).encode()
    need(hashlib.sha256(text).hexdigest() == terms.get("result"), "amendment: makes another text than it says")
    return text


def succeed(before: Enacted, text: bytes) -> Charter:
    """Reads the next version, and checks that it may follow on the one before."""
    charter, old = read_charter(text), before.charter
    for key in ("organisation", "name", "default_label"):
        need(charter.head[key] == old.head[key], f"amendment: another {key}")
    need(charter.head["version"] == old.head["version"] + 1, "amendment: not the next version")
    for party in old.parties:
        same = old.keys.get(party, {}) == charter.keys.get(party, {})
        need(party not in charter.parties or same, f"amendment: other keys of {party}")
    return charter


def follow(law: list[Enacted], terms: dict[str, Any], text: bytes, leaf: str, drill: bool) -> list[Enacted]:
    """Returns the law with the charter that an adopted act made."""
    need(len(law) <= DEPTH_MAX, "amendment: too many before it")
    need(amend(law[-1], terms) == text, "amendment: adopted another charter than charter.toml")
    need(is_hash(leaf), "amendment: no leaf")
    return [*law, Enacted(leaf, succeed(law[-1], text), text, drill)]


def of(law: list[Enacted], named: str) -> Charter:
    """Returns the charter that a record names."""
    for enacted in law:
        if enacted.named == named:
            return enacted.charter
    raise Invalid("under a charter that is not shown to be in force")
