"""Where a plan and an audit come from: the policy that both were made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

Entry = TypeVar("Entry")


class Addressed(Protocol):
    """What goes by other names than its path too."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """The other names."""


EntryOfPolicy = TypeVar("EntryOfPolicy", bound=Addressed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """The policy behind a plan or an audit.

    Attributes:
        seed: the root seed, drawn if the spec named none.
        generator: where random numbers come from, `"portable"` or `"keras"`.
        fans: how fans were counted, `"layer"` or `"keras"`.
        spec_digest: SHA-256 of what the spec says.
        sources: name and SHA-256 of each file that the spec was read from.
    """

    seed: int
    generator: str
    fans: str
    spec_digest: str
    sources: tuple[tuple[str, str], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The provenance as JSON-serializable data."""
        return {
            "spec_digest": self.spec_digest,
            "sources": [{"name": name, "sha256": digest} for name, digest in self.sources],
            "seed": self.seed,
            "generator": self.generator,
            "fans": self.fans,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Provenance:
        """The inverse of `to_dict`; other keys are passed over."""
        return cls(
            spec_digest=data["spec_digest"],
            sources=tuple((source["name"], source["sha256"]) for source in data["sources"]),
            seed=data["seed"],
            generator=data["generator"],
            fans=data["fans"],
        )


class ByPath(Mapping[str, Entry]):
    """A read-only mapping from a variable's path to what is said of it, in model order."""

    __slots__ = ()

    entries: Mapping[str, Entry]

    def __getitem__(self, path: str) -> Entry:
        return self.entries[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __hash__(self) -> int:
        return hash(frozenset(self.entries))


class OfPolicy(ByPath[EntryOfPolicy]):
    """What is made of a policy; its provenance, readable in place.

    `[]` and `get` take an alias too where it leads to one variable; `in` and iteration know paths
    alone, as a dictionary does with what `__missing__` makes up.
    """

    __slots__ = ()

    provenance: Provenance

    def __getitem__(self, path: str) -> EntryOfPolicy:
        if path in self.entries:
            return self.entries[path]
        called = [entry for entry in self.entries.values() if path in entry.aliases]
        if len(called) != 1:
            raise KeyError(path)
        return called[0]

    def __contains__(self, path: object) -> bool:
        return path in self.entries

    def __hash__(self) -> int:
        return hash((self.provenance, frozenset(self.entries)))

    @property
    def seed(self) -> int:
        """The root seed."""
        return self.provenance.seed

    @property
    def generator(self) -> str:
        """Where random numbers come from."""
        return self.provenance.generator

    @property
    def fans(self) -> str:
        """How fans were counted."""
        return self.provenance.fans

    @property
    def spec_digest(self) -> str:
        """SHA-256 of what the spec says."""
        return self.provenance.spec_digest

    @property
    def sources(self) -> tuple[tuple[str, str], ...]:
        """Name and SHA-256 of each file that the spec was read from."""
        return self.provenance.sources
