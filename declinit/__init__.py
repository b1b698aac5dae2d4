"""Declarative weight initialization for Keras 3.

A model's initialization policy is a YAML or JSON file: patterns over the paths of variables assign
initializers. Check it, see what it would do, do it, and keep a record that can be checked later.

    import declinit

    audit = declinit.apply("policy.yaml", model)     # initialize, and record what was done
    audit.save("audit.json")
    assert declinit.verify("audit.json", model)      # later: are these still the same weights?

Policies
    load      read a policy file; `Spec`
    resolve   decide what every variable receives, without touching the model; `Plan`
    apply     initialize a model by a policy, a plan or an audit; `Audit`
    build     build a model with each weight initialized once, by the policy
    register  make an initializer of your own known to policies
    register_with_keras  before `keras.saving.load_model` of a model that a policy initialized

Models
    survey    list a model's variables with their paths, shapes and fans
    verify    compare a model's weights with an audit; `Verification`. Or ask whether they are a
              plausible draw from a policy: `verify(spec, model, statistical=True)`
    export    write down as a policy what a model's layers carry
    probe     measure how large signals are, forward and backward, layer by layer; `Probe`

`declinit.initializers` is a drop-in for `keras.initializers` whose values are the same bits on every
backend. All errors are `DeclinitError`s, whose `problems` hold every fault that was found; warnings
are `DeclinitWarning`s. `declinit --help` is the same from the command line.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from declinit import version

if TYPE_CHECKING:
    from declinit import initializers
    from declinit.audits.audit import Audit, Record
    from declinit.audits.plausibility import Judgement, Plausibility
    from declinit.audits.verification import Verdict, Verification
    from declinit.errors import (
        ApplyError,
        DeclinitError,
        DeclinitWarning,
        Problem,
        ResolveError,
        SpecError,
    )
    from declinit.initializers.registration import register_with_keras
    from declinit.kinds.extensions import register
    from declinit.model.application import apply
    from declinit.model.building import build
    from declinit.model.exporting import export
    from declinit.model.propagation.probing import probe
    from declinit.model.sources import resolve
    from declinit.model.survey import survey
    from declinit.model.verification import verify
    from declinit.plans.inventory import VariableInfo
    from declinit.plans.plan import Assignment, Plan
    from declinit.policy.extending import load
    from declinit.policy.rules import Rule
    from declinit.policy.spec import Spec
    from declinit.probing.probe import Probe

__version__ = version.VERSION

_HOMES = {
    "ApplyError": "errors",
    "Assignment": "plans.plan",
    "Audit": "audits.audit",
    "DeclinitError": "errors",
    "DeclinitWarning": "errors",
    "Judgement": "audits.plausibility",
    "Plan": "plans.plan",
    "Plausibility": "audits.plausibility",
    "Probe": "probing.probe",
    "Problem": "errors",
    "Record": "audits.audit",
    "ResolveError": "errors",
    "Rule": "policy.rules",
    "Spec": "policy.spec",
    "SpecError": "errors",
    "VariableInfo": "plans.inventory",
    "Verdict": "audits.verification",
    "Verification": "audits.verification",
    "apply": "model.application",
    "build": "model.building",
    "export": "model.exporting",
    "initializers": "",
    "load": "policy.extending",
    "probe": "model.propagation.probing",
    "register": "kinds.extensions",
    "register_with_keras": "initializers.registration",
    "resolve": "model.sources",
    "survey": "model.survey",
    "verify": "model.verification",
}

__all__ = [
    "ApplyError",
    "Assignment",
    "Audit",
    "DeclinitError",
    "DeclinitWarning",
    "Judgement",
    "Plan",
    "Plausibility",
    "Probe",
    "Problem",
    "Record",
    "ResolveError",
    "Rule",
    "Spec",
    "SpecError",
    "VariableInfo",
    "Verdict",
    "Verification",
    "__version__",
    "apply",
    "build",
    "export",
    "initializers",
    "load",
    "probe",
    "register",
    "register_with_keras",
    "resolve",
    "survey",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name == "inventory":  # what the command line calls it
        raise AttributeError("module 'declinit' has no attribute 'inventory'; it is 'survey'")
    if name not in _HOMES:
        raise AttributeError(f"module 'declinit' has no attribute {name!r}")
    home = _HOMES[name]
    try:
        module = importlib.import_module(f"declinit.{home or name}")
    except Exception as error:  # a backend may fail in any way
        if "keras" in sys.modules:
            raise
        raise _missing_keras(name, error) from error
    return getattr(module, name) if home else module


def _missing_keras(name: str, error: Exception) -> Exception:
    """What is said in place of Keras' own error, by `help(declinit)` too."""
    from declinit.errors import MissingKerasError, Problem

    absent = error.name if isinstance(error, ModuleNotFoundError) else None
    reason = f"there is no module {absent!r}" if absent else f"{type(error).__name__}: {error}"
    message = f"declinit.{name} needs Keras, which cannot start: {reason}"
    hint = "set KERAS_BACKEND to a backend that is installed, before Keras is imported"
    return MissingKerasError(Problem("DI405", message, hint=hint))


def __dir__() -> list[str]:
    return __all__
