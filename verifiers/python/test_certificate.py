"""Whole certificates: those built here, and those of a folder that the environment names."""

import os
import random
import sys
import unittest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import builder  # noqa: E402
from builder import MEMBERS, World, origin  # noqa: E402
from veche_verify import certificate, container  # noqa: E402
from veche_verify.cli import answer  # noqa: E402
from veche_verify.errors import Invalid  # noqa: E402
from veche_verify.record import write_time  # noqa: E402

NOON = 1_795_348_800
HOUR = 3600


class Silence:
    """An urgent text of three paragraphs under silence, tabled by the Secretariat at noon."""

    def __init__(self, holders: list[str] = MEMBERS) -> None:
        self.world = World()
        notice = {"title": "Ice on the upper river", "text": "The gauge at Three Fords has stopped."}
        self.notice = self.world.say("lurien", NOON - HOUR, "notification", notice)
        self.world.witness(NOON - HOUR + 10)
        self.seen = self.world.heads(origin("secretariat"))
        paragraphs = [{"n": n, "text": f"Measure {n}."} for n in (1, 2, 3)]
        terms = {"title": "Help for Lurien", "urgency": "urgent", "paragraphs": paragraphs}
        self.index = len(self.world.logs[origin("secretariat")])
        self.text = self.world.say("secretariat", NOON, "proposal", terms, [self.notice], seen=self.seen)
        self.opened = [self.text, self.notice]
        # Orvessa keeps the Secretariat's node and does not count: the fourth of the others is Quorrin.
        self.world.witness(NOON, holders)
        self.start = NOON + 4

    def position(self, party: str, at: int, **terms: Any) -> str:
        leaf = self.world.say(party, at, "position", terms, [self.text])
        self.opened.append(leaf)
        return leaf

    def close(self, decisions: list[dict[str, Any]], at: int) -> bytes:
        files = self.world.files(origin("secretariat"), self.index, self.seen, at, self.opened, decisions)
        # The notification stands before its log's range, so it comes with a proof.
        log = origin("lurien")
        leaves = [builder.leaf_hash(leaf) for leaf in self.world.logs[log]]
        files[f"logs/{log}/earlier/0.note"] = self.world.logs[log][0]
        files[f"logs/{log}/earlier/0.proof"] = "".join(f"{part.hex()}\n" for part in proof(0, leaves)).encode()
        return container.write(files)


def subtree(leaves: list[bytes]) -> bytes:
    frontier = builder.Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def proof(index: int, leaves: list[bytes]) -> list[bytes]:
    """Returns an inclusion proof (RFC 6962 section 2.1.1)."""
    if len(leaves) == 1:
        return []
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if index < half:
        return [*proof(index, leaves[:half]), subtree(leaves[half:])]
    return [*proof(index - half, leaves[half:]), subtree(leaves[:half])]


def adopted(paragraph: int, at: int, silent: list[str], spoke: dict[str, Any], binds: list[str]) -> dict[str, Any]:
    positions = {party: {"position": "yes"} for party in silent} | spoke
    return {"at": write_time(at), "binds": binds, "outcome": "adopted", "paragraph": paragraph, "positions": positions,
            "state": "adopted", "waived": []}  # fmt: skip


class Built(unittest.TestCase):
    def test_silence_adopts_what_nobody_breaks(self) -> None:
        silence = Silence()
        leaf = silence.position("mirez", NOON + HOUR, position="no", paragraphs=[2], reason="no trucks")
        silence.world.witness(NOON + HOUR + 60)
        terms = {"paragraphs": [1], "text": "Only by day."}
        silence.opened.append(silence.world.say("tamrin", NOON + 2 * HOUR, "reservation", terms, [silence.text]))
        silence.world.witness(NOON + 2 * HOUR + 60)
        deadline = silence.start + 6 * HOUR
        no = {"mirez": {"position": "no", "record": leaf}}
        broken = {"at": write_time(NOON + HOUR + 64), "binds": [], "outcome": "rejected", "paragraph": 2, "positions": no,
                  "state": "broken", "waived": []}  # fmt: skip
        unbound = [party for party in MEMBERS if party != "tamrin"]
        decisions = [adopted(1, deadline, MEMBERS, {}, unbound), broken, adopted(3, deadline, MEMBERS, {}, MEMBERS)]
        data = silence.close(decisions, deadline)
        self.assertEqual(certificate.verify(data).decisions, decisions)
        self.check_mutations(data)

    def check_mutations(self, data: bytes) -> None:
        """No byte of a part that is recomputed can be another."""
        draw = random.Random(7)
        files = container.read(data)
        for name in sorted(files):
            for _ in range(2):
                other = bytearray(files[name])
                if not other:
                    continue
                other[draw.randrange(len(other))] ^= 1 << draw.randrange(8)
                with self.subTest(name), self.assertRaises(Invalid):
                    certificate.verify(container.write(files | {name: bytes(other)}))
        for name in sorted(files):
            with self.subTest(f"without {name}"), self.assertRaises(Invalid):
                certificate.verify(container.write({n: d for n, d in files.items() if n != name}))

    def test_before_the_deadline_nothing_is_decided(self) -> None:
        silence = Silence()
        deadline = silence.start + 6 * HOUR
        with self.assertRaisesRegex(Invalid, "no unit is decided"):
            certificate.verify(silence.close([adopted(1, deadline, MEMBERS, {}, MEMBERS)], deadline - 1))

    def test_an_objection_inside_the_cut_cannot_be_left_out(self) -> None:
        silence = Silence()
        silence.position("mirez", NOON + HOUR, position="no")
        silence.world.witness(NOON + HOUR + 60)
        deadline = silence.start + 6 * HOUR
        decisions = [adopted(n, deadline, MEMBERS, {}, MEMBERS) for n in (1, 2, 3)]
        with self.assertRaisesRegex(Invalid, "closing: other results"):
            certificate.verify(silence.close(decisions, deadline))

    def test_an_objection_that_straddles_the_deadline_is_contested(self) -> None:
        silence = Silence()
        deadline = silence.start + 6 * HOUR
        silence.position("mirez", deadline - 60, position="no")
        silence.world.witness(deadline + 60)
        decisions = [adopted(n, deadline, MEMBERS, {}, MEMBERS) for n in (1, 2, 3)]
        with self.assertRaisesRegex(Invalid, "no unit is decided"):
            certificate.verify(silence.close(decisions, deadline + 120))

    def test_a_late_yes_does_not_settle_an_objection_that_straddles_the_deadline(self) -> None:
        silence = Silence()
        world, deadline = silence.world, silence.start + 6 * HOUR
        world.witness(deadline + 1, ["halcis"])
        silence.position("mirez", deadline - 30, position="no")
        # The yes is surely late and is held sooner than the objection, so it comes first in order.
        silence.position("halcis", deadline + 2, position="yes")
        for second, party in enumerate(["lurien", "orvessa", "quorrin", "tamrin"]):
            held = [head for head in world.heads() if head[0] == origin("halcis")]
            terms = {"heads": held, "time": write_time(deadline + 5 + second)}
            world.say(party, deadline + 5 + second, "witness", terms, role="log")
        world.witness(deadline + 30)
        decisions = [adopted(n, deadline, MEMBERS, {}, MEMBERS) for n in (1, 2, 3)]
        with self.assertRaisesRegex(Invalid, "no unit is decided"):
            certificate.verify(silence.close(decisions, deadline + 120))

    def test_an_objection_after_the_deadline_changes_nothing(self) -> None:
        silence = Silence()
        deadline = silence.start + 6 * HOUR
        silence.world.witness(deadline)
        silence.position("mirez", deadline + 60, position="no")
        silence.world.witness(deadline + 120)
        decisions = [adopted(n, deadline, MEMBERS, {}, MEMBERS) for n in (1, 2, 3)]
        certificate.verify(silence.close(decisions, deadline + 180))

    def test_an_observer_cannot_break_silence(self) -> None:
        silence = Silence()
        silence.position("pell-union", NOON + HOUR, position="no")
        silence.world.witness(NOON + HOUR + 60)
        deadline = silence.start + 6 * HOUR
        decisions = [adopted(n, deadline, MEMBERS, {}, MEMBERS) for n in (1, 2, 3)]
        certificate.verify(silence.close(decisions, deadline))

    def revoke(self, silence: Silence, resign: bool) -> list[dict[str, Any]]:
        """Mirez objects, then revokes the key that did it back to before; returns what follows without the objection."""
        silence.position("mirez", NOON + HOUR, position="aside")
        key = builder.KEYS["mirez", "officer-1"].name
        terms = {"key": key, "last_good_size": 2, "reason": "lost on the road"}
        silence.opened.append(silence.world.say("mirez", NOON + HOUR + 1, "revocation", terms, role="root"))
        if resign:
            about = [silence.opened[-2]]
            leaf = silence.world.say("mirez", NOON + HOUR + 2, "resigning", {}, about, role="officer-2")
            silence.opened.append(leaf)
        silence.world.witness(NOON + HOUR + 60)
        return [adopted(n, silence.start + 6 * HOUR, MEMBERS, {}, MEMBERS) for n in (1, 2, 3)]

    def test_what_a_revoked_key_signed_after_its_last_good_record_is_suspended(self) -> None:
        silence = Silence()
        decisions = self.revoke(silence, resign=False)
        certificate.verify(silence.close(decisions, silence.start + 6 * HOUR))

    def test_what_is_signed_again_counts_again(self) -> None:
        silence = Silence()
        decisions = self.revoke(silence, resign=True)
        with self.assertRaisesRegex(Invalid, "closing: other results"):
            certificate.verify(silence.close(decisions, silence.start + 6 * HOUR))

    def test_a_revoked_key_signs_no_more(self) -> None:
        silence = Silence()
        self.revoke(silence, resign=False)
        silence.position("mirez", NOON + 2 * HOUR, position="yes")
        silence.world.witness(NOON + 2 * HOUR + 60)
        with self.assertRaisesRegex(Invalid, "no key in force"):
            certificate.verify(silence.close([], silence.start + 6 * HOUR))

    def test_a_member_that_the_text_reached_too_late_blocks_it(self) -> None:
        silence = Silence(holders=[party for party in MEMBERS if party != "mirez"])
        blocked_at = silence.start + 12 * HOUR
        silence.world.witness(blocked_at - HOUR)
        common = {
            "at": write_time(blocked_at),
            "binds": [],
            "outcome": "lapsed",
            "positions": {},
            "state": "blocked",
            "waived": [],
        }
        decisions = [{**common, "paragraph": n} for n in (1, 2, 3)]
        self.assertEqual(certificate.verify(silence.close(decisions, blocked_at)).decisions, decisions)

    def test_a_member_that_does_not_say_when_it_had_the_text_proves_no_block(self) -> None:
        silence = Silence(holders=[party for party in MEMBERS if party != "mirez"])
        blocked_at = silence.start + 12 * HOUR
        # Mirez could state later that it had the text from the start, and then it would be adopted.
        with self.assertRaisesRegex(Invalid, "no unit is decided"):
            certificate.verify(silence.close([], blocked_at))

    def test_a_late_receipt_extends_the_period(self) -> None:
        silence = Silence(holders=[party for party in MEMBERS if party != "mirez"])
        silence.world.witness(NOON + 5 * HOUR)
        # Mirez, third in the round, has it at NOON + 5 h 2 s, and two hours from then.
        deadline = NOON + 7 * HOUR + 2
        decisions = [adopted(n, deadline, MEMBERS, {}, MEMBERS) for n in (1, 2, 3)]
        certificate.verify(silence.close(decisions, deadline))

    def test_a_log_that_others_hold_cannot_be_left_out_of_the_cut(self) -> None:
        silence = Silence()
        silence.world.say("pell-union", NOON + 60, "comment", {"text": "We watch."}, [silence.text], label="PUBLIC")
        silence.world.witness(NOON + 120)
        del silence.world.logs[origin("pell-union")]
        deadline = silence.start + 6 * HOUR
        decisions = [adopted(n, deadline, MEMBERS, {}, MEMBERS) for n in (1, 2, 3)]
        with self.assertRaisesRegex(Invalid, "the cut is not closed"):
            certificate.verify(silence.close(decisions, deadline))

    def epoch(self, silence: Silence, last_good_size: int) -> list[dict[str, Any]]:
        """Mirez stands aside in its first log, then opens a second one; returns what follows without that."""
        world = silence.world
        silence.position("mirez", NOON + HOUR, position="aside")
        world.witness(NOON + HOUR + 60)
        silence.opened.append(world.open_epoch("mirez", NOON + 2 * HOUR, last_good_size))
        world.witness(NOON + 2 * HOUR + 60)
        return [adopted(n, silence.start + 6 * HOUR, MEMBERS, {}, MEMBERS) for n in (1, 2, 3)]

    def test_an_epoch_cuts_off_what_came_after_the_last_good_size(self) -> None:
        silence = Silence()
        decisions = self.epoch(silence, last_good_size=2)
        certificate.verify(silence.close(decisions, silence.start + 6 * HOUR))

    def test_an_epoch_keeps_what_came_before_the_last_good_size(self) -> None:
        silence = Silence()
        decisions = self.epoch(silence, last_good_size=3)
        with self.assertRaisesRegex(Invalid, "closing: other results"):
            certificate.verify(silence.close(decisions, silence.start + 6 * HOUR))

    def test_a_second_log_cannot_be_left_out_of_the_cut(self) -> None:
        silence = Silence()
        decisions = self.epoch(silence, last_good_size=2)
        silence.opened.pop()
        del silence.world.logs[origin("mirez", 2)]
        with self.assertRaisesRegex(Invalid, "the cut is not closed"):
            certificate.verify(silence.close(decisions, silence.start + 6 * HOUR))

    def test_a_text_that_nobody_held_is_not_put(self) -> None:
        silence = Silence(holders=MEMBERS[:3])
        with self.assertRaisesRegex(Invalid, "not held by a quorum"):
            certificate.verify(silence.close([], silence.start + 6 * HOUR))

    def test_no_bytes_make_the_program_fail(self) -> None:
        draw = random.Random(11)
        folder = Path(self.enterContext(__import__("tempfile").TemporaryDirectory()))
        good = Silence().close([], NOON + 7 * HOUR)
        for number in range(40):
            other = bytearray(good)
            for _ in range(draw.randrange(1, 4)):
                other[draw.randrange(len(other))] = draw.randrange(256)
            file = folder / f"{number}.zip"
            file.write_bytes(bytes(other[: draw.randrange(len(other))] if number % 3 == 0 else other))
            self.assertIsInstance(answer(file, None), str)


@unittest.skipUnless("VECHE_CERTIFICATES" in os.environ, "VECHE_CERTIFICATES names no folder of certificates")
class Given(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(os.environ["VECHE_CERTIFICATES"])

    def judge(self, verdict: str) -> list[tuple[Path, certificate.Verified | str]]:
        """Judges the certificates of a kind, each under the charter that its folder is named after."""
        files = sorted((self.folder / verdict).glob("*/*.zip"))
        self.assertTrue(files, f"no {verdict}/*/*.zip")
        return [(file, answer(file, file.parent.name)) for file in files]

    def test_good_certificates_are_valid(self) -> None:
        for file, found in self.judge("good"):
            with self.subTest(file.name):
                self.assertNotIsInstance(found, str, found)

    def test_bad_certificates_are_refused(self) -> None:
        for file, found in self.judge("bad"):
            with self.subTest(file.name):
                self.assertIsInstance(found, str)


if __name__ == "__main__":
    unittest.main()
