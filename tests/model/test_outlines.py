"""First policies: what a model does today, in as few rules as there are initializers."""

from __future__ import annotations

import json

import keras
import pytest
import yaml
from keras import layers
from keras_layers import CASES
from policies import KERAS_NOISE, dense_model, model_of_case, unfilled

import declinit
from declinit.globs import Glob
from declinit.model.carried import carried_plan
from declinit.model.outlines import Outline, outline, outline_of_recipe
from declinit.plans.diffs import MODEL, SPEC, Diff, Side
from declinit.policy.moves import Moves

pytestmark = KERAS_NOISE


def own(shape, dtype=None):
    return keras.ops.ones(shape, dtype)


def loaded(found: Outline, folder) -> declinit.Spec:
    path = folder / "first.yaml"
    path.write_text(found.text, encoding="utf-8")
    return declinit.load(path)


def diff_with_today(spec: declinit.Spec, model) -> Diff:
    sides = ((SPEC, declinit.resolve(spec, model)), (MODEL, carried_plan(model)))
    before, after = (
        Side(name=kind, kind=kind, plan=plan, moves=Moves(), complete=True) for kind, plan in sides
    )
    return Diff.of(before, after)


def assert_does_the_same(model, folder) -> declinit.Spec:
    found = outline(model)
    spec = loaded(found, folder)
    assert (found.missing, [problem.headline for problem in found.problems]) == ((), [])
    assert [problem.headline for problem in spec.lint()] == []
    assert [one.path for one in diff_with_today(spec, model).changes] == []
    says = [rule.action for rule in spec.rules]
    assert len(set(map(str, says))) == len(says)
    return spec


@pytest.mark.parametrize("name", CASES)
def test_the_policy_of_every_layer_does_what_the_layer_does(name, tmp_path):
    model = model_of_case(name)
    if [info for info in declinit.survey(model) if not info.seed_state]:
        assert_does_the_same(model, tmp_path)


def test_the_policy_of_a_large_model_has_a_rule_an_initializer(tmp_path):
    model = unfilled(lambda: keras.applications.ResNet50(weights=None))
    spec = assert_does_the_same(model, tmp_path)
    assert [rule.get_config() for rule in spec.rules] == [
        {"match": ["**/bias", "**/beta", "**/moving_mean"], "initializer": "zeros"},
        {"match": ["**/gamma", "**/moving_variance"], "initializer": "ones"},
        {"match": "**/kernel", "initializer": "glorot_uniform"},
    ]


def sequential(*more, size=4) -> keras.Model:
    return keras.Sequential([keras.Input((size,)), *more], name="model")


def blocks(count=3) -> list[layers.Layer]:
    """Blocks whose last layer is drawn otherwise."""
    return [
        layer
        for number in range(count)
        for layer in (
            layers.Dense(4, name=f"block_{number}_up"),
            layers.Dense(4, name=f"block_{number}_down", kernel_initializer="zeros"),
        )
    ]


SCOPES = {
    # what: (layers, match and layer of each rule)
    "numbers are opened": (
        blocks(),
        [("**/kernel", ()), (["**/bias", "block_*_down/kernel"], ())],
    ),
    "one of many keeps its number": (
        [
            layers.Dense(4, name="d_1"),
            *(layers.Dense(4, "relu", True, "ones", name=f"d_{n}") for n in (2, 3)),
        ],
        [("**/bias", ()), ("**/kernel", ()), ("d_1/kernel", ())],
    ),
    "classes of layers are named where that is shorter": (
        [
            layers.Dense(12, name="ape"),
            layers.Dense(12, name="bee"),
            layers.Reshape((2, 6)),
            layers.Conv1D(4, 1, kernel_initializer="ones", name="cow"),
            layers.Conv1D(4, 1, kernel_initializer="ones", name="dog"),
            layers.Conv1D(4, 1, kernel_initializer="ones", name="elk"),
        ],
        [("**/bias", ()), ("**/kernel", ()), ("**/kernel", "Dense")],
    ),
}


@pytest.mark.parametrize("name", SCOPES)
def test_rules_are_as_wide_as_they_can_be(name, tmp_path):
    stack, expected = SCOPES[name]
    configs = [
        rule.get_config() for rule in assert_does_the_same(sequential(*stack), tmp_path).rules
    ]
    assert [(one["match"], one.get("layer", ())) for one in configs] == expected


def test_a_shared_layer_is_named_by_all_of_its_ways(tmp_path):
    inner = layers.Dense(4, name="inner", kernel_initializer="zeros")
    ways = [keras.Sequential([keras.Input((4,)), inner], name=name) for name in ("one", "two")]
    other = keras.Sequential([keras.Input((4,)), layers.Dense(4, name="inner")], name="other")
    inputs = keras.Input((4,))
    x = layers.Dense(4, name="first")(other(inputs))
    model = keras.Model(inputs, ways[1](ways[0](x)))
    assert_does_the_same(model, tmp_path)


def test_what_keras_calls_another_layer_is_not_taken_for_it(tmp_path):
    """Keras numbers over the whole process: the first layer here is its `dense_1`."""
    keras.utils.clear_session()
    sequential(layers.Dense(4))
    first = layers.Dense(4)
    usual = (layers.Dense(4, name=name) for name in "xyz")
    zeros = (layers.Dense(4, name=f"dense_{n}", kernel_initializer="zeros") for n in (7, 8))
    model = sequential(first, *usual, keras.Sequential([*zeros], name="outer"))
    assert "dense_1/kernel" in declinit.survey(model)[0].aliases
    assert_does_the_same(model, tmp_path)


def test_what_no_policy_can_name_is_kept_with_a_note(tmp_path):
    usual = (layers.Dense(4, name=name) for name in "bc")
    model = sequential(layers.Dense(4, kernel_initializer=own, name="a"), *usual)
    spec = loaded(outline(model), tmp_path)
    assert [rule.get_config() for rule in spec.rules if rule.note] == [
        {
            "match": "a/kernel",
            "keep": True,
            "note": "no policy can name what initializes these: register it first",
        }
    ]
    assert diff_with_today(spec, model).changes == ()


def test_names_that_look_like_a_pattern_or_a_group_are_themselves(tmp_path):
    hostile = ("$group", "a*b", "{l}", 'q"uote\n- x: y', "null", "\x1b[2J")
    stack = [layers.Dense(4, name=name, kernel_initializer="zeros") for name in hostile]
    assert_does_the_same(
        sequential(layers.Dense(4, name="x"), *stack, layers.Dense(4), layers.Dense(4)), tmp_path
    )


NUMBERS = (
    "# The names of some layers hold Keras' own numbers, which change when a layer is added before\n"
    "# them. Once the layers have names of their own, nothing has to be allowed: DI334.\n"
)


def test_names_that_keras_numbers_are_allowed_with_a_comment(tmp_path):
    def stack(*names: str | None) -> list[layers.Layer]:
        fills = ("zeros", "ones", "he_normal", "zeros")
        return [
            layers.Dense(4, kernel_initializer=fill, name=name)
            for fill, name in zip(fills, names, strict=True)
        ]

    model = sequential(*stack("dense", "dense_1", "dense_2", "dense_3"))
    spec = assert_does_the_same(model, tmp_path)
    assert [name for rule in spec.rules for name in rule.written.match if "dense_" in name]
    assert spec.allow == ("DI334",)
    assert outline(model).text.endswith(NUMBERS)
    named = sequential(*stack("a", "b", "c", "d"))
    assert assert_does_the_same(named, tmp_path).allow == ()
    assert "#" not in outline(named).text


def test_a_seed_is_drawn_and_written(tmp_path):
    model = dense_model("a")
    seeds = {loaded(outline(model), tmp_path).seed for _ in range(2)}
    assert len(seeds) == 2
    assert None not in seeds


def test_fans_are_named_only_where_keras_counts_them_otherwise():
    assert "fans" not in outline(dense_model("a")).text
    inputs = keras.Input((8, 8, 3))
    model = keras.Model(inputs, layers.DepthwiseConv2D(3, name="a")(inputs))
    assert "\nfans: keras\n" in outline(model).text


def test_an_initialized_model_is_written_as_it_was_initialized(tmp_path):
    model = dense_model("a", "b")
    rules = [
        {"match": "**", "initializer": "zeros"},
        {"match": "b/kernel", "initializer": {"name": "truncated_normal", "stddev": 0.02}},
    ]
    declinit.apply({"declinit": 1, "seed": 1, "rules": rules}, model)
    configs = [rule.get_config() for rule in assert_does_the_same(model, tmp_path).rules]
    assert configs[-1]["initializer"]["stddev"] == 0.02


# With a recipe

RECIPE = {
    "declinit": 1,
    "groups": {
        "residual_out": [
            "**/transformer_layer_{l}/self_attention/attention_output/kernel",
            "**/transformer_layer_{l}/feedforward_output_dense/kernel",
        ],
        "head": "**/lm_head/kernel",
        "positions": "**/position_embedding/embeddings",
    },
    "rules": [
        {"id": "weight", "match": ["**/kernel", "**/embeddings"], "initializer": "he_normal"},
        {
            "id": "residual",
            "match": "$residual_out",
            "initializer": {"name": "random_normal", "stddev": "0.02 / sqrt(2 * count(l))"},
        },
        {"id": "head", "match": "$head", "initializer": "zeros", "optional": True},
        {"id": "positions", "match": "$positions", "initializer": "ones"},
        {"id": "bias", "match": "**/bias", "initializer": "zeros", "optional": True},
    ],
}


def transformer(attention: str, feed: str, *, rest=(), start=1) -> keras.Model:
    x = inputs = keras.Input((4,))
    for block in range(start, start + 3):
        for name in (attention, feed):
            x = layers.Dense(4, name=name.format(block).replace("/", "_"))(x)
    for name in rest:
        x = layers.Dense(4, name=name)(x)
    return keras.Model(inputs, x)


def adoption(model, recipe=RECIPE) -> tuple[declinit.Spec, Outline]:
    spec = declinit.Spec.from_config(recipe)
    return spec, outline_of_recipe(model, spec, "recipe.yaml")


def groups_in(found: Outline) -> dict:
    return yaml.safe_load(found.text).get("groups", {})


NAMES = {
    # names of the two layers of a block, and the patterns that are found for them
    "GPT-2's": ("h_{}_attn_c_proj", "h_{}_mlp_c_proj", ["h_{l}_attn_c_proj", "h_{l}_mlp_c_proj"]),
    "in words": (
        "block{}_attention_output",
        "block{}_feedforward_down",
        ["block{l}_attention_output", "block{l}_feedforward_down"],
    ),
    "only one of them": ("layer_{}_attn_out", "layer_{}_other", ["layer_{l}_attn_out"]),
    "neither": ("alpha_{}", "beta_{}", None),
}


@pytest.mark.parametrize("name", NAMES)
def test_groups_are_filled_with_what_names_suggest(name):
    attention, feed, layers_found = NAMES[name]
    _, found = adoption(transformer(attention, feed))
    expected = layers_found and [f"{layer}/kernel" for layer in layers_found]
    got = groups_in(found).get("residual_out")
    assert ([got] if isinstance(got, str) else got) == expected


def test_a_group_that_fits_is_left_to_the_recipe():
    model = transformer("h_{}_attn_proj", "h_{}_mlp_proj", rest=["lm_head"])
    assert list(groups_in(adoption(model)[1])) == ["residual_out"]


def test_two_that_are_alike_are_no_choice():
    model = transformer("a{}_attn_out", "b{}_attn_out")
    assert groups_in(adoption(model)[1]) == {}


def test_what_nothing_looks_like_is_said_in_the_comment_at_the_end():
    _, found = adoption(transformer("h_{}_attn_proj", "h_{}_mlp_proj", rest=["x"]))
    assert found.text.endswith(
        'groups:\n  residual_out: ["h_{l}_attn_proj/kernel", "h_{l}_mlp_proj/kernel"]\n'
        '# Group positions: nothing in this model looks like "**/position_embedding/embeddings".\n'
        "# Add their patterns under `groups`, if the model has such layers; an empty list says "
        "that it has none.\n"
    )
    assert [problem.code for problem in found.problems] == ["DI302"]
    assert {problem.severity for problem in found.problems} == {"warning"}


def test_a_group_that_is_filled_in_part_is_said_too():
    _, found = adoption(transformer("layer_{}_attn_out", "layer_{}_other", rest=["lm_head"]))
    assert found.text.count("# Group residual_out: nothing in this model looks like ") == 1


def test_what_no_rule_covers_is_said_as_patterns_to_make_rules_of():
    inputs = keras.Input((4,))
    hidden = layers.LayerNormalization(name='evil"\n- x')(layers.Dense(4, name="lm_head")(inputs))
    _, found = adoption(keras.Model(inputs, hidden))
    assert found.text.endswith(
        "# No rule covers 2 variables; write a rule, or `keep: true`, for:\n"
        '# - match: "**/gamma"  # "LayerNormalization", 4\n'
        '# - match: "**/beta"  # "LayerNormalization", 4\n'
    )
    assert "DI301" in [problem.code for problem in found.problems]


def test_the_policy_of_a_recipe_that_fits_plans_clean(tmp_path):
    recipe = {**RECIPE, "groups": {**RECIPE["groups"], "positions": []}}
    model = transformer("h_{}_attn_proj", "h_{}_mlp_proj", rest=["x"])
    _, found = adoption(model, recipe)
    (tmp_path / "recipe.yaml").write_text(json.dumps(recipe), encoding="utf-8")
    plan = declinit.resolve(loaded(found, tmp_path), model)
    assert (found.missing, found.problems, plan.problems) == ((), (), ())
    assert plan["h_2_mlp_proj/kernel"].initializer.params["stddev"] == pytest.approx(0.02 / 6**0.5)


def test_a_pattern_that_is_found_matches_what_it_was_found_for():
    model = transformer("h_{}_attn_proj", "h_{}_mlp_proj", start=9)
    (first, _) = groups_in(adoption(model)[1])["residual_out"]
    matched = [info.path for info in declinit.survey(model) if Glob.parse(first).matches(info.path)]
    assert matched == [f"h_{number}_attn_proj/kernel" for number in (9, 10, 11)]


def test_parts_of_an_initialized_model_are_written_too(tmp_path):
    stack = [keras.Input((5, 4)), layers.LSTM(3, name="rnn")]
    model = keras.Sequential(stack, name="model")
    part = {"gate": "output", "initializer": {"name": "random_normal", "stddev": 0.3}}
    rules = [{"match": "**", "initializer": "glorot_uniform", "exclude": "**/bias"}]
    rules.append({"match": "**/bias", "initializer": "zeros", "parts": [part]})
    declinit.apply({"declinit": 1, "seed": 1, "rules": rules}, model)
    spec = assert_does_the_same(model, tmp_path)
    assert [one.gate for rule in spec.rules for one in rule.action.parts] == ["forget", "output"]
