"""Building a model with each weight initialized once, by the policy.

Keras draws a value for every weight while a model is built, which a policy then throws away. Inside
`keras.StatelessScope` variables are made without values, and each runs its initializer when the
scope ends; by then the policy's initializer has taken the place of the layer's.

Keras' NumPy backend copies what an initializer returns. A large variable of it is given a view of
one number, which Keras copies into memory of its own, and that memory is filled after the scope.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import keras
import numpy as np

from declinit.audits.audit import Audit
from declinit.audits.background import BackgroundMeter, PendingMeasure
from declinit.audits.measures import Meter
from declinit.audits.pieces import whole
from declinit.errors import ApplyError, DeclinitError, expect_arguments
from declinit.initializers.hosts import HostValues, on_host
from declinit.initializers.portable import float_dtype
from declinit.initializers.sharding import laid_out, tensor_of, to_tensor
from declinit.model.agreement import words_of_audit, words_of_plan
from declinit.model.application import apply, in_order, initialize
from declinit.model.arguments import BUILD_FUNCTION, MODEL, SOURCE
from declinit.model.calling import call_checked, repeats
from declinit.model.copied import CopiedValues
from declinit.model.gathering import add_held, measures_of
from declinit.model.loaded import opened
from declinit.model.processes import ProcessesError, meet, together
from declinit.model.progress import SHOWN, progress_bar
from declinit.model.recording import audit_of, compared_with
from declinit.model.sources import (
    Base,
    Read,
    Source,
    as_plan,
    expect_base,
    read_source,
)
from declinit.model.survey import variables_of
from declinit.model.targets import Target, failure, matched
from declinit.model.tensors import (
    SMALL,
    Array,
    dtype_of,
    fill_memory,
    numpy_dtype,
    own_memory,
    shape_of,
)
from declinit.plans.inventory import FLOATS
from declinit.plans.plan import Plan
from declinit.policy.extending import FILES
from declinit.policy.overrides import Checkpoints
from declinit.random import aligned_empty

Built = TypeVar("Built", bound=keras.Layer)


def build(
    build_fn: Callable[[], Built],
    source: Source,
    *,
    checkpoints: Checkpoints | None = None,
    base: Base = None,
    progress: bool | None = None,
) -> tuple[Built, Audit]:
    """Build a model and initialize each of its weights once.

    Args:
        build_fn: makes and returns a built Keras model; it should not compile it. Where the model
            cannot be made without values it is called a second time, the usual way.
        source: anything `declinit.apply` takes.
        checkpoints: as `declinit.apply`.
        base: as `declinit.apply`.
        progress: whether to show a bar, by tqdm; by default in notebooks, once the work takes some
            seconds.

    Returns:
        The model, of the class that `build_fn` says it makes, and its audit; the audit's `notes`
        say where the model was built the usual way and then initialized, and why.

    Raises:
        ArgumentError, SpecError, ResolveError, ApplyError: as `declinit.apply`.

    Example:
        >>> built, audit = declinit.build(small_model, "policy.yaml")
        >>> built.name, audit["head/kernel"].origin
        ('small', 'drawn')
    """
    return _build(build_fn, source, _Choices(checkpoints, base, progress))


@dataclass(frozen=True, slots=True)
class _Choices:
    """What `build` was told beside a function and a source."""

    checkpoints: Checkpoints | None
    base: Base
    progress: bool | None


def _words_of_built(built: tuple[Any, Audit]) -> str:
    return words_of_audit(built[1])


# Apart from `build`, since a decorator makes type checkers forget what a function is generic in.
@together("building", _words_of_built)
def _build(build_fn: Callable[[], Any], source: Source, choices: _Choices) -> tuple[Any, Audit]:
    _expect(build_fn, source, choices)
    given = read_source(source, choices.checkpoints, choices.base)
    with contextlib.ExitStack() as held:
        try:
            model, plan, once = _build_once(build_fn, given, choices, held)
        except _CannotDefer as reason:
            return _build_usually(build_fn, given, choices, reason)
        measures = measures_of([(one.target.found.variable, one.meter()) for one in once])
        audit = audit_of(plan, model, [one.target for one in once], measures)
    return model, compared_with(given, audit)


def _expect(build_fn: object, source: Source, choices: _Choices) -> None:
    """Refuse arguments of another kind, which all processes hear of."""
    expect_arguments("declinit.build", build_fn=(build_fn, BUILD_FUNCTION), source=(source, SOURCE))
    expect_arguments(
        "declinit.build",
        checkpoints=(choices.checkpoints or {}, FILES),
        progress=(choices.progress, SHOWN),
    )
    expect_base("declinit.build", source, choices.base)


def _build_usually(
    build_fn: Callable[[], Any], given: Read, choices: _Choices, reason: Exception
) -> tuple[Any, Audit]:
    model = build_fn()
    expect_arguments("declinit.build", **{"build_fn()": (model, MODEL)})
    audit = apply(given, model, checkpoints=choices.checkpoints, progress=choices.progress)
    note = f"built the usual way, then initialized: {reason}"
    return model, replace(audit, notes=(note, *audit.notes))


def _words_of_prepared(prepared: tuple[Any, Plan, list[_Once]]) -> str:
    return words_of_plan(prepared[1])


class _CannotDefer(Exception):  # noqa: N818
    """Why a model cannot be made without values."""


def _build_once(
    build_fn: Callable[[], Any],
    source: Read,
    choices: _Choices,
    held: contextlib.ExitStack,
) -> tuple[Any, Plan, list[_Once]]:
    try:
        model, plan, once = _prepared(build_fn, source, choices, held)
    finally:
        _make_values()
    for one in once:
        one.fill_what_waits()
        one.require_done()
    waiting = {one.target.assignment.path: one for one in once}
    for target in in_order([one.target for one in once]):
        waiting[target.assignment.path].copy()
    meet("measuring what was built")
    return model, plan, once


@together("planning a build", _words_of_prepared)
def _prepared(
    build_fn: Callable[[], Any],
    source: Read,
    choices: _Choices,
    held: contextlib.ExitStack,
) -> tuple[Any, Plan, list[_Once]]:
    """A model without values, whose variables will run the policy's initializers."""
    with keras.StatelessScope(initialize_variables=False) as scope:
        model = _built(build_fn)
    _require_deferred(model, scope)
    found = variables_of(model)
    plan = as_plan(source, found)
    loaded = held.enter_context(opened(plan, choices.checkpoints))
    targets = matched(plan, found, loaded)
    sizes = (math.prod(shape_of(target.found.variable)) for target in targets)
    background = BackgroundMeter(
        held.enter_context(progress_bar("building", sizes, choices.progress))
    )
    once = [_Once(target, background) for target in targets]
    for one in once:
        one.take_place()
    return model, plan, once


def _make_values() -> None:
    """Have every variable that still waits run its initializer, those of a failed build too.

    Keras would otherwise run them with the next model's.
    """
    with keras.StatelessScope():
        pass


def _built(build_fn: Callable[[], Any]) -> Any:
    try:
        return build_fn()
    except DeclinitError:
        raise
    except Exception as error:
        raise _CannotDefer(f"{type(error).__name__}: {error}") from error


def _require_deferred(model: Any, scope: Any) -> None:
    """Refuse what would silently go wrong when the scope ends."""
    if not isinstance(model, keras.Layer) or not model.weights:
        raise _CannotDefer("it has no weights until it is called")
    for variable in model.weights:
        if keras.backend.standardize_dtype(variable.dtype) not in FLOATS:
            raise _CannotDefer(f"{variable.path} is a {variable.dtype}, made from other weights")
        if scope.get_current_value(variable) is not None:
            raise _CannotDefer(f"{variable.path} is assigned while the model is built")
        if variable._initializer is None:
            raise _CannotDefer(f"{variable.path} has a value already")


def _copies_what_it_gets() -> bool:
    """Whether the backend's variables copy the values that an initializer returns."""
    name: str = keras.backend.backend()
    return name == "numpy"


@dataclass(slots=True)
class _Once:
    """Stands in for a variable's initializer, and measures the values that pass through."""

    target: Target
    background: BackgroundMeter
    pending: PendingMeasure | None = None
    host: HostValues | None = None
    seed: int = 0
    waits: bool = False
    failure: Exception | None = None

    def take_place(self) -> None:
        """Have the variable run this when its value is made."""
        if isinstance(self.target.initializer, CopiedValues):
            # Its values are there once all variables have been made.
            self.target.found.variable._initializer = keras.initializers.Zeros()
        elif self.target.initializer is not None:
            # Keras has no public way to change the initializer of a variable without value.
            self.target.found.variable._initializer = self

    def __call__(self, shape: Any, dtype: Any = None, layout: Any = None) -> Any:
        shape = tuple(int(size) for size in shape)
        try:
            value = self._value(shape, dtype, layout)
        except Exception as error:
            # Kept for later: Keras would be left with the variables that still wait.
            self.failure = error
            value = keras.ops.zeros(shape, dtype)
        done = layout is None or (self.host is not None and self.failure is None)
        return value if done else laid_out(value, layout)

    def _value(self, shape: tuple[int, ...], dtype: Any, layout: Any) -> Any:
        initializer = self.target.initializer
        name = float_dtype(initializer, dtype)
        self.host = on_host(initializer, name)
        if not self.host:
            value = call_checked(initializer, shape, dtype)
            self.target.repeats = repeats(initializer, shape, dtype, value)
            return value
        self.seed = self.host.call_seed()
        # JAX without x64 makes float32 of a float64 variable, whose digest is of its own dtype.
        if layout is not None or name != keras.backend.standardize_dtype(dtype):
            return to_tensor(self.host, shape, name, layout, seed=self.seed)
        if _copies_what_it_gets() and math.prod(shape) > SMALL:
            self.waits = True
            return np.broadcast_to(np.zeros((), numpy_dtype(name)), shape)
        values = aligned_empty(shape, numpy_dtype(name))
        self._fill(values, self.host)
        return tensor_of(values)

    def fill_what_waits(self) -> None:
        """Make the values of a variable whose memory Keras has made meanwhile."""
        if not (self.waits and self.host):
            return
        variable = self.target.found.variable
        memory = own_memory(variable)
        values = (
            np.empty(shape_of(variable), numpy_dtype(dtype_of(variable)))
            if memory is None
            else memory
        )
        try:
            self._fill(values, self.host)
        except Exception as error:
            self.failure = error
        if memory is None:
            variable.assign(values)

    def require_done(self) -> None:
        """Raise what went wrong while the value was made."""
        if self.failure:
            raise ApplyError(failure(self.target.assignment, self.failure)) from self.failure

    def _fill(self, values: Array, host: HostValues) -> None:
        """Make the values in an array, and have them measured."""
        dtype = dtype_of(self.target.found.variable)
        self.pending = self.background.begin(values.shape, dtype)
        fill_memory(values, host, dtype, self.seed)
        self.pending.add(values, whole(values.shape))

    def copy(self) -> None:
        """Take the values of another variable, if that is what the plan has for this one."""
        if isinstance(self.target.initializer, CopiedValues):
            variable = self.target.found.variable
            self.pending = self.background.begin(shape_of(variable), dtype_of(variable))
            try:
                initialize(self.target, self.pending)
            except ProcessesError:
                raise
            except Exception as error:
                raise ApplyError(failure(self.target.assignment, error)) from error

    def meter(self) -> Meter:
        """What measured the values that passed through, or those that the variable holds."""
        if self.pending is None:
            variable = self.target.found.variable
            self.pending = self.background.begin(shape_of(variable), dtype_of(variable))
            add_held(variable, self.pending)
        return self.pending.finished()
