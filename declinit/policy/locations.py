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


def _key_of(text: str) -> str:
    if is_recipe(text):
        return text
    try:
        return os.path.realpath(text)
    except ValueError:  # no file can have such a name
        return text


@dataclass(frozen=True, slots=True)
class Location:
    """A place that a document can be read from.

    Attributes:
        text: a path, or `recipe:NAME`; the document's source is named so.
        key: the same for every way to write the location of one document.
    """

    text: str
    key: str

    @classmethod
    def of(cls, written: str | os.PathLike[str]) -> Location:
        """The location that a user names."""
        text = str(written)
        if text.startswith(PREFIX) and not is_recipe(written):
            text = f"{os.curdir}{os.sep}{text}"  # a file that is called like a recipe
        return cls(text, _key_of(text))

    @property
    def name(self) -> str:
        """What to call it in short."""
        return self.text if is_recipe(self.text) else Path(self.text).name

    def named(self, text: str) -> Location:
        """The location that a document at this one names: a file beside it, or a recipe."""
        if is_recipe(text):
            return Location.of(text)
        # What a recipe extends comes with the package too.
        beside = PREFIX + text if is_recipe(self.text) else Path(self.text).parent / text
        return Location.of(beside)

    def read(self, *, regular: bool = False) -> Node:
        """The document.

        Args:
            regular: refuse a device or a pipe, which a document has no reason to name.

        Raises:
            SpecError: if it cannot be read, or is not what it should be; with all faults found.
        """
        if is_recipe(self.text):
            return recipe_named(self.text.removeprefix(PREFIX)).read()
        return read(self.text, regular=regular)
