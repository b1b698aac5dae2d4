"""Loading a spec: what it extends, what it disables, and what the command line overrides.

Everything happens on nodes, which remember the file and line that they come from, so that a rule
keeps its origin however many files it went through.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from declinit.documents import Node, node_of, parse, read
from declinit.errors import (
    DeclinitError,
    Place,
    Problem,
    Source,
    SpecError,
    did_you_mean,
    refuse_errors,
)
from declinit.extensions import current_registry
from declinit.registry import Registry
from declinit.spec import Spec, check, spec_of

MAX_EXTENDS = 16
_RULE = re.compile(
    r"(?P<pattern>.*?\S.*?)=\s*"
    r"(?:(?P<yaml>\{.*\})|(?P<name>[^=({\s][^=({]*?)\s*(?:\((?P<arguments>.*)\))?)\s*",
    re.DOTALL,
)
_BETWEEN_ARGUMENTS = re.compile(r",(?=\s*\w+\s*=)")  # not those inside a list


def load(
    path: str | os.PathLike[str],
    *,
    set: Iterable[str] = (),  # noqa: A002
    rule: Iterable[str] = (),
    registry: Registry | None = None,
) -> Spec:
    """Read a spec file, with everything it extends.

    Args:
        path: a YAML file, or a JSON file if its name ends in `.json`.
        set: overrides `KEY=VALUE`: of a setting (`seed=7`, `strict.unused=warn`), or of a rule by
            its id (`residual-out.initializer.stddev=0.01`).
        rule: rules `PATTERN=INITIALIZER` that come last and so win, such as
            `**/bias=constant(value=0.1)` or `head/kernel=keep`.
        registry: the kinds of initializers it may name; the default holds all built-in ones and
            those registered by `declinit.register` or entry points.

    Returns:
        The spec.

    Raises:
        SpecError: with every fault found, each with its file, line and column.
    """
    registry = current_registry() if registry is None else registry
    document = _Loader(registry).flat(Path(path))
    overridden = _with_rules(_with_settings(document.node(), set), rule)
    refuse_errors(check(overridden, registry) if set or rule else [], SpecError)
    return spec_of(overridden, registry, document.sources)


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
        """Put one more document on top of those it extends; yields what it names in vain."""
        settings = file.node.fields.items()
        own = {k: v for k, v in settings if k not in {"rules", "extends", "disable"}}
        self.settings = _over(self.settings, own)
        self.sources.append(file.node.source)
        yield from self.add_rules(file)

    def add_rules(self, file: _File) -> Iterator[Problem]:
        """Own rules go last, but one with an inherited id takes its place; `disable` drops."""
        by_id = {_id(r): i for i, r in enumerate(self.rules) if r.source in file.above and _id(r)}
        names = [name for name in by_id if name]
        dropped = set()
        disable = file.node.child("disable")
        for entry in disable.items if disable else []:
            if entry.value in by_id:
                dropped.add(by_id.pop(str(entry.value)))
            else:
                message = f"no inherited rule has the id {entry.value!r}"
                hint = did_you_mean(str(entry.value), names)
                yield Problem(message=message, where=entry.place, hint=hint)
        added = []
        rules = file.node.child("rules")
        for rule in rules.items if rules else []:
            if _id(rule) in by_id:
                self.rules[by_id.pop(_id(rule))] = rule
            else:
                added.append(rule)
        self.rules = [r for i, r in enumerate(self.rules) if i not in dropped] + added


def _over(lower: dict[str, Node], upper: dict[str, Node]) -> dict[str, Node]:
    """Settings of one document on top of another's; `strict` key by key."""
    merged = {**lower, **upper}
    if "strict" in lower and "strict" in upper:
        both = {**lower["strict"].fields, **upper["strict"].fields}
        merged["strict"] = Node.mapping(both, upper["strict"].place)
    return merged


def _inherited(rule: Node) -> Node:
    flag = node_of(True, rule.source, rule.line, rule.column)
    return Node.mapping({**rule.fields, "inherited": flag}, rule.place, rule.keys)


class _Loader:
    """Reads each file once, parents first."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.files: dict[Path, _File] = {}
        self.problems: list[Problem] = []

    def flat(self, path: Path) -> _Flat:
        self.visit(path)
        refuse_errors(self.problems, SpecError)
        root = self.files[path.resolve()].node
        flat = _Flat(root.source, root.place)
        refuse_errors([p for file in self.files.values() for p in flat.add(file)], SpecError)
        return flat

    def visit(
        self, path: Path, chain: tuple[Path, ...] = (), where: Place | None = None
    ) -> frozenset[Source]:
        """Read a file and all that it extends; the texts of them all."""
        resolved = path.resolve()
        chain = (*chain, resolved)
        _refuse_endless(chain, where)
        if resolved not in self.files:
            node = _read_from(path, where)
            self.problems += check(node, self.registry)
            above = [self.visit_parent(path, parent, chain) for parent in _parents(node)]
            self.files[resolved] = _File(node, frozenset().union(*above))
        file = self.files[resolved]
        return file.above | {file.node.source}

    def visit_parent(self, path: Path, parent: Node, chain: tuple[Path, ...]) -> frozenset[Source]:
        """Read a file that another names; what is wrong with it is kept for later."""
        try:
            return self.visit(path.parent / str(parent.value), chain, parent.place)
        except SpecError as error:
            self.problems += error.problems
            return frozenset()


def _refuse_endless(chain: tuple[Path, ...], where: Place | None) -> None:
    if chain[-1] in chain[:-1]:
        way = " -> ".join(path.name for path in chain[chain.index(chain[-1]) :])
        message = f"specs extend each other in a circle: {way}"
        raise SpecError([Problem(message=message, where=where)])
    if len(chain) > MAX_EXTENDS:
        message = f"more than {MAX_EXTENDS} specs extend one another"
        raise SpecError([Problem(message=message, where=where)])


def _read_from(path: Path, where: Place | None) -> Node:
    try:
        return read(path)
    except SpecError as error:
        if where is None or error.problems[0].where is not None:
            raise
        # A parent that cannot be read is the fault of the line that names it.
        problem = error.problems[0]
        raise SpecError(
            [Problem(message=problem.message, hint=problem.hint, where=where)]
        ) from error


def _parents(node: Node) -> list[Node]:
    extends = node.child("extends")
    named = [extends, *extends.items] if extends else []
    # Anything but a text has its own problem already.
    return [parent for parent in named if isinstance(parent.value, str) and parent.value]


def _id(rule: Node) -> str | None:
    node = rule.child("id")
    return str(node.value) if node else None


def _with_settings(node: Node, overrides: Iterable[str]) -> Node:
    problems: list[Problem] = []
    for text in overrides:
        key, equals, value = text.partition("=")
        try:
            if not equals or not key.strip():
                raise DeclinitError(f"--set {text!r}: expected KEY=VALUE")
            node = _set(node, key.strip().split("."), parse(value, f"--set {key.strip()}"))
        except DeclinitError as error:
            problems += error.problems
    refuse_errors(problems, SpecError)
    return node


def _set(node: Node, keys: Sequence[str], value: Node) -> Node:
    """The document with the value at a way of keys, the first of which may be a rule's id."""
    rules = node.child("rules")
    ids = {_id(rule): index for index, rule in enumerate(rules.items if rules else [])}
    settings = ("seed", "generator", "fans", "strict", "note")
    if rules is not None and keys[0] in ids and keys[0] not in settings:
        changed = list(rules.items)
        index = ids[keys[0]]
        changed[index] = _replaced(changed[index], keys[1:], value)
        return Node.mapping(
            {**node.fields, "rules": Node.sequence(changed, rules.place)}, node.place, node.keys
        )
    if keys[0] not in settings:
        known = [*settings, *(name for name in ids if name)]
        message = f"--set: {keys[0]!r} is neither a setting nor the id of a rule"
        raise DeclinitError([Problem(message=message, hint=did_you_mean(keys[0], known))])
    return _replaced(node, keys, value)


def _replaced(node: Node, keys: Sequence[str], value: Node) -> Node:
    if not keys:
        return value
    fields = node.fields
    if isinstance(node.value, str):  # an initializer that was a bare name grows parameters
        fields = {"name": node}
    child = fields.get(keys[0]) or Node.mapping({}, value.place)
    changed = {**fields, keys[0]: _replaced(child, keys[1:], value)}
    return Node.mapping(changed, node.place, node.keys)


def _with_rules(node: Node, rules: Iterable[str]) -> Node:
    added = [_rule_node(text) for text in rules]
    if not added:
        return node
    present = node.child("rules")
    place = present.place if present else node.place
    every = Node.sequence([*(present.items if present else []), *added], place)
    return Node.mapping({**node.fields, "rules": every}, node.place, node.keys)


def _rule_node(text: str) -> Node:
    """`PATTERN=NAME`, `PATTERN=NAME(key=value, ...)`, `PATTERN={yaml}` or `PATTERN=keep`."""
    source = Source(f"--rule {text}", text)
    found = _RULE.fullmatch(text)
    if found is None:
        raise SpecError([Problem(message=f"--rule {text!r}: expected PATTERN=INITIALIZER")])
    body: dict[str, Any] = {"match": found["pattern"].strip()}
    if found["name"] == "keep" and found["arguments"] is None:
        body["keep"] = True
    elif found["yaml"]:
        body["initializer"] = parse(found["yaml"], source.name).value
    elif found["arguments"] is None:
        body["initializer"] = found["name"]
    else:
        config = _arguments(found["arguments"], source)
        body["initializer"] = {"class_name": found["name"], "config": config}
    return node_of(body, source)


def _arguments(text: str, source: Source) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in filter(None, map(str.strip, _BETWEEN_ARGUMENTS.split(text))):
        key, equals, value = part.partition("=")
        if not equals or not value.strip():
            message = f"{source.name}: expected key=value, received {part!r}"
            raise SpecError([Problem(message=message)])
        if key.strip() in found:
            raise SpecError([Problem(message=f"{source.name}: {key.strip()!r} is given twice")])
        found[key.strip()] = parse(value.strip(), source.name).value
    return found
