"""A formula as steps in postfix order, and running them.

Steps need no recursion, so a long sum is as harmless as a short one. A number that is not known yet
travels as None: whatever depends on it is unknown too, and the rest can still be judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from declinit.formulas.arithmetic import DIVIDE, NoValue, Operation
from declinit.formulas.names import Reference


@dataclass(frozen=True, slots=True)
class Push:
    """A number that the formula itself writes."""

    number: Decimal


@dataclass(frozen=True, slots=True)
class Load:
    """A number that a reference stands for."""

    reference: Reference


@dataclass(frozen=True, slots=True)
class Apply:
    """An operation on the last numbers; `column` is where the formula writes it."""

    operation: Operation
    count: int
    column: int


Step = Push | Load | Apply


@dataclass(slots=True)
class Outcome:
    """What running a formula came to.

    Attributes:
        number: the value; none if it is unknown or does not exist.
        faults: why operations have no result, each with the column of the operation.
    """

    number: Decimal | None = None
    faults: list[tuple[str, int]] = field(default_factory=list)


def run(steps: Iterable[Step], known: Mapping[Reference, Decimal]) -> Outcome:
    """Compute as much as the known numbers allow, and find every fault in that."""
    stack: list[Decimal | None] = []
    outcome = Outcome()
    for step in steps:
        match step:
            case Push(number):
                stack.append(number)
            case Load(reference):
                stack.append(known.get(reference))
            case Apply(_, count):
                arguments = stack[-count:]
                del stack[-count:]
                stack.append(_apply(step, arguments, outcome))
    (outcome.number,) = stack
    return outcome


def _apply(step: Apply, arguments: list[Decimal | None], outcome: Outcome) -> Decimal | None:
    numbers = [number for number in arguments if number is not None]
    try:
        if len(numbers) == len(arguments):
            return step.operation(*numbers)
        if step.operation is DIVIDE and arguments[1] is not None and not arguments[1]:
            raise NoValue("division by zero")
    except NoValue as why:
        outcome.faults.append((str(why), step.column))
    return None


def references(steps: Iterable[Step]) -> Iterator[Reference]:
    """What the steps refer to, in order, repetitions included."""
    return (step.reference for step in steps if isinstance(step, Load))
