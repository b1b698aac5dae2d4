"""`declinit recipes`: list published policies, or print one."""

from __future__ import annotations

from declinit.cli import terminal
from declinit.cli.arguments.recipes import CommandOptions
from declinit.cli.exits import FINE
from declinit.policy.recipes import PREFIX, recipe_named, recipes
from declinit.render.layouts.recipes import recipe_layout, recipes_layout


def run(options: CommandOptions) -> int:
    """Show all recipes, or one as it is written."""
    if options.name is None:
        terminal.show(recipes_layout(recipes()), options)
    else:
        terminal.show(recipe_layout(recipe_named(options.name.removeprefix(PREFIX))), options)
    return FINE
