"""Texts made from nothing by hypothesis, which shows the shortest that it finds."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from fuzz.mutations import KEYS, NUMBERS, TEXTS, WORDS

Texts = st.SearchStrategy[str]

SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(NUMBERS),
    st.sampled_from(TEXTS),
    st.text(max_size=20),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)
SOUP: Texts = st.lists(st.sampled_from(WORDS) | st.text(max_size=5), max_size=40).map("".join)
PATTERN_PIECES = ("a", "b", "0", "/", "*", "?", "[ab]", "[!a]", "{a,b}", "{0..10}", "**", "\\", ",")
PATTERNS: Texts = st.lists(st.sampled_from(PATTERN_PIECES), max_size=30).map("".join) | SOUP

FORMULA_PIECES = (
    "n",
    "base",
    "1",
    "0.5",
    "1e9",
    "+",
    "-",
    "*",
    "/",
    "**",
    "(",
    ")",
    ",",
    " ",
    "fan_in",
)
FUNCTIONS = ("sqrt(", "max(", "exp(", "log(", "count(", "dim(", "size(", "index(")
FORMULAS: Texts = st.lists(st.sampled_from((*FORMULA_PIECES, *FUNCTIONS)), max_size=25).map("".join)


def documents(version: str) -> Texts:
    """Documents that say what they are, with any values under the keys that they may have."""
    entries = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5)
    lists = st.sampled_from(("rules", "variables"))
    listed = st.dictionaries(lists, st.lists(entries, max_size=3), max_size=2)
    mappings = st.builds(lambda top, inner: {version: 1, **top, **inner}, entries, listed)
    return (mappings | VALUES).map(json.dumps) | SOUP


def settings() -> Texts:
    """Texts `KEY=VALUE`."""
    keys = st.lists(st.sampled_from(("kernels", "head", *KEYS)), min_size=1, max_size=4)
    return st.builds(lambda key, value: f"{'.'.join(key)}={value}", keys, VALUES.map(json.dumps))


def rules() -> Texts:
    """Texts `PATTERN=INITIALIZER`."""
    values = SCALARS.map(json.dumps)
    arguments = st.lists(st.builds("{}={}".format, st.sampled_from(KEYS), values), max_size=3)
    names = st.sampled_from(("constant", "he_normal", "P>Mine", "zeros", ""))
    calls = st.builds(lambda name, given: f"{name}({', '.join(given)})", names, arguments)
    return st.builds("{}={}".format, PATTERNS, calls | names | VALUES.map(json.dumps) | SOUP) | SOUP
