"""Values that are taken from elsewhere, not drawn: from a file, or from another variable."""

from __future__ import annotations

from typing import Any

from declinit.initializers.hosts import HostValues


class TakenValues(HostValues):
    """Values that no config of a layer can make again.

    Args:
        fallback: the initializer that the layer's config names in their place; None where it stays
            what it was.
    """

    def __init__(self, fallback: Any) -> None:
        self.fallback = fallback
