"""What holds for any document at all: data comes back, places are true, nothing else is raised."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from declinit.documents import MAX_DEPTH, builder, parse, read
from declinit.errors import SpecError

law = settings(
    derandomize=True,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
FORMATS = ("yaml", "json")
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)
# What YAML and JSON both allow in quotes; libyaml knows no surrogate pairs, so none are escaped.
PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126) | st.sampled_from("é€😀"))
SIGNS = "{}[]:,-?!&*|>%@`'\"#\\ \t\n\r\0\x85\u2028\ufeffé😀"
PHRASES = ("\n  ", ": ", "- ", " #", "---\n", "...", "%YAML 1.1\n", "<<", "//", "!!int", "&x", "*x")
ATOMS = ("a", "**/k", "{a,b}/k", "[0-9]", "1e400", ".nan", "NaN", "null", "012", '"a"', "\ud800")
ESCAPES = ('"\\ud800"', '"\\UFFFFFFFF"', "\\u", '"\\x', '"\\0"')
WORDS = st.sampled_from([*SIGNS, *PHRASES, *ATOMS, *ESCAPES])


@law
@given(DATA)
def test_json_comes_back_as_it_was_dumped(data):
    for indent in (None, 1):
        assert parse(json.dumps(data, indent=indent), "f", "json").value == data


@law
@given(
    st.recursive(
        SCALARS.filter(lambda value: not isinstance(value, str)) | PRINTABLE,
        lambda inner: st.lists(inner) | st.dictionaries(PRINTABLE, inner),
        max_leaves=20,
    )
)
def test_json_text_is_the_same_data_at_the_same_places_in_yaml(data):
    text = json.dumps(data, indent=1, ensure_ascii=False)
    as_json, as_yaml = parse(text, "f", "json"), parse(text, "f")
    assert as_yaml.value == as_json.value == data
    assert places(as_yaml) == places(as_json)


@law
@given(st.lists(st.dictionaries(PRINTABLE, SCALARS.filter(bool) | st.just({}), max_size=3)))
def test_the_text_at_every_place_is_that_of_the_node(data):
    text = json.dumps(data, indent=2)
    document = parse(text, "f", "json")
    lines = text.splitlines()
    for path, node in walk(document):
        written = json.dumps(node.value) if node.children is None else "[" if node.items else None
        if written:
            assert lines[node.line - 1][node.column - 1 :].startswith(written)
        if path and isinstance(path[-1], str):
            place = document.place_of(path, key=True)
            assert lines[place.line - 1][place.column - 1 :].startswith(json.dumps(path[-1]))


@law
@given(st.lists(WORDS).map("".join) | st.text())
def test_no_text_raises_anything_but_a_spec_error(text):
    for form in FORMATS:
        only_spec_errors(lambda form=form: parse(text, "f", form))


@law
@given(st.binary() | st.lists(WORDS).map(lambda words: "".join(words).encode("utf-8", "replace")))
def test_no_bytes_raise_anything_but_a_spec_error(tmp_path, data):
    for form in FORMATS:
        file = tmp_path / f"a.{form}"
        file.write_bytes(data)
        only_spec_errors(lambda file=file: read(file))


HOSTILE = {
    "brackets": "[" * 100_000,
    "braces": '{"a":' * 100_000,
    "closed brackets": "[" * 100_000 + "]" * 100_000,
    "dashes": "- " * 50_000,
    "keys within keys": "? " * 50_000,
    "indentation": "\n".join(" " * depth + "a:" for depth in range(300)),
    "alias bomb": "a: &a [x, x]\n"
    + "".join(f"b{n}: &b{n} [{', '.join(['*a'] * 9)}]\n" for n in range(200)),
    "merge bomb": "a: &a {x: 1}\n" + "".join(f"b{n}: {{<<: [*a, *a]}}\n" for n in range(200)),
    "patterns on one line": "[" + "*a/b," * 20_000,
    "patterns on many lines": "- *a/b\n" * 5_000,
    "open strings": '"' * 100_001,
    "escapes": '["' + "\\" * 100_001,
    "long number": "1" * 100_000,
    "long word": "[" + "a" * 100_000 + " {",
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("form", FORMATS)
def test_a_hostile_text_ends_soon_in_a_spec_error(name, form):
    start = time.process_time()
    with pytest.raises(SpecError):
        parse(HOSTILE[name], "f", form)
    assert time.process_time() - start < 5


@pytest.mark.parametrize("form", FORMATS)
def test_depth_is_allowed_up_to_the_limit(form):
    value = parse("[" * MAX_DEPTH + "]" * MAX_DEPTH, "f", form).value
    assert str(value) == "[" * MAX_DEPTH + "]" * MAX_DEPTH
    with pytest.raises(SpecError, match=r"^f:1:65: nested deeper than 64 levels \[DI102\]\n"):
        parse("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "f", form)


@pytest.mark.parametrize("form", FORMATS)
def test_the_number_of_values_is_limited(monkeypatch, form):
    monkeypatch.setattr(builder, "MAX_NODES", 1000)
    assert len(parse(f"[{'1,' * 998}1]", "f", form).value) == 999
    with pytest.raises(SpecError, match=r"^f:1:2000: more than 1,000 values \[DI102\]\n"):
        parse(f"[{'1,' * 999}1]", "f", form)


def walk(node, path=()):
    yield path, node
    for key, child in [*node.fields.items(), *enumerate(node.items)]:
        yield from walk(child, (*path, key))


def places(document):
    return [
        (path, str(node.place), str(document.place_of(path, key=True)))
        for path, node in walk(document)
    ]


def only_spec_errors(action):
    """Whatever else is raised fails the test; what is said must be printable."""
    try:
        message = str(action().value)
    except SpecError as error:
        message = str(error)
    message.encode()
