"""Files that are published with the package and are no code: in the wheel, or in the checkout."""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path


def published(folder: str, checkout: str) -> Traversable:
    """A folder of published files.

    Args:
        folder: its path inside the package, where the wheel has it.
        checkout: its path beside the package, where a checkout has it.
    """
    package = resources.files("declinit")
    beside = Path(str(package)).parent
    if not (package / folder).is_dir() and (beside / "pyproject.toml").is_file():
        return beside / checkout
    return package / folder
