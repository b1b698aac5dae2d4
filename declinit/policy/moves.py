"""Moves: where layers were before they were renamed, so that their weights keep their seeds.

A derived seed hangs on a variable's path, so renaming a layer would change every weight in it.
`moved` says that a path prefix was called otherwise, as Terraform's `moved` blocks do, and the
seed is derived from the path that the variable had.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from declinit.documents import Node
from declinit.errors import Problem


@dataclass(frozen=True, slots=True)
class Moves:
    """All moves of a policy, applied at once: chains and swaps need no order.

    Attributes:
        pairs: path prefixes of whole segments, before and after.
    """

    pairs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_config(cls, config: Sequence[Mapping[str, str]]) -> Moves:
        """The moves of a checked `moved:` list."""
        return cls(tuple((entry["from"], entry["to"]) for entry in config))

    def get_config(self) -> list[dict[str, str]]:
        """The inverse of `from_config`."""
        return [{"from": before, "to": after} for before, after in self.pairs]

    def before(self, path: str) -> str:
        """The path that a variable had before the moves; the longest prefix decides."""
        found = [pair for pair in self.pairs if _begins(path, pair[1])]
        if not found:
            return path
        before, after = max(found, key=lambda pair: len(pair[1]))
        return before + path[len(after) :]


def _begins(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")


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
