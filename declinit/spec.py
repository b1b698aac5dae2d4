"""The spec: a policy as an object, made of a document and turned back into one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from declinit.builtin import BUILTIN
from declinit.documents import Node, node_of
from declinit.errors import Place, Problem, Source, SpecError, refuse_errors
from declinit.globs import Glob, GlobError
from declinit.registry import PORTABLE, Registry
from declinit.schema import check_spec, in_order, serialized_name

FORMAT_VERSION = 1
LAYER_FANS, KERAS_FANS = "layer", "keras"
POLICIES = ("unmatched", "unused", "shadowed", "overlap")


@dataclass(frozen=True, slots=True)
class InitializerConfig:
    """An initializer as a spec writes it: the name of a kind, and the parameters given."""

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_value(cls, value: str | Mapping[str, Any], registry: Registry) -> InitializerConfig:
        """Normalize any of the three spellings; `value` has been checked before."""
        params: dict[str, Any] = {}
        if isinstance(value, str):
            name = value
        elif "class_name" in value and isinstance(
            value.get("config"), str
        ):  # how Keras serializes a plain function
            name = value["config"]
        elif "class_name" in value:
            name, params = serialized_name(value), dict(value.get("config") or {})
        else:
            name = value["name"]
            params = {key: given for key, given in value.items() if key != "name"}
        kind = registry.find(name)
        # Keras writes what was not given as null; leaving it out says the same.
        nulls = {"seed", "input_axes", "output_axes", "split"}
        params = {k: v for k, v in params.items() if v is not None or k not in nulls}
        return cls(kind.name if kind else name, params)

    def to_value(self) -> str | dict[str, Any]:
        """The shortest spelling: a name, a flat mapping, or one that keeps parameters apart."""
        if {"name", "class_name"} & self.params.keys():
            return {"class_name": self.name, "config": dict(self.params)}
        return {"name": self.name, **self.params} if self.params else self.name

    def __str__(self) -> str:
        given = ", ".join(f"{key}={json.dumps(value)}" for key, value in self.params.items())
        return f"{self.name}({given})" if given else self.name


@dataclass(frozen=True, slots=True)
class Expectation:
    """How many variables a rule must match."""

    low: int
    high: int | None

    @classmethod
    def from_value(cls, value: int | Mapping[str, int]) -> Expectation:
        """A count, or bounds."""
        if isinstance(value, int):
            return cls(value, value)
        return cls(value.get("min", 0), value.get("max"))

    def to_value(self) -> int | dict[str, int]:
        """The inverse of `from_value`."""
        if self.low == self.high:
            return self.low
        return {"min": self.low} | ({} if self.high is None else {"max": self.high})

    def holds(self, count: int) -> bool:
        """Whether a rule may match so many."""
        return count >= self.low and (self.high is None or count <= self.high)

    def __str__(self) -> str:
        if self.high is None:
            return f"at least {self.low} variable{'' if self.low == 1 else 's'}"
        if self.low == self.high:
            return f"{self.low} variable{'' if self.low == 1 else 's'}"
        return f"{self.low} to {self.high} variables"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Which variables, and what happens to them; `initializer` is None where they are kept."""

    match: tuple[Glob, ...]
    initializer: InitializerConfig | None
    index: int
    id: str | None = None
    exclude: tuple[Glob, ...] = ()
    layer: tuple[str, ...] = ()
    expect: Expectation | None = None
    optional: bool = False
    seed: int | None = None
    note: str | None = None
    inherited: bool = False
    where: Place | None = field(default=None, compare=False)

    @property
    def label(self) -> str:
        """What to call the rule: its id, or its number."""
        return self.id or f"rules[{self.index}]"

    def get_config(self) -> dict[str, Any]:
        """The rule as an entry of a spec's `rules:`."""
        config: dict[str, Any] = {"id": self.id} if self.id else {}
        config["match"] = _unlisted([glob.text for glob in self.match])
        if self.exclude:
            config["exclude"] = _unlisted([glob.text for glob in self.exclude])
        if self.layer:
            config["layer"] = _unlisted(list(self.layer))
        if self.initializer:
            config["initializer"] = self.initializer.to_value()
        else:
            config["keep"] = True
        if self.expect:
            config["expect"] = self.expect.to_value()
        plain = {"optional": self.optional, "inherited": self.inherited}
        config |= {key: value for key, value in plain.items() if value}
        given = {"seed": self.seed, "note": self.note}
        return config | {key: value for key, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Strict:
    """What to do about rules and variables that do not find each other."""

    unmatched: str = "error"
    unused: str = "error"
    shadowed: str = "warn"
    overlap: str = "allow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """An initialization policy.

    Attributes:
        rules: in order; the last matching one wins, whole.
        seed: the root seed; None draws one when the spec is resolved.
        generator: `"portable"` or `"keras"`.
        fans: `"layer"` or `"keras"`.
        strict: how strict to be about what does not match.
        note: what the policy is for.
        registry: the kinds of initializers that names are looked up in.
        sources: the texts it was read from.
    """

    rules: tuple[Rule, ...]
    seed: int | None = None
    generator: str = PORTABLE
    fans: str = LAYER_FANS
    strict: Strict = field(default_factory=Strict)
    note: str | None = None
    registry: Registry = field(default_factory=lambda: BUILTIN, compare=False, repr=False)
    sources: tuple[Source, ...] = field(default=(), compare=False, repr=False)

    @classmethod
    def from_config(cls, config: Mapping[str, Any], registry: Registry = BUILTIN) -> Spec:
        """A spec from plain data: what `get_config` gives, or a document written in Python.

        Args:
            config: the document; `extends` and `disable` need a file, see `declinit.load`.
            registry: the kinds of initializers it may name.

        Raises:
            SpecError: with every fault found.
        """
        node = node_of(dict(config), Source("<config>", ""))
        problems = check(node, registry)
        problems += [
            Problem(message=f"`{key}` needs a spec in a file", where=node.place)
            for key in ("extends", "disable")
            if key in node.fields
        ]
        refuse_errors(problems, SpecError)
        return spec_of(node, registry)

    def get_config(self) -> dict[str, Any]:
        """The spec as plain data, itself a valid document, everything inherited written out."""
        config: dict[str, Any] = {"declinit": FORMAT_VERSION}
        given = {"note": self.note, "seed": self.seed}
        config |= {key: value for key, value in given.items() if value is not None}
        strict = {name: getattr(self.strict, name) for name in POLICIES}
        config |= {"generator": self.generator, "fans": self.fans, "strict": strict}
        return config | {"rules": [rule.get_config() for rule in self.rules]}

    @property
    def digest(self) -> str:
        """SHA-256 of what the spec says, however it is written."""
        text = json.dumps(self.get_config(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def _unlisted(items: list[str]) -> str | list[str]:
    return items[0] if len(items) == 1 else items


def check(node: Node, registry: Registry) -> list[Problem]:
    """All faults of one document: its shape, its initializers, its patterns, its ids."""
    rules = node.child("rules")
    entries = rules.items if rules else []
    found = [*check_spec(node, registry), *_repeated_ids(entries)]
    return in_order([*found, *(fault for entry in entries for fault in _rule_faults(entry))])


def _rule_faults(rule: Node) -> Iterator[Problem]:
    """What no schema can say of a rule."""
    for node in _patterns(rule):
        try:
            Glob.parse(str(node.value))
        except GlobError as error:
            where = _inside(node, error)
            yield Problem(message=error.message, where=where, hint=error.hint)
    expect = rule.child("expect")
    bounds: Any = [expect.child("min"), expect.child("max")] if expect else []
    low, high = (bound.value if bound else None for bound in bounds or (None, None))
    if isinstance(low, int) and isinstance(high, int) and low > high:
        message = f"`expect`: min {low} is more than max {high}"
        yield Problem(message=message, where=rule.place_of(["expect"]))


def _patterns(rule: Node) -> Iterator[Node]:
    for key in ("match", "exclude"):
        node = rule.child(key)
        for entry in [node, *node.items] if node else []:
            if isinstance(entry.value, str) and entry.value:
                yield entry


def _inside(node: Node, error: GlobError) -> Place:
    """The character of a pattern that is at fault, found where the source writes it."""
    place = node.place
    line = place.source.line(place.line)
    written = line.find(str(node.value), place.column - 1)
    column = written + error.column if written >= 0 else place.column
    return Place(place.source, place.line, column)


def _repeated_ids(rules: Iterable[Node]) -> Iterator[Problem]:
    first: dict[str, Node] = {}
    for rule in rules:
        node = rule.child("id")
        if node is None or not isinstance(node.value, str):
            continue
        earlier = first.setdefault(node.value, node)
        if earlier is not node:
            message = f"rule id {node.value!r} is used twice, first at {earlier.place}"
            yield Problem(message=message, where=node.place)


def spec_of(node: Node, registry: Registry, sources: Iterable[Source] = ()) -> Spec:
    """The spec of a checked document that holds everything it inherits.

    Raises:
        SpecError: for ids used in several files.
    """
    rules_node = node.child("rules")
    entries = rules_node.items if rules_node else []
    refuse_errors(_repeated_ids(entries), SpecError)
    settings: Any = node.value
    return Spec(
        rules=tuple(_rule(index, entry, registry) for index, entry in enumerate(entries)),
        seed=settings.get("seed"),
        generator=settings.get("generator", PORTABLE),
        fans=settings.get("fans", LAYER_FANS),
        strict=Strict(**settings.get("strict", {})),
        note=settings.get("note"),
        registry=registry,
        sources=tuple(sources),
    )


def _rule(index: int, node: Node, registry: Registry) -> Rule:
    value: Any = node.value
    initializer = value.get("initializer")
    return Rule(
        index=index,
        id=value.get("id"),
        match=_globs(value["match"]),
        exclude=_globs(value.get("exclude", [])),
        layer=tuple(_listed(value.get("layer", []))),
        initializer=initializer and InitializerConfig.from_value(initializer, registry),
        expect=Expectation.from_value(value["expect"]) if "expect" in value else None,
        optional=value.get("optional", False),
        seed=value.get("seed"),
        note=value.get("note"),
        inherited=value.get("inherited", False),
        where=node.place,
    )


def _globs(value: str | list[str]) -> tuple[Glob, ...]:
    return tuple(Glob.parse(text) for text in _listed(value))


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
