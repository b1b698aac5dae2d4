"""`declinit schema`: print a JSON Schema."""

from __future__ import annotations

from declinit.checks.files import INITIALIZERS, schema_text
from declinit.cli import terminal
from declinit.cli.arguments.schema import CommandOptions
from declinit.cli.exits import FINE, UsageError
from declinit.errors import DeclinitError
from declinit.kinds.extensions import current_registry
from declinit.kinds.schema import initializers_schema
from declinit.serialization import json_text


def run(options: CommandOptions) -> int:
    """Print the published text of a schema, or one that knows the user's initializers."""
    try:
        terminal.write(_text(options))
    except DeclinitError as error:
        raise UsageError(error.problems) from error
    return FINE


def _text(options: CommandOptions) -> str:
    # What an imported module registers is in no published file.
    if options.imports and options.name == INITIALIZERS:
        return json_text(initializers_schema(current_registry()))
    return schema_text(options.name)
