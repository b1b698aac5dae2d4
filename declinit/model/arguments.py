"""What the functions that touch models take."""

from __future__ import annotations

import os
from typing import Any

import keras

from declinit.audits.audit import Audit
from declinit.documents import is_mapping
from declinit.errors import Expected
from declinit.plans.plan import Plan
from declinit.policy.spec import Spec


def _is_path(value: Any) -> bool:
    return isinstance(value, (str, os.PathLike))


def _is_model(value: Any) -> bool:
    return isinstance(value, keras.Layer)


def _is_record(value: Any) -> bool:
    return isinstance(value, (Plan, Audit))


def _is_policy(value: Any) -> bool:
    if _is_record(value):
        return False
    return _is_path(value) or isinstance(value, Spec) or is_mapping(value)


def _is_function(value: Any) -> bool:
    return callable(value) and not _is_model(value)


MODEL = Expected(
    "a Keras model or layer",
    _is_model,
    (
        (lambda value: isinstance(value, type), "make an instance of it"),
        (_is_function, "call it, or have `declinit.build` call it"),
        (_is_path, "load it with `keras.saving.load_model`"),
    ),
)
BUILD_FUNCTION = Expected(
    "a function that builds a model",
    _is_function,
    ((_is_model, "`declinit.apply` initializes a model that is there already"),),
)
POLICY = Expected(
    "a path, a mapping or a Spec",
    _is_policy,
    ((_is_record, "`declinit.apply` carries it out as it stands"),),
)
SOURCE = Expected(
    "a path, a mapping, a Spec, a Plan or an Audit",
    lambda value: _is_policy(value) or _is_record(value),
)
BASE = Expected("a folder", _is_path)
AUDIT = Expected(
    "an Audit or the path of its file",
    lambda value: isinstance(value, Audit) or _is_path(value),
    ((lambda value: isinstance(value, Plan), "`declinit.apply` gives an audit of what it did"),),
)
