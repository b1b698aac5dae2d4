"""Where a layer keeps the initializer of each variable, so that its config can tell the truth.

Keras has no public map from a variable to the attribute that holds its initializer. Nearly always
it is `<variable>_initializer` of the layer that made the variable; `declinit.layers.table` has the
rest.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras

from declinit.layers.lineage import builtin_names, is_builtin
from declinit.layers.parts import FilledPart
from declinit.layers.table import VariableRow, projection_attribute, variable_row
from declinit.model.addresses import LocatedVariable, is_container


@dataclass(frozen=True, slots=True)
class Place:
    """An attribute of an object that holds an initializer."""

    holder: Any
    attribute: str

    @property
    def key(self) -> tuple[int, str]:
        """Equal for two variables that share the place."""
        return id(self.holder), self.attribute

    def read(self) -> Any:
        """The initializer that is there now."""
        return getattr(self.holder, self.attribute)

    def write(self, initializer: Any) -> None:
        """Put another one there."""
        setattr(self.holder, self.attribute, initializer)

    def config_entry(self) -> Any:
        """What the holder's config says of the place; None where it says nothing."""
        try:
            config = self.holder.get_config()
        except NotImplementedError:
            return None
        return config.get(self.attribute.removeprefix("_"))


def row_of(found: LocatedVariable) -> VariableRow:
    """The row of a variable in the table of layers; an empty one where it is regular."""
    return variable_row(builtin_names(type(found.owner)), found.name) or VariableRow()


def own_place(found: LocatedVariable) -> Place | None:
    """The attribute of the layer that made the variable, if it has one."""
    attribute = row_of(found).attribute or f"{found.name}_initializer"
    return Place(found.owner, attribute) if hasattr(found.owner, attribute) else None


def outer_place(found: LocatedVariable) -> Place | None:
    """The attribute of an attention layer around the one that made the variable, if any."""
    if len(found.chain) < 2:
        return None
    outer, inner = found.chain[-2:]
    names = builtin_names(type(outer)), builtin_names(type(inner))
    attribute = projection_attribute(*names, found.name)
    return Place(outer, attribute) if attribute and hasattr(outer, attribute) else None


def config_place(found: LocatedVariable) -> Place | None:
    """The place that a rebuilt layer takes the variable's initializer from."""
    return outer_place(found) or own_place(found)


def filled_parts(found: LocatedVariable) -> tuple[FilledPart, ...]:
    """The parts of a variable that Keras fills by itself, whatever the initializer says."""
    fillings = row_of(found).fillings
    return tuple(one.filled for one in fillings if getattr(found.owner, one.flag))


def take_over(found: LocatedVariable) -> None:
    """Have Keras leave the whole of a variable to its initializer, in configs and rebuilds too.

    The flags are those of the layer that made the variable: an LSTM, whose own `unit_forget_bias`
    only reads its cell's, follows.
    """
    for filling in row_of(found).fillings:
        setattr(found.owner, filling.flag, False)


def implied_initializer(found: LocatedVariable) -> Any:
    """The initializer that Keras' code implies for a variable that has no place for one.

    Returns:
        None where Keras implies none, or one that has no name, such as the square root of random
        numbers.
    """
    row = row_of(found)
    if row.hard_coded is not None:
        return keras.initializers.get(row.hard_coded)
    if row.constant_of is not None:
        return keras.initializers.Constant(getattr(found.owner, row.constant_of))
    if row.root_of is not None:
        return _square_root(getattr(found.owner, row.root_of))
    return None


def _square_root(initializer: Any) -> Any:
    """An initializer of the square roots of constants; None for one of other values."""
    kind = type(initializer).__name__
    if kind in {"Zeros", "Ones"}:
        return initializer
    value = getattr(initializer, "value", None)
    if kind == "Constant" and isinstance(value, (int, float)) and value >= 0:
        return keras.initializers.Constant(value**0.5)
    return None


def config_includes(outer: Any, inner: Any) -> bool:
    """Whether the config of a layer holds that of a layer inside it, as it is now.

    Keras' own do. A user's need not: by default a config holds the arguments of the constructor.
    """
    if is_builtin(type(outer)):
        return True
    own = itertools.takewhile(lambda base: not is_builtin(base), type(outer).__mro__)
    if not is_container(outer) and not any("get_config" in vars(base) for base in own):
        return False
    try:
        config = keras.saving.serialize_keras_object(outer)["config"]
        return _contains_config(config, keras.saving.serialize_keras_object(inner)["config"])
    except Exception:  # a user's config may fail in any way
        return False


def _contains_config(config: Any, wanted: Any) -> bool:
    if isinstance(config, Mapping):
        return config.get("config") == wanted or any(
            _contains_config(value, wanted) for value in config.values()
        )
    return isinstance(config, (list, tuple)) and any(
        _contains_config(entry, wanted) for entry in config
    )
