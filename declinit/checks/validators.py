"""JSON Schema validators that accept only whole numbers as integers, and say what failed as data."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from jsonschema_rs import Draft7Validator

WHOLE = "declinit-whole"
"""A keyword beside `type: integer`, which by JSON Schema takes 7.0 too."""


@dataclass(frozen=True)
class Violation:
    """A value that its schema refuses.

    Attributes:
        path: keys and indices that lead to the value, or to the mapping whose key is refused.
        value: the value, or the key.
        keyword: the keyword of the schema that refuses it.
        schema: the schema that holds the keyword.
        place: where the keyword is: keys and indices that lead to it in the whole schema.
        message: the library's English.
    """

    path: tuple[str | int, ...]
    value: Any
    keyword: str
    schema: Any
    place: tuple[str | int, ...]
    message: str

    @property
    def bound(self) -> Any:
        """The keyword's value in the schema."""
        return self.schema[self.keyword]


class Validator:
    """Holds values to a schema (draft 7)."""

    def __init__(self, schema: Any) -> None:
        self._schema = schema
        # By default the library would fetch a schema that another one names by its address.
        self._compiled = Draft7Validator(_whole(schema), keywords={WHOLE: _Whole}, offline=True)

    def violations(self, value: Any) -> Iterator[Violation]:
        """What the schema refuses.

        Args:
            value: a document's data.
        """
        for error in self._compiled.iter_errors(value):
            path, place = tuple(error.instance_path), tuple(error.schema_path)
            keyword = "type" if place[-1] == WHOLE else str(place[-1])
            schema = _at(self._schema, place[:-1])
            kind: Any = error.kind
            # The library's own copy of a value has no infinities.
            found = kind.error.instance if kind.name == "propertyNames" else _at(value, path)
            if not (keyword == "type" and _is_number(found, schema)):
                yield Violation(path, found, keyword, schema, place, error.message)


class _Whole:
    """Seeds and counts must be whole numbers as written: 7.0 is not one."""

    def __init__(self, *_of_schema: object) -> None:
        pass

    def validate(self, value: object) -> None:
        """Refuse 7.0; what is no number at all, `type` refuses."""
        if isinstance(value, float) and value.is_integer():
            raise ValueError(value)


def _whole(schema: Any) -> Any:
    """The schema with `WHOLE` beside each type that takes integers and no other numbers."""
    if isinstance(schema, list):
        return [_whole(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    types = schema.get("type")
    names = [types] if isinstance(types, str) else types if isinstance(types, list) else []
    strict = {WHOLE: True} if "integer" in names and "number" not in names else {}
    return {**{key: _whole(value) for key, value in schema.items()}, **strict}


def _is_number(value: Any, schema: Any) -> bool:
    """Whether it is a number that JSON cannot write, which the library takes for null."""
    return isinstance(value, float) and "number" in schema["type"]


def _at(data: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        data = data[step]
    return data


@functools.lru_cache(maxsize=1024)
def validator_of(schema_text: str) -> Validator:
    """The validator of a schema given as JSON text."""
    return Validator(json.loads(schema_text))
