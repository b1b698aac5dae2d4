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
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

Shape = tuple[int, ...]


class Fans(NamedTuple):
    """Numbers of inputs and outputs of one unit."""

    fan_in: int
    fan_out: int


@dataclass(frozen=True, slots=True)
class FanAxes:
    """The axes whose sizes multiply to fan-in and to fan-out, the receptive field in both.

    Attributes:
        input: axes that count inputs.
        output: axes that count outputs.
        divisor: what divides the fan-out: groups of a convolution, or gates fused in a recurrent
            kernel.
        guessed: whether this is Keras' rule applied to a layer that the table does not know.
    """

    input: tuple[int, ...]
    output: tuple[int, ...]
    divisor: int = 1
    guessed: bool = False

    def fans(self, shape: Shape) -> Fans:
        """Fan-in and fan-out of a variable of this shape."""
        fan_in = math.prod(shape[axis] for axis in self.input)
        fan_out = math.prod(shape[axis] for axis in self.output)
        return Fans(fan_in, fan_out // self.divisor)

    def of_part(self, shape: Shape, outputs: range) -> FanAxes:
        """The axes of a part of a variable, as if it were a variable of its own.

        Where several kernels lie side by side, the part divides by those that it has a share of: a
        gate is one kernel, and its fan-out is that of a gate.

        Args:
            shape: of the whole variable.
            outputs: the indices that the part takes along the last output axis.
        """
        if self.divisor == 1 or not outputs:
            return self
        size = max(1, shape[self.output[-1]] // self.divisor)
        shared = outputs[-1] // size - outputs[0] // size + 1
        return replace(self, divisor=min(len(outputs), shared))


# A rule gets a shape, and those attributes of the layer that the layer's row in the table reads.
Attributes = Mapping[str, Any]
FansRule = Callable[[Shape, Attributes], FanAxes | None]


def default_axes(shape: Shape) -> FanAxes:
    """The axes that `keras.initializers` assumes for a shape when none are given."""
    if len(shape) < 2:
        every = tuple(range(len(shape)))
        return FanAxes(every, every)
    return dense_axes(shape)


def keras_fans(shape: Shape) -> Fans:
    """The fans that `keras.initializers` counts when no axes are given."""
    return default_axes(shape).fans(shape)


def dense_axes(shape: Shape, attributes: Attributes | None = None) -> FanAxes:
    """`(*receptive, inputs, outputs)`: Dense, and convolutions with or without groups."""
    groups = attributes.get("groups") if attributes else None
    return _kernels(shape, groups or 1)


def _kernels(shape: Shape, count: int) -> FanAxes:
    """The axes of a number of kernels that lie side by side along the output axis."""
    rank = len(shape)
    receptive = tuple(range(rank - 2))
    return FanAxes((*receptive, rank - 2), (*receptive, rank - 1), divisor=count)


def ungrouped_axes(shape: Shape, attributes: Attributes) -> FanAxes:
    """`(*receptive, inputs, outputs)`, whatever groups the layer's own kernel has."""
    return _kernels(shape, 1)


def transposed_axes(shape: Shape, attributes: Attributes) -> FanAxes:
    """`(*receptive, outputs, inputs)`: transposed convolutions, tied output embeddings."""
    axes = dense_axes(shape)
    return FanAxes(axes.output, axes.input)


def depthwise_axes(shape: Shape, attributes: Attributes) -> FanAxes:
    """`(*receptive, channels, multiplier)`: each channel sees only its own receptive field."""
    receptive = tuple(range(len(shape) - 2))
    return FanAxes(receptive, (*receptive, len(shape) - 1))


def gated_axes(gates: int) -> FansRule:
    """`(*receptive, inputs, gates * units)`: each gate is a kernel of its own."""
    return lambda shape, attributes: _kernels(shape, gates)


def score_axes(shape: Shape, attributes: Attributes) -> FanAxes:
    """A vector that is multiplied and summed away, as AdditiveAttention's `scale`."""
    return FanAxes((0,), ())


def embedding_axes(shape: Shape, attributes: Attributes) -> FanAxes | None:
    """`(tokens, dims)`: a look-up, or the output projection too where it is tied."""
    return transposed_axes(shape, attributes) if attributes.get("tie_weights") else None


def einsum_axes(shape: Shape, attributes: Attributes) -> FanAxes | None:
    """Of the kernel's labels, those not in the output are inputs, those not in the input outputs.

    A label shared by input, kernel and output runs over separate kernels (experts) and counts
    in neither.
    """
    inputs, kernel, outputs = split_equation(attributes["equation"])
    if len(kernel) != len(shape):
        return None
    contracted = tuple(axis for axis, label in enumerate(kernel) if label not in outputs)
    produced = tuple(axis for axis, label in enumerate(kernel) if label not in inputs)
    return FanAxes(contracted, tuple(axis for axis in produced if kernel[axis] in outputs))


def einsum_lora_axes(shape: Shape, attributes: Attributes) -> FanAxes | None:
    """`lora_kernel_a` has the kernel's axes but for the last, which is the rank."""
    _, kernel, outputs = split_equation(attributes["equation"])
    if len(kernel) != len(shape):
        return None
    last = len(shape) - 1
    contracted = tuple(axis for axis in range(last) if kernel[axis] not in outputs)
    return FanAxes(contracted, (last,))


def keras_einsum_axes(shape: Shape, attributes: Attributes) -> FanAxes:
    """The axes that Keras' own EinsumDense passes on: what is not an input is an output."""
    inputs, kernel, outputs = split_equation(attributes["equation"])
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
