"""What is asked of a model that is probed, and what the answer has to mention."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from declinit.errors import Problem
from declinit.model.processes import agreed_root_seed
from declinit.model.propagation.drawing import plan_of
from declinit.model.sources import Read
from declinit.plans.plan import Plan
from declinit.policy.overrides import Checkpoints
from declinit.policy.spec import Spec


@dataclass(slots=True)
class Question:
    """What is asked of a model, whatever its size.

    Attributes:
        policy: what draws the weights; None for the model's own.
        data: the user's; None to draw it.
        seeds: how many.
        training: whether layers run as in training.
        step: the learning rate of a step to make; None for none.
        batch: of drawn data, how many examples.
        free_size: of drawn data, what every other free size is.
        checkpoints: files of weights by the names that the policy has for them.
        told: takes each warning of the policy.
        root: the policy's root seed.
        plan: the first that was made.
        notes: what a reader should know.
    """

    policy: Read | None
    data: Any
    seeds: int
    training: bool
    step: float | None
    batch: int
    free_size: int
    checkpoints: Checkpoints | None
    told: Callable[[Problem], None]
    root: int = 0
    plan: Plan | None = None
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if isinstance(self.policy, Spec):
            seed = self.policy.seed
            self.root = agreed_root_seed() if seed is None else seed
        elif self.policy is not None:
            self.root = self.policy.seed
        if self.policy is None and self.data is not None and self.seeds > 1:
            self.seeds = 1
            self.note("one seed: neither data nor weights would be others with another")

    def note(self, text: str) -> None:
        """Keep a note, once."""
        if text not in self.notes:
            self.notes.append(text)

    def plan_for(self, model: Any, shift: int) -> Plan | None:
        """What draws the weights of a seed; the first one's warnings are told."""
        if self.policy is None:
            return None
        plan = plan_of(self.policy, model, self.root, shift)
        if self.plan is None:
            self.plan = plan
            for problem in plan.problems:
                self.told(problem)
        return plan
