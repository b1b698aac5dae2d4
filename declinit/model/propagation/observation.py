"""Layers that are looked at while the model runs, and left as they were.

Nothing of a model tells what leaves a layer inside a subclassed model. So every layer's `call` is
wrapped, as an attribute of the instance, for as long as the model runs: `Layer.__call__` looks it
up there, whoever calls the layer.
"""

from __future__ import annotations

import contextlib
import functools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from keras import ops, tree

from declinit.layers.lineage import builtin_names
from declinit.model.addresses import LocatedLayer
from declinit.model.propagation.sizes import is_float, rms, rms_of_all

# Their steps run inside a loop of the backend, where nothing can be taken out.
LOOPS = frozenset({"RNN", "TimeDistributed"})

Tap = Callable[[int, Any], Any]
Level = Callable[[], Any]


@dataclass(slots=True)
class Observed:
    """One output of one call of a layer; sizes are scalars of the backend."""

    located: LocatedLayer
    call: int
    output: int
    shape: tuple[int, ...]
    inputs: Any | None
    forward: Any
    change: Any | None = None


@dataclass(slots=True)
class Observer:
    """Collects what leaves layers.

    Attributes:
        tap: gives each output in another form, through which its gradient can be had.
        level: tells whether the backend traces something inside what it traced at first.
        seen: what was observed, in the order in which layers gave their outputs.
        unseen: layers that ran where nothing can be taken out.
        keeps: whether outputs are kept, to be compared with others.
        kept: the outputs, in the order of `seen`.
    """

    tap: Tap
    level: Level
    seen: list[Observed] = field(default_factory=list)
    unseen: set[str] = field(default_factory=set)
    calls: Counter[int] = field(default_factory=Counter)
    inside_loops: int = 0
    first_level: Any = None
    keeps: bool = False
    kept: list[Any] = field(default_factory=list)

    def begin(self) -> None:
        """Forget what was seen; the model runs anew."""
        self.seen.clear()
        self.kept.clear()
        self.unseen.clear()
        self.calls.clear()
        self.inside_loops = 0
        self.first_level = self.level()

    def run(self, located: LocatedLayer, call: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Call a layer and look at what it gives."""
        if self.inside_loops or self.level() != self.first_level:
            self.unseen.add(located.path)
            return call(*args, **kwargs)
        received = _received(args, kwargs)
        loops = bool(LOOPS & set(builtin_names(type(located.layer))))
        self.inside_loops += loops
        try:
            outputs = call(*args, **kwargs)
        finally:
            self.inside_loops -= loops
        self.calls[id(located.layer)] += 1
        flat = [
            self._observed(located, index, output, received)
            for index, output in enumerate(tree.flatten(outputs))
        ]
        return tree.pack_sequence_as(outputs, flat)

    def _observed(self, located: LocatedLayer, index: int, output: Any, received: list[Any]) -> Any:
        if not is_float(output):
            return output
        observed = Observed(
            located=located,
            call=self.calls[id(located.layer)],
            output=index,
            shape=tuple(map(int, output.shape)),
            inputs=rms_of_all(received),
            forward=rms(output),
            change=_change(output, received),
        )
        self.seen.append(observed)
        if self.keeps:
            self.kept.append(output)
        return _masked_as(output, self.tap(len(self.seen) - 1, output))


def _received(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """The tensors of floats that a layer is called with, without masks and earlier states."""
    named = {key: value for key, value in kwargs.items() if not key.endswith(("mask", "state"))}
    return [value for value in tree.flatten((args, named)) if is_float(value)]


def _change(output: Any, received: list[Any]) -> Any | None:
    """The size of what a layer adds to its one input, if that has the shape of its output."""
    if len(received) != 1 or tuple(received[0].shape) != tuple(output.shape):
        return None
    return rms(ops.stop_gradient(output) - ops.stop_gradient(received[0]))


def _masked_as(output: Any, tapped: Any) -> Any:
    """A tapped output with the mask that the layer has put on it."""
    from keras.src.backend.common.masking import get_keras_mask, set_keras_mask

    mask = get_keras_mask(output)
    if tapped is not output and mask is not None:
        set_keras_mask(tapped, mask)
    return tapped


@contextlib.contextmanager
def observed(layers: list[LocatedLayer], observer: Observer) -> Iterator[None]:
    """Have an observer look at layers for a while; afterwards they are as they were.

    Args:
        layers: to be looked at.
        observer: that sees what they give.
    """
    with contextlib.ExitStack() as restored:
        for located in layers:
            own = vars(located.layer)
            quantized = getattr(located.layer, "quantization_mode", None) is not None
            name = "quantized_call" if quantized else "call"
            before = own.get(name)
            original = getattr(located.layer, name)
            # Past `Layer.__setattr__`, which keeps books of what it is given.
            own[name] = _wrapper(observer, located, original)
            restored.callback(_restore, own, name, before)
        yield


def _wrapper(observer: Observer, located: LocatedLayer, original: Any) -> Callable[..., Any]:
    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        return observer.run(located, original, args, kwargs)

    return call


def _restore(own: dict[str, Any], name: str, before: Any) -> None:
    if before is None:
        del own[name]
    else:
        own[name] = before
