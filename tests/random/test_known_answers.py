"""The known answers of `declinit/random/README.md`, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from declinit.random import (
    Distribution,
    LogUniform,
    Normal,
    TruncatedNormal,
    Uniform,
    draw,
    orthogonal,
    philox_key,
    raw_numbers,
    tables,
    words,
)
from declinit.random.soundness import digest
from declinit.random.tables import ChordTable
from declinit.random.transforms import transform_of
from declinit.seeds import derive_seed

COUNT = 200_003
WORDS = [0, 1, 16777215, 16777216, 2147483647, 2147483648, 4278190079, 4278190080, 4294967295]


def hexes(values: np.ndarray) -> list[str]:
    return [float(value).hex() for value in values.ravel()]


@pytest.mark.parametrize(
    ("root", "key", "seed"),
    [
        (0, "kernel", 1994036441),
        (2024, "encoder/block_3/attention/query/kernel", 1496524092),
    ],
)
def test_derived_seeds(root: int, key: str, seed: int) -> None:
    """A root seed and a key give the specified 31-bit seed."""
    assert derive_seed(root, key) == seed


def test_keys_and_raw_numbers() -> None:
    """A seed gives the specified Philox key, and the key its raw numbers and words."""
    assert philox_key(0) == 0xA4CAE262E74BA3371253E78C1EA5D6F2
    assert philox_key(1) == 0x2047145D42166FD1EFF3A509D4FE4EAB
    assert raw_numbers(philox_key(1), 0, 4).tolist() == [
        0xAC6AE551E28D36CD,
        0x61BC762E69D90023,
        0x2D74CF15E6B41F34,
        0x677657397E120311,
    ]
    assert words(philox_key(1), 10**12, 1).tolist() == [3541455787]


@pytest.mark.parametrize(
    ("table", "middles", "slopes"),
    [
        (
            tables.normal_table(),
            "6bf6ed3b241746b5d8442e2ea583d863e9034481b7f130b71f97a8bcd0ec6d33",
            "03828981d8229149035dbca417a55f90fbf808bd611ac0cf95481fdefc4109b3",
        ),
        (
            tables.truncated_table(),
            "fa4c8dfdb581b3c39775ba54ccce461d775e033491c9b24c9e22a554b196f644",
            "b45f8f3eea244d1a9b64c0199c50bddb23e7fd8aae6ea700a3042c68661da733",
        ),
        (
            tables.tail_table(),
            "70c6b65b4e547aea949645d489606a8496fcf44dc00b64f87d4586458f2bc8bf",
            "10e9612b1ecea8fcf6eca982b42103783cea610efb0ef037f9ae7aa91413e4f5",
        ),
        (
            tables.log_uniform_table(0.001, 0.1),
            "c5f7ac8c3a21de6c7817934f9917659d4957a1f6665928c5570590d4e0bebbe5",
            "a14db450cbacd89d5b9d30f6d0d027ab4bb6343b8b59733cee31436c46d22c94",
        ),
    ],
    ids=["normal", "truncated", "tail", "log-uniform"],
)
def test_tables(table: ChordTable, middles: str, slopes: str) -> None:
    """The tables have the specified digests."""
    assert (digest(table.middles), digest(table.slopes)) == (middles, slopes)


@pytest.mark.parametrize(
    ("distribution", "first", "sha256"),
    [
        (
            Normal(),
            [
                "0x1.333faa0000000p+0",
                "0x1.cc67f60000000p-2",
                "-0x1.bfc3640000000p-3",
                "-0x1.3405fc0000000p-2",
            ],
            "8ad174e96080057f8892b438d505c11e3a0070c56b9145e27105a59484f81d2c",
        ),
        (
            Normal(0.5, 0.02),
            [
                "0x1.0c4a3a0000000p-1",
                "0x1.049aa40000000p-1",
                "0x1.fb85ba0000000p-2",
                "0x1.f9d6ec0000000p-2",
            ],
            "18cafe6b75d4d3f7c088ade87b0082dec126e250fb240e6eb465d070f77e03d3",
        ),
        (
            TruncatedNormal(0.0, 1.0, 3.0),
            [
                "0x1.31e1f20000000p+0",
                "0x1.cb13880000000p-2",
                "-0x1.be88fa0000000p-3",
                "-0x1.332a960000000p-2",
            ],
            "7639860c928572f12396160beecc86050014839a533bb7a657dac3dcce575e24",
        ),
        (
            TruncatedNormal(0.0, 1.0, 0.5),
            [
                "0x1.836d600000000p-2",
                "0x1.56aa7a0000000p-3",
                "-0x1.54995c0000000p-4",
                "-0x1.d1c8200000000p-4",
            ],
            "10facb39efa430ea6161ffe4c27baa8197a9f901201bd1c63932c4eb634f6a13",
        ),
        (
            LogUniform(0.001, 0.1),
            [
                "0x1.e24eda0000000p-5",
                "0x1.6c46fe0000000p-6",
                "0x1.b7f62c0000000p-8",
                "0x1.7c3a4e0000000p-8",
            ],
            "a19d3961c11be050ed3ac1a368c2a655da62c8c4465337fb2f605635350e7eeb",
        ),
        (
            TruncatedNormal(),
            [
                "0x1.1d4ad80000000p+0",
                "0x1.b618520000000p-2",
                "-0x1.ab15a80000000p-3",
                "-0x1.259b9e0000000p-2",
            ],
            "c34a01d5a8839e01aa0b688e7849929f6fcbed112e233a930658ea4002f15b23",
        ),
        (
            Uniform(-0.05, 0.05),
            [
                "0x1.3b5d7e0000000p-5",
                "0x1.1c45ba0000000p-6",
                "-0x1.1b8cc00000000p-7",
                "-0x1.8360740000000p-7",
            ],
            "fd982a52183bb913c6507d27bcec8dc4c4c79acdf18ab29dff92c68a1c686f12",
        ),
    ],
    ids=str,
)
def test_draws_of_seed_1(distribution: Distribution, first: list[str], sha256: str) -> None:
    """The first values and the digest of 200,003 values are the specified ones."""
    values = draw(distribution, 1, (COUNT,))

    assert hexes(values[:4]) == first
    assert digest(values) == sha256


def test_uniform_off_centre() -> None:
    """A uniform distribution far from zero has the specified digest and extremes."""
    values = draw(Uniform(-0.7, -0.33), 2, (COUNT,))

    assert digest(values) == "2532a3b2990b2fa420de789120597cce15c1ce839058dc42cdae7b84ebcd5c90"
    assert (values.min(), values.max()) == (-0.6999971270561218, -0.33000051975250244)


def test_bfloat16() -> None:
    """Rounding to bfloat16 gives the specified digest."""
    values = draw(TruncatedNormal(0.0, 0.02), 2, (1000,), dtype="bfloat16")

    assert digest(values) == "85163f8479150f65c9fc592bb792e97890aa44d39815c042de055f0044495397"


@pytest.mark.parametrize(
    ("seed", "shape", "gain", "first", "sha256"),
    [
        (
            1,
            (5, 5),
            1.0,
            ["-0x1.2591260000000p-4", "-0x1.d4812e0000000p-2", "0x1.62d5960000000p-1"],
            "0912fd3b3581729f76dcdeeb5ab4fc28bd6397d244ed1cfb160cf31e3c081e52",
        ),
        (
            1,
            (33, 96),
            1.0,
            ["0x1.acce5e0000000p-4", "0x1.590abc0000000p-6", "-0x1.9f65060000000p-4"],
            "3673da2c0ebb9e135279a5a33dfb6340d1f2ceb72401ff92c5e458bc303d1b38",
        ),
        (
            4,
            (7, 3),
            2.0,
            ["0x1.2f2c0a0000000p+0", "-0x1.afef980000000p-1", "0x1.5b847c0000000p-1"],
            "85bb4ba673ef4ff44822472c8b07757aa79c94610187c85e39b819a209f23ed1",
        ),
    ],
)
def test_orthogonal(
    seed: int, shape: tuple[int, int], gain: float, first: list[str], sha256: str
) -> None:
    """Orthogonal matrices, square, wide and tall, are the specified ones."""
    values = orthogonal(seed, shape, gain=gain)

    assert hexes(values)[:3] == first
    assert digest(values) == sha256


def values_of_words(distribution: Distribution) -> list[str]:
    transform = transform_of(distribution)
    drawn = np.array(WORDS, np.uint32)
    values = np.empty(len(WORDS), np.float32)
    transform.unit(drawn, values)
    return hexes(values)


def test_normal_of_extreme_words() -> None:
    """Words at both ends, at the tails' borders and about the middle give the specified values."""
    assert values_of_words(Normal()) == [
        "-0x1.95a11a0000000p+2",
        "-0x1.8aa6c80000000p+2",
        "-0x1.547d180000000p+1",
        "-0x1.547d120000000p+1",
        "-0x1.b4e4000000000p-25",
        "0x1.b4e4000000000p-25",
        "0x1.547d120000000p+1",
        "0x1.547d180000000p+1",
        "0x1.95a11a0000000p+2",
    ]


def test_truncated_normal_of_extreme_words() -> None:
    """The truncated normal of the same words stays within two standard deviations."""
    assert values_of_words(TruncatedNormal()) == [
        "-0x1.fffffa0000000p+0",
        "-0x1.fffffa0000000p+0",
        "-0x1.ef6dca0000000p+0",
        "-0x1.ef6dc60000000p+0",
        "-0x1.0480000000000p-26",
        "0x1.0480000000000p-26",
        "0x1.ef6dc60000000p+0",
        "0x1.ef6dca0000000p+0",
        "0x1.fffffa0000000p+0",
    ]
