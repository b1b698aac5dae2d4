"""The plan: what every variable will receive, complete, before anything is touched."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from declinit.checks.files import PLAN
from declinit.checks.shapes import check_shape
from declinit.documents import Node
from declinit.errors import Problem, SpecError, refuse_errors
from declinit.kinds.distributions import Distribution
from declinit.kinds.registry import Registry
from declinit.layers.fans import Fans, Shape
from declinit.policy.actions import InitializerConfig
from declinit.policy.rules import Rule
from declinit.version import VERSION

PLAN_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRef:
    """A rule as a plan and an audit name it: enough to find it and to read what it said."""

    label: str
    where: str | None = None
    initializer: str | None = None

    @classmethod
    def of(cls, rule: Rule) -> RuleRef:
        """The reference to a rule."""
        where = str(rule.where) if rule.where else None
        initializer = str(rule.initializer) if rule.initializer else None
        return cls(label=rule.label, where=where, initializer=initializer)

    def to_dict(self) -> dict[str, Any]:
        """The reference as JSON-serializable data."""
        return {"rule": self.label, "where": self.where, "says": self.initializer or "keep"}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RuleRef:
        """The inverse of `to_dict`."""
        says = data["says"]
        initializer = None if says == "keep" else says
        return cls(label=data["rule"], where=data["where"], initializer=initializer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What one variable receives, and why.

    Attributes:
        path, aliases, shape, dtype, layer: of the variable.
        rule: the rule that won; None where none matched and the variable is left alone.
        beaten: the other rules that matched, in order.
        initializer: exactly what will be built, seed and fan axes included; None to keep.
        seed: the integer seed in it, if there is one.
        fans: what a fan-based initializer scales by.
        keras_fans: what Keras itself would have scaled by, where that gives another stddev.
        stddev_over_keras: the ratio of the two standard deviations in that case.
        expected: the law of one element, where there is one.
        forget_gates: whether Keras fills the forget gates of this bias with ones, whatever the
            initializer says (`unit_forget_bias`).
    """

    path: str
    shape: Shape
    dtype: str
    aliases: tuple[str, ...] = ()
    layer: str = ""
    rule: RuleRef | None = None
    beaten: tuple[RuleRef, ...] = ()
    initializer: InitializerConfig | None = None
    seed: int | None = None
    fans: Fans | None = None
    keras_fans: Fans | None = None
    stddev_over_keras: float | None = None
    expected: Distribution | None = None
    forget_gates: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The assignment as JSON-serializable data."""
        fans, keras = self.fans, self.keras_fans
        return {
            "path": self.path,
            "aliases": list(self.aliases),
            "shape": list(self.shape),
            "dtype": self.dtype,
            "layer": self.layer,
            "rule": self.rule.to_dict() if self.rule else None,
            "beaten": [rule.to_dict() for rule in self.beaten],
            "initializer": self.initializer.to_value() if self.initializer else None,
            "seed": self.seed,
            "fan_in": fans.fan_in if fans else None,
            "fan_out": fans.fan_out if fans else None,
            "keras_fans": list(keras) if keras else None,
            "stddev_over_keras": self.stddev_over_keras,
            "expected": self.expected.to_dict() if self.expected else None,
            "forget_gates": self.forget_gates,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], registry: Registry) -> Assignment:
        """The inverse of `to_dict`."""
        initializer, fan_in = data["initializer"], data["fan_in"]
        return cls(
            path=data["path"],
            aliases=tuple(data["aliases"]),
            shape=tuple(data["shape"]),
            dtype=data["dtype"],
            layer=data["layer"],
            rule=RuleRef.from_dict(data["rule"]) if data["rule"] else None,
            beaten=tuple(RuleRef.from_dict(rule) for rule in data["beaten"]),
            initializer=initializer and InitializerConfig.from_value(initializer, registry),
            seed=data["seed"],
            fans=None if fan_in is None else Fans(fan_in, data["fan_out"]),
            keras_fans=Fans(*data["keras_fans"]) if data["keras_fans"] else None,
            stddev_over_keras=data["stddev_over_keras"],
            expected=Distribution.from_dict(data["expected"]) if data["expected"] else None,
            forget_gates=data["forget_gates"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleUse:
    """How many variables a rule matched, and how many of them it won."""

    rule: RuleRef
    matched: int
    won: int

    def to_dict(self) -> dict[str, Any]:
        """The counts as JSON-serializable data."""
        return {**self.rule.to_dict(), "matched": self.matched, "won": self.won}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RuleUse:
        """The inverse of `to_dict`."""
        return cls(rule=RuleRef.from_dict(data), matched=data["matched"], won=data["won"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Mapping[str, Assignment]):
    """A read-only mapping from path to assignment, in model order.

    Attributes:
        seed: the root seed, drawn if the spec named none.
        generator: where random numbers come from.
        fans: how fans were counted.
        spec_digest: SHA-256 of what the spec says.
        sources: name and SHA-256 of each file that the spec was read from.
        rules: every rule with its counts.
        problems: the warnings; errors never make a plan.
    """

    assignments: Mapping[str, Assignment]
    seed: int
    generator: str
    fans: str
    spec_digest: str
    sources: tuple[tuple[str, str], ...] = ()
    rules: tuple[RuleUse, ...] = ()
    problems: tuple[Problem, ...] = field(default=(), compare=False)
    registry: Registry = field(compare=False, repr=False)

    def __getitem__(self, path: str) -> Assignment:
        return self.assignments[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self.assignments)

    def __len__(self) -> int:
        return len(self.assignments)

    def build(self, path: str) -> Any:
        """A new initializer object for a variable that receives one; imports Keras.

        Args:
            path: of the variable.

        Returns:
            A Keras initializer, or None where the variable is kept.

        Raises:
            KeyError: if the plan has no such path.
        """
        config = self[path].initializer
        if config is None:
            return None
        kind = self.registry.find(config.name)
        if kind is None:
            message, hint = self.registry.unknown(config.name)
            raise SpecError([Problem(message=message, hint=hint)])
        return kind.build(self.generator, config.params)

    def to_dict(self) -> dict[str, Any]:
        """The plan as JSON-serializable data, the same for the same inputs."""
        return {
            "declinit_plan": PLAN_VERSION,
            "declinit": VERSION,
            "spec_digest": self.spec_digest,
            "sources": [{"name": name, "sha256": digest} for name, digest in self.sources],
            "seed": self.seed,
            "generator": self.generator,
            "fans": self.fans,
            "rules": [use.to_dict() for use in self.rules],
            "variables": [assignment.to_dict() for assignment in self.values()],
        }

    def to_json(self) -> str:
        """The plan as the text of a file to commit."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], registry: Registry) -> Plan:
        """The inverse of `to_dict`, for data of the right shape."""
        entries = (Assignment.from_dict(entry, registry) for entry in data["variables"])
        return cls(
            assignments={entry.path: entry for entry in entries},
            seed=data["seed"],
            generator=data["generator"],
            fans=data["fans"],
            spec_digest=data["spec_digest"],
            sources=tuple((source["name"], source["sha256"]) for source in data["sources"]),
            rules=tuple(RuleUse.from_dict(use) for use in data["rules"]),
            registry=registry,
        )

    @classmethod
    def from_node(cls, node: Node, registry: Registry) -> Plan:
        """The plan in a document that was read.

        Raises:
            SpecError: if it is not a plan, with every fault found.
        """
        refuse_errors([*check_shape(node, PLAN), *repeated_paths(node)], SpecError)
        data: Any = node.value
        return cls.from_dict(data, registry)


def repeated_paths(node: Node) -> list[Problem]:
    """Variables that a plan or an audit lists twice."""
    variables = node.child("variables")
    paths = [entry.child("path") for entry in variables.items] if variables else []
    counts = Counter(str(path.value) for path in paths if path)
    return [
        Problem(message=f"variable {path.value!r} is listed twice", where=path.place)
        for path in paths
        if path and counts[str(path.value)] > 1
    ]
