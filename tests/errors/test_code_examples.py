"""What the examples of codes show beyond documents: policies, models, records and initializers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

import declinit
from declinit.errors import CODES, DeclinitError
from declinit.kinds.extensions import current_registry, registering
from declinit.layers.fans import FanAxes
from declinit.model.loading import load_model, load_weights
from declinit.plans.inventory import VariableInfo
from declinit.plans.resolution import draft
from declinit.policy.actions import CopyOf
from declinit.policy.copies import CopySource
from declinit.policy.lint import lint
from declinit.random import ensure_sound, soundness

named = pytest.mark.parametrize

# These need the whole command line, whose own tests give them.
OF_COMMANDS = {"DI405", "DI411", "DI413", "DI424"}
# These need several processes, which `tests/model/test_processes.py` starts.
OF_PROCESSES = {"DI430", "DI431", "DI432"}


@pytest.fixture(autouse=True)
def _apart(tmp_path, monkeypatch):
    """A folder and a registry of their own."""
    monkeypatch.chdir(tmp_path)
    ones = np.ones((4, 4), "float32")
    np.savez("base.npz", **{"head/kernel": ones, "head/copy": ones})
    np.savez("other.npz", **{"complex": np.ones((4, 4), "complex64")})
    with registering():
        yield


# A policy and a model

DENSE = FanAxes((0,), (1,))


def kernel(path="head/kernel", axes=DENSE, **facts) -> VariableInfo:
    usual = {"shape": (4, 4), "dtype": "float32", "layer": "Dense"}
    return VariableInfo(path=path, axes=axes, **{**usual, **facts})


TIED = ("tied/kernel",)
BIAS = kernel("head/bias", None, shape=(4,))
INVENTORIES = {
    # What a code needs that one kernel alone does not have.
    "DI304": (kernel(), BIAS),
    "DI306": (kernel(shared_paths=TIED, aliases=TIED), kernel("other/kernel")),
    "DI307": (kernel(dtype="int8"),),
    "DI308": (BIAS,),
    "DI309": (BIAS,),
    "DI310": (kernel(axes=FanAxes((0,), (1,), guessed=True)),),
    "DI339": (kernel("norm/scale", None, shape=(4,), around_one=True),),
    "DI313": (kernel(), kernel("tail/kernel")),
    "DI327": (kernel(), kernel("tail/kernel")),
    "DI356": (kernel(), kernel("tail/kernel")),
    "DI357": (kernel(dtype="int8"), kernel("tail/kernel")),
}


OF_TEXT = {"DI334", "DI335", "DI336", "DI337", "DI338"}  # warnings that need no model
OF_POLICIES = [code for code in CODES if code.startswith("DI3")]
OF_POLICIES = [code for code in OF_POLICIES if not CODES[code].example.startswith(">>> ")]


@named("code", OF_POLICIES)
def test_the_example_of_a_code_of_policies_gives_exactly_that_code(code, tmp_path):
    file = tmp_path / "example.yaml"
    file.write_text(CODES[code].example)
    try:
        spec = declinit.load(file)
        problems = (
            lint(spec)
            if code in OF_TEXT
            else draft(spec, INVENTORIES.get(code, (kernel(),))).problems
        )
    except declinit.SpecError as error:  # what can be told without a model
        problems = error.problems
    assert [problem.code for problem in problems] == [code]


# Models, and initializers of users


def model(*names: str, size: int = 4) -> keras.Model:
    dense = [keras.layers.Dense(size, use_bias=False, name=name) for name in names]
    return keras.Sequential([keras.Input((size,)), *dense])


def with_two_layers_of_one_name() -> keras.Model:
    made = model("a", "b")
    made.get_layer("b").name = "a"
    return made


def with_a_lambda() -> keras.Model:
    made = model("a")
    made.get_layer("a").kernel_initializer = lambda shape, dtype=None: np.ones(shape)
    return made


def spec(initializer) -> declinit.Spec:
    return spec_of({"initializer": initializer})


def spec_of(action: dict, **settings) -> declinit.Spec:
    rules = [{"match": "**", **action}]
    config = {"declinit": 1, "seed": 1, "rules": rules, **settings}
    return declinit.Spec.from_config(config, current_registry())


def plan_of_base() -> declinit.Plan:
    """A plan that loads the kernel of the model."""
    load = {"from": "base", "rename": {"head/kernel": "a/kernel"}}
    return declinit.resolve(spec_of({"load": load}, checkpoints={"base": "base.npz"}), model("a"))


def plan_of_another_tensor() -> declinit.Plan:
    made = plan_of_base()
    one = made["a/kernel"]
    action = replace(one.action, load=replace(one.source, tensor="head/none"))
    return replace(made, entries={one.path: replace(one, action=action)})


def plan_of_a_circle() -> declinit.Plan:
    """A plan whose only variable copies itself."""
    made = declinit.resolve(spec("zeros"), model("a"))
    one = made["a/kernel"]
    return replace(made, entries={one.path: replace(one, action=CopyOf(CopySource(one.path)))})


def failing(shape, dtype=None):
    raise RuntimeError("out of luck")


def spec_that_fails() -> declinit.Spec:
    declinit.register("failing", failing)
    return spec("failing")


NAMES = {
    # What the examples call by a name that says what it is.
    "audit": lambda: declinit.apply(spec("zeros"), model("a")),
    "another_model": lambda: model("b"),
    "make": lambda: failing,
    "model": lambda: model("a"),
    "model_with_a_lambda_as_initializer": with_a_lambda,
    "model_with_two_layers_of_one_name": with_two_layers_of_one_name,
    "plan_of_a_circle": plan_of_a_circle,
    "plan_of_another_tensor": plan_of_another_tensor,
    "plan_of_base": plan_of_base,
    "plan": lambda: declinit.resolve(spec("zeros"), model("a")),
    # A standard deviation so small that its values are subnormal.
    "spec": lambda: spec({"name": "random_normal", "stddev": 1e-40}),
    "spec_with_a_failing_initializer": spec_that_fails,
}


def run(example: str) -> None:
    """Evaluate the Python of an example, with the values that its names stand for."""
    source = example.removeprefix(">>> ")
    used = compile(source, "example", "eval").co_names
    values = {name: NAMES[name]() for name in used if name in NAMES}
    eval(source, {"declinit": declinit, "keras": keras, **values})


def refused(do, *arguments) -> set[str]:
    """The codes of the faults of a refusal."""
    with pytest.raises(DeclinitError) as caught:
        do(*arguments)
    return {problem.code for problem in caught.value.problems}


IN_PYTHON = [code for code in CODES if code > "DI3" and CODES[code].example.startswith(">>> ")]


@pytest.fixture
def generator(monkeypatch):
    """The portable generator on a machine that is not as it should be."""

    def break_as(code: str) -> None:
        if code == "DI603":
            name, (compute, _) = next(iter(soundness._CHECKS.items()))
            monkeypatch.setattr(soundness, "_CHECKS", {name: (compute, "0" * 64)})
            ensure_sound.cache_clear()
        if code == "DI604":
            monkeypatch.setattr(soundness, "flushes", lambda: True)

    return break_as


@named("code", IN_PYTHON)
def test_the_example_of_a_code_in_python_gives_exactly_that_code(code, generator):
    generator(code)
    assert refused(run, CODES[code].example) == {code}


NAMED_MODELS = ["DI401", "DI402", "DI403", "DI404"]


@named("code", NAMED_MODELS)
def test_the_example_of_a_code_of_named_models_gives_exactly_that_code(code):
    command, _, name = CODES[code].example.partition(" --model ")
    assert command == "$ declinit inventory"
    assert refused(load_model, name) == {code}


def load_others_weights() -> None:
    model("a", size=5).save_weights("others.weights.h5")
    load_weights(model("a"), "others.weights.h5")


def planned(times: int) -> Path:
    """A file of a plan that lists its variable so many times."""
    plan = declinit.resolve(spec("zeros"), model("a")).to_dict()
    file = Path("plan.json")
    file.write_text(json.dumps({**plan, "variables": plan["variables"] * times}))
    return file


def edited() -> Path:
    """A file of a plan with a variable whose seed is not that of its initializer."""
    file = planned(times=1)
    plan = json.loads(file.read_text())
    plan["variables"][0]["seed"] = 5
    file.write_text(json.dumps(plan))
    return file


RECORDED = {
    "DI412": load_others_weights,
    "DI501": lambda: declinit.apply(planned(times=2), model("a")),
    "DI502": lambda: declinit.load(planned(times=1)),
    "DI571": lambda: declinit.apply(edited(), model("a")),
}


@named("code", RECORDED)
def test_files_that_models_and_records_are_in_give_exactly_one_code(code):
    assert refused(RECORDED[code]) == {code}


def test_every_code_is_given_by_an_example_here_or_by_a_command():
    in_python = (code for code in IN_PYTHON if code > "DI4")
    here = {*in_python, *NAMED_MODELS, *RECORDED, *OF_COMMANDS, *OF_PROCESSES}
    assert here == {code for code in CODES if "DI4" <= code < "DI7"}
