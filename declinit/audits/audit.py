"""The audit: what every variable received."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from declinit.audits.measures import Measure
from declinit.audits.summary import Scalar, summary_of
from declinit.checks.files import AUDIT
from declinit.checks.shapes import check_shape
from declinit.documents import Node
from declinit.documents.kinds import AUDIT as AN_AUDIT
from declinit.documents.kinds import expect_kind
from declinit.errors import SpecError, refuse_errors
from declinit.kinds.extensions import current_registry
from declinit.kinds.registry import Registry
from declinit.plans.contradictions import contradicted, contradicting_copies, contradictions
from declinit.plans.inventory import Variable
from declinit.plans.plan import (
    Assignment,
    OfVariable,
    Plan,
    misplaced_parts,
    recorded_formulas,
    repeated_paths,
)
from declinit.plans.provenance import OfPolicy, Provenance
from declinit.policy.actions import CopyOf, Keep, Load
from declinit.policy.saving import Readable

AUDIT_VERSION = 2

# Whether a model rebuilt from its config would give a variable the same values by itself.
OWN, SHARED, NONE = "own", "shared", "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(OfVariable):
    """What one variable received.

    Attributes:
        assignment: what the plan had for it, which makes the values again.
        origin: `drawn` by an initializer, `loaded` from a file, `copied` from another variable, or
            `kept` as it was.
        storage: its address in the files that Keras saves, such as `layers/dense_1/vars/0`; None
            where Keras does not save it.
        in_config: `own` where the layer's config names this initializer, `shared` where one entry
            of the config serves several variables, `none` where the config has no entry for it;
            `none` too for a variable that was loaded or copied, None for one that was kept.
        measure: digest and moments of its values.
        tensor_digest: of a loaded variable, the digest of what was read, in the type and shape that
            it had in the file behind the steps of the rule.
        digest_before: of a kept variable, its digest before anything was written; None where the
            model was built with its values.

    Example:
        >>> record = declinit.apply("policy.yaml", model)["head/kernel"]
        >>> record.origin, record.assignment.rule.label
        ('drawn', 'kernels')
        >>> record.digest[:8]
        '6bf81d97'
    """

    assignment: Assignment
    origin: str
    storage: str | None = None
    in_config: str | None = None
    measure: Measure
    tensor_digest: str | None = None
    digest_before: str | None = field(default=None, compare=False)

    @property
    def variable(self) -> Variable:
        """The variable."""
        return self.assignment.variable

    @property
    def digest(self) -> str:
        """The digest of its values."""
        return self.measure.digest

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON-serializable data.

        Example:
            >>> declinit.apply("policy.yaml", model)["head/bias"].to_dict()["mean"]
            0.0
        """
        digests = {"tensor_digest": self.tensor_digest, "digest_before": self.digest_before}
        return {
            **self.assignment.to_dict(),
            "origin": self.origin,
            "storage": self.storage,
            "in_config": self.in_config,
            **self.measure.to_dict(),
            **{key: value for key, value in digests.items() if value is not None},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], registry: Registry) -> Record:
        """The inverse of `to_dict`."""
        return cls(
            assignment=Assignment.from_dict(data, registry),
            origin=data["origin"],
            storage=data["storage"],
            in_config=data["in_config"],
            measure=Measure.from_dict(data),
            tensor_digest=data.get("tensor_digest"),
            digest_before=data.get("digest_before"),
        )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Audit(Readable, OfPolicy[Record]):
    """A read-only mapping from path to record, in model order: every weight of the model.

    Attributes:
        entries: the records by path.
        provenance: as in the plan that was carried out.
        versions: of declinit, Keras, NumPy and the backend.
        notes: what happened that the records do not say.

    Example:
        >>> audit = declinit.apply("policy.yaml", model)
        >>> audit
        <Audit of 4 variables: 4 drawn, seed 3>
        >>> audit["head/kernel"].origin
        'drawn'
        >>> audit.save("audit.json")
    """

    entries: Mapping[str, Record]
    provenance: Provenance
    versions: Mapping[str, str]
    notes: tuple[str, ...] = ()

    # A dataclass would hash its fields, and mappings of entries have no hash.
    __hash__ = OfPolicy.__hash__

    def __repr__(self) -> str:
        origins = Counter(record.origin for record in self.values())
        counts = ", ".join(f"{count} {origin}" for origin, count in origins.items())
        return f"<Audit of {len(self)} variables: {counts or 'none'}, seed {self.seed}>"

    def with_notes(self, notes: Iterable[str]) -> Audit:
        """The audit with more notes, behind those that it has.

        Example:
            >>> declinit.Audit.load("audit.json").with_notes(["a rerun"]).notes
            ('a rerun',)
        """
        return replace(self, notes=(*self.notes, *notes))

    def summary(self, prefix: str = "declinit/") -> dict[str, Scalar]:
        """The audit as a flat dict of numbers and short texts, for trackers of experiments.

        Args:
            prefix: of every key, so that a `seed` of the user's own stays apart.

        Returns:
            The policy and its digest, the seed, counts of variables by what was done, and one
            digest of all weights, which is equal where two models have the same ones.

        Example:
            >>> declinit.Audit.load("audit.json").summary()["declinit/seed"]
            3
        """
        return summary_of(self, prefix)

    def to_dict(self) -> dict[str, Any]:
        """The audit as JSON-serializable data.

        Example:
            >>> declinit.Audit.load("audit.json").to_dict()["seed"]
            3
        """
        return {
            "declinit_audit": AUDIT_VERSION,
            "versions": dict(self.versions),
            **self.provenance.to_dict(),
            "notes": list(self.notes),
            "variables": [record.to_dict() for record in self.values()],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], registry: Registry | None = None) -> Audit:
        """The inverse of `to_dict`, for data of the right shape."""
        registry = current_registry() if registry is None else registry
        records = (Record.from_dict(entry, registry) for entry in data["variables"])
        return cls(
            entries={record.path: record for record in records},
            provenance=Provenance.from_dict(data),
            versions=dict(data["versions"]),
            notes=tuple(data["notes"]),
        )

    @classmethod
    def from_node(cls, node: Node) -> Audit:
        """The audit in a document that was read.

        Raises:
            SpecError: if it is not an audit, with every fault found.
        """
        expect_kind(node, AN_AUDIT)
        refuse_errors([*check_shape(node, AUDIT), *repeated_paths(node)], SpecError)
        refuse_errors(
            [
                *misplaced_parts(node),
                *recorded_formulas(node, current_registry()),
                *contradicted(node, _contradictions),
                *contradicting_copies(node),
            ],
            SpecError,
        )
        data: Any = node.value
        return cls.from_dict(data)

    def plan(self, registry: Registry | None = None) -> Plan:
        """The plan that makes these values again.

        Example:
            >>> declinit.Audit.load("audit.json").plan()
            <Plan of 4 variables, 4 to initialize, seed 3, generator 'portable'>
        """
        return Plan(
            entries={path: record.assignment for path, record in self.items()},
            provenance=self.provenance,
            registry=current_registry() if registry is None else registry,
        )


def _contradictions(entry: Mapping[str, Any]) -> Iterator[str]:
    """What contradicts itself in a record, a sentence each."""
    yield from contradictions(entry)
    kept = not {"initializer", "load", "copy_of"} & entry.keys()
    for key, origin in (("load", Load.origin), ("copy_of", CopyOf.origin)):
        if (entry["origin"] == origin) != (key in entry):
            has = "with" if key in entry else "without"
            yield f"`origin` is {json.dumps(entry['origin'])} {has} `{key}`"
    for key, known in (("tensor_digest", "load" in entry), ("digest_before", kept)):
        if key in entry and not known:
            yield f"`{key}` of a variable that is {entry['origin']}"
    for key, value, untouched in (
        ("origin", entry["origin"], Keep.origin),
        ("in_config", entry["in_config"], None),
    ):
        if (value == untouched) != kept:
            done = "left as it is" if kept else "initialized"
            yield f"`{key}` is {json.dumps(value)} of a variable that is {done}"
    stated = [entry[key] for key in ("min", "mean", "max") if entry[key] is not None]
    if stated != sorted(stated):
        yield "`min`, `mean` and `max` are not in this order"
    if (entry["stddev"] or 0) < 0:
        yield "`stddev` is negative"
