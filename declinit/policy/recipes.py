"""Recipes: published policies that come with the package, each a file that says where it is from.

A recipe is a spec whose first lines are comments for people: one that says what it is, then facts
as `Label: text`, whose further lines are indented.

    # GPT-2, as OpenAI released it.
    # Source: openai/gpt-2, src/model.py: `conv1d` and `norm`;
    #   `model` for the embeddings
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from declinit.documents import Node, parse
from declinit.errors import Problem, UnreadableError, did_you_mean
from declinit.published import published

PREFIX = "recipe:"
LISTING = "`declinit recipes` lists them"
_FOLDER = ("recipes", "configs/recipes")
_SUFFIX = ".yaml"
_FACT = re.compile(r"# (?P<label>[A-Z][a-z ]+): (?P<text>.+)")


@dataclass(frozen=True, slots=True)
class Recipe:
    """A published policy.

    Attributes:
        name: what it is called behind `recipe:`.
        text: the whole file.
    """

    name: str
    text: str

    @property
    def title(self) -> str:
        """What it is, in one line."""
        return self.text.partition("\n")[0].removeprefix("# ")

    @property
    def facts(self) -> Mapping[str, str]:
        """What its first lines say of it: `Source`, `Paper`, `Forward pass` and the like."""
        facts: dict[str, str] = {}
        label = ""
        for line in list(_comments(self.text))[1:]:
            fact = _FACT.fullmatch(line)
            if fact:
                label = fact["label"]
                facts[label] = fact["text"]
            elif label and line.startswith("#   "):
                facts[label] += " " + line.removeprefix("#   ")
            else:
                label = ""
        return facts

    def read(self) -> Node:
        """The recipe as a document, whose name is the same on every machine."""
        return parse(self.text, PREFIX + self.name)


def _comments(text: str) -> Iterator[str]:
    """The comments that a text begins with."""
    for line in text.splitlines():
        if not line.startswith("#"):
            return
        yield line


def recipes() -> Mapping[str, Recipe]:
    """All recipes by name, in alphabetical order.

    Raises:
        UnreadableError: if the installation lacks them.
    """
    try:
        files = [file for file in published(*_FOLDER).iterdir() if file.name.endswith(_SUFFIX)]
        texts = {
            file.name.removesuffix(_SUFFIX): file.read_text(encoding="utf-8") for file in files
        }
    except OSError as error:
        message = f"this installation lacks its recipes: {error}"
        raise UnreadableError(Problem("DI706", message)) from error
    return {name: Recipe(name, texts[name]) for name in sorted(texts)}


def recipe_named(name: str) -> Recipe:
    """The recipe of a name, which is looked up and never becomes part of a path.

    Raises:
        UnreadableError: if there is none.
    """
    found = recipes()
    if name not in found:
        near = did_you_mean(name, found)
        hint = f"{near} {LISTING}" if near else LISTING
        raise UnreadableError(Problem("DI151", f"unknown recipe {name!r}", hint=hint))
    return found[name]
