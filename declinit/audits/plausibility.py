"""Whether a model's weights are what a policy says: exactly, or as a plausible draw."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from declinit.audits.examination import Examined
from declinit.audits.statistics.fingerprints import Fingerprint
from declinit.audits.statistics.holm import SIGNIFICANCE, rejections
from declinit.audits.statistics.outcomes import Outcome
from declinit.audits.statistics.power import POWER, detectable_deviation
from declinit.plans.provenance import ByPath
from declinit.policy.saving import Recorded

EXACT, CONSISTENT, INCONSISTENT = "exact", "consistent", "inconsistent"
TOO_SMALL, UNTESTED = "too small to tell", "not tested"
VERDICTS = (EXACT, CONSISTENT, INCONSISTENT, TOO_SMALL, UNTESTED)

# Below this, how improbable a finding is makes no difference; what it says of the cause does.
OUT_OF_THE_QUESTION = 1e-30

# Fewer elements hold too little to be called consistent with anything.
TOO_FEW = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is said of one variable.

    Attributes:
        path: of the variable.
        verdict: `exact`, `consistent`, `inconsistent`, `too small to tell` or `not tested`.
        source: what its values should be, in words.
        reason: in words, why.
        detectable: of a consistent variable, the smallest relative deviation of its stddev that
            would have been found, nine times in ten; None where no stddev was tested.
        rejected: names of the tests that reject.
        outcomes: of all tests.

    Example:
        >>> audit = declinit.apply("policy.yaml", model)
        >>> judgements = declinit.verify("policy.yaml", model, statistical=True)
        >>> judgements["body/kernel"].verdict
        'too small to tell'
    """

    path: str
    verdict: str
    source: str
    reason: str = ""
    detectable: float | None = None
    rejected: tuple[str, ...] = ()
    outcomes: tuple[Outcome, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The judgement as JSON-serializable data.

        Example:
            >>> judgements = declinit.verify("audit.json", small_model(), statistical=True)
            >>> judgements["head/bias"].to_dict()["verdict"]
            'exact'
        """
        return {
            "path": self.path,
            "verdict": self.verdict,
            "source": self.source,
            "reason": self.reason,
            "detectable": self.detectable,
            "rejected": list(self.rejected),
            "tests": [outcome.to_dict() for outcome in self.outcomes],
        }


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Plausibility(Recorded, ByPath[Judgement]):
    """A read-only mapping from path to judgement; true if no variable is inconsistent.

    Attributes:
        entries: the judgements by path.
        significance: the probability that any of a model's variables is called inconsistent
            although all of them were drawn as the policy says (Holm's correction).

    Example:
        >>> audit = declinit.apply("policy.yaml", model)
        >>> plausibility = declinit.verify("policy.yaml", model, statistical=True)
        >>> plausibility
        <Plausibility: 2 exact, 2 too small to tell>
        >>> bool(plausibility)
        True
    """

    entries: Mapping[str, Judgement]
    significance: float = SIGNIFICANCE

    # A dataclass would hash its fields, and mappings of entries have no hash.
    __hash__ = ByPath.__hash__

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {verdict}" for verdict, count in self.counts().items())
        return f"<Plausibility: {counts or 'nothing to test'}>"

    def __bool__(self) -> bool:
        return not any(one.verdict == INCONSISTENT for one in self.values())

    @property
    def tests(self) -> int:
        """The number of tests, over all variables."""
        return sum(len(one.outcomes) for one in self.values())

    def counts(self) -> dict[str, int]:
        """The number of variables by verdict, of those verdicts that there are.

        Example:
            >>> audit = declinit.apply("policy.yaml", model)
            >>> declinit.verify("policy.yaml", model, statistical=True).counts()
            {'exact': 2, 'too small to tell': 2}
        """
        found = Counter(one.verdict for one in self.values())
        return {verdict: found[verdict] for verdict in VERDICTS if found[verdict]}

    def to_dict(self) -> dict[str, Any]:
        """The plausibility as JSON-serializable data.

        Example:
            >>> audit = declinit.apply("policy.yaml", model)
            >>> found = declinit.verify("policy.yaml", model, statistical=True)
            >>> found.to_dict()["variables"][1]["verdict"]
            'exact'
        """
        found = self.counts()
        return {
            "declinit_plausibility": 1,
            "significance": self.significance,
            "power": POWER,
            "tests": self.tests,
            "counts": {verdict: found.get(verdict, 0) for verdict in VERDICTS},
            "variables": [one.to_dict() for one in self.values()],
        }


def judge(examined: Sequence[Examined], significance: float = SIGNIFICANCE) -> Plausibility:
    """The verdicts on variables, taken together.

    Args:
        examined: the variables, with the outcomes of their tests.
        significance: the probability of a false alarm on any of them.
    """
    chances = [outcome.p for one in examined for outcome in one.outcomes]
    rejected = iter(rejections(chances, significance))
    level = significance / max(len(chances), 1)
    judged = [
        _judged(one, tuple(itertools.islice(rejected, len(one.outcomes))), level)
        for one in examined
    ]
    return Plausibility(entries={one.path: one for one in judged}, significance=significance)


def _judged(one: Examined, rejected: tuple[bool, ...], level: float) -> Judgement:
    against = list(itertools.compress(one.outcomes, rejected))
    deviation = detectable_deviation(one.freedom, level) if one.freedom else None
    judgement = Judgement(
        path=one.path, verdict=CONSISTENT, source=one.source, outcomes=one.outcomes
    )
    if against:
        names = tuple(outcome.test for outcome in against)
        return replace(
            judgement, verdict=INCONSISTENT, reason=_against(one, against), rejected=names
        )
    if one.is_exact:
        return replace(judgement, verdict=EXACT)
    if one.size < TOO_FEW and (one.outcomes or not one.size):
        return replace(judgement, verdict=TOO_SMALL, reason=f"{one.size} elements")
    if not one.outcomes:
        return replace(judgement, verdict=UNTESTED, reason="nothing is known of its values")
    seen = (
        ""
        if deviation is None
        else f"a stddev off by {100 * deviation:.2g} % would have been found"
    )
    return replace(judgement, reason=seen, detectable=deviation)


def _against(one: Examined, outcomes: Sequence[Outcome]) -> str:
    """The most telling of the tests that reject, in words."""
    outcome = min(outcomes, key=lambda outcome: max(outcome.p, OUT_OF_THE_QUESTION))
    what = "not" if one.is_exact else "not a plausible draw from"
    return f"{what} {one.source}: {outcome}"


def same_numbers(examined: Iterable[Examined]) -> Iterator[tuple[int, int]]:
    """Places of variables that hold the same numbers, though each should have been drawn.

    Variables that are drawn with one seed may have the same values.

    Args:
        examined: the variables.

    Yields:
        The place of the first that holds them, and of another.
    """
    first: dict[Fingerprint, tuple[int, int | None]] = {}
    for place, one in enumerate(examined):
        if one.fingerprint is None:
            continue
        known, seed = first.setdefault(one.fingerprint, (place, one.seed))
        if known != place and (seed is None or seed != one.seed):
            yield known, place
