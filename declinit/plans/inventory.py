"""What is known of a model's variables without their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from declinit.layers.fans import FanAxes, Fans, Shape, keras_fans
from declinit.layers.parts import FilledPart, Part

FLOATS = frozenset({"float16", "bfloat16", "float32", "float64"})
HALF_TYPES = frozenset({"float16", "bfloat16"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """What identifies a variable of a model, in plans and audits too.

    Attributes:
        path: its address: unique, and the same for every build and reload of the model.
        aliases: other addresses that patterns and look-ups may use, `Variable.path` among them.
        shared_paths: those of the aliases that are as lasting as the path: other ways to the same
            variable, where layers or weights are shared.
        shape: its shape.
        dtype: its dtype, as Keras spells it.
        layer: class name of the layer that owns it.
    """

    path: str
    shape: Shape
    dtype: str
    # Keras' names depend on what else the process built: they make no difference.
    aliases: tuple[str, ...] = field(default=(), compare=False)
    shared_paths: tuple[str, ...] = ()
    layer: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Every address of the variable."""
        return (self.path, *self.aliases)

    def to_dict(self) -> dict[str, Any]:
        """The variable as JSON-serializable data, the same for every build of the model."""
        return {
            "path": self.path,
            "aliases": list(self.shared_paths),
            "shape": list(self.shape),
            "dtype": self.dtype,
            "layer": self.layer,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Variable:
        """The inverse of `to_dict`; other keys are passed over."""
        return Variable(
            path=data["path"],
            aliases=tuple(data["aliases"]),
            shared_paths=tuple(data["aliases"]),
            shape=tuple(data["shape"]),
            dtype=data["dtype"],
            layer=data["layer"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableInfo(Variable):
    """A variable, with what a plan needs to know of it.

    Attributes:
        enclosing_classes: class names of that layer, of the layers around it, and of all their
            bases.
        trainable: whether training changes it.
        seed_state: whether it is the state of a SeedGenerator, which is never initialized.
        axes: its fan axes, None where it has no fans.
        keras_axes: the axes that Keras itself would pass to the initializer, if any.
        layer_path: the address of the layer that owns it.
        storage: its address in the files that Keras saves, such as `layers/dense_1/vars/0`; None
            where Keras does not save it, or nobody has asked.
        ambiguous_names: `Variable.path` or names that address several variables, and so none.
        parts: its named parts, such as the gates of a recurrent kernel.
        around_one: whether the layer computes with 1 plus the variable, as some norms do.
        filled: the parts that Keras itself fills, whatever the initializer says: the forget gate
            of a bias under `unit_forget_bias`.

    Example:
        >>> info = declinit.survey(model)[0]
        >>> info.path, info.shape, info.layer
        ('body/kernel', (4, 8), 'Dense')
    """

    enclosing_classes: tuple[str, ...] = ()
    trainable: bool = True
    seed_state: bool = False
    axes: FanAxes | None = None
    keras_axes: FanAxes | None = None
    layer_path: str = ""
    storage: str | None = None
    ambiguous_names: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    around_one: bool = False
    filled: tuple[FilledPart, ...] = ()

    @property
    def variable(self) -> Variable:
        """What identifies the variable, without the rest."""
        return Variable(
            path=self.path,
            shape=self.shape,
            dtype=self.dtype,
            aliases=self.aliases,
            shared_paths=self.shared_paths,
            layer=self.layer,
        )

    @property
    def fans(self) -> Fans | None:
        """Fan-in and fan-out by layer."""
        return self.axes.fans(self.shape) if self.axes else None

    @property
    def keras_fans(self) -> Fans:
        """Fan-in and fan-out as Keras counts them."""
        return self.keras_axes.fans(self.shape) if self.keras_axes else keras_fans(self.shape)

    def to_dict(self) -> dict[str, Any]:
        """The facts as JSON-serializable data.

        Example:
            >>> declinit.survey(model)[0].to_dict()["path"]
            'body/kernel'
        """
        fans = self.fans
        return {
            **Variable.to_dict(self),
            "aliases": list(self.aliases),
            "trainable": self.trainable,
            "fan_in": fans.fan_in if fans else None,
            "fan_out": fans.fan_out if fans else None,
        }


Inventory = tuple[VariableInfo, ...]


def by_path(inventory: Inventory) -> Mapping[str, VariableInfo]:
    """The variables by their paths."""
    return {info.path: info for info in inventory}
