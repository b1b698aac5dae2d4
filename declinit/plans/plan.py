"""The plan: what every variable will receive, complete, before anything is touched."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from declinit.checks.files import PLAN
from declinit.checks.shapes import check_shape
from declinit.documents import Node, node_of, read
from declinit.documents.kinds import PLAN as A_PLAN
from declinit.documents.kinds import expect_kind
from declinit.errors import Problem, Source, SpecError, refuse_errors
from declinit.kinds.distributions import Distribution
from declinit.kinds.extensions import current_registry
from declinit.kinds.registry import Registry
from declinit.layers.fans import Fans, Shape
from declinit.plans.computations import Computation
from declinit.plans.contradictions import contradicted, contradicting_copies, contradictions
from declinit.plans.inventory import Variable
from declinit.plans.provenance import OfPolicy, Provenance
from declinit.policy.actions import (
    CopyOf,
    InitializerConfig,
    Keep,
    Load,
    PlannedAction,
    planned_action_of,
)
from declinit.policy.copies import CopySource
from declinit.policy.formulas import formula_nodes
from declinit.policy.loads import TensorSource
from declinit.policy.moves import Moves
from declinit.policy.rules import Rule
from declinit.policy.saving import Recorded
from declinit.version import VERSION
from declinit.wording import name_text, shape_text

if TYPE_CHECKING:
    from declinit.plans.comparison import Drift

PLAN_VERSION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRef:
    """A rule as a plan and an audit name it: enough to find it and to read what it said.

    Attributes:
        label: its id, or its number as in `rules[3]`.
        where: its place, if it was read from a file.
        says: its action in words.
    """

    label: str
    where: str | None = None
    says: str

    @classmethod
    def of(cls, rule: Rule) -> RuleRef:
        """The reference to a rule."""
        where = name_text(str(rule.where)) if rule.where else None
        return cls(label=rule.label, where=where, says=str(rule.action))

    def to_dict(self) -> dict[str, Any]:
        """The reference as JSON-serializable data."""
        return {"rule": self.label, "where": self.where, "says": self.says}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RuleRef:
        """The inverse of `to_dict`; other keys are passed over."""
        return cls(label=data["rule"], where=data["where"], says=data["says"])


class OfVariable:
    """What is said of a variable; the variable's own facts, readable in place."""

    __slots__ = ()

    if TYPE_CHECKING:  # a field of one class, derived in another

        @property
        def variable(self) -> Variable:
            """The variable."""

    @property
    def path(self) -> str:
        """The variable's address."""
        return self.variable.path

    @property
    def aliases(self) -> tuple[str, ...]:
        """The variable's other addresses; those that only Keras knows are not written to files."""
        return self.variable.aliases

    @property
    def shape(self) -> Shape:
        """The variable's shape."""
        return self.variable.shape

    @property
    def dtype(self) -> str:
        """The variable's dtype."""
        return self.variable.dtype

    @property
    def layer(self) -> str:
        """The class name of the layer that owns the variable."""
        return self.variable.layer


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment(OfVariable):
    """What one variable receives, and why.

    Attributes:
        variable: the variable.
        rule: the rule that won; None where none matched and the variable is kept.
        beaten: the other rules that matched, in order.
        action: what is done: `Keep`, `Fill` with exactly what will be built, seed and fan axes
            included, `Load` with the tensor, or `CopyOf` with the variable.
        seed: the integer seed in it, if there is one.
        fans: what a fan-based initializer scales by.
        keras_fans: what Keras itself would have scaled by, where that gives another stddev.
        stddev_over_keras: the ratio of the two standard deviations in that case.
        expected: the distribution of one element, where there is one.
        formulas: what the rule gives as formulas; the initializer holds the numbers.

    Example:
        >>> plan = declinit.resolve("policy.yaml", model)
        >>> plan["head/kernel"].rule.label, plan["head/kernel"].seed
        ('kernels', 1389914321)
        >>> print(plan["head/kernel"].action)
        he_normal(seed=1389914321)
    """

    variable: Variable
    action: PlannedAction
    rule: RuleRef | None = None
    beaten: tuple[RuleRef, ...] = ()
    seed: int | None = None
    fans: Fans | None = None
    keras_fans: Fans | None = None
    stddev_over_keras: float | None = None
    expected: Distribution | None = None
    formulas: tuple[Computation, ...] = ()

    @property
    def initializer(self) -> InitializerConfig | None:
        """The initializer of a `Fill`, and the one that a `Load` or a `CopyOf` falls back on."""
        return self.action.fill.initializer if self.action.fill else None

    @property
    def source(self) -> TensorSource | None:
        """The tensor that is loaded, if one is."""
        return self.action.load if isinstance(self.action, Load) else None

    @property
    def copied(self) -> CopySource | None:
        """The variable that is copied, if one is."""
        return self.action.copy if isinstance(self.action, CopyOf) else None

    def to_dict(self) -> dict[str, Any]:
        """The assignment as JSON-serializable data.

        Example:
            >>> declinit.resolve("policy.yaml", model)["head/bias"].to_dict()["initializer"]
            'zeros'
        """
        fans, keras = self.fans, self.keras_fans
        formulas = [one.to_dict() for one in self.formulas]
        return {
            **self.variable.to_dict(),
            "rule": self.rule.to_dict() if self.rule else None,
            "beaten": [rule.to_dict() for rule in self.beaten],
            **self.action.get_config(),
            "seed": self.seed,
            "fan_in": fans.fan_in if fans else None,
            "fan_out": fans.fan_out if fans else None,
            "keras_fans": list(keras) if keras else None,
            "stddev_over_keras": self.stddev_over_keras,
            "expected": self.expected.to_dict() if self.expected else None,
            **({"formulas": formulas} if formulas else {}),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], registry: Registry) -> Assignment:
        """The inverse of `to_dict`; other keys are passed over."""
        fan_in = data["fan_in"]
        return cls(
            variable=Variable.from_dict(data),
            rule=RuleRef.from_dict(data["rule"]) if data["rule"] else None,
            beaten=tuple(RuleRef.from_dict(rule) for rule in data["beaten"]),
            action=planned_action_of(data, registry),
            seed=data["seed"],
            fans=None if fan_in is None else Fans(fan_in, data["fan_out"]),
            keras_fans=Fans(*data["keras_fans"]) if data["keras_fans"] else None,
            stddev_over_keras=data["stddev_over_keras"],
            expected=Distribution.from_dict(data["expected"]) if data["expected"] else None,
            formulas=tuple(map(Computation.from_dict, data.get("formulas", ()))),
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


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Plan(Recorded, OfPolicy[Assignment]):
    """A read-only mapping from path to assignment, in model order.

    Attributes:
        entries: the assignments by path.
        provenance: the policy that it was made of: seed, generator, fans, spec_digest, sources.
        rules: every rule with its counts.
        problems: the warnings; errors never make a plan.
        registry: the kinds that initializers are looked up in.
        versions: of declinit.

    Example:
        >>> plan = declinit.resolve("policy.yaml", model)
        >>> plan
        <Plan of 4 variables, 4 to initialize, seed 3, generator 'portable'>
        >>> [path for path, one in plan.items() if one.rule.label == "kernels"]
        ['body/kernel', 'head/kernel']
    """

    entries: Mapping[str, Assignment]
    provenance: Provenance
    rules: tuple[RuleUse, ...] = ()
    problems: tuple[Problem, ...] = field(default=(), compare=False)
    registry: Registry = field(compare=False)
    versions: Mapping[str, str] = field(
        default_factory=lambda: {"declinit": VERSION}, compare=False
    )

    # A dataclass would hash its fields, and mappings of entries have no hash.
    __hash__ = OfPolicy.__hash__

    def __repr__(self) -> str:
        changed = sum(not isinstance(entry.action, Keep) for entry in self.values())
        return (
            f"<Plan of {len(self)} variables, {changed} to initialize, "
            f"seed {self.seed}, generator {self.generator!r}>"
        )

    def build(self, path: str) -> Any:
        """A new initializer object for a variable that receives one; imports Keras.

        Args:
            path: of the variable.

        Returns:
            A Keras initializer; None where the variable is kept, or loaded or copied by a rule that
            has no initializer to fall back on.

        Raises:
            KeyError: if the plan has no such path.
            SpecError: if the registry does not know the initializer.

        Example:
            >>> plan = declinit.resolve("policy.yaml", model)
            >>> kernel = plan.build("head/kernel")((8, 2), "float32")
            >>> kernel.shape == (8, 2)
            True
        """
        action = self[path].action
        fill = action.fill
        if fill is None:
            if not isinstance(action, Keep | Load | CopyOf):
                raise AssertionError(repr(action))  # another action is not to pass for `Keep`
            return None
        whole = self._built(fill.initializer)
        if not fill.parts:
            return whole
        from declinit.initializers.parts import Parts

        built = [(part.at.to_value(), self._built(part.initializer)) for part in fill.parts]
        return Parts(whole, built)

    def _built(self, config: InitializerConfig) -> Any:
        kind = self.registry.find(config.name)
        if kind is None:
            raise SpecError(self.registry.unknown(config.name))
        return kind.build(self.generator, config.params)

    def to_dict(self) -> dict[str, Any]:
        """The plan as JSON-serializable data, the same for the same inputs.

        Example:
            >>> declinit.Plan.load("plan.json").to_dict()["generator"]
            'portable'
        """
        return {
            "declinit_plan": PLAN_VERSION,
            "versions": dict(self.versions),
            **self.provenance.to_dict(),
            "rules": [use.to_dict() for use in self.rules],
            "variables": [assignment.to_dict() for assignment in self.values()],
        }

    def check(self, committed: Plan | str | os.PathLike[str], moves: Moves | None = None) -> Drift:
        """How this plan differs from one that was committed, as `declinit plan --check` tells it.

        Args:
            committed: the older plan, or the path of its file.
            moves: those of the spec, which a proposed `moved` list goes on with.

        Returns:
            The differences, which are none if `differs` is false.

        Raises:
            SpecError: if the file cannot be read, or is not a plan.

        Example:
            >>> plan = declinit.resolve("policy.yaml", model)
            >>> plan.check("plan.json").differs
            False
        """
        from declinit.plans.comparison import drift_of  # loads NumPy, which `validate` does without

        loaded = not isinstance(committed, Plan)
        old = committed if isinstance(committed, Plan) else Plan.load(committed, self.registry)
        name = os.fspath(committed) if loaded else "plan"  # type: ignore[arg-type]
        return drift_of(str(name), old, self, moves or Moves())

    @classmethod
    def load(cls, path: str | os.PathLike[str], registry: Registry | None = None) -> Plan:
        """Read a plan file.

        Args:
            path: what `save`, or `declinit plan --out`, wrote.
            registry: the kinds that initializers are looked up in; the default is the current one.

        Raises:
            SpecError: if it cannot be read, or is not a plan.

        Example:
            >>> declinit.Plan.load("plan.json")
            <Plan of 4 variables, 4 to initialize, seed 3, generator 'portable'>
        """
        return cls.from_node(read(path), current_registry() if registry is None else registry)

    @classmethod
    def from_config(cls, config: Mapping[str, Any], registry: Registry | None = None) -> Plan:
        """The plan that `get_config` gave.

        Args:
            config: the data, a mapping of any class.
            registry: as `load`.

        Raises:
            SpecError: if it is not a plan, with every fault found.

        Example:
            >>> plan = declinit.resolve("policy.yaml", model)
            >>> declinit.Plan.from_config(plan.get_config()) == plan
            True
        """
        node = node_of(config, Source("<config>", ""))
        return cls.from_node(node, current_registry() if registry is None else registry)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], registry: Registry) -> Plan:
        """The inverse of `to_dict`, for data of the right shape."""
        entries = (Assignment.from_dict(entry, registry) for entry in data["variables"])
        return cls(
            entries={entry.path: entry for entry in entries},
            provenance=Provenance.from_dict(data),
            rules=tuple(RuleUse.from_dict(use) for use in data["rules"]),
            registry=registry,
            versions=dict(data["versions"]),
        )

    @classmethod
    def from_node(cls, node: Node, registry: Registry) -> Plan:
        """The plan in a document that was read.

        Raises:
            SpecError: if it is not a plan, with every fault found.
        """
        expect_kind(node, A_PLAN)
        refuse_errors([*check_shape(node, PLAN), *repeated_paths(node)], SpecError)
        refuse_errors(
            [
                *misplaced_parts(node),
                *recorded_formulas(node, registry),
                *contradicted(node, contradictions),
                *contradicting_copies(node),
            ],
            SpecError,
        )
        data: Any = node.value
        return cls.from_dict(data, registry)


def repeated_paths(node: Node) -> list[Problem]:
    """Variables that a plan or an audit lists twice."""
    variables = node.child("variables")
    paths = [entry.child("path") for entry in variables.items] if variables else []
    counts = Counter(str(path.value) for path in paths if path)
    return [
        Problem("DI501", f"variable {path.value!r} is listed twice", where=path.place)
        for path in paths
        if path and counts[str(path.value)] > 1
    ]


def misplaced_parts(node: Node) -> list[Problem]:
    """Parts that lie outside of their variable, in a plan or an audit that was changed by hand."""
    variables = node.child("variables")
    found = []
    for entry in variables.items if variables else []:
        parts = entry.child("parts")
        for part in parts.items if parts else ():
            value: Any = part.value
            shape: Any = entry.value["shape"]
            if not _lies_within(value["at"], shape):
                message = f"part {value['name']!r} lies outside of shape {shape_text(shape)}"
                found.append(Problem("DI330", message, where=part.place_of(["at"])))
    return found


def _lies_within(bounds: Sequence[Sequence[int]], shape: Sequence[int]) -> bool:
    return len(bounds) == len(shape) and all(
        start <= stop <= size and 0 not in step
        for (start, stop, *step), size in zip(bounds, shape, strict=True)
    )


def recorded_formulas(node: Node, registry: Registry) -> list[Problem]:
    """Formulas in place of the numbers that a plan or an audit holds."""
    variables = node.child("variables")
    hint = "formulas belong into a spec; here is what they came to"
    return [
        Problem(
            "DI203",
            f"expected a number, received the formula {text.value!r}",
            where=text.place,
            hint=hint,
        )
        for entry in (variables.items if variables else ())
        for initializer in _initializers_of(entry)
        for text in formula_nodes(initializer, registry)
    ]


def _initializers_of(entry: Node) -> Iterator[Node]:
    """The initializers of a variable and of its parts."""
    parts = entry.child("parts")
    holders = (entry, *(parts.items if parts else ()))
    return filter(None, (holder.child("initializer") for holder in holders))
