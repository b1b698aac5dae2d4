"""How far long work has come: counted in elements, shown by tqdm.

In a notebook what takes long shows itself; elsewhere only what somebody asks to see.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from threading import Lock
from typing import Any

from declinit.errors import Expected, Problem, warn
from declinit.model.processes import process_index

Advance = Callable[[int], None]
"""Told how many more elements are done, by whatever thread did them."""

Listener = Callable[[int, int, str], None]

DELAY = 2.0  # seconds after which a notebook shows what nobody asked to see

SHOWN = Expected("True, False or None", lambda value: value is None or isinstance(value, bool))
TOLD = Expected(
    "True, False, None or a function",
    lambda value: value is None or isinstance(value, bool) or callable(value),
)


@contextmanager
def progress_bar(
    doing: str, sizes: Iterable[int], wanted: bool | None, unit: str = "elements"
) -> Iterator[Advance]:
    """A bar that is closed however the work ends; nothing where none is to be seen.

    Args:
        doing: what stands before the bar.
        sizes: the elements of what there is to do.
        wanted: whether to show it; None shows it in notebooks, once the work takes long.
        unit: what is counted.
    """
    show = _tqdm() if wanted or (wanted is None and _is_notebook()) else None
    if wanted and show is None:
        warn(_missing())
    if show is None or process_index() != 0:
        yield lambda count: None
        return
    unasked = {} if wanted else {"delay": DELAY, "leave": False}
    total = sum(sizes)
    shown = show(desc=doing, total=total, unit=f" {unit}", unit_scale=True, **unasked)
    with closing(_Counted(shown, total)) as counted:
        yield counted.advance
        counted.finish()


class _Counted:
    """A bar that many threads may advance, and that never counts more than there is."""

    def __init__(self, shown: Any, total: int) -> None:
        self._shown = shown
        self._left = total
        self._lock = Lock()

    def advance(self, count: int) -> None:
        """Count elements that are done."""
        with self._lock:
            counted = min(count, self._left)
            self._left -= counted
            self._shown.update(counted)

    def finish(self) -> None:
        """Count what is left: shards that other processes hold, and what nothing had to be done to."""
        self.advance(self._left)

    def close(self) -> None:
        """Leave the line."""
        self._shown.close()


def _tqdm() -> Any:
    """The bar that fits a terminal or a notebook; None where it is not installed."""
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return None
    return tqdm


def _is_notebook() -> bool:
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return hasattr(shell, "kernel")


def _missing() -> Problem:
    message = "progress is shown by tqdm, which is not installed"
    return Problem("DI770", message, hint="pip install 'declinit[progress]'", severity="warning")
