"""Whether the moves of a policy fit a model: each moves something, and no two to one place."""

from __future__ import annotations

from collections.abc import Iterator

from declinit.errors import Problem, did_you_mean
from declinit.plans.inventory import Inventory
from declinit.policy.spec import Spec
from declinit.wording import listed


def moves_astray(spec: Spec, inventory: Inventory) -> Iterator[Problem]:
    """What is wrong with the moves of a policy, seen from a model."""
    if spec.moves.sources:
        paths = [info.path for info in inventory if not info.seed_state]
        yield from _collisions(spec, paths)
        yield from _idle_moves(spec, paths)


def _collisions(spec: Spec, paths: list[str]) -> Iterator[Problem]:
    """Variables that cannot both have been where the moves say, and would share a seed."""
    by_source: dict[str, list[str]] = {}
    for path in paths:
        by_source.setdefault(spec.moves.before(path), []).append(path)
    for source, found in by_source.items():
        if len(found) > 1:
            message = f"`moved` has {len(found)} variables come from {source!r}: {listed(found)}"
            hint = "drop the entry, or say where the other one was"
            yield Problem("DI327", message, hint=hint)


def _idle_moves(spec: Spec, paths: list[str]) -> Iterator[Problem]:
    """Moves that move no variable, and so keep no seed."""
    if spec.strict.unused == "allow":
        return
    prefixes = {path[:end] for path in paths for end in _ends(path)}
    for target in spec.moves.idle(paths):
        message = f"`moved` to {target!r} moves no variable"
        hint = None if target in prefixes else did_you_mean(target, prefixes)
        yield Problem("DI328", message, hint=hint, severity="warning")


def _ends(path: str) -> Iterator[int]:
    """The length of the path, and of all that begin it with whole segments."""
    return (end for end in range(1, len(path) + 1) if path[end : end + 1] in ("", "/"))
