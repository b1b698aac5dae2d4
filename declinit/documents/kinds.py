"""What a document is: a spec, a plan, an audit or a probe, told by the key that holds its version."""

from __future__ import annotations

from declinit.documents.node import Node
from declinit.errors import Problem, UnreadableError

SPEC, PLAN, AUDIT, PROBE = "a spec", "a plan", "an audit", "a probe"

# In the order of the questions: plans of format 1 have the key `declinit` too.
_KEYS = {
    "declinit_plan": PLAN,
    "declinit_audit": AUDIT,
    "declinit_probe": PROBE,
    "declinit": SPEC,
}


class DocumentKindError(UnreadableError):
    """A document of one kind where another kind was expected."""


def document_kind(node: Node) -> str | None:
    """The kind of a document: `SPEC`, `PLAN`, `AUDIT` or `PROBE`; None if no key tells.

    Args:
        node: the whole document.
    """
    return next((kind for key, kind in _KEYS.items() if key in node.fields), None)


def expect_kind(node: Node, expected: str) -> None:
    """Refuse a document that is of another kind, in place of the many faults it has as this one.

    Args:
        node: the whole document.
        expected: `SPEC`, `PLAN`, `AUDIT` or `PROBE`.

    Raises:
        DocumentKindError: if the document says that it is of another kind.
    """
    kind = document_kind(node)
    if kind not in (None, expected):
        message = f"{node.source.name!r} is {kind}, expected {expected}"
        raise DocumentKindError(Problem("DI502", message))
