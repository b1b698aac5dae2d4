"""Moves: where layers were before they were renamed, so that their weights keep their seeds.

A derived seed hangs on a variable's path, so renaming a layer would change every weight in it.
`moved` says that a path prefix was called otherwise, as Terraform's `moved` blocks do, and the
seed is derived from the path that the variable had.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from declinit.documents import Node
from declinit.errors import Problem


@dataclass(frozen=True, slots=True)
class Moves:
    """All moves of a policy, applied at once: chains and swaps need no order.

    Attributes:
        sources: path prefixes of whole segments as they were, by what they are now.
    """

    sources: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def from_config(cls, config: Sequence[Mapping[str, str]]) -> Moves:
        """The moves of a checked `moved:` list."""
        return cls({entry["to"]: entry["from"] for entry in config})

    def get_config(self) -> list[dict[str, str]]:
        """The inverse of `from_config`."""
        return [{"from": before, "to": after} for after, before in self.sources.items()]

    def before(self, path: str) -> str:
        """The path that a variable had before the moves; the longest prefix decides."""
        after = self.target(path)
        return path if after is None else self.sources[after] + path[len(after) :]

    def target(self, path: str) -> str | None:
        """The longest prefix of a path that something was moved to."""
        prefix = path if self.sources else ""
        while prefix and prefix not in self.sources:
            prefix = prefix.rpartition("/")[0]
        return prefix or None

    def idle(self, paths: Iterable[str]) -> list[str]:
        """The targets that no path of a model lies below."""
        used = set(map(self.target, paths))
        return [after for after in self.sources if after not in used]


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
