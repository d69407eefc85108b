"""Records, commitments, openings and sealed records: formats/record.md sections 3 to 6."""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

from . import canonical, note
from .canonical import is_hash, is_int, keys
from .errors import Invalid, need
from .tree import leaf_hash

KIND = re.compile(r"[A-Za-z0-9_.-]{1,64}")
LABEL = re.compile(r"[A-Za-z0-9_.()+:-]{1,64}")
MEDIA = re.compile(r"[ -~]{1,100}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
TERMS_SIZE_MAX, CLOSING_SIZE_MAX, ANNEX_SIZE_MAX = 65_536, 1_048_576, 16_777_216
ABOUT_MAX, SEEN_MAX = 16, 256
SALT_LEN = 32


def read_time(text: object) -> int:
    """Returns the POSIX seconds of `YYYY-MM-DDTHH:MM:SSZ`, years 1970 to 9999."""
    need(isinstance(text, str) and TIME.fullmatch(text), "time: not of the one form")
    try:
        at = datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError as error:
        raise Invalid("time: no such time") from error
    need(at.year >= 1970, "time: before 1970")
    return int(at.timestamp())


def write_time(at: int) -> str:
    """Returns the text of a time."""
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Record:
    """A record of the right form; signatures not checked yet. `about` and `kind` are those of its header."""

    raw: bytes
    leaf: str
    note: note.Note
    log: str
    kind: str
    label: str
    charter: str
    about: tuple[str, ...]
    seen: tuple[tuple[str, int, str], ...]
    commit: str
    size: int
    drill: bool
    audience: str | None

    @property
    def sealed(self) -> bool:
        """Whether kind, label and subject are in the opening only."""
        return self.kind == "sealed"


@dataclass(frozen=True)
class Said:
    """What a record says once its opening is known."""

    kind: str
    label: str
    about: tuple[str, ...]
    terms: dict[str, Any] = field(hash=False)


def read_heads(value: Any) -> tuple[tuple[str, int, str], ...]:
    """Reads a list of [ORIGIN,SIZE,ROOT]."""
    need(isinstance(value, list), "heads: not a list")
    for head in value:
        good = isinstance(head, list) and len(head) == 3
        good = good and note.is_key_name(head[0]) and is_int(head[1]) and is_hash(head[2])
        need(good, "heads: not [ORIGIN,SIZE,ROOT]")
    return tuple((head[0], head[1], head[2]) for head in value)


def ordered_heads(value: Any, many_max: int) -> tuple[tuple[str, int, str], ...]:
    """Reads a list of heads that is not empty, ascending by origin, none twice."""
    heads = read_heads(value)
    need(1 <= len(heads) <= many_max, "heads: not a list of the right length")
    origins = [head[0] for head in heads]
    need(all(a < b for a, b in zip(origins, origins[1:])), "heads: not ascending by origin")
    return heads


def _abouts(value: Any, least: int) -> tuple[str, ...]:
    good = isinstance(value, list) and least <= len(value) <= ABOUT_MAX and all(is_hash(h) for h in value)
    need(good, "record: field `about`")
    return tuple(value)


def _annex(value: Any) -> None:
    need(isinstance(value, list) and 1 <= len(value) <= 16, "record: field `annex`")
    for part in value:
        keys(part, "commit media size")
        good = is_hash(part["commit"]) and is_int(part["size"], 0, ANNEX_SIZE_MAX)
        need(good and _matches(MEDIA, part["media"]), "record: field `annex`")


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


@lru_cache(maxsize=100_000)
def read(data: bytes) -> Record:
    """Reads a record (section 6, the answers up to `Field`)."""
    parts = note.read(data)
    need(parts.text.count(b"\n") == 1, "record: the text is not one line")
    h = canonical.read(parts.text[:-1])
    need(isinstance(h, dict), "record: not an object")
    need(not is_int(h.get("v"), 2), "record: of a newer version")
    keys(h, "charter kind label log terms time v", "about annex audience drill seen")
    need(is_int(h["v"], 1, 1), "record: field `v`")
    need(_matches(KIND, h["kind"]), "record: field `kind`")
    need(_matches(LABEL, h["label"]), "record: field `label`")
    need(note.is_key_name(h["log"]), "record: field `log`")
    need(is_hash(h["charter"]), "record: field `charter`")
    need(h.get("drill", True) is True, "record: field `drill`")
    keys(h["terms"], "commit size")
    most = CLOSING_SIZE_MAX if h["kind"] == "closing" else TERMS_SIZE_MAX
    need(is_hash(h["terms"]["commit"]) and is_int(h["terms"]["size"], 0, most), "record: field `terms`")
    read_time(h["time"])
    if "annex" in h:
        _annex(h["annex"])
    sealed = (h["kind"] == "sealed", h["label"] == "sealed", "audience" in h)
    need(all(sealed) or not any(sealed), "record: half sealed")
    if sealed[0]:
        need("about" not in h and "annex" not in h and is_hash(h["audience"]), "record: field `audience`")
    return Record(
        raw=data, leaf=leaf_hash(data).hex(), note=parts, log=h["log"], kind=h["kind"], label=h["label"],
        charter=h["charter"], about=_abouts(h["about"], 1) if "about" in h else (),
        seen=ordered_heads(h["seen"], SEEN_MAX) if "seen" in h else (), commit=h["terms"]["commit"],
        size=h["terms"]["size"], drill="drill" in h, audience=h.get("audience"),
    )  # fmt: skip


def padme(length: int) -> bool:
    """Whether the lowest E - S bits are 0, with E = floor(log2 L) and S = floor(log2 E) + 1."""
    if length < 2:
        return True
    e = length.bit_length() - 1
    return length % (1 << max(e - e.bit_length(), 0)) == 0


def check_opening(record: Record, opening: bytes) -> None:
    """Checks an opening (salt, then bytes) against the record's commitment (section 4)."""
    need(len(opening) >= SALT_LEN, "opening: no salt")
    need(hashlib.sha256(b"veche/terms/v1\0" + opening).hexdigest() == record.commit, "opening: other bytes")
    need(len(opening) - SALT_LEN == record.size, "opening: another size")


@lru_cache(maxsize=100_000)
def open_terms(record: Record, opening: bytes) -> Said:
    """Checks an opening and reads what was said."""
    check_opening(record, opening)
    salt, data = opening[:SALT_LEN], opening[SALT_LEN:]
    terms = canonical.read(data)
    need(isinstance(terms, dict), "opening: not an object")
    if not record.sealed:
        return Said(record.kind, record.label, record.about, terms)
    keys(terms, "about kind label pad terms", "annex")
    need(_matches(KIND, terms["kind"]) and terms["kind"] != "sealed", "sealed: field `kind`")
    need(_matches(LABEL, terms["label"]) and terms["label"] != "sealed", "sealed: field `label`")
    need(isinstance(terms["terms"], dict), "sealed: field `terms`")
    need(isinstance(terms["pad"], str) and not terms["pad"].strip("0") and padme(len(data)), "sealed: field `pad`")
    if "annex" in terms:
        _annex(terms["annex"])
    audience = hashlib.sha256(b"veche/audience/v1\0" + salt + terms["label"].encode()).hexdigest()
    need(audience == record.audience, "sealed: another audience")
    return Said(terms["kind"], terms["label"], _abouts(terms["about"], 0), terms["terms"])
