"""Streams: results on standard output, everything else on standard error.

A reader such as `head` may close a pipe when it has seen enough. That is no error, and the exit
code still says what was found.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from declinit.cli.options import DetailOptions, Options
from declinit.cli.streams import results
from declinit.errors import Problem
from declinit.render.layout import Layout
from declinit.render.layouts.problems import Problems
from declinit.render.printable import encodable, printable
from declinit.render.renderers import render
from declinit.render.report import Report
from declinit.render.style import Style

FOR_PEOPLE = ("html", "markdown")
BAR = 24  # columns of the progress bar


def show(value: Layout | Report | Problems, options: Options) -> None:
    """Print a result in the format that was asked for."""
    write(render(value, options.format, _style(options, results())))


def write(text: str) -> None:
    """Print a result that is text already, as it is."""
    stream = results()
    with _closed_pipe_ignored(stream):
        stream.write(encodable(text, stream))
        stream.flush()


def write_line(text: str) -> None:
    """Print a line of results that may name files or layers."""
    write(f"{printable(text)}\n")


def report(problems: Sequence[Problem], options: Options) -> None:
    """Show errors and warnings to people."""
    text = render(Problems(tuple(problems)), "text", _style(options, sys.stderr))
    _tell(text)


def show_errors(problems: Sequence[Problem], options: Options) -> None:
    """Show why there is no result: to people, and to a program that waits for a document."""
    report(problems, options)
    if options.format != "text":
        show(Problems(tuple(problems)), options)


def say(text: str) -> None:
    """Tell people one line."""
    _tell(f"declinit: {printable(text)}\n")


def _tell(text: str) -> None:
    try:
        sys.stderr.write(encodable(text, sys.stderr))
    except OSError:  # nobody can be told; the exit code still says it
        discard(sys.stderr)


def is_detailed(options: DetailOptions) -> bool:
    """Whether to list every variable: if asked to, or if a program reads the results.

    HTML and Markdown are for people, wherever they go.
    """
    by_rule = options.groups or options.format in FOR_PEOPLE or results().isatty()
    return options.verbose or not by_rule


@contextlib.contextmanager
def progress() -> Iterator[Callable[[int, int, str], None]]:
    """A bar on a terminal, which is gone when the work is done or has failed."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda done, total, path: None
        return
    try:
        yield _draw_bar
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def _draw_bar(done: int, total: int, path: str) -> None:
    bar = ("#" * (BAR * done // max(total, 1))).ljust(BAR)
    columns = shutil.get_terminal_size().columns  # a line that wraps could not be taken back
    line = f"[{bar}] {done}/{total} {printable(path)}"[: columns - 1]
    sys.stderr.write(f"\r\x1b[K{encodable(line, sys.stderr)}")
    sys.stderr.flush()


def flush() -> None:
    """Write out what both streams still hold."""
    with _closed_pipe_ignored(results()):
        results().flush()
    with contextlib.suppress(OSError):
        sys.stderr.flush()


def discard(stream: Any) -> None:
    """Drop what a stream still holds, so that leaving Python does not fail over it."""
    with contextlib.suppress(OSError):  # a stream of Python's own has no file behind it
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextlib.contextmanager
def _closed_pipe_ignored(stream: Any) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        discard(stream)


def _style(options: Options, stream: Any) -> Style:
    terminal = stream.isatty()
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    automatic = options.colour == "auto" and terminal and not plain
    return Style(colour=automatic or options.colour == "always", terminal=terminal)
