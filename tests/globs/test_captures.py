"""Captures: what they take, that they never leave a choice, and paths made of them."""

from __future__ import annotations

import copy
import itertools
import pickle
import re
import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from declinit.errors import Problem
from declinit.globs import Glob, GlobError, GlobSet, Template

named = pytest.mark.parametrize

CAPTURED = {
    # a whole number, as a number
    ("blocks/{l}/kernel", "blocks/7/kernel"): {"l": 7},
    ("block_{l}", "block_012"): {"l": 12},
    ("{l}", "0"): {"l": 0},
    ("{l}", "0" * 5_000 + "7"): {"l": 7},
    ("{l}", "9" * 18): {"l": 10**18 - 1},
    ("{l}", "9" * 19): None,
    ("{l}", "٣"): None,
    ("block_{l}", "block_x"): None,
    ("block_{l}/kernel", "block_1/bias"): None,
    # within bounds
    ("block_{l:0..11}", "block_11"): {"l": 11},
    ("block_{l:0..11}", "block_12"): None,
    ("block_{l:0..10..2}", "block_4"): {"l": 4},
    ("block_{l:0..10..2}", "block_5"): None,
    # a text
    ("{x:*}/kernel", "query/kernel"): {"x": "query"},
    ("a{x:*}", "a"): {"x": ""},
    ("{x:*}", "a/b"): None,
    # inside a name
    ("layer{l}_norm", "layer3_norm"): {"l": 3},
    ("stage{s}_block{b}_*", "stage2_block10_conv"): {"s": 2, "b": 10},
    ("*_{l}", "dense_1_20"): {"l": 20},
    ("{x:*}_{l}", "dense_1_20"): {"x": "dense_1", "l": 20},
    ("conv{s}_{x:*}_{k}_conv", "conv2_a_b_3_conv"): {"s": 2, "x": "a_b", "k": 3},
    ("block{b}[a-z]_{x:*}_conv", "block1a_expand_conv"): {"b": 1, "x": "expand"},
    ("{query,key}_{l}", "key_5"): {"l": 5},
    ("{query,key}{l}{a,b}x{y:*}", "key5bx1"): {"l": 5, "y": "1"},
    ("{l}0", "100"): {"l": 10},
    ("?{l}", "112"): {"l": 12},
    ("{0..3}_{l}", "2_5"): {"l": 5},
    ("*_{a,ba}*_{l}", "x_ba_1_2"): {"l": 2},
    # between segments
    ("a/**/{l}/b", "a/1/2/b"): {"l": 2},
    ("**/block_{l}/**", "m/block_1/kernel"): {"l": 1},
    ("**/block_{l}/**", "block_1"): None,
    # two `**`: the first one is as short as it can be
    ("**/blocks/{l}/**", "a/blocks/1/blocks/2/x"): {"l": 1},
    ("**/blocks/{l}/**", "a/blocks/1"): None,
    ("**/{l}/**/{m}/**", "1/2/3/4/5"): {"l": 1, "m": 2},
    ("**/{l}/**/{m}", "1/2/3/4/5"): {"l": 1, "m": 5},
    # none
    ("a/*", "a/b"): {},
    ("a/*", "b"): None,
}


@named(("pattern", "path"), CAPTURED, ids=lambda text: text[:40])
def test_what_captures_take(pattern, path):
    assert Glob.parse(pattern).capture(path) == CAPTURED[pattern, path]


def test_captures_are_named_in_their_order():
    assert Glob.parse("**/s{s}_b{b}/{x:*}/{l:0..3}").captures == ("s", "b", "x", "l")
    assert Glob.parse("a/{0..3}/{b,c}/*").captures == ()


def test_patterns_that_differ_in_the_name_of_a_capture_only_stay_apart():
    together = GlobSet([Glob.parse("b{l}/x"), Glob.parse("b{m}/x"), Glob.parse("b{l:3..9}/x")])
    assert [together.matching(path) for path in ("b1/x", "b3/x", "bx/x")] == [(0, 1), (0, 1, 2), ()]


def test_a_pattern_with_captures_can_be_copied_and_crosses_processes():
    glob = Glob.parse("s{s}_b{b}_*/{x:*}")
    for again in (pickle.loads(pickle.dumps(glob)), copy.deepcopy(glob)):
        assert again == glob
        assert again.capture("s1_b2_c/d") == {"s": 1, "b": 2, "x": "d"}


FORMS = "a capture is '{l}', '{l:0..11}' or '{x:*}', received "
TWO_WAYS = "leaves a choice: a name could be read in two ways"
PARTED = "part it by text that neither side can hold, as in 'stage{s}_block{b}'"
LIST = "give `match` a list of patterns"
REFUSED = {
    "a/{l:}": (3, "DI236", f"{FORMS}'{{l:}}'", None),
    "{l:x}": (1, "DI236", f"{FORMS}'{{l:x}}'", None),
    "{:*}": (1, "DI236", f"{FORMS}'{{:*}}'", None),
    "{1:*}": (1, "DI236", f"{FORMS}'{{1:*}}'", None),
    "{a-b:0..3}": (1, "DI236", f"{FORMS}'{{a-b:0..3}}'", None),
    "{l:**}": (1, "DI236", f"{FORMS}'{{l:**}}'", None),
    "{ü:*}": (1, "DI236", f"{FORMS}'{{ü:*}}'", None),
    "{l:a..b}": (1, "DI214", "a range needs two whole numbers, received '{l:a..b}'", None),
    "x{l:3..1}": (2, "DI214", "the range '{l:3..1}' is reversed", "write '{l:1..3}'"),
    "{l}/{l}": (5, "DI236", "the name 'l' is captured twice", None),
    "{l}_{l:*}": (5, "DI236", "the name 'l' is captured twice", None),
    "{a,{l}}": (4, "DI236", "the capture '{l}' stands inside alternatives", LIST),
    "{a,x{l:*}}": (5, "DI236", "the capture '{l:*}' stands inside alternatives", LIST),
    "a/*{l}*": (4, "DI237", f"'{{l}}' {TWO_WAYS}", PARTED),
    "*{l}": (2, "DI237", f"'{{l}}' {TWO_WAYS}", PARTED),
    "{l}*": (1, "DI237", f"'{{l}}' {TWO_WAYS}", PARTED),
    "{l}{m}": (1, "DI237", f"'{{l}}' {TWO_WAYS}", PARTED),
    "{s}_{l}{m}": (5, "DI237", f"'{{l}}' {TWO_WAYS}", PARTED),
    "*{x:*}": (2, "DI237", f"'{{x}}' {TWO_WAYS}", PARTED),
    "{x:*}_{y:*}": (1, "DI237", f"'{{x}}' {TWO_WAYS}", PARTED),
    "*_{l}_*": (3, "DI237", f"'{{l}}' {TWO_WAYS}", PARTED),
    "{l}{0..3}": (1, "DI237", f"'{{l}}' {TWO_WAYS}", PARTED),
    "{a,ab}{x:*}": (7, "DI237", f"'{{x}}' {TWO_WAYS}", PARTED),
    "{,a}{x:*}": (5, "DI237", f"'{{x}}' {TWO_WAYS}", PARTED),
    "{l}{,_}*": (1, "DI237", f"'{{l}}' {TWO_WAYS}", PARTED),
    "{l}[0-9_]*": (1, "DI237", f"'{{l}}' {TWO_WAYS}", PARTED),
    "/".join(f"{{a{n}}}" for n in range(9)): (
        41,
        "DI236",
        "a pattern has at most 8 captures",
        None,
    ),
}


@named("pattern", REFUSED)
def test_a_capture_that_is_malformed_or_leaves_a_choice_is_refused(pattern):
    with pytest.raises(GlobError) as caught:
        Glob.parse(pattern)
    column, code, message, hint = REFUSED[pattern]
    assert caught.value.column == column
    assert caught.value.problem == Problem(code, f"pattern {pattern!r}: {message}", hint=hint)


# An oracle that tries every way


class Piece(NamedTuple):
    text: str
    regex: str
    numbers: range | None = None

    def takes(self, part: str) -> bool:
        if not re.fullmatch(self.regex, part):
            return False
        return self.numbers is None or int(part) in self.numbers


NUMBER = "[0-9]+"
ALL = range(10**18)
PLAIN = [Piece(text, re.escape(text)) for text in "ab_01"]
WILD = [
    Piece("?", "."),
    Piece("[ab]", "[ab]"),
    Piece("[!0-9]", "[^0-9]"),
    Piece("[0-9]", "[0-9]"),
    Piece("{a,b}", "a|b"),
    Piece("{ab,b0}", "ab|b0"),
    Piece("{a,ab}", "a|ab"),
    Piece("{ba,a}", "a|ba"),
    Piece("{,a}", "|a"),
    Piece("{0..10}", NUMBER, range(11)),
    Piece("{0..10..5}", NUMBER, range(0, 11, 5)),
    Piece("*", ".*"),
]
CAPTURES = [
    Piece("{NAME}", NUMBER, ALL),
    Piece("{NAME:0..10}", NUMBER, range(11)),
    Piece("{NAME:0..10..5}", NUMBER, range(0, 11, 5)),
    Piece("{NAME:*}", ".*"),
]
PIECES = st.one_of(*map(st.sampled_from, (PLAIN, WILD, CAPTURES)))
# Two stars beside each other would be another token.
SEGMENTS = st.lists(PIECES, min_size=1, max_size=5).filter(
    lambda pieces: "**" not in "".join(piece.text for piece in pieces)
)
DEEP = [Piece("**", "")]


def numbered(segments: list[list[Piece]]) -> list[list[Piece]]:
    """The same, with a name of its own for each capture."""
    names = (f"c{n}" for n in itertools.count())
    return [
        [p._replace(text=p.text.replace("NAME", next(names))) if "NAME" in p.text else p for p in s]
        for s in segments
    ]


def readings(pieces: list[Piece], text: str) -> Iterator[dict[str, int | str]]:
    """What captures take, in every way that the pieces of a segment can share a text."""
    if not pieces:
        if not text:
            yield {}
        return
    piece, *rest = pieces
    for end in range(len(text) + 1):
        if piece.takes(text[:end]):
            name = re.match(r"\{(c\d+)", piece.text)
            taken = int(text[:end]) if piece.numbers else text[:end]
            own = {name[1]: taken} if name else {}
            yield from ({**own, **others} for others in readings(rest, text[end:]))


def ways(segments: list[list[Piece]], names: list[str]) -> Iterator[dict[str, int | str]]:
    """What captures take, in every way that a pattern fits a path: the shorter `**` first."""
    if not segments:
        if not names:
            yield {}
        return
    segment, *rest = segments
    if segment == DEEP:
        for count in range(0 if rest else 1, len(names) + 1):
            yield from ways(rest, names[count:])
    elif names:
        for own in readings(segment, names[0]):
            yield from ({**own, **others} for others in ways(rest, names[1:]))


def text_of(segments: list[list[Piece]]) -> str:
    return "/".join("".join(piece.text for piece in segment) for segment in segments)


def parsed(segments: list[list[Piece]]) -> Glob | None:
    try:
        return Glob.parse(text_of(segments))
    except GlobError:
        return None


NAMES = st.text("ab01_", min_size=1, max_size=5)


@settings(max_examples=500)
@given(SEGMENTS, st.lists(NAMES, min_size=1, max_size=8))
@example([Piece("*", ".*"), PLAIN[2], CAPTURES[0]], ["1_2_3"])
def test_an_accepted_segment_reads_a_name_in_one_way_only(segment, names):
    (segment,) = numbered([segment])
    glob = parsed([segment])
    if glob is None:
        return
    for name in names:
        found = list(readings(segment, name))
        assert [glob.capture(name)] == ([*found[:1]] or [None])
        assert all(other == found[0] for other in found)


@settings(max_examples=300)
@given(
    st.lists(st.one_of(SEGMENTS, st.just(DEEP)), min_size=1, max_size=4).map(numbered),
    st.lists(NAMES, min_size=1, max_size=5),
)
@example(numbered([DEEP, [CAPTURES[0]], DEEP, [CAPTURES[3]], DEEP]), ["1", "2", "3", "4"])
def test_captures_take_what_the_first_of_all_ways_takes(segments, names):
    glob = parsed(segments)
    if glob is None:
        return
    path = "/".join(names)
    assert glob.capture(path) == next(ways(segments, names), None)
    assert (glob.capture(path) is not None) is glob.matches(path)


@settings(max_examples=200)
@given(
    st.lists(st.lists(st.one_of(SEGMENTS, st.just(DEEP)), min_size=1, max_size=3), max_size=5),
    st.lists(st.lists(NAMES, min_size=1, max_size=3).map("/".join), min_size=1, max_size=4),
)
def test_a_set_agrees_with_each_of_its_patterns_alone_about_captures_too(patterns, paths):
    globs = [glob for glob in map(parsed, map(numbered, patterns)) if glob]
    together = GlobSet(globs)
    for path in [*paths, *paths]:
        alone = tuple(at for at, glob in enumerate(globs) if glob.capture(path) is not None)
        assert together.matching(path) == alone


# Speed

HOSTILE = {
    "one name": ("{l}" * 50, "1" * 50),
    "names": ("_".join(f"{{a{n}}}" for n in range(50)), "1" * 50),
    "text": ("".join(f"{{a{n}:*}}" for n in range(50)), "1" * 50),
    "deep": ("/".join(["**/{l}", *["**/a"] * 40, "{x:*}"]), "/".join(["1", *"a" * 100, "b"])),
    "deep, no fit": ("/".join(["**/{l}", *["**/a"] * 40, "b"]), "/".join(["1", *"a" * 100])),
    "stars": ("{l}_" + "*a" * 100, "1_" + "a" * 300),
    "zeros": ("{l}_{x:*}_{m}", "0" * 20_000 + "_" * 1_000 + "0" * 20_000),
    "options": ("{" + ",".join(f"a{n:03}" for n in range(200)) + "}{l}", "a1991"),
}


@named(("pattern", "path"), HOSTILE.values(), ids=HOSTILE)
def test_no_capture_takes_long(pattern, path):
    start = time.perf_counter()
    glob = None
    try:
        glob = Glob.parse(pattern)
    except GlobError:
        assert time.perf_counter() - start < 0.2
    if glob:
        glob.capture(path)
    assert time.perf_counter() - start < 2.0


# Templates

FILLED = {
    "encoder/{l}/attn/{x}": "encoder/7/attn/query",
    "{x}": "query",
    "{x}_{x}/{l}{l}": "query_query/77",
    r"a\{l\}/\*\\": "a{l}/*\\",
    "no hole": "no hole",
    "a,b!-": "a,b!-",
}


@named("text", FILLED)
def test_a_template_puts_captured_values_into_a_path(text):
    template = Template.parse(text, ("l", "x"))
    assert template.fill({"l": 7, "x": "query"}) == FILLED[text]


def test_a_template_compares_and_prints_by_its_text():
    template = Template.parse("a/{l}", ["l"])
    assert (str(template), template) == ("a/{l}", Template.parse("a/{l}", ["l"]))
    assert pickle.loads(pickle.dumps(template)).fill({"l": 1}) == "a/1"


NO_WILDCARD = "write '\\{}' for the character, or capture in the pattern and name it here"
NO_TEMPLATE = {
    "": (1, "a segment must not be empty", None),
    "/a": (1, "a segment must not be empty", None),
    "a//b": (3, "a segment must not be empty", None),
    "a/": (3, "a segment must not be empty", None),
    "a/{m}": (3, "the pattern captures no 'm'", "write '{m}' in the pattern"),
    "{name_}": (1, "the pattern captures no 'name_'", "did you mean 'name'?"),
    "a/*": (3, "'*' has no meaning in a target", NO_WILDCARD.format("*")),
    "a{l:0..3}": (2, "'{' has no meaning in a target", NO_WILDCARD.format("{")),
    "{a,b}": (1, "'{' has no meaning in a target", NO_WILDCARD.format("{")),
    "a[b]": (2, "'[' has no meaning in a target", NO_WILDCARD.format("[")),
    "a}": (2, "'}' has no meaning in a target", NO_WILDCARD.format("}")),
    "a\\": (2, "'\\\\' has no meaning in a target", NO_WILDCARD.format("\\")),
}


@named("text", NO_TEMPLATE)
def test_a_malformed_template_is_an_error_with_its_column(text):
    with pytest.raises(GlobError) as caught:
        Template.parse(text, ("l", "name"))
    column, message, hint = NO_TEMPLATE[text]
    assert caught.value.column == column
    assert caught.value.problem == Problem("DI238", f"target {text!r}: {message}", hint=hint)


def test_a_template_never_makes_an_empty_segment():
    with pytest.raises(GlobError) as caught:
        Template.parse("a/{x}/b", ["x"]).fill({"x": ""})
    assert str(caught.value) == (
        "target 'a/{x}/b': the path comes out as 'a//b', with an empty segment [DI238]"
    )


@given(st.lists(NAMES, min_size=1, max_size=4), st.integers(0, 99))
def test_a_template_that_repeats_its_pattern_gives_the_path_back(names, number):
    path = "/".join([*names, str(number)])
    pattern = "/".join([*(f"{{c{n}:*}}" for n in range(len(names))), "{l}"])
    glob = Glob.parse(pattern)
    template = Template.parse(pattern.replace(":*", ""), glob.captures)
    assert template.fill(glob.capture(path)) == path
