"""The user's model, and all that commands ask of Keras.

Imported by `inputs.load_model` once Keras has started.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from declinit.audits.audit import Audit
from declinit.audits.plausibility import Plausibility
from declinit.audits.verification import Verification
from declinit.cli import signals
from declinit.cli.arguments.probe import CommandOptions
from declinit.cli.checkpoints import checkpoints_of
from declinit.errors import ModelError, Problem
from declinit.files import replaced
from declinit.model.application import apply
from declinit.model.carried import carried_plan
from declinit.model.exporting import current_initializers, export, spec_text
from declinit.model.loading import load_model, load_weights
from declinit.model.outlines import Outline, outline, outline_of_recipe
from declinit.model.propagation.probing import probed
from declinit.model.propagation.questions import Question
from declinit.model.registration import unregistered
from declinit.model.sources import as_plan, resolve
from declinit.model.survey import survey, variables_of
from declinit.model.tensors import Array, read_pieces
from declinit.model.verification import verify
from declinit.plans.inventory import Inventory
from declinit.plans.plan import Plan
from declinit.policy.spec import Spec
from declinit.probing.probe import Probe
from declinit.wording import error_text, listed

WEIGHTS = ".weights.h5"


class NamedModel:
    """A model that the command line names, and that may be built in several sizes."""

    def __init__(self, name: str, kwargs: Mapping[str, Any]) -> None:
        self._name = name
        self._kwargs = kwargs
        # What is wrong with the name is told before any work is done.
        self._model = load_model(name, kwargs)

    def probe(
        self,
        source: Spec | Plan | Audit | None,
        vary: Mapping[str, Sequence[Any]],
        options: CommandOptions,
        told: Callable[[Problem], None],
        progress: Callable[[int, int, str], None],
    ) -> Probe:
        """The model's signals."""
        question = Question(
            policy=source,
            data=options.data,
            seeds=options.seeds,
            training=not options.inference,
            step=options.step,
            batch=options.batch,
            free_size=options.size,
            checkpoints=checkpoints_of(options.checkpoints),
            told=told,
        )
        return probed(self._sized if vary else self._model, question, vary, progress)

    def _sized(self, **varied: Any) -> Any:
        return load_model(self._name, {**self._kwargs, **varied})


class LoadedModel:
    """A Keras model that the command line named."""

    def __init__(self, model: Any) -> None:
        self._model = model

    @classmethod
    def load(cls, name: str, kwargs: Mapping[str, Any]) -> LoadedModel:
        """The model that `--model` and `--kwargs` name."""
        return cls(load_model(name, kwargs))

    def load_weights(self, path: str) -> None:
        """Replace the model's weights by those in a file."""
        load_weights(self._model, path)

    def inventory(self) -> Inventory:
        """The model's variables."""
        return survey(self._model)

    def initializers(self) -> Mapping[str, Mapping[str, Any]]:
        """The serialized initializers that layers carry, by path."""
        return current_initializers(self._model)

    def plan(self, source: Spec | Plan | Audit) -> Plan:
        """The plan that a spec, a plan or an audit comes to for this model."""
        if isinstance(source, Spec):  # the caller shows the plan's warnings
            return resolve(source, self._model)
        return as_plan(source, variables_of(self._model))

    def carried(self) -> Plan:
        """What the layers carry, as a plan to compare with."""
        return carried_plan(self._model)

    def apply(
        self,
        plan: Plan,
        progress: Callable[[int, int, str], None],
        checkpoints: Mapping[str, str],
    ) -> Audit:
        """Initialize the model."""
        return apply(plan, self._model, progress=progress, checkpoints=checkpoints)

    def verify(self, audit: Audit) -> Verification:
        """Compare the model's weights with an audit."""
        return verify(audit, self._model)

    def judge(self, plan: Plan, checkpoints: Mapping[str, str]) -> Plausibility:
        """Whether the model's weights are what a plan loads, and plausible draws of the rest."""
        return verify(plan, self._model, statistical=True, checkpoints=checkpoints)

    def exported(self, seed: int | None, audit: Audit | None) -> tuple[Spec, str]:
        """What layers carry, or what was applied, as a spec, and the text of its file."""
        spec = export(self._model, seed=seed, audit=audit)
        return spec, spec_text(spec)

    def outlined(self) -> Outline:
        """A first policy that says what layers carry."""
        return outline(self._model)

    def adopting(self, recipe: Spec, extends: str) -> Outline:
        """A first policy that extends a recipe."""
        return outline_of_recipe(self._model, recipe, extends)

    @property
    def name(self) -> str:
        """What Keras calls the model."""
        return str(self._model.name)

    def values(self) -> Iterator[tuple[str, Callable[[], Iterator[Array]]]]:
        """The path of each variable, and what reads its values, piece by piece."""
        for one in variables_of(self._model):
            yield one.path, partial(_pieces, one.variable)

    def save(self, path: Path) -> tuple[Problem, ...]:
        """Write the model, or its weights alone, whole or not at all.

        Returns:
            Warnings of what keeps the file from being loaded.
        """
        # Keras takes `model.weights.h5` only with both endings, which a temporary name keeps.
        weights = path.name.endswith(WEIGHTS)
        with replaced(path, WEIGHTS if weights else ".keras") as temporary:
            try:
                (self._model.save_weights if weights else self._model.save)(temporary)
                signals.check()
            except OSError:
                raise
            except Exception as error:  # a layer of the user's that Keras cannot write
                message = f"Keras cannot save {str(path)!r}: {error_text(error)}"
                raise ModelError(Problem("DI411", message)) from error
            # The path may be a pipe, which nobody reads twice.
            return () if weights else tuple(_unloadable(path, Path(temporary)))


def _unloadable(path: Path, written: Path) -> Iterator[Problem]:
    lost = unregistered(written)
    if lost:
        message = f"Keras loads {str(path)!r} only where these are registered: {listed(lost)}"
        hint = "decorate them with `@keras.saving.register_keras_serializable()`"
        yield Problem("DI424", message, hint=hint, severity="warning")


def _pieces(variable: Any) -> Iterator[Array]:
    return (values for _, values in read_pieces(variable))
