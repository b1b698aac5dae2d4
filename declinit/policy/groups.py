r"""Groups: named lists of patterns, for a policy that does not know how layers are called.

A pattern that is `$name` as a whole stands for every pattern of the group; `\$name` is a path of
that name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from declinit.documents import Node
from declinit.errors import Problem, did_you_mean
from declinit.globs import Glob, escape

_REFERENCE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")

Groups = Mapping[str, tuple[str, ...]]


def group_named(pattern: str) -> str | None:
    """The group that a pattern of a rule names, if it names one."""
    found = _REFERENCE.fullmatch(pattern)
    return found[1] if found else None


def literal(path: str) -> str:
    """The pattern of a rule that matches exactly this path, even if it looks like a group."""
    return f"\\{path}" if group_named(path) else escape(path)


def groups_of(config: Mapping[str, str | Sequence[str]]) -> Groups:
    """The patterns of each group of a checked spec."""
    return {
        name: (patterns,) if isinstance(patterns, str) else tuple(patterns)
        for name, patterns in config.items()
    }


def expanded(patterns: Sequence[str], groups: Groups) -> tuple[Glob, ...]:
    """The patterns of a rule, with those of a group in place of its name."""
    every = (text for pattern in patterns for text in written_out(pattern, groups))
    return tuple(map(Glob.parse, every))


def written_out(pattern: str, groups: Groups) -> tuple[str, ...]:
    """A pattern of a rule, or those of the group that it names."""
    name = group_named(pattern)
    return (pattern,) if name is None else groups[name]


def unknown_groups(patterns: Iterable[Node], groups: Groups) -> Iterator[Problem]:
    """The groups that a rule names and that do not exist."""
    for pattern in patterns:
        name = group_named(str(pattern.value))
        if name is not None and name not in groups:
            hint = did_you_mean(name, groups) or "define it under `groups`"
            yield Problem("DI246", f"unknown group {name!r}", where=pattern.place, hint=hint)
