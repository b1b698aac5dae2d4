"""What the command line's `--model` names: a function, a saved model, or a model's config."""

from __future__ import annotations

import contextlib
import importlib
import json
import stat
import sys
import sysconfig
import traceback
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import keras

import declinit.initializers  # noqa: F401 -- registers what the configs of saved models name
from declinit.errors import DeclinitError, ModelError, Problem, did_you_mean
from declinit.initializers.registration import register_with_keras
from declinit.wording import error_text


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
        if kwargs:
            message = f"{name!r} is a file: only a function takes --kwargs"
            raise ModelError(Problem("DI701", message))
        return _from_file(Path(name))
    module, colon, function = name.partition(":")
    if not (module and colon and function):
        expected = "package.module:function, a .keras file or a .json file"
        raise ModelError(Problem("DI401", f"--model {name!r}: expected {expected}"))
    given = f" with {json.dumps(dict(kwargs))}" if kwargs else ""
    found = _function_named(module, function)
    with _faults_told(f"calling {name}{given}", _uncallable):
        model = found(**(kwargs or {}))
    if not isinstance(model, keras.Layer):
        message = f"--model {name!r} returned {type(model).__name__}, expected a Keras model"
        raise ModelError(Problem("DI403", message))
    return model


def _from_file(path: Path) -> Any:
    _refuse_missing(path)
    if fault := _not_a_model(path):
        raise ModelError(Problem("DI404", f"cannot load {str(path)!r}: {fault}"))
    register_with_keras()  # which the model's config may name
    try:
        if path.suffix == ".json":
            model = keras.models.model_from_json(path.read_text(encoding="utf-8"))
        else:
            model = keras.saving.load_model(path, compile=False)
    except Exception as error:
        message = f"cannot load {str(path)!r}: {_first_line(error)}"
        hint = "custom layers and initializers must be registered: name their module with --import"
        raise ModelError(Problem("DI404", message, hint=hint)) from error
    if not isinstance(model, keras.Layer):
        raise ModelError(Problem("DI404", f"cannot load {str(path)!r}: {_NO_CONFIG}"))
    return model


def load_weights(model: Any, name: str) -> None:
    """Give a model the weights in a file.

    Args:
        model: a built Keras model.
        name: a `.weights.h5` or `.keras` file.

    Raises:
        ModelError: if there is no such file, or it does not fit the model.
    """
    path = Path(name)
    if not name.endswith((".weights.h5", ".keras")):
        message = f"--weights {name!r}: expected a .weights.h5 or .keras file"
        raise ModelError(Problem("DI703", message))
    _refuse_missing(path)
    if fault := _not_weights(path):
        raise ModelError(Problem("DI404", f"cannot load {name!r}: {fault}"))
    try:
        with warnings.catch_warnings():
            # Keras warns of every part that it passes over before it raises for the first.
            warnings.simplefilter("ignore", UserWarning)
            model.load_weights(path)
    except Exception as error:
        message = f"the weights in {name!r} do not fit the model: {_misfit(error)}"
        raise ModelError(Problem("DI412", message)) from error


def _misfit(error: Exception) -> str:
    """The first of the reasons that Keras lists, without values and its list of layers."""
    text = str(error)
    reason = text.partition("Example error message for object ")[2] or text
    for rest in ("List of objects that could not", "Target variable:"):
        reason = reason.partition(rest)[0]
    return " ".join(reason.split())


def _not_weights(path: Path) -> str | None:
    """What can be told without Keras, whose own messages speak of missing files and layers."""
    if path.suffix == ".keras" and not zipfile.is_zipfile(path):
        return "damaged, or not a .keras file"
    if path.suffix == ".h5" and not h5py.is_hdf5(path):
        return "damaged, or not a .weights.h5 file"
    return None


def _refuse_missing(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        near = did_you_mean(path.name, _siblings(path))
        message = f"cannot read {str(path)!r}: no such file"
        raise ModelError(Problem("DI404", message, hint=near)) from None
    except (OSError, ValueError) as error:  # a loop of links, a NUL in the name
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        message = f"cannot read {str(path)!r}: {reason}"
        raise ModelError(Problem("DI404", message)) from error
    if not stat.S_ISREG(mode):
        # Keras and HDF5 read a file in any order, and a device without end.
        what = "a folder" if stat.S_ISDIR(mode) else "no regular file"
        raise ModelError(Problem("DI404", f"cannot load {str(path)!r}: it is {what}"))


def _first_line(error: Exception) -> str:
    """What an error of Keras says, without the configs that it prints, however long."""
    # Keras wraps a message in one for each layer around it, with whole configs in between.
    innermost = str(error).rpartition("Exception encountered: ")[2]
    text = innermost.partition(" Full object config:")[0].strip()
    return f"{type(error).__name__}: {(text.splitlines() or [''])[0]}"


_NO_CONFIG = "it does not hold a model's config, as `model.to_json()` gives it"


def _not_a_model(path: Path) -> str | None:
    """What can be told without Keras, whose own messages speak of missing files and layers."""
    if path.name.endswith(".weights.h5"):
        return "it holds weights, not a model"
    if path.suffix == ".keras" and not zipfile.is_zipfile(path):
        return "damaged, or not a .keras file"
    if path.suffix == ".json":
        try:
            config = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            return f"it is not JSON: {error}"
        if not (isinstance(config, dict) and "class_name" in config):
            return _NO_CONFIG
    return None


def _siblings(path: Path) -> Iterable[str]:
    return [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []


def import_module(name: str) -> Any:
    """Import a module that the user named, from the working directory too.

    Raises:
        ModelError: if there is none, or if importing it fails.
    """
    if not all(part.isidentifier() for part in name.split(".")) or name.endswith(".py"):
        hint = "write it as Python imports it, such as package.module"
        raise ModelError(Problem("DI402", f"{name!r} is not a module's name", hint=hint))
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    with _faults_told(f"importing {name!r}", _unimportable):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            missing = error.name or name
            of = "" if missing == name else f", which {name!r} needs"
            near = did_you_mean(missing, [path.stem for path in Path.cwd().glob("*.py")])
            message = f"there is no module {missing!r}{of}"
            raise ModelError(Problem("DI402", message, hint=near)) from error


def _function_named(module: str, function: str) -> Callable[..., Any]:
    found = import_module(module)
    with _faults_told(f"looking up '{module}:{function}'", _unimportable):
        for part in function.split("."):
            if not hasattr(found, part):
                hint = did_you_mean(part, [key for key in dir(found) if not key.startswith("_")])
                raise ModelError(Problem("DI402", f"{module!r} has no {function!r}", hint=hint))
            found = getattr(found, part)
        if isinstance(found, keras.Layer) or not callable(found):
            kind = type(found).__name__
            message = f"'{module}:{function}' is a {kind}, expected a function that makes one"
            raise ModelError(Problem("DI402", message))
    return found  # type: ignore[no-any-return]


def _unimportable(message: str) -> Problem:
    return Problem("DI402", message)


def _uncallable(message: str) -> Problem:
    return Problem("DI403", message)


@contextlib.contextmanager
def _faults_told(doing: str, fault: Callable[[str], Problem]) -> Iterator[None]:
    """Run the user's own code, which may raise anything; only an interruption ends the run.

    Raises:
        ModelError: in place of whatever it raised.
    """
    try:
        yield
    except DeclinitError:
        raise
    except BaseException as error:
        if type(error) is KeyboardInterrupt:
            raise
        raise ModelError(fault(f"{doing} failed{_failure(error)}")) from error


def _failure(error: BaseException) -> str:
    """What an error of the user's own code says, behind the line of that code it came from."""
    installed = tuple({sysconfig.get_path(key) for key in ("stdlib", "purelib", "platlib")})
    ours = str(Path(__file__).parent.parent)
    own = [
        f" at {frame.filename}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((*installed, ours, "<"))
    ]
    return f"{own[-1] if own else ''}: {error_text(error)}"
