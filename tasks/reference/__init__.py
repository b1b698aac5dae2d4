"""The reference pages of `docs/reference`, made of the package's own tables while Sphinx reads them.

A page says `<!-- reference: NAME -->` where a table belongs. This is a Sphinx extension; the modules
beside it know nothing of Sphinx.

    markdown.py      text, tables and blocks of Markdown
    spec_keys.py     every key of a spec, of its schema
    spec_examples.py an example of each
    codes.py         every code of a fault
    initializers.py  every kind of initializer
    recipes.py       every recipe
    commands.py      every command, as `--help` prints it
    documents.py     the published schemas
    public_names.py  public names of Python that their page does not place itself
    console.py       how consoles are coloured
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tasks.reference.codes import codes_reference
from tasks.reference.commands import commands_reference
from tasks.reference.documents import documents_reference
from tasks.reference.initializers import initializers_reference
from tasks.reference.public_names import further_reference
from tasks.reference.recipes import recipes_reference
from tasks.reference.spec_keys import spec_reference

REFERENCES: Mapping[str, Callable[[], str]] = {
    "codes": codes_reference,
    "commands": commands_reference,
    "documents": documents_reference,
    "further": further_reference,
    "initializers": initializers_reference,
    "recipes": recipes_reference,
    "spec": spec_reference,
}
_MARK = re.compile(r"^<!-- reference: (\w+) -->$", re.M)
_FILE = re.compile(r"^<!-- file: (?P<name>\S+) -->\n```(?P<language>\w+)\n", re.M)


def with_references(text: str) -> str:
    """A page with what its marks stand for."""
    return _MARK.sub(lambda found: REFERENCES[found[1]](), text)


def with_captions(text: str) -> str:
    """A page whose blocks that are files show their names."""
    return _FILE.sub("```{code-block} \\g<language>\n:caption: \\g<name>\n\n", text)


def setup(app: Any) -> dict[str, Any]:
    """What Sphinx calls."""
    from tasks.reference.console import ConsoleLexer  # Pygments is there where Sphinx is

    app.add_lexer("console", ConsoleLexer)
    app.connect("source-read", _read)
    return {"parallel_read_safe": True}


def _read(app: Any, page: str, source: list[str]) -> None:
    source[0] = with_captions(with_references(source[0]))
