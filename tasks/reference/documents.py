"""The published schemas of all documents."""

from __future__ import annotations

from declinit.checks.files import NAMES, schema
from tasks.reference.markdown import code, prose, table


def documents_reference() -> str:
    """A row a document."""
    return table(["`declinit schema`", "what it describes", "`$id`"], map(document_row, NAMES))


def document_row(name: str) -> list[str]:
    """What a schema says of itself."""
    published = schema(name)
    return [
        code(name),
        prose(published.get("description", published["title"])),
        code(published["$id"]),
    ]
