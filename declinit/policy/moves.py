"""Moves: where layers were before they were renamed, so that their weights keep their seeds.

A derived seed hangs on a variable's path, so renaming a layer would change every weight in it.
`moved` says that a path prefix was called otherwise, as Terraform's `moved` blocks do, and the
seed is derived from the path that the variable had. A number may be captured, so that one entry
moves all blocks: `{from: "encoder/layer_{l}", to: "blocks/{l}"}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from declinit.checks.places import character_place
from declinit.documents import Node
from declinit.errors import Problem
from declinit.globs import Glob, GlobError, Renaming

_CAPTURE = re.compile(r"\{[A-Za-z_][A-Za-z0-9_]*(?::[0-9][^{}/,]*)?\}")
_WILD = re.compile(r"[*?\[\]{}]")


@dataclass(frozen=True, slots=True)
class Moves:
    """All moves of a policy, applied at once: chains and swaps need no order.

    Attributes:
        sources: path prefixes of whole segments as they were, by what they are now.
    """

    sources: Mapping[str, str] = field(default_factory=dict, hash=False)
    _numbered: Sequence[Renaming] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found = [Renaming.parse(new, old) for new, old in self.sources.items() if captures(new)]
        object.__setattr__(self, "_numbered", tuple(found))

    @classmethod
    def from_config(cls, config: Sequence[Mapping[str, str]]) -> Moves:
        """The moves of a checked `moved:` list."""
        return cls({entry["to"]: entry["from"] for entry in config})

    def get_config(self) -> list[dict[str, str]]:
        """The inverse of `from_config`."""
        return [{"from": before, "to": after} for after, before in self.sources.items()]

    def before(self, path: str) -> str:
        """The path that a variable had before the moves.

        The longest prefix decides; of one length an entry without captures, and then the first.
        """
        found = self._found(path)
        return path if found is None else found[1]

    def target(self, path: str) -> str | None:
        """The target of the entry that decides a path."""
        found = self._found(path)
        return None if found is None else found[0]

    def _found(self, path: str) -> tuple[str, str] | None:
        """The target of the entry that decides a path, and the path before."""
        prefix = path if self.sources else ""
        while prefix:
            if prefix in self.sources:
                return prefix, self.sources[prefix] + path[len(prefix) :]
            for one in self._numbered:
                before = one.of(prefix)
                if before is not None:
                    return one.pattern.text, before + path[len(prefix) :]
            prefix = prefix.rpartition("/")[0]
        return None

    def idle(self, paths: Iterable[str]) -> list[str]:
        """The targets that no path of a model lies below."""
        used = set(map(self.target, paths))
        return [after for after in self.sources if after not in used]


def captures(path: str) -> bool:
    """Whether a path of `moved` captures a number, as `blocks/{l}` does."""
    return _CAPTURE.search(path) is not None


def malformed_moves(moved: Node | None) -> Iterator[Problem]:
    """Entries that are no paths, or that move nothing."""
    for entry in moved.items if moved else []:
        before, after = entry.child("from"), entry.child("to")
        for node in filter(None, (before, after)):
            if isinstance(node.value, str) and node.value and "" in node.value.split("/"):
                message = f"`moved` takes whole segments of a path, received {node.value!r}"
                hint = "write them without '/' at either end"
                yield Problem("DI251", message, where=node.place, hint=hint)
        if before and after and before.value == after.value:
            message = f"`moved` leaves {after.value!r} where it was"
            yield Problem("DI251", message, where=entry.place)
        if before and after:
            yield from _capture_faults(before, after)


def _capture_faults(before: Node, after: Node) -> Iterator[Problem]:
    """Captures that cannot be read, or that only one of the paths has."""
    texts = [node.value for node in (before, after) if isinstance(node.value, str) and node.value]
    if len(texts) < 2 or not any(map(captures, texts)):
        return
    for node in (before, after):
        wild = _WILD.search(_CAPTURE.sub("", node.value))
        if wild:
            message = (
                f"`moved` captures numbers, as '{{l}}' or '{{l:0..11}}', received {node.value!r}"
            )
            yield Problem("DI251", message, where=node.place)
            return
    try:
        Glob.parse(after.value)
    except GlobError as error:
        yield error.problem.at(character_place(after, error.column))
        return
    try:
        Renaming.parse(after.value, before.value)
    except GlobError as error:
        yield error.problem.at(character_place(before, error.column))


def repeated_moves(moved: Node | None) -> Iterator[Problem]:
    """Entries with the source or the target of an earlier one, which would leave a choice."""
    for key in ("from", "to"):
        first: dict[object, Node] = {}
        for entry in moved.items if moved else []:
            node = entry.child(key)
            if node is None or not isinstance(node.value, str):
                continue
            earlier = first.setdefault(node.value, node)
            if earlier is not node:
                message = f"`moved` says {key} {node.value!r} twice, first at {earlier.place}"
                yield Problem("DI247", message, where=node.place)
