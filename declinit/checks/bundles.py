"""Schemas that refer to initializers, whole in one file each."""

from __future__ import annotations

from typing import Any

from declinit.checks.files import SPEC, schema
from declinit.kinds.registry import Registry
from declinit.kinds.schema import initializer_definitions, is_generated


def spec_schema(registry: Registry) -> dict[str, Any]:
    """The schema of specs, which needs no other file.

    Args:
        registry: the kinds of initializers that it accepts; the published schema holds the built-in
            ones.
    """
    published = schema(SPEC)
    written = {
        name: value for name, value in published["definitions"].items() if not is_generated(name)
    }
    return {**published, "definitions": written | initializer_definitions(registry)}
