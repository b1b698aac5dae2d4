"""Documents are held to the published schemas, and every fault is said in full, at its place."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from referencing import Registry as References
from referencing import Resource

import declinit
from declinit.checks import files, shapes
from declinit.checks.files import NAMES, file_name, schema_text
from declinit.checks.shapes import check_shape, check_spec
from declinit.documents import node_of, parse, read
from declinit.errors import DeclinitError, Source, SpecError
from declinit.kinds.distributions import Distribution
from declinit.kinds.implementations import for_every_generator
from declinit.kinds.registry import Kind
from declinit.kinds.rows import BUILTIN
from declinit.kinds.schema import initializers_schema
from declinit.layers.fans import Fans
from declinit.layers.regions import Region
from declinit.plans.inventory import Variable
from declinit.plans.plan import Assignment, Plan, RuleRef, RuleUse
from declinit.plans.provenance import Provenance
from declinit.policy.actions import Fill, InitializerConfig, Keep, PartFill

SPECS = Path(__file__).parent / "specs"
GOOD = sorted(SPECS.glob("good/*.*"))
BAD = sorted(path for path in SPECS.glob("bad/*.*") if path.suffix != ".expect")
named = pytest.mark.parametrize


def expected(path: Path) -> list[str]:
    """The problems that a bad file says it has."""
    if path.suffix == ".json":
        return path.with_suffix(".expect").read_text(encoding="utf-8").splitlines()
    lines = path.read_text(encoding="utf-8").splitlines()
    mark = "# expect: "
    return [line.removeprefix(mark) for line in lines if line.startswith(mark)]


def found(path: Path) -> list[str]:
    """The problems that are found; places in the file itself by line and column alone."""
    with pytest.raises(SpecError) as caught:
        declinit.load(path)
    headlines = [problem.headline for problem in caught.value.problems]
    return [h.removeprefix(f"{path}:").replace(f"{path.parent}/", "") for h in headlines]


@named("path", GOOD, ids=lambda path: path.name)
def test_a_good_file_loads(path):
    spec = declinit.load(path)
    assert declinit.Spec.from_config(spec.get_config()) == spec


@named("path", BAD, ids=lambda path: path.name)
def test_a_bad_file_gives_exactly_the_problems_it_names(path):
    assert expected(path)
    assert found(path) == expected(path)


def test_there_are_many_good_and_bad_files():
    assert len(GOOD) >= 12
    assert len(BAD) >= 35


# The published schemas


def validator(text_of=schema_text):
    """The published schemas as another tool would use them: whole, by reference."""
    resource = Resource.from_contents(json.loads(text_of("initializers")))
    references = References().with_resource(file_name("initializers"), resource)

    def is_integer(_checker, value):  # as everywhere in declinit, 7.0 is not written as one
        return isinstance(value, int) and not isinstance(value, bool)

    draft = jsonschema.Draft202012Validator
    checker = draft.TYPE_CHECKER.redefine("integer", is_integer)
    strict = jsonschema.validators.extend(draft, type_checker=checker)
    return strict(json.loads(text_of("spec")), registry=references)


PUBLISHED = validator()

# What the published schemas cannot say, and so accept.
BEYOND_SCHEMAS = {
    "malformed-globs.yaml",
    "malformed-parts.yaml",
    "repeated-id.yaml",
    "one-axis-only.yaml",
    "extends-missing.yaml",
    "extends-itself.yaml",
    "disable-unknown.yaml",
    "disable-alone.yaml",
    "nan-as-text.yaml",  # a formula
}


def readable(path: Path) -> bool:
    try:
        read(path)
    except SpecError:
        return False
    return True


@named("path", [path for path in (*GOOD, *BAD) if readable(path)], ids=lambda path: path.name)
def test_the_published_schemas_and_the_check_agree_on_files(path):
    node = read(path)
    assert PUBLISHED.is_valid(node.value) == (not shape_problems(node))
    if path.parent.name == "bad" and path.name not in BEYOND_SCHEMAS:
        assert not PUBLISHED.is_valid(node.value)


def shape_problems(node):
    """Faults besides those between two parameters, which no schema can say."""
    between = ("must be below", "must be given together")
    problems = check_spec(node, BUILTIN)
    return [p for p in problems if not any(words in p.message for words in between)]


WORDS = st.sampled_from(
    [
        *("he_normal", "HeNormal", "zeros", "random_normal", "variance_scaling", "orthogonal"),
        *("stft", "he_norml", "", "P>Mine", "declinit>HeNormal", "a>b>c", ">", "fan_in", "gates"),
        *("real", "uniform", "error", "warn", "keras", "layer"),
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.sampled_from([2**53 - 1, 2**53, 0.5, -0.5, 7.0]),
    WORDS,
)
VALUES = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=2),
    st.fixed_dictionaries({"class_name": st.sampled_from(["SeedGenerator", "Other"])})
    | st.fixed_dictionaries({"class_name": st.just("SeedGenerator"), "config": st.just({})}),
)
PARAMETERS = sorted({name for kind in BUILTIN.values() for name in kind.parameters})


def entries(required, optional):
    return st.fixed_dictionaries(required, optional=optional)


def mostly(usual, other=VALUES):
    """Mostly the usual value: documents with a fault or two tell more than noise."""
    return st.one_of(usual, usual, usual, usual, other)


NAMES_OF_KINDS = st.sampled_from(["P>Mine", "declinit>HeNormal", *BUILTIN.identifiers()])
CONFIGS = st.dictionaries(st.sampled_from([*PARAMETERS, "name"]), VALUES, max_size=2)
FLAT = st.builds(
    lambda name, params: {**params, "name": name}, mostly(NAMES_OF_KINDS, SCALARS), CONFIGS
)
SERIALIZED = entries(
    {"class_name": mostly(NAMES_OF_KINDS, SCALARS)},
    {
        "config": mostly(CONFIGS),
        "module": mostly(st.just("keras.initializers")),
        "registered_name": mostly(st.sampled_from([None, "P>Mine", "declinit>HeNormal", "HeN"])),
        "extra": st.none(),
    },
)
INITIALIZERS = mostly(st.one_of(NAMES_OF_KINDS, FLAT, SERIALIZED, CONFIGS))
COUNTS = mostly(st.integers(0, 3))
RULES = entries(
    {"match": mostly(st.sampled_from(["a", ["a", "b"]]))},
    {
        "initializer": INITIALIZERS,
        "keep": mostly(st.just(True)),
        "id": mostly(st.sampled_from(["head", "a b", "-a", "a-"])),
        "exclude": mostly(st.sampled_from(["a", []])),
        "layer": mostly(st.just("Dense")),
        "expect": mostly(COUNTS | entries({}, {"min": COUNTS, "max": COUNTS, "most": COUNTS})),
        "optional": mostly(st.booleans()),
        "seed": mostly(st.integers(0, 3)),
        "note": mostly(st.just("why")),
        "inherited": mostly(st.booleans()),
        "extra": st.none(),
    },
) | entries({"match": st.just("a"), "initializer": INITIALIZERS}, {})
POLICY = mostly(st.sampled_from(["error", "warn", "allow"]))
SPEC_DOCUMENTS = entries(
    {"declinit": mostly(st.just(1))},
    {
        "rules": mostly(st.lists(RULES, max_size=2)),
        "seed": mostly(st.none() | st.integers(0, 3)),
        "generator": mostly(st.sampled_from(["portable", "keras"])),
        "fans": mostly(st.sampled_from(["layer", "keras"])),
        "extends": mostly(st.sampled_from(["a.yaml", [], ["a.yaml"]])),
        "disable": mostly(st.just(["a"])),
        "strict": mostly(entries({}, {"unmatched": POLICY, "overlap": POLICY, "extra": POLICY})),
        "note": mostly(st.just("why")),
        "extra": st.none(),
    },
)


@settings(max_examples=400)
@given(document=SPEC_DOCUMENTS | entries({"declinit": st.just(1)}, {"rules": st.lists(RULES)}))
@example(document=3)
@example(document={"declinit": True, "rules": []})
@example(document={"declinit": 1, "rules": [3]})
def test_the_published_schemas_and_the_check_agree_on_near_valid_documents(document):
    node = node_of(document, Source("<generated>", ""))
    assert PUBLISHED.is_valid(document) == (not shape_problems(node))


def test_the_initializers_schema_is_the_registry_written_out():
    written = json.dumps(initializers_schema(), indent=2, ensure_ascii=False) + "\n"
    hint = "schemas/initializers.schema.json is out of date: run `make schemas`"
    assert schema_text("initializers") == written, hint


@named("name", NAMES)
def test_a_schema_is_valid_against_its_metaschema(name):
    jsonschema.Draft202012Validator.check_schema(json.loads(schema_text(name)))


# What draft-07 knows: editors' YAML servers read no later one.
DRAFT_07 = {
    *("$schema", "$ref", "$comment", "title", "description", "default", "type", "enum", "const"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "pattern", "format", "items", "minItems", "maxItems"),
    *("uniqueItems", "properties", "required", "additionalProperties", "patternProperties"),
    *("propertyNames", "minProperties", "maxProperties", "allOf", "anyOf", "oneOf", "not"),
    *("if", "then", "else", "definitions", "errorMessage"),
}


def subschemas(schema):
    """A schema and every schema in it."""
    yield schema
    for key in ("properties", "definitions", "patternProperties"):
        for inner in schema.get(key, {}).values():
            yield from subschemas(inner)
    for key in ("items", "additionalProperties", "not", "if", "then", "else"):
        if isinstance(schema.get(key), dict):
            yield from subschemas(schema[key])
    for key in ("allOf", "anyOf", "oneOf"):
        for inner in schema.get(key, ()):
            yield from subschemas(inner)


@named("name", NAMES)
def test_a_schema_uses_keywords_of_draft_07_only_and_nothing_beside_a_reference(name):
    every = list(subschemas(json.loads(schema_text(name))))
    assert {key for schema in every for key in schema} <= DRAFT_07
    assert all(len(schema) == 1 for schema in every if "$ref" in schema)


@named("name", ["spec", "plan", "audit"])
def test_every_key_of_a_document_is_described(name):
    every = subschemas(json.loads(schema_text(name)))
    silent = [
        key
        for schema in every
        for key, inner in schema.get("properties", {}).items()
        if "description" not in inner and "$ref" not in inner
    ]
    assert silent == []


def test_an_unknown_schema_is_refused_with_a_hint():
    with pytest.raises(DeclinitError) as caught:
        schema_text("specs")
    message = "unknown schema 'specs'; there are spec, initializers, plan, audit, diff"
    assert str(caught.value) == f"{message}; did you mean 'spec'? [DI702]"


def test_a_users_kind_is_checked_by_its_own_schema():
    mine = Kind(
        name="mine",
        summary="",
        implementations=for_every_generator("nowhere:Mine"),  # checking does not import it
        parameters={"depth": {"type": "integer"}},
    )
    value = {
        "declinit": 1,
        "rules": [{"match": "a", "initializer": {"name": "mine", "depth": 0.5}}],
    }
    problems = check_spec(node_of(value, Source("x", "")), BUILTIN.with_kinds(mine))
    assert [p.headline for p in problems] == [
        "rules[0].initializer.depth: expected a whole number or a formula, received 0.5 [DI203]"
    ]


def headlines_of(document):
    return [p.headline for p in check_spec(node_of(document, Source("<config>", "")), BUILTIN)]


def test_faults_of_data_from_python_name_the_keys_that_lead_to_them():
    rules = [
        {"match": "a", "initialiser": "zeros"},
        {"match": ["a", 3], "initializer": {"name": "random_normal", "stddev": [1]}},
        {"match": "b", "initializer": {"name": "he_normal", "a.b": 1}},
        "zeros",
    ]
    assert headlines_of({"declinit": 1, "seed": -1, "rules": rules}) == [
        "seed: expected at least 0, received -1 [DI205]",
        "rules[0].initialiser: unknown key 'initialiser'; did you mean 'initializer'? [DI201]",
        "rules[1].match[1]: expected a string, received 3 [DI203]",
        "rules[1].initializer.stddev: expected a number or a formula, received [1] [DI203]",
        "rules[2].initializer['a.b']: unknown key 'a.b' of 'he_normal'; "
        "known keys: input_axes, name, output_axes, seed [DI201]",
        'rules[3]: expected a mapping, received "zeros" [DI203]',
    ]


def test_every_missing_key_is_named():
    audit = {"declinit_audit": 1, "variables": [{}]}
    problems = check_shape(node_of(audit, Source("<config>", "")), "audit")
    missing = {(str(p.where), p.message) for p in problems if p.code == "DI202"}
    required = json.loads(schema_text("audit"))["required"]
    absent = [f"missing key {key!r}" for key in required if key not in audit]
    assert len(absent) > 1
    assert {message for where, message in missing if where == "<config>"} == set(absent)
    assert len(missing) == len([p for p in problems if p.code == "DI202"])


# What is read from the published schema


@pytest.fixture
def published(monkeypatch):
    """Puts another text in the place of the published schema of specs."""
    caches = (files.schema, shapes._shape_validator, shapes._rule_validator, shapes._free_texts)

    def forget():
        for cache in caches:
            cache.cache_clear()

    def publish(change):
        data = json.loads(schema_text("spec"))
        change(data)
        text_of = {"spec": json.dumps(data)}
        monkeypatch.setattr(files, "schema_text", text_of.__getitem__)
        forget()

    yield publish
    forget()


def test_a_rule_is_not_held_good_for_another_whose_text_the_schema_refuses(published):
    def change(data):
        data["definitions"]["rule"]["properties"]["layer"]["pattern"] = "^[A-Z]"

    rules = [{"match": "a", "layer": name, "keep": True} for name in ("Dense", "dense")]
    assert headlines_of({"declinit": 1, "rules": rules}) == []
    published(change)
    assert headlines_of({"declinit": 1, "rules": rules}) == [
        'rules[1].layer: expected text of the form ^[A-Z], received "dense" [DI207]'
    ]


def test_a_setting_added_to_the_schema_is_inherited_key_by_key_and_can_be_set(published, write):
    def change(data):
        few_numbers = {"additionalProperties": {"type": "number"}, "maxProperties": 2}
        data["properties"]["constants"] = {"type": "object", **few_numbers}

    published(change)
    write("base.yaml", {"declinit": 1, "constants": {"a": 1, "b": 2}, "rules": []})
    write("child.yaml", {"declinit": 1, "extends": "base.yaml", "constants": {"b": 3}})
    with pytest.raises(SpecError) as caught:
        declinit.load("child.yaml", overrides=["constants.c=x"])
    assert [problem.headline for problem in caught.value.problems] == [
        '--set constants.c:1:1: `c`: expected a number, received "x" [DI203]',
        "child.yaml:1:54: `constants`: expected a length of at most 2, "
        'received {"a": 1, "b": 3, "c": "x"} [DI205]',
    ]


# Plans and audits

DISTRIBUTIONS = [
    None,
    Distribution.constant(0.0),
    Distribution.normal(0.0, 1.0),
    Distribution.uniform(-1.0, 1.0),
]
PART = PartFill("forget", Region.of([(0, 3), (1, 2)]), InitializerConfig("ones"))
PROVENANCE = Provenance(
    seed=2**53 - 1,
    generator="portable",
    fans="layer",
    spec_digest="0" * 64,
    sources=(("a.yaml", "f" * 64),),
)
RULE = RuleRef(label="head", where="a.yaml:3:5", says="he_normal")


def assignments():
    actions = [
        Keep(),
        Fill(InitializerConfig("zeros")),
        Fill(InitializerConfig("he_normal", {"seed": 7, "input_axes": [0]})),
        Fill(InitializerConfig("P>Mine", {"name": "x", "deep": {"er": 1}}), (PART,)),
    ]
    for index, (distribution, action) in enumerate(zip(DISTRIBUTIONS, actions, strict=True)):
        yield Assignment(
            variable=Variable(
                path=f"layer_{index}/kernel",
                shape=(3, index),
                dtype="float32",
                aliases=("m/kernel",) * index,
                layer="Dense",
            ),
            rule=RULE if index else None,
            beaten=(RuleRef(label="rules[0]", says="keep"),) * index,
            action=action,
            seed=7 if index == 2 else None,
            fans=Fans(3, index) if index else None,
            keras_fans=Fans(9, 9) if index == 2 else None,
            stddev_over_keras=1.5 if index == 2 else None,
            expected=distribution,
        )


def a_plan(**changes):
    settings = {
        "entries": {one.path: one for one in assignments()},
        "provenance": PROVENANCE,
        "rules": (
            RuleUse(rule=RULE, matched=3, won=2),
            RuleUse(rule=RuleRef(label="kept", says="keep"), matched=0, won=0),
        ),
        "registry": BUILTIN,
    }
    return Plan(**{**settings, **changes})


def an_audit():
    from declinit.audits.audit import Audit, Record
    from declinit.audits.measures import Measure

    in_config = [None, "own", "shared", "none"]
    measures = [
        Measure(digest="a" * 64, mean=0.5, stddev=0.0, min=0.5, max=0.5),
        Measure(digest="b" * 64, mean=None, stddev=None, min=None, max=None),
    ] * 2
    records = [
        Record(
            assignment=assignment,
            measure=measure,
            origin="drawn" if config else "kept",
            storage="layers/dense/vars/0" if config else None,
            in_config=config,
        )
        for assignment, measure, config in zip(assignments(), measures, in_config, strict=True)
    ]
    return Audit(
        entries={record.path: record for record in records},
        provenance=PROVENANCE,
        versions={"declinit": "1", "keras": "3"},
        notes=("something",),
    )


def required_everywhere(name):
    """Objects of a schema that leave a key optional, by their optional keys."""
    every = subschemas(json.loads(schema_text(name)))
    objects = [s for s in every if s.get("additionalProperties") is False]
    return {key for s in objects for key in s["properties"] if key not in s.get("required", ())}


ONLY_WHERE_NEEDED = {"low", "high", "bounds", "zeros", "class_name", "config", "formulas"}
OF_LOADS = {"load", "copy_of", "take", "transpose", "reshape", "sliced", "scale"}


def test_a_plan_fits_its_schema_exactly():
    node = parse(a_plan().to_json(), "plan.json", "json")
    assert check_shape(node, "plan") == []
    optional = {"keep", "initializer", "parts"} | ONLY_WHERE_NEEDED | OF_LOADS
    assert required_everywhere("plan") == optional


def test_an_audit_fits_its_schema_exactly():
    audit = an_audit()
    node = parse(audit.to_json(), "audit.json", "json")
    assert check_shape(node, "audit") == []
    optional = {"keep", "initializer", "parts"} | ONLY_WHERE_NEEDED | OF_LOADS
    assert required_everywhere("audit") == optional | {"tensor_digest", "digest_before"}
    assert type(audit).from_node(node) == audit


def test_a_plan_survives_being_written_and_read():
    plan = a_plan()
    assert Plan.from_node(parse(plan.to_json(), "plan.json", "json"), BUILTIN) == plan


PLAN_FAULTS = {
    ("variables", 0, "shape"): "variables[0].shape: expected a list, received 3 [DI203]",
    ("variables", 1, "rule"): "variables[1].rule: expected a mapping or null, received 3 [DI203]",
    ("variables", 2, "keras_fans"): (
        "variables[2].keras_fans: expected a list or null, received 3 [DI203]"
    ),
    ("spec_digest",): "spec_digest: expected a string, received 3 [DI203]",
    ("sources",): "sources: expected a list, received 3 [DI203]",
    ("generator",): 'generator: expected one of "portable", "keras"; received 3 [DI204]',
    ("declinit_plan",): "declinit_plan: expected 2, received 3 [DI204]",
}


@named(("path", "headline"), PLAN_FAULTS.items())
def test_a_document_that_is_no_plan_is_refused(path, headline):
    data = a_plan().to_dict()
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = 3
    with pytest.raises(SpecError) as caught:
        Plan.from_node(node_of(data, Source("plan.json", "")), BUILTIN)
    assert [problem.headline for problem in caught.value.problems] == [headline]


def test_a_plan_that_lists_a_variable_twice_is_refused():
    data = a_plan().to_dict()
    data["variables"][1]["path"] = data["variables"][0]["path"]
    with pytest.raises(SpecError) as caught:
        Plan.from_node(node_of(data, Source("plan.json", "")), BUILTIN)
    messages = [problem.message for problem in caught.value.problems]
    assert messages == ["variable 'layer_0/kernel' is listed twice"] * 2
