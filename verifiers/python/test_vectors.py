"""The test vectors of formats/vectors."""

import json
import sys
import unittest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from veche_verify import canonical, ed25519, mldsa, note, record, shares, tree  # noqa: E402
from veche_verify.errors import Invalid  # noqa: E402
from veche_verify.keyring import LogKeys, listed  # noqa: E402

VECTORS = Path(__file__).parents[2] / "formats" / "vectors"


def load(name: str) -> Any:
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


class CanonicalJson(unittest.TestCase):
    def setUp(self) -> None:
        self.vectors = load("json.json")

    def test_a_good_text_is_written_as_it_was_read(self) -> None:
        for text in self.vectors["good"]:
            with self.subTest(text):
                self.assertEqual(canonical.write(canonical.read(text.encode())), text.encode())

    def test_a_bad_text_is_refused(self) -> None:
        for case in self.vectors["bad"]:
            with self.subTest(case["text"]), self.assertRaises(Invalid):
                canonical.read(case["text"].encode())

    def test_depth_ends_at_the_limit(self) -> None:
        most = self.vectors["depth_max"]
        canonical.read(b"[" * most + b"]" * most)
        for depth in (most + 1, 100_000):
            with self.assertRaises(Invalid):
                canonical.read(b"[" * depth + b"]" * depth)


class Notes(unittest.TestCase):
    def test_each_note_has_its_verdict(self) -> None:
        vectors = load("note.json")
        key = note.Key.read(vectors["vkey"])
        for case in vectors["cases"]:
            with self.subTest(case["what"]):
                try:
                    answer = note.read(case["note"].encode()).signed_by(key)
                    verdict = {True: "good", False: "bad", None: "absent"}[answer]
                except Invalid:
                    verdict = "malformed"
                self.assertEqual(verdict, case["verdict"])


class Pairs(unittest.TestCase):
    def setUp(self) -> None:
        self.vectors = load("pair.json")
        self.keys = {key["role"]: note.Key.read(key["vkey"]) for key in self.vectors["keys"]}

    def test_another_text_is_no_pair(self) -> None:
        for case in self.vectors["bad_vkeys"]:
            with self.subTest(case["what"]), self.assertRaises(Invalid):
                note.Key.read(case["vkey"])

    def test_each_note_has_its_verdict(self) -> None:
        for case in self.vectors["notes"]:
            with self.subTest(case["what"]):
                try:
                    answer = note.read(case["note"].encode()).signed_by(self.keys["officer"])
                    verdicts = {True: ["good"], False: ["bad"], None: ["absent", "half"]}[answer]
                except Invalid:
                    verdicts = ["malformed"]
                self.assertIn(case["verdict"], verdicts)

    def test_each_cosignature_has_its_time(self) -> None:
        for case in self.vectors["cosignatures"]:
            with self.subTest(case["what"]):
                read, key = note.read_checkpoint(case["note"].encode()), self.keys["witness"]
                lines = {line.key_id: line.signature for line in read.note.lines if line.is_of(key)}
                first = note.cosigned_at(key, read.note.text, lines.get(key.id, b""))
                second = note.cosigned_beside_at(key, read, lines.get(key.second_id or b"", b""))
                self.assertEqual(first if first == second else None, case.get("at"))


class MlDsa(unittest.TestCase):
    def test_another_implementation_s_signatures_have_its_verdicts(self) -> None:
        vectors = load("ml-dsa.json")
        self.assertGreater(sum(case["good"] for case in vectors["cases"]), 10)
        for case in vectors["cases"]:
            public = bytes.fromhex(vectors["keys"][case["key"]]["public"])
            message, signature, context = (bytes.fromhex(case[k]) for k in ("message", "signature", "context"))
            with self.subTest(case["what"]):
                self.assertEqual(mldsa.verify(public, message, signature, context), case["good"])


class Shares(unittest.TestCase):
    def test_shares_are_as_committed_and_any_that_suffice_give_the_seed(self) -> None:
        for case in load("share.json")["cases"]:
            seed = bytes.fromhex(case["seed"])
            coefficients = [bytes.fromhex(text) for text in case["coefficients"]]
            held = {x: bytes.fromhex(text) for x, text in enumerate(case["shares"], start=1)}
            for x, value in held.items():
                self.assertEqual(shares.share(seed, coefficients, x), value)
            needed = case["needed"]
            for first in range(1, len(held) - needed + 2):
                some = {x: held[x] for x in range(first, first + needed)}
                self.assertEqual(shares.join(some), seed)
                del some[first]
                if len(some) > 0:
                    self.assertNotEqual(shares.join(some), seed)


class Records(unittest.TestCase):
    def setUp(self) -> None:
        self.vectors = load("record.json")
        entries = [listed(key["vkey"], key["role"]) for key in self.vectors["keys"]]
        self.keys = LogKeys(self.vectors["log"], entries)

    def test_a_good_record_is_read_signed_and_opened(self) -> None:
        for case in self.vectors["good"]:
            with self.subTest(case["what"]):
                read = record.read(case["record"].encode())
                self.assertEqual(read.leaf, case["leaf"])
                self.keys.signers(read, 0)
                said = record.open_terms(read, bytes.fromhex(case["opening"]))
                self.assertEqual(said.kind == read.kind, not read.sealed)

    def test_a_bad_record_is_refused(self) -> None:
        for case in self.vectors["bad"]:
            with self.subTest(case["what"]), self.assertRaises(Invalid):
                self.keys.signers(record.read(case["record"].encode()), 0)

    def test_an_opening_with_another_byte_is_refused(self) -> None:
        for case in self.vectors["good"]:
            opening = bytearray.fromhex(case["opening"])
            opening[0] ^= 1
            with self.subTest(case["what"]), self.assertRaises(Invalid):
                record.open_terms(record.read(case["record"].encode()), bytes(opening))


class Checkpoints(unittest.TestCase):
    def setUp(self) -> None:
        self.vectors = load("checkpoint.json")
        self.keys = {key["role"]: note.Key.read(key["vkey"]) for key in self.vectors["keys"]}

    def test_the_checkpoint_is_signed_and_cosigned(self) -> None:
        read = note.read_checkpoint(self.vectors["note"].encode())
        self.assertEqual((read.size, read.root.hex()), (self.vectors["size"], self.vectors["root"]))
        self.assertTrue(read.note.signed_by(self.keys["log"]))
        line = read.note.lines[1]
        self.assertTrue(line.is_of(self.keys["witness"]))
        at = note.cosigned_at(self.keys["witness"], read.note.text, line.signature)
        self.assertEqual(at, self.vectors["cosigned_at"])

    def test_a_bad_checkpoint_is_refused_or_not_signed(self) -> None:
        for text in self.vectors["bad"]:
            with self.subTest(text):
                try:
                    read = note.read_checkpoint(text.encode())
                except Invalid:
                    continue
                self.assertFalse(read.note.signed_by(self.keys["log"]))

    def test_the_epoch_statement_is_signed_by_the_root_key(self) -> None:
        self.assertTrue(note.read(self.vectors["epoch"].encode()).signed_by(self.keys["root"]))

    def test_both_notes_of_the_fork_proof_are_signed(self) -> None:
        roots = set()
        for name in ("first", "second"):
            read = note.read_checkpoint(self.vectors["fork"][name].encode())
            self.assertTrue(read.note.signed_by(self.keys["log"]))
            roots.add(read.root)
        self.assertEqual(len(roots), 2)


def consistency_holds(old: int, size: int, old_root: bytes, root: bytes, proof: list[bytes]) -> bool:
    """Whether a consistency proof holds (RFC 9162 section 2.1.4.2); empty from size 0, or from a size to itself."""
    if old == 0 or old == size:
        return not proof and (old == 0 or old_root == root)
    if old > size or not proof or len(proof) > tree.PROOF_MAX:
        return False
    path = ([old_root] if old & (old - 1) == 0 else []) + proof
    node, last = old - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = path[0]
    for part in path[1:]:
        if not last:
            return False
        if node & 1 or node == last:
            first, second = tree.node_hash(part, first), tree.node_hash(part, second)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            second = tree.node_hash(second, part)
        node, last = node >> 1, last >> 1
    return not last and first == old_root and second == root


class Trees(unittest.TestCase):
    def setUp(self) -> None:
        self.vectors = load("tree.json")
        self.roots = [bytes.fromhex(root) for root in self.vectors["roots"]]
        self.leaves = [tree.leaf_hash(bytes.fromhex(entry)) for entry in self.vectors["entries"]]

    def test_every_size_has_its_root(self) -> None:
        frontier = tree.Frontier()
        self.assertEqual(frontier.root(), self.roots[0])
        for leaf, root in zip(self.leaves, self.roots[1:], strict=True):
            frontier.append(leaf)
            self.assertEqual(frontier.root(), root)

    def test_the_frontier_is_read_and_gives_the_root(self) -> None:
        frontier = tree.Frontier.read(bytes.fromhex(self.vectors["frontier_at_21"]))
        self.assertEqual((frontier.size, frontier.root()), (21, self.roots[21]))

    def test_inclusion_proofs_hold_for_their_leaf_alone(self) -> None:
        for case in self.vectors["inclusion"]:
            proof = [bytes.fromhex(part) for part in case["proof"]]
            index, size = case["index"], case["size"]
            self.assertEqual(tree.inclusion_root(index, size, self.leaves[index], proof), self.roots[size])
            self.assertNotEqual(tree.inclusion_root(index, size, bytes(32), proof), self.roots[size])
            with self.assertRaises(Invalid):
                tree.inclusion_root(index, size, self.leaves[index], [*proof, bytes(32)])

    def test_consistency_proofs_hold_for_their_roots_alone(self) -> None:
        for case in self.vectors["consistency"]:
            proof = [bytes.fromhex(part) for part in case["proof"]]
            old, size = case["old"], case["size"]
            args = (old, size, self.roots[old], self.roots[size])
            self.assertTrue(consistency_holds(*args, proof))
            self.assertFalse(consistency_holds(*args, [*proof, bytes(32)]))
            if old not in (0, size):
                self.assertFalse(consistency_holds(old, size, bytes(32), self.roots[size], proof))

    def test_tile_bundles_are_lengths_and_bytes(self) -> None:
        vectors = load("tile.json")
        data = b"".join(len(e).to_bytes(2, "big") + e for e in map(bytes.fromhex, vectors["bundle_entries"]))
        self.assertEqual(data.hex(), vectors["bundle"])


class Signatures(unittest.TestCase):
    """Cases of the strict check."""

    def setUp(self) -> None:
        read = note.read_checkpoint(load("checkpoint.json")["note"].encode())
        self.key = next(note.Key.read(k["vkey"]) for k in load("checkpoint.json")["keys"] if k["role"] == "log").public
        self.text, self.signature = read.note.text, read.note.lines[0].signature

    def check(self, expected: bool, key: bytes, text: bytes, signature: bytes) -> None:
        self.assertEqual(ed25519.verify(key, text, signature), expected)

    def test_a_good_signature_holds(self) -> None:
        self.check(True, self.key, self.text, self.signature)

    def test_any_other_bit_does_not_hold(self) -> None:
        for bit in range(0, 512, 37):
            other = bytearray(self.signature)
            other[bit // 8] ^= 1 << bit % 8
            self.check(False, self.key, self.text, bytes(other))
        self.check(False, self.key, self.text + b"\n", self.signature)

    def test_s_above_the_group_order_does_not_hold(self) -> None:
        s = int.from_bytes(self.signature[32:], "little") + ed25519.L
        self.check(False, self.key, self.text, self.signature[:32] + s.to_bytes(32, "little"))

    def test_small_orders_and_other_encodings_do_not_hold(self) -> None:
        neutral = (1).to_bytes(32, "little")
        for point in (neutral, bytes(32), (ed25519.P + 1).to_bytes(32, "little"), bytes(31) + b"\x80"):
            self.check(False, point, self.text, point + bytes(32))
            self.check(False, point, self.text, neutral + bytes(32))
            self.check(False, self.key, self.text, point + self.signature[32:])

    def test_another_implementation_agrees(self) -> None:
        try:
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        except ImportError:
            self.skipTest("the package `cryptography` is not installed")
        for seed in range(32):
            private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
            message = bytes(range(seed))
            self.check(True, private.public_key().public_bytes_raw(), message, private.sign(message))


if __name__ == "__main__":
    unittest.main()
