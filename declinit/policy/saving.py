"""What every document can do: become data, become text, and be written to a file."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from declinit.documents import Node, node_of, read
from declinit.errors import Source
from declinit.files import write_text
from declinit.serialization import json_text


class Saveable:
    """A document, which says what it is by `get_config`."""

    __slots__ = ()

    def get_config(self) -> dict[str, Any]:
        """The document as JSON-serializable data; its first key holds the version of its format."""
        raise NotImplementedError

    def to_json(self) -> str:
        """The document as the text of a JSON file.

        Example:
            >>> print(declinit.load("policy.yaml").to_json()[:17])
            {
             "declinit": 1,
        """
        return json_text(self.get_config())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the document to a JSON file; an older file is replaced whole or not at all.

        Example:
            >>> declinit.resolve("policy.yaml", model).save("plan.json")
            >>> declinit.Plan.load("plan.json").seed
            3
        """
        write_text(Path(path), self.to_json())

    def _repr_html_(self) -> str | None:
        """The document as notebooks show it."""
        # What shows documents knows all of them, so none can import it; few programs need it.
        notebook: Any = importlib.import_module("declinit.render.notebook")
        shown: str | None = notebook.html_of(self)
        return shown


class Recorded(Saveable):
    """A document whose data is what `to_dict` gives."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """The document as JSON-serializable data."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """The document as JSON-serializable data, as `to_dict` gives it.

        Example:
            >>> declinit.Plan.load("plan.json").get_config()["declinit_plan"]
            2
        """
        return self.to_dict()


class Readable(Recorded):
    """A record that can be read back without anything else."""

    __slots__ = ()

    @classmethod
    def from_node(cls, node: Node) -> Self:
        """The record in a document that was read.

        Raises:
            SpecError: if it is another document, with every fault found.
        """
        raise NotImplementedError

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read what `save` wrote.

        Args:
            path: of the file.

        Raises:
            SpecError: if it cannot be read, or is another document.

        Example:
            >>> declinit.Audit.load("audit.json")
            <Audit of 4 variables: 4 drawn, seed 3>
        """
        return cls.from_node(read(path))

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The record that `get_config` gave.

        Args:
            config: the data, a mapping of any class.

        Raises:
            SpecError: if it is another document, with every fault found.

        Example:
            >>> audit = declinit.apply("policy.yaml", model)
            >>> declinit.Audit.from_config(audit.get_config()) == audit
            True
        """
        return cls.from_node(node_of(config, Source("<config>", "")))
