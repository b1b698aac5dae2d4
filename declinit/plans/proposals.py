"""The `moved` list under which renamed layers keep their seeds, with the shortest prefixes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from declinit.plans.numbering import numbered
from declinit.plans.renames import renames
from declinit.policy.moves import Moves, captures

if TYPE_CHECKING:  # a plan compares itself
    from declinit.plans.plan import Plan


Pair = tuple[str, str]


def proposed_moves(old: Plan, new: Plan, present: Moves) -> Moves:
    """The whole `moved` list of a policy under which nothing that was renamed changes its seed.

    Args:
        old: the plan before.
        new: the plan after.
        present: the moves that the policy has already.

    Returns:
        The list to put in place of the one that is there; empty if no seed changed by a rename,
        or if the root seed changed too, so that there is nothing to keep.
    """
    renamed = renames(old, new)
    changed = (
        old[before].seed is not None and old[before].seed != new[after].seed
        for before, after in renamed.items()
    )
    if old.seed != new.seed or not any(changed):
        return Moves()
    earlier = {after: before for before, after in renamed.items()}
    wanted = {path: present.before(earlier.get(path, path)) for path in new}
    return numbered(moves_giving(wanted), wanted)


def moves_giving(wanted: Mapping[str, str]) -> Moves:
    """The moves, with the shortest prefixes, that lead each path to the one that is wanted.

    Args:
        wanted: by path the one that its seed is to be derived from; itself where nothing moved.
    """
    # How many last segments, which both paths have in common, are left out of an entry.
    short = {now: _common(before, now) for now, before in wanted.items() if now != before}
    pairs = {path: _shortened(wanted[path], path, short[path]) for path in short}
    while True:
        longer = _clashing(pairs) | _misleading(pairs, wanted)
        paths = [path for path, pair in pairs.items() if pair in longer and short[path]]
        if not paths:
            return _moves(pairs)
        for path in paths:
            short[path] -= 1
            pairs[path] = _shortened(wanted[path], path, short[path])


def _common(before: str, now: str) -> int:
    """How many last segments two paths have in common, of those that leave one on either side."""
    one, other = before.split("/"), now.split("/")
    most = min(len(one), len(other)) - 1
    return next((at for at in range(most) if one[-1 - at] != other[-1 - at]), most)


def _shortened(before: str, now: str, segments: int) -> Pair:
    one, other = before.split("/"), now.split("/")
    return "/".join(one[: len(one) - segments]), "/".join(other[: len(other) - segments])


def _clashing(pairs: Mapping[str, Pair]) -> set[Pair]:
    """Entries of one source or of one target, which `moved` does not allow."""
    distinct = set(pairs.values())
    sources = Counter(before for before, _ in distinct)
    targets = Counter(now for _, now in distinct)
    return {pair for pair in distinct if sources[pair[0]] > 1 or targets[pair[1]] > 1}


def _misleading(pairs: Mapping[str, Pair], wanted: Mapping[str, str]) -> set[Pair]:
    """Entries that decide a path and lead it to another one than is wanted."""
    moves = _moves(pairs)
    targets = {moves.target(path) for path in wanted if moves.before(path) != wanted[path]}
    return {pair for pair in pairs.values() if pair[1] in targets}


def _moves(pairs: Mapping[str, Pair]) -> Moves:
    # A layer whose name looks like a capture cannot be moved.
    return Moves({now: old for old, now in pairs.values() if not captures(f"{old}/{now}")})
