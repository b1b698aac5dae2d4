"""Write the generated schema to `schemas/`: `python -m tasks.schemas`, or `make schemas`."""

from __future__ import annotations

import json
from pathlib import Path

from declinit.checks.files import INITIALIZERS, file_name
from declinit.kinds.schema import initializers_schema

FOLDER = Path(__file__).parent.parent / "schemas"


def write_schemas() -> None:
    """Write every schema that is generated rather than written by hand."""
    text = json.dumps(initializers_schema(), indent=2, ensure_ascii=False) + "\n"
    (FOLDER / file_name(INITIALIZERS)).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_schemas()
