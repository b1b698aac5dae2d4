"""Seeds: from one root seed and a variable's path to that variable's own seed, and their limits.

The encoding and the digests are fixed by the portable generator's specification (see
`declinit/random/README.md`): the same root and key give the same seed forever.
"""

from __future__ import annotations

import hashlib
import secrets

# A derived seed is saved in layers' configs, which Keras' own classes may read, and given to users'
# own initializers, which pass it to `keras.random`. Both must be able to take it.
SEED_BITS = 31

# The largest seed that `keras.random` takes on every backend: a SeedGenerator keeps a signed 32-bit
# integer on torch, an unsigned one on JAX and NumPy.
MAX_KERAS_SEED = 2**31 - 1

# The largest seed that a document may contain: every JSON reader represents it exactly.
MAX_SEED = 2**53 - 1


def encode_parts(*parts: str) -> bytes:
    """Each part's UTF-8 bytes, preceded by their count so that no two lists of parts collide."""
    encoded = (part.encode() for part in parts)
    return b"".join(len(part).to_bytes(8, "little") + part for part in encoded)


def digest_number(person: bytes, size: int, *parts: str) -> int:
    """A BLAKE2b digest of `size` bytes over the parts, as a little-endian integer."""
    digest = hashlib.blake2b(encode_parts(*parts), digest_size=size, person=person).digest()
    return int.from_bytes(digest, "little")


def seed_text(seed: int) -> str:
    """The decimal text of a seed, which is what is hashed.

    Raises:
        TypeError: for anything but a Python int; a bool or an integer of NumPy's is refused too.
    """
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise TypeError(f"a seed must be a Python int, received {seed!r} ({type(seed).__name__})")
    return str(int(seed))


def derive_seed(root: int, key: str) -> int:
    """The seed of the variable (or stream) named `key` under a root seed.

    Args:
        root: the root seed, any integer.
        key: usually a variable's path.

    Returns:
        An integer of 31 bits, which `keras.random` takes on every backend.
    """
    return digest_number(b"declinit/seed/1", 8, seed_text(root), key) >> (64 - SEED_BITS)


def draw_root_seed() -> int:
    """A fresh root seed from the operating system, for a spec that names none."""
    return secrets.randbits(SEED_BITS)
