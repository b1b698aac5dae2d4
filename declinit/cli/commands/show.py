"""`declinit show`: a spec with everything it extends, itself a spec to be kept beside it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from declinit.cli import terminal
from declinit.cli.arguments.show import CommandOptions
from declinit.cli.exits import FINE
from declinit.cli.inputs import read_spec
from declinit.policy.locations import is_recipe
from declinit.policy.spec import Spec
from declinit.policy.texts import flat_text
from declinit.render.layouts.specs import spec_layout


def run(options: CommandOptions) -> int:
    """Print the spec that the command line comes to, as one that extends nothing."""
    spec = read_spec(options)
    config = {**spec.get_config(), **_checkpoints(spec, options.spec)}
    terminal.show(spec_layout(config, _text(spec, config, options.spec)), options)
    return FINE


def _text(spec: Spec, config: Mapping[str, Any], name: str) -> str:
    extended = [source.name for source in spec.sources if source.name != name]
    with_them = f", with what it extends: {', '.join(extended)}" if extended else ""
    return flat_text(config, f"{name}{with_them}", [str(rule.where) for rule in spec.rules])


def _checkpoints(spec: Spec, name: str) -> dict[str, Any]:
    """The files of weights as a spec beside the one of a name writes them."""
    folder = "" if is_recipe(name) else os.path.dirname(name)  # noqa: PTH120 -- of links too
    found = {key: _seen_from(folder, file.path) for key, file in spec.checkpoints.items()}
    return {"checkpoints": found} if found else {}


def _seen_from(folder: str, path: str) -> str:
    return (
        path if Path(path).is_absolute() else Path(os.path.relpath(path, folder or ".")).as_posix()
    )
