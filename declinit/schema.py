"""Checking documents: the published JSON Schemas, joined with what the registry knows.

The published schemas are for editors and other tools. Here the same files check the shape of a
document, and each initializer is then checked against its own kind only, found by its name: that
is faster than a long chain of `if`s and gives one error per mistake. A test holds the two equal.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
from jsonschema.exceptions import ValidationError
from referencing import Registry as References
from referencing import Resource

from declinit.builtin import BUILTIN
from declinit.documents import Node
from declinit.errors import DeclinitError, Problem, did_you_mean
from declinit.files import write_text
from declinit.registry import Kind, Registry, is_registered_name

SPEC, INITIALIZERS, PLAN, AUDIT = "spec", "initializers", "plan", "audit"
NAMES = (SPEC, INITIALIZERS, PLAN, AUDIT)
DIALECT = "https://json-schema.org/draft/2020-12/schema"
REGISTERED_NAME = "^[^>]+>[^>]+$"
SERIALIZED: dict[str, Any] = {
    "required": ["class_name"],
    "properties": {
        "class_name": {"type": "string"},
        "config": {"type": ["object", "null"]},
        "module": {"type": ["string", "null"]},
        "registered_name": {"type": ["string", "null"]},
    },
    "additionalProperties": False,
}


def file_name(name: str) -> str:
    """The file in `schemas/` that holds a schema."""
    return f"{name}.schema.json"


def schema_text(name: str) -> str:
    """The published text of a schema, from the wheel or from the checkout beside the package.

    Args:
        name: one of `NAMES`.

    Raises:
        DeclinitError: for another name, or where the installation lacks the file.
    """
    if name not in NAMES:
        hint = did_you_mean(name, NAMES)
        message = f"unknown schema {name!r}; there are {', '.join(NAMES)}"
        raise DeclinitError([Problem(message=message, hint=hint)])
    package = resources.files("declinit")
    checkout = Path(str(package)).parent
    installed = package / "schemas" / file_name(name)
    if not installed.is_file() and (checkout / "pyproject.toml").is_file():
        return (checkout / "schemas" / file_name(name)).read_text(encoding="utf-8")
    try:
        return installed.read_text(encoding="utf-8")
    except OSError as error:
        raise DeclinitError(f"this installation lacks {file_name(name)}: {error}") from error


def initializers_schema(registry: Registry = BUILTIN) -> dict[str, Any]:
    """The JSON Schema of an `initializer:` entry, made of the registry's rows."""
    kinds = list(registry.values())
    ours = [kind for kind in kinds if kind.registered_name]
    return {
        "$schema": DIALECT,
        "$comment": "Generated from declinit/builtin.py; run `make schemas` to write it again.",
        "title": "declinit initializer",
        "description": "An identifier, a mapping with `name` and parameters, or what "
        "keras.initializers.serialize gives.",
        "type": ["string", "object"],
        "if": {"type": "string"},
        "then": {"$ref": "#/definitions/identifier"},
        "else": {
            "if": {"required": ["class_name"]},
            "then": {"$ref": "#/definitions/serialized"},
            "else": {"$ref": "#/definitions/flat"},
        },
        "definitions": {
            "identifier": {
                "type": "string",
                "anyOf": [{"enum": registry.identifiers()}, {"pattern": REGISTERED_NAME}],
            },
            "flat": {
                "required": ["name"],
                "properties": {"name": {"$ref": "#/definitions/identifier"}},
                "allOf": [_picked(kind, "name", _flat(kind)) for kind in kinds],
            },
            "serialized": {
                **SERIALIZED,
                "if": {
                    "properties": {
                        "registered_name": {"type": "string", "pattern": REGISTERED_NAME}
                    },
                    "required": ["registered_name"],
                },
                "then": {"allOf": [_serialized(kind, "registered_name") for kind in ours]},
                "else": {
                    "properties": {"class_name": {"$ref": "#/definitions/identifier"}},
                    "allOf": [_serialized(kind, "class_name") for kind in kinds],
                },
            },
            **{kind.name: _described(kind) for kind in kinds},
        },
    }


def _described(kind: Kind) -> dict[str, Any]:
    formula = f" {kind.formula}." if kind.formula else ""
    return {"description": f"{kind.summary}{formula}", **kind.schema()}


def _flat(kind: Kind) -> dict[str, Any]:
    named = {"name": {"description": f"{kind.summary} {kind.formula}".strip()}}
    schema = kind.schema()
    return {**schema, "properties": {**named, **schema["properties"]}}


def _serialized(kind: Kind, key: str) -> dict[str, Any]:
    config = {"properties": {"config": {"$ref": f"#/definitions/{kind.name}"}}}
    return _picked(kind, key, config)


def _picked(kind: Kind, key: str, then: dict[str, Any]) -> dict[str, Any]:
    names = [*filter(None, (*kind.identifiers, kind.registered_name))]
    return {"if": {"properties": {key: {"enum": names}}, "required": [key]}, "then": then}


def _is_integer(_checker: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


# Seeds and counts must be whole numbers as written: 7.0 is not one.
_Validator: Any = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)


@functools.cache
def _shape_validator(name: str) -> Any:
    """A validator of the published file, initializers left to their own kinds."""
    anything = Resource.from_contents({"$schema": DIALECT})
    known = References().with_resource(file_name(INITIALIZERS), anything)
    return _Validator(json.loads(schema_text(name)), registry=known)


def check_shape(node: Node, name: str) -> list[Problem]:
    """All faults of a document against a published schema, in the order of their places.

    Args:
        node: the document.
        name: one of `NAMES`.
    """
    return in_order(_problems(_shape_validator(name), node))


def check_spec(node: Node, registry: Registry) -> list[Problem]:
    """All faults of a spec document: its shape, and each initializer against its kind.

    Rules of a long spec repeat each other but for their patterns: what was found good once is not
    looked at again.
    """
    rules = node.child("rules")
    entries = rules.items if rules else []
    frame = node if rules is None else _with_empty_rules(node, rules)
    problems = list(_problems(_shape_validator(SPEC), frame))
    good: set[str] = set()
    for index, entry in enumerate(entries):
        faults = _problems(_rule_validator(), entry, base=f"`rules[{index}]`: ")
        problems += _unless_good(_skeleton(entry.value), good, faults)
        initializer = entry.child("initializer")
        if initializer is not None:
            key = json.dumps(initializer.value, default=str)
            problems += _unless_good(key, good, check_initializer(initializer, registry))
    return in_order(problems)


def _with_empty_rules(node: Node, rules: Node) -> Node:
    empty = Node.sequence([], rules.place) if isinstance(rules.value, list) else rules
    return Node.mapping({**node.fields, "rules": empty}, node.place, node.keys)


@functools.cache
def _rule_validator() -> Any:
    whole = _shape_validator(SPEC)
    return whole.evolve(schema=whole.schema["definitions"]["rule"])


def _skeleton(value: Any) -> str:
    """A rule as text, with what any text would do for left out."""
    if not isinstance(value, dict):
        return json.dumps([value], default=str)
    free = {"match", "exclude", "layer", "note"}
    plain = {
        key: "" if key in free and isinstance(inner, str) and inner else [inner]
        for key, inner in value.items()
    }
    if "initializer" in plain:
        plain["initializer"] = ""  # has a check of its own
    return json.dumps(plain, default=str)


def _unless_good(key: str, good: set[str], problems: Iterator[Problem]) -> list[Problem]:
    if key in good:
        return []
    found = list(problems)
    if not found:
        good.add(key)
    return found


def check_initializer(node: Node, registry: Registry) -> Iterator[Problem]:
    """All faults of one `initializer:` entry in any of its three spellings."""
    if isinstance(node.value, str):
        yield from _check_name(node, registry)
    elif not isinstance(node.value, dict):
        expected = "an initializer is a name or a mapping"
        yield Problem(message=f"{expected}, received {shown(node.value)}", where=node.place)
    elif "class_name" in node.value:
        yield from _check_serialized(node, registry)
    else:
        yield from _check_flat(node, registry)


def _check_name(node: Node, registry: Registry) -> Iterator[Problem]:
    if not isinstance(node.value, str):
        received = shown(node.value)
        yield Problem(
            message=f"expected an initializer's name, received {received}", where=node.place
        )
    elif registry.find(node.value) is None:
        message, hint = registry.unknown(node.value)
        yield Problem(message=message, hint=hint, where=node.place)


def _check_flat(node: Node, registry: Registry) -> Iterator[Problem]:
    name = node.child("name")
    if name is None:
        yield _nameless(node)
        return
    yield from _check_name(name, registry)
    if isinstance(name.value, str) and (kind := registry.find(name.value)):
        yield from _problems(_kind_validator(kind, flat=True), node, _a(kind))
        yield from _check_constraint(kind, node)


def _nameless(node: Node) -> Problem:
    for key in node.fields:
        if hint := did_you_mean(key, ("name", "class_name")):
            where = node.place_of([key], key=True)
            return Problem(message=f"unknown key {key!r}", where=where, hint=hint)
    return Problem(message="missing key 'name'", where=node.place)


def _check_serialized(node: Node, registry: Registry) -> Iterator[Problem]:
    yield from _problems(_Validator(SERIALIZED), node, "a serialized initializer")
    name = serialized_name(node.value)
    if not isinstance(name, str):
        return
    kind, config = registry.find(name), node.child("config")
    if kind is None:
        message, hint = registry.unknown(name)
        yield Problem(message=message, hint=hint, where=node.place_of(["class_name"]))
    elif config is not None and isinstance(config.value, dict):
        yield from _problems(_kind_validator(kind, flat=False), config, _a(kind))
        yield from _check_constraint(kind, config)


def serialized_name(value: Mapping[str, Any]) -> Any:
    """The identifier in what `keras.initializers.serialize` gives."""
    registered = value.get("registered_name")
    if isinstance(registered, str) and is_registered_name(registered):
        return registered
    return value["class_name"]


@functools.lru_cache(maxsize=1024)
def _validator_of(schema_text: str) -> Any:
    return _Validator(json.loads(schema_text))


def _kind_validator(kind: Kind, *, flat: bool) -> Any:
    schema = _flat(kind) if flat else kind.schema()
    return _validator_of(json.dumps(schema))


def _check_constraint(kind: Kind, node: Node) -> Iterator[Problem]:
    try:
        message = kind.constraint(node.value) if kind.constraint else None
    except TypeError:  # a value of the wrong type has its own problem already
        return
    if message:
        yield Problem(message=f"{kind.name}: {message}", where=node.place)


def _a(kind: Kind) -> str:
    return f"{kind.name!r}"


def _problems(validator: Any, node: Node, owner: str = "", base: str = "") -> Iterator[Problem]:
    errors = list(validator.iter_errors(node.value))
    # A key that is misspelt is missing too, but that is one mistake.
    misspelt = {
        (tuple(error.absolute_path), did_you_mean(key, error.schema.get("properties", {})))
        for error in errors
        for key in _unknown_keys(error)
    }
    for error in errors:
        missing = f"did you mean {_required_key(error)!r}?"
        if (tuple(error.absolute_path), missing) not in misspelt:
            yield from _explained(error, node, owner, base)


def _unknown_keys(error: ValidationError) -> list[str]:
    if error.validator != "additionalProperties":
        return []
    schema: Any = error.schema
    value: Any = error.instance
    return [key for key in value if key not in schema.get("properties", {})]


def _required_key(error: ValidationError) -> str | None:
    return error.message.split("'")[1] if error.validator == "required" else None


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Problems in the order of their places."""

    def position(problem: Problem) -> tuple[str, int, int]:
        place = problem.where
        return (place.source.name, place.line, place.column) if place else ("", 0, 0)

    return sorted(problems, key=position)


def _explained(error: ValidationError, node: Node, owner: str, base: str) -> Iterator[Problem]:
    """A validator's finding in words, at the key or value that is at fault."""
    path = list(error.absolute_path)
    where = node.place_of(path)
    schema: Any = error.schema
    if error.validator == "additionalProperties":
        allowed = schema.get("properties", {})
        for key in _unknown_keys(error):
            yield _unknown_key(key, allowed, node.place_of([*path, key], key=True), owner)
    elif missing := _required_key(error):
        yield Problem(message=f"missing key {missing!r}", where=node.at(path).place)
    else:
        message, hint = _words(error, schema, error.instance)
        label = _label(path, owner) or base
        yield Problem(message=f"{label}{message}", hint=hint, where=where)


def _unknown_key(key: str, allowed: Iterable[str], where: Any, owner: str) -> Problem:
    names = sorted(allowed)
    hint = did_you_mean(key, names)
    if hint is None:
        hint = f"known keys: {', '.join(names)}" if names else "it takes no parameters"
    of = f" of {owner}" if owner else ""
    return Problem(message=f"unknown key {key!r}{of}", where=where, hint=hint)


def _label(path: list[str | int], owner: str) -> str:
    key = next((at for at in reversed(range(len(path))) if isinstance(path[at], str)), len(path))
    items = "".join(f"[{index}]" for index in path[key + 1 :])
    last = f"`{path[key]}{items}`" if key < len(path) else ""
    of = f" of {owner}" if owner and last else owner
    return f"{last}{of}: " if last or of else ""


_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "a mapping",
    "string": "a string",
}


def _words(error: ValidationError, schema: Any, value: Any) -> tuple[str, str | None]:
    bound: Any = error.validator_value
    received = f"received {shown(value)}"
    if "errorMessage" in schema and error.validator in {"not", "pattern"}:
        about = f", {received}" if error.validator == "pattern" else ""
        return f"{schema['errorMessage']}{about}", None
    match error.validator:
        case "type":
            types = [bound] if isinstance(bound, str) else bound
            return f"expected {_either(_TYPES[name] for name in types)}, {received}", None
        case "enum":
            hint = did_you_mean(value, [v for v in bound if v]) if isinstance(value, str) else None
            return f"expected one of {', '.join(shown(v) for v in bound)}; {received}", hint
        case "const":
            return f"expected {shown(bound)}, {received}", None
        case "minimum":
            return f"expected at least {bound}, {received}", None
        case "maximum":
            return f"expected at most {bound}, {received}", None
        case "exclusiveMinimum":
            return f"expected more than {bound}, {received}", None
        case "minItems" | "minLength" | "minProperties":
            return "must not be empty", None
    return f"{error.message}", None


def _either(words: Iterable[str]) -> str:
    *head, last = list(words)
    return f"{', '.join(head)} or {last}" if head else last


def shown(value: Any) -> str:
    """A value as a document spells it, shortened."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def write_schemas() -> None:
    """Write the generated schema to the checkout's `schemas/`."""
    checkout = Path(str(resources.files("declinit"))).parent
    text = json.dumps(initializers_schema(), indent=2, ensure_ascii=False) + "\n"
    write_text(checkout / "schemas" / file_name(INITIALIZERS), text)


if __name__ == "__main__":
    write_schemas()
