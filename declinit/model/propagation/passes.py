"""One pass forward, and one back, on the backend that Keras runs on.

The loss of the backward pass is the sum of the outputs times fixed random numbers of unit RMS, so
that the gradient with respect to each output is of size 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import keras
import numpy as np
from keras import tree

from declinit.model.addresses import LocatedLayer
from declinit.model.propagation.observation import Observed, Observer, observed
from declinit.model.propagation.sizes import is_float, rms
from declinit.seeds import derive_seed


@dataclass(slots=True)
class Passed:
    """What a pass has measured.

    Attributes:
        seen: the outputs of layers, in their order, with sizes as numbers.
        backward: of each, the size of the gradient that came to it; None where none did.
        weights: by `id` of a trainable variable, the size of its gradient.
        unseen: layers that ran where nothing can be taken out.
    """

    seen: list[Observed]
    backward: list[float | None]
    weights: Mapping[int, float] = field(default_factory=dict)
    unseen: frozenset[str] = frozenset()


class Passing(Protocol):
    """Runs a model on one batch after another."""

    def __call__(self, inputs: Any) -> Passed:
        """Pass a batch through the model."""


def passing(model: Any, layers: list[LocatedLayer], *, training: bool) -> Passing:
    """What passes batches through a model.

    Args:
        model: a built Keras model or layer.
        layers: of it, to be looked at.
        training: whether layers run as in training.
    """
    backend = keras.backend.backend()
    kind = _BACKENDS.get(backend, _Forward)
    return kind(model, layers, training)


class _Forward:
    """Forward alone, for backends without gradients."""

    def __init__(self, model: Any, layers: list[LocatedLayer], training: bool) -> None:
        self.model = model
        self.layers = layers
        self.training = training
        self.observer = Observer(tap=self.tap, level=self.level)

    def tap(self, index: int, output: Any) -> Any:
        return output

    def level(self) -> Any:
        return None

    def run(self, inputs: Any) -> list[Any]:
        """The outputs that are floats."""
        self.observer.begin()
        with observed(self.layers, self.observer):
            outputs = self.model(inputs, training=self.training)
        return [output for output in tree.flatten(outputs) if is_float(output)]

    def __call__(self, inputs: Any) -> Passed:
        self.run(tree.map_structure(keras.ops.convert_to_tensor, inputs))
        return self.passed([None] * len(self.observer.seen), {})

    def passed(self, backward: Sequence[Any], weights: Mapping[int, Any]) -> Passed:
        """What was measured, as numbers."""
        seen = [_as_numbers(one) for one in self.observer.seen]
        sizes = {
            key: size for key, value in weights.items() if (size := _number(value)) is not None
        }
        unseen = frozenset(self.observer.unseen)
        return Passed(seen, [_number(value) for value in backward], sizes, unseen)


class _Torch(_Forward):
    """Backward by autograd: each output is a new view, whose gradient is asked for."""

    def __init__(self, model: Any, layers: list[LocatedLayer], training: bool) -> None:
        super().__init__(model, layers, training)
        self.tapped: list[Any] = []

    def tap(self, index: int, output: Any) -> Any:
        new = output.view_as(output) if output.requires_grad else output.detach().requires_grad_()
        self.tapped.append(new)
        return new

    def __call__(self, inputs: Any) -> Passed:
        import torch

        self.tapped.clear()
        variables = self.model.trainable_variables
        with torch.enable_grad():
            outputs = self.run(tree.map_structure(keras.ops.convert_to_tensor, inputs))
            loss = sum((out * _like(out, one)).sum() for out, one in _with_cotangents(outputs))
            sources = [*self.tapped, *(variable.value for variable in variables)]
            found = torch.autograd.grad(loss, sources, allow_unused=True)
        sizes = [None if one is None else rms(one.detach()) for one in found]
        self.tapped.clear()
        count = len(self.observer.seen)
        return self.passed(sizes[:count], _by_id(variables, sizes[count:]))


class _TensorFlow(_Forward):
    """Backward by a tape that watches each output."""

    def __init__(self, model: Any, layers: list[LocatedLayer], training: bool) -> None:
        super().__init__(model, layers, training)
        self.tapped: list[Any] = []
        self.tape: Any = None

    def tap(self, index: int, output: Any) -> Any:
        import tensorflow as tf

        new = tf.identity(output)
        self.tape.watch(new)
        self.tapped.append(new)
        return new

    def __call__(self, inputs: Any) -> Passed:
        import tensorflow as tf

        self.tapped.clear()
        variables = self.model.trainable_variables
        with tf.GradientTape() as self.tape:
            outputs = self.run(tree.map_structure(keras.ops.convert_to_tensor, inputs))
            loss = sum(
                tf.reduce_sum(out * _like(out, one)) for out, one in _with_cotangents(outputs)
            )
        sources = [*self.tapped, *(variable.value for variable in variables)]
        found = self.tape.gradient(loss, sources)
        sizes = [None if one is None else rms(tf.convert_to_tensor(one)) for one in found]
        self.tapped.clear()
        count = len(self.observer.seen)
        return self.passed(sizes[:count], _by_id(variables, sizes[count:]))


class _Jax(_Forward):
    """Backward by one compiled function, in which the model leaves no trace.

    An output's gradient is had through a second argument of an identity, whose own gradient is
    said to be the size of the gradient that passed: a number in place of a tensor.
    """

    def __init__(self, model: Any, layers: list[LocatedLayer], training: bool) -> None:
        super().__init__(model, layers, training)
        self.taps: Any = None
        self.measured: Any = None

    def tap(self, index: int, output: Any) -> Any:
        return output if self.taps is None else _jax_tap()(output, self.taps[index])

    def level(self) -> Any:
        return _jax_level()

    def __call__(self, inputs: Any) -> Passed:
        import jax

        inputs = tree.map_structure(keras.ops.convert_to_tensor, inputs)
        variables = [*self.model.trainable_variables, *self.model.non_trainable_variables]
        values = [variable.value for variable in variables]
        count = len(self.model.trainable_variables)
        trained, state = values[:count], values[count:]
        if self.measured is None:
            self.taps = None
            shapes = jax.eval_shape(self.outputs, trained, state, inputs)
            self.size, self.shapes = len(self.observer.seen), shapes
            self.measured = jax.jit(self.measure)
        cotangents = [one for _, one in _with_cotangents(self.shapes)]
        taps = np.zeros(self.size, np.float32)
        sizes, backward, weights = self.measured(trained, taps, state, inputs, cotangents)
        for one, (received, forward, change) in zip(self.observer.seen, sizes, strict=True):
            one.inputs, one.forward, one.change = received, forward, change
        sized = zip(variables[:count], weights, strict=True)
        return self.passed(list(np.asarray(backward)), {id(one): size for one, size in sized})

    def outputs(self, trained: Any, state: Any, inputs: Any) -> list[Any]:
        """The outputs that are floats, of a model that has these values."""
        variables = [*self.model.trainable_variables, *self.model.non_trainable_variables]
        mapping = zip(variables, [*trained, *state], strict=True)
        with keras.StatelessScope(state_mapping=list(mapping)):
            return self.run(inputs)

    def measure(self, trained: Any, taps: Any, state: Any, inputs: Any, cotangents: Any) -> Any:
        """Sizes forward, sizes back, and sizes of the gradients of weights."""
        import jax

        def loss(trained: Any, taps: Any) -> Any:
            self.taps = taps
            outputs = self.outputs(trained, state, inputs)
            pairs = zip(outputs, cotangents, strict=True)
            total = sum((out * one.astype(out.dtype)).sum() for out, one in pairs)
            return total, [(one.inputs, one.forward, one.change) for one in self.observer.seen]

        grad = jax.grad(loss, argnums=(0, 1), has_aux=True)
        (by_weight, backward), sizes = grad(trained, taps)
        self.taps = None
        return sizes, backward, [rms(one) if is_float(one) else None for one in by_weight]


def _jax_tap() -> Callable[[Any, Any], Any]:
    import jax

    def identity(output: Any, tap: Any) -> Any:
        return output

    def forward(output: Any, tap: Any) -> tuple[Any, None]:
        return output, None

    def backward(_: None, gradient: Any) -> tuple[Any, Any]:
        return gradient, rms(gradient)

    tapped: Any = jax.custom_vjp(identity)
    tapped.defvjp(forward, backward)
    return tapped  # type: ignore[no-any-return]


def _jax_level() -> Any:
    """What JAX traces now: inside a loop or a checkpoint it is something else than around it."""
    try:
        from jax._src.core import get_opaque_trace_state
    except ImportError:  # there is no public way to ask
        return None
    return get_opaque_trace_state(convention="flax")


def _with_cotangents(outputs: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Each output with fixed random numbers of unit RMS, the same on every backend."""
    paired = []
    for index, output in enumerate(outputs):
        generator = np.random.default_rng(derive_seed(0, f"output {index}"))
        drawn = generator.standard_normal(tuple(output.shape), np.float32)
        paired.append((output, drawn / np.sqrt(np.mean(np.square(drawn)))))
    return paired


def _like(output: Any, values: Any) -> Any:
    return keras.ops.cast(keras.ops.convert_to_tensor(values), output.dtype)


def _by_id(variables: Sequence[Any], sizes: Sequence[Any]) -> dict[int, Any]:
    return {id(one): size for one, size in zip(variables, sizes, strict=True)}


def _as_numbers(one: Observed) -> Observed:
    sizes = [_number(value) for value in (one.inputs, one.forward, one.change)]
    return Observed(one.located, one.call, one.output, one.shape, *sizes)


def _number(value: Any) -> float | None:
    return None if value is None else float(keras.ops.convert_to_numpy(value))


_BACKENDS: Mapping[str, Callable[..., Passing]] = {
    "jax": _Jax,
    "torch": _Torch,
    "tensorflow": _TensorFlow,
}
