"""The Merkle tree: formats/log.md section 2 (RFC 6962 with SHA-256, frontiers, proofs as RFC 9162 checks them)."""

import hashlib

from .errors import Invalid, need

PROOF_MAX = 63


def leaf_hash(record: bytes) -> bytes:
    """Returns SHA-256(0x00, record)."""
    return hashlib.sha256(b"\0" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Returns SHA-256(0x01, left, right)."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Frontier:
    """The roots of the perfect subtrees that a size splits into, largest first."""

    def __init__(self, size: int = 0, roots: list[bytes] | None = None) -> None:
        self.size = size
        self.roots = roots or []

    @classmethod
    def read(cls, data: bytes) -> "Frontier":
        """Reads 8 bytes of size, big-endian, and 32 bytes for each 1 bit of it."""
        size = int.from_bytes(data[:8], "big")
        need(len(data) == 8 + 32 * size.bit_count(), "frontier: not a hash for each 1 bit of its size")
        need(size < 2**53, "frontier: size above 2^53 - 1")
        return cls(size, [data[i : i + 32] for i in range(8, len(data), 32)])

    def append(self, leaf: bytes) -> None:
        """Adds a leaf hash."""
        size = self.size
        while size & 1:
            leaf, size = node_hash(self.roots.pop(), leaf), size >> 1
        self.roots.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """Returns the root at this size; that of the empty tree is the hash of nothing."""
        if not self.roots:
            return hashlib.sha256().digest()
        root = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            root = node_hash(left, root)
        return root


def inclusion_root(index: int, size: int, leaf: bytes, proof: list[bytes]) -> bytes:
    """Returns the root that an inclusion proof gives (RFC 9162 section 2.1.3.2); a wrong length is refused."""
    need(0 <= index < size and len(proof) <= PROOF_MAX, "inclusion proof: no such leaf")
    node, last, root = index, size - 1, leaf
    for part in proof:
        need(last, "inclusion proof: too long")
        if node & 1 or node == last:
            root = node_hash(part, root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = node_hash(root, part)
        node, last = node >> 1, last >> 1
    if last:
        raise Invalid("inclusion proof: too short")
    return root
