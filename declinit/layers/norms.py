"""Layers that scale by `1 + scale`, so that zeros, not ones, leave a signal as it is."""

from __future__ import annotations

# Module and class of each, and the variable. Keras has a layer of the same name that scales by
# `scale` itself, so the name of a class alone does not tell.
_AROUND_ONE = {
    ("keras_hub.src.models.gemma.rms_normalization", "RMSNormalization"): "scale",
    ("keras_nlp.src.models.gemma.rms_normalization", "RMSNormalization"): "scale",
}


def is_around_one(layer_class: type, variable: str) -> bool:
    """Whether a layer computes with 1 plus a variable.

    Args:
        layer_class: of the layer, or one derived from it.
        variable: its name in the layer.
    """
    names = ((base.__module__, base.__name__) for base in layer_class.__mro__)
    return any(_AROUND_ONE.get(name) == variable for name in names)
