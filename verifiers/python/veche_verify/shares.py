"""Shares of a key (formats/share.md): the field by tables of logarithms, which the program does without."""

from collections.abc import Mapping, Sequence

_EXP: list[int] = []
_LOG: dict[int, int] = {}


def _fill() -> None:
    value = 1
    for power in range(255):
        _EXP.append(value)
        _LOG[value] = power
        # Times 3, a generator of the field of FIPS 197, section 4.
        value ^= (value << 1) ^ (0x11B if value & 0x80 else 0)
        value &= 0xFF


_fill()


def times(a: int, b: int) -> int:
    """Multiplies in the field."""
    return 0 if a == 0 or b == 0 else _EXP[(_LOG[a] + _LOG[b]) % 255]


def over(a: int, b: int) -> int:
    """Divides in the field; b is not 0."""
    return 0 if a == 0 else _EXP[(_LOG[a] - _LOG[b]) % 255]


def share(seed: bytes, coefficients: Sequence[bytes], x: int) -> bytes:
    """Returns the share at x: the seed at 0, the coefficients in rising order."""
    out = bytearray(seed)
    power = 1
    for coefficient in coefficients:
        power = times(power, x)
        out = bytearray(a ^ times(b, power) for a, b in zip(out, coefficient, strict=True))
    return bytes(out)


def join(shares: Mapping[int, bytes]) -> bytes:
    """Returns the seed that shares give, by their places."""
    out = bytes(32)
    for x, value in shares.items():
        weight = 1
        for other in shares:
            if other != x:
                weight = times(weight, over(other, other ^ x))
        out = bytes(a ^ times(b, weight) for a, b in zip(out, value, strict=True))
    return out
