"""One pass forward, and one back, on the backend that Keras runs on.

The loss of the backward pass is the sum of the outputs times fixed random numbers of unit RMS, so
that the gradient with respect to each output is of size 1.

A step of training, where one is asked for, moves each weight by the learning rate against the sign
of its gradient, which is the first step of Adam.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import keras
import numpy as np
from keras import tree

from declinit.model.addresses import LocatedLayer
from declinit.model.propagation.drawing import preserved
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
        update: of each output, the size of its change by one step; None where none was made.
        unseen: layers that ran where nothing can be taken out.
    """

    seen: list[Observed]
    backward: list[float | None]
    weights: Mapping[int, float] = field(default_factory=dict)
    update: list[float | None] = field(default_factory=list)
    unseen: frozenset[str] = frozenset()


class Passing(Protocol):
    """Runs a model on one batch after another."""

    def __call__(self, inputs: Any) -> Passed:
        """Pass a batch through the model."""


def passing(
    model: Any, layers: list[LocatedLayer], *, training: bool, step: float | None = None
) -> Passing:
    """What passes batches through a model.

    Args:
        model: a built Keras model or layer.
        layers: of it, to be looked at.
        training: whether layers run as in training.
        step: the learning rate of a step to make; None for none.
    """
    backend = keras.backend.backend()
    kind = _BACKENDS.get(backend, _Forward)
    return kind(model, layers, training, step)


class _Forward:
    """Forward alone, for backends without gradients."""

    def __init__(
        self, model: Any, layers: list[LocatedLayer], training: bool, step: float | None
    ) -> None:
        self.model = model
        self.layers = layers
        self.training = training
        self.step = step
        self.observer = Observer(tap=self.tap, level=self.level, keeps=step is not None)

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
        seen = [_as_numbers(one) for one in self.observer.seen]
        return self.passed(seen, [None] * len(seen), {}, None)

    def passed(
        self,
        seen: list[Observed],
        backward: Sequence[Any],
        weights: Mapping[int, Any],
        update: Sequence[Any] | None,
    ) -> Passed:
        """What was measured, as numbers."""
        sizes = {
            key: size for key, value in weights.items() if (size := _number(value)) is not None
        }
        changes = [None] * len(seen) if update is None else update
        return Passed(
            seen=seen,
            backward=[_number(value) for value in backward],
            weights=sizes,
            update=[_number(value) for value in changes],
            unseen=frozenset(self.observer.unseen),
        )


class _Eager(_Forward):
    """Backward by the backend's own record of what it computed; variables are written to."""

    def __init__(
        self, model: Any, layers: list[LocatedLayer], training: bool, step: float | None
    ) -> None:
        super().__init__(model, layers, training, step)
        self.tapped: list[Any] | None = None

    def tap(self, index: int, output: Any) -> Any:
        if self.tapped is None:
            return output
        self.tapped.append(self.new(output))
        return self.tapped[-1]

    def new(self, output: Any) -> Any:
        """An output as another tensor, whose gradient can be had."""
        raise NotImplementedError

    def gradients(self, inputs: Any) -> list[Any]:
        """The gradients with respect to each output, and behind them to each weight."""
        raise NotImplementedError

    def __call__(self, inputs: Any) -> Passed:
        variables = self.model.trainable_variables
        tensors = tree.map_structure(keras.ops.convert_to_tensor, inputs)
        self.tapped = []
        try:
            with preserved([], self.model.non_trainable_variables):
                found = self.gradients(tensors)
        finally:
            self.tapped = None
        seen = [_as_numbers(one) for one in self.observer.seen]
        update = self.update(tensors, variables, found[len(seen) :])
        sizes = [None if one is None else rms(one) for one in found]
        return self.passed(seen, sizes[: len(seen)], _by_id(variables, sizes[len(seen) :]), update)

    def update(
        self, inputs: Any, variables: Sequence[Any], gradients: Sequence[Any]
    ) -> list[Any] | None:
        """The size of the change of each output by a step, which is then taken back."""
        if self.step is None:
            return None
        before = list(self.observer.kept)
        with preserved([], self.model.variables):
            for variable, gradient in zip(variables, gradients, strict=True):
                if gradient is not None:
                    variable.assign(_stepped(variable.value, gradient, self.step))
            self.run(inputs)
        return _changes(before, self.observer.kept)


class _Torch(_Eager):
    """Backward by autograd: each output is a new view, whose gradient is asked for."""

    def new(self, output: Any) -> Any:
        return output.view_as(output) if output.requires_grad else output.detach().requires_grad_()

    def run(self, inputs: Any) -> list[Any]:
        """As on other backends, but dropout draws from a generator of torch's own."""
        import torch

        devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(0)
            return super().run(inputs)

    def gradients(self, inputs: Any) -> list[Any]:
        import torch

        with torch.enable_grad():
            outputs = self.run(inputs)
            loss = sum((out * _like(out, one)).sum() for out, one in _with_cotangents(outputs))
            weights = [variable.value for variable in self.model.trainable_variables]
            sources = [*(self.tapped or ()), *weights]
            found = torch.autograd.grad(loss, sources, allow_unused=True)
        self.observer.kept = [one.detach() for one in self.observer.kept]
        return [None if one is None else one.detach() for one in found]

    def update(
        self, inputs: Any, variables: Sequence[Any], gradients: Sequence[Any]
    ) -> list[Any] | None:
        import torch

        with torch.no_grad():
            return super().update(inputs, variables, gradients)


class _TensorFlow(_Eager):
    """Backward by a tape that watches each output."""

    tape: Any = None

    def new(self, output: Any) -> Any:
        import tensorflow as tf

        watched = tf.identity(output)
        self.tape.watch(watched)
        return watched

    def gradients(self, inputs: Any) -> list[Any]:
        import tensorflow as tf

        with tf.GradientTape() as self.tape:
            outputs = self.run(inputs)
            pairs = _with_cotangents(outputs)
            loss = sum(tf.reduce_sum(out * _like(out, one)) for out, one in pairs)
        weights = [variable.value for variable in self.model.trainable_variables]
        found = self.tape.gradient(loss, [*(self.tapped or ()), *weights])
        # Gradients of embeddings come as slices.
        return [None if one is None else tf.convert_to_tensor(one) for one in found]


class _Jax(_Forward):
    """Backward by a function of the values of variables, in which the model leaves no trace.

    It is not compiled as a whole: that would take longer than running it for a few seeds.
    An output's gradient is had through a second argument of an identity, whose own gradient is
    said to be the size of the gradient that passed: a number in place of a tensor.
    """

    def __init__(
        self, model: Any, layers: list[LocatedLayer], training: bool, step: float | None
    ) -> None:
        super().__init__(model, layers, training, step)
        self.taps: Any = None
        self.size = 0
        self.shapes: Any = None

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
        if self.shapes is None:
            shapes = jax.eval_shape(self.outputs, trained, state, inputs)
            self.size, self.shapes = len(self.observer.seen), shapes
        cotangents = [one for _, one in _with_cotangents(self.shapes)]
        taps = np.zeros(self.size, np.float32)
        measured = self.measure(trained, taps, state, inputs, cotangents)
        sizes, backward, weights, update = measured
        seen = []
        for one, (received, forward, change) in zip(self.observer.seen, sizes, strict=True):
            one.inputs, one.forward, one.change = received, forward, change
            seen.append(_as_numbers(one))
        by_id = _by_id(variables[:count], weights)
        return self.passed(seen, list(np.asarray(backward)), by_id, update)

    def outputs(self, trained: Any, state: Any, inputs: Any) -> list[Any]:
        """The outputs that are floats, of a model that has these values."""
        variables = [*self.model.trainable_variables, *self.model.non_trainable_variables]
        mapping = zip(variables, [*trained, *state], strict=True)
        with keras.StatelessScope(state_mapping=list(mapping)):
            return self.run(inputs)

    def measure(self, trained: Any, taps: Any, state: Any, inputs: Any, cotangents: Any) -> Any:
        """Sizes forward, sizes back, those of the gradients of weights, and those of changes."""
        import jax

        def loss(trained: Any, taps: Any) -> Any:
            self.taps = taps
            outputs = self.outputs(trained, state, inputs)
            self.taps = None
            pairs = zip(outputs, cotangents, strict=True)
            total = sum((out * one.astype(out.dtype)).sum() for out, one in pairs)
            sizes = [(one.inputs, one.forward, one.change) for one in self.observer.seen]
            return total, (sizes, list(self.observer.kept))

        grad = jax.grad(loss, argnums=(0, 1), has_aux=True)
        (by_weight, backward), (sizes, kept) = grad(trained, taps)
        weights = [rms(one) if is_float(one) else None for one in by_weight]
        return sizes, backward, weights, self.update(trained, by_weight, state, inputs, kept)

    def update(self, trained: Any, gradients: Any, state: Any, inputs: Any, kept: Any) -> Any:
        """The size of the change of each output by a step."""
        if self.step is None:
            return None
        pairs = zip(trained, gradients, strict=True)
        self.outputs([_stepped(one, back, self.step) for one, back in pairs], state, inputs)
        return _changes(kept, self.observer.kept)


@functools.cache
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


def _stepped(value: Any, gradient: Any, rate: float) -> Any:
    """A weight after the first step of Adam."""
    return value - keras.ops.cast(rate * keras.ops.sign(gradient), value.dtype)


def _changes(before: Sequence[Any], after: Sequence[Any]) -> list[Any]:
    return [rms(new - old) for old, new in zip(before, after, strict=True)]


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
