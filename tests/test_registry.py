"""The registry knows every initializer of the installed Keras, and users' own."""

from __future__ import annotations

import importlib.metadata
import inspect

import keras
import pytest
from keras.src.initializers import ALL_OBJECTS_DICT

from declinit.errors import DeclinitError
from declinit.kinds import extensions
from declinit.kinds.registry import KERAS, PORTABLE, Kind, Registry
from declinit.kinds.rows import BUILTIN, ROWS, distribution_of
from declinit.kinds.scaling import Scaling
from declinit.layers.fans import Fans

KINDS = pytest.mark.parametrize("kind", ROWS, ids=lambda kind: kind.name)
ABSTRACT = {"initializer", "Initializer"}

# Parameters that declinit adds to Keras' own.
EXTRAS = {"orthogonal": {"split"}}


# The rows and the installed Keras


def test_every_identifier_of_keras_finds_a_kind_of_its_class_and_the_other_way_round():
    of_keras = {name: cls.__name__ for name, cls in ALL_OBJECTS_DICT.items()}
    ours = {name: BUILTIN.find(name).class_name for name in BUILTIN.identifiers()}
    assert ours == {name: cls for name, cls in of_keras.items() if name not in ABSTRACT}


@KINDS
def test_the_parameters_of_a_row_are_those_of_the_class(kind):
    of_keras = set(inspect.signature(getattr(keras.initializers, kind.class_name)).parameters)
    extras = EXTRAS.get(kind.name, set())
    assert set(kind.parameters) == of_keras | extras
    assert set(kind.signature(KERAS)) == of_keras
    assert set(kind.signature(PORTABLE)) == of_keras | extras


@KINDS
@pytest.mark.parametrize("generator", [KERAS, PORTABLE])
def test_a_kind_builds_an_object_of_its_class_with_keras_own_defaults(kind, generator):
    built = kind.build(generator, {})
    assert isinstance(built, getattr(keras.initializers, kind.class_name))
    assert built.get_config().keys() - {"seed"} <= kind.complete(generator, {}).keys()
    defaults = getattr(keras.initializers, kind.class_name)().get_config()
    complete = kind.complete(generator, {})
    assert {k: v for k, v in complete.items() if k in defaults and k != "seed"} == {
        k: v for k, v in defaults.items() if k != "seed"
    }


@KINDS
def test_a_kind_takes_a_seed_if_it_draws(kind):
    draws = kind.name not in {"zeros", "ones", "constant", "identity", "stft"}
    assert kind.takes_seed(KERAS) is kind.takes_seed(PORTABLE) is draws
    assert kind.registered_name == (f"declinit>{kind.class_name}" if draws else "")


@KINDS
def test_every_row_and_parameter_is_described(kind):
    assert kind.summary.endswith(".")
    assert kind.formula
    assert all(schema["description"].endswith(".") for schema in kind.parameters.values())


NAMED = [kind for kind in ROWS if kind.scaling and kind.name != "variance_scaling"]


def test_there_are_six_named_special_cases_of_variance_scaling():
    names = [f"{by}_{law}" for by in ("glorot", "he", "lecun") for law in ("normal", "uniform")]
    assert [kind.name for kind in NAMED] == names


@pytest.mark.parametrize("kind", NAMED, ids=lambda kind: kind.name)
@pytest.mark.parametrize("generator", [KERAS, PORTABLE])
def test_the_scaling_of_a_named_kind_is_the_one_its_object_holds(kind, generator):
    built = kind.build(generator, {})
    assert kind.scaling({}) == Scaling(built.scale, built.mode, built.distribution)


@pytest.mark.parametrize(
    ("mode", "units"), [("fan_in", 8), ("fan_out", 2), ("fan_avg", 5)], ids=str
)
def test_the_units_of_a_scaling_are_counted_by_its_mode(mode, units):
    assert Scaling(1.0, mode, "uniform").units(Fans(8, 2)) == units
    assert Scaling(1.0, mode, "uniform").units(Fans(0, 0)) == 1.0


LAWS = {
    ("zeros", 0.0, 0.0),
    ("ones", 1.0, 0.0),
    ("random_normal", 0.0, 0.05),
    ("truncated_normal", 0.0, 0.05 * 0.87962566103423978),
    ("random_uniform", 0.0, 0.1 / 12**0.5),
    ("he_normal", 0.0, (2 / 50) ** 0.5),
    ("lecun_uniform", 0.0, (1 / 50) ** 0.5),
    ("variance_scaling", 0.0, (1 / 50) ** 0.5),
}


@pytest.mark.parametrize(("name", "mean", "stddev"), sorted(LAWS))
def test_the_law_of_a_kind_has_the_mean_and_stddev_of_its_formula(name, mean, stddev):
    kind = BUILTIN[name]
    law = distribution_of(kind, kind.complete(KERAS, {}), 50.0)
    assert (law.mean, law.stddev) == pytest.approx((mean, stddev))


@pytest.mark.parametrize("name", ["identity", "orthogonal", "stft"])
def test_a_kind_without_a_common_law_has_none(name):
    kind = BUILTIN[name]
    assert distribution_of(kind, kind.complete(KERAS, {}), 50.0) is None


# A registry is a value


def load_nothing(_generator):
    raise AssertionError("nothing should be loaded")


def mine(name="mine", **row):
    return Kind(name=name, summary="Mine.", load=load_nothing, **row)


def test_a_registry_is_extended_by_a_larger_copy():
    larger = BUILTIN.with_kinds(mine(aliases=("my_own",)))
    assert larger.find("my_own") is larger["mine"]
    assert (len(larger), len(BUILTIN)) == (len(ROWS) + 1, len(ROWS))
    assert BUILTIN.find("mine") is None
    assert list(larger) == [*BUILTIN, "mine"]


@pytest.mark.parametrize(
    ("kind", "identifier", "holder"),
    [
        (mine("zeros"), "zeros", "zeros"),
        (mine(class_name="HeNormal"), "HeNormal", "he_normal"),
        (mine(aliases=("normal",)), "normal", "random_normal"),
        (mine(registered_name="declinit>HeNormal"), "declinit>HeNormal", "he_normal"),
    ],
)
def test_a_name_that_is_taken_is_refused(kind, identifier, holder):
    with pytest.raises(DeclinitError) as caught:
        BUILTIN.with_kinds(kind)
    assert str(caught.value) == f"initializer {identifier!r} is registered already, as {holder!r}"


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("he_norml", "did you mean 'he_normal'?"),
        ("Zeroes", "did you mean 'Zeros'?"),
        ("zeroes", "did you mean 'zeros'?"),
        ("qqq", None),
    ],
)
def test_an_unknown_name_gets_the_nearest_as_a_hint(word, hint):
    assert BUILTIN.find(word) is None
    assert BUILTIN.unknown(word) == (f"unknown initializer {word!r}", hint)


# Names registered with Keras


@pytest.mark.parametrize("name", ["Package>Name", "a.b>c_d"])
def test_any_registered_name_is_a_kind_that_takes_whatever_it_is_given(name):
    kind = Registry([]).find(name)
    assert (kind.name, kind.open, dict(kind.parameters)) == (name, True, {})


@pytest.mark.parametrize("name", [">", "a>", ">a", "a>b>c"])
def test_a_registered_name_has_two_parts(name):
    assert BUILTIN.find(name) is None


def test_our_own_registered_names_are_the_built_in_kinds():
    assert BUILTIN.find("declinit>HeNormal") is BUILTIN["he_normal"]


@keras.saving.register_keras_serializable("TestRegistry")
class Scaled(keras.initializers.Initializer):
    def __init__(self, factor=2.0, seed=None):
        self.factor = factor
        self.seed = seed

    def __call__(self, shape, dtype=None):
        return keras.ops.full(shape, self.factor, dtype)

    def get_config(self):
        return {"factor": self.factor, "seed": self.seed}


@keras.saving.register_keras_serializable("TestRegistry")
def plain(shape, dtype=None):
    return keras.ops.ones(shape, dtype)


def test_a_class_registered_with_keras_is_built_with_its_parameters():
    kind = BUILTIN.find("TestRegistry>Scaled")
    assert kind.build(PORTABLE, {"factor": 3.0}).factor == 3.0
    assert kind.takes_seed(PORTABLE)
    assert kind.complete(PORTABLE, {"seed": 1}) == {"factor": 2.0, "seed": 1}


def test_a_function_registered_with_keras_is_itself_the_initializer():
    assert BUILTIN.find("TestRegistry>plain").build(PORTABLE, {}) is plain


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("TestRegistry>Scaledd", "did you mean 'TestRegistry>Scaled'?"),
        ("Nobody>qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq", "import the module that registers it"),
    ],
)
def test_a_name_that_nothing_registered_says_so_when_it_is_built(name, hint):
    with pytest.raises(LookupError) as caught:
        BUILTIN.find(name).build(PORTABLE, {})
    assert caught.value.args == (f"nothing is registered with Keras as {name!r}; {hint}",)


# Users' own kinds


def noise(shape, dtype=None, *, width=1.0, seed=None):
    """Noise of a width.

    Not shown.
    """
    return (tuple(shape), dtype, width, seed)


class Open(keras.initializers.Initializer):
    def __init__(self, depth, **params):
        self.depth, self.params = depth, params


@pytest.fixture(autouse=True)
def none_registered(monkeypatch):
    """Every test starts with no kinds of users, and leaves none."""
    monkeypatch.setattr(extensions, "_registered", Registry([]))
    extensions._offered.cache_clear()
    yield
    extensions._offered.cache_clear()


def test_a_registered_class_is_called_with_the_parameters():
    extensions.register("scaled", Scaled, schema={"factor": {"type": "number"}})
    kind = extensions.current_registry()["scaled"]
    assert dict(kind.parameters)["factor"] == {"type": "number"}
    assert (kind.takes_seed(KERAS), kind.open) == (True, False)
    assert kind.build(KERAS, {"factor": 4.0}).factor == 4.0


def test_a_registered_function_becomes_an_initializer_with_its_parameters():
    extensions.register("noise", noise)
    kind = extensions.current_registry()["noise"]
    assert kind.summary == "Noise of a width."
    assert set(kind.parameters) == {"width", "seed"}
    assert kind.complete(KERAS, {}) == {"width": 1.0, "seed": None}
    assert kind.build(KERAS, {"width": 2.0, "seed": 3})((2, 3), "float32") == (
        (2, 3),
        "float32",
        2.0,
        3,
    )


def test_a_class_with_open_parameters_takes_them():
    extensions.register("open", Open)
    kind = extensions.current_registry()["open"]
    assert (set(kind.parameters), kind.open) == ({"depth"}, True)
    assert kind.build(KERAS, {"depth": 1, "extra": 2}).params == {"extra": 2}


@pytest.mark.parametrize(
    ("name", "factory", "message"),
    [
        ("zeros", noise, "initializer 'zeros' is registered already, as 'zeros'"),
        ("three", 3, "cannot register 'three': 3 is not callable"),
    ],
)
def test_what_cannot_be_registered_is_refused(name, factory, message):
    with pytest.raises(DeclinitError) as caught:
        extensions.register(name, factory)
    assert str(caught.value) == message
    assert name in BUILTIN or name not in extensions.current_registry()


def offer(monkeypatch, **targets):
    """Make installed packages seem to offer initializers."""
    entries = [
        importlib.metadata.EntryPoint(name, target, extensions.GROUP)
        for name, target in targets.items()
    ]
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: entries)


def test_an_entry_point_offers_a_class_or_a_function(monkeypatch):
    offer(monkeypatch, offered=f"{__name__}:Scaled", offered_noise=f"{__name__}:noise")
    registry = extensions.current_registry()
    assert registry["offered"].summary == f"Offered by {__name__}:Scaled."
    assert registry["offered"].build(PORTABLE, {"factor": 5.0}).factor == 5.0
    assert registry["offered_noise"].build(PORTABLE, {"seed": 1})((2,)) == ((2,), None, 1.0, 1)
    assert registry["offered_noise"].takes_seed(PORTABLE)


def test_an_entry_point_is_not_loaded_before_it_is_built(monkeypatch):
    offer(monkeypatch, broken="there_is_no_such_module:Thing")
    kind = extensions.current_registry()["broken"]
    with pytest.raises(ModuleNotFoundError):
        kind.build(PORTABLE, {})
