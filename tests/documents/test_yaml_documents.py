"""YAML text means what YAML 1.2 says, and every fault is said in full, at its place."""

from __future__ import annotations

import pytest

from declinit.documents import parse
from declinit.errors import SpecError

VALUES = {
    "1e-3": 0.001,
    "1E-3": 0.001,
    "1e3": 1000.0,
    "+.5": 0.5,
    "1.": 1.0,
    "012": 12,
    "0o12": 10,
    "0x1F": 31,
    "08": 8,
    "-7": -7,
    "no": "no",
    "on": "on",
    "y": "y",
    "True": True,
    "FALSE": False,
    "tRUE": "tRUE",
    "~": None,
    "Null": None,
    "1_000": "1_000",
    "1:30": "1:30",
    "2024-01-01": "2024-01-01",
    "2024-99-99": "2024-99-99",
    "NaN": "NaN",
    "inf": "inf",
    "'1'": "1",
    '"null"': "null",
    '"\\u00e9\\0"': "é\0",
    "|\n  a\n  b": "a\nb\n",
    "block_*/kernel": "block_*/kernel",
    "٣": "٣",
}


@pytest.mark.parametrize("text", VALUES)
def test_a_word_means_what_the_core_schema_of_yaml_1_2_says(text):
    value = parse(f"- {text}\n", "f").value[0]
    assert value == VALUES[text]
    assert type(value) is type(VALUES[text])


def test_a_whole_document_may_be_one_word():
    assert parse("1e-3", "--set").value == 0.001


def test_keys_and_values_of_all_shapes_are_read():
    text = "a:\n- b\n- {c: 1, d: , no: [x, ]}\ne:\n<<: {f: 2}\n"
    assert parse(text, "f").value == {
        "a": ["b", {"c": 1, "d": None, "no": ["x"]}],
        "e": None,
        "<<": {"f": 2},
    }


FORMULA = "a formula with ',' between braces must be quoted; write"
QUOTES = {
    "- match: **/kernel": "f:1:10: a pattern that starts with '*' must be quoted; write '**/kernel' [DI109]",
    "m: *x": "f:1:4: a pattern that starts with '*' must be quoted; write '*x' [DI109]",
    "m: *x/y # all": "f:1:4: a pattern that starts with '*' must be quoted; write '*x/y' [DI109]",
    "m: *": "f:1:4: a pattern that starts with '*' must be quoted; write '*' [DI109]",
    "m: **/my layer/k": "f:1:4: a pattern that starts with '*' must be quoted; write '**/my layer/k' [DI109]",
    "m: **/it's": "f:1:4: a pattern that starts with '*' must be quoted; write \"**/it's\" [DI109]",
    "- **/bias": "f:1:3: a pattern that starts with '*' must be quoted; write '**/bias' [DI109]",
    "- [a, **/k]": "f:1:7: a pattern that starts with '*' must be quoted; write '**/k' [DI109]",
    "m: [\n  a,\n  **/k,\n]": "f:3:3: a pattern that starts with '*' must be quoted; write '**/k' [DI109]",
    "**/k: zeros": "f:1:1: a pattern that starts with '*' must be quoted; write '**/k' [DI109]",
    "m: {a,b}/k": "f:1:4: a pattern that starts with '{' must be quoted; write '{a,b}/k' [DI109]",
    "m: {a, b}/k": "f:1:4: a pattern that starts with '{' must be quoted; write '{a, b}/k' [DI109]",
    "m: {0..3}*/k": "f:1:4: a pattern that starts with '{' must be quoted; write '{0..3}*/k' [DI109]",
    "- {a,b}/{c,d}": "f:1:3: a pattern that starts with '{' must be quoted; write '{a,b}/{c,d}' [DI109]",
    "m: [{a,b}/k, c]": "f:1:5: a pattern that starts with '{' must be quoted; write '{a,b}/k' [DI109]",
    "m: [x{a,b}/k]": "f:1:5: a pattern with '{' must be quoted; write 'x{a,b}/k' [DI109]",
    "{a,b}/k": "f:1:1: a pattern that starts with '{' must be quoted; write '{a,b}/k' [DI109]",
    "m: [0-9]/k": "f:1:4: a pattern that starts with '[' must be quoted; write '[0-9]/k' [DI109]",
    "[0-9]/k: v": "f:1:1: a pattern that starts with '[' must be quoted; write '[0-9]/k' [DI109]",
    "m: !bias": "f:1:4: a pattern that starts with '!' must be quoted; write '!bias' [DI109]",
    "m: !(a|b)/k": "f:1:4: a pattern that starts with '!' must be quoted; write '!(a|b)/k' [DI109]",
    "m: !x!y": "f:1:4: a pattern that starts with '!' must be quoted; write '!x!y' [DI109]",
    "m: @x": "f:1:4: text that starts with '@' must be quoted; write '@x' [DI109]",
    "m: %x": "f:1:4: text that starts with '%' must be quoted; write '%x' [DI109]",
    "m: `x`": "f:1:4: text that starts with '`' must be quoted; write '`x`' [DI109]",
    "m: &x/y": "f:1:4: text that starts with '&' must be quoted; write '&x/y' [DI109]",
    "a: {s: min(1, 2, 3)}": f"f:1:8: {FORMULA} 'min(1, 2, 3)' [DI109]",
    "a: {s: 2 * max(min(n, 1), 0) / 3, t: 1}": f"f:1:8: {FORMULA} '2 * max(min(n, 1), 0) / 3' [DI109]",
    "a: {s: min(1, 2}": f"f:1:8: {FORMULA} 'min(1, 2' [DI109]",
    "a: {s: min(ä, 'b')}": f"f:1:8: {FORMULA} \"min(ä, 'b')\" [DI109]",
}


def headlines(text, name="f", form="yaml"):
    with pytest.raises(SpecError) as caught:
        parse(text, name, form)
    return [problem.headline for problem in caught.value.problems]


@pytest.mark.parametrize("text", QUOTES)
def test_an_unquoted_pattern_is_named_and_written_with_its_quotes(text):
    assert headlines(text) == [QUOTES[text]]


def test_all_unquoted_patterns_are_reported_with_all_other_faults():
    text = "- match: **/kernel\n- a: .nan\n  a: 1\n- match: [*x, **/b]\n- {a,b}/k\n"
    assert headlines(text) == [
        "f:1:10: a pattern that starts with '*' must be quoted; write '**/kernel' [DI109]",
        "f:2:6: .nan is not a finite number; no setting takes NaN or infinity [DI107]",
        "f:3:3: the key 'a' is repeated; it is first given at line 2, column 3 [DI105]",
        "f:4:11: a pattern that starts with '*' must be quoted; write '*x' [DI109]",
        "f:4:15: a pattern that starts with '*' must be quoted; write '**/b' [DI109]",
        "f:5:3: a pattern that starts with '{' must be quoted; write '{a,b}/k' [DI109]",
    ]


def test_the_caret_stands_below_the_pattern():
    with pytest.raises(SpecError) as caught:
        parse("rules:\n  - match: **/kernel  # all\n", "spec.yaml")
    assert str(caught.value) == (
        "spec.yaml:2:12: a pattern that starts with '*' must be quoted; write '**/kernel' [DI109]\n"
        "    - match: **/kernel  # all\n"
        "             ^"
    )


TAGS = (
    "tags (!) are not supported; values have the type they look like; quote the word if it is text"
)
REUSE = "write the value out where it is needed"
NO_CHARACTER = (
    "this text holds an escape that is not a character; "
    "write the character itself instead of its escape [DI108]"
)
FAULTS = {
    "": ["f: the document is empty [DI104]"],
    "# only this": ["f:1:1: the document is empty [DI104]"],
    "---\n": ["f:1:1: the document is empty [DI104]"],
    "a: 1\na: 2\nb: 3\na: 4": [
        "f:2:1: the key 'a' is repeated; it is first given at line 1, column 1 [DI105]",
        "f:4:1: the key 'a' is repeated; it is first given at line 1, column 1 [DI105]",
    ],
    "1: a\ntrue: b\nnull: c\n0x1F: d": [
        "f:1:1: a key must be a string; 1 is an integer; write '1' [DI106]",
        "f:2:1: a key must be a string; true is a boolean; write 'true' [DI106]",
        "f:3:1: a key must be a string; null is null; write 'null' [DI106]",
        "f:4:1: a key must be a string; 0x1F is an integer; write '0x1F' [DI106]",
    ],
    "? [x]\n: 1": [
        "f:1:3: a key must be a string, not a list; a pattern with brackets must be quoted [DI106]"
    ],
    "{a: 1}: 2": [
        "f:1:1: a key must be a string, not a mapping; a pattern with brackets must be quoted [DI106]"
    ],
    ": 1": ["f:1:1: a key is missing before the ':' [DI106]"],
    "{: 1}": ["f:1:2: a key is missing before the ':' [DI106]"],
    "?\n: 1": ["f:1:2: a key is missing before the ':' [DI106]"],
    "? |\n  a\n: 1\n? !x b\n: 2": [f"f:4:3: {TAGS} [DI111]"],
    ".inf: 1": ["f:1:1: .inf is not a finite number; no setting takes NaN or infinity [DI107]"],
    "a: -.Inf": ["f:1:4: -.Inf is not a finite number; no setting takes NaN or infinity [DI107]"],
    "a: 1e400": ["f:1:4: 1e400 is too large; the largest number is about 1.8e308 [DI107]"],
    f"a: 0x{'f' * 298}": ["f:1:4: an integer of more than 300 digits is too long [DI107]"],
    f"a: {'9' * 5000}": [
        "f:1:4: a number of 5000 characters is too long; at most 300 are read [DI107]"
    ],
    f"a: 0x{'f' * 5000}": [
        "f:1:4: a number of 5002 characters is too long; at most 300 are read [DI107]"
    ],
    "a: !!int 3": [f"f:1:4: {TAGS} [DI111]"],
    "a: !!int ''\nb: !!bool x\nc: !!timestamp x": [
        f"f:1:4: {TAGS} [DI111]",
        f"f:2:4: {TAGS} [DI111]",
        f"f:3:4: {TAGS} [DI111]",
    ],
    "a: !!python/object/apply:os.system [ls]": [f"f:1:4: {TAGS} [DI111]"],
    "a: !x {b: 1}": [f"f:1:4: {TAGS} [DI111]"],
    "a: &k 1\nb: *k": [
        f"f:1:4: anchors (&) are not supported; {REUSE} [DI110]",
        f"f:2:4: aliases (*) are not supported; {REUSE} [DI110]",
    ],
    "&a [*a]": [
        f"f:1:1: anchors (&) are not supported; {REUSE} [DI110]",
        f"f:1:5: aliases (*) are not supported; {REUSE} [DI110]",
    ],
    "a: 1\n---\nb: 2": [
        "f:2:1: a second document begins here; "
        "a file holds one document; remove this '---' or split the file [DI112]"
    ],
    "a:\n\tb: 1": ["f:2:1: a tab is not expected here; indent with spaces [DI114]"],
    "a: b: c": [
        "f:1:5: a ':' is not expected here; quote text that holds ': ', or check the indentation [DI115]"
    ],
    "a: - b": ["f:1:4: a list is not expected here; begin it on a line of its own [DI115]"],
    "a: 'x": ["f:1:4: this quoted text is never closed [DI113]"],
    "a: [1, 2": ["f:1:4: this '[' is never closed [DI113]"],
    "a: {b: 1\n": ["f:1:4: this '{' is never closed [DI113]"],
    "a: [1,\n2\nb: 3": [
        "f:3:2: expected ',' or ']', received ':'; the '[' of line 1 is still open [DI115]"
    ],
    "a: {b: [1}": [
        "f:1:10: expected ',' or ']', received '}'; the '[' of line 1 is still open [DI115]"
    ],
    "a: [b]]": ["f:1:7: unexpected ']' after a value; put quotes around the whole text [DI115]"],
    'a: "**"/k': ["f:1:8: unexpected '/k' after a value; put quotes around the whole text [DI115]"],
    "a:\n  b: 1\n c: 2": ["f:3:2: this line fits nothing above it; check the indentation [DI114]"],
    "- a\nb: 1": ["f:2:1: this line fits nothing above it; check the indentation [DI114]"],
    "a: 1\nfoo\nb: 2": [
        "f:2:1: expected 'key: value'; is a ':' missing, or the space after it? [DI115]"
    ],
    "a: ]": ["f:1:4: expected a value, received ']'; quote it if it is text [DI115]"],
    'a: "\\q"': [
        "f:1:4: this text holds an unknown escape; write \\\\ for a backslash, or use single quotes [DI108]"
    ],
    'a: "\\ud800"': [f"f:1:4: {NO_CHARACTER}"],
    'a: "\\ud83d\\ude00"': [f"f:1:4: {NO_CHARACTER}"],
    "a: \0": [
        "f:1:4: the character U+0000 is not allowed in YAML; escape it in a double-quoted string [DI108]"
    ],
    "a: \ufeff": [
        "f:1:4: the character U+FEFF is not allowed in YAML; escape it in a double-quoted string [DI108]"
    ],
    "a: 1\na: 2\nb: '": [
        "f:2:1: the key 'a' is repeated; it is first given at line 1, column 1 [DI105]",
        "f:3:4: this quoted text is never closed [DI113]",
    ],
}


@pytest.mark.parametrize("text", FAULTS, ids=lambda text: text[:30])
def test_every_fault_has_its_place_its_hint_and_its_code(text):
    assert headlines(text) == FAULTS[text]


@pytest.mark.parametrize("escape", ["\\UFFFFFFFF", "\\U00110000"])
def test_an_escape_beyond_unicode_is_a_fault_and_no_crash(escape):
    (headline,) = headlines(f'a: "{escape}"')
    assert headline.endswith(NO_CHARACTER)


def test_an_error_without_words_of_our_own_keeps_those_of_pyyaml():
    (headline,) = headlines("%YAML 1.2 x\n---\na")
    assert headline.startswith("f:1:11: not YAML: ")


def test_a_hundred_faults_are_enough():
    found = headlines("".join("a: 1\n" for _ in range(5000)))
    assert len(found) == 101
    assert found[-1] == "f:101:1: too many faults, the rest of the document was not read [DI102]"
