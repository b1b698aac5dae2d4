"""Probing: how large signals are on their way through a model, and on their way back."""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from declinit.errors import (
    DeclinitError,
    Expected,
    ModelError,
    Problem,
    expect_arguments,
    warn,
)
from declinit.model.addresses import LocatedLayer, LocatedVariable, walk_layers
from declinit.model.arguments import BUILD_FUNCTION, MODEL, SOURCE
from declinit.model.progress import TOLD, Listener, progress_bar
from declinit.model.propagation.batches import (
    BATCH,
    DRAWN,
    FREE_SIZE,
    Batch,
    Drawing,
    data_name,
    given_batch,
)
from declinit.model.propagation.drawing import draw, preserved
from declinit.model.propagation.expectations import kernels_of
from declinit.model.propagation.labelling import Labelling
from declinit.model.propagation.passes import Passed, passing
from declinit.model.propagation.questions import Question
from declinit.model.recording import versions
from declinit.model.sources import Source, expect_base, read_source
from declinit.model.survey import inventory_of, variables_of
from declinit.plans.inventory import by_path
from declinit.policy.overrides import Checkpoints
from declinit.probing.labels import SHARED
from declinit.probing.probe import Probe, Run
from declinit.probing.signal import Signal, significant
from declinit.wording import counted, error_text, listed

Vary = Mapping[str, Sequence[Any]]

RATE = Expected("a learning rate above 0", lambda value: type(value) in (int, float) and value > 0)
COUNT = Expected("a whole number of at least 1", lambda value: type(value) is int and value >= 1)


def probe(
    model: Any,
    data: Any = None,
    seeds: int = 3,
    *,
    policy: Source | None = None,
    vary: Vary | None = None,
    training: bool = True,
    step: float | None = None,
    batch: int = BATCH,
    free_size: int = FREE_SIZE,
    progress: Listener | bool | None = None,
    checkpoints: Checkpoints | None = None,
    base: Any = None,
) -> Probe:
    """Measure how large signals are on their way through a model, and on their way back.

    Every layer's output is measured, and the gradient with respect to it and to the layer's
    weights; the loss is the sum of the model's outputs times fixed random numbers of unit RMS. The
    model is afterwards what it was, bit for bit.

    Args:
        model: a built Keras model or layer; with `vary`, a function that builds one.
        data: a batch: the path of a `.npy` or `.npz` file, an array, a list of arrays, or a mapping
            by the names of inputs. By default it is drawn anew for each seed: floats are standard
            normal, integers uniform in the vocabulary of the embedding that looks them up.
        seeds: how many times to measure. Each time a policy draws the weights anew, from its root
            seed and the numbers that follow it.
        policy: anything `declinit.apply` takes; by default the model's own weights are probed, and
            seeds change only the data.
        vary: arguments of the function that builds the model, each with its values: the model is
            probed in every size, as for the coordinate check of muP.
        training: whether layers run as in training: batch norms by their batch, dropout drawing.
        step: a learning rate, to measure too how far one step of training moves each output: every
            weight goes so far against the sign of its gradient, as in the first step of Adam.
        batch: of drawn data, how many examples.
        free_size: of drawn data, what every other size is that the model leaves free.
        progress: True shows a bar, by tqdm; a function is called before each seed with the number
            done, the number of all, and what is done. By default a bar is shown in notebooks, once
            the work takes some time.
        checkpoints: as `declinit.apply`.
        base: as `declinit.apply`.

    Returns:
        The probe; its `forward` and `backward` map layers' paths, in depth order, to RMS.

    Raises:
        ArgumentError: for an argument of another kind.
        SpecError, ResolveError, ApplyError: as `declinit.apply`, of the policy.
        UnreadableError, DeclinitError: if the data cannot be read or does not fit.
        ModelError: if the model cannot be run.

    Example:
        >>> probe = declinit.probe(model, policy="policy.yaml", seeds=2)
        >>> list(probe.forward)
        ['body', 'head']
        >>> probe.signals["head"].expected
        1.41421
    """
    expect_arguments("declinit.probe", model=(model, BUILD_FUNCTION if vary else MODEL))
    expect_arguments(
        "declinit.probe",
        seeds=(seeds, COUNT),
        progress=(progress, TOLD),
        batch=(batch, COUNT),
        free_size=(free_size, COUNT),
    )
    if step is not None:
        expect_arguments("declinit.probe", step=(step, RATE))
    if policy is not None:
        expect_arguments("declinit.probe", policy=(policy, SOURCE))
        expect_base("declinit.probe", policy, base)
    read = None if policy is None else read_source(policy, checkpoints, base)
    question = Question(
        policy=read,
        data=data,
        seeds=seeds,
        training=training,
        step=step,
        batch=batch,
        free_size=free_size,
        checkpoints=checkpoints,
        told=warn,
    )
    sizes = math.prod(len(values) for values in (vary or {}).values())
    with _shown(progress, sizes * question.seeds) as shown:
        return probed(model, question, vary or {}, shown)


def probed(model: Any, question: Question, vary: Vary, progress: Listener) -> Probe:
    """The answer to a question.

    Args:
        model: a built Keras model or layer; with `vary`, a function that builds one.
        question: what is asked.
        vary: as `probe`.
        progress: as `probe`.
    """
    sizes = [dict(zip(vary, values, strict=True)) for values in itertools.product(*vary.values())]
    runs, name = [], ""
    for at, varied in enumerate(sizes):
        one = _built(model, varied) if vary else model
        name = name or one.name
        steps = _Steps(progress, at * question.seeds, len(sizes) * question.seeds)
        runs.append(_run(one, varied, question, steps))
    progress(len(sizes) * question.seeds, len(sizes) * question.seeds, "")
    if keras.backend.backend() not in _WITH_GRADIENTS:
        question.note(f"the {keras.backend.backend()} backend has no gradients: forward only")
    return Probe(
        model=name,
        runs=tuple(runs),
        training=question.training,
        step=question.step,
        data=DRAWN if question.data is None else data_name(question.data),
        provenance=question.plan.provenance if question.plan else None,
        versions=versions(),
        notes=tuple(question.notes),
    )


_WITH_GRADIENTS = ("jax", "torch", "tensorflow")


def _built(function: Callable[..., Any], varied: Mapping[str, Any]) -> Any:
    try:
        model = function(**varied)
    except DeclinitError:
        raise
    except Exception as error:
        message = f"building the model with {_said(varied)} failed: {error_text(error)}"
        raise ModelError(Problem("DI746", message)) from error
    expect_arguments("declinit.probe", **{"model()": (model, MODEL)})
    return model


def _said(varied: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in varied.items())


@dataclass(slots=True)
class _Steps:
    """Progress through the seeds of one size of many."""

    progress: Listener
    before: int
    total: int

    def at(self, done: int, what: str) -> None:
        self.progress(self.before + done, self.total, what)


def _run(model: Any, varied: Mapping[str, Any], question: Question, steps: _Steps) -> Run:
    """The signals of one model over all seeds.

    The first seed comes last, since labels and expectations are of the weights that it gave.
    """
    found = variables_of(model)
    layers = walk_layers(model)
    every = [LocatedLayer(model, "", (model,)), *layers]
    probing = _Probing(model, found, layers, question)
    passed: list[Passed] = []
    with preserved(every, model.variables):
        for shift in reversed(range(question.seeds)):
            steps.at(question.seeds - 1 - shift, f"seed {question.root + shift}")
            passed.insert(0, probing.pass_with(shift))
        signals = probing.signals(passed)
    _note_unseen(question, passed[0])
    return Run(
        varied=dict(varied),
        seeds=tuple(range(question.root, question.root + question.seeds)),
        inputs=probing.batch.inputs,
        signals={one.name: one for one in signals},
    )


class _Probing:
    """One model that is being probed."""

    def __init__(
        self,
        model: Any,
        found: Sequence[LocatedVariable],
        layers: Sequence[LocatedLayer],
        question: Question,
    ) -> None:
        self.model = model
        self.found = found
        self.layers = [one for one in layers if not isinstance(one.layer, keras.layers.InputLayer)]
        self.question = question
        self.plan = question.plan_for(model, 0)
        self.drawing = Drawing(model, self.layers, question.batch, question.free_size)
        self.passing = passing(model, self.layers, training=question.training, step=question.step)
        given = question.data is not None
        self.given = given_batch(model, question.data) if given else None

    def pass_with(self, shift: int) -> Passed:
        """What a pass with one of the seeds measures."""
        plan = self.question.plan_for(self.model, shift) if shift else self.plan
        if plan is not None:
            draw(plan, self.found, self.question.checkpoints)
        with _faults_told(self.model):
            drawn = self.given or self.drawing.batch_of(self.question.root + shift)
            self.batch: Batch = drawn
            return self.passing(drawn.values)

    def signals(self, passed: Sequence[Passed]) -> list[Signal]:
        """What was measured, with labels and expectations, while the first seed's weights hold."""
        weights = self._weights()
        labelling = Labelling(
            self.layers,
            weights,
            [one.seen for one in passed],
            [one.backward for one in passed],
        )
        infos = by_path(inventory_of(self.found))
        kernels = kernels_of(self.found, infos, self.plan)
        gradients = self._gradients(passed)
        found = []
        for at, labels in enumerate(labelling.labels()):
            one = passed[0].seen[at]
            first = one.call == 1 and one.output == 0
            plain = not {*labels} - {SHARED}
            expected = kernels.expected(one.located.layer, one.inputs) if plain else None
            found.append(
                Signal(
                    path=one.located.path,
                    layer=type(one.located.layer).__name__,
                    call=one.call,
                    output=one.output,
                    shape=one.shape,
                    labels=labels,
                    inputs=_over_seeds([each.seen[at].inputs for each in passed]),
                    forward=_over_seeds([each.seen[at].forward for each in passed]) or (),
                    backward=_over_seeds([each.backward[at] for each in passed]),
                    update=_over_seeds([each.update[at] for each in passed]),
                    weights=gradients.get(id(one.located.layer), {}) if first else {},
                    expected=expected.gain if expected else None,
                    reason=expected.reason if expected else "",
                )
            )
        return found

    def _weights(self) -> dict[int, list[LocatedVariable]]:
        """By `id` of a layer, its own trainable variables."""
        weights: dict[int, list[LocatedVariable]] = {}
        for one in self.found:
            if one.variable.trainable:
                weights.setdefault(id(one.owner), []).append(one)
        return weights

    def _gradients(self, passed: Sequence[Passed]) -> dict[int, dict[str, tuple[float, ...]]]:
        """By `id` of a layer that was seen, the gradients of its weights and of those inside."""
        seen = {id(one.located.layer) for one in passed[0].seen}
        gradients: dict[int, dict[str, tuple[float, ...]]] = {}
        for one in self.found:
            sizes = _over_seeds([each.weights.get(id(one.variable)) for each in passed])
            holder = next((id(layer) for layer in reversed(one.chain) if id(layer) in seen), None)
            if sizes is not None and holder is not None:
                gradients.setdefault(holder, {})[one.path] = sizes
        return gradients


def _over_seeds(values: Sequence[float | None]) -> tuple[float, ...] | None:
    """A value a seed; None where one has none."""
    found = [significant(value) for value in values if value is not None]
    return tuple(found) if len(found) == len(values) else None


def _note_unseen(question: Question, passed: Passed) -> None:
    if passed.unseen:
        count = counted(len(passed.unseen), "layer")
        names = listed(sorted(passed.unseen))
        question.note(f"{count} ran inside a loop or a checkpoint, unseen: {names}")


@contextlib.contextmanager
def _faults_told(model: Any) -> Iterator[None]:
    """Run the user's model, which may raise anything.

    Raises:
        ModelError: in place of whatever it raised.
    """
    filtering = keras.config.is_traceback_filtering_enabled()
    # Keras would bury what was raised under what each layer around it was called with.
    keras.config.disable_traceback_filtering()
    try:
        yield
    except DeclinitError:
        raise
    except Exception as error:
        message = f"model {model.name!r} cannot be run: {error_text(error, lines=1)}"
        raise ModelError(Problem("DI745", message)) from error
    finally:
        if filtering:
            keras.config.enable_traceback_filtering()


@contextlib.contextmanager
def _shown(progress: Listener | bool | None, seeds: int) -> Iterator[Listener]:
    """Progress as it was asked for: a function, a bar, or nothing."""
    if progress is not None and not isinstance(progress, bool):
        yield progress
        return
    shown = 0
    with progress_bar("probing", [1] * seeds, progress, unit="seeds") as advance:

        def listener(done: int, total: int, what: str) -> None:
            nonlocal shown
            advance(done - shown)
            shown = done

        yield listener
