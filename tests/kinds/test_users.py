"""Users' own initializers: registered from Python, known by their signatures."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import users_own
from users_own import Open, Steps, WithoutConfig, noise, sevens

import declinit
from declinit.errors import DeclinitError, SpecError
from declinit.kinds import extensions
from declinit.kinds.registry import KERAS, PORTABLE
from declinit.kinds.rows import BUILTIN, SEED
from declinit.kinds.signatures import parameters_of, required_of
from declinit.policy.actions import InitializerConfig


@pytest.fixture(autouse=True)
def none_stays():
    """What a test registers is forgotten after it."""
    with extensions.registering():
        yield


def test_a_registered_class_is_called_with_the_parameters():
    extensions.register("steps", Steps)
    kind = extensions.current_registry()["steps"]
    assert (kind.takes_seed(KERAS), kind.open) == (True, False)
    assert kind.build(KERAS, {"step": 4.0}).step == 4.0


def test_a_registered_function_becomes_an_initializer_with_its_parameters():
    extensions.register("noise", noise)
    kind = extensions.current_registry()["noise"]
    assert kind.summary == "Noise of a width."
    assert kind.documentation.endswith("\n\nWidth is the distance between the bounds.")
    assert kind.complete(KERAS, {}) == {"width": 1.0, "seed": None}
    made = kind.build(KERAS, {"width": 2.0, "seed": 3})
    assert made((2, 3), "float32") == ((2, 3), "float32", 2.0, 3)


def test_a_class_with_open_parameters_takes_them():
    extensions.register("open", Open)
    kind = extensions.current_registry()["open"]
    assert (set(kind.parameters), kind.open) == ({"depth"}, True)
    assert kind.build(KERAS, {"depth": 1, "extra": 2}).params == {"extra": 2}


def test_a_class_that_its_author_describes_nowhere_is_not_described_by_its_base_class():
    extensions.register("open", Open)
    assert extensions.current_registry()["open"].summary == "A user's own initializer."


@pytest.mark.parametrize(
    ("name", "factory", "parameters", "message"),
    [
        ("zeros", noise, {}, "initializer 'zeros' is registered already, as 'zeros' [DI601]"),
        ("three", 3, {}, "cannot register 'three': 3 is not callable [DI602]"),
        (
            "noise",
            noise,
            {"widht": {}, "qqq": {}},
            "cannot register 'noise': it takes no parameter 'widht'; did you mean 'width'? [DI201]\n"
            "cannot register 'noise': it takes no parameter 'qqq' [DI201]",
        ),
        (
            "noise",
            noise,
            {"width": {"type": "float"}},
            "cannot register 'noise': the schema of 'width' is no JSON Schema: \"float\" is not "
            "valid under any of the schemas listed in the 'anyOf' keyword [DI606]",
        ),
        (
            "noise",
            noise,
            {"width": {"$ref": "http://127.0.0.1:9/width.json"}},
            "cannot register 'noise': the schema of 'width' is no JSON Schema: Resource "
            "'http://127.0.0.1:9/width.json' is not present in a registry and retrieving it "
            "failed: Retrieval is disabled, cannot fetch http://127.0.0.1:9/width.json [DI606]",
        ),
    ],
)
def test_what_cannot_be_registered_is_refused(name, factory, parameters, message):
    with pytest.raises(DeclinitError) as caught:
        extensions.register(name, factory, parameters=parameters)
    assert str(caught.value) == message
    assert name in BUILTIN or name not in extensions.current_registry()


def test_an_object_is_not_registered_for_all_variables():
    with pytest.raises(DeclinitError) as caught:
        extensions.register("he", keras.initializers.HeNormal())
    assert str(caught.value) == (
        "cannot register 'he': it is an object, one for all variables; register its class or a "
        "function [DI602]"
    )


TAKES = (
    "; a class makes what is called as `f(shape, dtype=...)`, and a function is called like that "
    "[DI605]"
)


class Callless:
    """A class whose objects nobody can call."""


class Shapeless:
    def __call__(self):
        return 3


@pytest.mark.parametrize(
    ("factory", "reason"),
    [
        (
            lambda seed=1: keras.initializers.HeNormal(seed=seed),
            "called as `f(shape, dtype=...)` it says \"got an unexpected keyword argument 'dtype'\"",
        ),
        (lambda: 3, "called as `f(shape, dtype=...)` it says 'too many positional arguments'"),
        (
            lambda shape: 3,
            "called as `f(shape, dtype=...)` it says \"got an unexpected keyword argument 'dtype'\"",
        ),
        (Callless, "objects of this class cannot be called"),
        (
            Shapeless,
            "called as `f(shape, dtype=...)` it says 'too many positional arguments'",
        ),
    ],
    ids=[
        "another argument",
        "no arguments",
        "no dtype",
        "class without a call",
        "call without a shape",
    ],
)
def test_what_cannot_take_a_shape_and_a_dtype_is_not_registered(factory, reason):
    with pytest.raises(DeclinitError) as caught:
        extensions.register("mine", factory)
    assert str(caught.value) == f"cannot register 'mine': {reason}{TAKES}"
    assert "mine" not in extensions.current_registry()


class Anything:
    """Takes what comes."""

    @staticmethod
    def __call__(*arguments, **options):
        return 0


@pytest.mark.parametrize(
    "factory",
    [lambda *all_, **rest: 0, lambda shape, dtype, scale: 0, Anything, np.ones, WithoutConfig],
    ids=["variadic", "more", "static", "numpy's", "without config"],
)
def test_whatever_takes_a_shape_and_a_dtype_is_registered(factory):
    extensions.register("mine", factory)
    assert extensions.current_registry().find("mine")


def test_a_name_is_registered_once():
    extensions.register("noise", noise)
    with pytest.raises(DeclinitError) as caught:
        extensions.register("noise", sevens)
    assert str(caught.value) == "initializer 'noise' is registered already, as 'noise' [DI601]"


def test_what_is_registered_for_a_while_is_forgotten():
    with extensions.registering():
        extensions.register("sevens", sevens)
        assert extensions.current_registry().find("sevens")
    assert extensions.current_registry().find("sevens") is None


# What the signature says


def test_annotations_and_defaults_become_json_schema():
    assert parameters_of(users_own.typed) == {
        "a": {"type": "integer"},
        "b": {"type": "number"},
        "c": {"type": "boolean"},
        "d": {"type": "string"},
        "e": {"type": "array"},
        "f": {"type": ["array", "null"], "items": {"type": "integer"}},
        "g": {"enum": ["x", "y"]},
        "h": {"enum": ["x", None]},
        "i": {"type": ["integer", "number"]},
        "j": {"type": "array", "items": {"type": "number"}},
        "k": {"type": "object"},
        "l": {},
        "m": {"type": "array", "default": (1,)},
        "n": {"type": ["integer", "null"], "default": None},
        "o": {"default": 2.5},
        "p": {"default": 3},
        "q": {},
    }
    assert required_of(users_own.typed) == tuple("abcdefghijkl")


def test_annotations_that_cannot_be_evaluated_say_nothing():
    assert parameters_of(users_own.unknown_types) == {"a": {"default": 1}, "b": {"default": 2}}


def test_a_class_is_described_by_its_constructor():
    assert parameters_of(Steps) == {
        "step": {"type": "number", "default": 1.0},
        "seed": {"type": ["integer", "null"], "default": None},
    }


def test_a_seed_may_be_whatever_the_seed_of_a_built_in_kind_may_be():
    extensions.register("steps", Steps)
    assert extensions.current_registry()["steps"].parameters["seed"] == SEED


def refusal(initializer) -> str:
    """Why a spec with this initializer is refused."""
    rules = [{"match": "**", "initializer": initializer}]
    with pytest.raises(SpecError) as caught:
        declinit.Spec.from_config({"declinit": 1, "rules": rules})
    return str(caught.value)


def seeded(shape, dtype=None, *, seed):
    """A function that draws from its seed."""


def test_a_seed_without_a_default_need_not_be_given():
    extensions.register("seeded", seeded)
    rules = [{"match": "**", "initializer": {"name": "seeded"}}]
    assert declinit.Spec.from_config({"declinit": 1, "rules": rules}).rules[0].action


@pytest.mark.parametrize(
    ("initializer", "message"),
    [
        (
            {"name": "steps", "step": [1]},
            "rules[0].initializer.step: expected a number or a formula, received [1] [DI203]",
        ),
        (
            {"name": "UsersOwn>Known", "step": [1]},
            "rules[0].initializer.step: expected a number or a formula, received [1] [DI203]",
        ),
        (
            {"name": "UsersOwn>Known", "stpe": 1.0},
            "rules[0].initializer.stpe: unknown key 'stpe' of 'UsersOwn>Known'; "
            "did you mean 'step'? [DI201]",
        ),
        (
            {"class_name": "Known", "registered_name": "UsersOwn>Known", "config": {"stpe": 1}},
            "rules[0].initializer.config.stpe: unknown key 'stpe' of 'UsersOwn>Known'; "
            "did you mean 'step'? [DI201]",
        ),
        (
            {"name": "UsersOwn>eights", "factor": 2.0},
            "rules[0].initializer.factor: unknown key 'factor' of 'UsersOwn>eights'; "
            "known keys: name [DI201]",
        ),
        (
            {"name": "steps", "stpe": 1.0},
            "rules[0].initializer.stpe: unknown key 'stpe' of 'steps'; did you mean 'step'? [DI201]",
        ),
        ({"name": "open", "extra": 1}, "rules[0].initializer: missing key 'depth' [DI202]"),
        (
            {"name": "sevens", "factor": -1},
            "rules[0].initializer.factor: expected at least 0, received -1 [DI205]",
        ),
    ],
)
def test_parameters_of_users_are_checked(initializer, message):
    extensions.register("steps", Steps)
    extensions.register("open", Open)
    extensions.register("sevens", sevens, parameters={"factor": {"type": "number", "minimum": 0}})
    assert refusal(initializer) == message


def test_what_is_registered_with_keras_alone_is_described():
    known, eights = (
        extensions.current_registry().find(f"UsersOwn>{name}") for name in ("Known", "eights")
    )
    assert known.summary == "A class that its author registered with Keras."
    assert (set(known.parameters), known.open) == ({"step", "seed"}, False)
    assert (known.takes_seed(KERAS), known.build(KERAS, {"step": 4.0}).step) == (True, 4.0)
    assert eights.summary == "Eights, as Keras knows them."
    assert (dict(eights.parameters), eights.open) == ({}, False)
    assert eights.build(KERAS, {}) is users_own.eights


# Reading back


def test_a_spec_made_of_data_knows_what_is_registered():
    extensions.register("sevens", sevens)
    rules = [{"match": "**", "initializer": {"name": "sevens", "factor": 2.0}}]
    spec = declinit.Spec.from_config({"declinit": 1, "rules": rules})
    assert declinit.Spec.from_config(spec.get_config()) == spec


def test_a_null_default_of_a_users_own_means_not_given():
    extensions.register("steps", Steps)
    kind = extensions.current_registry()["steps"]
    assert kind.given("steps", {"seed": None, "step": 2.0}) == {"step": 2.0}


def test_the_config_of_a_users_class_is_read_back_by_its_name_in_specs():
    class Stairs(Steps):
        """Steps that no other test has made known to Keras."""

    extensions.register("stairs", Stairs)
    registry = extensions.current_registry()
    config = keras.initializers.serialize(registry["stairs"].build(PORTABLE, {}))
    assert config["registered_name"] == "declinit.user>stairs"
    assert InitializerConfig.from_value(config, registry).to_value() == {
        "name": "stairs",
        "step": 1.0,
    }
