"""From a file or a text to a node."""

from __future__ import annotations

import codecs
import contextlib
import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NoReturn

from declinit.documents.json_events import read_json
from declinit.documents.lines import Lines
from declinit.documents.node import Node
from declinit.documents.yaml_events import read_yaml
from declinit.errors import Place, Problem, Source, UnreadableError, did_you_mean

Format = Literal["yaml", "json"]

MAX_BYTES = 64 * 2**20
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_READERS = {"yaml": read_yaml, "json": read_json}


def read(path: str | os.PathLike[str]) -> Node:
    """Read a file: JSON if its name ends in `.json`, otherwise YAML.

    Args:
        path: the file; UTF-8, or UTF-16 with its byte-order mark.

    Returns:
        The document, every node with its place.

    Raises:
        SpecError: if it cannot be read, or is not what it should be; with all faults found.
    """
    file = Path(path)
    text = _decode(_read_bytes(file), str(path))
    return parse(text, str(path), "json" if file.suffix.lower() == ".json" else "yaml")


def parse(text: str, name: str, format: Format = "yaml") -> Node:  # noqa: A002
    """Parse a text; a single word such as `1e-3` is a whole document too.

    Args:
        text: what to parse.
        name: what to call it in errors: a file name, or `--set`.
        format: `yaml` or `json`.

    Returns:
        The document, every node with its place.

    Raises:
        SpecError: if it is not what it should be; with all faults found.
    """
    # Half of a surrogate pair, as in the arguments of a process, could not even be printed.
    printable = text.removeprefix("\ufeff").encode("utf-8", "replace").decode("utf-8")
    with _garbage_left():
        return _READERS[format](Source(name, printable))


@contextlib.contextmanager
def _garbage_left() -> Iterator[None]:
    """No garbage collection meanwhile: it took a third of the time of a long file."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _read_bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        _refuse(f"cannot read {str(file)!r}: no such file", _near_miss(file))
    except OSError as error:
        _refuse(f"cannot read {str(file)!r}: {(error.strerror or str(error)).lower()}")
    except ValueError:
        _refuse(f"cannot read {str(file)!r}: not a file name")
    if len(data) > MAX_BYTES:
        _refuse(f"cannot read {str(file)!r}: larger than {MAX_BYTES // 2**20} MiB")
    return data


def _near_miss(file: Path) -> str | None:
    try:
        return did_you_mean(file.name, [entry.name for entry in file.parent.iterdir()])
    except (OSError, ValueError):
        return None


def _decode(data: bytes, name: str) -> str:
    encoding = "utf-16" if data.startswith(_UTF_16) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        readable = data.decode(encoding, "replace")
        line, column = Lines(readable).place(len(data[: error.start].decode(encoding, "replace")))
        shown = encoding.removesuffix("-sig").upper()
        message = f"this is not {shown} text: byte 0x{data[error.start]:02x}"
        where = Place(Source(name, readable), line, column)
        _refuse(message, "save the file as UTF-8", where)


def _refuse(message: str, hint: str | None = None, where: Place | None = None) -> NoReturn:
    raise UnreadableError([Problem(message=message, where=where, hint=hint)])
