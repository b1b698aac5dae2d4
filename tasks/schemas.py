"""Write what is generated of the schemas in `schemas/`: `python -m tasks.schemas`.

The schema of specs is written by hand, but for its definitions of initializers.
"""

from __future__ import annotations

import json
from pathlib import Path

from declinit.checks.bundles import spec_schema
from declinit.checks.files import INITIALIZERS, SPEC, file_name
from declinit.kinds.rows import BUILTIN
from declinit.kinds.schema import initializers_schema

FOLDER = Path(__file__).parent.parent / "schemas"


def write_schemas() -> None:
    """Write the schemas that are generated, wholly or in part."""
    for name, schema in ((INITIALIZERS, initializers_schema()), (SPEC, spec_schema(BUILTIN))):
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        (FOLDER / file_name(name)).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_schemas()
