"""Exporting: a spec that says what Keras does to a model, and does the same."""

from __future__ import annotations

from functools import cache

import keras
import pytest
from keras import layers
from policies import KERAS_NOISE, give, policy, unfilled

import declinit
from declinit.model.addresses import walk
from declinit.model.exporting import export, spec_text
from declinit.policy.actions import Keep

pytestmark = KERAS_NOISE


def image_model() -> keras.Model:
    """MobileNetV2 at its smallest: depthwise convolutions and batch normalization."""
    return keras.applications.MobileNetV2(
        weights=None, input_shape=(32, 32, 3), alpha=0.35, classes=10
    )


def transformer() -> keras.Model:
    """Two transformer blocks between an embedding and a head."""
    inputs = keras.Input((16,), dtype="int32")
    x = layers.Embedding(64, 32, name="tokens")(inputs)
    for block in range(2):
        y = layers.LayerNormalization(name=f"norm_{block}")(x)
        x = x + layers.MultiHeadAttention(2, 16, name=f"attention_{block}")(y, y)
        y = layers.Dense(64, "relu", kernel_initializer="he_normal", name=f"up_{block}")(x)
        x = x + layers.EinsumDense("abc,cd->abd", (None, 32), name=f"down_{block}")(y)
    return keras.Model(inputs, layers.Dense(10, name="head")(x))


def recurrent() -> keras.Model:
    """Two bidirectional LSTMs and a GRU."""
    inputs = keras.Input((8, 24))
    x = layers.Bidirectional(layers.LSTM(16, return_sequences=True), name="first")(inputs)
    x = layers.Bidirectional(layers.LSTM(16, return_sequences=True), name="second")(x)
    x = layers.GRU(16, name="last")(x)
    return keras.Model(inputs, layers.Dense(4, name="head")(x))


MODELS = {"image": image_model, "transformer": transformer, "recurrent": recurrent}


@cache
def built(name: str) -> keras.Model:
    """A model that tests only look at."""
    return unfilled(MODELS[name])


def keras_initializers(build) -> dict[str, tuple[object, tuple[int, ...]]]:
    """The very objects that Keras is about to initialize each variable with, and the shapes."""
    taken = {}

    def looked_at():
        model = build()
        for found in walk(model):
            taken[found.path] = found.variable._initializer, tuple(found.variable.shape)
        return model

    unfilled(looked_at)
    return taken


def stddev_of(initializer, shape) -> float | None:
    """The standard deviation of what Keras' initializer makes, by Keras' own count of fans."""
    from keras.src.initializers.random_initializers import compute_fans

    name = type(initializer).__name__
    if name in {"Zeros", "Ones"}:
        return 0.0
    if name == "TruncatedNormal":
        return initializer.stddev * 0.87962566103423978
    if name == "RandomUniform":
        return (initializer.maxval - initializer.minval) / 12**0.5
    if not hasattr(initializer, "mode"):
        return None  # orthogonal, or a closure around the bias of an LSTM
    axes = (initializer.input_axes, initializer.output_axes)
    fan_in, fan_out = compute_fans(shape, *axes)
    units = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
    return (initializer.scale / units[initializer.mode]) ** 0.5


@pytest.mark.parametrize("name", MODELS)
def test_exported_spec_gives_every_variable_the_distribution_that_keras_gives_it(name):
    """The plan of the export has Keras' own standard deviation for every variable."""
    model = built(name)
    plan = declinit.resolve(export(model, seed=1), model)
    expected = keras_initializers(MODELS[name])

    compared = 0
    for path, assignment in plan.items():
        initializer, shape = expected[path]
        stddev = stddev_of(initializer, shape)
        assert assignment.initializer is not None
        if stddev is not None and assignment.expected:
            compared += 1
            assert assignment.expected.stddev == pytest.approx(stddev, rel=1e-6)
        elif stddev is None:
            assert assignment.initializer.name in {"orthogonal", "zeros"}
    assert compared >= len(plan) * 0.4


@pytest.mark.parametrize("name", MODELS)
def test_rules_are_folded(name):
    """An export has far fewer rules than the model has variables, and every one decides."""
    model = built(name)
    spec = export(model)
    plan = declinit.resolve(spec, model)

    assert len(spec.rules) <= max(6, len(plan) / 3)
    assert plan.problems == ()
    assert all(use.won for use in plan.rules)


@pytest.mark.parametrize("name", MODELS)
def test_the_text_of_an_export_loads_to_the_same_spec(name, tmp_path):
    """YAML loses nothing."""
    spec = export(built(name), seed=3)
    path = tmp_path / "exported.yaml"
    path.write_text(spec_text(spec), encoding="utf-8")

    loaded = declinit.load(path)

    assert loaded == spec
    assert loaded.digest == spec.digest


def test_a_new_seed_resets_a_model():
    """Applying an export is initializing anew, moving statistics included."""
    model = keras.Sequential([keras.Input((6,)), layers.Dense(9), layers.BatchNormalization()])
    for weight in model.weights:
        weight.assign(weight.value * 0 + 5)
    spec = export(model, seed=1)

    first = declinit.apply(spec, model)
    second = declinit.apply(export(model, seed=2), model)

    assert first["batch_normalization/moving_mean"].measure.max == 0
    assert first["batch_normalization/moving_variance"].measure.min == 1
    assert first["dense/kernel"].measure.max < 5
    assert first["dense/kernel"].digest != second["dense/kernel"].digest
    assert [rule.get_config() for rule in export(model).rules] == [
        rule.get_config() for rule in spec.rules
    ]


def test_an_export_says_where_it_comes_from():
    """The note names the model and the Keras that it was exported under."""
    spec = export(keras.Sequential([keras.Input((6,)), layers.Dense(9)], name="small"))

    assert spec.note == f"Exported from 'small' under Keras {keras.__version__}."
    assert (spec.seed, spec.generator, spec.fans) == (None, "portable", "keras")
    assert [rule.get_config() for rule in spec.rules] == [
        {"match": "**/kernel", "initializer": "glorot_uniform"},
        {"match": "**/bias", "initializer": "zeros"},
    ]


class Scaled(layers.Layer):
    """A user's layer whose variable has no initializer that anyone could find."""

    def build(self, shape):
        """Make the variable."""
        self.factor = self.add_weight(shape=(3,), name="factor")

    def call(self, x):
        """Do nothing."""
        return x


def test_what_no_layer_has_an_initializer_for_is_kept():
    """A variable that no attribute has an initializer for is left as it is."""
    model = keras.Sequential([keras.Input((6,)), layers.Dense(3), Scaled()])
    kept = [rule for rule in export(model).rules if isinstance(rule.action, Keep)]

    assert [rule.get_config() for rule in kept] == [{"match": "**/factor", "keep": True}]


# Layer and input; all its variables are initialized by what Keras' code says, not by an attribute.
FIXED = {
    "RMSNormalization": (layers.RMSNormalization, ["scale"]),
    "SpectralNormalization": (
        lambda: layers.SpectralNormalization(layers.Dense(3, use_bias=False)),
        ["layer/kernel", "vector_u"],
    ),
    "LoRA": (
        lambda: layers.Dense(3, use_bias=False, lora_rank=2),
        ["kernel", "lora_kernel_a", "lora_kernel_b"],
    ),
}


@pytest.mark.parametrize("name", FIXED)
def test_what_keras_hard_codes_is_exported_too(name):
    """Constants have Keras' value, random variables the stddev that Keras gives them."""
    build, names = FIXED[name]

    def model_of():
        return keras.Sequential([keras.Input((6,)), build()])

    model = model_of()
    plan = declinit.resolve(export(model, seed=1), model)
    expected = keras_initializers(model_of)

    assert [path.partition("/")[2] for path in plan] == names
    for path, (initializer, shape) in expected.items():
        distribution = plan[path].expected
        assert distribution.stddev == pytest.approx(stddev_of(initializer, shape), rel=1e-6)
        assert distribution.mean == float(type(initializer).__name__ == "Ones")


def test_an_export_of_an_initialized_model_keeps_its_distributions():
    """What declinit put into the layers is exported like what Keras had there."""
    model = keras.Sequential([keras.Input((6,)), layers.Dense(9, name="a"), layers.Dense(9)])
    declinit.apply(policy(give("**", "zeros"), give("a/kernel", "lecun_normal")), model)

    rules = [rule.get_config() for rule in export(model).rules]

    assert rules == [
        {"match": "**/kernel", "initializer": "lecun_normal"},
        {"match": "**/dense/kernel", "initializer": "zeros"},
        {"match": "**/bias", "initializer": "zeros"},
    ]
    plan = declinit.resolve(export(model), model)
    assert plan["a/kernel"].expected.high == pytest.approx(2 / 6**0.5 / 0.87962566103423978)


def renormalized(variance) -> keras.Model:
    """A model of one BatchNormalization with renorm."""
    layer = layers.BatchNormalization(renorm=True, moving_variance_initializer=variance, name="bn")
    return keras.Sequential([keras.Input((6,)), layer])


VARIANCES = {"ones": 1.0, "zeros": 0.0}


@pytest.mark.parametrize("variance", [*VARIANCES, "constant"])
def test_deviations_of_a_renormalization_are_roots_of_the_variance(variance):
    """Keras takes the square root of what initializes the moving variance."""
    identifier = keras.initializers.Constant(6.25) if variance == "constant" else variance
    model = renormalized(identifier)
    made = {weight.name: keras.ops.convert_to_numpy(weight.value) for weight in model.weights}

    audit = declinit.apply(export(model, seed=1), renormalized("ones"))

    names = ("moving_stddev", "renorm_stddev", "moving_variance", "renorm_mean")
    assert {n: audit[f"bn/{n}"].measure.min for n in names} == {n: made[n].min() for n in names}
    assert audit["bn/moving_stddev"].measure.min == VARIANCES.get(variance, 2.5)


def test_roots_of_random_numbers_are_kept():
    """No initializer is the square root of another one."""
    rules = export(renormalized(keras.initializers.RandomUniform(0.5, 1.5))).rules
    kept = [rule.get_config()["match"] for rule in rules if isinstance(rule.action, Keep)]

    assert kept == ["**/moving_stddev", "**/renorm_stddev"]


def test_a_constant_that_keras_fills_from_an_argument_is_exported():
    """ConvNeXt's LayerScale has no initializer, and a number that it starts from."""
    model = keras.applications.ConvNeXtTiny(weights=None, input_shape=(32, 32, 3), classes=3)
    plan = declinit.resolve(export(model), model)

    chosen = [one.initializer for path, one in plan.items() if path.endswith("layer_scale/gamma")]
    assert len(chosen) == 18
    assert {str(initializer) for initializer in chosen} == {"constant(value=1e-06)"}


class Tower(keras.Model):
    """A subclassed model, whose config holds nothing of its layers."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.up, self.down = layers.Dense(8), layers.Dense(4)

    def call(self, x):
        """Apply both layers."""
        return self.down(self.up(x))


def tower() -> keras.Model:
    """A subclassed model, called once."""
    model = Tower(name="tower")
    model(keras.ops.ones((1, 4)))
    return model


RULES = [
    give("**/kernel", {"name": "random_normal", "stddev": 0.5}),
    give("down/kernel", {"name": "he_normal", "seed": 7}),
    give("up/bias", {"name": "random_normal", "stddev": 0.1}, seed=9),
]


@pytest.mark.parametrize("generator", ["portable", "keras"])
def test_an_export_of_an_audit_gives_every_variable_its_bits_again(generator, tmp_path):
    """Rules, literal seeds and other roots come out as applied, also for a model made again."""
    audit = declinit.apply(
        policy(*RULES, generator=generator, strict={"unmatched": "allow"}), tower()
    )
    audit.save(tmp_path / "audit.json")

    for source in (audit, tmp_path / "audit.json", str(tmp_path / "audit.json")):
        spec = export(tower(), audit=source)
        again = declinit.apply(spec, tower())
        applied = [path for path, record in audit.items() if record.origin == "drawn"]
        assert len(applied) == 3
        assert [again[path].digest for path in applied] == [audit[path].digest for path in applied]


def test_an_export_of_an_audit_has_the_rules_of_the_audit():
    """The audit's seed, generator and initializers; what it kept is read from the layers."""
    audit = declinit.apply(policy(*RULES, seed=5, strict={"unmatched": "allow"}), tower())
    spec = export(tower(), audit=audit)

    assert (spec.seed, spec.generator) == (5, "portable")
    assert [rule.get_config() for rule in spec.rules] == [
        {
            "match": "**/kernel",
            "initializer": {"name": "random_normal", "mean": 0.0, "stddev": 0.5},
        },
        {"match": "**/down/kernel", "initializer": {"name": "he_normal", "seed": 7}},
        {
            "match": "**/bias",
            "initializer": {
                "name": "random_normal",
                "mean": 0.0,
                "stddev": 0.1,
                "seed": audit["up/bias"].assignment.seed,
            },
        },
        {"match": "**/down/bias", "initializer": "zeros"},
    ]


def test_another_seed_for_an_audit_leaves_all_seeds_to_be_derived():
    """A seed that is asked for is the root of all variables."""
    audit = declinit.apply(policy(*RULES, strict={"unmatched": "allow"}), tower())
    spec = export(tower(), seed=3, audit=audit)

    assert spec.seed == 3
    assert not any("seed" in rule.action.initializer.params for rule in spec.rules)


def test_fans_of_an_audit_come_out_of_an_export_as_they_were():
    """Corrected scales and axes of layers that Keras counts otherwise are written out."""
    model = unfilled(image_model)
    rule = give("**/{kernel,depthwise_kernel}", "he_normal")
    audit = declinit.apply(policy(rule, strict={"unmatched": "allow"}), model)

    plan = declinit.resolve(export(model, audit=audit), model)

    for path, record in audit.items():
        if record.assignment.expected:
            assert plan[path].expected.stddev == pytest.approx(record.assignment.expected.stddev)


def test_an_audit_of_another_model_is_refused():
    """An audit whose variables the model lacks says nothing about it."""
    audit = declinit.apply(policy(*RULES, strict={"unmatched": "allow"}), tower())
    model = keras.Sequential([keras.Input((6,)), layers.Dense(9)])

    with pytest.raises(declinit.ResolveError) as raised:
        export(model, audit=audit)

    assert str(raised.value) == (
        "the audit records variables that the model does not have: "
        "up/kernel, up/bias, down/kernel and 1 more; export with the audit of this model [DI408]"
    )


def test_the_note_names_what_only_an_audit_could_tell():
    """Layers below a user's class need not carry what initialized their variables."""
    audit = declinit.apply(policy(*RULES, strict={"unmatched": "allow"}), tower())
    start = f"under Keras {keras.__version__}."
    rest = (
        " Below classes that are not Keras' own (Tower), layers need not carry what initialized "
        "their variables; an audit says what was applied:"
    )

    assert export(tower()).note == (
        f"Exported from 'tower' {start}{rest} up/kernel, up/bias, down/kernel and 1 more."
    )
    assert export(tower(), audit=audit).note == (
        f"Exported from 'tower' and an audit {start}{rest} down/bias."
    )


def test_the_note_names_classes_of_layers_too():
    """A user's layer in a model of Keras' own."""
    model = keras.Sequential([keras.Input((6,)), layers.Dense(3), Scaled(name="s")], name="small")

    assert export(model).note.endswith(
        "(Scaled), layers need not carry what initialized their variables; "
        "an audit says what was applied: s/factor."
    )


def test_an_initializer_that_no_spec_can_name_is_refused():
    """A plain function has no name that a spec could use."""

    def mine(shape, dtype=None):
        return keras.ops.ones(shape, dtype)

    layer = layers.Dense(9, kernel_initializer=mine, name="a")
    model = keras.Sequential([keras.Input((6,)), layer])

    with pytest.raises(declinit.ResolveError) as raised:
        export(model)

    assert str(raised.value) == (
        "'a/kernel' carries an initializer that no spec can name: "
        "no initializer is registered as 'function'; register it first [DI410]"
    )
