"""Which keys of a spec are settings, read from the published schema."""

from __future__ import annotations

from declinit.checks.files import SPEC, schema

STRUCTURE = frozenset({"$schema", "declinit", "extends", "disable", "rules"})
"""Keys that say how a document is put together; loading gives each a meaning of its own."""


def settings() -> list[str]:
    """The keys of a spec that a later document, or `--set`, replaces by another value."""
    return [key for key in schema(SPEC)["properties"] if key not in STRUCTURE]


def is_merged(key: str) -> bool:
    """Whether a later document adds to a setting: a mapping key by key, a list at its end."""
    return key in settings() and schema(SPEC)["properties"][key].get("type") in ("object", "array")
