"""Starting Keras: on which backend, and what to say if there is none."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from declinit.cli import terminal
from declinit.errors import ModelError, Problem, did_you_mean
from declinit.wording import error_text

DEFAULT = "tensorflow"  # what Keras takes, and writes into its file, where nobody chose

# The package that each of Keras' backends imports.
PACKAGES: Mapping[str, str] = {
    "jax": "jax",
    "tensorflow": "tensorflow",
    "torch": "torch",
    "numpy": "jax",
    "openvino": "openvino",
}
EXTRAS = ("jax", "tensorflow", "torch")  # in the order in which a backend is chosen


def import_modules(names: Sequence[str]) -> None:
    """Import what `--import` names, which may register initializers and layers.

    Raises:
        ModelError: if Keras cannot start, or one of them cannot be imported.
    """
    start_keras()
    from declinit.model.loading import import_module

    for name in names:
        import_module(name)


def start_keras() -> None:
    """Choose a backend and import Keras.

    Raises:
        ModelError: if there is no backend, or Keras cannot be imported with it.
    """
    if "keras" not in sys.modules:
        _choose_backend()
    try:
        import keras  # noqa: F401
    except Exception as error:  # a backend that is installed may still fail to start
        backend = os.environ.get("KERAS_BACKEND") or DEFAULT
        hint = f"the backend is {backend!r}, which KERAS_BACKEND chooses"
        message = f"Keras cannot start: {error_text(error)}"
        raise ModelError(Problem("DI405", message, hint=hint)) from error


def _choose_backend() -> None:
    chosen = os.environ.get("KERAS_BACKEND")
    if chosen:
        _check_chosen(chosen)
        return
    named = _named_in_file()
    usual = named or DEFAULT
    if _is_installed(usual):
        return
    found = _first_installed()
    source = f"{str(_file())!r} names" if named else "is Keras' default"
    terminal.say(
        f"Keras runs on {found!r}: {usual!r}, which {source}, is not installed; "
        "KERAS_BACKEND chooses another"
    )
    os.environ["KERAS_BACKEND"] = found


def _first_installed() -> str:
    for backend in EXTRAS:
        if _is_installed(backend):
            return backend
    message = "Keras cannot start: no backend is installed"
    raise ModelError(Problem("DI405", message, hint=_installation("jax")))


def _check_chosen(backend: str) -> None:
    """Refuse a backend that `KERAS_BACKEND` names and that cannot be had."""
    if backend not in PACKAGES:
        message = f"KERAS_BACKEND is {backend!r}, expected one of {', '.join(PACKAGES)}"
        raise ModelError(Problem("DI405", message, hint=did_you_mean(backend, PACKAGES)))
    if not _is_installed(backend):
        package = PACKAGES[backend]
        needs = "is not installed" if package == backend else f"needs {package!r}"
        message = f"KERAS_BACKEND is {backend!r}, which {needs}"
        raise ModelError(Problem("DI405", message, hint=_installation(package)))


def _installation(package: str) -> str:
    wanted = f"'declinit[{package}]'" if package in EXTRAS else package
    return f"pip install {wanted}"


def _is_installed(backend: str) -> bool:
    package = PACKAGES.get(backend)
    return package is not None and importlib.util.find_spec(package) is not None


def _named_in_file() -> str | None:
    """The backend in Keras' own file.

    Keras writes the file by itself when it is first imported, with its default in it: the name
    there need not be anybody's choice.
    """
    try:
        backend = json.loads(_file().read_text(encoding="utf-8"))["backend"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return backend if isinstance(backend, str) else None


def _file() -> Path:
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else Path.home() / ".keras") / "keras.json"
