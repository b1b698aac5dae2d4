"""What a rule does to the variables that it decides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Generic, TypeVar

from declinit.checks.places import Places, text_places
from declinit.documents import Node
from declinit.errors import Place
from declinit.kinds.registry import Registry
from declinit.kinds.schema import serialized_name
from declinit.layers.regions import Region
from declinit.policy.copies import CopyConfig, CopySource
from declinit.policy.loads import LoadConfig, TensorSource


@dataclass(frozen=True, slots=True)
class InitializerConfig:
    """An initializer as a spec writes it.

    Attributes:
        name: of its kind.
        params: those that are given.
        places: where the texts among the parameters are written, which may be formulas.
    """

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)
    places: Places = field(default=(), compare=False, repr=False)

    @classmethod
    def from_node(cls, node: Node, registry: Registry) -> InitializerConfig:
        """The initializer that a checked part of a document says."""
        config = cls.from_value(node.value, registry)
        given = node.child("config") if "class_name" in node.fields else node
        return replace(config, places=text_places(given)) if given and config.params else config

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
        return cls(kind.name, kind.given(name, params)) if kind else cls(name, params)

    def __hash__(self) -> int:
        return hash((self.name, _hashable(self.params)))

    def to_value(self) -> str | dict[str, Any]:
        """The shortest spelling: a name, a flat mapping, or one that keeps parameters apart."""
        if {"name", "class_name"} & self.params.keys():
            return {"class_name": self.name, "config": dict(self.params)}
        return {"name": self.name, **self.params} if self.params else self.name

    def __str__(self) -> str:
        given = ", ".join(f"{key}={json.dumps(value)}" for key, value in self.params.items())
        return f"{self.name}({given})" if given else self.name


def _hashable(value: Any) -> Any:
    """Plain data as a value that can be hashed; equal data stays equal, numbers included."""
    if isinstance(value, Mapping):
        return frozenset((key, _hashable(inner)) for key, inner in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(_hashable(inner) for inner in value)
    return value


@dataclass(frozen=True, slots=True)
class WrittenPart:
    """A part of a variable as a rule writes it, which fits variables of several shapes.

    Attributes:
        initializer: of the part, over the variable's own.
        at: a slicing, such as `"..., :64"`; None for a gate.
        gate: the name that the layer's row has for the part, such as `forget`; None for a slicing.
        where: its place, if it was read from a file.
    """

    initializer: InitializerConfig
    at: str | None = None
    gate: str | None = None
    where: Place | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """What to call the part: its gate, or the slicing in brackets, as NumPy has it."""
        return self.gate or f"[{self.at}]"

    def __str__(self) -> str:
        return f"{self.name}: {self.initializer}"

    def to_dict(self) -> dict[str, Any]:
        """The part as an entry of a rule's `parts:`."""
        place = {"gate": self.gate} if self.gate else {"at": self.at}
        return {**place, "initializer": self.initializer.to_value()}

    @classmethod
    def of(cls, entry: Node, registry: Registry) -> WrittenPart:
        """The part that a checked entry of `parts:` describes."""
        value: Any = entry.value
        return cls(
            InitializerConfig.from_node(entry.fields["initializer"], registry),
            at=str(value["at"]) if "at" in value else None,
            gate=value.get("gate"),
            where=entry.place,
        )


@dataclass(frozen=True, slots=True)
class PartFill:
    """An initializer for a part of one variable, over the variable's own.

    Attributes:
        name: of the part: `forget`, or `[0]`.
        at: the elements that it holds.
        initializer: of the part.
    """

    name: str
    at: Region
    initializer: InitializerConfig

    def __str__(self) -> str:
        return f"{self.name}: {self.initializer}"

    def to_dict(self) -> dict[str, Any]:
        """The part as JSON-serializable data."""
        return {
            "name": self.name,
            "at": self.at.to_value(),
            "initializer": self.initializer.to_value(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], registry: Registry) -> PartFill:
        """The inverse of `to_dict`."""
        return cls(
            name=data["name"],
            at=Region.of(data["at"]),
            initializer=InitializerConfig.from_value(data["initializer"], registry),
        )


Part = TypeVar("Part", WrittenPart, PartFill)


@dataclass(frozen=True, slots=True)
class Keep:
    """Leave the variable as it is."""

    origin: ClassVar[str] = "kept"
    takes_state: ClassVar[bool] = False

    @property
    def fill(self) -> None:
        """No initializer."""
        return None

    @property
    def draws(self) -> bool:
        """Nothing is drawn."""
        return False

    def get_config(self) -> dict[str, Any]:
        """The action as keys of a rule."""
        return {"keep": True}

    def __str__(self) -> str:
        return "keep"


@dataclass(frozen=True, slots=True)
class Fill(Generic[Part]):
    """Fill the variable with an initializer, and parts of it with others.

    A rule has the parts as it writes them, a plan those of one variable.
    """

    origin: ClassVar[str] = "drawn"
    takes_state: ClassVar[bool] = False

    initializer: InitializerConfig
    parts: tuple[Part, ...] = ()

    @property
    def fill(self) -> Fill[Part]:
        """The initializers that it names."""
        return self

    @property
    def draws(self) -> bool:
        """Everything is drawn."""
        return True

    def get_config(self) -> dict[str, Any]:
        """The action as keys of a rule."""
        parts = {"parts": [part.to_dict() for part in self.parts]} if self.parts else {}
        return {"initializer": self.initializer.to_value(), **parts}

    def __str__(self) -> str:
        return "; ".join(map(str, (self.initializer, *self.parts)))


class Take(Generic[Part]):
    """What loading and copying have in common: values come from elsewhere, not from an initializer.

    Attributes:
        fallback: an initializer that the layer's config names afterwards.
    """

    __slots__ = ()
    takes_state: ClassVar[bool] = True

    fallback: Fill[Part] | None

    @property
    def fill(self) -> Fill[Part] | None:
        """The initializers that it falls back on."""
        return self.fallback

    def _with_fallback(self, key: str, config: Any) -> dict[str, Any]:
        """The keys of a rule: its own, and those of the initializer."""
        return {key: config, **(self.fallback.get_config() if self.fallback else {})}


Source = TypeVar("Source", LoadConfig, TensorSource)


@dataclass(frozen=True, slots=True)
class Load(Take[Part], Generic[Source, Part]):
    """Give the variable the values of a stored tensor.

    Attributes:
        load: what a rule says of it; in a plan, the tensor of one variable.
        fallback: draws what cannot be loaded, and is what the layer's config names afterwards.
    """

    origin: ClassVar[str] = "loaded"

    load: Source
    fallback: Fill[Part] | None = None

    @property
    def draws(self) -> bool:
        """Whether something is drawn by its fallback."""
        return self.load.draws

    def get_config(self) -> dict[str, Any]:
        """The action as keys of a rule."""
        return self._with_fallback("load", self.load.get_config())

    def __str__(self) -> str:
        fallback = f", else {self.fallback}" if self.fallback and self.load.draws else ""
        return f"{self.load}{fallback}"


Copied = TypeVar("Copied", CopyConfig, CopySource)


@dataclass(frozen=True, slots=True)
class CopyOf(Take[Part], Generic[Copied, Part]):
    """Give the variable the values of another one of the same model.

    Attributes:
        copy: what a rule says of it; in a plan, the variable that is copied.
        fallback: is what the layer's config names afterwards.
    """

    origin: ClassVar[str] = "copied"

    copy: Copied
    fallback: Fill[Part] | None = None

    @property
    def draws(self) -> bool:
        """Nothing is drawn."""
        return False

    def get_config(self) -> dict[str, Any]:
        """The action as keys of a rule."""
        return self._with_fallback("copy_of", self.copy.get_config())

    def __str__(self) -> str:
        return str(self.copy)


# Each says of itself what a rule writes (`get_config`), what people read (`str`), where values come
# from (`origin`), which initializers it names (`fill`), whether random numbers go into the variable
# (`draws`), and whether a pattern that does not name state covers it (`takes_state`), so that plans
# and audits need not tell actions apart.
Action = Keep | Fill[WrittenPart] | Load[LoadConfig, WrittenPart] | CopyOf[CopyConfig, WrittenPart]
PlannedAction = Keep | Fill[PartFill] | Load[TensorSource, PartFill] | CopyOf[CopySource, PartFill]


def action_of(rule: Node, registry: Registry) -> Action:
    """The action that the keys of a checked rule name.

    Args:
        rule: an entry of `rules:`; other keys are passed over.
        registry: the kinds that initializers are looked up in.
    """
    fill = _fill_of(rule, registry) if "initializer" in rule.fields else None
    value: Any = rule.value
    if "load" in value:
        return Load(LoadConfig.from_config(value["load"]), fill)
    if "copy_of" in value:
        copy = CopyConfig.from_config(value["copy_of"])
        return CopyOf(replace(copy, places=text_places(rule.fields["copy_of"])), fill)
    return fill or Keep()


def _fill_of(rule: Node, registry: Registry) -> Fill[WrittenPart]:
    parts = rule.child("parts")
    return Fill(
        InitializerConfig.from_node(rule.fields["initializer"], registry),
        tuple(WrittenPart.of(entry, registry) for entry in (parts.items if parts else ())),
    )


def planned_action_of(entry: Mapping[str, Any], registry: Registry) -> PlannedAction:
    """The action that an entry of a plan, or of an audit, names; other keys are passed over."""
    fill = _planned_fill_of(entry, registry) if "initializer" in entry else None
    if "load" in entry:
        return Load(TensorSource.from_config(entry["load"]), fill)
    if "copy_of" in entry:
        return CopyOf(CopySource.from_config(entry["copy_of"]), fill)
    return fill or Keep()


def _planned_fill_of(entry: Mapping[str, Any], registry: Registry) -> Fill[PartFill]:
    parts = tuple(PartFill.from_dict(part, registry) for part in entry.get("parts", ()))
    return Fill(InitializerConfig.from_value(entry["initializer"], registry), parts)
