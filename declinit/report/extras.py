"""The packages of `declinit[report]`, which nothing else of declinit needs."""

from __future__ import annotations

import importlib
from typing import Any

from declinit.errors import Problem

_USES = {
    "jinja2": "the page is written by Jinja2",
    "matplotlib": "the pictures are made by Matplotlib",
}


def missing_extras() -> list[Problem]:
    """A fault for each package that is not installed."""
    return [_missing(name) for name in _USES if not _is_there(name)]


def module(name: str) -> Any:
    """A module of one of the packages, which type checkers need not have."""
    return importlib.import_module(name)


def _is_there(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def _missing(name: str) -> Problem:
    message = f"{_USES[name]}, which is not installed"
    return Problem("DI730", message, hint="pip install 'declinit[report]'")
