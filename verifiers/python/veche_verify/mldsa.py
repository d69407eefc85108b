"""ML-DSA-44, verification alone: FIPS 204, algorithms 3 and 8. formats/record.md section 1.

Exact lengths, z within its bounds, the hint in its one encoding. Slow, and with nothing but the standard library.
"""

import hashlib
from functools import lru_cache

Q, N, D = 8_380_417, 256, 13
# Table 1 of FIPS 204, ML-DSA-44.
K, L, TAU, GAMMA1, GAMMA2, OMEGA, C_BYTES = 4, 4, 39, 1 << 17, (Q - 1) // 88, 80, 32
BETA = TAU * 2
PUBLIC_BYTES, SIGNATURE_BYTES = 1_312, 2_420
Z_BYTES = 576

Poly = list[int]


def _zetas() -> list[int]:
    """Returns 1753 to the power of each number below 256, its 8 bits reversed."""
    return [pow(1753, int(f"{i:08b}"[::-1], 2), Q) for i in range(N)]


ZETAS = _zetas()


def _ntt(poly: Poly) -> Poly:
    """Algorithm 41."""
    w, m, length = list(poly), 0, 128
    while length:
        for start in range(0, N, 2 * length):
            m += 1
            z = ZETAS[m]
            for j in range(start, start + length):
                t = z * w[j + length] % Q
                w[j + length] = (w[j] - t) % Q
                w[j] = (w[j] + t) % Q
        length //= 2
    return w


def _inverse_ntt(poly: Poly) -> Poly:
    """Algorithm 42."""
    w, m, length = list(poly), N, 1
    while length < N:
        for start in range(0, N, 2 * length):
            m -= 1
            z = -ZETAS[m]
            for j in range(start, start + length):
                t = w[j]
                w[j] = (t + w[j + length]) % Q
                w[j + length] = z * (t - w[j + length]) % Q
        length *= 2
    return [x * 8_347_681 % Q for x in w]


def _unpack(data: bytes, bits: int) -> Poly:
    """Algorithm 18, without a bound: as many numbers of so many bits as the bytes hold."""
    value, mask = int.from_bytes(data, "little"), (1 << bits) - 1
    return [value >> (bits * i) & mask for i in range(len(data) * 8 // bits)]


def _reject_ntt(seed: bytes) -> Poly:
    """Algorithm 30."""
    size = 168 * 6
    while True:
        data = hashlib.shake_128(seed).digest(size)
        found = []
        for i in range(0, size - 2, 3):
            z = data[i] | data[i + 1] << 8 | (data[i + 2] & 0x7F) << 16
            if z < Q:
                found.append(z)
        if len(found) >= N:
            return found[:N]
        size *= 2


def _in_ball(seed: bytes) -> Poly:
    """Algorithm 29."""
    size = 136 * 2
    while True:
        data = hashlib.shake_256(seed).digest(size)
        signs, c, at = int.from_bytes(data[:8], "little"), [0] * N, 8
        for i in range(N - TAU, N):
            while at < size and data[at] > i:
                at += 1
            if at == size:
                break
            j = data[at]
            at += 1
            c[i] = c[j]
            c[j] = -1 if signs >> (i + TAU - N) & 1 else 1
        else:
            return c
        size *= 2


def _hint(data: bytes) -> list[set[int]] | None:
    """Algorithm 21: the places of each polynomial, or nothing for another encoding than the one."""
    found, index = [], 0
    for i in range(K):
        end = data[OMEGA + i]
        if end < index or end > OMEGA:
            return None
        places = data[index:end]
        if any(a >= b for a, b in zip(places, places[1:])):
            return None
        found.append(set(places))
        index = end
    return None if any(data[index:OMEGA]) else found


def _use_hint(r: int, hinted: bool) -> int:
    """Algorithms 36 and 40: the high bits, moved by one if hinted."""
    low = r % (2 * GAMMA2)
    if low > GAMMA2:
        low -= 2 * GAMMA2
    high, low = (0, low - 1) if r - low == Q - 1 else ((r - low) // (2 * GAMMA2), low)
    if hinted:
        high += 1 if low > 0 else -1
    return high % 44


@lru_cache(maxsize=64)
def _key(public: bytes) -> tuple[list[list[Poly]], list[Poly], bytes]:
    """Returns the matrix, t1 2^13 in the domain of the transform, and the hash of the key."""
    rho = public[:32]
    matrix = [[_reject_ntt(rho + bytes([s, r])) for s in range(L)] for r in range(K)]
    rows = [_unpack(public[32 + 320 * i : 352 + 320 * i], 10) for i in range(K)]
    t1 = [_ntt([x << D for x in row]) for row in rows]
    return matrix, t1, hashlib.shake_256(public).digest(64)


@lru_cache(maxsize=200_000)
def verify(public: bytes, message: bytes, signature: bytes, context: bytes) -> bool:
    """Whether `signature` is that of `message` under `context` by the key `public`. Answers are remembered."""
    if len(public) != PUBLIC_BYTES or len(signature) != SIGNATURE_BYTES or len(context) > 255:
        return False
    c_tilde, hint = signature[:C_BYTES], _hint(signature[C_BYTES + L * Z_BYTES :])
    parts = [signature[C_BYTES + Z_BYTES * i : C_BYTES + Z_BYTES * (i + 1)] for i in range(L)]
    z = [[GAMMA1 - x for x in _unpack(part, 18)] for part in parts]
    if hint is None or any(abs(x) >= GAMMA1 - BETA for row in z for x in row):
        return False
    matrix, t1, tr = _key(public)
    mu = hashlib.shake_256(tr + b"\0" + bytes([len(context)]) + context + message).digest(64)
    c, z_hat = _ntt(_in_ball(c_tilde)), [_ntt(row) for row in z]
    packed = 0
    for i in range(K):
        rows = zip(*z_hat, *matrix[i], c, t1[i])
        w = [sum(r[j] * r[L + j] for j in range(L)) - r[2 * L] * r[2 * L + 1] for r in rows]
        approximate = _inverse_ntt([x % Q for x in w])
        for j, r in enumerate(approximate):
            packed |= _use_hint(r, j in hint[i]) << 6 * (N * i + j)
    w1 = packed.to_bytes(K * N * 6 // 8, "little")
    return hashlib.shake_256(mu + w1).digest(C_BYTES) == c_tilde
