"""Parts of variables: where they lie, and the variable that each would be by itself.

Where a layer fills a part by itself (the ones of a forget gate under `unit_forget_bias`), it goes
on doing so under a rule, unless a part of the rule covers it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from declinit.errors import DeclinitError, Problem, did_you_mean
from declinit.kinds.distributions import Distribution
from declinit.layers.fans import FanAxes, Shape
from declinit.layers.regions import Region
from declinit.plans.computations import Computation
from declinit.plans.inventory import VariableInfo
from declinit.plans.outcomes import Outcome
from declinit.policy.actions import InitializerConfig, PartFill, WrittenPart
from declinit.policy.slicing import Slicing
from declinit.seeds import derive_seed
from declinit.wording import shape_text


class LocatedPart(NamedTuple):
    """A part of a rule in one variable."""

    written: WrittenPart
    region: Region


def region_of(part: WrittenPart, info: VariableInfo) -> Region:
    """Where a part lies in a variable.

    Raises:
        DeclinitError: if there is no such part of it.
    """
    if part.gate is None:
        return Slicing.parse(str(part.at)).region(info.shape)
    gates = {one.name: one for one in info.parts}
    if part.gate in gates:
        return gates[part.gate].region(info.shape)
    hint = did_you_mean(part.gate, gates)
    if gates:
        hint = hint or f"its gates are {', '.join(gates)}"
        raise DeclinitError(Problem("DI333", f"{info.layer!r} has no such gate", hint=hint))
    message = f"a variable of {info.layer!r} of shape {shape_text(info.shape)} has no gates"
    raise DeclinitError(Problem("DI333", message, hint="say which elements with `at`"))


def overlaps(parts: Sequence[LocatedPart]) -> Iterator[tuple[WrittenPart, Problem]]:
    """Each part that has elements of an earlier one, and why that is refused."""
    for one, two in itertools.combinations(parts, 2):
        if one.region.overlaps(two.region):
            message = f"it overlaps part {one.written.name}, which leaves a choice of values"
            yield two.written, Problem("DI332", message)


def filled_by_layer(info: VariableInfo) -> tuple[PartFill, ...]:
    """The parts that the layer itself fills, whatever the initializer of the variable says."""
    regions = {part.name: part.region(info.shape) for part in info.parts}
    return tuple(
        PartFill(one.part, regions[one.part], InitializerConfig(one.initializer))
        for one in info.filled
        if one.part in regions
    )


def left_to_layer(filled: Iterable[PartFill], parts: Sequence[LocatedPart]) -> tuple[PartFill, ...]:
    """The parts that the layer goes on filling beside those of a rule."""
    return tuple(one for one in filled if not any(part.region.covers(one.at) for part in parts))


def cut(
    filled: Iterable[PartFill], parts: Sequence[LocatedPart]
) -> Iterator[tuple[WrittenPart, Problem]]:
    """Each part of a rule that has some elements of what the layer fills by itself, but not all."""
    for one in left_to_layer(filled, parts):
        for part in parts:
            if part.region.overlaps(one.at):
                message = (
                    f"it has some elements of {one.name!r}, which the layer fills with "
                    f"{one.initializer}, but not all"
                )
                hint = f"give `gate: {one.name}` a part of its own"
                yield part.written, Problem("DI332", message, hint=hint)


def variable_of(info: VariableInfo, region: Region) -> VariableInfo:
    """A part as if it were a variable of its own.

    Fans are counted on the part's shape, along the axes of the layer. Where a layer fuses what are
    several kernels, as a projection to queries, keys and values does, each of them has its own
    inputs and outputs, and glorot on the part is glorot on the kernel that it would be elsewhere;
    on the whole it would count the outputs of all three.
    """
    return replace(
        info,
        shape=region.shape,
        axes=_axes_of_part(info.axes, info, region),
        keras_axes=_axes_of_part(info.keras_axes, info, region),
        parts=(),
        filled=(),
    )


def _axes_of_part(axes: FanAxes | None, info: VariableInfo, region: Region) -> FanAxes | None:
    if axes is None or not axes.output:
        return axes
    return axes.of_part(info.shape, region.stretches[axes.output[-1]])


def part_seed(seed: int, region: Region, shape: Shape) -> int:
    """The seed of a part: it hangs on the variable's seed and the part's elements alone.

    So it does not matter how many other parts there are, in which order, or whether a policy names
    a gate or slices.

    Args:
        seed: derived for the variable.
        region: of the part.
        shape: of the variable.
    """
    return derive_seed(seed, f"part/{region.text(shape)}")


class PartOutcome(NamedTuple):
    """What a part of a rule comes to in equal variables."""

    written: WrittenPart
    region: Region
    outcome: Outcome
    formulas: tuple[Computation, ...] = ()

    def fill(self, info: VariableInfo, derived: int) -> PartFill:
        """The part of one variable, complete.

        Args:
            info: the variable.
            derived: the variable's derived seed.
        """
        name = self.written.gate or f"[{self.region.text(info.shape)}]"
        config = self.outcome.with_seed(part_seed(derived, self.region, info.shape))
        return PartFill(name, self.region, config)


class PartOutcomes(NamedTuple):
    """What the parts of a variable come to.

    Attributes:
        of_layer: those that the layer fills by itself.
        of_rule: those of a rule.
    """

    of_layer: tuple[PartFill, ...]
    of_rule: tuple[PartOutcome, ...]

    @property
    def formulas(self) -> tuple[Computation, ...]:
        """What formulas of a rule's parts came to, each under the name of its part."""
        return tuple(
            replace(formula, parameter=f"{part.written.name}: {formula.parameter}")
            for part in self.of_rule
            for formula in part.formulas
        )

    def fills(self, info: VariableInfo, derived: int) -> tuple[PartFill, ...]:
        """All parts of a variable in the order of their places; a rule's order changes no value."""
        if not self.of_rule:
            return self.of_layer
        parts = (*self.of_layer, *(one.fill(info, derived) for one in self.of_rule))
        return tuple(sorted(parts, key=lambda part: part.at.to_value()))

    def share(self, expected: Distribution | None) -> bool:
        """Whether their elements have the distribution of all others, as far as one can tell."""
        return not self.of_layer and all(one.outcome.expected == expected for one in self.of_rule)
