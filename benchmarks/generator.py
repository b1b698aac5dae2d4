"""How fast the portable generator is: `python -m benchmarks.generator`.

One run, in which declinit, NumPy and every installed Keras backend take turns in processes of
their own. Results are arrays in the host's memory; everything is warmed up first.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from benchmarks.timing import compete, core_count, installed_backends, serve, table
from declinit.random import Distribution, Normal, TruncatedNormal, Uniform, draw, orthogonal

ELEMENTS = 4_000_000
SIZES = (16, 64, 256, 1000)
SIDE = 2048
ROUNDS = 7
# Turns of a tenth of a second: in shorter ones it counts how soon a second core wakes.
CALLS, SMALL_CALLS = 15, 20
FAMILIES = ("normal", "truncated_normal", "uniform")
MATRIX = f"orthogonal {SIDE}x{SIDE}"

OURS, NUMPY = "declinit", "numpy.Generator"
TARGETS: Mapping[str, Mapping[str, float]] = {
    "normal": {"jax": 2, "tensorflow": 2, "numpy": 2},
    "truncated_normal": {"jax": 3, "tensorflow": 3, "numpy": 3, "torch": 3},
    "uniform": {"jax": 1, "tensorflow": 1, "torch": 1},
    MATRIX: {"jax": 2, "numpy": 2},
}

Works = dict[str, Callable[[], object]]


def label(family: str, size: int) -> str:
    return family if size == ELEMENTS else f"{family} {size}"


def works_of_declinit() -> Works:
    distributions: dict[str, Distribution] = {
        "normal": Normal(0.0, 0.05),
        "truncated_normal": TruncatedNormal(0.0, 0.05),
        "uniform": Uniform(-0.05, 0.05),
    }
    works: Works = {
        label(name, size): partial(draw, distribution, 1, (size,))
        for name, distribution in distributions.items()
        for size in (ELEMENTS, *SIZES)
    }
    return works | {MATRIX: partial(orthogonal, 1, (SIDE, SIDE))}


def works_of_numpy() -> Works:
    def normal(size: int) -> object:
        generator = np.random.Generator(np.random.Philox(1))
        values = generator.standard_normal(size, np.float32)
        return np.multiply(values, np.float32(0.05), out=values)

    def uniform(size: int) -> object:
        generator = np.random.Generator(np.random.Philox(1))
        values = generator.random(size, np.float32)
        np.subtract(values, np.float32(0.5), out=values)
        return np.multiply(values, np.float32(0.1), out=values)

    return {
        label(name, size): partial(work, size)
        for name, work in {"normal": normal, "uniform": uniform}.items()
        for size in (ELEMENTS, *SIZES)
    }


def works_of_keras() -> Works:
    import keras

    calls = {
        "normal": lambda size: keras.random.normal((size,), 0.0, 0.05, seed=1),
        "truncated_normal": lambda size: keras.random.truncated_normal((size,), 0.0, 0.05, seed=1),
        "uniform": lambda size: keras.random.uniform((size,), -0.05, 0.05, seed=1),
    }
    initializer = keras.initializers.Orthogonal(seed=1)
    works: Works = {
        label(name, size): partial(on_host, call, size)
        for name, call in calls.items()
        for size in (ELEMENTS, *SIZES)
    }
    return works | {MATRIX: partial(on_host, initializer, (SIDE, SIDE))}


def on_host(make: Callable[[Any], object], argument: object) -> object:
    """Make a tensor and wait for it; on a CPU no backend has to copy it for NumPy to see it."""
    return np.asarray(make(argument))


def works_of(name: str) -> Works:
    makers = {OURS: works_of_declinit, NUMPY: works_of_numpy}
    return makers.get(name, works_of_keras)()


def main() -> None:
    """Run the contest and print its tables."""
    backends = installed_backends()
    names = [OURS, NUMPY, *backends]
    repeats = dict.fromkeys(FAMILIES, CALLS) | {MATRIX: 1}
    repeats |= {label(family, size): SMALL_CALLS for family in FAMILIES for size in SIZES}
    medians = compete("benchmarks.generator", names, repeats, ROUNDS)
    print(header())
    print(f"\nFloat32, {ELEMENTS:,} elements: nanoseconds per element")
    print(report(medians, FAMILIES, names, 1e9 / ELEMENTS, "{:.2f}"))
    print("\nOrthogonal: milliseconds")
    print(report(medians, [MATRIX], names, 1e3, "{:.0f}"))
    print("\nSmall tensors: microseconds per call")
    small = [label(family, size) for family in FAMILIES for size in SIZES]
    print(report(medians, small, names, 1e6, "{:.0f}"))
    print("\nTargets: how many times as fast declinit is, and should at least be")
    print(verdicts(medians))


def header() -> str:
    cores = core_count()
    threads = "one thread each" if cores == 1 else "each uses as many threads as it does by default"
    return (
        f"{platform.processor() or platform.machine()}, {cores} core(s): {threads}. "
        f"Python {platform.python_version()}, NumPy {np.__version__}; "
        f"medians of {ROUNDS} interleaved rounds of {CALLS} calls ({SMALL_CALLS} for small tensors)."
    )


def report(
    medians: Mapping[str, Mapping[str, float]],
    works: tuple[str, ...] | list[str],
    names: list[str],
    unit: float,
    shown: str,
) -> str:
    """A row for each work and a column for each contestant; in brackets the ratio to ours."""

    def cell(work: str, name: str) -> str:
        seconds = medians[work].get(name)
        if seconds is None:
            return "-"
        figure = shown.format(seconds * unit)
        return figure if name == OURS else f"{figure} ({seconds / medians[work][OURS]:.1f}x)"

    titles = [name if name in {OURS, NUMPY} else f"keras/{name}" for name in names]
    return table(["", *titles], [[work, *(cell(work, name) for name in names)] for work in works])


def verdicts(medians: Mapping[str, Mapping[str, float]]) -> str:
    rows = []
    for work, targets in TARGETS.items():
        for name, target in targets.items():
            if name in medians[work]:
                ratio = medians[work][name] / medians[work][OURS]
                met = "met" if ratio >= target else "MISSED"
                rows.append([f"{work} / keras {name}", f"{ratio:.2f}", f"{target:.0f}", met])
    return table(["", "measured", "target", ""], rows)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(works_of(sys.argv[2]))
    else:
        main()
