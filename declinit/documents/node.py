"""A value that knows where it, and everything in it, was written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from declinit.documents.scalars import Data
from declinit.errors import Place, Source

NO_KEYS: Mapping[str, tuple[int, int]] = MappingProxyType({})


@dataclass(slots=True, eq=False)
class Node:
    """One value of a document; treat it as read-only, since trees share their branches.

    Attributes:
        value: the plain data, that of all nodes below included.
        source: the text it was read from; below one node the sources may differ.
        line: where it starts, counted from 1.
        column: where it starts, counted from 1.
        children: the nodes below, by key or in order; None for a scalar.
        keys: line and column of each key of a mapping, in the source of the child.
        path: the keys that lead to it, in data that was never text.
    """

    value: Data
    source: Source = field(repr=False)
    line: int
    column: int
    children: dict[str, Node] | list[Node] | None = field(default=None, repr=False)
    keys: Mapping[str, tuple[int, int]] = field(default_factory=lambda: NO_KEYS, repr=False)
    path: str = field(default="", repr=False)

    @classmethod
    def mapping(
        cls,
        children: Mapping[str, Node],
        place: Place,
        keys: Mapping[str, tuple[int, int]] | None = None,
    ) -> Node:
        """A new mapping of nodes that may come from several sources.

        Args:
            children: the nodes by key; each keeps its own source.
            place: where the mapping as a whole is said to be.
            keys: line and column of keys, each in its child's source; a key not named here is
                placed where its child is.
        """
        value = {key: child.value for key, child in children.items()}
        places = {key: (child.line, child.column) for key, child in children.items()}
        places |= {key: where for key, where in (keys or {}).items() if key in children}
        start = (place.source, place.line, place.column)
        return cls(value, *start, dict(children), places, place.path)

    @classmethod
    def sequence(cls, children: Sequence[Node], place: Place) -> Node:
        """A new sequence of nodes that may come from several sources."""
        value = [child.value for child in children]
        start = (place.source, place.line, place.column)
        return cls(value, *start, list(children), NO_KEYS, place.path)

    @property
    def place(self) -> Place:
        """Where the node starts."""
        return Place(self.source, self.line, self.column, self.path)

    @property
    def depth(self) -> int:
        """How many levels of lists and mappings it holds, itself included; 0 for a scalar."""
        depth, level = 0, [self]
        while level := [node for node in level if node.children is not None]:
            depth += 1
            level = [child for node in level for child in (*node.fields.values(), *node.items)]
        return depth

    @property
    def fields(self) -> dict[str, Node]:
        """The children of a mapping; empty for anything else."""
        return self.children if isinstance(self.children, dict) else {}

    @property
    def items(self) -> list[Node]:
        """The children of a sequence; empty for anything else."""
        return self.children if isinstance(self.children, list) else []

    def child(self, segment: str | int) -> Node | None:
        """The child with this key or index, if there is one."""
        if isinstance(segment, str):
            return self.fields.get(segment)
        items = self.items
        return items[segment] if 0 <= segment < len(items) else None

    def at(self, path: Sequence[str | int]) -> Node:
        """The node at a path of keys and indices, or the deepest one on the way to it."""
        return self._walk(path)[-1]

    def place_of(self, path: Sequence[str | int], *, key: bool = False) -> Place:
        """Where the value at a path is written, or the deepest value on the way to it.

        Args:
            path: keys and indices.
            key: point at the last key of the path instead of at its value.
        """
        trail = self._walk(path)
        last = trail[-1]
        if key and len(trail) == len(path) + 1 and path and isinstance(path[-1], str):
            return Place(last.source, *trail[-2].keys[path[-1]], last.path)
        return last.place

    def _walk(self, path: Sequence[str | int]) -> list[Node]:
        trail = [self]
        for segment in path:
            child = trail[-1].child(segment)
            if child is None:
                break
            trail.append(child)
        return trail
