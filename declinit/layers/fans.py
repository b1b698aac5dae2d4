"""Fan-in and fan-out by layer: which axes of a kernel count inputs, and which count outputs.

Keras guesses fans from a shape alone, which is wrong for most layers that are not Dense or a
plain convolution. Here they come from what the layer does with the variable. A variable that no
sum runs over (a bias, a look-up table) has no fans at all.

References:
    - [He et al., 2015](https://arxiv.org/abs/1502.01852), section 2.2
    - [Glorot & Bengio, 2010](https://proceedings.mlr.press/v9/glorot10a.html)
    - `keras.initializers.VarianceScaling` for the meaning of `input_axes` and `output_axes`
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Shape = tuple[int, ...]


class Fans(NamedTuple):
    """Numbers of inputs and outputs of one unit."""

    fan_in: int
    fan_out: int


@dataclass(frozen=True, slots=True)
class FanAxes:
    """The axes whose sizes multiply to fan-in and to fan-out, the receptive field in both.

    `parts` divides the fan-out: groups of a convolution, or gates fused in a recurrent kernel.
    `guessed` marks Keras' rule applied to a layer that this module does not know.
    """

    input: tuple[int, ...]
    output: tuple[int, ...]
    parts: int = 1
    guessed: bool = False

    def fans(self, shape: Shape) -> Fans:
        """Fan-in and fan-out of a variable of this shape."""
        fan_in = math.prod(shape[axis] for axis in self.input)
        fan_out = math.prod(shape[axis] for axis in self.output)
        return Fans(fan_in, fan_out // self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerFacts:
    """What fans depend on besides a variable's name and shape.

    Args:
        classes: names of the owning layer's class and its bases, the class itself first.
        builtin: whether the class is Keras' own, so that what the table lacks has no fans.
        equation: the equation of an EinsumDense, or None.
        groups: groups of a convolution.
        tied: whether a ReversibleEmbedding uses one matrix both ways.
    """

    classes: tuple[str, ...] = ()
    builtin: bool = False
    equation: str | None = None
    groups: int = 1
    tied: bool = False


AxesRule = Callable[[Shape, LayerFacts], FanAxes | None]


def default_axes(shape: Shape) -> FanAxes:
    """What `keras.initializers` assumes of a shape when it is told no axes."""
    if len(shape) < 2:
        every = tuple(range(len(shape)))
        return FanAxes(every, every)
    return dense_axes(shape)


def keras_fans(shape: Shape) -> Fans:
    """The fans that `keras.initializers` counts in a bare shape."""
    return default_axes(shape).fans(shape)


def dense_axes(shape: Shape, facts: LayerFacts | None = None, *, parts: int = 1) -> FanAxes:
    """`(*receptive, inputs, outputs)`: Dense and convolutions."""
    rank = len(shape)
    receptive = tuple(range(rank - 2))
    parts *= facts.groups if facts else 1
    return FanAxes((*receptive, rank - 2), (*receptive, rank - 1), parts)


def _plain(shape: Shape, _facts: LayerFacts) -> FanAxes:
    return dense_axes(shape)


def transposed_axes(shape: Shape, facts: LayerFacts) -> FanAxes:
    """`(*receptive, outputs, inputs)`: transposed convolutions, tied output embeddings."""
    axes = dense_axes(shape, facts)
    return FanAxes(axes.output, axes.input)


def depthwise_axes(shape: Shape, facts: LayerFacts) -> FanAxes:
    """`(*receptive, channels, multiplier)`: each channel sees only its own receptive field."""
    receptive = tuple(range(len(shape) - 2))
    return FanAxes(receptive, (*receptive, len(shape) - 1))


def gated_axes(gates: int) -> AxesRule:
    """`(..., inputs, gates * units)`: each gate is a kernel of its own."""
    return lambda shape, facts: dense_axes(shape, parts=gates)


def score_axes(shape: Shape, facts: LayerFacts) -> FanAxes:
    """A vector that is multiplied and summed away, as AdditiveAttention's `scale`."""
    return FanAxes((0,), ())


def embedding_axes(shape: Shape, facts: LayerFacts) -> FanAxes | None:
    """`(tokens, dims)`: a look-up, or the output projection too where it is tied."""
    return transposed_axes(shape, facts) if facts.tied else None


def einsum_axes(shape: Shape, facts: LayerFacts) -> FanAxes | None:
    """Of the kernel's labels, those not in the output are inputs, those not in the input outputs.

    A label shared by input, kernel and output runs over separate kernels (experts) and counts
    in neither.
    """
    inputs, kernel, outputs = split_equation(facts.equation or "")
    if len(kernel) != len(shape):
        return None
    contracted = tuple(axis for axis, label in enumerate(kernel) if label not in outputs)
    produced = tuple(axis for axis, label in enumerate(kernel) if label not in inputs)
    return FanAxes(contracted, tuple(axis for axis in produced if kernel[axis] in outputs))


def einsum_lora_axes(shape: Shape, facts: LayerFacts) -> FanAxes | None:
    """`lora_kernel_a` has the kernel's axes but for the last, which is the rank."""
    _, kernel, outputs = split_equation(facts.equation or "")
    if len(kernel) != len(shape):
        return None
    last = len(shape) - 1
    contracted = tuple(axis for axis in range(last) if kernel[axis] not in outputs)
    return FanAxes(contracted, (last,))


def keras_einsum_axes(equation: str) -> FanAxes:
    """The axes that Keras' own EinsumDense passes on: what is not an input is an output."""
    inputs, kernel, outputs = split_equation(equation)
    contracted = [
        axis for axis, label in enumerate(kernel) if label in inputs and label not in outputs
    ]
    rest = [axis for axis, label in enumerate(kernel) if label in outputs]
    return FanAxes(tuple(contracted), tuple(rest))


def split_equation(equation: str) -> tuple[str, str, str]:
    """Input, kernel and output labels of an einsum equation such as `"...ab,bc->...ac"`."""
    left, _, outputs = equation.replace("...", "").replace(" ", "").partition("->")
    inputs, _, kernel = left.partition(",")
    return inputs, kernel, outputs


# (layer class, variable name) -> rule; looked up along the bases of the owning layer's class.
AXES: Mapping[tuple[str, str], AxesRule] = {
    ("Dense", "kernel"): dense_axes,
    ("BaseConv", "kernel"): dense_axes,
    ("BaseConvTranspose", "kernel"): transposed_axes,
    ("BaseDepthwiseConv", "kernel"): depthwise_axes,
    ("BaseSeparableConv", "depthwise_kernel"): depthwise_axes,
    ("BaseSeparableConv", "pointwise_kernel"): dense_axes,
    ("EinsumDense", "kernel"): einsum_axes,
    ("EinsumDense", "lora_kernel_a"): einsum_lora_axes,
    ("Embedding", "embeddings"): embedding_axes,
    ("Embedding", "lora_embeddings_a"): lambda shape, facts: None,
    ("ReversibleEmbedding", "reverse_embeddings"): dense_axes,
    ("Embedding", "lora_embeddings_b"): dense_axes,
    **{(layer, f"lora_kernel_{side}"): _plain for layer in ("Dense", "BaseConv") for side in "ab"},
    ("EinsumDense", "lora_kernel_b"): _plain,
    ("AdditiveAttention", "scale"): score_axes,
    **{
        (cell, name): gated_axes(gates)
        for cell, gates in (
            ("SimpleRNNCell", 1),
            ("LSTMCell", 4),
            ("GRUCell", 3),
            ("ConvLSTMCell", 4),
        )
        for name in ("kernel", "recurrent_kernel")
    },
}


def find_axes(name: str, shape: Sequence[int], facts: LayerFacts) -> FanAxes | None:
    """The fan axes of one variable of a layer.

    Args:
        name: the variable's own name, such as `"kernel"`.
        shape: its shape.
        facts: of the layer that owns it.

    Returns:
        The axes, or None for a variable without fans: anything of rank below 2 unless its layer
        is known to sum over it, and look-up tables. For a layer that is not known, Keras' own
        rule, marked `guessed` where the rank leaves it a choice.
    """
    shape = tuple(shape)
    for layer_class in facts.classes:
        rule = AXES.get((layer_class, name))
        if rule:
            return rule(shape, facts)
    if len(shape) < 2 or name == "bias" or facts.builtin:
        return None
    axes = dense_axes(shape)
    return FanAxes(axes.input, axes.output, guessed=len(shape) > 2)
