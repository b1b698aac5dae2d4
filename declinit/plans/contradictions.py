"""What an entry of a plan or an audit says twice, and says differently: it was edited by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from declinit.documents import Node
from declinit.errors import DeclinitError, Problem
from declinit.kinds.distributions import Distribution
from declinit.kinds.moments import cut_normal
from declinit.plans.copies import circle_text, circles
from declinit.plans.copies import refuse_misfit as refuse_unlike
from declinit.plans.fitting import refuse_misfit, refuse_type
from declinit.plans.inventory import Variable
from declinit.policy.copies import CopySource
from declinit.policy.loads import TensorSource

# A truncated normal is written as its own stddev and its ends, from which roundings lead back.
_ROUNDING = 1e-6

Entry = Mapping[str, Any]


def contradicted(node: Node, check: Callable[[Entry], Iterator[str]]) -> list[Problem]:
    """The entries of a plan or an audit that contradict themselves, each at its place.

    Args:
        node: the document, whose shape was checked.
        check: gives what contradicts itself in an entry.
    """
    variables = node.child("variables")
    return [
        Problem("DI571", f"the entry contradicts itself: {sentence}", where=entry.place)
        for entry in (variables.items if variables else ())
        for sentence in check(entry.value)
    ]


def contradictions(entry: Entry) -> Iterator[str]:
    """What contradicts itself in the assignment of a variable, a sentence each.

    Args:
        entry: of a plan, or of an audit.
    """
    if "load" in entry:
        yield from _contradicting_load(entry)
    if "copy_of" in entry and entry["rule"] is None:
        yield "`copy_of` without a `rule`"
    if "initializer" in entry:
        given = _seed_in(entry["initializer"])
        if entry["seed"] != given:
            yield f"`seed` is {entry['seed']}, that of `initializer` is {given}"
        if entry["rule"] is None:
            yield "`initializer` without a `rule`"
    else:
        stated = [key for key in ("seed", "fan_in", "parts", "expected") if entry.get(key)]
        done = _done_without_initializer(entry)
        yield from (f"`{key}` of a variable that is {done}" for key in stated)
    for one, other in (("fan_in", "fan_out"), ("keras_fans", "stddev_over_keras")):
        if (entry[one] is None) != (entry[other] is None):
            yield f"of `{one}` and `{other}` only one is given"
    if entry["expected"] and not _possible(Distribution.from_dict(entry["expected"])):
        yield f"there is no such {entry['expected']['family']} distribution as `expected`"


def _done_without_initializer(entry: Entry) -> str:
    if "load" in entry:
        return "loaded without an initializer"
    return "copied without an initializer" if "copy_of" in entry else "left as it is"


def contradicting_copies(node: Node) -> list[Problem]:
    """Copies that the entries of a plan or an audit cannot make of each other.

    Args:
        node: the document, whose shape was checked.
    """
    variables = node.child("variables")
    entries = {str(one.at(["path"]).value): one for one in (variables.items if variables else ())}
    copying = {path: one for path, one in entries.items() if "copy_of" in one.fields}
    values: Mapping[str, Any] = {path: one.value for path, one in entries.items()}
    found = [(path, sentence) for path in copying for sentence in _contradicting_copy(path, values)]
    copied = {path: str(values[path]["copy_of"]["path"]) for path in copying}
    found += [(circle[0], circle_text(circle)) for circle in circles(copied)]
    return [
        Problem("DI571", f"the entry contradicts itself: {said}", where=entries[path].place)
        for path, said in found
    ]


def _contradicting_copy(path: str, entries: Mapping[str, Any]) -> Iterator[str]:
    source = CopySource.from_config(entries[path]["copy_of"])
    if source.path not in entries:
        yield f"`copy_of`: there is no variable {source.path!r}"
        return
    try:
        one, other = (Variable.from_dict(entries[each]) for each in (source.path, path))
        refuse_unlike(source, one, other)
    except DeclinitError as error:
        yield f"`copy_of`: {error.problems[0].message}"


def _contradicting_load(entry: Entry) -> Iterator[str]:
    try:
        source = TensorSource.from_config(entry["load"])
        refuse_misfit(source, tuple(entry["shape"]))
        refuse_type(source, entry["dtype"])
    except DeclinitError as error:
        yield f"`load`: {error.problems[0].message}"
        return
    if source.sliced and "initializer" not in entry:
        yield "`load` may leave a part to draw, without an `initializer`"
    if entry["rule"] is None:
        yield "`load` without a `rule`"


def _seed_in(initializer: Any) -> int | None:
    """The integer seed of an initializer in any of its spellings."""
    if not isinstance(initializer, Mapping):
        return None
    params = initializer.get("config") if "class_name" in initializer else initializer
    seed = params.get("seed") if isinstance(params, Mapping) else None
    return seed if isinstance(seed, int) else None


def _possible(stated: Distribution) -> bool:
    """Whether the mean, the stddev and the ends of a distribution belong together."""
    match stated.family:
        case "constant":
            return stated == Distribution.constant(stated.mean)
        case "normal":
            return stated == Distribution.normal(stated.mean, stated.stddev)
        case "uniform":
            ordered = stated.low <= stated.high
            return ordered and stated == Distribution.uniform(stated.low, stated.high)
        case "log_uniform":
            ordered = 0 < stated.low < stated.high
            return ordered and stated == Distribution.log_uniform(stated.low, stated.high)
        case "sparse_normal":
            unbounded = (stated.mean, stated.low, stated.high) == (0.0, -math.inf, math.inf)
            return unbounded and 0 <= stated.zeros < 1
        case "truncated_normal":
            return _possible_cut(stated)


def _possible_cut(stated: Distribution) -> bool:
    low, high, bounds = stated.low, stated.high, stated.bounds
    own_stddev = cut_normal(bounds).stddev
    if not (math.isfinite(low) and math.isfinite(high)):
        # An end that no double can state is left out.
        reach = bounds * (stated.stddev / own_stddev)
        return (low, high) == (stated.mean - reach, stated.mean + reach)
    largest = max(abs(low), abs(high))
    middle, half = low / 2 + high / 2, high / 2 - low / 2
    return math.isclose(middle, stated.mean, abs_tol=_ROUNDING * largest) and math.isclose(
        half / bounds * own_stddev, stated.stddev, rel_tol=_ROUNDING, abs_tol=largest * 2.0**-50
    )
