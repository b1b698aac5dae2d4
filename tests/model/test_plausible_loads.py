"""Statistics of what a policy loads: it is there to the bit, or it is not."""

from __future__ import annotations

import keras
import ml_dtypes
import numpy as np
import pytest
from keras import layers
from policies import KERAS_NOISE, give, policy, values
from safetensors.numpy import save_file

import declinit
from declinit.audits import pieces
from declinit.errors import ApplyError, ArgumentError, ResolveError, SpecError

pytestmark = KERAS_NOISE
named = pytest.mark.parametrize

WORDS, GROWN, WIDTH = 40, 48, 16


def model(words=WORDS):
    inputs = keras.Input((4,), dtype="int32")
    x = layers.Embedding(words, WIDTH, name="tokens")(inputs)
    return keras.Model(inputs, layers.Dense(WIDTH, name="head")(x))


def stored() -> dict[str, np.ndarray]:
    """Weights in which NaN and a negative zero are numbers like others."""
    generator = np.random.default_rng(0)
    tokens = generator.normal(size=(WORDS, WIDTH)).astype("float32")
    tokens[0, :2] = np.nan, -0.0
    return {"tokens/embeddings": tokens}


def set_one(built, path, place, value):
    """Change one element."""
    variable = next(one for one in built.weights if one.path.endswith(path))
    host = np.array(keras.ops.convert_to_numpy(variable.value))
    host[place] = value
    variable.assign(host)


def saved_by_keras(path, tensors):
    other = model()
    other.get_layer("tokens").embeddings.assign(tensors["tokens/embeddings"])
    other.save_weights(path)


SAVERS = {
    "base.weights.h5": saved_by_keras,
    "base.npz": lambda path, tensors: np.savez(path, **tensors),
    "base.safetensors": lambda path, tensors: save_file(tensors, path),
}
HEAD = give("head/kernel", {"name": "random_normal", "stddev": 0.5}), give("head/bias", "zeros")


def loading(path, initializer=None, **config):
    rule = {"match": "tokens/*", "load": {"from": "base", **config}}
    rule |= {"initializer": initializer} if initializer else {}
    return policy(rule, *HEAD, checkpoints={"base": str(path)})


def judged(built, spec, **rest):
    return declinit.verify(spec, built, statistical=True, **rest)


@named("pieces_of", [pieces.WHOLE_BYTES, 256], ids=["whole", "in pieces"])
@named("file", SAVERS)
def test_what_is_loaded_is_exact_until_one_bit_of_it_changes(
    tmp_path, monkeypatch, file, pieces_of
):
    monkeypatch.setattr(pieces, "WHOLE_BYTES", pieces_of)
    monkeypatch.setattr(pieces, "PIECE_BYTES", pieces_of)
    SAVERS[file](tmp_path / file, stored())
    spec, built = loading(tmp_path / file), model()
    declinit.apply(spec, built)
    found = judged(built, spec)
    assert (found["tokens/embeddings"].verdict, found["head/kernel"].verdict) == (
        "exact",
        "consistent",
    )
    last = values(built)["tokens/embeddings"][-1, -1]
    for place, value in {(-1, -1): np.nextafter(last, np.float32(9)), (0, 1): 0.0}.items():
        declinit.apply(spec, built)
        set_one(built, "tokens/embeddings", place, value)
        one = judged(built, spec)["tokens/embeddings"]
        assert one.verdict == "inconsistent"
        assert "1 of 640 elements differ" in one.reason


def test_the_reason_names_tensor_and_checkpoint(tmp_path):
    SAVERS["base.npz"](tmp_path / "base.npz", stored())
    spec, built = loading(tmp_path / "base.npz"), model()
    declinit.apply(spec, built)
    set_one(built, "tokens/embeddings", (3, 4), 7.0)
    meant = stored()["tokens/embeddings"][3, 4]
    assert judged(built, spec)["tokens/embeddings"].reason == (
        "not tokens/embeddings from base: 1 of 640 elements differ, "
        f"the first is 7 where {meant:.17g} is expected"
    )


def test_tensors_behind_steps_and_of_another_type_are_compared_as_they_arrive(tmp_path):
    tensors = {"tokens/embeddings": stored()["tokens/embeddings"].T.astype(ml_dtypes.bfloat16)}
    save_file(tensors, tmp_path / "base.safetensors")
    spec, built = loading(tmp_path / "base.safetensors", transpose=[1, 0]), model()
    declinit.apply(spec, built)
    assert judged(built, spec)["tokens/embeddings"].verdict == "exact"


@named(
    ("rest", "verdict", "in_the_rest"),
    [
        ("zeros", "exact", "inconsistent"),
        ({"name": "random_normal", "stddev": 0.02}, "consistent", "consistent"),
    ],
    ids=["zeros", "drawn"],
)
def test_of_a_grown_vocabulary_the_old_rows_are_compared(tmp_path, rest, verdict, in_the_rest):
    SAVERS["base.npz"](tmp_path / "base.npz", stored())
    spec, built = loading(tmp_path / "base.npz", rest, on_shape="slice"), model(GROWN)
    for place, expected in {None: verdict, (3, 4): "inconsistent", (-1, 0): in_the_rest}.items():
        declinit.apply(spec, built)
        if place:
            set_one(built, "tokens/embeddings", place, 7.0)
        assert judged(built, spec)["tokens/embeddings"].verdict == expected
    source = judged(built, spec)["tokens/embeddings"].source
    assert source.endswith("as far as it reaches, with no test of the rest") == (rest != "zeros")


def test_another_file_may_be_given_and_a_mapping_has_a_folder(tmp_path):
    SAVERS["base.npz"](tmp_path / "base.npz", stored())
    other = {"tokens/embeddings": stored()["tokens/embeddings"] * 2}
    SAVERS["base.npz"](tmp_path / "other.npz", other)
    config, built = loading("base.npz").get_config(), model()
    audit = declinit.apply(config, built, base=tmp_path)
    verdicts = {}
    for name in ("base.npz", "other.npz"):
        given = {"base": tmp_path / name}
        for source in (config, loading(tmp_path / "base.npz")):
            found = judged(built, source, checkpoints=given)["tokens/embeddings"]
            verdicts.setdefault(name, set()).add(found.verdict)
    assert verdicts == {"base.npz": {"exact"}, "other.npz": {"inconsistent"}}
    assert judged(built, config, base=tmp_path)["tokens/embeddings"].verdict == "exact"
    moved = (tmp_path / "base.npz").rename(tmp_path / "moved.npz")
    for source in (audit, audit.plan()):
        found = judged(built, source, checkpoints={"base": moved})
        assert found["tokens/embeddings"].verdict == "exact"
        with pytest.raises(ApplyError, match="is another file than checkpoint 'base'"):
            judged(built, source, checkpoints={"base": tmp_path / "other.npz"})


def test_what_cannot_be_compared_is_refused(tmp_path):
    SAVERS["base.npz"](tmp_path / "base.npz", stored())
    spec, built = loading(tmp_path / "base.npz"), model()
    audit = declinit.apply(spec, built)
    with pytest.raises(SpecError, match="nothing is loaded from a checkpoint of this name"):
        judged(built, spec, checkpoints={"bse": tmp_path / "base.npz"})
    with pytest.raises(ArgumentError, match="`base` goes with a spec that is given as a mapping"):
        judged(built, spec, base=tmp_path)
    for given in ({"checkpoints": {}}, {"base": tmp_path}):
        with pytest.raises(ArgumentError) as caught:
            declinit.verify(audit, built, **given)
        assert caught.value.problems[0].message == (
            "declinit.verify: `checkpoints` and `base` go with statistical=True"
        )
    (tmp_path / "base.npz").unlink()
    with pytest.raises(ResolveError, match="no such file"):
        judged(built, spec)
    with pytest.raises(ApplyError, match="no such file"):
        judged(built, audit)
    assert declinit.verify(audit, built)
