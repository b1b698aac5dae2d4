"""Which variable another one copies: found by its path, held against shapes, types and circles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from declinit.errors import DeclinitError, Problem, did_you_mean
from declinit.globs import Template
from declinit.plans.fitting import Conversion, conversion
from declinit.plans.inventory import FLOATS, Inventory, Variable, VariableInfo
from declinit.plans.scopes import taken
from declinit.policy.copies import CopyConfig, CopySource
from declinit.policy.rules import Rule
from declinit.wording import shape_text


class Copies:
    """The variables that may be copied.

    Args:
        inventory: all variables of a model.
    """

    def __init__(self, inventory: Inventory) -> None:
        self._named = {
            name: info for info in reversed(inventory) if not info.seed_state for name in info.names
        }

    def find(
        self, info: VariableInfo, rule: Rule, copy: CopyConfig, scale: float | None
    ) -> CopySource:
        """What a variable receives by a rule.

        Args:
            info: the variable.
            rule: the rule, whose patterns capture what the path may ask for.
            copy: what the rule says.
            scale: what its scale came to.

        Raises:
            DeclinitError: if there is no such variable, or it does not fit.
        """
        captures = taken([glob for glob in rule.match if glob.captures], info.names)
        path = Template.parse(copy.path, captures).fill(captures)
        if path not in self._named:
            hint = did_you_mean(path, self._named)
            raise DeclinitError(Problem("DI354", f"there is no variable {path!r}", hint=hint))
        found = self._named[path]
        source = CopySource(found.path, copy.steps, scale)
        refuse_misfit(source, found.variable, info.variable)
        return source


def refuse_misfit(source: CopySource, copied: Variable, variable: Variable) -> None:
    """Refuse a copy that does not come out in a variable's shape and type.

    Args:
        source: what is copied.
        copied: the variable with its path.
        variable: the one that receives it.

    Raises:
        DeclinitError: saying what it is, and which step may help.
    """
    result = source.steps.result(copied.shape)
    if result != variable.shape:
        received = shape_text(variable.shape)
        message = f"{source} has shape {shape_text(result)}, and the variable {received}"
        raise DeclinitError(Problem("DI356", message, hint=_hint(result, variable.shape)))
    if conversion(copied.dtype, variable.dtype) is Conversion.NONE:
        message = f"{source} is {copied.dtype}, which is not converted to {variable.dtype}"
        raise DeclinitError(Problem("DI357", message))
    if source.scale is not None and variable.dtype not in FLOATS:
        message = f"{source} cannot be scaled: the variable is {variable.dtype}"
        raise DeclinitError(Problem("DI357", message, hint="leave `scale` out"))


def _hint(result: tuple[int, ...], shape: tuple[int, ...]) -> str | None:
    if len(shape) > 1 and result == shape[::-1]:
        return f"`transpose: {list(reversed(range(len(shape))))}` may be meant"
    return None


def circles(copies: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """The variables that copy each other in a circle, each circle once.

    Args:
        copies: by path of each variable that is a copy, the path of what it copies.
    """
    seen: set[str] = set()
    for start in copies:
        way: dict[str, None] = {}
        at = start
        while at in copies and at not in seen:
            seen.add(at)
            way[at] = None
            at = copies[at]
        if at in way:
            yield tuple(way)[list(way).index(at) :]


def circle_text(circle: Iterable[str]) -> str:
    """`variables copy each other in a circle: a -> b -> a`."""
    paths = list(circle)
    return f"variables copy each other in a circle: {' -> '.join((*paths, paths[0]))}"


def depths(copies: Mapping[str, str]) -> dict[str, int]:
    """How many copies lie between each copy and a variable that is none, itself included.

    Args:
        copies: as `circles`, of which there must be none.
    """
    found: dict[str, int] = {}
    for start in copies:
        way = []
        at = start
        while at in copies and at not in found:
            way.append(at)
            at = copies[at]
        first = found.get(at, 0) + 1
        found |= {path: steps for steps, path in enumerate(reversed(way), first)}
    return found
