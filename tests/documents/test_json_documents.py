"""JSON text is read to the letter of the standard, and every fault is said in full, at its place."""

from __future__ import annotations

import pytest

from declinit.documents import parse
from declinit.errors import SpecError

COMMENT = "a comment; JSON has no comments; a spec in YAML may have them"
TRAILING = "JSON has no trailing commas"
FAULTS = {
    "": ["f: the document is empty [DI104]"],
    " \n": ["f:1:1: the document is empty [DI104]"],
    '{"a": 1,\n "a": 2}': [
        "f:2:2: the key 'a' is repeated; it is first given at line 1, column 2 [DI105]"
    ],
    "[NaN, Infinity,\n -Infinity]": [
        "f:1:2: NaN is not a finite number; no setting takes NaN or infinity [DI107]",
        "f:1:7: Infinity is not a finite number; no setting takes NaN or infinity [DI107]",
        "f:2:2: -Infinity is not a finite number; no setting takes NaN or infinity [DI107]",
    ],
    "1e999": ["f:1:1: 1e999 is too large; the largest number is about 1.8e308 [DI107]"],
    "9" * 5000: ["f:1:1: a number of 5000 characters is too long; at most 300 are read [DI107]"],
    "[1,]": [f"f:1:3: a ',' before ']'; {TRAILING} [DI117]"],
    '{"a": 1,\n}': [f"f:1:8: a ',' before '}}'; {TRAILING} [DI117]"],
    "[,]": ["f:1:2: expected a value, received ',' [DI116]"],
    "[1 2]": ["f:1:4: expected ',' or ']', received '2' [DI116]"],
    "[1}": ["f:1:3: expected ',' or ']', received '}' [DI116]"],
    '{"a" 1}': ["f:1:6: expected ':' after the key, received '1' [DI116]"],
    '{"a": 1 "b": 2}': ["f:1:9: expected ',' or '}', received \"b\" [DI116]"],
    "{a: 1}": ["f:1:2: a key must be a string in double quotes, received 'a'; write \"a\" [DI116]"],
    "{'a': 1}": [
        "f:1:2: a key must be a string in double quotes, received \"'a'\"; "
        "JSON strings are written in double quotes [DI116]"
    ],
    "{1: 1}": ["f:1:2: a key must be a string in double quotes, received '1'; write \"1\" [DI116]"],
    "{[1]: 1}": ["f:1:2: a key must be a string in double quotes, received '[' [DI116]"],
    "1 2": ["f:1:3: expected the end of the text, received '2' [DI116]"],
    '{}\n"x"': ['f:2:1: expected the end of the text, received "x" [DI116]'],
    "]": ["f:1:1: expected a value, received ']' [DI116]"],
    "[1, # no\n 2]": [f"f:1:5: {COMMENT} [DI117]"],
    "// no\n{}": [f"f:1:1: {COMMENT} [DI117]"],
    "{} /* no */": [f"f:1:4: {COMMENT} [DI117]"],
    "{ // no\n}": [f"f:1:3: {COMMENT} [DI117]"],
    "[True, None]": [
        "f:1:2: expected a value, received 'True'; write true [DI116]",
        "f:1:8: expected a value, received 'None'; write null [DI116]",
    ],
    "he_normal": ["f:1:1: expected a value, received 'he_normal'; write \"he_normal\" [DI116]"],
    "012": ["f:1:1: expected a value, received '012'; write 12 [DI116]"],
    "[+1, .5]": ["f:1:2: expected a value, received '+1'; write 1 [DI116]"],
    ".5": ["f:1:1: expected a value, received '.5'; write 0.5 [DI116]"],
    "1.2.3": ["f:1:1: expected a value, received '1.2.3' [DI116]"],
    "[1,\n {": ["f:2:2: this '{' is never closed [DI113]"],
    '["a': ["f:1:2: this string is never closed [DI113]"],
    '"a\tb"': [
        r"f:1:3: a control character in a string; write \n for a line break and \t for a tab [DI108]"
    ],
    '"a': ["f:1:1: this string is never closed [DI113]"],
    '"a\\': ["f:1:1: this string is never closed [DI113]"],
    r'"a\qb"': [
        r"f:1:3: an unknown escape in a string; a backslash is written \\ in a string [DI108]"
    ],
    r'"\n\u12x"': [
        r"f:1:4: an unknown escape in a string; a backslash is written \\ in a string [DI108]"
    ],
    r'["\ud800"]': [
        "f:1:2: this text holds an escape that is not a character; "
        "write the character itself instead of its escape [DI108]"
    ],
    r'{"\udc00": 1}': [
        "f:1:2: this text holds an escape that is not a character; "
        "write the character itself instead of its escape [DI108]"
    ],
    '{"a": NaN, "a": 1,': [
        "f:1:1: this '{' is never closed [DI113]",
        "f:1:7: NaN is not a finite number; no setting takes NaN or infinity [DI107]",
        "f:1:12: the key 'a' is repeated; it is first given at line 1, column 2 [DI105]",
    ],
}


@pytest.mark.parametrize("text", FAULTS, ids=lambda text: text[:30])
def test_every_fault_has_its_place_its_hint_and_its_code(text):
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
