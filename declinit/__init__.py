"""Declarative weight initialization for Keras 3: check a policy, plan it, apply it, audit it.

    import declinit
    audit = declinit.apply("configs/my_model.yaml", model)

How data flows, and where: text -> `documents` (a `Node`) -> `schema` -> `spec` -> `resolution`
(with the model's `inventory`) -> `plan` -> `model.application` -> `audit` -> `render`.

| floor | modules | what they know |
|---|---|---|
| 0 | `errors` `seeds` `distributions` `fans` `version` `workers` | nothing of the rest |
| 1 | `random/` | the portable generator; NumPy only |
| 1 | `globs/` `documents/` `registry` `inventory` `measures` `files` | one notation or value each |
| 2 | `builtin` | the table of initializers |
| 3 | `schema` `extensions` | documents checked against the table; users' own kinds beside it |
| 4 | `spec` | one policy |
| 4 | `initializers/` | the portable generator as Keras initializers |
| 5 | `composition` `selection` `plan` | policies extended and matched, and what they come to |
| 6 | `resolution` `audit` | decisions and records, Keras-free |
| 7 | `arguments` | what the command line takes |
| 7 | `model/` `render/` | the only code that touches a Keras model; the only code that lays out text |
| 8 | `cli` | the only code that prints or exits; runs the commands |

Imports run downward only. Nothing but `initializers/` and `model/` imports Keras, so the names
below are imported on first use: `declinit validate` answers without loading it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from declinit import version

if TYPE_CHECKING:
    from declinit import initializers
    from declinit.audit import Audit, Record, Verdict, Verification
    from declinit.composition import load
    from declinit.errors import ApplyError, DeclinitError, Problem, ResolveError, SpecError
    from declinit.extensions import register
    from declinit.inventory import VariableInfo
    from declinit.model.application import apply, resolve
    from declinit.model.building import build
    from declinit.model.exporting import export
    from declinit.model.survey import survey
    from declinit.model.verification import verify
    from declinit.plan import Assignment, Plan
    from declinit.spec import Rule, Spec

__version__ = version.VERSION

_HOMES = {
    "ApplyError": "errors",
    "Assignment": "plan",
    "Audit": "audit",
    "DeclinitError": "errors",
    "Plan": "plan",
    "Problem": "errors",
    "Record": "audit",
    "ResolveError": "errors",
    "Rule": "spec",
    "Spec": "spec",
    "SpecError": "errors",
    "VariableInfo": "inventory",
    "Verdict": "audit",
    "Verification": "audit",
    "apply": "model.application",
    "build": "model.building",
    "export": "model.exporting",
    "initializers": "",
    "load": "composition",
    "register": "extensions",
    "resolve": "model.application",
    "survey": "model.survey",
    "verify": "model.verification",
}

__all__ = [
    "ApplyError",
    "Assignment",
    "Audit",
    "DeclinitError",
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
