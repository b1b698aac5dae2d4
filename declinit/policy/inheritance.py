"""What a document inherits: everything that it extends, joined with it on nodes.

Nodes remember the file and line that they come from, so that a rule keeps its origin however many
files inherit it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from declinit.checks.settings import is_merged
from declinit.documents import Node
from declinit.documents.kinds import SPEC, expect_kind
from declinit.errors import (
    MOST_COUNTED,
    Place,
    Problem,
    Source,
    SpecError,
    bounded,
    did_you_mean,
    refuse_errors,
)
from declinit.kinds.registry import Registry
from declinit.policy.locations import Location
from declinit.policy.overrides import id_of
from declinit.policy.reading import check

MAX_EXTENDS = 16

_CONSUMED = frozenset({"rules", "extends", "disable"})  # each is merged in a way of its own


class Chains:
    """How a document came to be inherited: by which documents, in turn."""

    def __init__(self) -> None:
        self._ways: dict[str, tuple[Location, ...]] = {}

    def add(self, chain: tuple[Location, ...]) -> None:
        """Keep the first way to a document."""
        self._ways.setdefault(chain[-1].text, chain)

    def told(self, problem: Problem) -> Problem:
        """A fault with the way to the document that it is in, if that is inherited."""
        way = self._ways.get(problem.where.source.name) if problem.where else None
        if way is None:
            return problem
        names = " extends ".join(location.text for location in way)
        return replace(problem, message=f"{problem.message} ({names})")


@dataclass(frozen=True, slots=True)
class _File:
    """One document, and the texts of all that it extends."""

    node: Node
    above: frozenset[Source] = frozenset()


@dataclass
class Flat:
    """A document with everything it extends: settings, and rules in order.

    Attributes:
        own: the text of the document itself.
        place: of the document itself.
        chains: for the text of each document that it extends, the way to it.
        settings: by key, those of later documents over those of earlier ones.
        rules: in order.
        sources: the texts of all documents, in the order in which they count.
    """

    own: Source
    place: Place
    chains: Chains
    settings: dict[str, Node] = field(default_factory=dict)
    rules: list[Node] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)

    def node(self) -> Node:
        """The document as one that extends nothing."""
        entries = [rule if rule.source == self.own else _inherited(rule) for rule in self.rules]
        rules = Node.sequence(entries, self.place)
        return Node.mapping({**self.settings, "rules": rules}, self.place)

    @contextlib.contextmanager
    def chains_told(self) -> Iterator[None]:
        """Have faults in inherited documents say how they are inherited.

        Raises:
            SpecError: in place of another.
        """
        try:
            yield
        except SpecError as error:
            raise type(error)(self.chains.told(problem) for problem in error.problems) from None

    def add(self, file: _File) -> Iterator[Problem]:
        """Put one more document on top of those it extends; yields the faults of `disable`."""
        for key, value in file.node.fields.items():
            lower = self.settings.get(key)
            if key not in _CONSUMED:
                self.settings[key] = _merged(lower, value) if lower and is_merged(key) else value
        self.sources.append(file.node.source)
        yield from self.add_rules(file)

    def add_rules(self, file: _File) -> Iterator[Problem]:
        """Add a document's rules at the end, or in place of the inherited rule with their id."""
        by_id = {
            id_of(r): i for i, r in enumerate(self.rules) if r.source in file.above and id_of(r)
        }
        names = [name for name in by_id if name]
        dropped = set()
        disable = file.node.child("disable")
        for entry in disable.items if disable else []:
            if entry.value in by_id:
                dropped.add(by_id.pop(str(entry.value)))
            else:
                message = f"no inherited rule has the id {entry.value!r}"
                hint = did_you_mean(str(entry.value), names)
                yield Problem("DI219", message, where=entry.place, hint=hint)
        added = []
        rules = file.node.child("rules")
        for rule in rules.items if rules else []:
            if id_of(rule) in by_id:
                self.rules[by_id.pop(id_of(rule))] = rule
            else:
                added.append(rule)
        self.rules = [r for i, r in enumerate(self.rules) if i not in dropped] + added


def _merged(lower: Node, upper: Node) -> Node:
    """A setting of one document on top of another's: mappings key by key, lists one after another."""
    if isinstance(upper.value, list):
        return Node.sequence([*lower.items, *upper.items], upper.place)
    keys = {**lower.keys, **upper.keys}
    return Node.mapping({**lower.fields, **upper.fields}, upper.place, keys)


def _inherited(rule: Node) -> Node:
    flag = Node(True, rule.source, rule.line, rule.column)
    return Node.mapping({**rule.fields, "inherited": flag}, rule.place, rule.keys)


def flattened(document: Node, location: Location, registry: Registry) -> Flat:
    """A document with everything it extends.

    Args:
        document: that was read.
        location: where it is, beside which the files that it extends are looked for.
        registry: the kinds of initializers it may name.

    Raises:
        SpecError: with every fault of every document.
    """
    return _Loader(registry).flat(document, location)


class _Loader:
    """Reads each file once, parents first; what cannot be read is not tried again either."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.files: dict[str, _File] = {}
        self.failures: dict[str, SpecError] = {}
        self.problems: list[Problem] = []
        self.chains = Chains()

    def flat(self, document: Node, location: Location) -> Flat:
        flat = Flat(document.source, document.place, self.chains)
        with flat.chains_told():
            self.add(document, location, (location,))
            refuse_errors(self.problems, SpecError)
            found = (problem for file in self.files.values() for problem in flat.add(file))
            refuse_errors(bounded(found), SpecError)
        return flat

    def add(self, node: Node, location: Location, chain: tuple[Location, ...]) -> None:
        """Check a document, and visit all that it extends."""
        self.problems += check(node, self.registry)
        above = [self.visit_parent(location, parent, chain) for parent in _parents(node)]
        self.files[location.key] = _File(node, frozenset().union(*above))

    def visit(
        self, location: Location, chain: tuple[Location, ...], where: Place
    ) -> frozenset[Source]:
        """Read a document that another names, and all that it extends.

        Returns:
            The texts of all of them.
        """
        chain = (*chain, location)
        _refuse_endless(chain, where)
        if location.key not in self.files:
            self.chains.add(chain)
            self.add(self.read(location, where), location, chain)
        file = self.files[location.key]
        return file.above | {file.node.source}

    def read(self, location: Location, where: Place) -> Node:
        """Read a document that has not been read; a second attempt would fail as the first one did."""
        known = self.failures.get(location.key)
        try:
            if known:
                raise known
            node = location.read(regular=True)
            expect_kind(node, SPEC)
        except SpecError as error:
            self.failures[location.key] = error
            raise _told_at(where, error, again=known is not None) from error
        return node

    def visit_parent(
        self, location: Location, parent: Node, chain: tuple[Location, ...]
    ) -> frozenset[Source]:
        """Read a document that another names; its faults are kept and reported with all others."""
        if len(self.problems) > MOST_COUNTED:
            return frozenset()
        try:
            return self.visit(location.named(str(parent.value)), chain, parent.place)
        except SpecError as error:
            self.problems += error.problems
            return frozenset()


def _told_at(where: Place, error: SpecError, *, again: bool) -> SpecError:
    """The faults of a file that cannot be read; those without a place are of the line naming it.

    Faults inside the file are told once, however often it is named.
    """
    return SpecError(
        problem if problem.where else problem.at(where)
        for problem in error.problems
        if not (again and problem.where)
    )


def _refuse_endless(chain: tuple[Location, ...], where: Place) -> None:
    keys = [location.key for location in chain]
    if keys[-1] in keys[:-1]:
        circle = " -> ".join(location.name for location in chain[keys.index(keys[-1]) :])
        message = f"specs extend each other in a circle: {circle}"
        raise SpecError(Problem("DI220", message, where=where))
    if len(chain) > MAX_EXTENDS:
        message = f"more than {MAX_EXTENDS} specs extend one another"
        raise SpecError(Problem("DI220", message, where=where))


def _parents(node: Node) -> list[Node]:
    extends = node.child("extends")
    named = [extends, *extends.items] if extends else []
    # A value that is not text has its own problem already.
    return [parent for parent in named if isinstance(parent.value, str) and parent.value]
