"""Declarative weight initialization for Keras 3: check a policy, plan it, apply it, audit it.

    import declinit
    audit = declinit.apply("configs/my_model.yaml", model)

How data flows, and where: text -> `documents` (a `Node`) -> `checks` -> `policy` (a `Spec`) ->
`plans` (with the model's inventory, a `Plan`) -> `model.application` -> `audits` (an `Audit`) ->
`render`.

| floor | modules | what they know |
|---|---|---|
| 0 | `errors/` `seeds` `version` `workers` | nothing of the rest |
| 1 | `random/` | the portable generator; NumPy only |
| 1 | `globs/` `documents/` `files` `serialization` | one notation or concern each |
| 1 | `layers/` | Keras' layers, without Keras |
| 2 | `kinds/` | kinds of initializers, users' own included |
| 3 | `checks/` | documents checked against schemas and kinds |
| 3 | `initializers/` | the portable generator as Keras initializers |
| 4 | `policy/` | specs: read, extended, overridden |
| 5 | `plans/` | what a policy comes to for a model's variables; Keras-free but for signatures |
| 6 | `audits/` | records of what was done |
| 7 | `model/` `render/` | the only code that touches a Keras model; the only code that lays out text |
| 8 | `cli/` | the only code that reads arguments, prints or exits; one module a command |

Imports run downward only. Nothing but `initializers/` and `model/` imports Keras, so the names
below are imported on first use: `declinit validate` answers without loading it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from declinit import version

if TYPE_CHECKING:
    from declinit import initializers
    from declinit.audits.audit import Audit, Record
    from declinit.audits.verification import Verdict, Verification
    from declinit.errors import (
        ApplyError,
        DeclinitError,
        DeclinitWarning,
        Problem,
        ResolveError,
        SpecError,
    )
    from declinit.kinds.extensions import register
    from declinit.model.application import apply
    from declinit.model.building import build
    from declinit.model.exporting import export
    from declinit.model.sources import resolve
    from declinit.model.survey import survey
    from declinit.model.verification import verify
    from declinit.plans.inventory import VariableInfo
    from declinit.plans.plan import Assignment, Plan
    from declinit.policy.extending import load
    from declinit.policy.rules import Rule
    from declinit.policy.spec import Spec

__version__ = version.VERSION

_HOMES = {
    "ApplyError": "errors",
    "Assignment": "plans.plan",
    "Audit": "audits.audit",
    "DeclinitError": "errors",
    "DeclinitWarning": "errors",
    "Plan": "plans.plan",
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
    "register": "kinds.extensions",
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
    "Plan",
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
    "register",
    "resolve",
    "survey",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'declinit' has no attribute {name!r}")
    home = _HOMES[name]
    if not home:
        return importlib.import_module(f"declinit.{name}")
    return getattr(importlib.import_module(f"declinit.{home}"), name)


def __dir__() -> list[str]:
    return __all__
