"""Signed notes, keys, checkpoints, cosignatures: formats/record.md section 1, formats/checkpoint.md 1 and 2."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, replace

from . import ed25519, mldsa
from .canonical import INTEGER_MAX
from .errors import Invalid, need

KEY_NAME = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+){2,}")
VKEY = re.compile(r"([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")
SIZE = re.compile(r"0|[1-9][0-9]{0,15}")
ED25519, COSIGNATURE = 0x01, 0x04
NOTE_CONTEXT = b"veche/note/ml-dsa-44/v1"
# Of the ML-DSA-44 key beside one of an algorithm: what stands before it in a vkey, and the context of FIPS 204.
BESIDE = {ED25519: (b"\xff" + NOTE_CONTEXT, NOTE_CONTEXT), COSIGNATURE: (b"\x06", b"")}
NOTE_BYTES_MAX, NOTE_LINES_MAX = 16_384, 16
CHECKPOINT_BYTES_MAX, CHECKPOINT_LINES_MAX = 65_536, 256


def is_key_name(name: object) -> bool:
    """Whether `name` is 1 to 200 characters in three or more non-empty parts."""
    return isinstance(name, str) and len(name) <= 200 and KEY_NAME.fullmatch(name) is not None


def unbase64(text: str) -> bytes:
    """Decodes base64 with padding and unused bits zero; another form is refused."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("base64: not of the one form") from error
    need(base64.b64encode(data).decode() == text, "base64: not of the one form")
    return data


def _key_id(name: str, kind_and_key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + kind_and_key).digest()[:4]


@dataclass(frozen=True)
class Key:
    """A public key with its name and algorithm byte; of a pair also the ML-DSA-44 key."""

    name: str
    algorithm: int
    public: bytes
    second: bytes | None = None

    @property
    def id(self) -> bytes:
        """The first 4 bytes of SHA-256(name, 0x0A, algorithm byte, public key)."""
        return _key_id(self.name, bytes([self.algorithm]) + self.public)

    @property
    def second_id(self) -> bytes | None:
        """The id of the ML-DSA-44 key of a pair."""
        return None if self.second is None else _key_id(self.name, BESIDE[self.algorithm][0] + self.second)

    @property
    def ids(self) -> list[bytes]:
        """The id of each key, Ed25519 first."""
        return [self.id] if self.second_id is None else [self.id, self.second_id]

    def first_holds(self, message: bytes, signature: bytes) -> bool:
        """Whether the Ed25519 key signed a message."""
        return ed25519.verify(self.public, message, signature)

    def second_holds(self, message: bytes, signature: bytes) -> bool:
        """Whether the ML-DSA-44 key of a pair signed a message."""
        return self.second is not None and mldsa.verify(self.second, message, signature, BESIDE[self.algorithm][1])

    @classmethod
    def read(cls, vkey: object) -> "Key":
        """Reads a vkey; of a pair two, with a space between."""
        need(isinstance(vkey, str), "vkey: not a key")
        first, space, second = str(vkey).partition(" ")
        key = cls.read_one(first)
        return replace(key, second=key.read_second(second)) if space else key

    def read_second(self, vkey: str) -> bytes:
        """Reads the second vkey of a pair whose first is this."""
        match = VKEY.fullmatch(vkey)
        need(match is not None and match[1] == self.name, "vkey: no second key of this name")
        assert match is not None
        data, kind = unbase64(match[3]), BESIDE[self.algorithm][0]
        need(data.startswith(kind) and len(data) == len(kind) + mldsa.PUBLIC_BYTES, "vkey: no ML-DSA-44 key of this use")
        need(_key_id(self.name, data).hex() == match[2], "vkey: another id of the second key")
        return data[len(kind) :]

    @classmethod
    def read_one(cls, vkey: str) -> "Key":
        """Reads `NAME+8 hex digits+base64(algorithm byte, public key)`."""
        match = VKEY.fullmatch(vkey)
        if match is None:
            raise Invalid("vkey: not a key")
        data = unbase64(match[3])
        key = cls(match[1], data[0] if data else 0, data[1:])
        need(is_key_name(key.name), "vkey: not a key name")
        need(key.algorithm in (ED25519, COSIGNATURE) and len(key.public) == 32, "vkey: not a known algorithm")
        need(key.id.hex() == match[2], "vkey: another key id")
        return key


@dataclass(frozen=True)
class Line:
    """A signature line; `signature` comes after the key id."""

    name: str
    key_id: bytes
    signature: bytes

    def is_of(self, key: Key) -> bool:
        """Whether the line says that it is of `key`, or of one of the two of a pair."""
        return self.name == key.name and self.key_id in (key.id, key.second_id)


@dataclass(frozen=True)
class Note:
    """A note as read, no signature checked yet."""

    text: bytes
    lines: tuple[Line, ...]

    def signed_by(self, key: Key) -> bool | None:
        """Whether the lines of a key hold: nothing without a line, or with lines of one half of a pair; false if one does not."""
        mine = [line for line in self.lines if line.is_of(key)]
        firsts = [key.first_holds(self.text, line.signature) for line in mine if line.key_id == key.id]
        seconds = [key.second_holds(self.text, line.signature) for line in mine if line.key_id == key.second_id]
        if not all(firsts + seconds):
            return False
        return True if firsts and (seconds or key.second is None) else None


def _line(text: str) -> Line:
    parts = text.split(" ")
    need(len(parts) == 3 and parts[0] == "\u2014", "note: a signature line of another form")
    name = parts[1]
    need(name and "+" not in name and not any(c.isspace() for c in name), "note: not a key name")
    data = unbase64(parts[2])
    need(len(data) > 4, "note: a key id without signature")
    return Line(name, data[:4], data[4:])


def read(data: bytes, bytes_max: int = NOTE_BYTES_MAX, lines_max: int = NOTE_LINES_MAX) -> Note:
    """Reads a note: text, an empty line, 1 to `lines_max` signature lines."""
    need(len(data) <= bytes_max, f"note: above {bytes_max} bytes")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Invalid("note: not UTF-8") from error
    need(not any(c < 0x20 and c != 0x0A for c in data), "note: a control character")
    split = text.rfind("\n\n")
    need(split >= 0 and text.endswith("\n"), "note: no empty line, or no line end")
    lines = text[split + 2 : -1].split("\n")
    need(len(lines) <= lines_max, f"note: above {lines_max} signature lines")
    return Note(text[: split + 1].encode(), tuple(_line(line) for line in lines))


@dataclass(frozen=True)
class Checkpoint:
    """A log's origin, size and root, with the note that says so."""

    origin: str
    size: int
    root: bytes
    note: Note


def read_checkpoint(data: bytes) -> Checkpoint:
    """Reads a checkpoint; its signatures are not checked yet."""
    note = read(data, CHECKPOINT_BYTES_MAX, CHECKPOINT_LINES_MAX)
    lines = note.text.decode().split("\n")
    need(len(lines) == 4 and is_key_name(lines[0]), "checkpoint: not origin, size and root")
    need(SIZE.fullmatch(lines[1]) and int(lines[1]) <= INTEGER_MAX, "checkpoint: not a size")
    root = unbase64(lines[2])
    need(len(root) == 32, "checkpoint: not a root")
    return Checkpoint(lines[0], int(lines[1]), root, note)


def cosigned_at(key: Key, text: bytes, signature: bytes) -> int | None:
    """Returns the time of a cosignature/v1 of a checkpoint's text, or nothing if it does not hold. Of a pair: one half."""
    time = int.from_bytes(signature[:8], "big")
    if key.algorithm != COSIGNATURE or len(signature) != 72 or time >= 2**63:
        return None
    message = f"cosignature/v1\ntime {time}\n".encode() + text
    return time if key.first_holds(message, signature[8:]) else None


def cosigned_beside_at(key: Key, checkpoint: Checkpoint, signature: bytes) -> int | None:
    """Returns the time of the ML-DSA-44 half of a pair's cosignature, or nothing if it does not hold."""
    time = int.from_bytes(signature[:8], "big")
    if key.algorithm != COSIGNATURE or time >= 2**63:
        return None
    numbers = b"".join(n.to_bytes(8, "big") for n in (0, checkpoint.size))
    named = [bytes([len(name)]) + name.encode() for name in (key.name, checkpoint.origin)]
    message = b"subtree/v1\n\0" + named[0] + signature[:8] + named[1] + numbers + checkpoint.root
    return time if key.second_holds(message, signature[8:]) else None
