"""The self-test: known answers are computed once before the first value is handed out.

A generator that promises the same bits everywhere must refuse rather than give other values.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Iterator
from functools import cache
from types import MappingProxyType

import numpy as np

from declinit.errors import DeclinitError, Problem
from declinit.random import tables
from declinit.random.arrays import Array, Floats
from declinit.random.blocks import axes_of
from declinit.random.distributions import Distribution, LogUniform, Normal, TruncatedNormal, Uniform
from declinit.random.fills import fill
from declinit.random.flushing import flushes
from declinit.random.formats import bfloat16_bits
from declinit.random.rotations import Matrix, fill_matrix
from declinit.random.streams import philox_key, raw_numbers
from declinit.random.transforms import transform_of

FLUSHED = Problem(
    "DI604",
    "values this small need subnormal numbers, which are turned off in this thread",
    hint="torch.set_flush_denormal(False) turns them on",
)


class GeneratorError(DeclinitError):
    """The portable generator cannot give the specified values here, and therefore gives none."""


def digest(values: Array) -> str:
    """SHA-256 of an array's values in row-major order, as little-endian bytes."""
    return hashlib.sha256(values.astype(values.dtype.newbyteorder("<")).tobytes()).hexdigest()


def _drawn(distribution: Distribution, seed: int, count: int) -> Floats:
    out = np.empty(count, np.float32)
    fill(transform_of(distribution), philox_key(seed), 0, out)
    return out


def _rotated(seed: int, rows: int, columns: int) -> Array:
    out = np.empty((rows, columns), np.float32)
    matrix = Matrix.of(axes_of(out.shape, None))
    fill_matrix(matrix, seed, np.float32(1), out, threads=1)
    return out


_CHECKS: MappingProxyType[str, tuple[Callable[[], Array], str]] = MappingProxyType(
    {
        "raw numbers": (
            lambda: raw_numbers(philox_key(1), 0, 4),
            "4fbcddeb796dbbf54dfc27fa9bf1f39c6408464fbeaf6b327ce35db0e4b97b6c",
        ),
        "middles of the normal table": (
            lambda: tables.normal_table().middles,
            "6bf6ed3b241746b5d8442e2ea583d863e9034481b7f130b71f97a8bcd0ec6d33",
        ),
        "slopes of the normal table": (
            lambda: tables.normal_table().slopes,
            "03828981d8229149035dbca417a55f90fbf808bd611ac0cf95481fdefc4109b3",
        ),
        "middles of the truncated table": (
            lambda: tables.truncated_table().middles,
            "fa4c8dfdb581b3c39775ba54ccce461d775e033491c9b24c9e22a554b196f644",
        ),
        "slopes of the truncated table": (
            lambda: tables.truncated_table().slopes,
            "b45f8f3eea244d1a9b64c0199c50bddb23e7fd8aae6ea700a3042c68661da733",
        ),
        "middles of the tail table": (
            lambda: tables.tail_table().middles,
            "70c6b65b4e547aea949645d489606a8496fcf44dc00b64f87d4586458f2bc8bf",
        ),
        "slopes of the tail table": (
            lambda: tables.tail_table().slopes,
            "10e9612b1ecea8fcf6eca982b42103783cea610efb0ef037f9ae7aa91413e4f5",
        ),
        "normal draw": (
            lambda: _drawn(Normal(0.5, 0.02), 1, 200_003),
            "18cafe6b75d4d3f7c088ade87b0082dec126e250fb240e6eb465d070f77e03d3",
        ),
        "truncated normal draw": (
            lambda: _drawn(TruncatedNormal(), 1, 200_003),
            "c34a01d5a8839e01aa0b688e7849929f6fcbed112e233a930658ea4002f15b23",
        ),
        "truncated normal draw at 3": (
            lambda: _drawn(TruncatedNormal(0.0, 0.02, 3.0), 1, 1000),
            "e8fa57eaeb0ae952729211ea8f04f5742b19fa7aef6988468619797fe4e1acc5",
        ),
        "log-uniform draw": (
            lambda: _drawn(LogUniform(0.001, 0.1), 1, 1000),
            "490fe949ca5b177f4ec104d8414da9b2da8a5baa81eae9e5cd63c3623e4bb78c",
        ),
        "uniform draw": (
            lambda: _drawn(Uniform(-0.7, -0.33), 2, 200_003),
            "2532a3b2990b2fa420de789120597cce15c1ce839058dc42cdae7b84ebcd5c90",
        ),
        "rounding to bfloat16": (
            lambda: bfloat16_bits(_drawn(TruncatedNormal(0.0, 0.02), 2, 1000)),
            "85163f8479150f65c9fc592bb792e97890aa44d39815c042de055f0044495397",
        ),
        "orthogonal matrix": (
            lambda: _rotated(1, 33, 96),
            "3673da2c0ebb9e135279a5a33dfb6340d1f2ceb72401ff92c5e458bc303d1b38",
        ),
    }
)


@cache
def ensure_sound() -> None:
    """Run the self-test (about 20 ms) unless it has passed in this process before.

    Raises:
        GeneratorError: if any answer is wrong; it names each of them.
    """
    problems = list(_wrong_answers())
    if problems:
        raise GeneratorError(problems)


def refuse_flushing() -> None:
    """Refuse to go on if the calling thread turns numbers below the normal range into zeros.

    Raises:
        GeneratorError: if it does.
    """
    if flushes():
        raise GeneratorError(FLUSHED)


def _wrong_answers() -> Iterator[Problem]:
    with np.errstate(all="ignore"):
        for name, (compute, expected) in _CHECKS.items():
            received = digest(compute())
            if received != expected:
                yield _problem(name, expected, received)


def _problem(name: str, expected: str, received: str) -> Problem:
    return Problem(
        "DI603",
        f"the portable generator refuses to run: its {name} should have SHA-256 "
        f"{expected[:16]}..., received {received[:16]}... (NumPy {np.__version__}, "
        f"{platform.machine()})",
        hint="'generator: keras' uses the backend's own numbers, and 'python -m pytest "
        "tests/random' of declinit's source tells more",
    )
