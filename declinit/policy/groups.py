r"""Groups: named lists of patterns, for a policy that does not know how layers are called.

A pattern that is `$name` as a whole stands for every pattern of the group; `\$name` is a path of
that name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from declinit.documents import Node
from declinit.errors import Problem, did_you_mean
from declinit.globs import Glob, escape

_REFERENCE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")

Groups = Mapping[str, tuple[str, ...]]


class Pattern(NamedTuple):
    """A pattern of a rule where it is written: in the rule, or in a group that the rule names."""

    node: Node
    group: str | None = None

    @property
    def glob(self) -> Glob:
        """The pattern itself."""
        return Glob.parse(str(self.node.value))

    def __str__(self) -> str:
        of = f" of group {self.group!r}" if self.group else ""
        return f"pattern {self.node.value!r}{of}"


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


def written_patterns(patterns: Iterable[Node], groups: Mapping[str, Node]) -> Iterator[Pattern]:
    """The patterns of a rule as `expanded` has them, each where it is written.

    Args:
        patterns: of the rule, the names of groups among them.
        groups: the entry of each group; one that is missing stands for nothing.
    """
    for pattern in patterns:
        name = group_named(str(pattern.value))
        if name is None:
            yield Pattern(pattern)
        else:
            yield from (Pattern(node, name) for node in texts(groups.get(name)))


def texts(node: Node | None) -> Iterator[Node]:
    """The texts of a node that is one text or a list of them."""
    for entry in [node, *node.items] if node else []:
        if isinstance(entry.value, str) and entry.value:
            yield entry


def unknown_groups(patterns: Iterable[Node], groups: Iterable[str]) -> Iterator[Problem]:
    """The groups that a rule names and that do not exist."""
    for pattern in patterns:
        name = group_named(str(pattern.value))
        if name is not None and name not in groups:
            yield unknown_group(name, groups).at(pattern.place)


def unknown_group(name: str, groups: Iterable[str]) -> Problem:
    """The fault of a group that does not exist."""
    hint = did_you_mean(name, groups) or "define it under `groups`"
    return Problem("DI246", f"unknown group {name!r}", hint=hint)


def nested_groups(groups: Node | None) -> Iterator[Problem]:
    """Groups that name other groups, which would be taken for paths."""
    for name, group in groups.fields.items() if groups else ():
        for pattern in texts(group):
            other = group_named(str(pattern.value))
            if other is not None:
                message = f"group {name!r} names the group {other!r}"
                hint = f"name both in the rule: `match: [${name}, ${other}]`"
                yield Problem("DI252", message, where=pattern.place, hint=hint)
