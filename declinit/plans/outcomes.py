"""What a rule comes to for all variables of one shape, dtype and set of axes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from declinit.errors import DeclinitError, Problem
from declinit.kinds.distributions import Distribution
from declinit.kinds.registry import KERAS, PORTABLE, Kind, Registry
from declinit.kinds.rows import distribution_of
from declinit.kinds.scaling import Scaling
from declinit.layers.fans import FanAxes, Fans, default_axes, keras_fans
from declinit.plans.inventory import FLOATS, HALF_TYPES, VariableInfo
from declinit.policy.actions import InitializerConfig
from declinit.policy.spec import KERAS_FANS, Spec
from declinit.seeds import MAX_KERAS_SEED
from declinit.wording import shape_text


@dataclass(frozen=True, slots=True)
class Lookup:
    """The initializer that a rule names, looked up once for all variables.

    Attributes:
        kind: of the initializer.
        given: the parameters that the rule gives.
        complete: all parameters, defaults included.
        seeded: whether the values depend on a seed.
    """

    kind: Kind
    given: Mapping[str, Any]
    complete: Mapping[str, Any]
    seeded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a rule comes to for equal variables; only the seeds are missing.

    Attributes:
        name: of the kind that is built.
        params: its parameters.
        seeded: whether a derived seed is added.
        fans: what a fan-based initializer scales by.
        keras_fans: what Keras would scale by, where that gives another stddev.
        stddev_over_keras: the ratio of the two standard deviations in that case.
        expected: the distribution of one element, where all elements have the same.
        complaints: what is wrong, or worth a warning; without a place, since the same fault of
            several variables is told together.
    """

    name: str
    params: Mapping[str, Any]
    seeded: bool
    fans: Fans | None = None
    keras_fans: Fans | None = None
    stddev_over_keras: float | None = None
    expected: Distribution | None = None
    complaints: tuple[Problem, ...] = ()

    def with_seed(self, derived: int) -> InitializerConfig:
        """What is built, with a derived seed where it takes one that the rule does not give."""
        if not self.seeded or "seed" in self.params:
            return InitializerConfig(self.name, self.params)
        return InitializerConfig(self.name, {**self.params, "seed": derived})


def look_up(config: InitializerConfig, registry: Registry, generator: str) -> Lookup | Problem:
    """The kind that a rule names, built once so that its own complaints come early.

    Args:
        config: what the rule says.
        registry: where the kind is looked up.
        generator: `"portable"` or `"keras"`.
    """
    kind = registry.find(config.name)
    if kind is None:
        return registry.unknown(config.name)
    try:
        known, seeded = kind.signature(generator), kind.takes_seed(generator)
        complete = kind.complete(generator, config.params)
    except Exception as error:  # the user's own class cannot be found or read
        return _unbuildable(config, kind, error)
    if not kind.open and (extra := sorted(set(config.params) - set(known))):
        reason = f"generator {generator!r} has no parameter {extra[0]!r} for it"
        beyond = any(extra[0] in variant.beyond for variant in kind.variants)
        hint = f"use `generator: {PORTABLE}`" if beyond else None
        return Problem("DI312", f"{config} cannot be built: {reason}", hint=hint)
    if kind.constraint and (message := kind.constraint(complete)):
        return Problem("DI210", f"{config} cannot be built: {message}")
    try:
        kind.build(generator, {**config.params, **({"seed": 0} if seeded else {})})
    except Exception as error:  # whatever the class of a user raises
        return _unbuildable(config, kind, error)
    return Lookup(kind, config.params, complete, seeded)


def _unbuildable(config: InitializerConfig, kind: Kind, error: Exception) -> Problem:
    begin = f"{config} cannot be built: "
    if isinstance(error, DeclinitError):
        problem = error.problems[0]
        return replace(problem, message=begin + problem.message)
    said = f"{type(error).__name__}: {error}" if kind.open else str(error)
    return Problem("DI312", begin + said)


def outcome_of(lookup: Lookup, info: VariableInfo, spec: Spec) -> Outcome:
    """What an initializer comes to for a variable, and for all that are equal to it.

    Args:
        lookup: the initializer.
        info: a variable; its path does not matter.
        spec: the policy, for its generator and its way to count fans.
    """
    kind = lookup.kind
    plain = Outcome(name=kind.name, params=lookup.given, seeded=lookup.seeded)
    if kind.scaling:
        outcome = _fan_based(kind.scaling(lookup.complete), plain, lookup, info, spec)
    else:
        outcome = replace(plain, expected=distribution_of(kind, lookup.complete, None, info.shape))
    complaints = (*_unfit(lookup, info, spec.generator), *outcome.complaints)
    return replace(outcome, complaints=complaints)


def _unfit(lookup: Lookup, info: VariableInfo, generator: str) -> Iterator[Problem]:
    """What the kind cannot fill."""
    kind, shape, dtype = lookup.kind, info.shape, info.dtype
    if dtype not in FLOATS:
        hint = "leave quantized and integer variables out with `exclude`"
        yield Problem("DI307", f"{kind.name} cannot fill a variable of dtype {dtype}", hint=hint)
    low, high = kind.ranks
    if len(shape) < low or (high is not None and len(shape) > high):
        wanted = f"rank {low} or more" if high is None else f"rank {low} to {high}"
        wanted = f"rank {low}" if low == high else wanted
        message = f"{kind.name} cannot fill shape {shape_text(shape)}, it needs {wanted}"
        yield Problem("DI308", message)
    elif kind.misfit and (misfit := kind.misfit(lookup.complete, shape)):
        message = f"{kind.name} cannot fill shape {shape_text(shape)}: {misfit}"
        yield Problem("DI308", message)
    if generator == KERAS and dtype in HALF_TYPES and not kind.half_types:
        hint = "use `generator: portable`"
        yield Problem("DI307", f"Keras' own {kind.name} has no {dtype}", hint=hint)
    if lookup.given.get("split") and not _has_gates(info):
        message = f"{kind.name} cannot be split: {info.layer!r} has no gates here"
        yield Problem("DI308", message, hint="leave `split` out")
    seed = lookup.given.get("seed")
    if isinstance(seed, int) and seed > MAX_KERAS_SEED:
        yield _too_large(seed, generator)


def _has_gates(info: VariableInfo) -> bool:
    """Whether a variable is several square blocks; of a user's own cell only the shape is known."""
    rows, columns = info.shape[-2:] if len(info.shape) > 1 else (0, 0)
    return bool(info.parts or (rows and columns % rows == 0))


def _too_large(seed: int, generator: str) -> Problem:
    message = f"seed {seed} is too large for keras.random, which takes 31 bits"
    if generator == KERAS:
        return Problem("DI314", message)
    hint = "a model that is saved with it cannot be loaded where declinit is not installed"
    return Problem("DI314", message, hint=hint, severity="warning")


def _fan_based(
    scaling: Scaling, plain: Outcome, lookup: Lookup, info: VariableInfo, spec: Spec
) -> Outcome:
    axes, complaints = _axes(lookup, info, spec)
    if axes is None:
        return replace(plain, complaints=complaints)
    fans = axes.fans(info.shape)
    name, params = _scaled(scaling, axes, lookup, info)
    units, keras_units = scaling.units(fans), scaling.units(info.keras_fans)
    differs = units != keras_units
    return replace(
        plain,
        name=name,
        params=params,
        fans=fans,
        keras_fans=info.keras_fans if differs else None,
        stddev_over_keras=math.sqrt(keras_units / units) if differs else None,
        expected=distribution_of(lookup.kind, lookup.complete, units),
        complaints=complaints,
    )


def _axes(
    lookup: Lookup, info: VariableInfo, spec: Spec
) -> tuple[FanAxes | None, tuple[Problem, ...]]:
    """The rule's own axes, else Keras', else the layer's."""
    given = lookup.complete
    if given.get("input_axes") is not None:
        return _given_axes(tuple(given["input_axes"]), tuple(given["output_axes"]), info)
    if spec.fans == KERAS_FANS:
        return info.keras_axes or default_axes(info.shape), ()
    if info.axes is None:
        message = f"{lookup.kind.name} scales by fans, but there are none to count"
        hint = "give it a fixed stddev, input_axes and output_axes, or `fans: keras`"
        return None, (Problem("DI309", message, hint=hint),)
    if info.axes.guessed:
        message = f"fans of {info.layer!r} are guessed from the shape, as Keras does"
        hint = "give input_axes and output_axes"
        return info.axes, (Problem("DI310", message, hint=hint, severity="warning"),)
    return info.axes, ()


def _given_axes(
    inputs: tuple[int, ...], outputs: tuple[int, ...], info: VariableInfo
) -> tuple[FanAxes | None, tuple[Problem, ...]]:
    rank = len(info.shape)
    wrong = [axis for axis in (*inputs, *outputs) if not -rank <= axis < rank]
    if wrong:
        message = f"there is no axis {wrong[0]} in shape {shape_text(info.shape)}"
        return None, (Problem("DI311", message),)
    return FanAxes(inputs, outputs), ()


def _scaled(
    scaling: Scaling, axes: FanAxes, lookup: Lookup, info: VariableInfo
) -> tuple[str, Mapping[str, Any]]:
    """Name and parameters that make Keras' arithmetic come to the fans of these axes.

    Keras multiplies the sizes of axes. It cannot divide them, as groups of a convolution and gates
    of a recurrent kernel do. Then the scale is corrected instead: `variance_scaling` with another
    scale gives the same standard deviation, in plain Keras too, where a saved model is loaded
    without declinit. The correction is one multiplication and one division in double precision,
    whose result the config holds in full, so that it is the same bits wherever it is read.
    """
    params = dict(lookup.given)
    fans, whole = axes.fans(info.shape), FanAxes(axes.input, axes.output).fans(info.shape)
    if whole != keras_fans(info.shape) or info.keras_axes:
        params |= {"input_axes": list(axes.input), "output_axes": list(axes.output)}
    if scaling.units(whole) == scaling.units(fans):
        return lookup.kind.name, params
    corrected = {
        "scale": scaling.scale * (scaling.units(whole) / scaling.units(fans)),
        "mode": scaling.mode,
        "distribution": scaling.family,
    }
    return "variance_scaling", {**params, **corrected}
