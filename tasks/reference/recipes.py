"""Every recipe: what it is, where it is from, and its text."""

from __future__ import annotations

from declinit.policy.recipes import Recipe, recipes
from tasks.reference.markdown import block, code, prose, section


def recipes_reference() -> str:
    """The recipes in alphabetical order."""
    return "\n".join(map(recipe_section, recipes().values()))


def recipe_section(recipe: Recipe) -> str:
    """One recipe."""
    facts = "".join(f"- **{label}**: {prose(text)}\n" for label, text in recipe.facts.items())
    return section(
        2, code(recipe.name), prose(recipe.title) + "\n", facts, block("yaml", policy(recipe))
    )


def policy(recipe: Recipe) -> str:
    """A recipe's text without its first comments, which the facts tell."""
    lines = recipe.text.splitlines()
    first = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    return "\n".join(lines[first:])
