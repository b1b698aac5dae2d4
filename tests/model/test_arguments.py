"""Arguments of another kind, or in another order, are refused in words before anything is done."""

from __future__ import annotations

import keras
import pytest
from policies import KERAS_NOISE, dense_model, give, policy

import declinit
from declinit.errors import ArgumentError

pytestmark = KERAS_NOISE

SPEC = policy(give("**", "ones"))
MODEL = dense_model("a")
PLAN = declinit.resolve(SPEC, MODEL)
AUDIT = declinit.apply(SPEC, MODEL)


def build() -> keras.Model:
    """A function that builds a model."""
    return dense_model("a")


def refusal(do, *arguments, **options) -> list[str]:
    """What a call is told, line by line."""
    with pytest.raises(ArgumentError) as raised:
        do(*arguments, **options)
    assert isinstance(raised.value, TypeError)
    assert isinstance(raised.value, declinit.DeclinitError)
    return [text.removesuffix(" [DI414]") for text in str(raised.value).splitlines()]


SWAPPED = [
    (declinit.apply, (MODEL, SPEC), "source, model", "Sequential", "Spec"),
    (declinit.apply, (MODEL, AUDIT), "source, model", "Sequential", "Audit"),
    (declinit.apply, (MODEL, "spec.yaml"), "source, model", "Sequential", "'spec.yaml'"),
    (declinit.resolve, (MODEL, SPEC), "spec, model", "Sequential", "Spec"),
    (declinit.resolve, (declinit.survey(MODEL), SPEC), "spec, model", "tuple", "Spec"),
    (declinit.verify, (MODEL, AUDIT), "audit, model", "Sequential", "Audit"),
    (declinit.verify, (MODEL, "audit.json"), "audit, model", "Sequential", "'audit.json'"),
    (declinit.build, (SPEC, build), "build_fn, source", "Spec", "function"),
    (declinit.load, (["seed=4"], "spec.yaml"), "path, overrides, rules", "list", "'spec.yaml'"),
]


@pytest.mark.parametrize(("function", "arguments", "order", "first", "second"), SWAPPED)
def test_swapped_arguments_are_told_their_order(function, arguments, order, first, second):
    if function is declinit.load:
        lines = refusal(function, arguments[0], overrides=arguments[1])
    else:
        lines = refusal(function, *arguments)
    name = f"declinit.{function.__name__}"
    assert [line.partition("received ")[2].partition(";")[0] for line in lines] == [first, second]
    assert {line.partition("; ")[2] for line in lines} == {
        f"the arguments seem swapped: {name}({order})"
    }
    assert all(line.startswith(f"{name}: expected ") for line in lines)


OTHERS = [
    (
        lambda: declinit.verify(PLAN, MODEL),
        "declinit.verify: expected an Audit or the path of its file as `audit`, received Plan; "
        "`declinit.apply` gives an audit of what it did",
    ),
    (
        lambda: declinit.export(MODEL, audit=PLAN),
        "declinit.export: expected an Audit or the path of its file as `audit`, received Plan; "
        "`declinit.apply` gives an audit of what it did",
    ),
    (
        lambda: declinit.export(SPEC),
        "declinit.export: expected a Keras model or layer as `model`, received Spec",
    ),
    (
        lambda: declinit.build(MODEL, SPEC),
        "declinit.build: expected a function that builds a model as `build_fn`, received "
        "Sequential; `declinit.apply` initializes a model that is there already",
    ),
    (
        lambda: declinit.build(lambda: 3, SPEC),
        "declinit.build: expected a Keras model or layer as `build_fn()`, received 3",
    ),
    (
        lambda: declinit.apply(SPEC, build),
        "declinit.apply: expected a Keras model or layer as `model`, received function; "
        "call it, or have `declinit.build` call it",
    ),
    (
        lambda: declinit.apply(PLAN, "model.keras"),
        "declinit.apply: expected a Keras model or layer as `model`, received 'model.keras'; "
        "load it with `keras.saving.load_model`",
    ),
    (
        lambda: declinit.apply(PLAN, keras.Model),
        f"declinit.apply: expected a Keras model or layer as `model`, received {keras.Model!r}; "
        "make an instance of it",
    ),
    (
        lambda: declinit.survey(SPEC),
        "declinit.survey: expected a Keras model or layer as `model`, received Spec",
    ),
    (
        lambda: declinit.survey(None),
        "declinit.survey: expected a Keras model or layer as `model`, received None",
    ),
    (
        lambda: declinit.load("spec.yaml", overrides="seed=4"),
        "declinit.load: expected a list of texts as `overrides`, received 'seed=4'; "
        "put it into a list, even if it is one text",
    ),
    (
        lambda: declinit.load({"declinit": 1}),
        "declinit.load: expected the path of a file as `path`, received dict; "
        "`declinit.Spec.from_config` reads a mapping",
    ),
    (
        lambda: declinit.load("x" * 99, rules=4),
        "declinit.load: expected a list of texts as `rules`, received 4",
    ),
    (
        lambda: declinit.resolve(SPEC, MODEL, base="configs"),
        "declinit.resolve: `base` goes with a spec that is given as a mapping",
    ),
    (
        lambda: declinit.apply("spec.yaml", MODEL, base="configs"),
        "declinit.apply: `base` goes with a spec that is given as a mapping",
    ),
    (
        lambda: declinit.build(build, PLAN, base="configs"),
        "declinit.build: `base` goes with a spec that is given as a mapping",
    ),
    (
        lambda: declinit.apply({}, MODEL, base=3),
        "declinit.apply: expected a folder as `base`, received 3",
    ),
    (
        lambda: declinit.survey("x" * 99),
        f"declinit.survey: expected a Keras model or layer as `model`, received '{'x' * 59}...; "
        "load it with `keras.saving.load_model`",
    ),
]


@pytest.mark.parametrize(("call", "line"), OTHERS)
def test_an_argument_of_another_kind_is_told_what_was_expected(call, line):
    assert refusal(call) == [line]


def test_every_wrong_argument_is_told_at_once():
    assert refusal(declinit.verify, 3, 4) == [
        "declinit.verify: expected an Audit or the path of its file as `audit`, received 3",
        "declinit.verify: expected a Keras model or layer as `model`, received 4",
    ]
