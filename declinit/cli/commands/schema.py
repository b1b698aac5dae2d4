"""`declinit schema`: print a JSON Schema, or install that of specs for editors."""

from __future__ import annotations

from declinit.checks.bundles import spec_schema
from declinit.checks.files import INITIALIZERS, SPEC, schema_text
from declinit.cli import terminal
from declinit.cli.arguments.schema import CommandOptions
from declinit.cli.editors import SCHEMA, SETTINGS, vscode_settings
from declinit.cli.exits import FINE, UsageError
from declinit.errors import DeclinitError, Problem
from declinit.files import write_text
from declinit.kinds.extensions import current_registry
from declinit.kinds.schema import initializers_schema
from declinit.serialization import json_text


def run(options: CommandOptions) -> int:
    """Print the published text of a schema, or one that knows the user's initializers."""
    try:
        text = _text(options)
    except DeclinitError as error:
        raise UsageError(error.problems) from error
    if options.install:
        _install(text, options.name)
    else:
        terminal.write(text)
    return FINE


def _text(options: CommandOptions) -> str:
    # What an imported module registers is in no published file.
    if options.imports and options.name == INITIALIZERS:
        return json_text(initializers_schema(current_registry()))
    if options.imports and options.name == SPEC:
        return json_text(spec_schema(current_registry()))
    return schema_text(options.name)


def _install(text: str, name: str) -> None:
    if name != SPEC:
        message = f"--install writes the schema that editors hold policies to, which is {SPEC!r}"
        raise UsageError(Problem("DI701", message))
    SCHEMA.parent.mkdir(exist_ok=True)
    write_text(SCHEMA, text)
    terminal.say(f"{SCHEMA.as_posix()} is written")
    settings = json_text(vscode_settings())
    if not SETTINGS.exists():
        SETTINGS.parent.mkdir(exist_ok=True)
        write_text(SETTINGS, settings)
        terminal.say(f"{SETTINGS.as_posix()} is written")
    elif SCHEMA.as_posix() not in SETTINGS.read_text(encoding="utf-8", errors="replace"):
        terminal.say(f"{SETTINGS.as_posix()} is there already and stays as it is; add to it:")
        terminal.write(settings)
