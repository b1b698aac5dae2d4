"""From a file or a text to a node."""

from __future__ import annotations

import codecs
import contextlib
import gc
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

from declinit.documents.json_events import read_json
from declinit.documents.lines import Lines
from declinit.documents.node import Node
from declinit.documents.yaml_events import read_yaml
from declinit.errors import Place, Problem, Source, UnreadableError, did_you_mean

Notation = Literal["yaml", "json"]

MAX_BYTES = 64 * 2**20
MAX_LINES = 2_000_000
"""The start of every line is kept: a file of line breaks alone would take 3 GB."""

LONG_TEXT = 1_000_000
_LINE_BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_NO_LINE_BREAK = re.compile("[^\r\n\x85\u2028\u2029]")
_SHELL_PIPES = Path("/dev/fd")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read(path: str | os.PathLike[str], *, regular: bool = False) -> Node:
    """Read a file: JSON if its name ends in `.json`, otherwise YAML.

    A pipe such as `/dev/fd/63` can be read once only, so whoever asks twice must keep the node. As
    with `cat`, reading one that nobody writes to waits.

    Args:
        path: the file; UTF-8, or UTF-16 with its byte-order mark.
        regular: refuse a device or a pipe, which a document has no reason to name.

    Returns:
        The document, every node with its place.

    Raises:
        SpecError: if it cannot be read, or is not what it should be; with all faults found.
    """
    file = Path(path)
    _refuse_special(file, regular=regular)
    text = _decode(_read_bytes(file), str(path))
    return parse(text, str(path), "json" if file.suffix.lower() == ".json" else "yaml")


def read_stream(stream: BinaryIO, name: str) -> Node:
    """Read a document from a stream, such as standard input; YAML, which JSON is too.

    Args:
        stream: of bytes, which is read to its end.
        name: what to call it in errors.

    Raises:
        SpecError: if it cannot be read, or is not what it should be; with all faults found.
    """
    return parse(_decode(_bounded(stream.read(MAX_BYTES + 1), name), name), name)


def parse(text: str, name: str, notation: Notation = "yaml") -> Node:
    """Parse a text; a single word such as `1e-3` is a whole document too.

    Args:
        text: what to parse.
        name: what to call it in errors: a file name, or `--set`.
        notation: `yaml` or `json`.

    Returns:
        The document, every node with its place.

    Raises:
        SpecError: if it is not what it should be; with all faults found.
    """
    _refuse_lines(text, name)
    source = Source(name, printable(text.removeprefix("\ufeff")))
    with _garbage_kept() if len(text) > LONG_TEXT else contextlib.nullcontext():
        return read_json(source) if notation == "json" else read_yaml(source)


@contextlib.contextmanager
def _garbage_kept() -> Iterator[None]:
    """No garbage collection meanwhile, in the whole process.

    Nodes are many small objects that all live on, so every full collection visits them, and
    whatever else is in memory, in vain. A YAML file of 10,000 rules (1 MB) took 0.43 s with the
    collector and 0.36 s without it, 0.67 s and 0.43 s in a process that had loaded Keras. A file
    of 1,000 rules gains 5 ms, which is not worth a surprise to other threads: hence the limit.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def parse_part(source: Source, start: int, end: int) -> Node:
    """Parse a part of a text as YAML, with places in the whole of it.

    Args:
        source: the whole text.
        start: the offset of the part.
        end: the offset behind it.

    Raises:
        SpecError: if the part is not YAML; with all faults found.
    """
    before = _NO_LINE_BREAK.sub(" ", source.text[:start])
    return read_yaml(source, before + source.text[start:end])


def printable(text: str) -> str:
    """The text without halves of surrogate pairs, which arguments of a process may hold."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")
    return text


def _refuse_lines(text: str, name: str) -> None:
    if len(text) <= MAX_LINES:
        return
    if sum(map(text.count, _LINE_BREAKS)) - text.count("\r\n") > MAX_LINES:
        message = f"cannot read {name!r}: more than {MAX_LINES:,} lines"
        raise UnreadableError(Problem("DI102", message))


def _refuse_special(file: Path, *, regular: bool) -> None:
    """Refuse what may never end, or never begin.

    The pipe of a shell, as in `declinit validate <(make-spec)`, is read. A pipe with a name of its
    own is not, since nothing tells whether anybody will ever write to it.
    """
    try:
        real = Path(os.path.realpath(file))
        if regular and file.exists() and not (file.is_file() or file.is_dir()):
            kind = "not a regular file"
        elif real.is_fifo() and real.parent != _SHELL_PIPES:
            kind = "a named pipe, which may never be written to"
        else:
            return
    except (OSError, ValueError):  # opening it says why
        return
    raise UnreadableError(Problem("DI122", f"cannot read {str(file)!r}: {kind}"))


def _read_bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        message, hint = f"cannot read {str(file)!r}: no such file", _near_miss(file)
        raise UnreadableError(Problem("DI101", message, hint=hint)) from None
    except OSError as error:
        message = f"cannot read {str(file)!r}: {(error.strerror or str(error)).lower()}"
        raise UnreadableError(Problem("DI101", message)) from error
    except ValueError:
        message = f"cannot read {str(file)!r}: not a file name"
        raise UnreadableError(Problem("DI101", message)) from None
    return _bounded(data, str(file))


def _bounded(data: bytes, name: str) -> bytes:
    """What was read, if it is not more than a document may have."""
    if len(data) > MAX_BYTES:
        message = f"cannot read {name!r}: larger than {MAX_BYTES // 2**20} MiB"
        raise UnreadableError(Problem("DI102", message))
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
        problem = Problem("DI103", message, where=where, hint="save the file as UTF-8")
        raise UnreadableError(problem) from None
