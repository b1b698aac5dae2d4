"""Which variables of one plan are variables of another under a new name.

A layer counts as renamed if all its variables are gone and another layer, whose variables are all
new, has the same ones: the same names below it, shapes, dtypes and layer classes. Whole blocks are
matched before the layers in them. Where several look alike, as the blocks of a transformer do,
those that kept their last segment are paired first, the others in model order, and only if there
are as many on both sides: anything else would be a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a plan compares itself
    from declinit.plans.plan import Plan


# The variables of a block by their path below it: shape, dtype and class of the layer.
Block = dict[str, tuple[tuple[int, ...], str, str]]
Key = Callable[[str, Block], Hashable]


def renames(old: Plan, new: Plan) -> dict[str, str]:
    """New paths of renamed variables, by their old paths.

    Args:
        old: the plan before.
        new: the plan after.
    """
    gone, fresh = _blocks(old, new), _blocks(new, old)
    found: dict[str, str] = {}
    for depth in sorted({prefix.count("/") for prefix in gone}):
        for key in (_look_and_name, _look):
            for before, after in _pairs(gone, fresh, depth, key):
                if before in gone and after in fresh:
                    found |= {f"{before}/{path}": f"{after}/{path}" for path in gone[before]}
                    _drop(gone, before)
                    _drop(fresh, after)
    return found


def _blocks(plan: Plan, other: Plan) -> dict[str, Block]:
    """The blocks of a plan, by prefix, that have no variable in common with another plan."""
    kept = {prefix for path in plan if path in other for prefix in _prefixes(path)}
    blocks: dict[str, Block] = {}
    for path, one in plan.items():
        for prefix in _prefixes(path):
            if prefix not in kept:
                facts = (one.shape, one.dtype, one.layer)
                blocks.setdefault(prefix, {})[path[len(prefix) + 1 :]] = facts
    return blocks


def _prefixes(path: str) -> Iterator[str]:
    """Every path above a path, the longest last."""
    segments = path.split("/")
    return ("/".join(segments[:count]) for count in range(1, len(segments)))


def _pairs(
    gone: Mapping[str, Block], fresh: Mapping[str, Block], depth: int, key: Key
) -> list[tuple[str, str]]:
    """Blocks that look alike, if as many are gone as are fresh; large ones first."""
    before = _grouped({p: block for p, block in gone.items() if p.count("/") == depth}, key)
    after = _grouped(fresh, key)
    pairs = [
        pair
        for look, prefixes in before.items()
        if len(prefixes) == len(after.get(look, ()))
        for pair in zip(prefixes, after[look], strict=True)
    ]
    return sorted(pairs, key=lambda pair: -len(gone[pair[0]]))


def _grouped(blocks: Mapping[str, Block], key: Key) -> dict[Hashable, list[str]]:
    groups: dict[Hashable, list[str]] = {}
    for prefix, block in blocks.items():
        groups.setdefault(key(prefix, block), []).append(prefix)
    return groups


def _look(_prefix: str, block: Block) -> Hashable:
    return frozenset(block.items())


def _look_and_name(prefix: str, block: Block) -> Hashable:
    return (prefix.rpartition("/")[2], frozenset(block.items()))


def _drop(blocks: dict[str, Block], prefix: str) -> None:
    """Take a block away, with the blocks inside it and around it."""
    inside = {f"{prefix}/{inner}" for path in blocks[prefix] for inner in _prefixes(path)}
    for other in (prefix, *inside, *_prefixes(prefix)):
        blocks.pop(other, None)
