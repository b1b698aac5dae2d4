"""A pattern over names, and the name that stands in place of one it matches."""

from __future__ import annotations

from dataclasses import dataclass

from declinit.globs.matching import Glob
from declinit.globs.templates import Template


@dataclass(frozen=True, slots=True)
class Renaming:
    """What a pattern captures of a name, filled into another name.

    Attributes:
        pattern: over the names that are given.
        target: the name that stands in place of one that matches.
    """

    pattern: Glob
    target: Template

    @classmethod
    def parse(cls, pattern: str, target: str) -> Renaming:
        """The renaming that two texts write.

        Raises:
            GlobError: if one of them is malformed.
        """
        glob = Glob.parse(pattern)
        return cls(glob, Template.parse(target, glob.captures))

    def of(self, name: str) -> str | None:
        """The new name; None where the pattern does not match.

        Raises:
            GlobError: if a segment of it would be empty.
        """
        values = self.pattern.capture(name)
        return None if values is None else self.target.fill(values)
