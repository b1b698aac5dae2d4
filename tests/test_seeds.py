"""Seeds are the same forever, apart from each other, and fit where they go."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from declinit.seeds import (
    MAX_KERAS_SEED,
    MAX_SEED,
    SEED_BITS,
    derive_seed,
    digest_number,
    draw_root_seed,
    encode_parts,
    seed_text,
)

PARTS = st.lists(st.text(st.characters(codec="utf-8")))

# Fixed once: a change here changes every user's weights.
KNOWN = {
    (0, ""): 635722145,
    (0, "dense/kernel"): 1657427213,
    (2024, "dense/kernel"): 597571875,
    (-1, "dense/kernel"): 39932502,
    (2**64, "größe"): 1254081747,
}


@pytest.mark.parametrize(("root", "key"), KNOWN)
def test_a_derived_seed_never_changes(root, key):
    assert derive_seed(root, key) == KNOWN[root, key]


def test_a_derived_seed_is_the_digest_that_the_specification_writes_down():
    text = (4).to_bytes(8, "little") + b"2024" + (1).to_bytes(8, "little") + b"k"
    digest = hashlib.blake2b(text, digest_size=8, person=b"declinit/seed/1").digest()
    assert derive_seed(2024, "k") == int.from_bytes(digest, "little") >> 33


@given(PARTS, PARTS)
def test_no_two_lists_of_parts_have_one_encoding(one, other):
    assert (encode_parts(*one) == encode_parts(*other)) is (one == other)


@given(st.integers(), st.text(st.characters(codec="utf-8")))
def test_a_derived_seed_fits_keras_and_a_document(root, key):
    assert 0 <= derive_seed(root, key) < 2**SEED_BITS == MAX_KERAS_SEED + 1 <= MAX_SEED


def test_seeds_of_many_paths_and_roots_are_all_different():
    seeds = {derive_seed(root, f"dense_{n}/kernel") for root in range(10) for n in range(1000)}
    assert len(seeds) == 10_000


def test_a_person_and_a_size_make_another_digest():
    numbers = {digest_number(person, 8, "a") for person in (b"x", b"y")}
    assert len(numbers) == 2
    assert digest_number(b"x", 1, "a") < 256


@pytest.mark.parametrize("seed", [True, 7.0, "7", None, np.int64(7)])
def test_a_seed_is_a_python_int(seed):
    with pytest.raises(TypeError) as caught:
        seed_text(seed)
    name = type(seed).__name__
    assert str(caught.value) == f"a seed must be a Python int, received {seed!r} ({name})"


def test_an_integer_of_a_class_of_its_own_is_hashed_as_its_number():
    class Loud(int):
        def __str__(self):
            return "LOUD"

    assert seed_text(Loud(7)) == "7"


def test_a_drawn_root_seed_is_fresh_and_fits_keras():
    drawn = {draw_root_seed() for _ in range(20)}
    assert len(drawn) > 1
    assert all(0 <= seed <= MAX_KERAS_SEED for seed in drawn)
