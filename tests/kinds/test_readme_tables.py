"""The table of initializers in `docs/` is made of the rows."""

from __future__ import annotations

from declinit.kinds.rows import ROWS
from tasks.pages import DOCS, pages, text_of
from tasks.readme_tables import initializers_table, markdown_table, with_tables

PAGE = DOCS / "guide" / "initializers.md"


def test_every_page_holds_the_tables_of_the_rows():
    """`python -m tasks.readme_tables` writes them again."""
    assert [page.name for page in pages() if with_tables(text_of(page)) != text_of(page)] == []


def test_the_page_of_initializers_holds_the_table_of_the_rows():
    text = text_of(PAGE)
    assert initializers_table() in text
    assert with_tables(text) == text


def test_a_table_that_is_out_of_date_is_written_anew():
    text = text_of(PAGE)
    stale = text.replace(initializers_table(), "| old |\n")
    assert stale != text
    assert with_tables(stale) == text


def test_every_kind_has_a_row_with_its_parameters_and_its_formula():
    rows = initializers_table().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == [kind.name for kind in ROWS]
    assert rows[[kind.name for kind in ROWS].index("orthogonal")] == (
        "| `orthogonal` | `gain` `split` | "
        "gain \\* Q, Q'Q = I (or QQ' = I where there are more columns than rows) |"
    )


def test_cells_may_hold_what_markdown_would_read_as_its_own():
    assert markdown_table(["a"], [["|x|**2"]]) == "| a |\n| --- |\n| \\|x\\|\\*\\*2 |\n"
