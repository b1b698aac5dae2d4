"""`Result`: what a policy came to on a model, which is what a page shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from declinit.audits.audit import Audit
from declinit.errors import Problem
from declinit.plans.plan import Assignment, Plan
from declinit.policy.rules import Rule
from declinit.probing.probe import Probe
from declinit.report.frames import Frame, expected_frame
from declinit.report.histograms import Histogram, Pieces, histogram_of

Readers = Iterable[tuple[str, Pieces]]
"""The path of each variable of a model, and what reads its values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a policy came to on a model.

    Attributes:
        name: of the policy, the plan or the audit.
        plan: what every variable was to receive.
        audit: what it received.
        rules: those of the policy by their labels, where there is one: a plan has no patterns.
        note: of the policy.
        problems: warnings.
        model: what the model was called; empty where there was none.
        histograms: of the values, by path; None for those without a spread.
        probe: how large signals are in the model, where that was asked for.
    """

    name: str
    plan: Plan
    audit: Audit
    rules: Mapping[str, Rule] = field(default_factory=dict)
    note: str = ""
    problems: tuple[Problem, ...] = ()
    model: str = ""
    histograms: Mapping[str, Histogram | None] = field(default_factory=dict)
    probe: Probe | None = None

    @property
    def is_measured(self) -> bool:
        """Whether the values were looked at, or only what an audit says of them."""
        return bool(self.model)


def frames_of(*plans: Mapping[str, Assignment]) -> dict[str, Frame | None]:
    """Where to count the values of each variable: in one frame where several plans draw it."""
    paths = dict.fromkeys(path for plan in plans for path in plan)
    return {
        path: expected_frame(plan[path].expected for plan in plans if path in plan)
        for path in paths
    }


def counted_values(
    audit: Audit, readers: Readers, frames: Mapping[str, Frame | None]
) -> dict[str, Histogram | None]:
    """The histograms of a model's values.

    Args:
        audit: what the variables received.
        readers: read the values.
        frames: where to count them.
    """
    return {
        path: histogram_of(pieces, audit[path].measure, frames.get(path))
        for path, pieces in readers
        if path in audit
    }
