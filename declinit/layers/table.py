"""One row per Keras layer: everything that is irregular about its variables.

A layer whose variables are all regular needs no row: a variable `kernel` is initialized by the
attribute `kernel_initializer`, and a variable of a built-in layer without a rule has no fans.
Rows are found along the names of a class' bases, so that one row serves a family of layers and
the subclasses that users write. Classes go by their names because importing Keras takes seconds;
`tests/test_keras_layers.py` checks every row against the installed Keras.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from declinit.layers.fans import (
    Attributes,
    FanAxes,
    FansRule,
    Shape,
    dense_axes,
    depthwise_axes,
    einsum_axes,
    einsum_lora_axes,
    embedding_axes,
    gated_axes,
    keras_einsum_axes,
    score_axes,
    transposed_axes,
    ungrouped_axes,
)
from declinit.layers.parts import FilledPart, NamedParts

Identifier = str | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Filling:
    """A part that Keras itself fills while a flag of the layer is set.

    Attributes:
        flag: the layer's attribute; Keras leaves the part to the initializer where it is False.
        filled: the part, and what Keras fills it with.
    """

    flag: str
    filled: FilledPart


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableRow:
    """What is irregular about one variable of a layer.

    Attributes:
        fans: rule for its fan axes; None where no sum runs over it.
        keras_axes: rule for the axes that Keras itself passes to the initializer, if it does.
        attribute: the layer's attribute that holds its initializer, where that is not
            `<variable>_initializer`.
        hard_coded: the initializer that Keras' code names, as an identifier, where a user cannot
            choose one.
        root_of: the attribute whose initializer's values Keras takes the square root of.
        constant_of: the attribute whose number Keras fills the variable with.
        parts: names of its equal parts.
        fillings: parts that Keras itself may fill.
    """

    fans: FansRule | None = None
    keras_axes: FansRule | None = None
    attribute: str | None = None
    hard_coded: Identifier | None = None
    root_of: str | None = None
    constant_of: str | None = None
    parts: NamedParts | None = None
    fillings: tuple[Filling, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Projections:
    """Sublayers of one class whose initializers all come from one attribute each of this layer.

    Attributes:
        layer: class name of the sublayers.
        attribute: name of the attribute that this layer's config tells, with `{}` for the
            variable.
    """

    layer: str
    attribute: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRow:
    """What is irregular about one class of layers.

    Attributes:
        variables: its irregular variables, by name.
        reads: attributes of the layer that its rules for fans need.
        projections: sublayers that it initializes itself.
        names_sublayers: whether it makes the name of a sublayer out of another layer's,
            auto-generated number included.
    """

    variables: Mapping[str, VariableRow] = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    projections: Projections | None = None
    names_sublayers: bool = False


def _lora(name: str, first: FansRule | None, second: FansRule) -> dict[str, VariableRow]:
    return {
        f"lora_{name}_a": VariableRow(fans=first, hard_coded="he_uniform"),
        f"lora_{name}_b": VariableRow(fans=second, hard_coded="zeros"),
    }


def _cell(gates: tuple[str, ...] = (), fillings: tuple[Filling, ...] = ()) -> LayerRow:
    """A recurrent cell, whose kernels and bias hold a part for each gate."""
    parts = NamedParts(gates) if gates else None
    fans = gated_axes(len(gates) or 1)
    return LayerRow(
        variables={
            "kernel": VariableRow(fans=fans, parts=parts),
            "recurrent_kernel": VariableRow(
                fans=fans, parts=parts, attribute="recurrent_initializer"
            ),
            "bias": VariableRow(parts=parts, fillings=fillings),
        }
    )


_LSTM_GATES = ("input", "forget", "cell", "output")
_UNIT_FORGET_BIAS = Filling("unit_forget_bias", FilledPart("forget", "ones"))

TABLE: Mapping[str, LayerRow] = {
    "Dense": LayerRow(
        variables={
            "kernel": VariableRow(fans=dense_axes),
            **_lora("kernel", ungrouped_axes, ungrouped_axes),
        }
    ),
    "EinsumDense": LayerRow(
        variables={
            "kernel": VariableRow(fans=einsum_axes, keras_axes=keras_einsum_axes),
            **_lora("kernel", einsum_lora_axes, ungrouped_axes),
        },
        reads=("equation",),
    ),
    "Embedding": LayerRow(
        variables={
            "embeddings": VariableRow(fans=embedding_axes),
            **_lora("embeddings", None, ungrouped_axes),
        }
    ),
    "ReversibleEmbedding": LayerRow(
        variables={
            "reverse_embeddings": VariableRow(fans=dense_axes, attribute="embeddings_initializer")
        },
        reads=("tie_weights",),
    ),
    "BaseConv": LayerRow(
        variables={
            "kernel": VariableRow(fans=dense_axes),
            **_lora("kernel", ungrouped_axes, ungrouped_axes),
        },
        reads=("groups",),
    ),
    "BaseConvTranspose": LayerRow(variables={"kernel": VariableRow(fans=transposed_axes)}),
    "BaseDepthwiseConv": LayerRow(
        variables={"kernel": VariableRow(fans=depthwise_axes, attribute="depthwise_initializer")}
    ),
    "BaseSeparableConv": LayerRow(
        variables={
            "depthwise_kernel": VariableRow(fans=depthwise_axes, attribute="depthwise_initializer"),
            "pointwise_kernel": VariableRow(fans=dense_axes, attribute="pointwise_initializer"),
        }
    ),
    "BatchNormalization": LayerRow(
        variables={
            "renorm_mean": VariableRow(attribute="moving_mean_initializer"),
            "moving_stddev": VariableRow(root_of="moving_variance_initializer"),
            "renorm_stddev": VariableRow(root_of="moving_variance_initializer"),
        }
    ),
    "LayerScale": LayerRow(variables={"gamma": VariableRow(constant_of="init_values")}),
    "RMSNormalization": LayerRow(variables={"scale": VariableRow(hard_coded="ones")}),
    "SpectralNormalization": LayerRow(
        variables={
            "vector_u": VariableRow(
                hard_coded={"class_name": "TruncatedNormal", "config": {"stddev": 0.02}}
            )
        }
    ),
    "Attention": LayerRow(
        variables={
            "scale": VariableRow(hard_coded="ones"),
            "concat_score_weight": VariableRow(hard_coded="ones"),
        }
    ),
    "AdditiveAttention": LayerRow(
        variables={"scale": VariableRow(fans=score_axes, hard_coded="glorot_uniform")}
    ),
    # Private: MultiHeadAttention has no public attribute that holds its initializers.
    "MultiHeadAttention": LayerRow(
        projections=Projections(layer="EinsumDense", attribute="_{}_initializer")
    ),
    "GroupedQueryAttention": LayerRow(
        projections=Projections(layer="EinsumDense", attribute="{}_initializer")
    ),
    "SimpleRNNCell": _cell(),
    "LSTMCell": _cell(_LSTM_GATES, (_UNIT_FORGET_BIAS,)),
    "ConvLSTMCell": _cell(_LSTM_GATES, (_UNIT_FORGET_BIAS,)),
    "GRUCell": _cell(("update", "reset", "candidate")),
    "Bidirectional": LayerRow(names_sublayers=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerFacts:
    """What the table needs to know of a layer.

    Attributes:
        classes: names of Keras' own among the layer's class and its bases, the nearest first.
        builtin: whether the class itself is Keras' own, so that what the table lacks has no fans.
        attributes: values of the attributes that `attributes_read` names.
    """

    classes: tuple[str, ...] = ()
    builtin: bool = False
    attributes: Attributes = field(default_factory=dict)


def layer_rows(classes: Sequence[str]) -> Iterator[LayerRow]:
    """The rows of a class and of its bases, the nearest first."""
    return (TABLE[name] for name in classes if name in TABLE)


def variable_row(classes: Sequence[str], variable: str) -> VariableRow | None:
    """The nearest row of a variable, if it has one."""
    rows = (row.variables.get(variable) for row in layer_rows(classes))
    return next((row for row in rows if row), None)


def attributes_read(classes: Sequence[str]) -> tuple[str, ...]:
    """The attributes of a layer that its rules for fans need."""
    return tuple(name for row in layer_rows(classes) for name in row.reads)


def names_sublayers(classes: Sequence[str]) -> bool:
    """Whether a layer makes the name of a sublayer out of another layer's."""
    return any(row.names_sublayers for row in layer_rows(classes))


def projection_attribute(outer: Sequence[str], inner: Sequence[str], variable: str) -> str | None:
    """The attribute of a layer that initializes a variable of a sublayer, if there is one.

    Args:
        outer: class names of the layer.
        inner: class names of the sublayer.
        variable: name of the sublayer's variable.
    """
    for row in layer_rows(outer):
        if row.projections and row.projections.layer in inner:
            return row.projections.attribute.format(variable)
    return None


def find_axes(variable: str, shape: Shape, facts: LayerFacts) -> FanAxes | None:
    """The fan axes of one variable of a layer.

    Args:
        variable: its own name, such as `"kernel"`.
        shape: its shape.
        facts: of the layer that owns it.

    Returns:
        The axes, or None for a variable without fans: anything of rank below 2 unless its layer
        is known to sum over it, and look-up tables. For a layer that is not known, Keras' own
        rule, marked `guessed` where the rank leaves it a choice.
    """
    row = variable_row(facts.classes, variable)
    if row:
        return row.fans(shape, facts.attributes) if row.fans else None
    if len(shape) < 2 or variable == "bias" or facts.builtin:
        return None
    axes = dense_axes(shape)
    return FanAxes(axes.input, axes.output, guessed=len(shape) > 2)


def find_keras_axes(variable: str, shape: Shape, facts: LayerFacts) -> FanAxes | None:
    """The axes that Keras itself passes to a variable's initializer, if it passes any."""
    row = variable_row(facts.classes, variable)
    return row.keras_axes(shape, facts.attributes) if row and row.keras_axes else None
