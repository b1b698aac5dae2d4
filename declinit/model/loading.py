"""What the command line's `--model` names: a function, a saved model, or a model's config."""

from __future__ import annotations

import importlib
import json
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import keras

from declinit.errors import DeclinitError, ModelError, Problem, did_you_mean


def load_model(name: str, kwargs: Mapping[str, Any] | None = None) -> Any:
    """The model that a name stands for.

    Args:
        name: `package.module:function`, a `.keras` file, or a `.json` file with a model's config.
        kwargs: keyword arguments of the function.

    Returns:
        A built Keras model.

    Raises:
        ModelError: saying what is wrong with the name, the file or the function.
    """
    if name.endswith((".keras", ".json", ".h5")):
        return _from_file(Path(name))
    module, colon, function = name.partition(":")
    if not (module and colon and function):
        expected = "package.module:function, a .keras file or a .json file"
        raise ModelError(f"--model {name!r}: expected {expected}")
    model = _called(_found(module, function), name, dict(kwargs or {}))
    if not isinstance(model, keras.Layer):
        raise ModelError(
            f"--model {name!r} returned {type(model).__name__}, expected a Keras model"
        )
    return model


def _from_file(path: Path) -> Any:
    if not path.is_file():
        near = did_you_mean(path.name, _siblings(path))
        raise ModelError([Problem(message=f"cannot read {str(path)!r}: no such file", hint=near)])
    try:
        if path.suffix == ".json":
            return keras.models.model_from_json(path.read_text(encoding="utf-8"))
        return keras.saving.load_model(path, compile=False)
    except Exception as error:
        said = str(error).strip().splitlines() or [""]
        raise ModelError(
            [
                Problem(
                    message=f"cannot load {str(path)!r}: {type(error).__name__}: {said[0]}",
                    hint="custom layers must be registered: name their module with --import",
                )
            ]
        ) from error


def _siblings(path: Path) -> Iterable[str]:
    return [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []


def import_module(name: str) -> Any:
    """Import a module that the user named, from the working directory too.

    Raises:
        ModelError: if there is none, or if importing it fails.
    """
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or name
        of = "" if missing == name else f", which {name!r} needs"
        raise ModelError(f"there is no module {missing!r}{of}") from error
    except Exception as error:
        raise ModelError(f"importing {name!r} failed: {_said(error)}") from error


def _found(module: str, function: str) -> Callable[..., Any]:
    found = import_module(module)
    for part in function.split("."):
        if not hasattr(found, part):
            hint = did_you_mean(part, [key for key in vars(found) if not key.startswith("_")])
            raise ModelError([Problem(message=f"{module!r} has no {function!r}", hint=hint)])
        found = getattr(found, part)
    if not callable(found):
        raise ModelError(f"'{module}:{function}' cannot be called")
    return found  # type: ignore[no-any-return]


def _called(function: Callable[..., Any], name: str, kwargs: dict[str, Any]) -> Any:
    try:
        return function(**kwargs)
    except DeclinitError:
        raise
    except Exception as error:
        given = f" with {json.dumps(kwargs)}" if kwargs else ""
        raise ModelError(f"calling {name}{given} failed: {_said(error)}") from error


def _said(error: Exception) -> str:
    """An error of the user's own code in a line, with the place that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{where}"
