"""Makes formats/vectors/ml-dsa.json with OpenSSL, by the package `cryptography` (48 or later): neither verifier has a part in it.

    python3 verifiers/python/make_ml_dsa_vectors.py > formats/vectors/ml-dsa.json

OpenSSL signs with fresh randomness: each run gives other signatures. Only this file needs the package.
"""

import json
import sys
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import mldsa

NOTE = b"veche/note/ml-dsa-44/v1"
OMEGA, HINT = 80, 2_420 - 84


def verdict(public: mldsa.MLDSA44PublicKey, message: bytes, signature: bytes, context: bytes) -> bool:
    """Whether OpenSSL takes a signature."""
    try:
        public.verify(signature, message, context)
    except InvalidSignature:
        return False
    return True


def changed(signature: bytes) -> list[tuple[str, bytes]]:
    """Returns signatures that differ from a good one as an adversary would have them differ."""
    hint = bytearray(signature[HINT:])
    cuts = list(hint[OMEGA:])
    used = cuts[-1]

    def with_hint(change: dict[int, int]) -> bytes:
        other = bytearray(hint)
        for at, value in change.items():
            other[at] = value
        return signature[:HINT] + bytes(other)

    flipped = bytearray(signature)
    flipped[40] ^= 1
    wide = bytearray(signature)
    wide[32:35] = b"\0\0\0"
    challenge = bytearray(signature)
    challenge[0] ^= 0x80
    swap = {i: hint[j] for i, j in ((0, 1), (1, 0))}
    return [
        ("a bit of z", bytes(flipped)),
        ("z at its bound", bytes(wide)),
        ("a bit of the challenge", bytes(challenge)),
        ("cut by a byte", signature[:-1]),
        ("a byte longer", signature + b"\0"),
        ("nothing", b""),
        ("two places of the hint swapped", with_hint(swap)),
        ("a place of the hint twice", with_hint({1: hint[0]})),
        ("a byte beyond the hint's places", with_hint({OMEGA - 1: 7} if used < OMEGA else {0: hint[0] ^ 1})),
        ("cuts of the hint that go back", with_hint({OMEGA + 1: max(0, cuts[0] - 1)})),
        ("a cut of the hint beyond 80", with_hint({OMEGA + 3: 81})),
        ("one place less", with_hint({OMEGA + 3: used - 1, used - 1: 0})),
    ]


def main() -> None:
    """Writes the vectors to standard output."""
    cases: list[dict[str, Any]] = []

    def add(what: str, key: int, message: bytes, signature: bytes, context: bytes) -> None:
        row = {"what": what, "key": key, "message": message.hex()}
        good = verdict(private[key].public_key(), message, signature, context)
        cases.append(row | {"context": context.hex(), "signature": signature.hex(), "good": good})

    seeds = [sha256(f"ml-dsa {number}".encode()).digest() for number in range(4)]
    private = [mldsa.MLDSA44PrivateKey.from_seed_bytes(seed) for seed in seeds]
    keys = []
    for number, key in enumerate(private):
        public = key.public_key().public_bytes_raw()
        keys.append({"seed": seeds[number].hex(), "public": public.hex()})
        for context in (b"", NOTE, b"c" * 255):
            message = b"a text of key %d\n" % number * (number * 40)
            add("good", number, message, key.sign(message, context), context)
    signature = private[0].sign(b"one\n", NOTE)
    for what, other in changed(signature):
        add(what, 0, b"one\n", other, NOTE)
    add("another text", 0, b"two\n", signature, NOTE)
    add("another context", 0, b"one\n", signature, b"")
    add("another key", 1, b"one\n", signature, NOTE)
    json.dump({"cases": cases, "keys": keys}, sys.stdout, indent=1, sort_keys=True)
    print()


if __name__ == "__main__":
    main()
