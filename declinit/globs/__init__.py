r"""Patterns over variable paths: parsed once, then matched against a whole inventory at a time.

A pattern is anchored at both ends, case-sensitive, and made of `/`-separated segments:

- `*` any run of characters, `?` one character, `[a-z]` and `[!a-z]` one of (or none of) a class,
  `{query,key}` alternatives, `{0..11}` a whole number in a range, compared as a number, and
  `{0..10..2}` one with a step; all of them stay inside a segment;
- `{l}` captures a whole number under a name, `{l:0..11}` one in a range, `{x:*}` any run of
  characters; a capture whose ends are not certain is refused (`captures`);
- `**` is a whole segment and stands for any number of segments; at the end, for at least one;
- `\` makes the next character stand for itself.

Both levels are matched by moving sets of positions forward, never by backtracking, so that no
pattern takes more time than its length times the path's; `matching` argues it. A `GlobSet` joins
many patterns into one trie and remembers each step it took: ten thousand paths share most of their
segments.

    segments   one segment: tokens that move sets of positions
    captures   what the captures of a segment took; whether they leave a choice
    parsing    text -> segments; faults of malformed patterns
    alignment  which name of a path each segment stands for
    covering   whether a pattern matches all that another one does
    matching   `Glob` and `GlobSet`: whole patterns against whole paths
    templates  `Template`: a new path made of what a pattern captured
    renamings  `Renaming`: a pattern and the template that it fills
"""

from declinit.globs.covering import covers, example
from declinit.globs.matching import Glob, GlobSet
from declinit.globs.parsing import MAX_LENGTH, GlobError, escape
from declinit.globs.renamings import Renaming
from declinit.globs.templates import Template

__all__ = [
    "MAX_LENGTH",
    "Glob",
    "GlobError",
    "GlobSet",
    "Renaming",
    "Template",
    "covers",
    "escape",
    "example",
]
