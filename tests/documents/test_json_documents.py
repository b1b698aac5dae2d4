"""JSON text is read to the letter of the standard, and every fault is said in full, at its place."""

from __future__ import annotations

import pytest

from declinit.documents import parse
from declinit.errors import SpecError

COMMENT = "a comment; JSON has no comments; a spec in YAML may have them"
TRAILING = "JSON has no trailing commas"
FAULTS = {
    "": ["f: the document is empty"],
    " \n": ["f:1:1: the document is empty"],
    '{"a": 1,\n "a": 2}': ["f:2:2: the key 'a' is repeated; it is first given at line 1, column 2"],
    "[NaN, Infinity,\n -Infinity]": [
        "f:1:2: NaN is not a finite number; no setting takes NaN or infinity",
        "f:1:7: Infinity is not a finite number; no setting takes NaN or infinity",
        "f:2:2: -Infinity is not a finite number; no setting takes NaN or infinity",
    ],
    "1e999": ["f:1:1: 1e999 is too large; the largest number is about 1.8e308"],
    "9" * 5000: ["f:1:1: a number of 5000 characters is too long; at most 300 are read"],
    "[1,]": [f"f:1:3: a ',' before ']'; {TRAILING}"],
    '{"a": 1,\n}': [f"f:1:8: a ',' before '}}'; {TRAILING}"],
    "[,]": ["f:1:2: expected a value, received ','"],
    "[1 2]": ["f:1:4: expected ',' or ']', received '2'"],
    "[1}": ["f:1:3: expected ',' or ']', received '}'"],
    '{"a" 1}': ["f:1:6: expected ':' after the key, received '1'"],
    '{"a": 1 "b": 2}': ["f:1:9: expected ',' or '}', received \"b\""],
    "{a: 1}": ["f:1:2: a key must be a string in double quotes, received 'a'; write \"a\""],
    "{'a': 1}": [
        "f:1:2: a key must be a string in double quotes, received \"'a'\"; "
        "JSON strings are written in double quotes"
    ],
    "{1: 1}": ["f:1:2: a key must be a string in double quotes, received '1'; write \"1\""],
    "{[1]: 1}": ["f:1:2: a key must be a string in double quotes, received '['"],
    "1 2": ["f:1:3: expected the end of the text, received '2'"],
    '{}\n"x"': ['f:2:1: expected the end of the text, received "x"'],
    "]": ["f:1:1: expected a value, received ']'"],
    "[1, # no\n 2]": [f"f:1:5: {COMMENT}"],
    "// no\n{}": [f"f:1:1: {COMMENT}"],
    "{} /* no */": [f"f:1:4: {COMMENT}"],
    "{ // no\n}": [f"f:1:3: {COMMENT}"],
    "[True, None]": [
        "f:1:2: expected a value, received 'True'; write true",
        "f:1:8: expected a value, received 'None'; write null",
    ],
    "he_normal": ["f:1:1: expected a value, received 'he_normal'; write \"he_normal\""],
    "012": ["f:1:1: expected a value, received '012'; write 12"],
    "[+1, .5]": ["f:1:2: expected a value, received '+1'; write 1"],
    ".5": ["f:1:1: expected a value, received '.5'; write 0.5"],
    "1.2.3": ["f:1:1: expected a value, received '1.2.3'"],
    "[1,\n {": ["f:2:2: this '{' is never closed"],
    '["a': ["f:1:2: this string is never closed"],
    '"a\tb"': [
        r"f:1:3: a control character inside a string; write \n for a line break and \t for a tab"
    ],
    r'"a\qb"': [r"f:1:3: unknown escape in a string; a backslash is written \\ in a string"],
    r'["\ud800"]': [
        "f:1:2: this text holds an escape that is no character; "
        "write the character itself instead of its escape"
    ],
    r'{"\udc00": 1}': [
        "f:1:2: this text holds an escape that is no character; "
        "write the character itself instead of its escape"
    ],
    '{"a": NaN, "a": 1,': [
        "f:1:1: this '{' is never closed",
        "f:1:7: NaN is not a finite number; no setting takes NaN or infinity",
        "f:1:12: the key 'a' is repeated; it is first given at line 1, column 2",
    ],
}


@pytest.mark.parametrize("text", FAULTS, ids=lambda text: text[:30])
def test_every_fault_is_told_with_its_place_and_its_cure(text):
    with pytest.raises(SpecError) as caught:
        parse(text, "f", "json")
    assert [problem.headline for problem in caught.value.problems] == FAULTS[text]


def test_a_surrogate_pair_is_one_character():
    assert parse(r'{"\ud83d\ude00": "\u00e9\n"}', "f", "json").value == {"😀": "é\n"}


def test_numbers_keep_their_type():
    value = parse("[1, -0, 1.0, 1e2, -2.5E-1]", "f", "json").value
    assert [(type(number), number) for number in value] == [
        (int, 1),
        (int, 0),
        (float, 1.0),
        (float, 100.0),
        (float, -0.25),
    ]
