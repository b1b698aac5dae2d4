"""JSON Schema validators that accept only whole numbers as integers."""

from __future__ import annotations

import functools
import json
from typing import Any

import jsonschema


def _is_integer(_checker: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


# Seeds and counts must be whole numbers as written: 7.0 is not one.
Validator: Any = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft7Validator,
    type_checker=jsonschema.Draft7Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)


@functools.lru_cache(maxsize=1024)
def validator_of(schema_text: str) -> Any:
    """The validator of a schema given as JSON text."""
    return Validator(json.loads(schema_text))
