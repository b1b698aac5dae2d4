"""What editors are told: where the schema of specs is, in the project and in a policy."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

FOLDER = Path(".declinit")
SCHEMA = FOLDER / "spec.schema.json"
SETTINGS = Path(".vscode/settings.json")
"""The settings of VS Code for one project; other editors follow the modeline of each policy."""

YAML_FILES = ("*.declinit.yaml", "*.declinit.yml")
JSON_FILES = ("*.declinit.json",)


def vscode_settings() -> dict[str, Any]:
    """Settings under which VS Code holds policies of the reserved names to the schema."""
    schema = SCHEMA.as_posix()
    return {
        "yaml.schemas": {schema: list(YAML_FILES)},
        "json.schemas": [{"fileMatch": list(JSON_FILES), "url": f"./{schema}"}],
    }


def modeline(policy: Path | None) -> str:
    """The comment by which a YAML policy tells editors its schema.

    Args:
        policy: the file; None for one that is written to standard output.
    """
    folder = Path(os.path.realpath(policy.parent if policy else Path.cwd()))
    schema = _project(folder) / SCHEMA
    return f"# yaml-language-server: $schema={Path(os.path.relpath(schema, folder)).as_posix()}\n"


def _project(folder: Path) -> Path:
    """Where the schema of a folder's policies is, or where `schema --install` should put it."""
    above = (folder, *folder.parents)
    installed = (one for one in above if (one / SCHEMA).is_file())
    roots = (one for one in above if any((one / sign).exists() for sign in (".git", ".vscode")))
    return next(installed, None) or next(roots, Path.cwd())


def is_installed() -> bool:
    """Whether a policy in the working folder finds its schema."""
    return any((above / SCHEMA).is_file() for above in (Path.cwd(), *Path.cwd().parents))
