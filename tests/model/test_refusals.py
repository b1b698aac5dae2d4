"""What is refused: always before anything is touched, always with the way out."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers, ops
from policies import KERAS_NOISE, dense_model, give, policy, values

import declinit
from declinit import ApplyError, ResolveError

pytestmark = KERAS_NOISE


def refused(spec, model, error=ResolveError) -> list[str]:
    """The message of a refusal, line by line; nothing in the model changed."""
    before = values(model)
    with pytest.raises(error) as raised:
        declinit.apply(spec, model)
    after = values(model)
    assert all(np.array_equal(after[path], before[path]) for path in before)
    return str(raised.value).splitlines()


def test_quantized_kernels_are_refused():
    """An int8 kernel would be truncated to zeros."""
    model = dense_model("a", "b")
    model.get_layer("a").quantize("int8")

    assert refused(policy(give("**", "ones"), give("a/kernel", "he_normal")), model) == [
        "rules[1]: he_normal cannot fill a variable of dtype int8: a/kernel; "
        "leave quantized and integer variables out with `exclude` [DI307]"
    ]


def test_every_integer_variable_is_in_one_problem():
    """Faults of one rule that say the same are put together."""
    model = dense_model("a", "b", "c", "d")
    for name in "abcd":
        model.get_layer(name).quantize("int8")

    assert refused(policy(give(["**", "**/kernel"], "zeros")), model) == [
        "rules[0]: zeros cannot fill a variable of dtype int8: a/kernel, b/kernel, c/kernel "
        "and 1 more; leave quantized and integer variables out with `exclude` [DI307]"
    ]


def test_the_state_of_a_seed_generator_is_never_initialized():
    """A rule that names it matches nothing, and is told why."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="a"), layers.Dropout(0.5)])

    lines = refused(policy(give("a/*", "ones"), give("**/seed_generator_state", "zeros")), model)

    assert lines == [
        "rules[1]: rule 'rules[1]' matches no variable; "
        "it names the state of a seed generator, which is never initialized [DI302]"
    ]


def test_plans_and_audits_leave_seed_generators_out():
    """Their state is in the inventory, but no plan or audit lists it."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="a"), layers.Dropout(0.5)])
    audit = declinit.apply(policy(give("**", "ones")), model)

    assert [info.path for info in declinit.survey(model) if info.seed_state] == [
        "dropout/seed_generator_state"
    ]
    assert list(audit) == ["a/kernel", "a/bias"]


class Lazy(keras.Model):
    """A subclassed model without `build`."""

    def __init__(self):
        super().__init__(name="lazy")
        self.dense = layers.Dense(3, name="inner")

    def call(self, x):
        """Apply the one layer."""
        return self.dense(x)


UNBUILT = {
    "sequential": (
        lambda: keras.Sequential([layers.Dense(3, name="inner")], name="lazy"),
        " (its layer 'inner' is not)",
    ),
    "subclassed": (Lazy, " (its layer 'inner' is not)"),
    "layer": (lambda: layers.Dense(3, name="lazy"), ""),
}


@pytest.mark.parametrize("name", UNBUILT)
@pytest.mark.parametrize("use", [declinit.survey, lambda m: declinit.apply(policy(), m)])
def test_an_unbuilt_model_is_told_how_to_be_built(name, use):
    """Weights that do not exist yet cannot be planned for."""
    build, which = UNBUILT[name]
    with pytest.raises(ResolveError) as raised:
        use(build())

    assert str(raised.value) == (
        f"model 'lazy' is not built yet, so its weights do not exist{which}; "
        "call it once on data or on a keras.Input, or give `build` a shape [DI406]"
    )


def test_a_model_whose_layers_are_not_built_is_not_built():
    """Keras sets `built` on a subclassed model that has no weights at all."""
    model = Lazy()
    model.built = True

    with pytest.raises(ResolveError, match=r"^model 'lazy' is not built yet, .* 'inner' is not"):
        declinit.survey(model)


def test_the_advice_for_unbuilt_models_works():
    """One call builds the model."""
    model = Lazy()
    model(ops.ones((1, 4)))

    assert [info.path for info in declinit.survey(model)] == ["inner/kernel", "inner/bias"]


def test_a_model_without_weights_is_refused():
    """There is nothing to initialize."""
    model = keras.Sequential([keras.Input((4,)), layers.ReLU()], name="empty")

    with pytest.raises(ResolveError, match=r"^model 'empty' has no weights \[DI406\]$"):
        declinit.survey(model)


def test_a_shared_variable_under_two_rules_is_refused():
    """Rules that tell two ways to one variable apart cannot both be followed."""
    common = layers.Dense(4, use_bias=False, name="common")
    inner = keras.Sequential([keras.Input((4,)), common], name="inner")
    own = layers.Dense(4, use_bias=False, name="own")
    model = keras.Sequential([keras.Input((4,)), common, inner, own])

    assert refused(policy(give("**", "ones"), give("inner/**", "zeros")), model) == [
        "rules[1]: 'common/kernel' and 'inner/common/kernel' are one shared variable, "
        "but they go to different rules, 'rules[0]' and 'rules[1]'; "
        "let one later rule match both [DI306]"
    ]


def test_two_layers_of_one_address_are_refused():
    """Keras lets a layer be renamed to the name of another."""
    model = dense_model("a", "b")
    model.get_layer("b").name = "a"

    with pytest.raises(ResolveError) as raised:
        declinit.survey(model)

    assert str(raised.value).splitlines() == [
        f"2 variables have one address, 'a/{name}' (in Keras: model/a/{name}, model/b/{name}); "
        "give their layers different names [DI407]"
        for name in ("kernel", "bias")
    ]


def test_initializers_that_cannot_be_built_are_refused_together():
    """An audit may name what is registered no more; all of it is in one error."""
    model = dense_model("a")
    audit = declinit.apply(policy(give("**", "ones")), model)
    data = audit.to_dict()
    for record in data["variables"]:
        record["initializer"] = {"class_name": "TestRefusals>Gone", "config": {}}

    lines = refused(declinit.Audit.from_dict(data), model, ApplyError)

    assert lines == [
        f"initializing {path!r} by rule 'rules[0]' with TestRefusals>Gone: nothing is registered "
        "with Keras as 'TestRefusals>Gone'; import the module that registers it [DI312]"
        for path in ("a/kernel", "a/bias")
    ]
