"""The JSON Schema of a seed, which kinds of users' own share with the built-in ones."""

from __future__ import annotations

from typing import Any

from declinit.seeds import MAX_SEED

SEED: dict[str, Any] = {
    "description": "A seed used as it is, in place of the one derived from the variable's path. "
    "Null means derived.",
    "default": None,
    "if": {"type": "object"},
    "then": {
        "required": ["class_name", "config"],
        "properties": {
            "class_name": {"const": "SeedGenerator"},
            "config": {"type": "object"},
            "module": {"type": ["string", "null"]},
            "registered_name": {"type": ["string", "null"]},
        },
    },
    "else": {"type": ["integer", "null"], "minimum": 0, "maximum": MAX_SEED},
}
