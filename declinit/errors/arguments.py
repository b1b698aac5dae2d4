"""What public functions are handed, checked before anything is done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from declinit.errors.families import ArgumentError
from declinit.errors.problems import Problem

Test = Callable[[Any], bool]

# Values that say more than the names of their types.
_SHOWN = (str, int, float, type(None), type)
_SHOWN_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Expected:
    """What an argument may be.

    Attributes:
        text: in words.
        fits: whether a value is that.
        advice: tests of values that do not fit, each with what to do about such a value.
    """

    text: str
    fits: Test
    advice: tuple[tuple[Test, str], ...] = ()

    def hint(self, value: Any) -> str | None:
        """What to do about a value that does not fit."""
        return next((hint for applies, hint in self.advice if applies(value)), None)


def expect_arguments(function: str, **arguments: tuple[Any, Expected]) -> None:
    """Refuse arguments of another kind, all of them at once.

    Args:
        function: that is called, as users write it.
        arguments: by name, in the order of the function, each value with what it may be.

    Raises:
        ArgumentError: if any does not fit; where one fits another's place, it says the order.
    """
    wrong = {name: pair for name, pair in arguments.items() if not pair[1].fits(pair[0])}
    if not wrong:
        return
    order = f"the arguments seem swapped: {function}({', '.join(arguments)})"
    raise ArgumentError(
        Problem(
            "DI414",
            f"{function}: expected {expected.text} as `{name}`, received {_shown(value)}",
            hint=order if _are_swapped(wrong) else expected.hint(value),
        )
        for name, (value, expected) in wrong.items()
    )


def _are_swapped(wrong: Mapping[str, tuple[Any, Expected]]) -> bool:
    """Whether one of the values would fit the place of another that does not fit either."""
    return any(
        expected.fits(value)
        for name, (_, expected) in wrong.items()
        for other, (value, _) in wrong.items()
        if other != name
    )


def _shown(value: Any) -> str:
    if not isinstance(value, _SHOWN):
        return type(value).__name__
    text = repr(value)
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}..."
