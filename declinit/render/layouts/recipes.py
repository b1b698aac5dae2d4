"""Recipes: all of them, or one as it is written."""

from __future__ import annotations

from collections.abc import Mapping

from declinit.policy.recipes import Recipe
from declinit.render.layout import Cell, Layout, Table, row

COLUMNS = ("name", "title", "source")


def recipes_layout(recipes: Mapping[str, Recipe]) -> Layout:
    """All recipes, a line each."""
    rows = tuple(
        row(name, recipe.title, Cell(recipe.facts["Source"], "muted"))
        for name, recipe in recipes.items()
    )
    return Layout(
        document=lambda: {
            "declinit_recipes": 1,
            "recipes": [_document(recipe) for recipe in recipes.values()],
        },
        tables=(Table(columns=COLUMNS, rows=rows),),
    )


def recipe_layout(recipe: Recipe) -> Layout:
    """One recipe: its file, which is a spec that may be kept and changed."""
    lines = tuple(Cell(line) for line in recipe.text.splitlines())
    return Layout(
        document=lambda: {"declinit_recipe": 1, **_document(recipe), "text": recipe.text},
        notes=lines,
    )


def _document(recipe: Recipe) -> dict[str, object]:
    return {"name": recipe.name, "title": recipe.title, "facts": dict(recipe.facts)}
