"""How consoles are coloured: the commands, and what they print as it is."""

from __future__ import annotations

from typing import ClassVar

from pygments.lexer import RegexLexer, bygroups
from pygments.token import Generic, Text, Whitespace


class ConsoleLexer(RegexLexer):
    """A line that begins with `$` is a command; others are output, also those that begin with `#`."""

    name = "console of declinit"
    tokens: ClassVar = {
        "root": [
            (r"(\$ )(.*)(\n)", bygroups(Generic.Prompt, Text, Whitespace)),
            (r".*\n", Generic.Output),
            (r".+", Generic.Output),
        ]
    }
