"""How fast specs are checked and resolved: `python -m benchmarks.policies`.

Resolving 10,000 variables against 200 rules beside a plain loop of regular expressions; resolving
them against rules with numbers beside the same rules, half of them with formulas and captures; and
validating a file of 10,000 rules beside jsonschema on the whole published schema, in one run; and
how long `import declinit` takes.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from referencing import Registry

from benchmarks.timing import seconds_of, table
from declinit import Spec, VariableInfo
from declinit.checks.files import schema_text
from declinit.layers.fans import FanAxes
from declinit.plans.resolution import resolve
from declinit.policy.extending import load

VARIABLES, RULES, LONG = 10_000, 200, 10_000
ROUNDS = 5
PARTS = ("query", "key", "value", "output", "up", "down")


def inventory() -> tuple[VariableInfo, ...]:
    """Blocks of a large transformer, 12 variables each."""
    paths = (
        f"decoder/block_{block}/{part}/{name}"
        for block in range(VARIABLES // 12 + 1)
        for part in PARTS
        for name in ("kernel", "bias")
    )
    axes = FanAxes((0,), (1,))
    infos = [
        VariableInfo(path=path, shape=(64, 64), dtype="float32", axes=axes, layer="Dense")
        for path in paths
    ]
    return tuple(infos[:VARIABLES])


def rule(index: int) -> dict[str, Any]:
    low = index * 4
    part = PARTS[index % len(PARTS)]
    return {
        "match": f"**/block_{{{low}..{low + 3}}}/{part}/kernel",
        "initializer": {"name": "random_normal", "stddev": 0.01 + index % 50 / 1e4},
    }


def decision(index: int, *, formula: bool) -> dict[str, Any]:
    """A rule that decides everything in five blocks, by a number or by a formula of their depth."""
    low, high = index * 5, index * 5 + 4
    capture, stddev = ("l:", "std / sqrt(2 * count(l)) + 1 / fan_in") if formula else ("", 0.01)
    return {
        "match": f"**/block_{{{capture}{low}..{high}}}/*/*",
        "initializer": {"name": "random_normal", "stddev": stddev},
    }


def decisions(*, formulas: bool) -> dict[str, Any]:
    """A policy whose every rule decides variables, one half by formulas or all by numbers."""
    rules = [decision(n, formula=formulas and n % 2 == 1) for n in range(RULES - 1)]
    catch_all = {"match": "**", "initializer": "zeros"}
    return {"declinit": 1, "seed": 1, "constants": {"std": 0.02}, "rules": [catch_all, *rules]}


def policy(rules: int) -> dict[str, Any]:
    first = [
        {"match": "**/kernel", "initializer": "he_normal"},
        {"match": "**/bias", "initializer": "zeros"},
    ]
    return {"declinit": 1, "seed": 1, "rules": [*first, *map(rule, range(rules - 2))]}


def regex_loop(infos: tuple[VariableInfo, ...]) -> Callable[[], object]:
    """The plain way: every rule's regular expression on every path, the last match kept."""
    ranges = [(index * 4, PARTS[index % len(PARTS)]) for index in range(RULES - 2)]
    sources = [
        rf"(?:.*/)?block_(?:{'|'.join(map(str, range(low, low + 4)))})/{part}/kernel"
        for low, part in ranges
    ]
    patterns = [re.compile(s) for s in (r"(?:.*/)?kernel", r"(?:.*/)?bias", *sources)]

    def loop() -> object:
        return {
            info.path: [n for n, pattern in enumerate(patterns) if pattern.fullmatch(info.path)][-1]
            for info in infos
        }

    return loop


def monolith() -> Any:
    return jsonschema.Draft7Validator(json.loads(schema_text("spec")), registry=Registry())


def medians(works: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Median seconds of each, taken in turns."""
    turns: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(ROUNDS + 1):
        for name, work in works.items():
            seconds = seconds_of(work)
            if turn:  # the first warms up
                turns[name].append(seconds)
    return {name: statistics.median(seconds) for name, seconds in turns.items()}


def seconds_to_import() -> float:
    """What `import declinit` adds to the start of Python, by Python's own count."""
    command = [sys.executable, "-X", "importtime", "-c", "import declinit"]
    turns = [
        subprocess.run(command, capture_output=True, text=True, check=True).stderr
        for _ in range(ROUNDS)
    ]
    # The last line is that of the package, with everything that it imports: `self | all | name`.
    return statistics.median(int(text.splitlines()[-1].split("|")[1]) / 1_000_000 for text in turns)


def main() -> None:
    """Time everything in turns and print a table."""
    infos = inventory()
    # Rules that match no block of this inventory would be findings.
    lenient = {"strict": {"unused": "allow"}}
    spec, numbers, formulas = (
        Spec.from_config(config | lenient)
        for config in (policy(RULES), decisions(formulas=False), decisions(formulas=True))
    )
    long = policy(LONG)
    validator = monolith()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "long.yaml")
        path.write_text(yaml.safe_dump(long), encoding="utf-8")
        found = medians(
            {
                f"resolve {VARIABLES:,} variables, {RULES} rules": lambda: resolve(spec, infos),
                "  a plain loop of regular expressions": regex_loop(infos),
                "resolve where every rule decides": lambda: resolve(numbers, infos),
                "  half of them by formulas": lambda: resolve(formulas, infos),
                f"validate a file of {LONG:,} rules": lambda: load(path),
                "  jsonschema alone, data already read": lambda: list(validator.iter_errors(long)),
            }
        )
    found["import declinit"] = seconds_to_import()
    targets = iter(("0.3 s", "", "", "1.5 x that", "1 s", "", "0.06 s"))
    rows = [[name, f"{seconds:.3f} s", next(targets)] for name, seconds in found.items()]
    print(table(["", "median", "aim"], rows))


if __name__ == "__main__":
    sys.exit(main())
