"""Files that a command writes, none of which may take the place of one that it reads."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from declinit.cli.exits import UsageError
from declinit.errors import Problem
from declinit.files import same_file


@dataclass(frozen=True, slots=True)
class Output:
    """A file to write.

    Attributes:
        option: the option that names it.
        path: the file; None or empty if the option was not given.
        replaces: what it may take the place of, although the command reads it.
        suffixes: how its name may end; any way if there are none.
    """

    option: str
    path: str | None
    replaces: str | None = None
    suffixes: tuple[str, ...] = ()


def check_outputs(outputs: Iterable[Output]) -> None:
    """Refuse, before any work is done, what could not be written after it.

    Args:
        outputs: every file that the command may write.

    Raises:
        UsageError: if a name has the wrong ending, two are one file, or a folder is not there.
    """
    given = [output for output in outputs if output.path]
    for output in given:
        _check_suffix(output)
    for one, other in itertools.combinations(given, 2):
        if same_file(Path(str(one.path)), Path(str(other.path))):
            message = f"{one.option} and {other.option} are both {other.path!r}"
            raise UsageError(Problem("DI701", message))
    for output in given:
        _check_place(str(output.path))


def _check_suffix(output: Output) -> None:
    if output.suffixes and not str(output.path).endswith(output.suffixes):
        expected = " or ".join(output.suffixes)
        message = f"{output.option} {output.path!r}: expected a {expected} file"
        raise UsageError(Problem("DI703", message))


def _check_place(path: str) -> None:
    if reason := _unwritable(path):
        raise UsageError(Problem("DI704", f"cannot write {path!r}: {reason}"))


def _unwritable(path: str) -> str | None:
    try:
        if not Path(path).absolute().parent.is_dir():
            return "its folder does not exist"
        return "is a directory" if path.endswith("/") or Path(path).is_dir() else None
    except OSError as error:  # such as a name that is too long
        return str(error.strerror).lower()


def keep_inputs(outputs: Iterable[Output], inputs: Iterable[str]) -> None:
    """Refuse an output that is one of the inputs, by whatever name.

    Args:
        outputs: every file that the command may write.
        inputs: every file that it reads.

    Raises:
        UsageError: if one would take the place of the other.
    """
    read = [path for path in inputs if path]
    for output in outputs:
        for path in read:
            if output.path and path != output.replaces and same_file(Path(output.path), Path(path)):
                message = f"{output.path!r} would overwrite {path!r}, which this command uses"
                raise UsageError(Problem("DI705", message))


def keep_modules(outputs: Iterable[Output]) -> None:
    """Refuse an output that is a module of the user's: a model's function may be in its place.

    Which files those are is known when they have been imported.

    Args:
        outputs: every file that the command may write.

    Raises:
        UsageError: if one would take the place of a module.
    """
    existing = [output for output in outputs if output.path and Path(output.path).is_file()]
    if existing:
        keep_inputs(existing, _module_files())


def _module_files() -> list[str]:
    # A module may be any object, and may look up its attributes by code of its own.
    modules = [one for one in list(sys.modules.values()) if isinstance(one, ModuleType)]
    files = (vars(module).get("__file__") for module in modules)
    return [file for file in files if isinstance(file, str)]
