"""Each `initializer:` entry checked against its own kind."""

from __future__ import annotations

import json
from collections.abc import Iterator

from declinit.checks.validators import Validator, validator_of
from declinit.checks.wording import schema_problems, shown, unknown_key
from declinit.documents import Node
from declinit.errors import Problem, did_you_mean
from declinit.kinds.numbers import formulas_in
from declinit.kinds.registry import Kind, Registry
from declinit.kinds.schema import SERIALIZED, flat_schema, policy_schema, serialized_name


def check_initializer(node: Node, registry: Registry) -> Iterator[Problem]:
    """All faults of one `initializer:` entry in any of its three spellings."""
    if isinstance(node.value, str):
        yield from _check_name(node, registry)
    elif not isinstance(node.value, dict):
        message = f"an initializer is a name or a mapping, received {shown(node.value)}"
        yield Problem("DI203", message, where=node.place)
    elif "class_name" in node.value:
        yield from _check_serialized(node, registry)
    else:
        yield from _check_flat(node, registry)


def _check_name(node: Node, registry: Registry) -> Iterator[Problem]:
    if not isinstance(node.value, str):
        message = f"expected an initializer's name, received {shown(node.value)}"
        yield Problem("DI203", message, where=node.place)
    elif (kind := registry.find(node.value)) is None:
        yield registry.unknown(node.value).at(node.place)
    elif kind.fault:
        yield Problem("DI312", kind.fault, where=node.place)


def _check_flat(node: Node, registry: Registry) -> Iterator[Problem]:
    name = node.child("name")
    if name is None:
        yield _nameless(node)
        return
    yield from _check_name(name, registry)
    if isinstance(name.value, str) and (kind := registry.find(name.value)):
        yield from _check_parameters(kind, node, flat=True)


def _nameless(node: Node) -> Problem:
    for key in node.fields:
        if did_you_mean(key, ("name", "class_name")):
            return unknown_key(key, ("name", "class_name"), node.place_of([key], key=True))
    return Problem("DI202", "missing key 'name'", where=node.place)


def _check_serialized(node: Node, registry: Registry) -> Iterator[Problem]:
    yield from schema_problems(
        validator_of(json.dumps(SERIALIZED)), node, "a serialized initializer"
    )
    name = serialized_name(node.value)
    if not isinstance(name, str):
        return
    kind, config = registry.find(name), node.child("config")
    if kind is None:
        yield registry.unknown(name).at(node.place_of(["class_name"]))
    elif kind.fault:
        yield Problem("DI312", kind.fault, where=node.place_of(["class_name"]))
    elif config is not None and isinstance(config.value, dict):
        yield from _check_parameters(kind, config, flat=False)


def _check_parameters(kind: Kind, node: Node, *, flat: bool) -> Iterator[Problem]:
    yield from schema_problems(_kind_validator(kind, flat=flat), node, repr(kind.name))
    formulas = formulas_in(kind, node.value)
    if formulas:  # few policies have any, and the others need not load them
        from declinit.checks.formulas import malformed_formulas

        yield from malformed_formulas(formulas, node)
    # What formulas come to is known, and held to the constraint, with a variable only.
    numbers = {key: child for key, child in node.fields.items() if (key,) not in formulas}
    yield from _check_constraint(kind, Node.mapping(numbers, node.place) if formulas else node)


def _kind_validator(kind: Kind, *, flat: bool) -> Validator:
    schema = flat_schema(kind) if flat else policy_schema(kind)
    return validator_of(json.dumps(schema))


def _check_constraint(kind: Kind, node: Node) -> Iterator[Problem]:
    try:
        message = kind.constraint(node.value) if kind.constraint else None
    except TypeError:  # a value of the wrong type has its own problem already
        return
    if message:
        yield Problem("DI210", f"{kind.name}: {message}", where=node.place)
