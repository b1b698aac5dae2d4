"""Other people's weights: faults that were made in the field are found, and nothing else is."""

from __future__ import annotations

import json

import keras
import ml_dtypes
import numpy as np
import pytest
from keras import layers
from policies import KERAS_NOISE, dense_model, give, policy, values

import declinit
from declinit.errors import ApplyError, ArgumentError, ResolveError
from declinit.kinds.extensions import registering
from declinit.model.addresses import walk

pytestmark = KERAS_NOISE

# A small GPT, with gated feed-forward layers, layer scale and adapters.

WIDTH, BLOCKS, VOCABULARY = 32, 2, 256


class Block(layers.Layer):
    """Attention and a gated feed-forward layer, each behind a norm and a layer scale."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.norm = layers.RMSNormalization(name="norm")
        self.attention = layers.MultiHeadAttention(4, WIDTH // 4, name="attention")
        self.w1 = layers.Dense(4 * WIDTH, use_bias=False, name="w1")
        self.w3 = layers.Dense(4 * WIDTH, use_bias=False, name="w3")
        self.w2 = layers.Dense(WIDTH, use_bias=False, name="w2")

    def build(self, shape):
        self.norm.build(shape)
        self.attention.build(shape, shape)
        self.w1.build(shape)
        self.w3.build(shape)
        self.w2.build((*shape[:-1], 4 * WIDTH))
        self.layer_scale = self.add_weight(name="layer_scale", shape=(WIDTH,))

    def call(self, x):
        y = self.norm(x)
        # The layers inside are float32, whatever the block is; TensorFlow adds no two types.
        x = x + keras.ops.cast(self.attention(y, y), x.dtype)
        gated = self.w2(keras.ops.silu(self.w1(x)) * self.w3(x))
        return x + self.layer_scale * keras.ops.cast(gated, x.dtype)


def gpt(dtype=None):
    inputs = keras.Input((8,), dtype="int32")
    x = layers.Embedding(VOCABULARY, WIDTH, name="tokens", dtype=dtype)(inputs)
    for number in range(BLOCKS):
        x = Block(name=f"h{number}", dtype=dtype)(x)
    x = layers.LayerNormalization(name="final", dtype=dtype)(x)
    return keras.Model(inputs, layers.Dense(VOCABULARY, name="head", dtype=dtype)(x))


def normal(stddev: float, **rest) -> dict:
    return {"name": "random_normal", "stddev": stddev, **rest}


OUT = ["h*/attention/attention_output/kernel", "h*/w2/kernel"]
RULES = (
    give("**/kernel", normal(0.02)),
    give(OUT, normal(0.01)),
    give("tokens/embeddings", normal(0.02)),
    give(["**/bias", "**/beta"], "zeros"),
    give(["**/scale", "**/gamma"], "ones"),
    give("**/layer_scale", {"name": "constant", "value": 1e-5}),
    give("head/kernel", {"name": "truncated_normal", "stddev": 0.1}),
)
POLICY = policy(*RULES)


def applied(*wrong, seed=2, dtype=None):
    """A model of the policy, but for some rules that were applied instead."""
    model = gpt(dtype)
    declinit.apply(policy(*RULES, *wrong, seed=seed, strict={"shadowed": "allow"}), model)
    return model


def set_values(model, path, change):
    """Change the values of a variable."""
    variable = next(one.variable for one in walk(model) if one.path == path)
    host = keras.ops.convert_to_numpy(variable.value)
    variable.assign(np.array(change(np.array(host, "float32")), "float32"))


def judged(model, spec=POLICY):
    return declinit.verify(spec, model, statistical=True)


def inconsistent(model, spec=POLICY) -> dict[str, str]:
    found = judged(model, spec)
    return {path: one.reason for path, one in found.items() if one.verdict == "inconsistent"}


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("seed", range(2))
def test_a_model_that_was_drawn_with_other_seeds_is_consistent(seed, dtype):
    found = judged(applied(seed=seed + 100, dtype=dtype))
    assert found
    assert set(found.counts()) == {"exact", "consistent"}
    assert found["tokens/embeddings"].verdict == "consistent"
    assert found["tokens/embeddings"].source == "normal (mean 0, stddev 0.02)"
    assert found["h0/norm/scale"].verdict == "exact"


KERNELS = [f"h{number}/w{which}/kernel" for number in range(BLOCKS) for which in (1, 2, 3)]
IN = [one for one in KERNELS if "w2" not in one]
PROJECTIONS = [
    f"h{number}/attention/{which}/kernel"
    for number in range(BLOCKS)
    for which in ("query", "key", "value")
]
RESIDUAL = [
    f"h{number}/{which}"
    for number in range(BLOCKS)
    for which in ("attention/attention_output/kernel", "w2/kernel")
]
SCALES = [f"h{number}/layer_scale" for number in range(BLOCKS)]

# What was applied in place of the policy, which variables that should betray, and how.
WRONG_RULES = {
    "depth scale on w3 too": (
        [give("h*/w3/kernel", normal(0.01))],
        [one for one in KERNELS if "w3" in one],
        "where 0.02 is expected (0.5",
    ),
    "w3 written where w2 was meant": (
        [give("h*/w3/kernel", normal(0.01)), give("h*/w2/kernel", normal(0.02))],
        [one for one in KERNELS if "w1" not in one],
        "is expected",
    ),
    "residual scaling never applied": (
        [give(OUT, normal(0.02))], RESIDUAL, "where 0.01 is expected (",
    ),
    "initializer_range never reaches the layers": (
        [give("h*/w1/kernel", "glorot_uniform")],
        [one for one in KERNELS if "w1" in one],
        "where 0.02 is expected (",
    ),
    "layer scale reset to 1": (
        [give("**/layer_scale", "ones")],
        SCALES,
        "not constant(value=1e-05): all 32 elements differ, the first is 1 where 1e-05",
    ),
    "layer scale left 0 from the meta device": (
        [give("**/layer_scale", "zeros")], SCALES, "the first is 0 where 1e-05 is expected",
    ),
    "a whole model left 0 from the meta device": (
        [give("h*/w1/kernel", "zeros")],
        [one for one in KERNELS if "w1" in one],
        "all elements are 0",
    ),
    "norm weights drawn after a reset": (
        [give("**/scale", normal(0.02))],
        [f"h{number}/norm/scale" for number in range(BLOCKS)],
        "not ones: all 32 elements differ",
    ),
    "a norm that adds 1 set to 1 itself": (
        [give("final/beta", "ones")], ["final/beta"], "not zeros: all 32 elements differ",
    ),
    "zero-initialized bias overwritten": (
        [give("head/bias", normal(0.02))], ["head/bias"], "not zeros: all 256 elements differ",
    ),
    "stddev doubled by tensor parallelism": (
        [give("h*/attention/query/kernel", normal(0.04))],
        [one for one in PROJECTIONS if "query" in one],
        "where 0.02 is expected (",
    ),
    "a default that moved from 0.05 to 1": (
        [give("tokens/embeddings", normal(1.0))], ["tokens/embeddings"], "stddev 1.0",
    ),
    "stddev of the uncut parent taken for that of the cut normal": (
        [give("head/kernel", {"name": "truncated_normal", "stddev": 0.1 / 0.87962566})],
        ["head/kernel"],
        "where 0.0879626 is expected (1.13 times as much)",
    ),
    "a normal where it should be cut": (
        [give("head/kernel", normal(0.0879626))], ["head/kernel"], "values leave [-0.2, 0.2]",
    ),
    "a cut normal of the same stddev where it should not be cut": (
        [give("tokens/embeddings", {"name": "truncated_normal", "stddev": 0.02 / 0.87962566})],
        ["tokens/embeddings"],
        "no value lies further than 2.27 stddevs from the mean, among 8192",
    ),
    "a uniform of the same stddev": (
        [give("tokens/embeddings",
              {"name": "random_uniform", "minval": -0.0346410, "maxval": 0.0346410})],
        ["tokens/embeddings"],
        "no value lies further than 1.73 stddevs from the mean, among 8192",
    ),
    "mean 1, as TruncatedNormal(1.0) has it": (
        [give("tokens/embeddings", normal(0.02, mean=1.0))],
        ["tokens/embeddings"],
        "where 0 is expected (p < 1e-300)",
    ),
    "a dropped axis: heads not counted": (
        [give("h*/attention/value/kernel", normal(0.02 * 6.2))],
        [one for one in PROJECTIONS if "value" in one],
        "where 0.02 is expected (6.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG_RULES)
def test_a_wrong_draw_is_found_where_it_was_made_and_nowhere_else(fault):
    wrong, paths, says = WRONG_RULES[fault]
    found = inconsistent(applied(*wrong))
    assert sorted(found) == sorted(paths)
    assert all(says in reason for reason in found.values()), found


def bfloat16(values):
    return values.astype(ml_dtypes.bfloat16).astype("float32")


def with_cut_ends(values):
    """As `trunc_normal_` in bfloat16 has it: now and then it gives the cut itself."""
    values.flat[::500] = -2.0
    return values


def zero_row(values):
    values[0] = 0.0
    return values


WRONG_VALUES = {
    "cut ends of a truncated normal in bfloat16": (
        "head/kernel", with_cut_ends, "where 0.0879626 is expected (1.4",
    ),
    "a round trip through bfloat16": (
        "h1/w2/kernel", bfloat16, "all values are numbers of bfloat16, as after a round trip",
    ),
    "a round trip through float16": (
        "tokens/embeddings",
        lambda values: values.astype("float16"),
        "all values are numbers of float16",
    ),
    "a draw on top of another": (
        "h0/w1/kernel",
        lambda values: values + np.random.default_rng(0).normal(0.0, 0.02, values.shape),
        "where 0.02 is expected (1.3",
    ),
    "a table zeroed for its padding row": (
        "tokens/embeddings", np.zeros_like, "all elements are 0",
    ),
    "memory that nobody filled": (
        "h0/w3/kernel",
        lambda values: np.frombuffer(b"\x00\x00\xc0\x7f" * values.size, "float32").reshape(
            values.shape
        ),
        "4096 of 4096 elements are no finite numbers",
    ),
    "heads that are copies": (
        "h0/attention/query/kernel",
        lambda values: np.repeat(values[:, :1], 4, axis=1),
        "3 of the slices along axis 1 repeat others (1 holds the values of 0)",
    ),
    "an orthogonal matrix": (
        "h0/w1/kernel",
        lambda values: np.linalg.qr(values.T)[0].T,
        "stddev ",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG_VALUES)
def test_wrong_values_are_found_where_they_are_and_nowhere_else(fault):
    path, change, says = WRONG_VALUES[fault]
    model = applied()
    set_values(model, path, change)
    found = inconsistent(model)
    assert set(found) == {path}
    assert says in found[path]


COPIES = {
    "copied layers": ("h0/w1/kernel", "h1/w1/kernel", lambda values: values, ""),
    "a tied head": (
        "tokens/embeddings", "head/kernel", np.transpose, ", transposed",
    ),
    "another order": (
        "h0/w1/kernel", "h0/w3/kernel", lambda values: values[::-1], ", in another order",
    ),
    "another shape": (
        "h0/attention/query/kernel",
        "h0/attention/key/kernel",
        lambda values: values.reshape(-1)[::-1].reshape(values.shape),
        ", in another order",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", COPIES)
def test_variables_that_hold_the_same_numbers_are_found(fault):
    source, path, change, how = COPIES[fault]
    model = applied()
    numbers = values(model)[source]
    set_values(model, path, lambda _: change(numbers))
    reason = inconsistent(model)[path]
    assert reason.endswith(f": the values of {source}{how}")


@pytest.mark.filterwarnings("ignore::declinit.DeclinitWarning")
def test_variables_that_a_policy_draws_with_one_seed_may_hold_the_same():
    model = dense_model("a", "b", size=16)
    spec = policy(give("**/kernel", normal(0.02, seed=5)), give("**/bias", "zeros"))
    declinit.apply(spec, model)
    assert judged(model, spec)
    other = policy(give("**/kernel", normal(0.02)), give("**/bias", "zeros"))
    assert list(inconsistent(model, other)) == ["b/kernel"]


# Fans and gains


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("he_normal", {"name": "variance_scaling", "scale": 2.0, "mode": "fan_out"}),
        ("he_normal", "lecun_normal"),
        ("he_uniform", "glorot_uniform"),
        ("glorot_uniform", "glorot_normal"),
        ("orthogonal", {"name": "orthogonal", "gain": 1.41421356}),
        ("orthogonal", {"name": "random_normal", "stddev": 0.125}),
        ("orthogonal", "identity"),
        ("identity", "orthogonal"),
        ("lecun_normal", "orthogonal"),
    ],
    ids=str,
)
def test_wrong_gains_fans_and_families_are_found(right, wrong):
    square = "identity" in (right, wrong)
    model = keras.Sequential([keras.Input((64,)), layers.Dense(64 if square else 96, name="a")])
    specs = [policy(give("**/kernel", one), give("**/bias", "zeros")) for one in (right, wrong)]
    declinit.apply(specs[0], model)
    assert judged(model, specs[0])
    declinit.apply(specs[1], model)
    assert list(inconsistent(model, specs[0])) == ["a/kernel"]


EXACT = {
    "constant list": {"name": "constant", "value": [float(n) for n in range(96)]},
    "dirac": "dirac",
    "delta_orthogonal": "delta_orthogonal",
    "orthogonal": "orthogonal",
    "sparse": {"name": "sparse", "sparsity": 0.5, "stddev": 0.3},
    "log_uniform": {"name": "log_uniform", "minval": 0.001, "maxval": 0.1},
    "cut at 3": {"name": "truncated_normal", "stddev": 0.02, "bounds": 3.0},
}


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("name", EXACT)
def test_every_kind_is_plausible_as_it_is_drawn_and_found_out_when_one_value_is_not(name, dtype):
    convolution = name in ("dirac", "delta_orthogonal")
    inputs = keras.Input((8, 64) if convolution else (64,))
    layer = (
        layers.Conv1D(96, 3, use_bias=False, name="a", dtype=dtype)
        if convolution
        else layers.Dense(96, use_bias=False, name="a", dtype=dtype)
    )
    model = keras.Model(inputs, layer(inputs))
    spec = policy(give("**/kernel", EXACT[name]))
    declinit.apply(spec, model)
    found = judged(model, spec)["a/kernel"]
    assert found.verdict == ("exact" if name in ("constant list", "dirac") else "consistent")
    set_values(model, "a/kernel", one_wrong)
    assert judged(model, spec)["a/kernel"].verdict == "inconsistent"


def one_wrong(values):
    values.flat[7] = 700.0
    return values


def test_gates_of_an_orthogonal_kernel_are_tested_each():
    inputs = keras.Input((4, 16))
    model = keras.Model(inputs, layers.LSTM(16, name="lstm")(inputs))
    split = {"name": "orthogonal", "split": "gates"}
    rest = [give("**/kernel", "glorot_uniform"), give("**/bias", "zeros")]
    gated, fused = (
        policy(*rest, give("**/recurrent_kernel", one)) for one in (split, "orthogonal")
    )
    declinit.apply(gated, model)
    assert judged(model, gated)
    assert list(inconsistent(model, fused)) == ["lstm/cell/recurrent_kernel"]
    declinit.apply(fused, model)
    assert judged(model, fused)
    assert list(inconsistent(model, gated)) == ["lstm/cell/recurrent_kernel"]


@pytest.mark.parametrize("name", ["he_normal", "random_uniform", "truncated_normal", "orthogonal"])
def test_what_keras_itself_draws_is_consistent(name):
    """Whatever backend the tests run on."""
    model = keras.Sequential(
        [keras.Input((64,)), layers.Dense(512, name="a", kernel_initializer=name)]
    )
    assert judged(model, declinit.export(model, seed=1))
    assert judged(model, declinit.export(model, seed=1))["a/kernel"].verdict == "consistent"


# What is not tested


def test_what_there_is_no_test_for_is_said():
    with registering():
        declinit.register("odd", lambda shape, dtype=None: np.ones(shape, dtype))
        model = dense_model("a", "b", size=16)
        spec = policy(
            give("a/kernel", "odd"), give("b/kernel", normal(0.02)), give("b/bias", normal(0.02)),
            {"match": "a/bias", "keep": True},
        )  # fmt: skip
        declinit.apply(spec, model)
        found = judged(model, spec)
    verdicts = {path: (one.verdict, one.source, one.reason) for path, one in found.items()}
    unknown = "nothing is known of its values"
    assert verdicts["a/kernel"] == ("not tested", "there is no test of odd", unknown)
    assert verdicts["a/bias"] == ("not tested", "the policy keeps it as it is", unknown)
    few = ("too small to tell", "normal (mean 0, stddev 0.02)", "16 elements")
    assert verdicts["b/bias"] == few
    assert found


def test_a_few_values_that_cannot_be_are_found_all_the_same():
    model = dense_model("a", size=4)
    declinit.apply(policy(give("**", "ones")), model)
    spec = policy(give("**/kernel", normal(0.02)), give("**/bias", "ones"))
    assert list(inconsistent(model, spec)) == ["a/kernel"]


def test_a_model_without_elements_has_nothing_to_tell():
    model = keras.Sequential([keras.Input((0,)), layers.Dense(3, use_bias=False, name="a")])
    found = judged(model, policy(give("**", normal(0.02))))
    assert found["a/kernel"].verdict == "too small to tell"


# The function


def test_a_spec_a_plan_an_audit_and_their_files_are_taken(tmp_path):
    model = dense_model("a", size=16)
    spec = policy(give("**/kernel", normal(0.02)), give("**/bias", "zeros"))
    plan, audit = declinit.resolve(spec, model), declinit.apply(spec, model)
    audit.save(tmp_path / "audit.json")
    (tmp_path / "plan.json").write_text(plan.to_json())
    (tmp_path / "spec.yaml").write_text(json.dumps(spec.get_config()))
    files = [tmp_path / name for name in ("audit.json", "plan.json", "spec.yaml")]
    for source in (spec, spec.get_config(), plan, audit, *files, str(files[0])):
        found = judged(model, source)
        assert repr(found) == "<Plausibility: 1 exact, 1 consistent>"


def test_sources_that_do_not_fit_are_refused():
    model = dense_model("a", size=16)
    other = declinit.resolve(policy(give("**", "zeros")), dense_model("b", size=16))
    with pytest.raises(ApplyError, match="variable 'b/kernel' of the plan is not in the model"):
        judged(model, other)
    with pytest.raises(ResolveError, match="no rule"):
        judged(model, policy(give("**/kernel", "zeros")))
    with pytest.raises(ArgumentError, match="expected a path, a mapping, a Spec, a Plan or an Au"):
        judged(model, 3)
    with pytest.raises(ArgumentError, match="expected an Audit or the path of its file"):
        declinit.verify(policy(give("**", "zeros")), model)


def test_the_smallest_deviation_that_would_have_been_found_is_stated():
    """And really is found: nine times in ten, in either direction."""
    model = dense_model("a", size=64)
    spec = policy(give("**/kernel", normal(0.02)), give("**/bias", "zeros"))
    declinit.apply(spec, model)
    stated = judged(model, spec)["a/kernel"].detectable
    assert stated == pytest.approx(0.058, abs=0.001)
    for factor in (1.0 + stated, 1.0 - stated):
        found = 0
        for seed in range(30):
            wrong = policy(give("**/kernel", normal(0.02 * factor)), seed=seed)
            declinit.apply(
                policy(*wrong.get_config()["rules"], give("**/bias", "zeros"), seed=seed), model
            )
            found += not judged(model, spec)
        assert found >= 22


def test_a_judgement_is_data():
    found = judged(applied(give("tokens/embeddings", normal(0.05))))
    data = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    head = {key: data[key] for key in ("declinit_plausibility", "significance", "power")}
    assert head == {"declinit_plausibility": 1, "significance": 1e-3, "power": 0.9}
    assert data["tests"] == sum(len(one["tests"]) for one in data["variables"])
    assert data["counts"]["inconsistent"] == 1
    first = data["variables"][0]
    assert (first["path"], first["verdict"]) == ("tokens/embeddings", "inconsistent")
    assert first["rejected"] == ["stddev", "extremes", "distribution"]
    stddev = next(one for one in first["tests"] if one["test"] == "stddev")
    assert stddev["expected"] == 0.02
    assert stddev["observed"] == pytest.approx(0.05, rel=0.03)
    assert stddev["p"] == pytest.approx(1e-300)


def test_an_audit_that_somebody_edited_is_judged_by_the_same_tests():
    """`verify` without statistics asks them of what has changed."""
    model = applied()
    audit = declinit.apply(POLICY, model)
    source = values(model)["h0/w1/kernel"]
    set_values(model, "h1/w1/kernel", lambda _: source)
    set_values(model, "h0/w1/kernel", lambda values: -values)
    found = declinit.verify(audit, model)
    assert {path: one.consistent for path, one in found.items() if one.status == "changed"} == {
        "h0/w1/kernel": True, "h1/w1/kernel": True,
    }  # fmt: skip
    set_values(model, "h0/w1/kernel", lambda values: values * 1.5)
    found = declinit.verify(audit, model)["h0/w1/kernel"]
    assert found.consistent is False
    assert found.reason.startswith("not a plausible draw from normal (mean 0, stddev 0.02): ")
