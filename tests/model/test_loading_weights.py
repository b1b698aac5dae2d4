"""Rules that load: from every format, into real models, and never past anything in silence."""

from __future__ import annotations

import math

import keras
import ml_dtypes
import numpy as np
import pytest
from keras import layers
from keras_layers import CASES
from policies import KERAS_NOISE, give, model_of_case, policy, values
from safetensors.numpy import save_file

import declinit
from declinit.audits import pieces
from declinit.errors import ApplyError, DeclinitError, ResolveError
from declinit.plans.diffs import SPEC, VALUES, Diff, Side
from declinit.plans.plan import Plan

pytestmark = KERAS_NOISE
named = pytest.mark.parametrize


def load(pattern, initializer=None, **config) -> dict:
    """A rule that loads from `base`."""
    drawn = {} if initializer is None else {"initializer": initializer}
    return {"match": pattern, "load": {"from": "base", **config}, **drawn}


def loading(path, *rules, **settings) -> declinit.Spec:
    """A spec that loads from one file, and does not ask for what it leaves out."""
    settings = {"strict": {"unmatched": "allow"}, **settings}
    return policy(*rules, checkpoints={"base": str(path)}, **settings)


def randomized(model, seed=0):
    """The model, every variable of floats with numbers of its own."""
    generator = np.random.default_rng(seed)
    for variable in model.variables:
        if "float" in variable.dtype:
            variable.assign(generator.normal(size=variable.shape))
    return model


# Kinds of models, each with a backbone and a head of so many units


def functional(units):
    inputs = keras.Input((4,))
    x = layers.Dense(6, name="body")(inputs)
    x = layers.BatchNormalization(name="norm")(x)
    return keras.Model(inputs, layers.Dense(units, name="head")(x))


def sequential(units):
    named_layers = [layers.Dense(6, name="body"), layers.BatchNormalization(name="norm")]
    return keras.Sequential([keras.Input((4,)), *named_layers, layers.Dense(units, name="head")])


class Subclassed(keras.Model):
    """A model whose layers are attributes, one of them in a list."""

    def __init__(self, units):
        super().__init__()
        self.body = [layers.Dense(6), layers.BatchNormalization()]
        self.head = layers.Dense(units)

    def call(self, inputs):
        x = inputs
        for layer in self.body:
            x = layer(x)
        return self.head(x)


def subclassed(units):
    model = Subclassed(units)
    model(np.zeros((1, 4), "float32"))
    return model


MODELS = {"functional": functional, "sequential": sequential, "subclassed": subclassed}


def body_of(model) -> dict[str, np.ndarray]:
    return {path: value for path, value in values(model).items() if not path.startswith("head")}


def same(one, other) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[key], other[key]) for key in one)


SAVERS = {
    "base.weights.h5": lambda model, path: model.save_weights(path),
    "base.keras": lambda model, path: model.save(path),
    "base.npz": lambda model, path: np.savez(path, **values(model)),
    "base.safetensors": lambda model, path: save_file(values(model), path),
}


@named("kind", MODELS)
@named("file", SAVERS)
def test_a_backbone_is_loaded_into_a_model_with_another_head(tmp_path, kind, file):
    if (kind, file) == ("subclassed", "base.keras"):
        pytest.skip("its class is not registered, so that Keras does not write it")
    base, model = randomized(MODELS[kind](3)), MODELS[kind](5)
    SAVERS[file](base, tmp_path / file)
    spec = loading(
        tmp_path / file,
        load("body/**"),
        {**load("norm/**"), "optional": True},
        give("head/**", "ones"),
    )
    audit = declinit.apply(spec, model)
    assert same(body_of(base), body_of(model))
    origins = {path: record.origin for path, record in audit.items()}
    assert {path for path, origin in origins.items() if origin == "drawn"} == {
        "head/kernel",
        "head/bias",
    }
    assert set(origins.values()) == {"loaded", "drawn"}
    assert all(
        record.digest == record.tensor_digest for record in audit.values() if record.tensor_digest
    )


def test_state_is_loaded_by_a_pattern_that_does_not_name_it(tmp_path):
    base, model = randomized(functional(3)), functional(3)
    base.save_weights(tmp_path / "base.weights.h5")
    model.get_layer("norm").trainable = False
    audit = declinit.apply(loading(tmp_path / "base.weights.h5", load("**")), model)
    assert same(values(base), values(model))
    assert repr(audit) == "<Audit of 8 variables: 8 loaded, seed 1>"


# Everything that an audit restores, however it was made


def vocabulary(tokens):
    inputs = keras.Input((3,), dtype="int32")
    x = layers.Embedding(tokens, 4, name="tokens")(inputs)
    return keras.Model(inputs, layers.Dense(2, name="head")(x))


def grown(tmp_path):
    """A spec that grows a vocabulary from 5 tokens to 8, and the model of 5."""
    base = randomized(vocabulary(5))
    base.save_weights(tmp_path / "base.weights.h5")
    rules = load("tokens/*", "random_normal", on_shape="slice"), load("head/*", "he_normal")
    return base, loading(tmp_path / "base.weights.h5", *rules)


def test_a_vocabulary_grows_by_rows_that_are_drawn(tmp_path):
    base, spec = grown(tmp_path)
    model, drawn = vocabulary(8), vocabulary(8)
    audit = declinit.apply(spec, model)
    declinit.apply(policy(give("tokens/*", "random_normal"), give("head/*", "zeros")), drawn)
    rows, old, new = (values(each)["tokens/embeddings"] for each in (model, base, drawn))
    assert np.array_equal(rows[:5], old)
    assert np.array_equal(rows[5:], new[5:])  # what the rule draws for these rows without a file
    assert audit["tokens/embeddings"].tensor_digest != audit["tokens/embeddings"].digest
    assert audit["tokens/embeddings"].assignment.source.sliced


def test_an_audit_a_plan_and_a_build_give_the_same_weights(tmp_path):
    _, spec = grown(tmp_path)
    audit = declinit.apply(spec, vocabulary(8))
    audit.save(tmp_path / "audit.json")
    (tmp_path / "plan.json").write_text(declinit.resolve(spec, vocabulary(8)).to_json())
    for source in ("audit.json", "plan.json"):
        again = declinit.apply(tmp_path / source, vocabulary(8))
        assert again.entries == audit.entries
    built, recorded = declinit.build(lambda: vocabulary(8), spec)
    assert declinit.verify(audit, built)
    assert recorded.entries == audit.entries


def test_a_spec_survives_being_written_flat(tmp_path):
    steps = {"take": "..., :2", "transpose": [1, 0], "reshape": [4, -1], "rename": {"a": "b"}}
    rules = load("**", "ones", on_missing="keep", on_shape="draw", **steps), load("a")
    spec = loading(tmp_path / "x.npz", *rules, strict={"leftover": "warn"})
    assert declinit.Spec.from_config(spec.get_config()) == spec
    assert spec.get_config()["strict"]["leftover"] == "warn"


def test_a_layers_config_holds_the_fallback_or_what_it_held(tmp_path):
    functional(3).save_weights(tmp_path / "base.weights.h5")
    model = functional(3)
    rules = load("**"), load("body/kernel", "lecun_normal"), load("body/bias", "lecun_normal")
    declinit.apply(loading(tmp_path / "base.weights.h5", *rules), model)
    held = [type(model.get_layer(name).kernel_initializer).__name__ for name in ("body", "head")]
    assert held == ["LecunNormal", "GlorotUniform"]
    # One that cannot draw a bias is no fault where nothing is drawn.
    assert type(model.get_layer("body").bias_initializer).__name__ == "Zeros"


def test_what_a_checkpoint_lacks_is_an_error_drawn_or_kept(tmp_path):
    np.savez(tmp_path / "base.npz", **{"body/kernel": np.ones((4, 6)), "body/biass": np.ones(6)})
    path = tmp_path / "base.npz"
    model = functional(3)
    with pytest.raises(ResolveError) as refused:
        declinit.apply(loading(path, load("body/*")), model)
    assert refused.value.problems[0].headline == (
        "rules[0]: checkpoint 'base' has no tensor for 1 variable: body/bias; "
        "did you mean 'body/biass'? [DI340]"
    )
    drawn = declinit.apply(loading(path, load("body/*", "ones", on_missing="draw")), model)
    kept = declinit.apply(loading(path, load("body/*", on_missing="keep")), model)
    assert [audit["body/bias"].origin for audit in (drawn, kept)] == ["drawn", "kept"]
    assert kept["body/bias"].digest_before == kept["body/bias"].digest


def test_leftovers_are_told_without_those_of_optimizers(tmp_path):
    base = functional(3)
    base.compile("adam", "mse")
    base.fit(
        np.ones((2, 4)), np.ones((2, 3)), verbose=0
    ) if keras.backend.backend() == "jax" else None
    base.save_weights(tmp_path / "base.weights.h5")
    spec = loading(
        tmp_path / "base.weights.h5",
        load("body/*"),
        strict={"unmatched": "allow", "leftover": "warn"},
    )
    (problem,) = declinit.resolve(spec, functional(3)).problems
    assert problem.headline == (
        "warning: no variable takes 6 tensors of checkpoint 'base': norm/0, norm/1, norm/2 and 3 "
        "more; load them, or set strict.leftover [DI345]"
    )


# Types


@named(
    ("stored", "wanted", "note"),
    [
        ("float16", "float32", None),
        ("bfloat16", "float32", None),
        ("float32", "float32", None),
        ("float64", "float32", "values loaded as float64 were rounded to float32: a/kernel"),
        ("float32", "bfloat16", "values loaded as float32 were rounded to bfloat16: a/kernel"),
        ("int8", "float32", None),
    ],
)
def test_types_are_converted_and_roundings_are_told(tmp_path, stored, wanted, note):
    dtype = np.dtype(getattr(ml_dtypes, stored, stored))
    given = (np.arange(16).reshape(4, 4) / (1 if stored == "int8" else 3)).astype(dtype)
    save_file({"a/kernel": given}, tmp_path / "base.safetensors")
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(4, use_bias=False, name="a", dtype=wanted)]
    )
    audit = declinit.apply(loading(tmp_path / "base.safetensors", load("**")), model)
    target = np.dtype(getattr(ml_dtypes, wanted, wanted))
    assert np.array_equal(values(model)["a/kernel"].astype(target), given.astype(target))
    assert audit.notes == (() if note is None else (note,))
    assert declinit.verify(audit, model)


# Steps, against NumPy, whole and in small pieces

TENSOR = np.arange(2 * 6 * 4, dtype="float32").reshape(2, 6, 4)
STEPS = {
    "nothing": ({}, TENSOR),
    "take": ({"take": "1, ::2"}, TENSOR[1:, ::2]),
    "transpose": ({"transpose": [2, 0, 1]}, TENSOR.transpose(2, 0, 1)),
    "transpose behind": ({"transpose": [0, 2, 1]}, TENSOR.transpose(0, 2, 1)),
    "reshape rows": ({"reshape": [2, 24]}, TENSOR.reshape(2, 24)),
    "reshape": ({"reshape": [-1, 3]}, TENSOR.reshape(16, 3)),
    "to a scalar": ({"take": "0, 0, 1", "reshape": []}, TENSOR[0, 0, 1]),
    "all": (
        {"take": "..., 1:3", "transpose": [1, 2, 0], "reshape": [6, 4]},
        TENSOR[..., 1:3].transpose(1, 2, 0).reshape(6, 4),
    ),
}


class Holder(keras.layers.Layer):
    """A layer of one variable."""

    def __init__(self, shape, **settings):
        super().__init__(name="holder", **settings)
        self.value = self.add_weight(name="value", shape=shape)
        self.built = True

    def call(self, inputs):
        return inputs


@named("steps", STEPS)
@named("size", [8, 64, 1 << 20])
@named("file", ["base.npz", "base.safetensors"])
def test_steps_do_what_numpy_does(tmp_path, monkeypatch, steps, size, file):
    monkeypatch.setattr(pieces, "WHOLE_BYTES", size)
    monkeypatch.setattr(pieces, "PIECE_BYTES", size)
    config, expected = STEPS[steps]
    saver = np.savez if file.endswith("npz") else (lambda path, **each: save_file(each, path))
    saver(tmp_path / file, tensor=TENSOR)
    holder = Holder(np.shape(expected))
    rule = load("value", rename={"tensor": "value"}, **config)
    audit = declinit.apply(loading(tmp_path / file, rule), holder)
    assert np.array_equal(keras.ops.convert_to_numpy(holder.value.value), expected)
    assert declinit.verify(audit, holder)
    assert declinit.apply(audit, Holder(np.shape(expected))) == audit


@named("size", [8, 64, 1 << 20])
@named("shape", [(3, 4), (2, 8), (1, 1), (5, 2), (2, 0)])
def test_what_both_have_is_loaded_in_pieces_too(tmp_path, monkeypatch, size, shape):
    monkeypatch.setattr(pieces, "WHOLE_BYTES", size)
    monkeypatch.setattr(pieces, "PIECE_BYTES", size)
    given = np.arange(8, dtype="float32").reshape(2, 4) + 5
    np.savez(tmp_path / "base.npz", value=given)
    holder = Holder(shape)
    declinit.apply(loading(tmp_path / "base.npz", load("value", "ones", on_shape="slice")), holder)
    expected = np.ones(shape, "float32")
    rows, columns = min(2, shape[0]), min(4, shape[1])
    expected[:rows, :columns] = given[:rows, :columns]
    assert np.array_equal(keras.ops.convert_to_numpy(holder.value.value), expected)


def test_what_is_not_loaded_is_drawn_by_formulas_and_in_parts(tmp_path):
    given = np.arange(8, dtype="float32").reshape(2, 4) + 5
    np.savez(tmp_path / "base.npz", value=given)
    rule = load("value", {"name": "constant", "value": "1 / dim(0)"}, on_shape="slice")
    rule["parts"] = [{"at": "-1", "initializer": "zeros"}, {"at": "0", "initializer": "ones"}]
    spec, holder = loading(tmp_path / "base.npz", rule), Holder((4, 4))
    plan = declinit.resolve(spec, holder)
    audit = declinit.apply(plan, holder)
    expected = np.full((4, 4), 0.25, "float32")
    expected[-1], expected[:2] = 0, given
    assert np.array_equal(keras.ops.convert_to_numpy(holder.value.value), expected)
    assert [str(formula) for formula in plan["value"].formulas] == [
        "value = 1 / dim(0) = 0.25, where dim(0) is 4"
    ]
    assert [part.name for part in plan["value"].action.fill.parts] == ["[0]", "[3]"]
    assert declinit.apply(audit, Holder((4, 4))) == audit
    assert Plan.from_dict(plan.to_dict(), plan.registry)["value"] == plan["value"]


@named("at", ["9", "2:2", "0, 0, 0"])
def test_parts_that_nothing_is_drawn_in_need_not_fit(tmp_path, at):
    np.savez(tmp_path / "base.npz", value=np.ones((2, 4), "float32"))
    rule = load("value", "zeros")
    rule["parts"] = [{"at": at, "initializer": "ones"}]
    holder = Holder((2, 4))
    plan = declinit.resolve(loading(tmp_path / "base.npz", rule), holder)
    assert plan["value"].initializer is None
    rule["load"]["on_shape"] = "slice"
    with pytest.raises(ResolveError):
        declinit.resolve(loading(tmp_path / "base.npz", rule), Holder((3, 4)))


def test_a_loaded_lstm_keeps_what_its_layer_does_by_itself(tmp_path):
    def build():
        return keras.Sequential([keras.Input((3, 2)), layers.LSTM(4, name="lstm")])

    base, model = randomized(build()), build()
    np.savez(tmp_path / "base.npz", **values(base))
    audit = declinit.apply(loading(tmp_path / "base.npz", load("**", "zeros")), model)
    own = {"lstm/cell/seed_generator_state"}
    found, given = values(model), values(base)
    assert all(np.array_equal(found[path], given[path]) for path in given.keys() - own)
    assert model.get_layer("lstm").unit_forget_bias
    assert type(model.get_layer("lstm").bias_initializer).__name__ == "Zeros"
    assert [str(part) for part in audit["lstm/cell/bias"].assignment.action.fill.parts] == [
        "forget: ones"
    ]


def test_a_diff_compares_what_is_loaded_by_tensor_and_not_by_the_names_of_files(tmp_path):
    given = np.arange(8, dtype="float32").reshape(2, 4)
    for name, value in {"one": given, "other": given + 1}.items():
        np.savez(tmp_path / f"{name}.npz", value=value)
    (tmp_path / "copy.npz").write_bytes((tmp_path / "one.npz").read_bytes())
    one, copy, other, drawn = (
        Side(name=name, kind=SPEC, plan=declinit.resolve(spec, Holder((2, 4))), moves=spec.moves)
        for name, spec in {
            "one": loading(tmp_path / "one.npz", load("value")),
            "copy": loading(tmp_path / "copy.npz", load("value", "ones")),
            "other": loading(tmp_path / "other.npz", load("value")),
            "drawn": policy(give("value", "ones")),
        }.items()
    )
    found = [[each.fields for each in Diff.of(one, side).changes] for side in (copy, other, drawn)]
    assert found == [[], [(VALUES,)], [(VALUES,)]]


# Faults: before anything is touched


@named(
    ("config", "says"),
    [
        (
            {},
            "load tensor from base has shape 6x4, and the variable 4x6: value; "
            "`transpose: [1, 0]` may be meant [DI341]",
        ),
        (
            {"transpose": [1, 0], "reshape": [24]},
            "load tensor from base, transpose [1, 0], reshape [24] has shape 24, and the variable "
            "4x6: value; `reshape: [4, 6]` may be meant [DI341]",
        ),
        (
            {"take": "0"},
            "load tensor from base, take 0 has shape 1x4, and the variable 4x6: value; "
            "say `on_shape: slice`, or `on_shape: draw` [DI341]",
        ),
        (
            {"take": "9"},
            "`take: 9`: it lies outside of shape 6x4, whose axis 0 has size 6: value [DI330]",
        ),
        (
            {"transpose": [2, 1, 0]},
            "`transpose` names 3 axes of a tensor of rank 2: value [DI344]",
        ),
        ({"reshape": [5, -1]}, "`reshape` cannot make [5, -1] of shape 6x4: value [DI344]"),
    ],
)
def test_a_tensor_that_does_not_fit_is_refused(tmp_path, config, says):
    np.savez(tmp_path / "base.npz", tensor=np.ones((6, 4), "float32"))
    rule = load("value", rename={"tensor": "value"}, **config)
    with pytest.raises(ResolveError) as refused:
        declinit.resolve(loading(tmp_path / "base.npz", rule), Holder((4, 6)))
    assert [one.headline for one in refused.value.problems] == [f"rules[0]: {says}"]


def spoilt(tmp_path, how):
    """A file of weights with what was planned for it, spoilt afterwards."""
    path = tmp_path / "base.npz"
    np.savez(
        path, **{"body/kernel": np.ones((4, 6), "float32"), "body/bias": np.ones(6, "float32")}
    )
    plan = declinit.resolve(loading(path, load("body/*"), give("head/*", "ones")), functional(3))
    data = path.read_bytes()
    path.unlink()
    if how == "cut":
        path.write_bytes(data[: len(data) // 2])
    if how == "changed":
        np.savez(path, **{"body/kernel": np.zeros((4, 6), "float32")})
    return plan


@named(("how", "code"), [("gone", "DI101"), ("cut", "DI132"), ("changed", "DI420")])
def test_nothing_is_touched_when_a_file_is_bad(tmp_path, how, code):
    plan, model = spoilt(tmp_path, how), randomized(functional(3))
    before = values(model)
    with pytest.raises(ApplyError) as refused:
        declinit.apply(plan, model)
    assert [problem.code for problem in refused.value.problems] == [code]
    assert same(before, values(model))


def test_damage_inside_an_archive_is_found_before_anything_is_touched(tmp_path):
    path, model = tmp_path / "base.npz", randomized(functional(3))
    np.savez(path, **{"body/kernel": np.ones((4, 6), "float32")})
    data = bytearray(path.read_bytes())
    data[data.find(np.ones(4, "float32").tobytes())] ^= 1
    path.write_bytes(data)
    before = values(model)
    rules = give("head/*", "zeros"), load("body/kernel")
    with pytest.raises(DeclinitError, match="damaged"):
        declinit.apply(loading(path, *rules), model)
    assert same(before, values(model))


def test_another_file_may_be_given_for_a_checkpoint(tmp_path):
    _, spec = grown(tmp_path)
    audit = declinit.apply(spec, vocabulary(8))
    moved = (tmp_path / "base.weights.h5").rename(tmp_path / "elsewhere.h5")
    for source in (audit, audit.plan(), spec, spec.get_config()):
        again = declinit.apply(source, vocabulary(8), checkpoints={"base": moved})
        assert [one.digest for one in again.values()] == [one.digest for one in audit.values()]
        # The same bytes elsewhere are no change of a plan.
        assert not again.plan().check(audit.plan()).differs


# Other people's weights


def attention_model(units: int, heads: int):
    """One block of GPT-2 with separate projections, in Keras' own layers."""
    inputs = keras.Input((5, units))
    x = layers.LayerNormalization(epsilon=1e-5, name="ln_1")(inputs)
    attention = layers.MultiHeadAttention(heads, units // heads, name="attention")
    x = inputs + attention(x, x, use_causal_mask=True)
    h = layers.LayerNormalization(epsilon=1e-5, name="ln_2")(x)
    h = layers.Dense(4 * units, activation=keras.activations.gelu, name="up")(h)
    return keras.Model(inputs, x + layers.Dense(units, name="down")(h))


def gpt2_weights(units: int) -> dict[str, np.ndarray]:
    """One block in torch's layout: Conv1D keeps `(inputs, outputs)`, q, k and v side by side."""
    generator = np.random.default_rng(3)

    def draw(*shape):
        return generator.normal(size=shape).astype("float32") * 0.3

    return {
        "h.0.ln_1.weight": 1 + draw(units),
        "h.0.ln_1.bias": draw(units),
        "h.0.attn.c_attn.weight": draw(units, 3 * units),
        "h.0.attn.c_attn.bias": draw(3 * units),
        "h.0.attn.c_proj.weight": draw(units, units),
        "h.0.attn.c_proj.bias": draw(units),
        "h.0.ln_2.weight": 1 + draw(units),
        "h.0.ln_2.bias": draw(units),
        "h.0.mlp.c_fc.weight": draw(units, 4 * units),
        "h.0.mlp.c_fc.bias": draw(4 * units),
        "h.0.mlp.c_proj.weight": draw(4 * units, units),
        "h.0.mlp.c_proj.bias": draw(units),
    }


def gpt2_forward(x, weights, heads):
    """What the block computes, written out."""
    w = {name.removeprefix("h.0."): value.astype("float64") for name, value in weights.items()}

    def norm(x, name):
        mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        return (x - mean) / np.sqrt(var + 1e-5) * w[f"{name}.weight"] + w[f"{name}.bias"]

    def apply(x, name):
        return x @ w[f"{name}.weight"] + w[f"{name}.bias"]

    batch, length, units = x.shape
    split = (batch, length, heads, units // heads)
    parts = np.split(apply(norm(x, "ln_1"), "attn.c_attn"), 3, axis=-1)
    q, k, v = (part.reshape(split).transpose(0, 2, 1, 3) for part in parts)
    scores = q @ k.transpose(0, 1, 3, 2) / np.sqrt(units // heads)
    scores = np.where(np.tri(length, dtype=bool), scores, -np.inf)
    scores = np.exp(scores - scores.max(-1, keepdims=True))
    mixed = scores / scores.sum(-1, keepdims=True) @ v
    x = x + apply(mixed.transpose(0, 2, 1, 3).reshape(batch, length, units), "attn.c_proj")
    inner = apply(norm(x, "ln_2"), "mlp.c_fc")
    gelu = 0.5 * inner * (1 + np.vectorize(math.erf)(inner / np.sqrt(2)))
    return x + apply(gelu, "mlp.c_proj")


def gpt2_rules(units, heads):
    """The policy: what is called otherwise, and where q, k and v are."""
    split = [heads, units // heads]
    for place, name in enumerate(["query", "key", "value"]):
        took = f"..., {place * units}:{(place + 1) * units}"
        for kind, own, shape in (("kernel", "weight", [units, *split]), ("bias", "bias", split)):
            path = f"attention/{name}/{kind}"
            rename = {f"h.0.attn.c_attn.{own}": path}
            yield load(path, rename=rename, take=took, reshape=shape)
    output = "attention/attention_output"
    proj = "h.0.attn.c_proj"
    yield load(
        f"{output}/kernel", rename={f"{proj}.weight": f"{output}/kernel"}, reshape=[*split, units]
    )
    yield load(f"{output}/bias", rename={f"{proj}.bias": f"{output}/bias"})
    norms = {
        "h.0.ln_{n}.weight": "ln_{n}/gamma",
        "h.0.ln_{n}.bias": "ln_{n}/beta",
    }
    yield load("ln_*/*", rename=norms)
    names = {"c_fc": "up", "c_proj": "down"}
    kinds = {"weight": "kernel", "bias": "bias"}
    dense = {
        f"h.0.mlp.{other}.{kind}": f"{own}/{ours}"
        for other, own in names.items()
        for kind, ours in kinds.items()
    }
    yield load(["up/*", "down/*"], rename=dense)


def test_gpt2_in_torchs_layout_computes_the_same_in_separate_projections(tmp_path):
    units, heads = 8, 2
    weights = gpt2_weights(units)
    save_file(weights, tmp_path / "base.safetensors")
    model = attention_model(units, heads)
    strict = {"leftover": "error"}
    spec = loading(tmp_path / "base.safetensors", *gpt2_rules(units, heads), strict=strict)
    audit = declinit.apply(spec, model)
    assert {record.origin for record in audit.values()} == {"loaded"}
    x = np.random.default_rng(0).normal(size=(2, 5, units)).astype("float32")
    made = keras.ops.convert_to_numpy(model(x))
    np.testing.assert_allclose(made, gpt2_forward(x, weights, heads), rtol=2e-4, atol=2e-5)
    assert declinit.apply(audit, attention_model(units, heads)) == audit


def mobile_net():
    return keras.applications.MobileNetV2(
        (32, 32, 3), alpha=0.35, weights=None, include_top=False, pooling="avg", name="backbone"
    )


def test_a_nested_backbone_is_loaded_under_a_new_head_and_its_last_block_begins_anew(tmp_path):
    base, head = randomized(mobile_net()), layers.Dense(3, name="head")
    model = keras.Sequential([keras.Input((32, 32, 3)), mobile_net(), head])
    base.save_weights(tmp_path / "base.weights.h5")
    rules = (
        load("backbone/**", rename={"{layer:*}/{key:*}": "backbone/{layer}/{key}"}),
        give("backbone/block_16_*/kernel", "he_normal", expect=3),
        give("backbone/block_16_*/{gamma,moving_variance}", "ones", expect=6),
        give("backbone/block_16_*/{beta,moving_mean}", "zeros", expect=6),
        give("head/kernel", "glorot_uniform"),
        give("head/bias", "zeros"),
    )
    strict = {"shadowed": "allow", "leftover": "allow"}
    audit = declinit.apply(loading(tmp_path / "base.weights.h5", *rules, strict=strict), model)
    drawn = {path for path, record in audit.items() if record.origin == "drawn"}
    assert {path for path in audit if "/block_16_" in path or "head/" in path} == drawn
    one, other = values(base), values(model)
    kept = {path: value for path, value in one.items() if "block_16_" not in path}
    assert same(kept, {path: other[f"backbone/{path}"] for path in kept})
    assert {path.removeprefix("backbone/") for path in audit.keys() - drawn} == kept.keys()


# Every built-in layer


def is_stored_otherwise(case: str) -> bool:
    """Whether Keras' files do not hold a layer's tensors as they are: LoRA's sum, torch's pickle."""
    return "lora" in case or case == "torch_module_wrapper"


@named("case", CASES)
def test_loaded_drawn_and_kept_are_all_weights_of_every_layer(tmp_path, case):
    model = model_of_case(case)
    if not model.weights:
        pytest.skip("it has no weights")
    infos = [info for info in declinit.survey(model) if not info.seed_state]
    floats = [info.path for info in infos if info.dtype.startswith(("float", "bfloat"))]
    half = floats[::2]
    model.save_weights(tmp_path / "base.weights.h5")
    before = values(model)
    if not half:
        return
    rule = {**load(half), "load": {"from": "base", "on_missing": "keep"}}
    audit = declinit.apply(loading(tmp_path / "base.weights.h5", rule), model)
    counts = {"loaded": 0, "drawn": 0, "kept": 0}
    for record in audit.values():
        counts[record.origin] += 1
    assert sum(counts.values()) == len(infos)
    assert counts["loaded"] == (0 if is_stored_otherwise(case) else len(half))
    assert same(before, values(model))
    copied_too(rule, infos, floats, model, tmp_path / "base.weights.h5")


def copied_too(rule, infos, floats, model, file):
    """The same with copies of what is loaded, wherever another variable is like it."""
    facts = {info.path: (info.shape, info.dtype) for info in infos}
    like = {facts[path]: path for path in floats[::2]}
    twins = {path: like[facts[path]] for path in floats[1::2] if facts[path] in like}
    copies = [{"match": path, "copy_of": twin} for path, twin in twins.items()]
    audit = declinit.apply(loading(file, rule, *copies), model)
    origins = [record.origin for record in audit.values()]
    assert len(origins) == len(infos)
    assert origins.count("copied") == len(twins)
    assert {audit[path].digest == audit[twin].digest for path, twin in twins.items()} <= {True}
    assert set(origins) <= {"loaded", "copied", "kept"}
