"""Counts, shapes, numbers and paths as words, the same in messages and in layouts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # this is imported for every `--help`
    from declinit.layers.fans import Fans


MOST_LISTED = 3
LONGEST_ERROR = 2000  # characters


def counted(number: int, noun: str) -> str:
    """`1 variable`, `2 variables`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def kept_text(number: int = 1) -> str:
    """What is said of variables that are kept: `left as it is`, `left as they are`."""
    return "left as it is" if number == 1 else "left as they are"


def error_text(error: BaseException, lines: int | None = None) -> str:
    """`ValueError: what it says`, on one line, of an error that others raise.

    Args:
        error: what was raised.
        lines: how many lines of what it says are told; all of them by default.
    """
    name = type(error).__name__
    try:
        said = " ".join(" ".join(str(error).splitlines()[:lines]).split())
    except Exception:  # of a class that cannot say it
        return name
    shown = said if len(said) <= LONGEST_ERROR else f"{said[:LONGEST_ERROR]}..."
    return f"{name}: {shown}" if shown else name


def name_text(name: str) -> str:
    """A file's name as documents hold it: bytes that are not UTF-8 are no characters there."""
    return name.encode("utf-8", "replace").decode()


def shape_text(shape: Sequence[int]) -> str:
    """`3x3x64x128`; `()` for a scalar."""
    return "x".join(map(str, shape)) or "()"


def number_text(value: float | None) -> str:
    """Four significant digits; `-` for none."""
    return "-" if value is None else f"{value:.4g}"


def fans_text(fans: Fans | None) -> str:
    """`fan_in 576, fan_out 1152`; empty for none."""
    return f"fan_in {fans.fan_in}, fan_out {fans.fan_out}" if fans else ""


def listed(paths: Sequence[str]) -> str:
    """A few paths of many, for a message."""
    more = f" and {len(paths) - MOST_LISTED} more" if len(paths) > MOST_LISTED else ""
    return ", ".join(paths[:MOST_LISTED]) + more
