"""What a rule comes to for all variables of one shape, dtype and set of axes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from declinit.errors import Severity
from declinit.kinds.distributions import Distribution
from declinit.kinds.registry import KERAS, Kind
from declinit.kinds.rows import distribution_of
from declinit.kinds.scaling import Scaling
from declinit.layers.fans import FanAxes, Fans, default_axes, keras_fans
from declinit.plans.inventory import FLOATS, HALF_TYPES, VariableInfo
from declinit.policy.rules import Rule
from declinit.policy.spec import KERAS_FANS, Spec

KERAS_SEED_LIMIT = 2**32


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a rule comes to for all variables of one shape, dtype and set of axes: no seed yet."""

    name: str
    params: Mapping[str, Any]
    seeded: bool
    fans: Fans | None = None
    keras: Fans | None = None
    ratio: float | None = None
    expected: Distribution | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule's initializer, looked up once for all variables."""

    rule: Rule
    kind: Kind
    given: Mapping[str, Any]
    complete: Mapping[str, Any]
    seeded: bool


class Cook:
    """Works out one recipe; faults go to `report` as message, hint and severity."""

    def __init__(
        self,
        spec: Spec,
        entry: Entry,
        info: VariableInfo,
        report: list[tuple[str, str | None, Severity]],
    ) -> None:
        self.spec, self.entry, self.info, self.report = spec, entry, info, report

    def error(self, message: str, hint: str | None = None) -> None:
        """Report a fault."""
        self.report.append((message, hint, "error"))

    def recipe(self) -> Recipe:
        """The recipe, with the faults found on the way reported."""
        entry = self.entry
        self.check_target()
        if entry.kind.scaling:
            return self.fan_based(entry.kind.scaling(entry.complete))
        expected = distribution_of(entry.kind, entry.complete, None)
        return Recipe(entry.kind.name, entry.given, entry.seeded, expected=expected)

    def check_target(self) -> None:
        """Report what the kind cannot fill."""
        kind, shape, dtype = self.entry.kind, self.info.shape, self.info.dtype
        what = f"{kind.name} cannot fill"
        if dtype not in FLOATS:
            hint = "leave quantized and integer variables out with `exclude`"
            self.error(f"{what} a variable of dtype {dtype}", hint)
        low, high = kind.ranks
        if len(shape) < low or (high is not None and len(shape) > high):
            wanted = f"rank {low}" if low == high else f"rank {low} or more"
            self.error(f"{what} shape {shown_shape(shape)}, it needs {wanted}")
        if dtype in HALF_TYPES and not kind.half_types and self.spec.generator == KERAS:
            self.error(f"Keras' own {kind.name} has no {dtype}", "use `generator: portable`")
        seed = self.entry.given.get("seed")
        if self.spec.generator == KERAS and isinstance(seed, int) and seed >= KERAS_SEED_LIMIT:
            self.error(f"seed {seed} is too large for keras.random, which takes 32 bits")

    def fan_based(self, scaling: Scaling) -> Recipe:
        """The recipe of a kind that scales by fans."""
        entry, info = self.entry, self.info
        axes = self.axes()
        if axes is None:
            return Recipe(entry.kind.name, entry.given, entry.seeded)
        fans = axes.fans(info.shape)
        name, params = self.scaled(scaling, axes)
        units, keras_units = scaling.units(fans), scaling.units(info.keras_fans)
        differs = units != keras_units
        return Recipe(
            name,
            params,
            entry.seeded,
            fans=fans,
            keras=info.keras_fans if differs else None,
            ratio=math.sqrt(keras_units / units) if differs else None,
            expected=distribution_of(entry.kind, entry.complete, units),
        )

    def axes(self) -> FanAxes | None:
        """The rule's own axes, else Keras', else the layer's; None after a fault."""
        given, info = self.entry.complete, self.info
        if given.get("input_axes") is not None:
            return self.given_axes(tuple(given["input_axes"]), tuple(given["output_axes"]))
        if self.spec.fans == KERAS_FANS:
            return info.keras_axes or default_axes(info.shape)
        if info.axes is None:
            message = f"{self.entry.kind.name} scales by fans, but there are none to count"
            self.error(
                message, "give it a fixed stddev, input_axes and output_axes, or `fans: keras`"
            )
        elif info.axes.guessed:
            message = f"fans of {info.layer!r} are guessed from the shape, as Keras does"
            self.report.append((message, "give input_axes and output_axes", "warning"))
        return info.axes

    def given_axes(self, inputs: tuple[int, ...], outputs: tuple[int, ...]) -> FanAxes | None:
        """The axes that the rule itself gives; None after a fault."""
        rank = len(self.info.shape)
        wrong = [axis for axis in (*inputs, *outputs) if not -rank <= axis < rank]
        if wrong:
            self.error(f"there is no axis {wrong[0]} in shape {shown_shape(self.info.shape)}")
            return None
        return FanAxes(inputs, outputs)

    def scaled(self, scaling: Scaling, axes: FanAxes) -> tuple[str, Mapping[str, Any]]:
        """Name and parameters that make Keras' arithmetic come to the fans of these axes."""
        entry, shape, params = self.entry, self.info.shape, dict(self.entry.given)
        fans, whole = axes.fans(shape), FanAxes(axes.input, axes.output).fans(shape)
        if whole != keras_fans(shape) or self.info.keras_axes:
            params |= {"input_axes": list(axes.input), "output_axes": list(axes.output)}
        if scaling.units(whole) == scaling.units(fans):
            return entry.kind.name, params
        # Axes cannot say that a fan is divided (groups, gates): the scale says it instead.
        factor = scaling.units(whole) / scaling.units(fans)
        named = {
            "scale": scaling.scale * factor,
            "mode": scaling.mode,
            "distribution": scaling.family,
        }
        return "variance_scaling", {**params, **named}


def shown_shape(shape: tuple[int, ...]) -> str:
    """A shape as people write it: `3x3x64x128`."""
    return "x".join(map(str, shape)) or "()"
