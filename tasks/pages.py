"""Pages for people, the README and those of `docs/`, and the blocks of code in them.

Every block stands behind a comment that says how a test runs it:

    <!-- file: NAME -->          a file that later blocks use
    <!-- run -->                 commands, or Python
    <!-- run, exit code 1 -->    commands that all end with this code
    <!-- run by .ci/run -->      commands that need a fresh environment
    <!-- needs NAME -->          Python for a library that is not always there
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
DOCS = ROOT / "docs"

_BLOCK = re.compile(
    r"<!-- (?P<mark>[^>]+) -->\n```(?P<language>\w+)\n(?P<body>.*?)^```$", re.M | re.S
)
_FENCE = re.compile(r"^```\w+$", re.M)
_FILE = "file: "
_EXIT_CODE = re.compile(r"run, exit code (\d+)")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code of a page.

    Attributes:
        mark: how it is run.
        language: as the fence names it.
        body: the text between the fences.
    """

    mark: str
    language: str
    body: str

    @property
    def file(self) -> str:
        """The name of the file that it is; empty for what is run."""
        return self.mark.removeprefix(_FILE) if self.mark.startswith(_FILE) else ""

    @property
    def exit_code(self) -> int:
        """What its commands end with."""
        found = _EXIT_CODE.fullmatch(self.mark)
        return int(found[1]) if found else 0

    @property
    def commands(self) -> list[str]:
        """Its commands, without the prompt."""
        return [line[2:] for line in self.body.splitlines() if line.startswith("$ ")]

    def output_of(self, command: str) -> str:
        """What it shows that a command prints; empty where it shows nothing."""
        shown = self.body.partition(f"$ {command}\n")[2]
        return "" if shown.startswith("$ ") else shown.partition("\n$ ")[0]


def pages() -> list[Path]:
    """All pages that have blocks of their own."""
    return [README, *sorted(DOCS.rglob("*.md"))]


def text_of(page: Path) -> str:
    """The text of a page."""
    return page.read_text(encoding="utf-8")


def blocks_of(text: str) -> Iterator[Block]:
    """The blocks of a page, in order."""
    for found in _BLOCK.finditer(text):
        yield Block(found["mark"], found["language"], found["body"])


def count_fences(text: str) -> int:
    """How many blocks a page has, with a mark or without."""
    return len(_FENCE.findall(text))
