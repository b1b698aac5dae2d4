"""YAML text as events: PyYAML's parser, without its constructors and their YAML 1.1 types.

Events need no recursion. libyaml's composer, which makes nodes, recurses, and deeply nested
brackets crash it. Without aliases a small file cannot expand into a large document.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from declinit.documents.builder import Builder
from declinit.documents.lines import Lines
from declinit.documents.node import Node
from declinit.documents.scalars import NO_CHARACTER, resolve
from declinit.documents.yaml_faults import (
    Fault,
    cut_by_comma,
    explain,
    find_word,
    mask,
    needs_quotes,
)
from declinit.errors import Place, Problem, Source

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""PyYAML's parser in C where it was built with it: the same events, eight times faster."""

MAX_REPAIRS = 50
MAX_REREAD = 4_000_000
"""Characters, about a second of work: a long text is not read again for each unquoted pattern."""

# YAML's printable characters are written here as what they are not: `re` compiles a negated set
# beyond U+FFFF ten times slower, which is felt whenever the program starts.
_UNPRINTABLE = re.compile(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f\\ud800-\\udfff\\ufeff\\ufffe\\uffff]"
)
_NO_REUSE = "write the value out where it is needed"


def read_yaml(source: Source, text: str | None = None) -> Node:
    """The node of a YAML text.

    A pattern without its quotes is a YAML syntax error, so it would hide all faults after it.
    Since it is also the commonest mistake, it is noted and masked, and the text is read again.

    Args:
        source: what places point into.
        text: what to read of it, all else replaced by blanks; the default is all of it.

    Raises:
        SpecError: with all faults up to and including the first error of syntax.
    """
    text = source.text if text is None else text
    unquoted: list[Problem] = []
    while True:
        builder = Builder(source, unquoted)
        fault = _Reader(text, builder).run()
        if fault is None:
            return builder.finish()
        repairs = len(unquoted) + 1
        if fault.word is None or repairs > MAX_REPAIRS or repairs * len(text) > MAX_REREAD:
            builder.stop(fault.problem, fault.line, fault.column)
        unquoted.append(fault.problem.at(Place(source, fault.line, fault.column)))
        text = mask(text, fault.word)


class _Reader:
    """Hands PyYAML's events to a builder, and refuses those that plain data does not need."""

    def __init__(self, text: str, builder: Builder) -> None:
        self._text, self._builder = text, builder
        self._syntax_fault: Fault | None = None
        self._lines = Lines(text)
        self._documents = 0
        self._anchors: set[str] = set()

    def run(self) -> Fault | None:
        """Read to the end, or up to an error of syntax, which is returned."""
        if unprintable := _UNPRINTABLE.search(self._text):
            line, column = self._lines.place(unprintable.start())
            message = f"the character U+{ord(unprintable[0]):04X} is not allowed in YAML"
            hint = "escape it in a double-quoted string"
            return Fault(Problem("DI108", message, hint=hint), line, column)
        before: Any = None
        events: Iterator[Any] = itertools.chain(self._events(), [None])
        for event, following in itertools.pairwise(events):
            if _is_cut_off(before, event, following):
                start = self._lines.offset(*_place(before.start_mark))
                return cut_by_comma(self._text, start, self._lines)
            self._take(event)
            before = event
        return self._syntax_fault

    def _events(self) -> Iterator[yaml.Event]:
        loader = None
        try:
            loader = LOADER(self._text)
            while loader.check_event():
                yield loader.get_event()
        except yaml.YAMLError as error:
            self._syntax_fault = explain(error, self._text, self._lines)
        except (ValueError, OverflowError):
            # The parser in Python passes the code of an escape to chr() unchecked.
            line, column = _place(loader.get_mark()) if loader else (1, 1)
            self._syntax_fault = Fault(NO_CHARACTER, line, column)

    def _take(self, event: yaml.Event) -> None:
        kind, builder = type(event), self._builder
        if kind is ScalarEvent:
            self._take_scalar(event)
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            builder.close()
        elif kind is MappingStartEvent:
            self._refuse_properties(event)
            builder.open_mapping(*_place(event.start_mark))
        elif kind is SequenceStartEvent:
            self._refuse_properties(event)
            builder.open_sequence(*_place(event.start_mark))
        elif kind is AliasEvent:
            self._take_alias(event)
        elif kind is DocumentStartEvent:
            self._count_document(event)

    def _take_scalar(self, event: Any) -> None:
        text, mark = event.value, event.start_mark
        if event.tag is not None or event.anchor is not None:
            self._refuse_properties(event)
            self._builder.scalar(text, mark.line + 1, mark.column + 1, text)
        elif event.implicit[0]:
            if text or not self._builder.at_top:
                value = resolve(text)
                self._builder.scalar(value, mark.line + 1, mark.column + 1, text)
        else:
            self._builder.scalar(text, mark.line + 1, mark.column + 1, text)

    def _refuse_properties(self, event: Any) -> None:
        if event.tag is None and event.anchor is None:
            return
        line, column = _place(event.start_mark)
        word = self._word(line, column)
        if event.anchor is not None:
            self._anchors.add(event.anchor)
            message = "anchors (&) are not supported"
            self._builder.fault(Problem("DI110", message, hint=_NO_REUSE), line, column)
        elif getattr(event, "value", None) == "" and not word.startswith("!!"):
            self._builder.fault(needs_quotes(word), line, column)
        else:
            hint = "values have the type they look like; quote the word if it is text"
            problem = Problem("DI111", "tags (!) are not supported", hint=hint)
            self._builder.fault(problem, line, column)

    def _take_alias(self, event: Any) -> None:
        line, column = _place(event.start_mark)
        word = self._word(line, column)
        if event.anchor in self._anchors:
            message = "aliases (*) are not supported"
            self._builder.fault(Problem("DI110", message, hint=_NO_REUSE), line, column)
        else:
            self._builder.fault(needs_quotes(word), line, column)
        self._builder.scalar(word, line, column)

    def _count_document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            line, column = _place(event.start_mark)
            hint = "a file holds one document; remove this '---' or split the file"
            problem = Problem("DI112", "a second document begins here", hint=hint)
            self._builder.stop(problem, line, column)

    def _word(self, line: int, column: int) -> str:
        start, end = find_word(self._text, self._lines.offset(line, column))
        return self._text[start:end]


def _is_cut_off(before: Any, event: Any, following: Any) -> bool:
    """Whether an event is what ',' cut off the value before it, as in `{stddev: min(0.02, 1)}`.

    YAML takes it for a key without ':', whose empty value lies where the key ends.
    """
    return (
        all(type(one) is ScalarEvent for one in (before, event, following))
        and not following.value
        and following.start_mark.index == event.end_mark.index
        and before.implicit[0]
        and before.value.count("(") > before.value.count(")")
    )


def _place(mark: Any) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1
