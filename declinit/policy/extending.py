"""Loading a spec: what it extends, what it disables, and what the command line overrides.

All of this is done on nodes, which remember the file and line that they come from, so that a rule
keeps its origin however many files inherit it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from declinit.checks.settings import is_merged
from declinit.documents import Node
from declinit.documents.kinds import SPEC, expect_kind
from declinit.errors import (
    MOST_COUNTED,
    Expected,
    Place,
    Problem,
    Source,
    SpecError,
    bounded,
    did_you_mean,
    expect_arguments,
    refuse_errors,
)
from declinit.kinds.extensions import current_registry
from declinit.kinds.registry import Registry
from declinit.policy.locations import Location
from declinit.policy.overrides import (
    Checkpoints,
    id_of,
    with_checkpoints,
    with_rules,
    with_settings,
)
from declinit.policy.reading import check
from declinit.policy.spec import Spec, spec_of

MAX_EXTENDS = 16

PATH = Expected(
    "the path of a file",
    lambda value: isinstance(value, (str, os.PathLike)),
    ((lambda value: isinstance(value, Mapping), "`declinit.Spec.from_config` reads a mapping"),),
)
TEXTS = Expected(
    "a list of texts",
    lambda value: isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping)),
    ((lambda value: isinstance(value, str), "put it into a list, even if it is one text"),),
)
FILES = Expected(
    "a mapping of names to paths",
    lambda value: (
        isinstance(value, Mapping)
        and all(isinstance(one, str) for one in value)
        and all(isinstance(one, (str, os.PathLike)) for one in value.values())
    ),
)
_CONSUMED = frozenset({"rules", "extends", "disable"})  # each is merged in a way of its own


def load(
    path: str | os.PathLike[str],
    *,
    overrides: Iterable[str] = (),
    rules: Iterable[str] = (),
    checkpoints: Checkpoints | None = None,
    registry: Registry | None = None,
) -> Spec:
    """Read a spec file, with everything it extends.

    Args:
        path: a YAML file, a JSON file if its name ends in `.json`, or the text `recipe:NAME`.
        overrides: texts `KEY=VALUE` that replace a setting (`seed=7`, `strict.unused=warn`), or a
            value of the rule with an id (`residual-out.initializer.stddev=0.01`).
        rules: texts `PATTERN=INITIALIZER` that add rules, which come last and so win, such as
            `**/bias=constant(value=0.1)` or `head/kernel=keep`.
        checkpoints: files of weights by the names that the spec has for them, in place of those
            that it names; relative to the working folder.
        registry: the kinds of initializers it may name; the default holds all built-in ones and
            those registered by `declinit.register` or entry points.

    Returns:
        The spec.

    Raises:
        ArgumentError: for an argument of another kind.
        SpecError: with every fault found, each with its file, line and column.
    """
    expect_arguments(
        "declinit.load",
        path=(path, PATH),
        overrides=(overrides, TEXTS),
        rules=(rules, TEXTS),
    )
    expect_arguments("declinit.load", checkpoints=(checkpoints or {}, FILES))
    return load_document(
        Location.of(path).read(),
        overrides=overrides,
        rules=rules,
        checkpoints=checkpoints,
        registry=registry,
    )


def load_document(
    document: Node,
    *,
    overrides: Iterable[str] = (),
    rules: Iterable[str] = (),
    checkpoints: Checkpoints | None = None,
    registry: Registry | None = None,
) -> Spec:
    """The spec of a document that was read, with everything it extends.

    Whoever has read a file to see what it is goes on with this one reading, since a pipe cannot be
    read again, and a file may have changed.

    Args:
        document: what `Location.read` gave; its source is named by its location, beside which the
            files that it extends are looked for.
        overrides: as `load`.
        rules: as `load`.
        checkpoints: as `load`.
        registry: as `load`.

    Raises:
        SpecError: as `load`.
    """
    expect_kind(document, SPEC)
    registry = current_registry() if registry is None else registry
    flat = _Loader(registry).flat(document)
    changes, added = tuple(overrides), tuple(rules)
    node = with_rules(with_settings(flat.node(), changes), added)
    node = with_checkpoints(node, checkpoints or {})
    refuse_errors(check(node, registry) if changes or added else [], SpecError)
    return spec_of(node, registry, flat.sources)


@dataclass(frozen=True, slots=True)
class _File:
    """One document, and the texts of all that it extends."""

    node: Node
    above: frozenset[Source] = frozenset()


@dataclass
class _Flat:
    """A document with everything it extends: settings, and rules in order."""

    own: Source
    place: Place
    settings: dict[str, Node] = field(default_factory=dict)
    rules: list[Node] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)

    def node(self) -> Node:
        entries = [rule if rule.source == self.own else _inherited(rule) for rule in self.rules]
        rules = Node.sequence(entries, self.place)
        return Node.mapping({**self.settings, "rules": rules}, self.place)

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


class _Loader:
    """Reads each file once, parents first; what cannot be read is not tried again either."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.files: dict[str, _File] = {}
        self.failures: dict[str, SpecError] = {}
        self.problems: list[Problem] = []

    def flat(self, document: Node) -> _Flat:
        location = Location.of(document.source.name)
        self.add(document, location, (location,))
        refuse_errors(self.problems, SpecError)
        flat = _Flat(document.source, document.place)
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
