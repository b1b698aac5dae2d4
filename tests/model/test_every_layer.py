"""Every built-in layer: surveyed, initialized, verified, told by its config, and made again."""

from __future__ import annotations

import math
from functools import cache

import keras
import numpy as np
import pytest
from keras_layers import CASES, build_model
from policies import KERAS_NOISE, everything, model_of_case, policy, statuses, values

import declinit
from declinit.plans.inventory import FLOATS

pytestmark = KERAS_NOISE

# Positive: BatchNormalization takes the root of a variance.
POSITIVE = {"name": "random_uniform", "minval": 0.5, "maxval": 1.5}
# Configs of these hold code, which Keras does not load back.
NOT_REBUILT = {"jax_layer", "flax_layer", "torch_module_wrapper", "tfsm_layer"}


def rebuilt(name: str, model: keras.Model) -> keras.Model:
    """A model around the layer of a case, made again from the config of that layer."""
    if name in NOT_REBUILT:
        pytest.skip("Keras does not load code back")
    layer = model.get_layer(name)
    return build_model(CASES[name], layer=type(layer).from_config(layer.get_config()))


@cache
def initialized(name: str) -> tuple[keras.Model, declinit.Audit]:
    """The model of a case under a policy for every float variable, and the audit."""
    model = model_of_case(name)
    return model, declinit.apply(everything(model, POSITIVE), model)


@pytest.mark.parametrize("name", CASES)
def test_every_float_variable_is_set_and_verified(name):
    """Every float variable receives what the policy gives it; all others are recorded as kept."""
    model, audit = initialized(name)

    infos = {info.path: info for info in declinit.survey(model) if not info.seed_state}
    assert list(audit) == list(infos)
    for path, record in audit.items():
        set_by_rule = infos[path].dtype in FLOATS
        assert (record.origin == "drawn") == set_by_rule
        assert not set_by_rule or path.endswith("bias") or record.measure.min >= 0.5
    assert set(statuses(audit, model).values()) == {"identical"}


@pytest.mark.parametrize("name", CASES)
def test_a_variable_that_the_config_tells_comes_back_from_the_config(name):
    """A layer made from the config gives bits equal to every record that says `own`."""
    model, audit = initialized(name)

    found = statuses(audit, rebuilt(name, model))

    assert set(found) == set(audit)
    told = {path for path, record in audit.items() if record.in_config == "own"}
    assert {path: found[path] for path in told} == dict.fromkeys(told, "identical")


@pytest.mark.filterwarnings("ignore:.* what was kept, an audit cannot make again")
@pytest.mark.parametrize("name", CASES)
def test_an_audit_restores_what_the_config_cannot_tell(name):
    """`apply(audit, rebuilt model)` gives every float variable its bits again."""
    model, audit = initialized(name)
    other = rebuilt(name, model)

    again = declinit.apply(audit, other)

    restored = {path for path, record in audit.items() if record.origin == "drawn"}
    found = statuses(audit, other)
    assert {found[path] for path in restored} == {"identical"}
    assert {p: again[p].digest for p in restored} == {p: audit[p].digest for p in restored}


@pytest.mark.parametrize("name", CASES)
def test_values_have_the_stddev_that_the_plan_says(name):
    """Of fan-based values, mean square over the plan's variance is 1 within 6 standard errors."""
    model = model_of_case(name)
    infos = {info.path: info for info in declinit.survey(model)}
    fanned = [path for path, info in infos.items() if info.axes and info.dtype in FLOATS]
    if not fanned:
        pytest.skip("no variable of this layer has fans")
    rules = {"match": fanned, "initializer": "glorot_uniform"}
    plan = declinit.resolve(policy(rules, strict={"unmatched": "allow"}), model)

    declinit.apply(plan, model)

    found = values(model)
    for path in fanned:
        fans, expected = infos[path].fans, plan[path].expected
        assert plan[path].fans == fans
        assert expected.stddev == pytest.approx(math.sqrt(2 / (fans.fan_in + fans.fan_out)))
        ratio = np.mean(found[path].astype("float64") ** 2) / expected.stddev**2
        assert ratio == pytest.approx(
            1, abs=6 * math.sqrt((expected.kurtosis - 1) / found[path].size)
        )


APART = [
    *(name for name in CASES if name.startswith(("multi_head", "group_query"))),
    *(name for name in CASES if name.startswith("bidirectional")),
]


def same_numbers(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether two kernels begin with the same random numbers."""
    first, second = first.ravel(), second.ravel()
    size = min(first.size, second.size)
    return np.allclose(first[:size] / first[0], second[:size] / second[0], rtol=1e-3)


def coinciding(model: keras.Model) -> list[tuple[str, str]]:
    """Pairs of kernels that share their random numbers."""
    kernels = [(path, value) for path, value in values(model).items() if value.ndim > 1]
    kernels = [(path, value) for path, value in kernels if not path.endswith("bias")]
    return [
        (path, other)
        for index, (path, value) in enumerate(kernels)
        for other, another in kernels[:index]
        if same_numbers(value, another)
    ]


@pytest.mark.parametrize("initializer", ["random_normal", "glorot_uniform", "he_normal"])
@pytest.mark.parametrize("name", APART)
def test_parts_of_one_layer_never_share_values(name, initializer):
    """Projections and directions differ, and differ again in a layer made from the config."""
    model = model_of_case(name)
    infos = declinit.survey(model)
    kernels = [info.path for info in infos if len(info.shape) > 1 and "bias" not in info.path]
    declinit.apply(
        policy({"match": kernels, "initializer": initializer}, strict={"unmatched": "allow"}),
        model,
    )

    assert coinciding(model) == []
    assert coinciding(rebuilt(name, model)) == []


def test_the_two_matrices_of_an_untied_embedding_never_share_values():
    """Keras itself gives both the same random numbers, from one place for two variables."""
    model = build_model(CASES["reversible_embedding_untied"])
    assert coinciding(model) != []

    audit = declinit.apply(everything(model, "random_normal"), model)

    assert coinciding(model) == []
    assert {record.in_config for record in audit.values()} == {"shared"}


@pytest.mark.parametrize("name", ["multi_head_attention", "group_query_attention"])
def test_a_rebuilt_attention_layer_keeps_the_distribution_of_its_projections(name):
    """One initializer for all projections is told by the config, without its seed and axes."""
    model = model_of_case(name)
    declinit.apply(everything(model, {"name": "random_normal", "stddev": 0.3}), model)
    config = model.get_layer(name).get_config()

    told = config["kernel_initializer"]
    assert told["registered_name"] == "declinit>RandomNormal"
    assert told["config"] == {"mean": 0.0, "stddev": 0.3, "seed": None}


def test_different_initializers_for_projections_leave_the_common_place_alone():
    """What one place cannot tell of several variables it does not tell at all."""
    model = model_of_case("multi_head_attention")
    layer = model.get_layer("multi_head_attention")
    before = layer.get_config()["kernel_initializer"]
    rules = [
        {"match": "**", "initializer": "zeros"},
        {"match": "**/query/kernel", "initializer": {"name": "random_normal", "stddev": 0.3}},
    ]

    audit = declinit.apply(policy(*rules), model)

    assert layer.get_config()["kernel_initializer"] == before
    assert audit["multi_head_attention/query/kernel"].in_config == "shared"
