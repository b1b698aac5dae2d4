"""Guards can fail: no field of a plan or an audit can be changed without being told.

Every field of every entry is flipped, dropped and joined by another. `plan --check`, `verify` and
`apply` must then say so, but for the fields that are listed here with the reason why they may not.
"""

from __future__ import annotations

import copy
import importlib
import json
import warnings
from collections.abc import Callable, Container, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from command_line import FINE, MODEL

import declinit
from declinit.cli.recorded import read_plan
from declinit.errors import DeclinitError
from declinit.plans.comparison import compare

SPEC = """declinit: 1
seed: 3
rules:
  - {id: kernels, match: "**/kernel", initializer: he_normal}
  - {id: rest, match: ["**/bias", "**/beta"], initializer: {name: random_uniform, minval: -0.5, maxval: 1.5}}
  - {id: beta, match: "**/beta", initializer: {name: random_normal, stddev: 0.3}}
  - {id: gains, match: "**/gamma", keep: true}
"""

TAKING = """declinit: 1
seed: 3
checkpoints: {base: base.npz}
rules:
  - {id: kernels, match: head/kernel, initializer: he_normal}
  - {id: kept, match: norm/beta, keep: true}
  - {id: loaded, match: norm/gamma, load: {from: base, take: "1:4"}}
  - {id: copied, match: head/bias, copy_of: {path: head/kernel, take: "0", reshape: [-1], scale: 2}}
"""

Keys = tuple[Any, ...]
Reported = Callable[[Path], bool]

ORDER = "the order of variables"

# Why a change of these need not be told: they say where an entry comes from, and decide no weight.
NEVER = {
    "rule": "the initializer stands beside it; the same rule may have another name or line",
    "beaten": "rules that lost decide nothing",
    "versions": "a version that plans otherwise is seen in the entries, one that does not is fine",
    "sources": "a spec that is written otherwise and comes to the same is fine",
    "spec_digest": "likewise",
    ORDER: "each variable is found by its path, and has a seed of its own",
}
OF_PLANS = NEVER | {"rules": "a summary of what the entries say"}
OF_AUDITS = NEVER | {
    "layer": "the class that owns the variable; its path, shape and dtype are compared",
    "seed": "the root; that of a variable stands in its initializer",
    "fan_in": "what the scale came from; the initializer holds the scale",
    "fan_out": "likewise",
    "expected": "read where values changed, to say whether they could be another draw",
    "storage": "an address in files of Keras, which no value comes from",
    "digest_before": "what a kept variable held before; what it holds since is compared",
}
# `verify` compares values, however they were made.
OF_VERIFY = OF_AUDITS | {"initializer": "`apply` tells that it makes other values"}
# Of what is loaded and copied; how often it is told depends on the variables.
OF_TAKEN = {
    "tensor_digest": "of what was read; what came of it is compared",
    "file": "a file of another name is read, or told where it is missing",
    "from": "what the policy calls the checkpoint",
}


def fields(node: Any, keys: Keys = ()) -> Iterator[Keys]:
    """The way to every field of a document, the items of lists included."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in pairs:
        yield (*keys, key)
        if isinstance(value, dict | list):
            yield from fields(value, (*keys, key))


def owner(document: Any, keys: Keys) -> Any:
    for key in keys[:-1]:
        document = document[key]
    return document


def flipped(value: Any) -> Iterator[Any]:
    """Other values of the same type, and of another."""
    match value:
        case bool():
            yield from (not value, int(value))
        case int():
            yield from (value + 1, float(value) + 0.5, bool(value), str(value))
        case float():
            yield from (value * 2 + 1, -value - 1, 5e-324, 1e308)
        case str() if len(value) == 64:
            yield from (value[::-1], value[1:])
        case str():
            yield from (f"{value}x", "")
        case None:
            yield from (1, "x", {})
        case list():
            yield from ([*value, *value], value[:-1], value[::-1], None)
        case dict():
            yield from ({}, None, [])


def changes(document: Any) -> Iterator[tuple[str, Keys, Any]]:
    """The document with one field changed, what was done, and to which field."""
    for keys in fields(document):
        value = owner(document, keys)[keys[-1]]
        for new in (one for one in flipped(value) if json.dumps(one) != json.dumps(value)):
            changed = copy.deepcopy(document)
            owner(changed, keys)[keys[-1]] = new
            yield f"flip to {json.dumps(new)[:40]}", keys, changed
        changed = copy.deepcopy(document)
        del owner(changed, keys)[keys[-1]]
        yield "drop", keys, changed
        if isinstance(value, dict):
            changed = copy.deepcopy(document)
            owner(changed, keys)[keys[-1]]["another"] = 1
            yield "add", keys, changed


@pytest.fixture
def recorded(run, write, request):
    """A plan, an audit and a model of a spec."""
    np.savez("base.npz", **{"norm/gamma": np.arange(9, dtype="float32")})
    write("spec.yaml", getattr(request, "param", SPEC))
    assert run("plan", "spec.yaml", *MODEL, "--out", "plan.json")[0] == FINE
    apply = ("apply", "spec.yaml", *MODEL, "--out", "model.keras", "--audit", "audit.json")
    assert run(*apply)[0] == FINE
    return {name: json.loads(Path(f"{name}.json").read_text()) for name in ("plan", "audit")}


def drifted() -> Reported:
    now = declinit.resolve("spec.yaml", cli_models().tiny())
    return lambda path: bool(compare(read_plan(str(path)), now))


def differs() -> Reported:
    model = keras.saving.load_model("model.keras")
    return lambda path: not declinit.verify(path, model)


def other_weights() -> Reported:
    model = cli_models().tiny()

    def reported(path: Path) -> bool:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            declinit.apply(path, model)
        return any(
            "received other values than the audit records" in str(one.message) for one in told
        )

    return reported


def cli_models() -> Any:
    return importlib.import_module("cli_models")


def field_of(keys: Keys, listed: Container[str]) -> Any:
    """The field that a list of fields calls what the keys lead to; else the keys."""
    if keys == ("variables",):
        return ORDER
    return next((key for key in keys if key in listed), keys)


def is_told(reported: Reported, path: Path) -> bool:
    try:
        return reported(path)
    except DeclinitError:
        return True


@pytest.mark.parametrize(
    ("guard", "file", "may_pass"),
    [
        (drifted, "plan", OF_PLANS),
        (differs, "audit", OF_VERIFY),
        (other_weights, "audit", OF_AUDITS),
    ],
)
def test_no_field_is_changed_without_being_told(recorded, write, guard, file, may_pass):
    silent = silent_changes(guard(), write, recorded[file], may_pass)
    assert {keys: done for keys, done in silent.items() if keys not in may_pass} == {}
    assert set(may_pass) - set(silent) == set(), "these are told after all"


@pytest.mark.parametrize("recorded", [TAKING], indirect=True, ids=["taking"])
@pytest.mark.parametrize(
    ("guard", "file", "may_pass"),
    [
        (drifted, "plan", OF_PLANS),
        (differs, "audit", OF_VERIFY | {"load": "likewise", "copy_of": "likewise"}),
        (other_weights, "audit", OF_AUDITS),
    ],
)
def test_no_field_of_what_is_loaded_or_copied_is_changed_without_being_told(
    recorded, write, guard, file, may_pass
):
    may_pass = may_pass | OF_TAKEN
    silent = silent_changes(guard(), write, recorded[file], may_pass)
    assert {keys: done for keys, done in silent.items() if keys not in may_pass} == {}


def silent_changes(
    reported: Reported, write: Any, document: Any, may_pass: Container[str]
) -> dict[Any, str]:
    """The fields that can be changed without being told, each with such a change."""
    assert not reported(write("same.json", document))
    tried, silent = 0, {}
    for done, keys, changed in changes(document):
        tried += 1
        if not is_told(reported, write("changed.json", changed)):
            silent.setdefault(field_of(keys, may_pass), done)
    assert tried > 400
    return silent
