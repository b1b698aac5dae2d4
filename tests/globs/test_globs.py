"""Patterns match whole paths, segment by segment, and no pattern is slow."""

from __future__ import annotations

import contextlib
import pickle
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from wcmatch import glob as wcmatch

from declinit.errors import Problem
from declinit.globs import Glob, GlobError, GlobSet, escape

MATCHES = {
    # literals: anchored at both ends, case-sensitive
    "kernel": {"kernel": True, "a/kernel": False, "kernel/a": False, "Kernel": False},
    "a/b": {"a/b": True, "a": False, "a/b/c": False, "ab": False},
    # * stays inside a segment
    "*": {"a": True, "a/b": False},
    "*/kernel": {"a/kernel": True, "a/b/kernel": False, "kernel": False},
    "a/*": {"a/b": True, "a": False, "a/b/c": False},
    "a*c": {"ac": True, "abc": True, "abbc": True, "a/c": False, "abcd": False},
    "*a*b*": {"ab": True, "xaxbx": True, "ba": False, "aab": True},
    # ? one character
    "a?c": {"abc": True, "ac": False, "a/c": False, "abbc": False},
    "??": {"ab": True, "a": False, "äö": True},
    # classes
    "[abc]": {"a": True, "d": False, "": False},
    "[a-c]x": {"bx": True, "dx": False, "B": False},
    "[!a-c]": {"d": True, "a": False},
    "[^a-c]": {"d": True, "b": False},
    "[a-]": {"-": True, "a": True, "b": False},
    "[-a]": {"-": True, "a": True},
    r"[\]]": {"]": True, "\\": False},
    r"[a\-c]": {"-": True, "b": False, "c": True},
    "[*?{,]": {"*": True, "?": True, "{": True, ",": True, "a": False},
    "[ab][0-9]": {"a0": True, "b9": True, "a": False, "a10": False},
    # ** any number of segments; at the end, at least one
    "**": {"a": True, "a/b/c": True},
    "**/kernel": {"kernel": True, "a/kernel": True, "a/b/kernel": True, "akernel": False},
    "a/**": {"a/b": True, "a/b/c": True, "a": False, "ab/c": False},
    "a/**/b": {"a/b": True, "a/x/b": True, "a/x/y/b": True, "a/bb": False},
    "**/a/**": {"a/b": True, "x/a/b": True, "a": False, "x/a": False},
    "**/**": {"a": True, "a/b": True},
    "a/**/**": {"a/b": True, "a": False},
    "**/*": {"a": True, "a/b": True},
    "*/**": {"a": False, "a/b": True},
    "**/a/*/b": {"a/x/b": True, "a/a/a/b": True, "a/b": False},
    # alternatives
    "{query,key}": {"query": True, "key": True, "value": False, "query,key": False},
    "x{a,b}y": {"xay": True, "xby": True, "xaby": False},
    "{,pre_}k": {"k": True, "pre_k": True},
    "{a,{b,c}d}": {"a": True, "bd": True, "cd": True, "b": False},
    "{a*,?b}": {"axx": True, "xb": True, "xbb": False},
    "{0..1,b}": {"0..1": True, "b": True, "0": False},
    r"{a\,b,c}": {"a,b": True, "c": True, "a": False},
    # numeric ranges: compared as numbers
    "b{0..11}": {"b0": True, "b9": True, "b11": True, "b12": False, "b": False, "b-1": False},
    "b{9..10}": {"b9": True, "b10": True, "b1": False, "b010": True, "b100": False},
    "b{2..2}": {"b2": True, "b02": True, "b3": False},
    "{0..1}{0..1}": {"01": True, "11": True, "2": False, "0": False, "0000": True},
    "{5..7}x": {"0006x": True, "8x": False},
    "{0..9}": {"٣": False, "³": False},
    "b{0..10..2}": {"b0": True, "b4": True, "b10": True, "b3": False, "b12": False},
    "{1..9..3}x": {"1x": True, "7x": True, "007x": True, "9x": False, "3x": False},
    "{3..3..5}": {"3": True, "8": False},
    "{1..2}{a,b}": {"1a": True, "2b": True, "12": False},
    # captures match what is captured
    "b{l}": {"b0": True, "b012": True, "b": False, "bx": False, "b1x": False, "b-1": False},
    "b{l:3..9..3}x": {"b3x": True, "b09x": True, "b4x": False, "b12x": False},
    "a{x:*}b": {"ab": True, "axxb": True, "a/b": False, "abc": False},
    "{l}/{m}/**": {"1/2/x": True, "1/2": False, "1/a/x": False},
    r"\{l\}": {"{l}": True, "1": False},
    # escapes
    r"\*": {"*": True, "a": False},
    r"a\{b\}": {"a{b}": True},
    r"\a": {"a": True},
    r"\\": {"\\": True},
    r"\[0\]/\?": {"[0]/?": True},
    # nothing else is special
    "a,b": {"a,b": True},
    "!a": {"!a": True, "b": False},
    "#a": {"#a": True},
    "a.b+(c)|$^": {"a.b+(c)|$^": True, "axb": False},
    "a b": {"a b": True},
    "-": {"-": True},
}


@pytest.mark.parametrize("pattern", MATCHES)
def test_what_a_pattern_matches(pattern):
    glob = Glob.parse(pattern)
    assert {path: glob.matches(path) for path in MATCHES[pattern]} == MATCHES[pattern]


CHARACTER = "write '\\{}' for the character"
NO_CHOICE = "braces need two alternatives, a range or a capture"
BRACES = "write '{a,b}', '{0..11}' or '{l}'"
STEP = "a third one is a step: '{0..10..2}'"
MALFORMED = {
    "": (1, "DI211", "a pattern must not be empty", None),
    "/a": (
        1,
        "DI211",
        "a segment must not be empty",
        "paths start below the root model, without '/'",
    ),
    "a//b": (3, "DI211", "a segment must not be empty", None),
    "a/": (3, "DI211", "a segment must not be empty", None),
    "/": (
        1,
        "DI211",
        "a segment must not be empty",
        "paths start below the root model, without '/'",
    ),
    "a**": (2, "DI212", "'**' must be a whole segment", "write 'a/**/b', or '*' inside a name"),
    "x/**b": (3, "DI212", "'**' must be a whole segment", "write 'a/**/b', or '*' inside a name"),
    "***": (1, "DI212", "'**' must be a whole segment", "write 'a/**/b', or '*' inside a name"),
    "{**,a}": (2, "DI212", "'**' must be a whole segment", "write 'a/**/b', or '*' inside a name"),
    "a]": (2, "DI213", "']' closes nothing", CHARACTER.format("]")),
    "a}b": (2, "DI213", "'}' closes nothing", CHARACTER.format("}")),
    "a[bc": (2, "DI213", "'[' is never closed", CHARACTER.format("[")),
    "a[b/c]": (2, "DI213", "'[' is never closed", CHARACTER.format("[")),
    "[": (1, "DI213", "'[' is never closed", CHARACTER.format("[")),
    "[a-": (1, "DI213", "'[' is never closed", CHARACTER.format("[")),
    "x[]": (2, "DI215", "an empty class matches nothing", CHARACTER.format("[")),
    "[!]": (1, "DI215", "an empty class matches nothing", CHARACTER.format("[")),
    "[xz-a]": (3, "DI214", "the range 'z-a' is reversed", None),
    "[+-/]": (4, "DI216", "'/' always separates segments", "names hold no '/'"),
    r"a\/b": (3, "DI216", "'/' always separates segments", "names hold no '/'"),
    r"[\/]": (3, "DI216", "'/' always separates segments", "names hold no '/'"),
    "a\\": (2, "DI213", "'\\' at the end escapes nothing", None),
    "[a\\": (3, "DI213", "'\\' at the end escapes nothing", None),
    "a{b": (2, "DI213", "'{' is never closed", CHARACTER.format("{")),
    "{a,{b,c}": (1, "DI213", "'{' is never closed", CHARACTER.format("{")),
    "{0..3": (1, "DI213", "'{' is never closed", CHARACTER.format("{")),
    "{a/b,c}": (
        3,
        "DI216",
        "alternatives stay inside one segment",
        "give `match` a list of patterns",
    ),
    "{a b}": (1, "DI215", NO_CHOICE, BRACES),
    "x{}": (2, "DI215", NO_CHOICE, BRACES),
    "x{3}": (2, "DI215", NO_CHOICE, BRACES),
    "{*}": (1, "DI215", NO_CHOICE, BRACES),
    r"{\a}": (1, "DI215", NO_CHOICE, BRACES),
    "{[a]}": (1, "DI215", NO_CHOICE, BRACES),
    "b{3..1}": (2, "DI214", "the range '{3..1}' is reversed", "write '{1..3}'"),
    "{a..c}": (1, "DI214", "a range needs two whole numbers, received '{a..c}'", None),
    "{0..}": (1, "DI214", "a range needs two whole numbers, received '{0..}'", None),
    "{-1..3}": (1, "DI214", "a range needs two whole numbers, received '{-1..3}'", None),
    "{0..9..x}": (1, "DI214", "a range needs two whole numbers, received '{0..9..x}'", STEP),
    "{0..9..}": (1, "DI214", "a range needs two whole numbers, received '{0..9..}'", STEP),
    "{0..9..1..1}": (1, "DI214", "a range needs two whole numbers, received '{0..9..1..1}'", STEP),
    "{0..9..0}": (1, "DI214", "the step of the range '{0..9..0}' is zero", None),
    "{9..0..3}": (1, "DI214", "the range '{9..0..3}' is reversed", "write '{0..9..3}'"),
    "{٣..٤}": (1, "DI214", "a range needs two whole numbers, received '{٣..٤}'", None),
    "{0..1000000000000000000}": (
        1,
        "DI214",
        "the range '{0..1000000000000000000}' is too large",
        "a bound has at most 18 digits",
    ),
    "{a," * 17: (49, "DI215", "braces are nested deeper than 16", None),
}


@pytest.mark.parametrize("pattern", MALFORMED)
def test_a_malformed_pattern_is_an_error_with_its_column(pattern):
    with pytest.raises(GlobError) as caught:
        Glob.parse(pattern)
    column, code, message, hint = MALFORMED[pattern]
    error = caught.value
    assert error.column == column
    assert error.problems == (Problem(code, f"pattern {pattern!r}: {message}", hint=hint),)


def test_a_pattern_is_limited_in_length():
    assert Glob.parse("a" * 4096).matches("a" * 4096)
    with pytest.raises(GlobError) as caught:
        Glob.parse("a" * 4097)
    message = f"pattern '{'a' * 60}...': 4,097 characters are too many"
    hint = "at most 4,096 are read; give `match` a list of patterns"
    assert caught.value.problems == (Problem("DI226", message, hint=hint),)
    assert caught.value.column == 4097


def test_a_segment_is_limited_in_its_ranges():
    pattern = "/".join(["{0..9}" * 16] * 2)
    assert Glob.parse(pattern).matches("/".join(["0" * 16] * 2))
    with pytest.raises(GlobError) as caught:
        Glob.parse(f"{pattern}{{0..9}}")
    message = f"pattern '{pattern}{{0..9}}': more than 16 ranges of numbers in a segment"
    assert caught.value.problems == (Problem("DI226", message),)
    assert caught.value.column == len(pattern) + 1


def test_an_error_of_a_pattern_crosses_processes():
    with pytest.raises(GlobError) as caught:
        Glob.parse("a[")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.column, again.problems) == (2, caught.value.problems)


@pytest.mark.parametrize(
    ("pattern", "named"),
    [("**", False), ("a/*", False), ("**/kernel", True), ("a/k*", True), ("**/{0..9}", True)],
)
def test_a_pattern_names_its_variable_if_its_last_segment_says_anything(pattern, named):
    assert Glob.parse(pattern).names_its_variable is named


def test_a_pattern_compares_and_prints_by_its_text():
    assert Glob.parse("a/*") == Glob.parse("a/*")
    assert str(Glob.parse("a/*")) == "a/*"


# Laws

NAMES = st.text("ab01_", min_size=1, max_size=4)
HOSTILE_NAMES = st.text(st.characters(exclude_characters="/", codec="utf-8"), min_size=1)
PATHS = st.lists(NAMES, min_size=1, max_size=5).map("/".join)
PIECES = st.sampled_from(
    [
        *("a", "b", "0", "1", "_", "*", "?", "[ab]", "[!a]", "[0-9]"),
        *("{a,b}", "{,a1}", "{a,b0*}", "{a,{b,0}1}", "{0..10}", "{1..1}", "{0..10..2}"),
    ]
)
SEGMENTS = st.lists(PIECES, min_size=1, max_size=4).map("".join).filter(lambda s: "**" not in s)
GLOBS = st.lists(st.one_of(SEGMENTS, st.just("**")), min_size=1, max_size=4).map("/".join)


@given(st.lists(HOSTILE_NAMES, min_size=1, max_size=3).map("/".join), PATHS)
def test_an_escaped_path_matches_itself_alone(path, other):
    glob = Glob.parse(escape(path))
    assert glob.matches(path)
    assert glob.matches(other) is (other == path)


@given(GLOBS, PATHS)
def test_a_double_star_stands_for_any_number_of_segments(pattern, path):
    """`**/p` matches what p matches, below any folders."""
    below = Glob.parse(f"**/{pattern}")
    if Glob.parse(pattern).matches(path):
        assert below.matches(path)
        assert below.matches(f"x/{path}")
        assert below.matches(f"x/y/{path}")


@given(PATHS, PATHS)
def test_a_trailing_double_star_stands_for_at_least_one_segment(path, more):
    glob = Glob.parse(f"{path}/**")
    assert not glob.matches(path)
    assert glob.matches(f"{path}/{more}")


@given(SEGMENTS, NAMES, NAMES)
def test_wildcards_stay_inside_a_segment(pattern, left, right):
    assert not Glob.parse(pattern).matches(f"{left}/{right}")


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300), st.integers(0, 2))
def test_a_range_is_compared_as_numbers(low, high, number, zeros):
    low, high = sorted((low, high))
    path = f"block_{'0' * zeros}{number}"
    assert Glob.parse(f"block_{{{low}..{high}}}").matches(path) is (low <= number <= high)


@given(st.lists(SEGMENTS.map(Glob.parse), min_size=1, max_size=3), NAMES)
def test_alternatives_match_what_any_of_them_does(globs, name):
    pattern = "{" + ",".join([*(glob.text for glob in globs), "never"]) + "}"
    assert Glob.parse(pattern).matches(name) is any(glob.matches(name) for glob in globs)


@settings(max_examples=300)
@given(st.lists(GLOBS, max_size=6), st.lists(PATHS, min_size=1, max_size=6))
def test_a_set_agrees_with_each_of_its_patterns_alone(patterns, paths):
    globs = [Glob.parse(pattern) for pattern in patterns]
    together = GlobSet(globs)
    for path in [*paths, *paths]:  # a second time from what it remembers
        alone = tuple(index for index, glob in enumerate(globs) if glob.matches(path))
        assert together.matching(path) == alone


# The part of the language where wcmatch means the same: no numeric ranges (its own compare text,
# with their zeros), no `**` at the end (it may stand for nothing there), names without hidden dots.
# It writes out all alternatives: it refuses a pattern that has more than 1,000 of them, and an empty
# one between two `*` would make a `**`.
ORACLE = wcmatch.GLOBSTAR | wcmatch.BRACE | wcmatch.DOTGLOB | wcmatch.CASE | wcmatch.FORCEUNIX
COMMON_PIECES = PIECES.filter(lambda piece: ".." not in piece and "{," not in piece)
COMMON_SEGMENTS = (
    st.lists(COMMON_PIECES, min_size=1, max_size=4).map("".join).filter(lambda s: "**" not in s)
)
COMMON = st.builds(
    lambda head, last: "/".join([*head, last]),
    st.lists(st.one_of(COMMON_SEGMENTS, st.just("**")), max_size=3),
    COMMON_SEGMENTS,
).filter(lambda pattern: pattern.count("{") <= 6)


@settings(max_examples=500)
@given(COMMON, PATHS)
@example("**/**/a", "a")
def test_matching_agrees_with_wcmatch_where_both_mean_the_same(pattern, path):
    expected = wcmatch.globmatch(path, pattern, flags=ORACLE, limit=0)
    assert Glob.parse(pattern).matches(path) is expected


# Speed

HOSTILE = {
    "deep": ("/".join(["**/a"] * 40), "/".join(["a"] * 80 + ["b"])),
    "stars": ("*a" * 200 + "b", "a" * 400),
    "nested": ("{" * 16 + "a,b}" + ",c}" * 15 + "*" + "x", "a" * 400),
    "alternatives": ("{a,aa}" * 100, "a" * 250),
    "ranges": ("{0..9}" * 16 + "x", "0" * 2000),
    "digits": ("{0..999999999999999999}" * 16, "9" * 2000),
    "braces": ("{" * 4_000, "a"),
    "dots": ("{" + "." * 4_000, "a"),
    "open": ("{.." * 1_300, "a"),
    "classes": ("[a-z]*" * 100 + "1", "a" * 300),
    "longest": ("*?" * 2048, "a" * 5000),
    "literals": (
        "*" + "*".join(map(chr, range(19968, 22000))),
        "".join(map(chr, range(19968, 24968))),
    ),
    "alternative dots": ("{0," + "." * 4000 + "}", "a"),
}


@pytest.mark.parametrize(("pattern", "path"), HOSTILE.values(), ids=HOSTILE)
def test_no_pattern_takes_longer_than_its_length_times_the_paths(pattern, path):
    """A backtracking matcher would take longer than anyone waits for each of these."""
    start = time.perf_counter()
    with contextlib.suppress(GlobError):
        Glob.parse(pattern).matches(path)
    assert time.perf_counter() - start < 2.0


def test_many_paths_by_many_rules_are_fast():
    """10,000 variables by 200 rules well under half a second, left ample room here."""
    globs = [
        Glob.parse(f"**/block_{{{n}..{n + 3}}}/{name}/{last}")
        for n in range(25)
        for name in ("attention/{query,key}", "mlp_*")
        for last in ("kernel", "b*", "*", "gamm[ab]")
    ]
    paths = [
        f"model/block_{n}/{name}/{last}"
        for n in range(500)
        for name in ("attention/query", "attention/key", "mlp_0", "mlp_1", "norm")
        for last in ("kernel", "bias", "gamma", "beta")
    ]
    start = time.perf_counter()
    together = GlobSet(globs)
    hits = sum(len(together.matching(path)) for path in paths)
    assert (len(globs), len(paths)) == (200, 10_000)
    assert hits > 0
    assert time.perf_counter() - start < 2.0
