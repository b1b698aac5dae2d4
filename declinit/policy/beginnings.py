"""First policies where no model is at hand: what Keras' layers do by default, or a recipe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from declinit.policy.groups import Groups
from declinit.policy.spec import Spec
from declinit.policy.texts import policy_text, quoted
from declinit.seeds import draw_root_seed

RULES = (
    {"id": "kernels", "match": "**/kernel", "initializer": "glorot_uniform"},
    {
        "id": "offsets",
        "match": ["**/bias", "**/beta"],
        "initializer": "zeros",
        "optional": True,
    },
    {"id": "gains", "match": "**/gamma", "initializer": "ones", "optional": True},
)
REMARKS = (
    "No model was looked at. With `--model package.module:function`, `declinit init` writes what a",
    "model does today, and `declinit plan` says what each of its variables would receive.",
)


def beginning() -> str:
    """A policy as YAML that gives common layers what Keras gives them."""
    return policy_text({**_opening(), "rules": list(RULES)}, REMARKS)


def beginning_of_recipe(recipe: Spec, extends: str) -> str:
    """A policy as YAML that extends a recipe, with its groups in a comment.

    Args:
        recipe: as it was read.
        extends: how the policy names it.
    """
    config = {**_opening(), "extends": extends}
    return policy_text(config, [*REMARKS, *_group_remarks(recipe.groups)])


def _opening() -> dict[str, Any]:
    return {"declinit": 1, "seed": draw_root_seed()}


def _group_remarks(groups: Groups) -> Iterator[str]:
    if groups:
        yield "A model whose layers have other names needs other patterns under `groups`:"
    for name, patterns in groups.items():
        yield f"  {name}: [{', '.join(map(quoted, patterns))}]"
