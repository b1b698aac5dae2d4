"""What the names of a formula stand for: for one rule, and each variable that it matches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal

from declinit.errors import DeclinitError, Problem, did_you_mean
from declinit.formulas import FANS, Count, Dim, Index, LayerFan, Name, Reference, Size
from declinit.globs import Glob, GlobSet
from declinit.layers.fans import Fans, Shape, default_axes
from declinit.plans.inventory import Inventory, VariableInfo
from declinit.policy.groups import expanded
from declinit.policy.rules import Rule
from declinit.policy.spec import KERAS_FANS, Spec
from declinit.wording import listed, shape_text

Number = int | Decimal
Taken = Mapping[str, int | str]


class Scopes:
    """The scope of every rule and variable of a policy and a model.

    Args:
        spec: the policy.
        inventory: the model's variables.
        matched: the variables that each rule matches, by the rule's index.
    """

    def __init__(
        self, spec: Spec, inventory: Inventory, matched: Mapping[int, Sequence[VariableInfo]]
    ) -> None:
        self.spec = spec
        self.inventory = inventory
        self.constants = spec.constant_values
        self._matched = matched
        self._with_fans: dict[str, list[VariableInfo]] | None = None
        self._named: dict[str, VariableInfo] | None = None
        self._groups: dict[str, list[VariableInfo]] = {}

    def of(self, rule: Rule) -> Scope:
        """What names stand for in a rule's formulas."""
        return Scope(self, Captures.of(rule, self._matched[rule.index]))

    def kernel_of(self, info: VariableInfo) -> VariableInfo:
        """The kernel of the layer that owns a variable: what is called so, or alone has fans.

        Raises:
            DeclinitError: if there is none, or a choice.
        """
        if self._with_fans is None:
            self._with_fans = {}
            for one in self.inventory:
                if one.axes:
                    self._with_fans.setdefault(_owner(one.path), []).append(one)
        found = self._with_fans.get(_owner(info.path), [])
        kernels = [one for one in found if one.path.rpartition("/")[2] == "kernel"] or found
        if len(kernels) != 1:
            names = f"several: {listed([one.path for one in kernels])}" if kernels else "none"
            message = f"`layer` means the kernel beside a variable, and {info.layer!r} has {names}"
            hint = "use size() of the one that is meant" if kernels else None
            raise DeclinitError(Problem("DI326", message, hint=hint))
        return kernels[0]

    def variable(self, name: str) -> VariableInfo:
        """The variable with an address.

        Raises:
            DeclinitError: if there is none.
        """
        if self._named is None:
            self._named = {name: info for info in reversed(self.inventory) for name in info.names}
        if name not in self._named:
            hint = did_you_mean(name, self._named)
            raise DeclinitError(Problem("DI326", f"there is no variable {name!r}", hint=hint))
        return self._named[name]

    def group(self, name: str) -> list[VariableInfo]:
        """The variables that the patterns of a group match."""
        if name not in self._groups:
            patterns = GlobSet(expanded((f"${name}",), self.spec.groups))
            self._groups[name] = [
                info
                for info in self.inventory
                if not info.seed_state and any(map(patterns.matching, info.names))
            ]
        return self._groups[name]

    def fans_of(self, info: VariableInfo) -> Fans | None:
        """The fans of a variable, as the policy counts them."""
        if self.spec.fans == KERAS_FANS:
            return (info.keras_axes or default_axes(info.shape)).fans(info.shape)
        return info.fans


def _owner(path: str) -> str:
    return path.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Captures:
    """What the patterns of a rule capture.

    Attributes:
        taken: by path of a variable, numbers and texts by their names.
        values: by name, all that is captured.
        ranks: by name, the numbers among them with their ranks from 0.
    """

    taken: Mapping[str, Taken]
    values: Mapping[str, Set[int | str]]
    ranks: Mapping[str, Mapping[int, int]]

    @classmethod
    def of(cls, rule: Rule, matched: Iterable[VariableInfo]) -> Captures:
        """The captures of a rule in all variables that it matches."""
        globs = [glob for glob in rule.match if glob.captures]
        captured = {info.path: taken(globs, info.names) for info in matched} if globs else {}
        values: dict[str, set[int | str]] = {}
        for found in captured.values():
            for name, value in found.items():
                values.setdefault(name, set()).add(value)
        return cls(captured, values, {name: _ranks(every) for name, every in values.items()})


def taken(globs: Iterable[Glob], names: Iterable[str]) -> Taken:
    """What is captured from the first name that fits, by the first pattern that it fits.

    The path comes first among the names: others may count what else a process has built.
    """
    for name in names:
        for glob in globs:
            read = glob.capture(name)
            if read is not None:
                return read
    return {}


def _ranks(values: Iterable[int | str]) -> Mapping[int, int]:
    numbers = sorted(value for value in values if isinstance(value, int))
    return {number: rank for rank, number in enumerate(numbers)}


Lookup = Callable[[VariableInfo], Number]


@dataclass(frozen=True, slots=True)
class Scope:
    """What names stand for in the formulas of one rule."""

    scopes: Scopes
    captures: Captures

    def lookup(self, reference: Reference) -> Lookup:
        """What gives the number of a reference for each variable of the rule.

        It raises a `DeclinitError` with the reason where there is no number.
        """
        match reference:
            case Name(text) if text in FANS:
                return lambda info: self._fan(info, text)
            case Name(text) if reference in self.scopes.constants:
                return _always(self.scopes.constants[reference])
            case Name(text):
                return lambda info: self._captured(info, text)
            case Count(capture):
                return _always(len(self.captures.values.get(capture, ())))
            case Index(capture):
                ranks = self.captures.ranks.get(capture, {})
                return lambda info: ranks[self._captured(info, capture)]
            case Dim(axis):
                return lambda info: _size(info, axis)
            case LayerFan(fan):
                return lambda info: self._fan(self.scopes.kernel_of(info), fan)
            case Size(group, axis, True):
                return lambda _: self._group_size(group, axis)
            case Size(path, axis):
                return lambda _: _size(self.scopes.variable(path), axis)

    def _captured(self, info: VariableInfo, name: str) -> int:
        number = self.captures.taken.get(info.path, {}).get(name)
        if not isinstance(number, int):
            message = f"no number is captured as {name!r}"
            raise DeclinitError(Problem("DI326", message))
        return number

    def _fan(self, info: VariableInfo, fan: str) -> Number:
        fans = self.scopes.fans_of(info)
        if fans is None:
            hint = "use dim(), or `layer.fan_in` for a bias"
            message = f"a variable of {info.layer!r} has no {fan}"
            raise DeclinitError(Problem("DI326", message, hint=hint))
        if fan == "fan_avg":
            return Decimal(fans.fan_in + fans.fan_out) / 2
        return int(getattr(fans, fan))

    def _group_size(self, group: str, axis: int) -> int:
        found: dict[int, str] = {}
        for info in self.scopes.group(group):
            found.setdefault(_size(info, axis), info.path)
        if len(found) != 1:
            sizes = listed([f"{size} of {path}" for size, path in found.items()])
            message = (
                f"'${group}' has no one size: it is {sizes}"
                if sizes
                else f"'${group}' matches no variable"
            )
            raise DeclinitError(Problem("DI326", message))
        return next(iter(found))


def _always(number: Number) -> Lookup:
    return lambda _: number


def _size(info: VariableInfo, axis: int) -> int:
    shape: Shape = info.shape
    if not -len(shape) <= axis < len(shape):
        message = f"{info.path!r} of shape {shape_text(shape)} has no axis {axis}"
        raise DeclinitError(Problem("DI326", message))
    return shape[axis]
