"""The generator once more, one element at a time: obvious, slow, and sharing no code with it.

It follows `declinit/random/README.md` from top to bottom and takes nothing from the package. Only
Python's integers, its float64 arithmetic, `hashlib` and `struct` are used; a float32 step is a
float64 step rounded once more, which for one product or sum of float32 values is the same.
"""

from __future__ import annotations

import functools
import hashlib
import math
import struct
from collections.abc import Callable
from fractions import Fraction

MASK32 = 2**32 - 1
MASK64 = 2**64 - 1


def f32(x: float) -> float:
    return struct.unpack("<f", struct.pack("<f", x))[0]


def f32_bits(x: float) -> int:
    return struct.unpack("<I", struct.pack("<f", x))[0]


def f32_of_bits(bits: int) -> float:
    return struct.unpack("<f", struct.pack("<I", bits))[0]


def philox_block(key: int, counter: int) -> list[int]:
    """One block of Philox4x64-10 (Salmon et al. 2011)."""
    words = [counter >> 64 * i & MASK64 for i in range(4)]
    low_key, high_key = key & MASK64, key >> 64
    for _ in range(10):
        first = words[0] * 0xD2E7470EE14C6C93
        second = words[2] * 0xCA5A826395121157
        words = [
            (second >> 64) ^ words[1] ^ low_key,
            second & MASK64,
            (first >> 64) ^ words[3] ^ high_key,
            first & MASK64,
        ]
        low_key = low_key + 0x9E3779B97F4A7C15 & MASK64
        high_key = high_key + 0xBB67AE8584CAA73B & MASK64
    return words


def digest_of(person: bytes, size: int, *parts: str) -> int:
    hashed = b""
    for part in parts:
        hashed += struct.pack("<Q", len(part.encode())) + part.encode()
    digest = hashlib.blake2b(hashed, digest_size=size, person=person.ljust(16, b"\0")).digest()
    return int.from_bytes(digest, "little")


def derived_seed(root: int, key: str) -> int:
    return digest_of(b"declinit/seed/1", 8, str(root), key) >> 33


def key_of(seed: int, stream: str = "value") -> int:
    return digest_of(b"declinit/key/1", 16, str(seed), stream)


def call_seed(seed: int, counter: int) -> int:
    return derived_seed(seed, f"call/{counter}")


def raw_number(key: int, j: int) -> int:
    return philox_block(key, j // 4 + 1)[j % 4]


def word(key: int, i: int) -> int:
    return raw_number(key, i // 2) >> 32 * (i % 2) & MASK32


# fmt: off
PA = [3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
      1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
      3.3430575583588128105e4, 2.5090809287301226727e3]
PB = [1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
      2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
      5.2264952788528545610e3]
PC = [1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
      3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
      2.27238449892691845833e-2, 7.74545014278341407640e-4]
PD = [1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
      1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
      1.05075007164441684324e-9]
PE = [6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
      2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
      2.71155556874348757815e-5, 2.01033439929228813265e-7]
PF = [1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
      7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
      2.04426310338993978564e-15]
# fmt: on


def horner(coefficients: list[float], x: float) -> float:
    value = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        value = value * x + coefficient
    return value


def log(x: float) -> float:
    m, e = math.frexp(x)
    if m < 0.70710678118654752:
        m, e = m + m, e - 1
    f = m - 1
    s = f / (m + 1)
    z = s * s
    a = 1 / 25
    for d in range(23, 1, -2):
        a = a * z + 1 / d
    r = (s + s) + (s + s) * (z * a)
    return e * 6.93147180369123816490e-01 + (r + e * 1.90821492927058770002e-10)


def exp(x: float) -> float:
    n = round(x * 1.44269504088896340736)
    r = (x - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10
    a = 1 / math.factorial(14)
    for k in range(13, -1, -1):
        a = a * r + 1 / math.factorial(k)
    return math.ldexp(a, n)


def tailq(q: float) -> float:
    c = 0.5 - q
    if c <= 0.425:
        r = 0.180625 - c * c
        return (c * horner(PA, r)) / horner(PB, r)
    t = math.sqrt(-log(q))
    if t <= 5:
        return horner(PC, t - 1.6) / horner(PD, t - 1.6)
    return horner(PE, t - 5) / horner(PF, t - 5)


def normal_edge(j: int) -> float:
    if j <= 32768:
        return -tailq(j / 65536)
    return tailq((65536 - j) / 65536)


P2 = float.fromhex("0x1.74bcf82c9d860p-6")


def truncated_edge(j: int) -> float:
    if j > 32768:
        return -truncated_edge(65536 - j)
    if j in {0, 32768}:
        return -2.0 if j == 0 else 0.0
    return -tailq(P2 + j * ((0.5 - P2) * (1 / 32768)))


def tail_edge(j: int) -> float:
    o, r = divmod(j, 256)
    return tailq((1 + r / 256) * 2.0**o * (0.5 / 2**32))


def chord(edge: Callable[[int], float], k: int, low: int) -> float:
    left, right = edge(k), edge(k + 1)
    slope = f32_of_bits(f32_bits((right - left) * (1 / 65536)) & 0xFFFF8000)
    middle = f32((left + right) * 0.5 + slope * 0.5)
    return f32(middle + slope * (low - 32768))


def unit_normal(w: int) -> float:
    k = w >> 16
    if 256 <= k < 65280:
        return chord(normal_edge, k, w & 0xFFFF)
    negative = w < 2**31
    x = 2 * (w if negative else ~w & MASK32) + 1
    o = x.bit_length() - 1
    y = x << 24 - o
    value = chord(tail_edge, 256 * o + (y >> 16 & 255), y & 0xFFFF)
    return -value if negative else value


def unit_truncated(w: int) -> float:
    return chord(truncated_edge, w >> 16, w & 0xFFFF)


@functools.cache
def words_within(bounds: float) -> tuple[int, int]:
    """The least and the greatest word whose normal value lies within the bounds."""
    first = last = 0
    for bit in range(31, -1, -1):  # where there is one, step over words that lie outside
        first += (unit_normal(first + (1 << bit) - 1) < -bounds) << bit
        last += (unit_normal(last + (1 << bit)) <= bounds) << bit
    return first, last


def unit_cut(w: int, bounds: float) -> float:
    if bounds == 2:
        return unit_truncated(w)
    first, last = words_within(bounds)
    return unit_normal(first + (w * (last + 1 - first) >> 32))


def log_uniform(w: int, low: float, high: float) -> float:
    def edge(j: int) -> float:
        step = log(high / low) * (1 / 65536)
        return {0: low, 65536: high}.get(j, low * exp(j * step))

    return min(max(chord(edge, w >> 16, w & 0xFFFF), f32(low)), below(f32(high)))


def scaled(unit: float, mean: float, stddev: float) -> float:
    value = f32(unit * f32(stddev)) if f32(stddev) != 1 else unit
    return f32(value + f32(mean)) if f32(mean) != 0 else value


def normal(w: int, mean: float, stddev: float) -> float:
    return scaled(unit_normal(w), mean, stddev)


def truncated(w: int, mean: float, stddev: float, bounds: float = 2.0) -> float:
    return scaled(unit_cut(w, bounds), mean, stddev)


def uniform(w: int, low: float, high: float) -> float:
    value = f32(((w >> 9) - 4194303.5) * f32((high - low) * 0.5 / 4194304))
    middle = f32((high + low) * 0.5)
    if middle == 0:
        return value
    return min(max(f32(value + middle), f32(low)), below(f32(high)))


def below(x: float) -> float:
    """The greatest float32 less than x."""
    if x == 0:
        return float.fromhex("-0x1p-149")
    return f32_of_bits(f32_bits(x) + (-1 if x > 0 else 1))


def as_float16(x: float) -> float:
    return struct.unpack("<e", struct.pack("<e", x))[0]


def as_bfloat16(x: float) -> float:
    bits = f32_bits(x)
    return f32_of_bits((bits + 0x7FFF + (bits >> 16 & 1)) >> 16 << 16)


ROUNDINGS: dict[str, Callable[[float], float]] = {
    "float32": f32,
    "float64": f32,
    "float16": as_float16,
    "bfloat16": as_bfloat16,
}


def sparse(seed: int, rows: int, columns: int, sparsity: float, stddev: float) -> list[list[float]]:
    value_key, order_key = key_of(seed), key_of(seed, "sparse/order")
    count = min(rows, math.ceil(sparsity * rows * (1 - 2**-40)))
    made = [
        [normal(word(value_key, i * columns + j), 0.0, stddev) for j in range(columns)]
        for i in range(rows)
    ]
    for j in range(columns):
        numbers = [raw_number(order_key, j * rows + i) for i in range(rows)]
        for i in sorted(range(rows), key=lambda i: numbers[i])[:count]:
            made[i][j] = 0.0
    return made


def cut_stddev(bounds: float) -> float:
    """Of a standard normal cut at these bounds, by fractions of whole numbers."""
    if bounds >= 10:
        return 1.0
    square, total, term, odd = Fraction(bounds) ** 2, Fraction(1), Fraction(1), 1
    while term > Fraction(1, 10**60):
        odd += 2
        term = (term * square / odd).limit_denominator(10**90)
        total += term
    variance = 1 - 1 / total
    return math.isqrt(variance.numerator * 10**100 // variance.denominator) / 10**50


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    if len(shape) < 2:
        return math.prod(shape), math.prod(shape)
    field = math.prod(shape[:-2])
    return field * shape[-2], field * shape[-1]


def variance_scaling(
    w: int,
    fan_in: int,
    fan_out: int,
    scale: float,
    mode: str,
    distribution: str,
    bounds: float = 2.0,
) -> float:
    n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    variance = scale / max(n, 1)
    if distribution == "uniform":
        limit = math.sqrt(3 * variance)
        return uniform(w, -limit, limit)
    if distribution == "untruncated_normal":
        return normal(w, 0.0, math.sqrt(variance))
    cut = 0.87962566103423978 if bounds == 2 else cut_stddev(bounds)
    return truncated(w, 0.0, math.sqrt(variance) / cut, bounds)


def gates(seed: int, units: int, count: int, gain: float = 1.0) -> list[list[float]]:
    blocks = [orthogonal(derived_seed(seed, f"gate/{g}"), units, units, gain) for g in range(count)]
    return [[value for row in rows for value in row] for rows in zip(*blocks, strict=True)]


def orthogonal(seed: int, rows: int, columns: int, gain: float = 1.0) -> list[list[float]]:
    n, m = max(rows, columns), min(rows, columns)
    h = n // 2
    sign_key = key_of(seed, "walk/sign")
    signs = [1.0 if raw_number(sign_key, j) >> 63 else -1.0 for j in range(m)]
    x = [[signs[j] if i == j else 0.0 for j in range(m)] for i in range(n)]
    for layer in range(4 * (max(2, n) - 1).bit_length() + 8):
        x = turned(x, h, key_of(seed, f"walk/{layer}/angle"), key_of(seed, f"walk/{layer}/order"))
    if f32(gain) != 1:
        x = [[f32(value * f32(gain)) for value in row] for row in x]
    return x if rows >= columns else [list(column) for column in zip(*x, strict=True)]


def turned(x: list[list[float]], h: int, angle_key: int, order_key: int) -> list[list[float]]:
    n = len(x)
    order = sorted(range(n), key=lambda j: raw_number(order_key, j))
    unit = [unit_normal(word(angle_key, i)) for i in range(2 * h)]
    y = [list(x[i]) for i in order]
    for p in range(h):
        a, b = unit[p], unit[h + p]
        r = math.sqrt(a * a + b * b)
        cos, sin = f32(a / r), f32(b / r)
        for j in range(len(y[0])):
            u, v = y[p][j], y[h + p][j]
            y[p][j] = f32(f32(u * cos) - f32(v * sin))
            y[h + p][j] = f32(f32(u * sin) + f32(v * cos))
    return y
