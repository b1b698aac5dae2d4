"""The audit: what every variable received."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from declinit.audits.measures import Measure
from declinit.checks.files import AUDIT
from declinit.checks.shapes import check_shape
from declinit.documents import Node, read
from declinit.errors import SpecError, refuse_errors
from declinit.files import write_text
from declinit.kinds.distributions import Distribution
from declinit.kinds.extensions import current_registry
from declinit.kinds.registry import Registry
from declinit.layers.fans import Fans, Shape
from declinit.plans.plan import Assignment, Plan, RuleRef, repeated_paths
from declinit.policy.actions import InitializerConfig

AUDIT_VERSION = 1


# Whether a model rebuilt from its config would give a variable the same values by itself.
OWN, SHARED, NONE = "own", "shared", "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What one variable received.

    Attributes:
        path, aliases, shape, dtype, layer: of the variable.
        rule: label of the rule that decided; None where none did.
        where: `file:line:column` of that rule.
        initializer: serialized config of the initializer; None for a variable left as it was.
        in_config: `"own"` where the layer's config tells this initializer, `"shared"` where one
            place of the layer serves several variables, `"none"` where the layer has no place.
        seed: the integer seed that was used.
        fan_in, fan_out: what a fan-based initializer scaled by.
        expected: the law of one element, where there is one.
        forget_gates: whether Keras' `unit_forget_bias` filled the forget gates of this bias.
        digest: SHA-256 of the values.
        mean, stddev, min, max: of the values.
    """

    path: str
    shape: Shape
    dtype: str
    digest: str
    mean: float | None
    stddev: float | None
    min: float | None
    max: float | None
    aliases: tuple[str, ...] = ()
    layer: str = ""
    rule: str | None = None
    where: str | None = None
    initializer: Mapping[str, Any] | None = None
    in_config: str | None = None
    seed: int | None = None
    fan_in: int | None = None
    fan_out: int | None = None
    expected: Distribution | None = None
    forget_gates: bool = False

    @classmethod
    def of(
        cls,
        assignment: Assignment,
        measure: Measure,
        initializer: Mapping[str, Any] | None = None,
        in_config: str | None = None,
    ) -> Record:
        """The record of an assignment that was carried out."""
        rule, fans = assignment.rule, assignment.fans
        return cls(
            path=assignment.path,
            aliases=assignment.aliases,
            shape=assignment.shape,
            dtype=assignment.dtype,
            layer=assignment.layer,
            rule=rule.label if rule else None,
            where=rule.where if rule else None,
            initializer=initializer,
            in_config=in_config,
            seed=assignment.seed,
            fan_in=fans.fan_in if fans else None,
            fan_out=fans.fan_out if fans else None,
            expected=assignment.expected,
            forget_gates=assignment.forget_gates,
            **asdict(measure),
        )

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON-serializable data."""
        data = {name: getattr(self, name) for name in self.__slots__}
        data["aliases"], data["shape"] = list(self.aliases), list(self.shape)
        data["expected"] = self.expected.to_dict() if self.expected else None
        return {name: data[name] for name in _ORDER}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Record:
        """The inverse of `to_dict`."""
        expected = Distribution.from_dict(data["expected"]) if data["expected"] else None
        lists = {"aliases": tuple(data["aliases"]), "shape": tuple(data["shape"])}
        return cls(**{**data, **lists, "expected": expected})

    def assignment(self, registry: Registry) -> Assignment:
        """What a plan would say to make these values again."""
        fans = (
            None if self.fan_in is None or self.fan_out is None else Fans(self.fan_in, self.fan_out)
        )
        initializer = self.initializer and InitializerConfig.from_value(self.initializer, registry)
        rule = RuleRef(label=self.rule, where=self.where) if self.rule else None
        return Assignment(
            path=self.path,
            aliases=self.aliases,
            shape=self.shape,
            dtype=self.dtype,
            layer=self.layer,
            rule=rule,
            initializer=initializer or None,
            seed=self.seed,
            fans=fans,
            expected=self.expected,
            forget_gates=self.forget_gates,
        )


_ORDER = (
    *("path", "aliases", "shape", "dtype", "layer", "rule", "where", "initializer", "in_config"),
    *(
        "seed",
        "fan_in",
        "fan_out",
        "expected",
        "forget_gates",
        "digest",
        "mean",
        "stddev",
        "min",
        "max",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit(Mapping[str, Record]):
    """A read-only mapping from path to record, in model order: every weight of the model.

    Attributes:
        seed, generator, fans, spec_digest, sources: as in the plan that was carried out.
        versions: of declinit, Keras, NumPy and the backend.
        backend: of Keras.
        notes: what happened that the records do not say.
    """

    records: Mapping[str, Record]
    seed: int
    generator: str
    fans: str
    spec_digest: str
    backend: str
    versions: Mapping[str, str]
    sources: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    def __getitem__(self, path: str) -> Record:
        return self.records[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    def to_dict(self) -> dict[str, Any]:
        """The audit as JSON-serializable data."""
        return {
            "declinit_audit": AUDIT_VERSION,
            "versions": dict(self.versions),
            "backend": self.backend,
            "spec_digest": self.spec_digest,
            "sources": [{"name": name, "sha256": digest} for name, digest in self.sources],
            "seed": self.seed,
            "generator": self.generator,
            "fans": self.fans,
            "notes": list(self.notes),
            "variables": [record.to_dict() for record in self.values()],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Audit:
        """The inverse of `to_dict`, for data of the right shape."""
        records = (Record.from_dict(entry) for entry in data["variables"])
        return cls(
            records={record.path: record for record in records},
            seed=data["seed"],
            generator=data["generator"],
            fans=data["fans"],
            spec_digest=data["spec_digest"],
            backend=data["backend"],
            versions=dict(data["versions"]),
            sources=tuple((source["name"], source["sha256"]) for source in data["sources"]),
            notes=tuple(data["notes"]),
        )

    @classmethod
    def from_node(cls, node: Node) -> Audit:
        """The audit in a document that was read.

        Raises:
            SpecError: if it is not an audit, with every fault found.
        """
        refuse_errors([*check_shape(node, AUDIT), *repeated_paths(node)], SpecError)
        data: Any = node.value
        return cls.from_dict(data)

    def to_json(self) -> str:
        """The audit as the text of a file."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False) + "\n"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the audit to a JSON file; an older file is replaced whole or not at all."""
        write_text(Path(path), self.to_json())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Audit:
        """Read an audit file.

        Raises:
            SpecError: if it cannot be read, or is not an audit.
        """
        return cls.from_node(read(path))

    def plan(self, registry: Registry | None = None) -> Plan:
        """The plan that makes these values again."""
        registry = current_registry() if registry is None else registry
        return Plan(
            assignments={path: record.assignment(registry) for path, record in self.items()},
            seed=self.seed,
            generator=self.generator,
            fans=self.fans,
            spec_digest=self.spec_digest,
            sources=self.sources,
            registry=registry,
        )
