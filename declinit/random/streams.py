"""Random integers: from a seed to the key of a counter-based stream, and to any part of it.

Philox4x64-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011)
computes its numbers from a key and a counter, so number 10**12 costs as much as number 0.
NumPy guarantees that the integers of its bit generators never change, and guarantees nothing else
of its random numbers (NEP 19).
"""

from __future__ import annotations

import numpy as np

from declinit.random.arrays import RawNumbers, Words
from declinit.random.scratch import scratch
from declinit.seeds import digest_number, seed_text

NUMBERS_PER_BLOCK = 4
WORDS_PER_BLOCK = 8

_LIMB = (1 << 64) - 1


def philox_key(seed: int, stream: str = "value") -> int:
    """The 128-bit Philox key of one stream of a seed.

    Args:
        seed: any integer.
        stream: what the numbers are for; the streams of a seed are independent of each other.

    Raises:
        TypeError: if the seed is not a Python int.
    """
    return digest_number(b"declinit/key/1", 16, seed_text(seed), stream)


def raw_numbers(key: int, start: int, count: int) -> RawNumbers:
    """`count` raw 64-bit numbers of the stream with this key, from number `start` on."""
    block, skipped = divmod(start, NUMBERS_PER_BLOCK)
    return _from_block(key, block, skipped + count)[skipped:]


def words(key: int, start: int, count: int) -> Words:
    """`count` 32-bit words from word `start` on: each raw number's low half, then its high half."""
    block, skipped = divmod(start, WORDS_PER_BLOCK)
    halves = _from_block(key, block, (skipped + count + 1) // 2).astype("<u8", copy=False)
    return halves.view("<u4")[skipped : skipped + count].astype(np.uint32, copy=False)


def _from_block(key: int, block: int, count: int) -> RawNumbers:
    # Setting a state takes a tenth of the time of making a new bit generator.
    scratch.philox.state = {
        "bit_generator": "Philox",
        "state": {"counter": _limbs(block, 4), "key": _limbs(key, 2)},  # type: ignore[typeddict-item]
        "buffer": (0, 0, 0, 0),  # type: ignore[typeddict-item]
        "buffer_pos": NUMBERS_PER_BLOCK,
        "has_uint32": 0,
        "uinteger": 0,
    }
    return scratch.philox.random_raw(count)


def _limbs(number: int, count: int) -> tuple[int, ...]:
    return tuple([number >> shift & _LIMB for shift in range(0, 64 * count, 64)])
