"""YAML's errors of syntax in words for people, above all the pattern that needs quotes.

PyYAML's errors have no kind, only an English sentence, and its two parsers word the same error
differently and may place it differently. The patterns below recognise both wordings; a sentence
that none of them knows is passed on as it is.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace

import yaml

from declinit.documents.lines import Lines
from declinit.documents.scalars import NO_CHARACTER
from declinit.errors import Problem

_STARTS_PATTERN = frozenset("*!{[")
_STARTS_NO_WORD = frozenset("*!&@%`|>")
_SPECIAL = re.compile(r"[^\w\s/.-]")
_OPENING, _CLOSING = frozenset("[{"), frozenset("]}")
_OPEN = "the '{bracket}' of line {line} is still open"
_LONGEST_WORD = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """An error of syntax; `word` spans the text that only lacks its quotes, if that is all."""

    problem: Problem
    line: int
    column: int
    word: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    """One kind of error: the parsers' wording, ours, and which of the two marks is at fault."""

    wording: str
    problem: Problem
    at_context: bool = False


_CASES = (
    _Case(
        r"cannot start any token.*\t",
        Problem("DI114", "a tab is not expected here", hint="indent with spaces"),
    ),
    _Case(
        r"quoted scalar.*(end of stream|document separator)",
        Problem("DI113", "this quoted text is never closed"),
        at_context=True,
    ),
    _Case(r"Unicode character escape", NO_CHARACTER, at_context=True),
    _Case(
        r"quoted scalar.*(unknown escape|escape sequence|hexdecimal|hexadecimal)",
        Problem(
            "DI108",
            "this text holds an unknown escape",
            hint=r"write \\ for a backslash, or use single quotes",
        ),
        at_context=True,
    ),
    _Case(
        r"mapping values are not allowed",
        Problem(
            "DI115",
            "a ':' is not expected here",
            hint="quote text that holds ': ', or check the indentation",
        ),
    ),
    _Case(
        r"unexpected ':'",
        Problem(
            "DI115",
            "a ':' is not expected here",
            hint="put a space after it, or quote the text",
        ),
    ),
    _Case(
        r"sequence entries are not allowed",
        Problem("DI115", "a list is not expected here", hint="begin it on a line of its own"),
    ),
    _Case(
        r"could not find expected ':'",
        Problem(
            "DI115",
            "expected 'key: value'",
            hint="is a ':' missing, or the space after it?",
        ),
        at_context=True,
    ),
    _Case(
        r"(flow sequence|flow mapping).*at the end",
        Problem("DI113", "this '{bracket}' is never closed"),
        at_context=True,
    ),
    _Case(
        r"flow sequence.*expected ',' or ']'",
        Problem("DI115", "expected ',' or ']', received {received!r}", hint=_OPEN),
    ),
    _Case(
        r"flow mapping.*expected ',' or '}'",
        Problem("DI115", "expected ',' or '}}', received {received!r}", hint=_OPEN),
    ),
    _Case(
        r"(block mapping|node content).*at a colon",
        Problem("DI106", "a key is missing before the ':'"),
    ),
    _Case(
        r"node content.*at the end",
        Problem("DI115", "expected a value, received the end of the text"),
    ),
    _Case(
        r"node content",
        Problem("DI115", "expected a value, received {received!r}", hint="quote it if it is text"),
    ),
    _Case(
        r"(block|document start).*after a value",
        Problem(
            "DI115",
            "unexpected {received!r} after a value",
            hint="put quotes around the whole text",
        ),
    ),
    _Case(
        r"block (mapping|collection)",
        Problem("DI114", "this line fits nothing above it", hint="check the indentation"),
    ),
)


def explain(error: yaml.YAMLError, text: str, lines: Lines) -> Fault:
    """The error as a fault in our words, at our place."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Fault(Problem("DI115", f"not YAML: {str(error).splitlines()[0]}"), 1, 1)
    problem = _offset(error.problem_mark, text, lines)
    context = _offset(error.context_mark or error.problem_mark, text, lines)
    in_word = re.search("alias|anchor|tag", error.context or "")
    word = find_word(text, context if in_word else problem)
    if _lacks_quotes(text, word, problem):
        return Fault(needs_quotes(text[slice(*word)]), *lines.place(word[0]), word)
    return _explain_other(error, text, lines, problem, context)


def _explain_other(
    error: yaml.MarkedYAMLError, text: str, lines: Lines, problem: int, context: int
) -> Fault:
    received = text[problem : _find_end(text, problem)] or text[problem : problem + 1]
    wording = f"{error.context} {error.problem} {_situation(text, problem)}"
    for case in _CASES:
        if re.search(case.wording, wording):
            opened = {"bracket": text[context : context + 1], "line": lines.place(context)[0]}
            ours = case.problem
            message = ours.message.format(**opened, received=received[:60])
            hint = ours.hint and ours.hint.format(**opened)
            found = replace(ours, message=message, hint=hint)
            return Fault(found, *lines.place(context if case.at_context else problem))
    where = f" {error.context}" if error.context else ""
    return Fault(Problem("DI115", f"not YAML: {error.problem}{where}"), *lines.place(problem))


def _situation(text: str, offset: int) -> str:
    if text[offset:].strip() == "":
        return "at the end"
    if text[offset] == "\t":
        return "\t"
    line_start = text.rfind("\n", 0, offset) + 1
    if text[offset] == ":":
        return "at a colon"
    return "after a value" if text[line_start:offset].strip(" -") else ""


def needs_quotes(word: str) -> Problem:
    """The fault of a word that YAML takes for something other than text."""
    special = _SPECIAL.search(word)
    sign = word[:1] if word[:1] in _STARTS_NO_WORD or not special else special[0]
    noun = "a pattern" if sign in _STARTS_PATTERN else "text"
    verb = "that starts with" if word.startswith(sign) else "with"
    return Problem("DI109", f"{noun} {verb} '{sign}' must be quoted", hint=f"write {_quoted(word)}")


def _quoted(word: str) -> str:
    return json.dumps(word, ensure_ascii=False) if "'" in word else f"'{word}'"


def cut_by_comma(text: str, start: int, lines: Lines) -> Fault:
    """The fault of a formula between braces whose ',' has ended it too early.

    Args:
        text: the document.
        start: where the formula starts.
        lines: of the document.
    """
    end = _find_end(text, start)
    hint = f"write {_quoted(text[start:end])}"
    problem = Problem("DI109", "a formula with ',' between braces must be quoted", hint=hint)
    return Fault(problem, *lines.place(start), word=(start, end))


def find_word(text: str, offset: int) -> tuple[int, int]:
    """The span of the unquoted word around an offset, as its author probably meant it.

    It begins after a space or a bracket that stays open, and reaches to the end of the line, a
    comment, the `: ` of a key, or the end of an item in brackets.
    """
    start = _find_start(text, offset)
    return start, _find_end(text, start)


def mask(text: str, word: tuple[int, int]) -> str:
    """The text with a word made harmless; its length stays the same."""
    start, end = word
    return text[:start] + re.sub(r"[^\w]", "_", text[start:end]) + text[end:]


def _find_start(text: str, offset: int) -> int:
    depth = 0
    for start in range(offset, max(0, offset - _LONGEST_WORD), -1):
        before = text[start - 1]
        if before in _CLOSING:
            depth += 1
        elif before in _OPENING:
            depth -= 1
        if depth < 0 or before in "\r\n" or (depth == 0 and before in " \t,"):
            return start
    return max(0, offset - _LONGEST_WORD)


def _find_end(text: str, start: int) -> int:
    depth, calls, end = 0, 0, start
    for end in range(start, min(len(text), start + _LONGEST_WORD) + 1):
        here, after = text[end : end + 1], text[end + 1 : end + 2]
        if here in _OPENING:
            depth += 1
        elif here in _CLOSING:
            depth -= 1
        calls += {"(": 1, ")": -1}.get(here, 0)
        at_gap = after == "" or after.isspace()
        if here in ("", "\r", "\n") or depth < 0:
            break
        ends = depth == 0 and at_gap and (here == ":" or (here == "," and calls <= 0))
        if ends or (here == " " and after == "#"):
            break
    return start + len(text[start:end].rstrip())


def _lacks_quotes(text: str, word: tuple[int, int], problem: int) -> bool:
    start, end = word
    if start == end:
        return False
    if text[start] in _STARTS_NO_WORD:
        return True
    if text[start] in _OPENING:
        closing = _find_closing(text, start, end)
        return closing < end - 1 and not text[closing + 1].isspace()
    return start < problem < end and text[problem] in _OPENING


def _find_closing(text: str, start: int, end: int) -> int:
    depth = 0
    for offset in range(start, end):
        depth += (text[offset] in _OPENING) - (text[offset] in _CLOSING)
        if depth == 0:
            return offset
    return end


def _offset(mark: yaml.Mark, text: str, lines: Lines) -> int:
    # At the end of a text, libyaml counts one line too many.
    offset = lines.offset(mark.line + 1, mark.column + 1)
    return min(offset, len(text.rstrip()))
