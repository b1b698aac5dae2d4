"""Where a spec is: in a file, or among the recipes that come with the package."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from declinit.documents import Node, read
from declinit.policy.recipes import PREFIX, recipe_named


def is_recipe(written: str | os.PathLike[str]) -> bool:
    """Whether a text names a recipe; a path object is always the path of a file."""
    return isinstance(written, str) and written.startswith(PREFIX)


@dataclass(frozen=True, slots=True)
class Location:
    """A place that a document can be read from.

    Attributes:
        name: what to call it in short.
        key: the same for all ways to write the location of one document.
        path: of the file; None for a recipe.
    """

    name: str
    key: str
    path: Path | None

    @classmethod
    def of(cls, written: str | os.PathLike[str]) -> Location:
        """The location that a user, or a path object, names."""
        if is_recipe(written):
            return cls(str(written), str(written), None)
        path = Path(written)
        return cls(path.name, str(path.resolve()), path)

    def named(self, text: str) -> Location:
        """The location that a document at this one names: a file beside it, or a recipe."""
        if is_recipe(text):
            return Location.of(text)
        # What a recipe extends comes with the package too.
        return Location.of(self.path.parent / text if self.path else PREFIX + text)

    def read(self) -> Node:
        """The document.

        Raises:
            SpecError: if it cannot be read, or is not what it should be; with all faults found.
        """
        return read(self.path) if self.path else recipe_named(self.key.removeprefix(PREFIX)).read()
