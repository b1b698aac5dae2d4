"""Rules that copy another variable: equal at initialization, not tied in training."""

from __future__ import annotations

import json
import warnings

import keras
import ml_dtypes
import numpy as np
import pytest
from keras import layers
from policies import KERAS_NOISE, dense_model, give, policy, statuses, values

import declinit
from declinit.audits import pieces
from declinit.audits.audit import Audit
from declinit.errors import ApplyError, DeclinitWarning, ResolveError, SpecError
from declinit.plans.diffs import SPEC, VALUES, Diff, Side
from declinit.render.layouts.audits import audit_layout
from declinit.render.layouts.plans import explanation_layout, plan_layout

pytestmark = KERAS_NOISE
named = pytest.mark.parametrize

NORMAL = {"name": "random_normal", "stddev": 0.5}


def copy(pattern, path, initializer=None, **config) -> dict:
    """A rule that copies."""
    drawn = {} if initializer is None else {"initializer": initializer}
    return {"match": pattern, "copy_of": {"path": path, **config} if config else path, **drawn}


def tied_model(dtype="float32"):
    """An embedding, and an output layer that has its transpose."""
    inputs = keras.Input((3,), dtype="int32")
    x = layers.Embedding(7, 4, name="tokens")(inputs)
    return keras.Model(inputs, layers.Dense(7, name="head", use_bias=False, dtype=dtype)(x))


def tied(*rest, **config) -> declinit.Spec:
    return policy(
        give("tokens/*", NORMAL),
        copy("head/kernel", "tokens/embeddings", *rest, transpose=[1, 0], **config),
    )


class Two(keras.layers.Layer):
    """A layer of two variables."""

    def __init__(self, one, other, dtypes=("float32", "float32")):
        super().__init__(name="two")
        for name, shape, dtype in zip(("one", "other"), (one, other), dtypes, strict=True):
            # Torch takes no gradients of whole numbers.
            facts = {"dtype": dtype, "trainable": dtype == "float32", "initializer": "zeros"}
            setattr(self, name, self.add_weight(name=name, shape=shape, **facts))
        self.built = True

    def call(self, inputs):
        return inputs


def test_an_output_layer_begins_as_the_transposed_embedding_and_is_not_tied_to_it():
    model = tied_model()
    audit = declinit.apply(tied(), model)
    found = values(model)
    assert np.array_equal(found["head/kernel"], found["tokens/embeddings"].T)
    assert found["tokens/embeddings"].any()
    assert repr(audit) == "<Audit of 2 variables: 1 drawn, 1 copied, seed 1>"
    assert audit["head/kernel"].assignment.copied.path == "tokens/embeddings"
    model.get_layer("tokens").embeddings.assign(np.zeros((7, 4)))
    assert values(model)["head/kernel"].any()


def test_an_audit_a_plan_and_a_build_give_the_same_weights(tmp_path):
    spec = tied("he_normal", scale="1 / sqrt(fan_in)")
    audit = declinit.apply(spec, tied_model())
    audit.save(tmp_path / "audit.json")
    (tmp_path / "plan.json").write_text(declinit.resolve(spec, tied_model()).to_json())
    for source in ("audit.json", "plan.json"):
        assert declinit.apply(tmp_path / source, tied_model()).entries == audit.entries
    built, recorded = declinit.build(tied_model, spec)
    assert declinit.verify(audit, built)
    assert recorded.entries == audit.entries
    assert not any("usual" in note for note in recorded.notes)


@named("scale", [2, 0.1, "1 / sqrt(fan_in)", "half * dim(0)"])
def test_a_copy_is_scaled_in_double_precision_and_rounded_once(scale):
    rules = (
        give("tokens/*", NORMAL),
        copy("head/kernel", "tokens/embeddings", transpose=[1, 0], scale=scale),
    )
    spec = policy(*rules, constants={"half": 0.5})
    model = tied_model()
    audit = declinit.apply(spec, model)
    number = {"1 / sqrt(fan_in)": 0.5, "half * dim(0)": 2.0}.get(scale, scale)
    found = values(model)
    expected = (found["tokens/embeddings"].astype("float64") * number).astype("float32")
    assert np.array_equal(found["head/kernel"], expected.T)
    assert audit["head/kernel"].assignment.copied.scale == number


@named("size", [8, 64, 1 << 20])
@named(
    ("config", "expected"),
    [
        ({"take": "1:3"}, lambda one: one[1:3]),
        ({"take": "..., ::2", "reshape": [8]}, lambda one: one[:, ::2].reshape(8)),
        ({"transpose": [1, 0], "reshape": [2, 8]}, lambda one: one.T.reshape(2, 8)),
        ({"take": "0, 0", "reshape": []}, lambda one: one[0, 0]),
    ],
)
def test_steps_do_what_numpy_does_in_pieces_too(monkeypatch, size, config, expected):
    monkeypatch.setattr(pieces, "WHOLE_BYTES", size)
    monkeypatch.setattr(pieces, "PIECE_BYTES", size)
    model = Two((4, 4), np.shape(expected(np.ones((4, 4)))))
    audit = declinit.apply(policy(give("one", NORMAL), copy("other", "one", **config)), model)
    found = values(model)
    assert np.array_equal(found["other"], expected(found["one"]))
    assert declinit.verify(audit, model)


def test_what_a_pattern_captures_names_what_is_copied():
    model = dense_model("a_0", "a_1", "b_0", "b_1")
    rules = give("a_*/*", NORMAL), copy("b_{l}/{x:*}", "a_{l}/{x}")
    declinit.apply(policy(*rules), model)
    found = values(model)
    for place in "01":
        for name in ("kernel", "bias"):
            assert np.array_equal(found[f"a_{place}/{name}"], found[f"b_{place}/{name}"])
    assert not np.array_equal(found["a_0/kernel"], found["a_1/kernel"])


def test_copies_of_copies_are_made_in_their_order_whatever_comes_first_in_the_model():
    model = dense_model("a", "b", "c", "d")
    rules = (
        give(["*/bias", "d/kernel"], NORMAL),
        copy("a/kernel", "b/kernel", scale=2),
        copy("b/kernel", "c/kernel", scale=2),
        copy("c/kernel", "d/kernel", scale=2),
    )
    audit = declinit.apply(policy(*rules), model)
    found = values(model)
    for place, name in enumerate("dcba"):
        assert np.array_equal(found[f"{name}/kernel"], found["d/kernel"] * 2**place)
    built, recorded = declinit.build(lambda: dense_model("a", "b", "c", "d"), policy(*rules))
    assert recorded.entries == audit.entries
    assert declinit.verify(audit, built)


def test_what_is_kept_or_loaded_is_copied_too(tmp_path):
    model = dense_model("a", "b")
    np.savez(tmp_path / "base.npz", **{"b/kernel": np.full((4, 4), 3.0, "float32")})
    model.get_layer("a").bias.assign([1, 2, 3, 4])
    rules = (
        {"match": "a/bias", "keep": True},
        copy("b/bias", "a/bias"),
        {"match": "b/kernel", "load": {"from": "base"}},
        copy("a/kernel", "b/kernel", scale=0.5),
    )
    spec = policy(*rules, checkpoints={"base": str(tmp_path / "base.npz")})
    audit = declinit.apply(spec, model)
    found = values(model)
    assert found["b/bias"].tolist() == [1, 2, 3, 4]
    assert np.unique(found["a/kernel"]).tolist() == [1.5]
    assert audit_layout(audit).summary == "4 variables: 1 loaded, 0 drawn, 2 copied, 1 kept; seed 1"


def test_state_is_copied_by_a_pattern_that_does_not_name_it():
    names = ("student", "teacher")
    model = keras.Sequential(
        [keras.Input((4,)), *(layers.BatchNormalization(name=name) for name in names)]
    )
    model.get_layer("student").moving_mean.assign([1, 2, 3, 4])
    spec = policy(give("student/{gamma,beta}", NORMAL), copy("teacher/{x:*}", "student/{x}"))
    declinit.apply(spec, model)
    found = values(model)
    for name in ("gamma", "beta", "moving_mean", "moving_variance"):
        assert np.array_equal(found[f"student/{name}"], found[f"teacher/{name}"])


def test_a_copy_is_rounded_to_the_type_that_receives_it():
    model = tied_model("bfloat16")
    declinit.apply(tied(), model)
    found = values(model)
    expected = found["tokens/embeddings"].T.astype(ml_dtypes.bfloat16).astype("float32")
    assert np.array_equal(found["head/kernel"].astype("float32"), expected)


def test_a_layers_config_holds_the_fallback_or_what_it_held():
    for fallback, name in (("lecun_normal", "LecunNormal"), (None, "GlorotUniform")):
        model = tied_model()
        audit = declinit.apply(tied(fallback), model)
        assert type(model.get_layer("head").kernel_initializer).__name__ == name
        assert audit["head/kernel"].in_config == "none"
        again = keras.Model.from_config(model.get_config())
        assert statuses(audit, again)["head/kernel"] == "changed"
        declinit.apply(audit, again)
        assert declinit.verify(audit, again)


def test_what_is_no_longer_a_copy_is_told():
    model = tied_model()
    audit = declinit.apply(tied(), model)
    model.get_layer("head").kernel.assign(np.ones((4, 7)))
    verdict = declinit.verify(audit, model)["head/kernel"]
    assert verdict.reason == "no longer the copy of tokens/embeddings, transpose [1, 0] that it was"
    judged = declinit.verify(tied(), model, statistical=True)
    assert {path: one.verdict for path, one in judged.items()} == {
        "tokens/embeddings": "too small to tell",
        "head/kernel": "inconsistent",
    }


def test_a_copy_of_what_an_audit_cannot_make_again_is_told():
    model = dense_model("a", "b")
    model.get_layer("a").kernel.assign(np.ones((4, 4)))
    rules = {"match": "a/*", "keep": True}, copy("b/{x:*}", "a/{x}")
    audit = declinit.apply(policy(*rules), model)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")  # those of backends are none of ours
        declinit.apply(audit, dense_model("a", "b"))
    said = [str(one.message) for one in told if isinstance(one.message, DeclinitWarning)]
    assert said[1] == (
        "warning: 1 variable received other values than the audit records (b/kernel): "
        "what was copied has other values (a/kernel) [DI413]"
    )


def test_plans_and_explanations_say_what_is_copied():
    plan = declinit.resolve(tied(scale="1 / sqrt(fan_in)"), tied_model())
    assert plan_layout(plan).summary == (
        "2 variables: 1 to copy, 1 to initialize, 0 left as they are"
    )
    (facts,) = explanation_layout([plan["head/kernel"]]).tables
    shown = {fact.label: fact.cells for fact in facts.facts}
    assert shown["receives"] == ("copy of tokens/embeddings, transpose [1, 0], times 0.5",)
    assert shown["formula"] == ("scale = 1 / sqrt(fan_in) = 0.5, where fan_in is 4",)


def test_a_diff_tells_of_another_copy_and_of_nothing_else():
    def side(spec):
        plan = declinit.resolve(spec, tied_model())
        return Side(name="x", kind=SPEC, plan=plan, moves=spec.moves)

    one, same, other = side(tied()), side(tied("he_normal")), side(tied(scale=2))
    found = [[each.fields for each in Diff.of(one, beside).changes] for beside in (same, other)]
    assert found == [[], [(VALUES,)]]


def test_a_spec_survives_being_written_flat():
    rules = tied("ones", scale="1 / 2", take="..., :2").rules, policy(copy("**", "a/b")).rules
    for rule in (rules[0][1], rules[1][0]):
        spec = policy(rule.get_config())
        assert declinit.Spec.from_config(spec.get_config()) == spec
    assert policy(copy("**", "a/b")).get_config()["rules"] == [{"match": "**", "copy_of": "a/b"}]


def test_an_export_of_an_audit_copies_what_was_copied_and_names_what_was_loaded(tmp_path):
    np.savez(tmp_path / "base.npz", **{"a/bias": np.ones(4, "float32")})
    rules = (
        give("**", NORMAL),
        copy("b/kernel", "a/kernel", "he_normal", transpose=[1, 0], scale="1 / 2"),
        {"match": "a/bias", "load": {"from": "base"}},
    )
    spec = policy(*rules, checkpoints={"base": str(tmp_path / "base.npz")})
    model = dense_model("a", "b")
    audit = declinit.apply(spec, model)
    exported = declinit.export(model, audit=audit)
    again = declinit.apply(exported, dense_model("a", "b"))
    assert [path for path in audit if audit[path].digest != again[path].digest] == ["a/bias"]
    assert again["b/kernel"].assignment.copied == audit["b/kernel"].assignment.copied
    assert exported.note.endswith(
        " 1 variable had been loaded from files, which this policy does not do: a/bias."
    )


# Faults


@named(
    ("rule", "says"),
    [
        (
            copy("two/kernel", "one/kernal"),
            "rules[1]: there is no variable 'one/kernal': two/kernel; "
            "did you mean 'one/kernel'? [DI354]",
        ),
        (
            copy("two/bias", "one/kernel"),
            "rules[1]: copy of one/kernel has shape 4x4, and the variable 4: two/bias [DI356]",
        ),
        (
            copy("two/kernel", "one/kernel", take="9"),
            "rules[1]: `take: 9`: it lies outside of shape 4x4, whose axis 0 has size 4: "
            "two/kernel [DI330]",
        ),
        (
            copy(["two/kernel", "one/kernel"], "two/kernel"),
            "rules[1]: variables copy each other in a circle: two/kernel -> two/kernel; "
            "exclude one of them, or give it an initializer [DI355]",
        ),
    ],
)
def test_what_cannot_be_copied_is_refused(rule, says):
    with pytest.raises(ResolveError) as refused:
        declinit.resolve(policy(give("**", "ones"), rule), dense_model("one", "two"))
    assert [one.headline for one in refused.value.problems] == [says]


def test_all_variables_of_a_circle_are_named():
    names = ("a", "b", "c", "d", "e")
    rules = [
        copy(f"{one}/kernel", f"{other}/kernel")
        for one, other in zip(names, (*names[1:], "b"), strict=True)
    ]
    with pytest.raises(ResolveError) as refused:
        declinit.resolve(policy(give("**", "ones"), *rules), dense_model(*names))
    assert [one.message for one in refused.value.problems] == [
        "variables copy each other in a circle: "
        "b/kernel -> c/kernel -> d/kernel -> e/kernel -> b/kernel"
    ]


@named(
    ("dtypes", "scale", "says"),
    [
        (
            ("float32", "int32"),
            None,
            "rules[1]: copy of one is float32, which is not converted to int32: other [DI357]",
        ),
        (
            ("int32", "int32"),
            2,
            "rules[1]: copy of one, times 2 cannot be scaled: the variable is int32: other; "
            "leave `scale` out [DI357]",
        ),
    ],
)
def test_a_type_that_loses_more_than_digits_is_refused(dtypes, scale, says):
    config = {} if scale is None else {"scale": scale}
    spec = policy({"match": "one", "keep": True}, copy("other", "one", **config))
    with pytest.raises(ResolveError) as refused:
        declinit.resolve(spec, Two((2,), (2,), dtypes))
    assert [one.headline for one in refused.value.problems] == [says]


@named(
    ("rule", "code"),
    [
        ({"match": "a", "copy_of": "b", "keep": True}, "DI208"),
        ({"match": "a", "copy_of": "b", "load": {"from": "c"}}, "DI208"),
        ({"match": "a", "copy_of": ""}, None),
        ({"match": "a", "copy_of": 3}, None),
        ({"match": "a", "copy_of": {"take": "0"}}, "DI202"),
        ({"match": "a", "copy_of": {"path": "b", "take": "x"}}, None),
        ({"match": "a", "copy_of": {"path": "b", "transpose": [1, 1]}}, "DI352"),
        ({"match": "a", "copy_of": {"path": "b", "scale": "1 +"}}, None),
        ({"match": "a", "copy_of": {"path": "b", "scale": "gain"}}, "DI232"),
        ({"match": "a/{l}", "copy_of": "b/{m}"}, "DI238"),
        ({"match": ["a/{l}", "a/b"], "copy_of": "b/{l}"}, "DI238"),
        ({"match": "a", "copy_of": "b//c"}, "DI238"),
    ],
)
def test_a_malformed_copy_is_refused_without_a_model(rule, code):
    with pytest.raises(SpecError) as refused:
        policy(rule)
    (problem,) = refused.value.problems
    assert code is None or problem.code == code


@named(
    ("change", "says"),
    [
        ({"path": "nowhere"}, "`copy_of`: there is no variable 'nowhere'"),
        (
            {"path": "head/kernel"},
            "variables copy each other in a circle: head/kernel -> head/kernel",
        ),
        (
            {"transpose": None},
            "`copy_of`: copy of tokens/embeddings has shape 7x4, and the variable 4x7",
        ),
    ],
)
def test_an_edited_audit_is_refused(change, says):
    data = json.loads(declinit.apply(tied(), tied_model()).to_json())
    config = {**data["variables"][1]["copy_of"], **change}
    if config["path"] == "head/kernel":
        config["transpose"] = None
    data["variables"][1]["copy_of"] = {k: v for k, v in config.items() if v is not None}
    from declinit.documents import node_of
    from declinit.errors import Source

    with pytest.raises(SpecError) as refused:
        Audit.from_node(node_of(data, Source("audit.json", "")))
    assert [one.message for one in refused.value.problems] == [
        f"the entry contradicts itself: {says}"
    ]


def test_a_plan_for_another_model_touches_nothing():
    plan, model = declinit.resolve(tied(), tied_model()), dense_model("a")
    before = values(model)
    with pytest.raises(ApplyError):
        declinit.apply(plan, model)
    assert all(np.array_equal(before[path], one) for path, one in values(model).items())
