"""The published schemas: one file each, in the wheel or in the checkout beside the package."""

from __future__ import annotations

import functools
import json
from typing import Any

from declinit.errors import DeclinitError, Problem, did_you_mean
from declinit.published import published

SPEC, INITIALIZERS, PLAN, AUDIT, DIFF = "spec", "initializers", "plan", "audit", "diff"
PROBE = "probe"


# What commands print with `--format json` and nothing reads; the key `declinit_NAME` tells them.
RESULTS = (
    *("drift", "verification", "plausibility", "explanation", "inventory", "weights"),
    *("kinds", "kind", "recipes", "recipe", "code", "problems"),
)
NAMES = (SPEC, INITIALIZERS, PLAN, AUDIT, PROBE, DIFF, *RESULTS)


def file_name(name: str) -> str:
    """The file in `schemas/` that holds a schema."""
    return f"{name}.schema.json"


def schema_text(name: str) -> str:
    """The published text of a schema, from the wheel or from the checkout beside the package.

    Args:
        name: one of `NAMES`.

    Raises:
        DeclinitError: for another name, or if the installation lacks the file.
    """
    if name not in NAMES:
        hint = did_you_mean(name, NAMES)
        message = f"unknown schema {name!r}; there are {', '.join(NAMES)}"
        raise DeclinitError(Problem("DI702", message, hint=hint))
    try:
        return (published("schemas", "schemas") / file_name(name)).read_text(encoding="utf-8")
    except OSError as error:
        message = f"this installation lacks {file_name(name)}: {error}"
        raise DeclinitError(Problem("DI706", message)) from error


@functools.cache
def schema(name: str) -> Any:
    """A published schema as data, to be read only.

    Args:
        name: one of `NAMES`.
    """
    return json.loads(schema_text(name))
