"""Documents show themselves in notebooks as tables, and every variable where somebody unfolds it."""

from __future__ import annotations

import keras
import pytest

import declinit
from declinit.plans.comparison import drift_of
from declinit.plans.diffs import PLAN, Diff, Side
from declinit.policy.moves import Moves
from tests.render.test_html import Page

POLICY = {
    "declinit": 1,
    "seed": 3,
    "note": "a <b>note</b> of $x$",
    "rules": [
        {"id": "rest", "match": ["**/kernel", "**/bias"], "initializer": "zeros"},
        {"match": "a/*", "exclude": "**/bias", "layer": "Dense", "initializer": "he_normal"},
    ],
}


def model(name: str = "a") -> keras.Model:
    dense = [keras.layers.Dense(4, name=name), keras.layers.Dense(4, name="b")]
    return keras.Sequential([keras.Input((4,)), *dense])


def drift() -> declinit.plans.comparison.Drift:
    after = declinit.resolve(POLICY | RULES, model())
    return drift_of("plan.json", declinit.resolve(POLICY, model()), after, Moves())


def diff() -> Diff:
    one, other = (
        Side(name=str(seed), kind=PLAN, plan=plan, moves=Moves(), complete=True)
        for seed, plan in enumerate(
            [declinit.resolve(POLICY, model()), declinit.resolve(POLICY | RULES, model())]
        )
    )
    return Diff.of(one, other, seeds=False)


RULES = {"rules": [{"match": "**", "initializer": "ones"}]}
TRAINED = {"declinit": 1, "rules": [{"match": "**", "initializer": "keep"}]}


def verification(statistical: bool) -> object:
    made = model()
    audit = declinit.apply(POLICY, made)
    made.get_layer("b").kernel.assign(keras.ops.ones((4, 4)))
    return declinit.verify(audit, made, statistical=statistical)


# what each shows at once, and what is folded away
DOCUMENTS = {
    "spec": (
        lambda: declinit.Spec.from_config(POLICY),
        [
            "spec: seed 3, generator portable",
            *("rest", "**/kernel, **/bias", "zeros", "rules[0]"),
            *("rules[1]", "a/*, but not **/bias, of layers Dense", "he_normal"),
            "2 rules",
            "a <b>note</b> of $x$",
        ],
        [],
    ),
    "plan": (
        lambda: declinit.resolve(POLICY, model()),
        ["spec: seed 3, generator portable", "3 variables of 4 matched", "1 variable"],
        ["a/kernel", "b/bias", "all 0"],
    ),
    "audit": (
        lambda: declinit.apply(POLICY, model()),
        ["3 variables", "4 variables: 0 loaded, 4 drawn, 0 kept; seed 3"],
        ["a/kernel", "b/bias", "mean 0"],
    ),
    "verification": (
        lambda: verification(False),
        ["b/kernel", "changed", "3 identical, 1 changed"],
        ["a/kernel"],
    ),
    "plausibility": (lambda: verification(True), ["b/kernel", "inconsistent"], ["a/bias"]),
    "diff": (diff, ["0 -> 1", "3 variables"], ["b/bias"]),
    "drift": (drift, ["3 variables", "4 changed"], ["b/bias"]),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_shows_in_short_what_it_is(name):
    make, shown, folded = DOCUMENTS[name]
    text = make()._repr_html_()
    assert text.startswith('<div class="declinit tex2jax_ignore mathjax_ignore">\n<style>')
    assert text.endswith("</div>")
    page = Page(text)
    at_once, _, _ = text.removesuffix("</div>").partition("<details>")
    assert [one for one in shown if one not in Page(f"{at_once}</div>").texts] == []
    assert [one for one in folded if one not in page.texts or one in at_once] == []
    assert page.texts.count("by variable") == page.count("details") == bool(folded)


def test_a_name_of_a_layer_is_text():
    evil = "<img src=x onerror=alert(1)>"
    plan = declinit.resolve(POLICY | RULES, model(evil))
    page = Page(plan._repr_html_())
    assert page.count("img") == 0
    assert f"{evil}/kernel" in page.texts


def test_a_plan_of_many_variables_is_a_page_that_a_notebook_can_keep():
    from declinit.layers.fans import FanAxes
    from declinit.plans.resolution import resolve

    axes = FanAxes((0,), (1,))
    kernels = tuple(
        declinit.VariableInfo(path=f"{at}/kernel", shape=(2, 3), dtype="float32", axes=axes)
        for at in range(2000)
    )
    text = resolve(declinit.Spec.from_config({**POLICY, **RULES}), kernels)._repr_html_()
    page = Page(text)
    assert "... and 1600 more rows" in page.texts
    assert len(text) < 60_000


WARNED = {
    "spec": (declinit.Spec.from_config, "names layers as Keras numbers them: dense_1"),
    "plan": (lambda policy: declinit.resolve(policy, model("dense_1")), "decides nothing"),
}


@pytest.mark.parametrize("name", WARNED)
def test_warnings_are_shown_with_what_they_are_about(name):
    make, message = WARNED[name]
    rules = [{"match": "dense_1/kernel", "initializer": "ones"}, *RULES["rules"]]
    page = Page(make({**POLICY, "rules": rules})._repr_html_())
    assert page.count("li") >= 1
    assert any(message in text for text in page.texts)
