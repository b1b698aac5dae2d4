"""Write the tables of pages that are made of the package's own: `python -m tasks.readme_tables`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from declinit.kinds.kind import Kind
from declinit.kinds.rows import BUILTIN
from tasks.pages import pages, text_of

# Every random initializer has a seed, every fan-based one its axes: they would tell nothing apart.
COMMON = ("seed", "input_axes", "output_axes")


def initializers_table(kinds: Iterable[Kind] = BUILTIN.values()) -> str:
    """The kinds of initializers as a Markdown table, a row each."""
    rows = [[f"`{kind.name}`", _parameters(kind), kind.formula] for kind in kinds]
    return markdown_table(["name", "parameters", "values"], rows)


def _parameters(kind: Kind) -> str:
    return " ".join(f"`{name}`" for name in kind.parameters if name not in COMMON)


def markdown_table(titles: list[str], rows: Iterable[list[str]]) -> str:
    """A Markdown table; cells may hold any text of one line."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join("| " + " | ".join(map(_escaped, cells)) + " |\n" for cells in lines)


def _escaped(cell: str) -> str:
    return cell.replace("|", r"\|").replace("*", r"\*")


TABLES: Mapping[str, Callable[[], str]] = {"initializers": initializers_table}


def with_tables(text: str) -> str:
    """A text with each table written anew between its markers."""
    for name, table in TABLES.items():
        marked = re.compile(rf"(<!-- table: {name} -->\n).*?(<!-- end of table -->\n)", re.DOTALL)
        body = table()
        text = marked.sub(lambda found, body=body: f"{found[1]}{body}{found[2]}", text)
    return text


if __name__ == "__main__":
    for page in pages():
        page.write_text(with_tables(text_of(page)), encoding="utf-8")
