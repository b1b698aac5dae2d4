"""Where a layer keeps the initializer of each variable, so that its config can tell the truth.

Keras has no public map from a variable to the attribute that holds its initializer. Nearly always
it is `<variable>_initializer` of the layer that made the variable; the table below has the rest.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras

from declinit.model.addresses import Found, is_container

# (class, variable) -> attribute, looked up along the bases of the owner's class.
ATTRIBUTES: Mapping[tuple[str, str], str] = {
    ("SimpleRNNCell", "recurrent_kernel"): "recurrent_initializer",
    ("LSTMCell", "recurrent_kernel"): "recurrent_initializer",
    ("GRUCell", "recurrent_kernel"): "recurrent_initializer",
    ("ConvLSTMCell", "recurrent_kernel"): "recurrent_initializer",
    ("BaseDepthwiseConv", "kernel"): "depthwise_initializer",
    ("BaseSeparableConv", "depthwise_kernel"): "depthwise_initializer",
    ("BaseSeparableConv", "pointwise_kernel"): "pointwise_initializer",
    ("ReversibleEmbedding", "reverse_embeddings"): "embeddings_initializer",
    ("BatchNormalization", "renorm_mean"): "moving_mean_initializer",
}

# What Keras' own layers write into their code, where a user cannot choose.
FIXED: Mapping[tuple[str, str], Callable[[], Any]] = {
    ("RMSNormalization", "scale"): keras.initializers.Ones,
    ("Attention", "scale"): keras.initializers.Ones,
    ("Attention", "concat_score_weight"): keras.initializers.Ones,
    ("AdditiveAttention", "scale"): keras.initializers.GlorotUniform,
    ("SpectralNormalization", "vector_u"): lambda: keras.initializers.TruncatedNormal(stddev=0.02),
    ("BatchNormalization", "moving_stddev"): keras.initializers.Ones,
    ("BatchNormalization", "renorm_stddev"): keras.initializers.Ones,
    **{
        (layer, f"lora_{name}_{side}"): make
        for layer, name in (
            ("Dense", "kernel"),
            ("EinsumDense", "kernel"),
            ("BaseConv", "kernel"),
            ("Embedding", "embeddings"),
        )
        for side, make in (("a", keras.initializers.HeUniform), ("b", keras.initializers.Zeros))
    },
}

# Composite attention layers: their own attribute, one for all projections, is what their config
# tells. MultiHeadAttention's is private and has no public equivalent.
COMPOSITES: Mapping[str, str] = {
    "MultiHeadAttention": "_{}_initializer",
    "GroupedQueryAttention": "{}_initializer",
}


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

    def told(self) -> Any:
        """What the holder's config says of the place; None where it says nothing."""
        try:
            config = self.holder.get_config()
        except NotImplementedError:
            return None
        return config.get(self.attribute.removeprefix("_"))


def bases(layer: Any) -> tuple[str, ...]:
    """Names of a layer's class and of its bases, up to `keras.Layer`."""
    lineage = type(layer).__mro__
    return tuple(base.__name__ for base in lineage[: lineage.index(keras.Layer)])


def own_place(found: Found) -> Place | None:
    """The attribute of the layer that made the variable, if it has one."""
    name = found.variable.name
    for base in bases(found.owner):
        attribute = ATTRIBUTES.get((base, name))
        if attribute:
            return Place(found.owner, attribute)
    attribute = f"{name}_initializer"
    return Place(found.owner, attribute) if hasattr(found.owner, attribute) else None


def outer_place(found: Found) -> Place | None:
    """The attribute of an attention layer around the one that made the variable, if any."""
    if len(found.chain) < 2 or not isinstance(found.owner, keras.layers.EinsumDense):
        return None
    composite = found.chain[-2]
    for base in bases(composite):
        if base in COMPOSITES:
            attribute = COMPOSITES[base].format(found.variable.name)
            return Place(composite, attribute) if hasattr(composite, attribute) else None
    return None


def told_place(found: Found) -> Place | None:
    """The place that a rebuilt layer takes the variable's initializer from."""
    return outer_place(found) or own_place(found)


def config_tells(outer: Any, inner: Any) -> bool:
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
        return _holds(config, keras.saving.serialize_keras_object(inner)["config"])
    except Exception:  # a user's config may fail in any way
        return False


def is_builtin(layer_class: type) -> bool:
    """Whether a class is Keras' own."""
    return layer_class.__module__.startswith("keras.src.")


def _holds(config: Any, wanted: Any) -> bool:
    if isinstance(config, Mapping):
        return config.get("config") == wanted or any(_holds(v, wanted) for v in config.values())
    return isinstance(config, (list, tuple)) and any(_holds(entry, wanted) for entry in config)


def fixed_initializer(found: Found) -> Any:
    """The initializer that a layer's code names for a variable it has no place for, if known."""
    for base in bases(found.owner):
        make = FIXED.get((base, found.variable.name))
        if make:
            return make()
    return None
