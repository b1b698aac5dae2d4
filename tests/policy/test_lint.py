"""Warnings that a policy's text gives, and how they are silenced."""

from __future__ import annotations

from pathlib import Path

import pytest

import declinit
from declinit.globs import Glob, covers

ROOT = Path(declinit.__file__).parent.parent


def codes(rules: list[dict], **settings: object) -> list[str]:
    spec = declinit.Spec.from_config({"declinit": 1, "seed": 1, **settings, "rules": rules})
    assert declinit.Spec.from_config(spec.get_config()) == spec
    return [problem.code for problem in spec.lint()]


def rule(match: object, initializer: object = "he_normal", **more: object) -> dict:
    return {"match": match, "initializer": initializer, **more}


def seeded(name: str = "he_normal") -> dict:
    return {"name": name, "seed": 3}


OWN = {"DI334": [rule("dense_1/kernel")], "DI335": [rule("block_[0-9]/kernel")]}

CASES = {
    # what the rules are: (rules, the warnings)
    "a generated name": ([rule("**/dense_1/kernel")], ["DI334"]),
    "two generated names in one rule": ([rule(["conv2d_3/kernel", "gru_12/*"])], ["DI334"]),
    "a generated name that is excluded": ([rule("**", exclude="dense_2/*")], ["DI334"]),
    "the first name of a kind, which may have been given": ([rule("dense/kernel")], []),
    "names that only look generated": (
        [rule(["block_1/kernel", "my_dense_1/kernel", "layer_1/kernel", "dense_0/kernel"])],
        [],
    ),
    "any of the generated names": ([rule("dense_*/kernel")], []),
    "one digit": ([rule("block_[0-9]/kernel")], ["DI335"]),
    "two digits": ([rule("block_[0-9][0-9]/kernel")], []),
    "a digit and more": ([rule("block_[0-9]*/kernel")], []),
    "some digits, which were chosen": ([rule("block_[2-5]/kernel")], []),
    "brackets in a name": ([rule("block_\\[0-9\\]/kernel")], []),
    "one seed for two": ([rule("a", seeded()), rule("b", seeded("random_uniform"))], ["DI336"]),
    "one seed for one": ([rule("a", seeded()), rule("b")], []),
    "one seed for a rule and its part": (
        [rule("a", seeded(), parts=[{"at": "0", "initializer": seeded("glorot_normal")}])],
        ["DI336"],
    ),
    "a narrow rule before a wide one": ([rule("**/kernel"), rule("**", "zeros")], ["DI338"]),
    "a narrow rule behind a wide one": ([rule("**"), rule("**/kernel")], []),
    "a rule covered by two": (
        [rule(["a/kernel", "b/kernel"]), rule("a/*"), rule("b/*")],
        ["DI338"],
    ),
    "a rule covered in part": ([rule(["a/kernel", "b/kernel"]), rule("a/*")], []),
    "a wide rule with exceptions": ([rule("a/kernel"), rule("**", exclude="a/*")], []),
    "a wide rule for other layers": ([rule("**/kernel"), rule("**", layer="Dense")], []),
    "a wide rule for the same layers": (
        [rule("**/kernel", layer="Dense"), rule("**", layer=["Dense", "Conv2D"])],
        ["DI338"],
    ),
    "state, which a wide rule leaves alone": (
        [rule("**/moving_mean", "zeros"), rule("**", "zeros")],
        [],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_policy_gives_these_warnings(name):
    rules, expected = CASES[name]
    assert codes(rules) == expected


def test_a_policy_that_draws_without_a_seed_is_told():
    assert codes([rule("**")], seed=None) == ["DI337"]
    assert codes([rule("**", "zeros")], seed=None) == []
    assert codes([rule("**", seeded())], seed=None) == []
    assert codes([rule("**", seed=4)], seed=None) == []


@pytest.mark.parametrize("code", OWN)
def test_a_warning_is_silenced_for_a_rule_or_for_the_policy(code):
    (faulty,) = OWN[code]
    assert codes([faulty, {**faulty, "id": "other", "allow": [code]}])[:1] == [code]
    assert codes([{**faulty, "allow": [code]}]) == []
    assert codes([faulty], allow=[code]) == []
    assert codes([faulty], allow=["DI337"]) == [code]


def test_silence_is_written_only_where_there_is_some():
    """Digests of policies stay what they were."""
    spec = declinit.Spec.from_config({"declinit": 1, "rules": [rule("a")]})
    assert "allow" not in {*spec.get_config(), *spec.get_config()["rules"][0]}


def test_shadows_are_not_told_where_the_policy_allows_them_or_inherits_the_rule(write):
    shadowed = [rule("**/kernel"), rule("**")]
    assert codes(shadowed, strict={"shadowed": "allow"}) == []
    write("base.yaml", "declinit: 1\nseed: 1\nrules: [{match: '**/kernel', initializer: zeros}]\n")
    own = "declinit: 1\nextends: base.yaml\nrules: [{match: '**', initializer: ones}]\n"
    assert declinit.load(write("own.yaml", own)).lint() == ()


def test_silence_is_inherited_and_unknown_codes_are_refused(write):
    write("base.yaml", "declinit: 1\nallow: [DI337]\nrules: []\n")
    own = "declinit: 1\nextends: base.yaml\nrules: [{match: '**', initializer: he_normal}]\n"
    assert declinit.load(write("own.yaml", own)).lint() == ()
    with pytest.raises(declinit.SpecError) as caught:
        codes([rule("a")], allow=["DI399"])
    assert str(caught.value).endswith("received \"DI399\"; did you mean 'DI339'? [DI204]")


def test_a_warning_is_told_at_its_rule_with_what_to_do(write):
    text = "declinit: 1\nseed: 1\nrules:\n- match: dense_1/kernel\n  initializer: zeros\n"
    (problem,) = declinit.load(write("a.yaml", text)).lint()
    assert problem.headline == (
        "a.yaml:4:3: warning: rule 'rules[0]' names layers as Keras numbers them: dense_1; "
        "another layer has the name once one is added before it; name the layers [DI334]"
    )


def test_a_huge_policy_is_compared_no_further_than_is_quick():
    few, many = ([rule(f"a{at}/kernel") for at in range(count)] for count in (50, 3_000))
    assert codes([*few, rule("**", "zeros")]) == ["DI338"] * 50
    assert codes([*many, rule("a0/*", "ones")]) == ["DI338"]
    deep = "/".join(["**/a"] * 800)
    assert codes([rule(deep), rule(f"{deep}/**", "zeros"), rule(["b", deep], "zeros")]) == []


def test_many_warnings_are_bounded():
    many = [rule(f"dense_{number}/kernel") for number in range(1, 301)]
    found = codes(many)
    assert (found[:-1], found[-1]) == (["DI334"] * 100, "DI102")


SHIPPED = [
    *(f"recipe:{path.stem}" for path in sorted((ROOT / "configs/recipes").glob("*.yaml"))),
    *sorted((ROOT / "configs").glob("*.yaml")),
    *sorted((ROOT / "examples/policies").glob("*.yaml")),
]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: Path(path).name)
def test_no_shipped_policy_warns(path):
    assert declinit.load(path).lint() == ()


COVERED = [
    ("**", "a/b", True),
    ("**", "**/a", True),
    ("**/kernel", "a/**/kernel", True),
    ("**/kernel", "kernel", True),
    ("a/*", "a/b", True),
    ("a/*", "a/b/c", False),
    ("a/**", "a/b/c", True),
    ("a/**", "a", False),
    ("a/**", "a/**", True),
    ("a/*", "a/**", False),
    ("**/a/**", "**", False),
    ("**/*", "**", True),
    ("block_{0..11}/k", "block_{3..5}/k", True),
    ("block_{3..5}/k", "block_{0..11}/k", False),
    ("block_{0..11}/k", "block_7/k", True),
    ("*_k", "a_k", True),
    ("{a,b}", "a", True),
    ("a", "{a,b}", False),
]


@pytest.mark.parametrize(("wide", "narrow", "expected"), COVERED)
def test_a_pattern_covers_another_where_that_is_certain(wide, narrow, expected):
    assert covers(Glob.parse(wide), Glob.parse(narrow)) is expected
