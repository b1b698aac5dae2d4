"""Names that Keras generates, and what they would be had nothing else been built.

Keras numbers the objects of a class through the whole process: `dense`, `dense_1`, `variable_17`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from declinit.layers.generated_names import generated_number, ranks

VARIABLE = "variable"  # the stem of every weight that was made without a name


def snake_case(name: str) -> str:
    """The stem of the names that Keras generates for objects of a class."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def is_unnamed(variable: Any) -> bool:
    """Whether a variable was made without a name.

    A name that a user gave and that merely looks generated counts as none: the two cannot be told
    apart.
    """
    return generated_number(variable.name, VARIABLE) is not None


def ranked_names(layers: Iterable[Any]) -> dict[int, str]:
    """By `id` of each sibling whose name was generated, its name as if counted among these alone.

    The order is that of the generated numbers, which is the order of construction and which a
    saved model keeps, not the order of the siblings: layers of a Functional model may be listed in
    another order once it is loaded.
    """
    siblings = ((id(layer), snake_case(type(layer).__name__), layer.name) for layer in layers)
    return ranks(siblings)
