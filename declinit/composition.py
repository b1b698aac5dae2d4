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
from declinit.schema import check_spec
from declinit.spec import Spec, spec_of

MAX_EXTENDS = 16
_CALL = re.compile(r"(?P<name>[^(]+?)\s*(?:\((?P<arguments>.*)\))?\s*", re.DOTALL)


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
    registry = registry or current_registry()
    document = _Loader(registry).flat(Path(path))
    overridden = _with_rules(_with_settings(document.node(), set), rule)
    refuse_errors(check_spec(overridden, registry) if set or rule else [], SpecError)
    return spec_of(overridden, registry, document.sources)


@dataclass
class _Flat:
    """A document with everything it extends: settings, and rules in order."""

    place: Place
    settings: dict[str, Node] = field(default_factory=dict)
    rules: list[Node] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)

    def node(self) -> Node:
        rules = Node.sequence(self.rules, self.place)
        return Node.mapping({**self.settings, "rules": rules}, self.place)

    def inherit(self, parent: _Flat) -> None:
        """Put another document below this one; its rules come after those already here."""
        self.settings = _over(self.settings, parent.settings)
        self.rules += [_inherited(rule) for rule in parent.rules]
        self.sources += [source for source in parent.sources if source not in self.sources]


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
        self.done: set[Path] = set()

    def flat(self, path: Path, chain: tuple[Path, ...] = (), where: Place | None = None) -> _Flat:
        resolved = path.resolve()
        self.refuse_endless((*chain, resolved), where)
        self.done.add(resolved)
        node = _read_from(path, where)
        refuse_errors(check_spec(node, self.registry), SpecError)
        flat = _Flat(node.place)
        for parent in _parents(node):
            file = path.parent / str(parent.value)
            if file.resolve() not in self.done or file.resolve() in (*chain, resolved):
                flat.inherit(self.flat(file, (*chain, resolved), parent.place))
        own = {k: v for k, v in node.fields.items() if k not in {"rules", "extends", "disable"}}
        flat.settings = _over(flat.settings, own)
        flat.sources.append(node.source)
        _add_rules(flat, node)
        return flat

    def refuse_endless(self, chain: tuple[Path, ...], where: Place | None) -> None:
        if chain[-1] in chain[:-1]:
            way = " -> ".join(path.name for path in chain)
            raise SpecError(
                [Problem(message=f"specs extend each other in a circle: {way}", where=where)]
            )
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
    if extends is None:
        return []
    return extends.items or [extends]


def _add_rules(flat: _Flat, node: Node) -> None:
    """Own rules go last, but one with an inherited id takes that rule's place; `disable` drops."""
    by_id = {_id(rule): index for index, rule in enumerate(flat.rules) if _id(rule)}
    problems = []
    dropped = set()
    disable = node.child("disable")
    for entry in disable.items if disable else []:
        if entry.value in by_id:
            dropped.add(by_id[str(entry.value)])
        else:
            message = f"no inherited rule has the id {entry.value!r}"
            hint = did_you_mean(str(entry.value), [name for name in by_id if name])
            problems.append(Problem(message=message, where=entry.place, hint=hint))
    refuse_errors(problems, SpecError)
    rules = node.child("rules")
    added = []
    for rule in rules.items if rules else []:
        if _id(rule) in by_id:
            flat.rules[by_id.pop(_id(rule))] = rule
        else:
            added.append(rule)
    flat.rules = [r for index, r in enumerate(flat.rules) if index not in dropped] + added


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
    if rules is not None and keys[0] in ids:
        changed = list(rules.items)
        index = ids[keys[0]]
        changed[index] = _replaced(changed[index], keys[1:], value)
        return Node.mapping(
            {**node.fields, "rules": Node.sequence(changed, rules.place)}, node.place, node.keys
        )
    settings = ("seed", "generator", "fans", "strict", "note")
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
    pattern, equals, right = text.rpartition("=") if "(" not in text else _before_call(text)
    source = Source(f"--rule {text}", text)
    if not equals or not pattern.strip() or not right.strip():
        raise SpecError([Problem(message=f"--rule {text!r}: expected PATTERN=INITIALIZER")])
    body: dict[str, Any] = {"match": pattern.strip()}
    if right.strip() == "keep":
        body["keep"] = True
    else:
        body["initializer"] = _initializer_value(right.strip(), source)
    return node_of(body, source)


def _before_call(text: str) -> tuple[str, str, str]:
    head, _, arguments = text.partition("(")
    pattern, equals, name = head.rpartition("=")
    return pattern, equals, f"{name}({arguments}"


def _initializer_value(text: str, source: Source) -> Any:
    call = _CALL.fullmatch(text)
    if call is None:
        raise SpecError([Problem(message=f"{source.name}: expected NAME or NAME(key=value)")])
    if call["arguments"] is None:
        return call["name"]
    return {"name": call["name"], **dict(_arguments(call["arguments"], source))}


def _arguments(text: str, source: Source) -> Iterator[tuple[str, Any]]:
    for part in filter(str.strip, text.split(",")):
        key, equals, value = part.partition("=")
        if not equals:
            raise SpecError(
                [Problem(message=f"{source.name}: expected key=value, received {part!r}")]
            )
        yield key.strip(), parse(value.strip(), source.name).value
