"""The faults of weight files, one function a code; each names the file at fault."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from declinit.errors import CheckpointError, Place, Problem, Source, did_you_mean
from declinit.wording import listed

MOST_SHOWN = 80
MOST_COMPARED = 5_000  # a near miss among more names than these takes seconds


def place_of(path: Path) -> Place:
    """A file as the place of a fault: bytes have no lines."""
    return Place(Source(str(path), ""), 1, 1)


def shown(text: object) -> str:
    """A text of a file in quotes, shortened and without control characters."""
    quoted = repr(str(text)[: MOST_SHOWN + 1])
    return quoted if len(quoted) <= MOST_SHOWN else f"{quoted[: MOST_SHOWN - 4]}...'"


def reason_of(error: BaseException) -> str:
    """The first line of what a library says, made safe to show."""
    lines = str(error).strip("'\"").splitlines() or [type(error).__name__]
    return "".join(char if char.isprintable() else "?" for char in lines[0][:200])


def unreadable(path: Path, reason: str, hint: str | None = None) -> CheckpointError:
    """A file that is missing, is no file, or may not be opened."""
    message = f"cannot read the weights: {reason}"
    return CheckpointError(Problem("DI101", message, where=place_of(path), hint=hint))


def unknown_format(path: Path, received: str, hint: str | None = None) -> CheckpointError:
    """A file whose content is of no format that is read."""
    message = (
        "expected a .weights.h5, .keras, .weights.json, .safetensors, .safetensors.index.json "
        f"or .npz file, received {received}"
    )
    return CheckpointError(Problem("DI130", message, where=place_of(path), hint=hint))


def pickled(path: Path, received: str, hint: str) -> CheckpointError:
    """A file that only running what it holds could read."""
    message = f"{received} is a pickle, which can run any code when it is read"
    return CheckpointError(Problem("DI131", message, where=place_of(path), hint=hint))


def damaged(path: Path, reason: str) -> CheckpointError:
    """A file that was cut off, or that contradicts itself or its format."""
    message = f"the file is damaged: {reason}"
    hint = "copy or save it again"
    return CheckpointError(Problem("DI132", message, where=place_of(path), hint=hint))


def exceeds(path: Path, reason: str) -> CheckpointError:
    """A file that claims more than a file of weights may hold."""
    return CheckpointError(Problem("DI133", reason, where=place_of(path)))


def leads_outside(path: Path, reason: str) -> CheckpointError:
    """A file that points to other files or to other parts of itself."""
    return CheckpointError(Problem("DI134", reason, where=place_of(path)))


def contradicts_index(path: Path, reason: str, hint: str | None = None) -> CheckpointError:
    """An index and its shards that do not fit each other."""
    return CheckpointError(Problem("DI135", reason, where=place_of(path), hint=hint))


def unsupported(path: Path, name: str, reason: str, hint: str | None = None) -> CheckpointError:
    """A tensor whose form is not read, in a file that may be read otherwise."""
    message = f"tensor {shown(name)} {reason}"
    return CheckpointError(Problem("DI136", message, where=place_of(path), hint=hint))


def repeated(path: Path, name: str) -> CheckpointError:
    """One name of two tensors."""
    message = f"the name {shown(name)} is given twice"
    return CheckpointError(Problem("DI137", message, where=place_of(path)))


def misnamed(path: Path, name: str, reason: str) -> CheckpointError:
    """A name that no library gives to a tensor."""
    message = f"the name {shown(name)} {reason}"
    return CheckpointError(Problem("DI138", message, where=place_of(path)))


def unknown_name(path: Path, name: str, names: Iterable[str]) -> CheckpointError:
    """A name that no tensor of the file has, with the nearest that one has."""
    message = f"no tensor is named {shown(name)}"
    hint = nearest(name, names)
    return CheckpointError(Problem("DI139", message, where=place_of(path), hint=hint))


def ambiguous(path: Path, name: str, addresses: Iterable[str]) -> CheckpointError:
    """A name that several tensors could mean."""
    found = sorted(addresses)
    message = f"{shown(name)} can mean {len(found)} tensors: {listed(found)}"
    hint = "name one of these"
    return CheckpointError(Problem("DI140", message, where=place_of(path), hint=hint))


def nearest(name: str, names: Iterable[str]) -> str | None:
    """A hint that names the nearest of the names, preferring those with the same last segment."""
    every = list(names)
    last = name.rpartition("/")[2].rpartition(".")[2]
    alike = [other for other in every if other.endswith(last)]
    return next(
        (
            hint
            for choices in (alike, every)
            if len(choices) <= MOST_COMPARED and (hint := did_you_mean(name, choices))
        ),
        None,
    )


def near_file(path: Path) -> str | None:
    """A hint that names the file in the folder whose name is nearest."""
    try:
        return did_you_mean(path.name, os.listdir(path.parent))  # noqa: PTH208
    except (OSError, ValueError):
        return None
