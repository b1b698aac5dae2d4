"""The README's table of initializers is made of the rows."""

from __future__ import annotations

from declinit.kinds.rows import ROWS
from tasks.readme_tables import README, initializers_table, markdown_table, with_tables


def test_the_readme_holds_the_table_of_the_rows():
    """`python -m tasks.readme_tables` writes it again."""
    text = README.read_text(encoding="utf-8")
    assert initializers_table() in text
    assert with_tables(text) == text


def test_a_table_that_is_out_of_date_is_written_anew():
    text = README.read_text(encoding="utf-8")
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
