"""Other people's weights: whether a model's weights are a plausible draw from a policy."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import keras
import numpy as np

from declinit.audits.examination import (
    Examined,
    examined_delta,
    examined_draws,
    examined_exact,
    examined_orthogonal,
    untested,
)
from declinit.audits.plausibility import Plausibility, judge, same_numbers
from declinit.audits.statistics.fingerprints import same_order
from declinit.audits.statistics.outcomes import certain
from declinit.initializers.hosts import Shape
from declinit.kinds.registry import KERAS, PORTABLE
from declinit.kinds.rows import BUILTIN
from declinit.model.addresses import LocatedVariable
from declinit.model.calling import call_checked
from declinit.model.loaded import LoadedValues
from declinit.model.progress import Advance
from declinit.model.targets import matched
from declinit.model.tensors import Array, dtype_of, numpy_dtype, read, read_pieces, shape_of
from declinit.plans.plan import Assignment, Plan
from declinit.policy.actions import CopyOf, Fill, InitializerConfig, Load, PartFill

# A variable with what it should hold, and what builds its initializer.
Suspect = tuple[Any, Assignment, Callable[[], Any]]


def judged(
    plan: Plan,
    found: Iterable[LocatedVariable],
    loaded: Mapping[str, LoadedValues],
    advance: Advance = lambda count: None,
) -> Plausibility:
    """Whether each of a model's weights can be what a plan says.

    Args:
        plan: what every variable should hold.
        found: the model's variables.
        loaded: by path, the values of those that are loaded.
        advance: told how many elements were looked at.

    Raises:
        ApplyError: if plan and model do not hold the same variables.
    """
    return judged_suspects(
        [
            (target.found.variable, target.assignment, partial(_itself, target.initializer))
            for target in matched(plan, found, loaded)
        ],
        advance,
    )


def _itself(initializer: Any) -> Any:
    return initializer


def judged_suspects(
    suspects: Sequence[Suspect], advance: Advance = lambda count: None
) -> Plausibility:
    """Whether variables can hold what they should.

    Args:
        suspects: each variable with what it should hold and what builds its initializer.
        advance: told how many elements were looked at.
    """
    examined = []
    for suspect in suspects:
        examined.append(_examined(*suspect))
        advance(math.prod(shape_of(suspect[0])))
    return judge(_with_copies(examined, [variable for variable, _, _ in suspects]))


def _examined(variable: Any, assignment: Assignment, build: Callable[[], Any]) -> Examined:
    """Put every test that there is to the values of a variable."""
    action, expected, path = assignment.action, assignment.expected, assignment.path
    shape = shape_of(variable)
    if isinstance(action, Load):
        return _loaded(variable, assignment, build())
    if isinstance(action, CopyOf):
        values = build().values(shape, dtype_of(variable))
        return examined_exact(path, shape, _beside(variable, values), str(action))
    if not isinstance(action, Fill):
        return untested(path, shape, "the policy keeps it as it is")
    if expected is not None and expected.stddev:
        return examined_draws(path, shape, read_pieces(variable), expected, assignment.seed)
    if expected is not None:
        pairs = _beside(variable, np.asarray(expected.mean))
        return examined_exact(path, shape, pairs, str(action))
    if action.initializer.name in ("orthogonal", "delta_orthogonal") and not action.parts:
        return _orthogonal(variable, assignment, action.initializer)
    if _gives_the_same(action):
        values = call_checked(build(), shape, dtype_of(variable))
        host = np.asarray(keras.ops.convert_to_numpy(values))
        return examined_exact(path, shape, _beside(variable, host), str(action))
    return untested(path, shape, f"there is no test of {action.initializer.name}")


def _loaded(variable: Any, assignment: Assignment, loaded: LoadedValues) -> Examined:
    """A variable beside what its file holds, and beside the rest where that is known too."""
    fill = assignment.action.fill
    is_known = not loaded.source.sliced or (fill is not None and _gives_the_same(fill))
    part = shape_of(variable) if is_known else loaded.reach(shape_of(variable))
    source = str(assignment.action if is_known else loaded.source).removeprefix("load ")
    examined = examined_exact(
        assignment.path,
        shape_of(variable),
        _beside_file(variable, loaded, part),
        source if is_known else f"{source}, with no test of the rest",
        to_the_bit=True,
    )
    is_found = examined.outcomes[0].p > 0.0
    return replace(examined, is_exact=is_known or not is_found)


def _beside_file(variable: Any, loaded: LoadedValues, part: Shape) -> Iterator[tuple[Array, Array]]:
    """The values of the first elements of a variable along each axis, and those of the file."""
    shape, dtype = shape_of(variable), dtype_of(variable)
    every = None if loaded.has_pieces else loaded.values(shape, dtype)
    for block, values in read_pieces(variable):
        inner = tuple(
            slice(own.start, max(own.start, min(own.stop, size)))
            for own, size in zip(block, part, strict=True)
        )
        meant = loaded.values(shape, dtype, inner) if every is None else every[inner]
        yield values[tuple(slice(0, own.stop - own.start) for own in inner)], meant


def _gives_the_same(fill: Fill[PartFill]) -> bool:
    """Whether an initializer and those of all parts always give the same values."""
    return all(map(_is_certain, (fill.initializer, *(part.initializer for part in fill.parts))))


def _is_certain(config: InitializerConfig) -> bool:
    """Whether an initializer always gives the same values."""
    kind = BUILTIN.find(config.name)
    return kind is not None and not kind.takes_seed(PORTABLE)


def _beside(variable: Any, expected: Array) -> Iterator[tuple[Array, Array]]:
    """The values of a variable, piece by piece, and those expected, which may be one number."""
    meant = expected.astype(numpy_dtype(dtype_of(variable)))
    for block, values in read_pieces(variable):
        yield values, meant[block] if meant.ndim else meant


def _orthogonal(variable: Any, assignment: Assignment, config: InitializerConfig) -> Examined:
    kind = BUILTIN[config.name]
    generator = KERAS if KERAS in kind.implementations else PORTABLE
    gain = float(kind.complete(generator, config.params)["gain"])
    path, seed, values = assignment.path, assignment.seed, read(variable)
    source = f"{config.name} (gain {gain:g})"
    if config.name == "delta_orthogonal":
        return examined_delta(path, values, source, gain=gain, seed=seed)
    is_split = bool(config.params.get("split"))
    return examined_orthogonal(path, values, source, gain=gain, is_split=is_split, seed=seed)


def _with_copies(examined: Sequence[Examined], variables: Sequence[Any]) -> list[Examined]:
    """The variables with the outcome of looking for copies among them."""
    first = {other: place for place, other in same_numbers(examined)}
    found = []
    for place, one in enumerate(examined):
        if one.fingerprint is None:
            found.append(one)
            continue
        fault = None
        if place in first:
            known = first[place]
            how = same_order(read(variables[known]), read(variables[place]))
            fault = f"the values of {examined[known].path}{how}"
        found.append(one.with_outcome(certain("copy", fault, fault)))
    return found
