"""Parts of a model's variables: their values, records, and what layers' configs say of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers
from policies import KERAS_NOISE, give, policy, statuses, values

import declinit
from declinit.audits.pieces import WHOLE_BYTES
from declinit.initializers import GlorotUniform, RandomNormal
from declinit.kinds.extensions import registering
from declinit.model.exporting import export, spec_text

pytestmark = KERAS_NOISE

NORMAL = "random_normal"
TWO = {"name": "constant", "value": 2}


def part(at, initializer):
    return {"at": at, "initializer": initializer}


def gate(name, initializer):
    return {"gate": name, "initializer": initializer}


def model(dtype="float32") -> keras.Model:
    """Embedding, LSTM, a Dense of fused projections, attention."""
    tokens = keras.Input((6,), dtype="int32", name="tokens")
    x = layers.Embedding(10, 8, name="table", dtype=dtype)(tokens)
    x = layers.MultiHeadAttention(2, 4, name="mha", dtype=dtype)(x, x)
    x = layers.LSTM(4, name="lstm", dtype=dtype, recurrent_initializer="zeros")(x)
    x = layers.Dense(24, name="qkv", dtype=dtype)(x)
    return keras.Model(tokens, x, name="model")


RULES = (
    give("**", "glorot_uniform", exclude=["**/bias", "**/embeddings"]),
    give("**/bias", "zeros"),
    give("table/embeddings", NORMAL, parts=[part("0", "zeros")]),
    give(
        "qkv/kernel",
        "glorot_uniform",
        parts=[part("..., :8", "glorot_uniform"), part("..., 20:", "orthogonal")],
    ),
    give("lstm/cell/bias", "zeros", parts=[gate("forget", TWO)]),
    give("mha/*/kernel", "glorot_uniform", parts=[part("0", NORMAL)]),
)
WITHOUT_PARTS = [{key: rule[key] for key in rule if key != "parts"} for rule in RULES]


def bits(found: dict[str, np.ndarray]) -> dict[str, bytes]:
    weights = {path: one for path, one in found.items() if not path.endswith("_state")}
    return {path: one.tobytes() for path, one in weights.items()}


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_parts_are_filled_and_the_rest_keeps_its_bits(dtype):
    before, after = model(dtype), model(dtype)
    declinit.apply(policy(*WITHOUT_PARTS), before)
    audit = declinit.apply(policy(*RULES), after)
    old, new = values(before), values(after)

    assert not new["table/embeddings"][0].any()
    assert np.array_equal(new["table/embeddings"][1:], old["table/embeddings"][1:])
    assert np.array_equal(new["qkv/kernel"][:, 8:20], old["qkv/kernel"][:, 8:20])
    assert not np.array_equal(new["qkv/kernel"][:, :8], old["qkv/kernel"][:, :8])
    assert new["lstm/cell/bias"].astype(float).tolist() == [0] * 4 + [2] * 4 + [0] * 8
    queries = "mha/query/kernel"
    assert np.array_equal(new[queries][1:], old[queries][1:])
    assert not np.array_equal(new[queries][0], old[queries][0])
    rotation = new["qkv/kernel"][:, 20:].astype(np.float64)
    assert np.allclose(rotation.T @ rotation, np.eye(4), atol=0.05)
    assert declinit.verify(audit, after)


def test_the_q_of_a_fused_kernel_is_what_a_kernel_of_its_own_would_be():
    """The same class, the same fans: with the part's seed, the same bits."""
    fused = model()
    audit = declinit.apply(policy(*RULES), fused)
    seed = audit["qkv/kernel"].assignment.action.parts[0].initializer.params["seed"]
    alone = GlorotUniform(seed=seed).values((4, 8), "float32")
    assert np.array_equal(values(fused)["qkv/kernel"][:, :8], alone)


def test_a_second_model_a_plan_an_audit_and_build_give_the_same_bits(tmp_path):
    spec, first = policy(*RULES), model()
    plan = declinit.resolve(spec, first)
    audit = declinit.apply(plan, first)
    audit.save(tmp_path / "audit.json")
    (tmp_path / "plan.json").write_text(plan.to_json())
    expected = bits(values(first))

    for source in (spec, tmp_path / "plan.json", tmp_path / "audit.json", audit):
        again = model()
        assert declinit.apply(source, again).to_dict()["variables"] == audit.to_dict()["variables"]
        assert bits(values(again)) == expected
        assert set(statuses(audit, again).values()) == {"identical"}
    built, record = declinit.build(model, spec)
    assert record.notes == audit.notes
    assert bits(values(built)) == expected


def test_a_rebuilt_and_a_saved_model_have_the_same_bits(tmp_path):
    """Where configs can say it: a place that several variables share cannot, and the audit does."""
    rules = RULES[:5]
    first = model()
    audit = declinit.apply(policy(*rules), first)
    with_parts = ["table/embeddings", "qkv/kernel", "lstm/cell/bias"]
    assert [audit[path].in_config for path in with_parts] == ["own"] * 3
    assert not first.get_layer("lstm").unit_forget_bias  # else Keras would write ones over it

    expected = values(first)
    rebuilt = values(keras.Model.from_config(first.get_config()))
    assert all(np.array_equal(rebuilt[path], expected[path]) for path in with_parts)
    first.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert declinit.verify(audit, loaded)


def test_a_place_of_several_variables_names_parts_without_their_seeds():
    """So that a rebuilt layer draws anew for each of them; other boxes are not in common."""
    x = keras.Input((3, 2))
    first = keras.Model(x, layers.MultiHeadAttention(2, 2, name="mha")(x, x))
    rules = give("**", "zeros"), give("mha/*/kernel", NORMAL, parts=[part("0", NORMAL)])
    audit = declinit.apply(policy(*rules), first)
    kernels = [path for path in audit if path.endswith("kernel")]
    assert {audit[path].in_config for path in kernels} == {"shared"}
    config = first.get_layer("mha").get_config()["kernel_initializer"]
    assert config["registered_name"] == "declinit>Parts"
    ((box, inner),) = config["config"]["parts"]
    assert (box, inner["config"]["seed"]) == ([[0, 1], [0, 2], [0, 2]], None)
    rebuilt = values(keras.Model.from_config(first.get_config()))
    assert len({rebuilt[path].tobytes() for path in kernels}) == 4


LSTM_PARTS = {
    "replaced": ([gate("forget", TWO)], [0, 0, 2, 2, 0, 0, 0, 0], False),
    "beside": ([gate("input", TWO)], [2, 2, 1, 1, 0, 0, 0, 0], False),
    "the same": ([gate("forget", "ones")], [0, 0, 1, 1, 0, 0, 0, 0], True),
    "sliced": ([part("2:4", "zeros")], [0] * 8, False),
    "all": ([part(":", TWO)], [2] * 8, False),
    "none": ([], [0, 0, 1, 1, 0, 0, 0, 0], True),
}


@pytest.mark.parametrize("case", LSTM_PARTS)
@pytest.mark.parametrize("layer", [layers.LSTM, layers.ConvLSTM1D], ids=lambda one: one.__name__)
def test_the_parts_of_a_rule_and_the_ones_of_a_forget_gate(layer, case):
    """`gate: forget` replaces them; what a rule leaves alone the layer goes on filling."""
    parts, bias, left_to_keras = LSTM_PARTS[case]
    size = {"kernel_size": 1} if layer is layers.ConvLSTM1D else {}
    shape = (3, 5, 2) if size else (3, 2)
    built = keras.Sequential([keras.Input(shape), layer(2, name="l", **size)])
    body = {"parts": parts} if parts else {}
    audit = declinit.apply(policy(give("**", "ones"), give("**/bias", "zeros", **body)), built)

    (path,) = [path for path in audit if path.endswith("bias")]
    assert values(built)[path].tolist() == bias
    assert built.layers[0].unit_forget_bias is left_to_keras
    assert declinit.verify(audit, keras.Sequential.from_config(built.get_config()))


def test_another_process_and_backend_give_the_same_bits(tmp_path):
    """Under NumPy, whatever this one runs on."""
    small = [rule for rule in RULES if not rule["match"].startswith("mha")]
    spec = policy(*small)
    (tmp_path / "spec.json").write_text(json.dumps(spec.get_config()))
    program = (
        "import declinit, keras, json, sys\n"
        "tokens = keras.Input((6,), dtype='int32')\n"
        "x = keras.layers.Embedding(10, 8, name='table')(tokens)\n"
        "x = keras.layers.LSTM(4, name='lstm')(x)\n"
        "model = keras.Model(tokens, keras.layers.Dense(24, name='qkv')(x))\n"
        "audit = declinit.apply(sys.argv[1], model)\n"
        "print(json.dumps({path: one.digest for path, one in audit.items()}))\n"
    )
    environment = {**os.environ, "KERAS_BACKEND": "numpy", "PYTHONHASHSEED": "random"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(tmp_path / "spec.json")],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    here = {path: one.digest for path, one in declinit.apply(policy(*RULES), model()).items()}
    found = json.loads(done.stdout)
    assert found == {path: here[path] for path in found}


def test_a_large_variable_is_filled_in_pieces_that_cut_through_its_parts():
    """Pieces have the bits of the whole, and the digest is that of what is there."""
    width = 1024
    rows = WHOLE_BYTES // 4 // width + 5
    large = keras.Sequential([keras.Input((2,)), layers.Embedding(rows, width, name="table")])
    parts = [part("0", "zeros"), part("5:-5:3, 9:1000", {"name": NORMAL, "stddev": 1})]
    audit = declinit.apply(policy(give("**", NORMAL, parts=parts)), large)
    first, second = audit["table/embeddings"].assignment.action.parts
    expected = RandomNormal(seed=audit["table/embeddings"].assignment.seed).values(
        (rows, width), "float32"
    )
    expected[first.at.block] = 0
    drawn = RandomNormal(stddev=1, seed=second.initializer.params["seed"])
    expected[second.at.block] = drawn.values(second.at.shape, "float32")
    assert np.array_equal(values(large)["table/embeddings"], expected)
    assert declinit.verify(audit, large)


@pytest.mark.parametrize("generator", ["portable", "keras"])
def test_an_exported_spec_gives_the_bits_of_the_audit(generator):
    first, second = model(), model()
    rules = RULES if generator == "portable" else RULES[:3]
    audit = declinit.apply(policy(*rules, generator=generator), first)
    spec = export(first, audit=audit)
    assert declinit.Spec.from_config(spec.get_config()) == spec
    assert set(statuses(declinit.apply(spec, second), first).values()) == {"identical"}


def test_an_exported_spec_names_gates_and_slices():
    first = model()
    declinit.apply(policy(*RULES), first)
    found = {rule["match"]: rule for rule in export(first).get_config()["rules"]}
    assert found["**/embeddings"]["parts"] == [{"at": "0", "initializer": "zeros"}]
    (bias,) = [rule for rule in found.values() if {"gate"} & rule.get("parts", [{}])[0].keys()]
    assert bias["parts"] == [{"gate": "forget", "initializer": {"name": "constant", "value": 2}}]
    (qkv,) = [rule for match, rule in found.items() if match.endswith("qkv/kernel")]
    assert qkv["parts"][0] == {"at": ":, 0:8", "initializer": "glorot_uniform"}
    assert 'at: ":, 0:8"' in spec_text(export(first))


def test_an_exported_default_lstm_says_nothing_of_its_forget_gate():
    plain = keras.Sequential([keras.Input((3, 2)), layers.LSTM(2, name="l")])
    audit = declinit.apply(policy(give("**", "zeros")), plain)
    for spec in (export(plain), export(plain, audit=audit)):
        assert not any("parts" in rule for rule in spec.get_config()["rules"])


def test_users_own_initializers_fill_wholes_and_parts():
    """They are called with the shape that they fill, and their mistakes are named."""

    def sevens(shape, dtype=None):
        return keras.ops.full(shape, 7.0, dtype)

    def seeded(shape, dtype=None, *, seed):
        return keras.ops.full(shape, float(seed % 1000), dtype)

    def not_a_number(shape, dtype=None):
        return keras.ops.full(shape, float("nan"), dtype)

    with registering():
        for function in (sevens, seeded, not_a_number):
            declinit.register(function.__name__, function)
        first = model()
        rules = [
            give("**", "zeros"),
            give("table/embeddings", "sevens", parts=[part("0", "zeros"), part("1:3", "seeded")]),
        ]
        audit = declinit.apply(policy(*rules), first)
        table = values(first)["table/embeddings"]
        (_, two) = audit["table/embeddings"].assignment.action.parts
        assert table[0].tolist() == [0] * 8
        assert set(table[1:3].ravel()) == {two.initializer.params["seed"] % 1000}
        assert set(table[3:].ravel()) == {7}
        rules[1]["parts"] = [part("0, :2", "not_a_number")]
        with pytest.raises(declinit.ApplyError) as caught:
            declinit.apply(policy(*rules), model())
    assert caught.value.problems[0].headline.startswith(
        "initializing 'table/embeddings' by rule 'rules[1]' with sevens; [0, 0:2]: not_a_number: "
        "2 of the 80 values it returned are NaN; of 14 variables none had been set"
    )
