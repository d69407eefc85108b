"""Ed25519, checked strictly: formats/record.md section 1.

S is below L, A and R are canonical and not of small order, the equation is without cofactor.

Written from RFC 8032, with nothing but the standard library.
"""

import hashlib
from functools import lru_cache

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)

# Extended coordinates X, Y, Z, T with x = X/Z, y = Y/Z, x y = T/Z.
Point = tuple[int, int, int, int]
NEUTRAL: Point = (0, 1, 1, 0)


def _add(p: Point, q: Point) -> Point:
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _decode(data: bytes) -> Point | None:
    """Returns the point that 32 bytes encode, or nothing if they are not the one encoding of a point."""
    value = int.from_bytes(data, "little")
    sign, y = value >> 255, value & (2**255 - 1)
    if len(data) != 32 or y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P == P - u and u:
        x = x * ROOT_OF_MINUS_ONE % P
    if v * x * x % P != u or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def _encode(p: Point) -> bytes:
    inverse = pow(p[2], P - 2, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _of_small_order(p: Point) -> bool:
    for _ in range(3):
        p = _add(p, p)
    return p[0] == 0 and p[1] == p[2]


@lru_cache(maxsize=4096)
def _full_order(data: bytes) -> Point | None:
    """Returns the point if its encoding is canonical and its order is not small."""
    point = _decode(data)
    return None if point is None or _of_small_order(point) else point


@lru_cache(maxsize=256)
def _table(base: Point) -> list[list[Point]]:
    """Returns d * 16^i * base for each i below 64 and d below 16: a product is then 64 additions."""
    rows = []
    for _ in range(64):
        row = [NEUTRAL]
        for _ in range(15):
            row.append(_add(row[-1], base))
        rows.append(row)
        base = _add(row[-1], base)
    return rows


BASE = _decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or NEUTRAL


@lru_cache(maxsize=200_000)
def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is the strict signature of `message` by `key` (32 bytes). Answers are remembered.

    The equation S B = R + k A is checked on the encoding of S B - k A, which is the canonical one of R or differs.
    """
    if len(key) != 32 or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    point = _full_order(key)
    if s >= L or point is None:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    total, by_s, by_k = NEUTRAL, _table(BASE), _table((P - point[0], point[1], 1, P - point[3]))
    for i in range(64):
        total = _add(_add(total, by_s[i][s & 15]), by_k[i][k & 15])
        s, k = s >> 4, k >> 4
    return _encode(total) == signature[:32] and not _of_small_order(total)
