"""The keys of the logs: formats/log.md sections 1 and 4, formats/certificate.md section 3 (revocation, epoch)."""

from dataclasses import dataclass, field

from .errors import Invalid, need
from .note import COSIGNATURE, ED25519, Key
from .record import Record

ROLES = ("root", "log", "officer")


@dataclass
class Listed:
    """A key of one log with its role and the leaves at which it counts."""

    key: Key
    role: str
    first: int = 0
    until: int | None = None

    def in_force(self, index: int) -> bool:
        """Whether the listing covers the leaf at `index`."""
        return self.first <= index and (self.until is None or index < self.until)


@dataclass
class LogKeys:
    """What is known of one log's keys."""

    origin: str
    listed: list[Listed] = field(default_factory=list)
    revoked: dict[str, int] = field(default_factory=dict)

    def log_key(self) -> Key:
        """Returns the key that signs the log's checkpoints."""
        for entry in self.listed:
            if entry.role == "log":
                return entry.key
        raise Invalid(f"keys: no log key for {self.origin}")

    def signers(self, record: Record, index: int) -> list[Listed]:
        """Returns the keys in force that signed a record, in the order of its lines; none is refused (record.md 6)."""
        need(record.log == self.origin, f"record {index} of {self.origin}: of another log")
        found: list[Listed] = []
        for line in record.note.lines:
            for entry in self.listed:
                if entry.role not in ROLES or not line.is_of(entry.key):
                    continue
                signed = record.note.signed_by(entry.key)
                need(signed is not False, f"record {index} of {self.origin}: bad signature")
                if signed is None:
                    continue
                alive = entry.in_force(index) and index < self.revoked.get(entry.key.name, index + 1)
                if alive and entry not in found:
                    found.append(entry)
        need(found, f"record {index} of {self.origin}: no key in force signed it")
        return found


def listed(vkey: object, role: str, first: int = 0, until: int | None = None) -> Listed:
    """Reads a key for a role: witness keys cosign (0x04), the others sign (0x01)."""
    key = Key.read(vkey)
    wanted = COSIGNATURE if role == "witness" else ED25519
    need(key.algorithm == wanted, f"keys: {key.name} has another algorithm than a {role} key")
    return Listed(key, role, first, until)
