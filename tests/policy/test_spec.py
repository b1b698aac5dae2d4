"""A spec: three spellings of an initializer, plain data and back, extended and overridden."""

from __future__ import annotations

import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from declinit.errors import SpecError
from declinit.globs import Glob
from declinit.kinds.registry import Kind
from declinit.kinds.rows import BUILTIN
from declinit.policy.actions import Fill, InitializerConfig
from declinit.policy.extending import load
from declinit.policy.rules import Expectation, Strict
from declinit.policy.spec import Spec


def messages(caught) -> list[str]:
    return [problem.headline for problem in caught.value.problems]


def brief(spec) -> list[tuple]:
    """Each rule as its id (or first pattern), its initializer, and whether it was inherited."""
    return [
        (rule.id or rule.match[0].text, str(rule.action), rule.inherited) for rule in spec.rules
    ]


# Spellings

SPELLINGS = {
    "he_normal": [
        "he_normal",
        "HeNormal",
        "declinit>HeNormal",
        {"name": "he_normal"},
        {"name": "HeNormal", "seed": None},
        {"class_name": "HeNormal"},
        {"class_name": "HeNormal", "config": None},
        {"class_name": "HeNormal", "config": {"seed": None, "input_axes": None}},
        {"class_name": "HeNormal", "registered_name": None, "module": "keras.initializers"},
        {"class_name": "HeNormal", "registered_name": "HeNormal", "config": {}},
        {"class_name": "HeNormal", "registered_name": "declinit>HeNormal", "config": {}},
    ],
    "random_normal(stddev=0.01)": [
        {"name": "normal", "stddev": 0.01},
        {"class_name": "RandomNormal", "config": {"stddev": 0.01, "seed": None}},
    ],
    "P>Mine(a=1)": [
        {"name": "P>Mine", "a": 1},
        {"class_name": "Mine", "registered_name": "P>Mine", "config": {"a": 1}},
    ],
    "P>f": [
        "P>f",
        {"class_name": "function", "config": "P>f", "registered_name": "function"},
    ],
    "stft(window=null)": [{"name": "stft", "window": None}],
}


@pytest.mark.parametrize("shown", SPELLINGS)
def test_all_spellings_of_an_initializer_are_one(shown):
    found = [InitializerConfig.from_value(value, BUILTIN) for value in SPELLINGS[shown]]
    assert found == [found[0]] * len(found)
    assert {str(config) for config in found} == {shown}
    assert InitializerConfig.from_value(found[0].to_value(), BUILTIN) == found[0]


def test_a_parameter_called_name_is_kept_apart_from_the_initializers_name():
    config = InitializerConfig("P>Mine", {"name": "x"})
    assert config.to_value() == {"class_name": "P>Mine", "config": {"name": "x"}}
    assert InitializerConfig.from_value(config.to_value(), BUILTIN) == config


@pytest.mark.parametrize(
    ("value", "shown", "fits"),
    [
        (0, "0 variables", {0}),
        (1, "1 variable", {1}),
        (24, "24 variables", {24}),
        ({"min": 1}, "at least 1 variable", {1, 2, 24}),
        ({"max": 2}, "0 to 2 variables", {0, 1, 2}),
        ({"min": 1, "max": 2}, "1 to 2 variables", {1, 2}),
    ],
)
def test_an_expectation_is_a_count_or_bounds(value, shown, fits):
    expectation = Expectation.from_value(value)
    assert str(expectation) == shown
    assert {count for count in (0, 1, 2, 24) if expectation.holds(count)} == fits
    assert Expectation.from_value(expectation.to_value()) == expectation


# Plain data and back

PATTERNS = st.sampled_from(["**", "a/*", "block_{0..3}/kernel", r"\[x\]", "{a,b}"])
SOME_PATTERNS = st.one_of(PATTERNS, st.lists(PATTERNS, min_size=1, max_size=3))
INITIALIZERS = st.sampled_from(
    [value for shown, values in SPELLINGS.items() for value in values if shown != "P>f"]
)  # Keras writes functions so, in audits; specs name them
BOUNDS = st.one_of(
    st.integers(0, 9),
    st.fixed_dictionaries({"min": st.integers(0, 4)}, optional={"max": st.integers(4, 9)}),
    st.fixed_dictionaries({"max": st.integers(0, 9)}),
)
OPTIONS = {
    "exclude": st.one_of(SOME_PATTERNS, st.just([])),
    "layer": st.sampled_from(["Dense", ["Dense", "Conv2D"]]),
    "expect": BOUNDS,
    "optional": st.booleans(),
    "seed": st.integers(0, 2**53 - 1),
    "note": st.text(string.printable),
    "inherited": st.booleans(),
}
ASSIGNING = st.fixed_dictionaries(
    {"match": SOME_PATTERNS, "initializer": INITIALIZERS}, optional=OPTIONS
)
KEEPING = st.fixed_dictionaries({"match": SOME_PATTERNS, "keep": st.just(True)}, optional=OPTIONS)


@st.composite
def documents(draw):
    rules = draw(st.lists(st.one_of(ASSIGNING, KEEPING), max_size=4))
    for index, rule in enumerate(rules):
        if draw(st.booleans()):
            rule["id"] = f"rule-{index}"
    policy = st.sampled_from(["error", "warn", "allow"])
    settings = st.fixed_dictionaries(
        {"declinit": st.just(1), "rules": st.just(rules)},
        optional={
            "seed": st.one_of(st.none(), st.integers(0, 2**53 - 1)),
            "generator": st.sampled_from(["portable", "keras"]),
            "fans": st.sampled_from(["layer", "keras"]),
            "strict": st.fixed_dictionaries(
                {}, optional=dict.fromkeys(("unmatched", "unused", "shadowed", "overlap"), policy)
            ),
            "note": st.text(string.printable),
        },
    )
    return draw(settings)


@given(documents())
def test_a_spec_survives_its_config(document):
    """`from_config(get_config())` is the same spec, its config the same data, its digest too."""
    spec = Spec.from_config(document)
    again = Spec.from_config(spec.get_config())
    assert again == spec
    assert again.get_config() == spec.get_config()
    assert again.digest == spec.digest


def test_the_config_of_a_spec_writes_out_every_setting():
    document = {"declinit": 1, "rules": [{"match": ["a"], "initializer": {"name": "Zeros"}}]}
    strict = {"unmatched": "error", "unused": "error", "shadowed": "warn", "overlap": "allow"}
    assert Spec.from_config(document).get_config() == {
        "declinit": 1,
        "generator": "portable",
        "fans": "layer",
        "strict": strict,
        "rules": [{"match": "a", "initializer": "zeros"}],
    }


def test_a_digest_tells_what_a_spec_says_and_not_how():
    def digest(initializer, **settings):
        rules = [{"match": "a", "initializer": initializer}]
        return Spec.from_config({"declinit": 1, "rules": rules, **settings}).digest

    assert digest("Zeros") == digest({"name": "zero"}, generator="portable", seed=None)
    assert digest("Zeros") != digest("Ones")
    assert digest("Zeros") != digest("Zeros", seed=0)


def test_a_rule_is_called_by_its_id_or_its_number():
    rules = [{"match": "a", "keep": True}, {"id": "head", "match": "a", "keep": True}]
    spec = Spec.from_config({"declinit": 1, "rules": rules})
    assert [rule.label for rule in spec.rules] == ["rules[0]", "head"]


def test_a_rule_knows_where_it_was_written(write):
    path = write("a.yaml", "declinit: 1\nrules:\n  - match: a\n    keep: true\n")
    assert str(load(path).rules[0].where) == "a.yaml:3:5"


def test_a_registry_of_ones_own_is_used(write):
    registry = BUILTIN.with_kinds(Kind(name="mine", summary="", implementations={}))
    path = write("a.json", {"declinit": 1, "rules": [{"match": "a", "initializer": "mine"}]})
    assert load(path, registry=registry).rules[0].action == Fill(InitializerConfig("mine"))
    with pytest.raises(SpecError, match="unknown initializer 'mine'"):
        load(path)


# Extending


def rule(name, initializer="zeros", pattern=None):
    body = {"keep": True} if initializer == "keep" else {"initializer": initializer}
    return {"id": name, "match": pattern or name, **body}


def spec(*rules, **settings):
    return {"declinit": 1, "rules": list(rules), **settings}


def test_inherited_rules_come_first_in_the_order_of_the_files(write):
    write("base.yaml", spec(rule("base")))
    write("one.yaml", spec(rule("one"), extends="base.yaml"))
    write("two.yaml", spec(rule("two")))
    path = write("child.yaml", spec(rule("own"), extends=["one.yaml", "two.yaml"]))
    loaded = load(path)
    assert brief(loaded) == [
        ("base", "zeros", True),
        ("one", "zeros", True),
        ("two", "zeros", True),
        ("own", "zeros", False),
    ]
    names = [source.name for source in loaded.sources]
    assert names == ["base.yaml", "one.yaml", "two.yaml", "child.yaml"]


def test_a_parent_is_found_beside_the_file_that_names_it(write):
    write("shared/base.yaml", spec(rule("base")))
    write("shared/middle.yaml", spec(extends="base.yaml"))
    path = write("models/child.yaml", spec(extends="../shared/middle.yaml"))
    assert brief(load(path)) == [("base", "zeros", True)]


def test_a_rule_with_an_inherited_id_takes_its_place_whole(write):
    write("base.yaml", spec(rule("a", {"name": "constant", "value": 1}), rule("b")))
    path = write("child.yaml", spec(rule("own"), rule("a", "keep", "other"), extends="base.yaml"))
    loaded = load(path)
    assert brief(loaded) == [("a", "keep", False), ("b", "zeros", True), ("own", "zeros", False)]
    assert loaded.rules[0].match == (Glob.parse("other"),)


def test_disable_drops_inherited_rules(write):
    write("base.yaml", spec(rule("a"), rule("b"), rule("c")))
    path = write("child.yaml", spec(rule("own"), extends="base.yaml", disable=["a", "c"]))
    assert brief(load(path)) == [("b", "zeros", True), ("own", "zeros", False)]


def test_a_rule_that_was_disabled_and_is_written_anew_goes_last(write):
    write("base.yaml", spec(rule("a"), rule("b")))
    path = write("child.yaml", spec(rule("a", "ones"), extends="base.yaml", disable=["a"]))
    assert brief(load(path)) == [("b", "zeros", True), ("a", "ones", False)]


def test_settings_are_inherited_and_strictness_key_by_key(write):
    write("base.yaml", spec(seed=1, fans="keras", strict={"unused": "allow", "overlap": "warn"}))
    path = write("child.yaml", spec(extends="base.yaml", seed=2, strict={"unused": "warn"}))
    loaded = load(path)
    assert (loaded.seed, loaded.fans) == (2, "keras")
    assert loaded.strict == Strict(unused="warn", overlap="warn")


def test_a_file_that_is_extended_twice_counts_once(write):
    """What one of its heirs changes in it stays changed: base, left, right, child."""
    write("base.yaml", spec(rule("a"), rule("b"), seed=1))
    write("left.yaml", spec(rule("left"), extends="base.yaml", seed=2))
    write("right.yaml", spec(rule("a", "ones"), extends="base.yaml", disable=["b"]))
    path = write("child.yaml", spec(extends=["left.yaml", "right.yaml"]))
    loaded = load(path)
    assert brief(loaded) == [("a", "ones", True), ("left", "zeros", True)]
    assert loaded.seed == 2


def test_two_parents_cannot_use_one_id(write):
    write("left.yaml", spec(rule("a")))
    write("right.yaml", spec(rule("a")))
    path = write("child.yaml", spec(extends=["left.yaml", "right.yaml"]))
    with pytest.raises(SpecError) as caught:
        load(path)
    first = "left.yaml:1:34"
    assert messages(caught) == [
        f"right.yaml:1:34: rule id 'a' is used twice, first at {first} "
        "(child.yaml extends right.yaml) [DI218]"
    ]


def test_specs_that_extend_each_other_in_a_circle_are_refused(write):
    write("a.yaml", "declinit: 1\nextends: b.yaml\n")
    write("b.yaml", "declinit: 1\nextends: [c.yaml]\n")
    write("c.yaml", "declinit: 1\nextends: b.yaml\n")
    with pytest.raises(SpecError) as caught:
        load("a.yaml")
    way = "b.yaml -> c.yaml -> b.yaml"
    assert messages(caught) == [
        f"c.yaml:2:10: specs extend each other in a circle: {way} "
        "(a.yaml extends b.yaml extends c.yaml) [DI220]"
    ]


def test_a_long_line_of_parents_is_refused(write):
    for index in range(20):
        write(f"{index}.yaml", {"declinit": 1, "extends": f"{index + 1}.yaml"})
    with pytest.raises(SpecError) as caught:
        load("0.yaml")
    chain = " extends ".join(f"{index}.yaml" for index in range(16))
    assert messages(caught) == [
        f"15.yaml:1:28: more than 16 specs extend one another ({chain}) [DI220]"
    ]


def test_the_faults_of_all_files_are_found_at_once(write):
    write("one.yaml", "declinit: 1\nsede: 1\nrules: []\n")
    write("two.yaml", "declinit: 1\nrules: []\nrules: []\n")
    path = write("child.yaml", spec(seed="x", extends=["one.yaml", "two.yaml", "three.yaml"]))
    with pytest.raises(SpecError) as caught:
        load(path)
    assert messages(caught) == [
        'child.yaml:1:38: `seed`: expected a whole number or null, received "x" [DI203]',
        "one.yaml:2:1: unknown key 'sede' (child.yaml extends one.yaml); "
        "did you mean 'seed'? [DI201]",
        "two.yaml:3:1: the key 'rules' is repeated (child.yaml extends two.yaml); "
        "it is first given at line 2, column 1 [DI105]",
        "child.yaml:1:79: cannot read 'three.yaml': no such file; did you mean 'two.yaml'? [DI101]",
    ]


# Overriding

BASE = spec(
    rule("head", {"name": "random_normal", "stddev": 1}),
    rule("tail"),
    rule("paste", {"class_name": "RandomNormal", "config": {"mean": 0}}),
    seed=1,
    strict={"overlap": "warn"},
)


@pytest.fixture
def base(write):
    return write("base.yaml", BASE)


@pytest.mark.parametrize(
    ("override", "at", "value"),
    [
        ("seed=7", ["seed"], 7),
        (" seed = 0x10 ", ["seed"], 16),
        ("seed=null", ["seed"], None),
        ("generator=keras", ["generator"], "keras"),
        ("note=a=b", ["note"], "a=b"),
        ("strict.unused=warn", ["strict", "unused"], "warn"),
        ("strict={unused: allow}", ["strict", "overlap"], "allow"),
        (
            "head.initializer.stddev=1e-2",
            ["rules", 0, "initializer"],
            {"name": "random_normal", "stddev": 0.01},
        ),
        (
            "head.initializer={name: constant, value: 3}",
            ["rules", 0, "initializer"],
            {"name": "constant", "value": 3},
        ),
        ("tail.initializer=ones", ["rules", 1, "initializer"], "ones"),
        (
            "paste.initializer.config.mean=2",
            ["rules", 2, "initializer"],
            {"name": "random_normal", "mean": 2},
        ),
        ("tail.match=[a, 'b/**']", ["rules", 1, "match"], ["a", "b/**"]),
        ("tail.expect=3", ["rules", 1, "expect"], 3),
        ("tail.expect.min=3", ["rules", 1, "expect"], {"min": 3}),
    ],
)
def test_set_changes_one_value(base, override, at, value):
    found = load(base, overrides=[override]).get_config()
    for key in at:
        found = found.get(key) if isinstance(found, dict) else found[key]
    assert found == value


def test_set_gives_parameters_to_an_initializer_that_had_none(base):
    overrides = ["tail.initializer=constant", "tail.initializer.value=3"]
    assert str(load(base, overrides=overrides).rules[1].action) == "constant(value=3)"


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("seed", ["--set 'seed': expected KEY=VALUE [DI222]"]),
        ("=3", ["--set '=3': expected KEY=VALUE [DI222]"]),
        (
            "sede=3",
            [
                "--set: 'sede' is neither a setting nor the id of a rule; did you mean 'seed'? [DI223]"
            ],
        ),
        (
            "haed.note=x",
            [
                "--set: 'haed' is neither a setting nor the id of a rule; did you mean 'head'? [DI223]"
            ],
        ),
        ("rules=[]", ["--set: 'rules' is neither a setting nor the id of a rule [DI223]"]),
        (
            "seed=x",
            ['--set seed:1:1: `seed`: expected a whole number or null, received "x" [DI203]'],
        ),
        (
            "head.initializer.stdev=1",
            [
                "--set head.initializer.stdev:1:1: unknown key 'stdev' of 'random_normal'; "
                "did you mean 'stddev'? [DI201]"
            ],
        ),
        (
            "tail.initializer=zeroes",
            [
                "--set tail.initializer:1:1: unknown initializer 'zeroes'; did you mean 'zeros'? [DI209]"
            ],
        ),
        (
            "tail.match='a['",
            [
                "--set tail.match:1:3: pattern 'a[': '[' is never closed; "
                "write '\\[' for the character [DI213]"
            ],
        ),
        (
            "tail.match=**/b",
            [
                "--set tail.match:1:1: a pattern that starts with '*' must be quoted; write '**/b' [DI109]"
            ],
        ),
        ("tail=3", ["--set tail:1:1: `rules[1]`: expected a mapping, received 3 [DI203]"]),
    ],
)
def test_a_wrong_override_says_what_is_wrong(base, override, expected):
    with pytest.raises(SpecError) as caught:
        load(base, overrides=[override])
    assert messages(caught) == expected


def test_all_wrong_overrides_are_reported_at_once(base):
    with pytest.raises(SpecError) as caught:
        load(base, overrides=["sede=3", "seed"])
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("text", "pattern", "action"),
    [
        ("**/bias=ones", "**/bias", "ones"),
        (" head/kernel = keep ", "head/kernel", "keep"),
        ("**/b=constant(value=0.1)", "**/b", "constant(value=0.1)"),
        ("**/b=zeros()", "**/b", "zeros"),
        (
            "k=VarianceScaling(input_axes=[0, 1], output_axes=[2], mode=fan_out)",
            "k",
            'variance_scaling(input_axes=[0, 1], output_axes=[2], mode="fan_out")',
        ),
        ("{a,b}/{0..3}={name: constant, value: 3}", "{a,b}/{0..3}", "constant(value=3)"),
        ("a=b/k=ones", "a=b/k", "ones"),
        ("a(b)/k=ones", "a(b)/k", "ones"),
        ("k=P>Mine(depth=3)", "k", "P>Mine(depth=3)"),
        ("k=P>Mine(a='b, c=d')", "k", 'P>Mine(a="b, c=d")'),
        ("k=P>Mine(a='it''s, c=d', b=\"(, \\\"=\")", "k", 'P>Mine(a="it\'s, c=d", b="(, \\"=")'),
        (
            "k=P>Mine(a=it's, b=[1, {c: 2, d: 3}],)",
            "k",
            'P>Mine(a="it\'s", b=[1, {"c": 2, "d": 3}])',
        ),
        ("head/k=copy_of(tokens/e)", "head/k", "copy of tokens/e"),
        ("b/{l}/k = copy_of ( a=b/{l}/k , )", "b/{l}/k", "copy of a=b/{l}/k"),
        (
            "k=copy_of(tokens/e, transpose=[1, 0], scale='1 / sqrt(2)')",
            "k",
            "copy of tokens/e, transpose [1, 0], times 1 / sqrt(2)",
        ),
        ("k=P>copy_of(a=1)", "k", "P>copy_of(a=1)"),
    ],
)
def test_a_rule_of_the_command_line_comes_last(base, text, pattern, action):
    loaded = load(base, rules=[text])
    assert loaded.rules[:-1] == load(base).rules
    last = loaded.rules[-1]
    assert (last.match, last.inherited) == ((Glob.parse(pattern),), False)
    assert str(last.action) == action
    assert str(last.where) == f"--rule {text}:1:1"


HOSTILE = {
    "blanks": "a=b" + " " * 2000 + "x(",
    "equals signs": "=" * 9_990,
    "equals signs and blanks": "a" + "= " * 4_990 + "(",
    "brackets": "a=" + "(" * 9_990,
    "quotes": "a=b(" + "c='" * 3_330 + ")",
    "copies": "a=copy_of(" * 900,
    "commas of a copy": "a=copy_of(a" + "," * 9_980 + ")",
    "commas": "a=b(" + "," * 9_990 + ")",
    "arguments": "a=b(" + "c=d," * 2_490 + ")",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_rule_of_the_command_line_is_refused_at_once(base, text):
    start = time.process_time()
    with pytest.raises(SpecError):
        load(base, rules=[text])
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("zeros", "--rule 'zeros': expected PATTERN=INITIALIZER [DI224]"),
        ("=zeros", "--rule '=zeros': expected PATTERN=INITIALIZER [DI224]"),
        ("k=", "--rule 'k=': expected PATTERN=INITIALIZER [DI224]"),
        ("k=copy_of", "--rule k=copy_of:1:3: expected copy_of(PATH), received 'copy_of' [DI225]"),
        (
            "k=copy_of( )",
            "--rule k=copy_of( ):1:3: expected copy_of(PATH), received 'copy_of( )' [DI225]",
        ),
        (
            "k=copy_of(a, path=b)",
            "--rule k=copy_of(a, path=b):1:3: expected copy_of(PATH), "
            "received 'copy_of(a, path=b)' [DI225]",
        ),
        (
            "k=copy_of(a, b)",
            "--rule k=copy_of(a, b):1:14: expected key=value, received 'b' [DI225]",
        ),
        (
            "k=copy_of(a, scale=0 +)",
            "--rule k=copy_of(a, scale=0 +):1:23: formula '0 +': expected a number, a name or '(', "
            "received the end [DI231]",
        ),
        ("k=constant(3)", "--rule k=constant(3):1:12: expected key=value, received '3' [DI225]"),
        (
            "k=constant(value=)",
            "--rule k=constant(value=):1:12: expected key=value, received 'value=' [DI225]",
        ),
        (
            "k=stft(value=1,, window=a)",
            "--rule k=stft(value=1,, window=a):1:16: expected key=value, received '' [DI225]",
        ),
        (
            "k=constant(value=1, value=2)",
            "--rule k=constant(value=1, value=2):1:21: the key 'value' is repeated; "
            "it is first given at line 1, column 12 [DI105]",
        ),
        (
            "k=constant(value=**/a)",
            "--rule k=constant(value=**/a):1:18: a pattern that starts with '*' must be quoted; "
            "write '**/a' [DI109]",
        ),
        (
            "k=constant(value='a)",
            "--rule k=constant(value='a):1:18: this quoted text is never closed [DI113]",
        ),
        (
            "k={name: ones, name: zeros}",
            "--rule k={name: ones, name: zeros}:1:16: the key 'name' is repeated; "
            "it is first given at line 1, column 4 [DI105]",
        ),
        (
            "k=random_normal(stddev=-1)",
            "--rule k=random_normal(stddev=-1):1:24: `stddev` of 'random_normal': "
            "expected at least 0, received -1 [DI205]",
        ),
        (
            "k=zeroes",
            "--rule k=zeroes:1:3: unknown initializer 'zeroes'; did you mean 'zeros'? [DI209]",
        ),
        (
            "k=ones(value=1)",
            "--rule k=ones(value=1):1:8: unknown key 'value' of 'ones'; it takes no parameters [DI201]",
        ),
        (
            "k[=ones",
            "--rule k[=ones:1:2: pattern 'k[': '[' is never closed; write '\\[' for the character [DI213]",
        ),
    ],
)
def test_a_wrong_rule_of_the_command_line_says_what_is_wrong(base, text, expected):
    with pytest.raises(SpecError) as caught:
        load(base, rules=[text])
    assert messages(caught) == [expected]
