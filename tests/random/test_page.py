"""The page that specifies the generator holds all that the second implementation is made of."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

import numpy as np
import pytest
import slow_generator as slow

import declinit.random
from declinit import initializers
from declinit.initializers import (
    BoundedVarianceScaling,
    DeltaOrthogonal,
    GatedOrthogonal,
    GlorotUniform,
    HeNormal,
    Sparse,
    VarianceScaling,
)
from declinit.kinds.moments import cut_normal
from declinit.random.soundness import digest
from declinit.seeds import derive_seed

PAGE = (Path(declinit.random.__file__).parent / "README.md").read_text(encoding="utf-8")
SOURCE = Path(slow.__file__).read_text(encoding="utf-8")
LONG = 6


def tokens(kind: int) -> list[str]:
    read = tokenize.generate_tokens(io.StringIO(SOURCE).readline)
    return [token.string for token in read if token.type == kind]


def known_draws() -> dict[str, tuple[list[float], str]]:
    """The page's table of draws: first values and digest of each."""
    rows = re.findall(r"^\| (.+?) \| (.*?) \| `([0-9a-f]{64})` \|$", PAGE, re.MULTILINE)
    hexes = {name: re.findall(r"`(-?0x1[^`]+)`", first) for name, first, _ in rows}
    return {name: ([float.fromhex(h) for h in hexes[name]], sha) for name, _, sha in rows}


def test_every_constant_is_on_the_page():
    """The second implementation has no number of its own: coefficients, multipliers, limits."""
    numbers = {number for number in tokens(tokenize.NUMBER) if len(number) >= LONG}
    texts = set(re.findall(r"declinit/\w+/1|0x1\.\w+p-\d+|walk/sign|sparse/order", SOURCE))

    assert len(numbers) > 50
    assert len(texts) == 5
    assert sorted(one for one in numbers | texts if one.lower() not in PAGE.lower()) == []


def test_the_second_implementation_takes_nothing_from_the_package():
    assert "import declinit" not in SOURCE
    assert "from declinit" not in SOURCE


def test_seeds_on_the_page_are_derived():
    """Every `derive_seed` among the known answers is what both implementations give."""
    rows = re.findall(r"^\| (`derive_seed\(.+\)`) \| ([\d, ]+) \|$", PAGE, re.MULTILINE)
    calls = [call for names, _ in rows for call in re.findall(r'\((-?\d+), "(.+?)"\)', names)]
    seeds = [int(seed) for _, numbers in rows for seed in numbers.split(",")]

    assert len(seeds) == 5
    assert [derive_seed(int(root), key) for root, key in calls] == seeds
    assert [slow.derived_seed(int(root), key) for root, key in calls] == seeds


def test_known_answers_are_all_held():
    """No digest and no value on the page is without a test."""
    tests = (Path(__file__).parent / "test_known_answers.py").read_text(encoding="utf-8")
    tests += Path(__file__).read_text(encoding="utf-8")
    made = [known_draws()[name] for name in MADE]
    held = {float.fromhex(found) for found in re.findall(r"-?0x1\.\w+p[+-]\d+", tests)}
    held |= {value for first, _ in made for value in first}
    shas = set(re.findall(r"[0-9a-f]{64}", tests)) | {sha for _, sha in made}
    answers = PAGE.partition("## 7. Known answers")[2]
    values = {float.fromhex(found) for found in re.findall(r"`(-?0x1\.\w+p[+-]\d+)`", answers)}

    assert len(values) > 40
    assert values <= held
    assert set(re.findall(r"[0-9a-f]{64}", answers)) <= shas


MADE = {
    "`orthogonal`, seed 1, shape (5, 20) split into 4 gates": (
        GatedOrthogonal(seed=1),
        (5, 20),
    ),
    "variance scaling 2, `fan_in`, `truncated_normal`, seed 1, shape (3, 3, 4, 8)": (
        HeNormal(seed=1),
        (3, 3, 4, 8),
    ),
    "`orthogonal`, seed 1, shape (4, 8), at the center of a window (3, 3)": (
        DeltaOrthogonal(seed=1),
        (3, 3, 4, 8),
    ),
    "sparse 0.25, stddev 0.1, seed 1, shape (48, 96)": (Sparse(0.25, 0.1, seed=1), (48, 96)),
    "variance scaling 2, `fan_in`, `truncated_normal`, bounds 3, seed 1, shape (3, 3, 4, 8)": (
        BoundedVarianceScaling(2.0, "fan_in", seed=1, bounds=3),
        (3, 3, 4, 8),
    ),
    "variance scaling 1, `fan_avg`, `uniform`, seed 1, shape (48, 96)": (
        GlorotUniform(seed=1),
        (48, 96),
    ),
    "variance scaling 0.3, `fan_out`, `untruncated_normal`, seed 1, shape (7, 5)": (
        VarianceScaling(0.3, "fan_out", "untruncated_normal", seed=1),
        (7, 5),
    ),
}


@pytest.mark.parametrize("name", MADE)
def test_initializers_give_the_answers_of_the_page(name):
    initializer, shape = MADE[name]
    values = initializer.values(shape, "float32")
    first, sha256 = known_draws()[name]

    assert values[values != 0][: len(first)].tolist() == first
    assert digest(values) == sha256


def slow_scaled(shape: tuple[int, ...], *arguments) -> np.ndarray:
    key, (fan_in, fan_out) = slow.key_of(1), slow.fans(shape)
    words = [slow.word(key, i) for i in range(int(np.prod(shape)))]
    values = [slow.variance_scaling(word, fan_in, fan_out, *arguments) for word in words]
    return np.array(values, np.float32).reshape(shape)


@pytest.mark.parametrize("distribution", ["truncated_normal", "untruncated_normal", "uniform"])
@pytest.mark.parametrize("mode", ["fan_in", "fan_out", "fan_avg"])
@pytest.mark.parametrize("shape", [(), (6,), (3, 4), (2, 3, 5), (1, 1)])
@pytest.mark.parametrize("scale", [1.0, 2.0, 0.1])
def test_variance_scaling_agrees(scale, shape, mode, distribution):
    """Fans, scale and the truncation's constant come to the same bits in both implementations."""
    made = VarianceScaling(scale, mode, distribution, seed=1).values(shape, "float32")

    assert made.tobytes() == slow_scaled(shape, scale, mode, distribution).tobytes()


def test_named_kinds_are_the_scalings_that_the_page_says():
    arguments = {"Glorot": (1.0, "fan_avg"), "He": (2.0, "fan_in"), "Lecun": (1.0, "fan_in")}
    for name, (scale, mode) in arguments.items():
        for suffix, distribution in (("Normal", "truncated_normal"), ("Uniform", "uniform")):
            made = getattr(initializers, name + suffix)(seed=1).values((4, 10), "float32")
            assert made.tobytes() == slow_scaled((4, 10), scale, mode, distribution).tobytes()


@pytest.mark.parametrize(("units", "count"), [(1, 3), (4, 2), (5, 4)])
def test_gates_agree(units, count):
    made = GatedOrthogonal(1.5, seed=7).values((units, units * count), "float32")

    assert made.tobytes() == np.array(slow.gates(7, units, count, 1.5), np.float32).tobytes()


def test_calls_of_a_seed_generator_agree():
    from keras.random import SeedGenerator

    initializer = initializers.RandomNormal(seed=SeedGenerator(5))

    assert [initializer.call_seed() for _ in range(3)] == [slow.call_seed(5, i) for i in range(3)]


@pytest.mark.parametrize("bounds", [0.01, 0.5, 1.0, 2.5, 3.0, 4.0, 9.5, 100.0])
def test_variance_scaling_cut_elsewhere_agrees(bounds):
    """The standard deviation after the cut comes to the same double, by whole numbers alone."""
    made = BoundedVarianceScaling(2.0, "fan_in", seed=1, bounds=bounds).values((5, 8), "float32")

    assert cut_normal(bounds).stddev == slow.cut_stddev(bounds)
    scaled = slow_scaled((5, 8), 2.0, "fan_in", "truncated_normal", bounds)
    assert made.tobytes() == scaled.tobytes()


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (30, 4), (7, 9)])
@pytest.mark.parametrize("sparsity", [0, 0.1, 0.5, 1])
def test_sparse_matrices_agree(rows, columns, sparsity):
    wanted = np.array(slow.sparse(5, rows, columns, sparsity, 0.3), np.float32)
    made = Sparse(sparsity, 0.3, seed=5).values((rows, columns), "float32")

    assert made.tobytes() == wanted.tobytes()


def test_delta_orthogonal_kernels_agree():
    """An orthogonal matrix at the center, zeros around it."""
    made = DeltaOrthogonal(1.5, seed=7).values((4, 3, 2, 5), "float32")
    wanted = np.zeros_like(made)
    wanted[1, 1] = slow.orthogonal(7, 2, 5, 1.5)

    assert made.tobytes() == wanted.tobytes()
