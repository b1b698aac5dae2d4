"""The registry knows every initializer of the installed Keras, and users' own."""

from __future__ import annotations

import copy
import inspect
import pickle

import keras
import pytest
from keras.src.initializers import ALL_OBJECTS_DICT

import declinit
from declinit.errors import DeclinitError, Problem, ResolveError
from declinit.kinds.implementations import Loader, for_every_generator, load
from declinit.kinds.registry import KERAS, PORTABLE, Kind, Registry
from declinit.kinds.rows import BUILTIN, ROWS, distribution_of
from declinit.kinds.scaling import Scaling
from declinit.layers.fans import Fans
from declinit.policy.actions import InitializerConfig

KINDS = pytest.mark.parametrize("kind", ROWS, ids=lambda kind: kind.name)
ABSTRACT = {"initializer", "Initializer"}

OF_KERAS = pytest.mark.parametrize(
    "kind",
    [kind for kind in ROWS if hasattr(keras.initializers, kind.class_name)],
    ids=lambda kind: kind.name,
)
BEYOND_KERAS = {"dirac", "log_uniform", "sparse", "delta_orthogonal"}
UNSEEDED = {"zeros", "ones", "constant", "identity", "dirac", "stft"}

# Parameters that declinit adds to Keras' own, and generators that know them.
EXTRAS = {
    "constant": {"axes"},
    "orthogonal": {"split"},
    "truncated_normal": {"bounds"},
    "variance_scaling": {"bounds"},
}
OF_EVERY_GENERATOR = {"axes"}


# The rows and the installed Keras


def test_every_identifier_of_keras_finds_a_kind_of_its_class_and_the_other_way_round():
    of_keras = {name: cls.__name__ for name, cls in ALL_OBJECTS_DICT.items()}
    kinds = {name: BUILTIN.find(name) for name in BUILTIN.identifiers()}
    ours = {name: kind.class_name for name, kind in kinds.items() if kind.name not in BEYOND_KERAS}
    assert ours == {name: cls for name, cls in of_keras.items() if name not in ABSTRACT}
    assert {k.name for k in ROWS if not hasattr(keras.initializers, k.class_name)} == BEYOND_KERAS


@pytest.mark.parametrize("name", sorted(BEYOND_KERAS))
def test_the_parameters_of_a_row_that_keras_lacks_are_those_of_our_class(name):
    kind = BUILTIN[name]
    assert set(kind.parameters) == set(kind.signature(PORTABLE))
    assert kind.load(PORTABLE) is getattr(declinit.initializers, kind.class_name)
    empty = inspect.Parameter.empty
    assert kind.required == tuple(p for p, v in kind.signature(PORTABLE).items() if v is empty)


@OF_KERAS
def test_the_parameters_of_a_row_are_those_of_the_class(kind):
    of_keras = set(inspect.signature(getattr(keras.initializers, kind.class_name)).parameters)
    extras = EXTRAS.get(kind.name, set())
    assert set(kind.parameters) == of_keras | extras
    assert set(kind.signature(KERAS)) == of_keras | (extras & OF_EVERY_GENERATOR)
    assert set(kind.signature(PORTABLE)) == of_keras | extras


@OF_KERAS
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
    draws = kind.name not in UNSEEDED
    assert kind.takes_seed(KERAS) is kind.takes_seed(PORTABLE) is draws


@KINDS
def test_a_portable_class_is_registered_with_keras_under_the_names_of_its_row(kind):
    classes = [kind.load(PORTABLE), *(load(v.implementations[PORTABLE]) for v in kind.variants)]
    ours = [cls for cls in classes if cls.__module__.startswith("declinit")]
    assert kind.registered_names == tuple(f"declinit>{cls.__name__}" for cls in ours)
    assert [keras.saving.get_registered_object(n) for n in kind.registered_names] == ours
    assert bool(ours) is (kind.takes_seed(PORTABLE) or kind.name in {"constant", "dirac"})


@KINDS
def test_every_row_and_parameter_is_described(kind):
    assert kind.summary.endswith(".")
    assert kind.formula
    assert all(schema["description"].endswith(".") for schema in kind.parameters.values())


NAMED = [kind for kind in ROWS if kind.scaling and kind.name != "variance_scaling"]


def test_there_are_six_named_special_cases_of_variance_scaling():
    names = [f"{by}_{of}" for by in ("glorot", "he", "lecun") for of in ("normal", "uniform")]
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


MOMENTS = {
    ("zeros", 0.0, 0.0),
    ("ones", 1.0, 0.0),
    ("random_normal", 0.0, 0.05),
    ("truncated_normal", 0.0, 0.05 * 0.87962566103423978),
    ("random_uniform", 0.0, 0.1 / 12**0.5),
    ("he_normal", 0.0, (2 / 50) ** 0.5),
    ("lecun_uniform", 0.0, (1 / 50) ** 0.5),
    ("variance_scaling", 0.0, (1 / 50) ** 0.5),
}


@pytest.mark.parametrize(("name", "mean", "stddev"), sorted(MOMENTS))
def test_the_distribution_of_a_kind_has_the_mean_and_stddev_of_its_formula(name, mean, stddev):
    kind = BUILTIN[name]
    found = distribution_of(kind, kind.complete(KERAS, {}), 50.0)
    assert (found.mean, found.stddev) == pytest.approx((mean, stddev))


@pytest.mark.parametrize("name", ["identity", "orthogonal", "stft"])
def test_a_kind_without_a_common_distribution_has_none(name):
    kind = BUILTIN[name]
    assert distribution_of(kind, kind.complete(KERAS, {}), 50.0) is None


# A kind that one of the generators lacks


class Mirror(keras.initializers.Initializer):
    """Keras has none."""

    def __init__(self, gain=1.0):
        self.gain = gain


MIRROR = Kind(
    name="mirror",
    summary="Keeps each channel.",
    implementations={PORTABLE: f"{__name__}:Mirror"},
    parameters={"gain": {"type": "number"}},
)


def resolved(spec):
    """The plan for a model of one layer, or the message of the refusal."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, name="d", use_bias=False)])
    try:
        return declinit.resolve(spec, model)
    except ResolveError as error:
        return str(error)


def mirror_spec(generator):
    rules = [{"match": "**/kernel", "initializer": {"name": "mirror", "gain": 2.0}}]
    config = {"declinit": 1, "seed": 1, "generator": generator, "rules": rules}
    return declinit.Spec.from_config(config, BUILTIN.with_kinds(MIRROR))


def test_a_kind_that_keras_lacks_is_a_row():
    assert resolved(mirror_spec(PORTABLE)).build("d/kernel").gain == 2.0


def test_a_kind_that_keras_lacks_says_so_under_the_generator_of_keras():
    assert resolved(mirror_spec(KERAS)) == (
        "rules[0]: mirror(gain=2.0) cannot be built: "
        "Keras has no initializer mirror: d/kernel; use `generator: portable` [DI312]"
    )


def test_a_kind_without_a_portable_implementation_says_so():
    kind = Kind(name="theirs", summary="Theirs.", implementations={KERAS: f"{__name__}:Mirror"})
    assert kind.build(KERAS, {}).gain == 1.0
    with pytest.raises(DeclinitError) as caught:
        kind.build(PORTABLE, {})
    assert str(caught.value) == (
        "there is no portable initializer theirs; use `generator: keras` [DI312]"
    )


# Variants, and what null says


def test_orthogonal_by_gates_is_a_class_of_its_own():
    kind = BUILTIN["orthogonal"]
    gated = kind.build(PORTABLE, {"split": "gates", "gain": 2.0, "seed": 1})
    assert type(gated) is declinit.initializers.GatedOrthogonal
    assert gated.get_config() == {"gain": 2.0, "seed": 1}
    assert type(kind.build(PORTABLE, {"split": None})) is declinit.initializers.Orthogonal


def test_the_class_of_a_variant_is_read_back_as_its_kind():
    config = keras.initializers.serialize(declinit.initializers.GatedOrthogonal(2.0, seed=1))
    read = InitializerConfig.from_value(config, BUILTIN)
    assert read.to_value() == {"name": "orthogonal", "gain": 2.0, "seed": 1, "split": "gates"}


@pytest.mark.parametrize(
    ("generator", "params", "error", "message"),
    [
        (PORTABLE, {"split": "rows"}, ValueError, "orthogonal has no split='rows'"),
        (
            KERAS,
            {"split": "gates"},
            DeclinitError,
            "Keras has no initializer orthogonal(split='gates'); use `generator: portable` [DI312]",
        ),
    ],
)
def test_a_variant_that_there_is_not_is_refused(generator, params, error, message):
    with pytest.raises(error) as caught:
        BUILTIN["orthogonal"].build(generator, params)
    assert str(caught.value) == message


@KINDS
def test_null_says_not_given_where_that_is_the_default_of_the_class(kind):
    defaults = kind.signature(PORTABLE)
    assert kind.null_means_absent == {name for name, value in defaults.items() if value is None}


def test_a_null_that_is_a_value_is_kept():
    """A window of null is no window; a seed of null is a derived one."""
    assert BUILTIN["stft"].given("stft", {"window": None}) == {"window": None}
    assert BUILTIN["he_normal"].given("he_normal", {"seed": None, "input_axes": None}) == {}


# A registry is a value


class Nothing(Loader):
    """Must not be loaded."""

    def __init__(self, registered_name=""):
        self._registered_name = registered_name

    @property
    def registered_name(self):
        return self._registered_name

    def __call__(self):
        raise AssertionError("nothing should be loaded")


def mine(name="mine", registered_name="", **row):
    implementations = for_every_generator(Nothing(registered_name))
    return Kind(name=name, summary="Mine.", implementations=implementations, **row)


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
    assert str(caught.value) == (
        f"initializer {identifier!r} is registered already, as {holder!r} [DI601]"
    )


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("he_norml", "did you mean 'he_normal'?"),
        ("Zeroes", "did you mean 'Zeros'?"),
        ("zeroes", "did you mean 'zeros'?"),
        (
            "qqq",
            "if it is your own, import its module first: `--import MODULE`, or `declinit.register`",
        ),
    ],
)
def test_an_unknown_name_gets_the_nearest_as_a_hint(word, hint):
    assert BUILTIN.find(word) is None
    assert BUILTIN.unknown(word) == Problem("DI209", f"unknown initializer {word!r}", hint=hint)


@KINDS
def test_a_kind_survives_pickling_and_copying(kind):
    assert pickle.loads(pickle.dumps(kind)) == kind
    assert copy.deepcopy(kind) == kind


def test_a_registry_does_not_change_when_it_is_asked():
    asked = []

    def offered():
        asked.append(True)
        return [mine("offered"), mine("zeros")]

    registry = Registry(ROWS, offered)
    before = dict(vars(registry))
    assert registry.find("he_normal") is BUILTIN["he_normal"]
    assert asked == []
    assert registry.find("offered").name == "offered"
    assert (len(registry), list(registry)) == (len(ROWS) + 1, [*BUILTIN, "offered"])
    assert registry["zeros"] is BUILTIN["zeros"]
    assert vars(registry) == before


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
    with pytest.raises(DeclinitError) as caught:
        BUILTIN.find(name).build(PORTABLE, {})
    assert str(caught.value) == f"nothing is registered with Keras as {name!r}; {hint} [DI312]"
