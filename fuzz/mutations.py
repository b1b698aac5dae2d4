"""Data and texts, changed a little, in ways that their readers may not expect."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from random import Random
from typing import Any

import yaml

LONGEST = 10_000
HEXADECIMAL = "0x" + "f" * 298
NUMBERS = (0, -1, 1, 7, 64, 2**31, 2**53, -(2**63), 10**299, 0.5, -0.0, 1e-3, 5e-324, 1.7e308)
TEXTS: tuple[str, ...] = (
    *("", "a", "**", "**/kernel", "zeros", "he_normal", "RandomNormal", "P>Mine", "a>b", "error"),
    *("warn", "allow", "keras", "float32", "int8", "bfloat16", "Dense", "lstm", "head/kernel"),
    *("$blocks", "\\$a", "{l}", "block_{l}/**", "base / sqrt(2 * count(l))", "1 / 0", "a ** b"),
    *("\0", "a\0b", "\x1b[31m", "\u202e", "\ud800", "é", "😀", "\u2028", "\x85", "\n", "/", "a/b"),
    *("../parts/base.yaml", "../parts/broken.yaml", "one-rule.yaml", "/dev/null", "/dev/zero"),
    *(
        "fuzzed.yaml",
        "x" * 300,
        "*?" * 200,
        "{" + "." * 300,
        "[" * 70,
        "a.b",
        "{0..9}" * 20,
        "0" * 64,
    ),
)
KEYS: tuple[str, ...] = (
    *("declinit", "seed", "generator", "fans", "strict", "rules", "extends", "disable", "note"),
    *("match", "exclude", "layer", "initializer", "keep", "expect", "optional", "id", "inherited"),
    *("name", "class_name", "config", "module", "registered_name", "value", "stddev", "mean"),
    *("minval", "maxval", "scale", "mode", "distribution", "gain", "input_axes", "output_axes"),
    *("groups", "constants", "moved", "from", "to", "base", "n"),
    *("copy_of", "load", "take", "transpose", "reshape", "checkpoints", "on_missing", "on_shape"),
    *("min", "max", "unused", "unmatched", "shadowed", "overlap", "declinit_plan", "parts", "at"),
    *("declinit_audit", "variables", "path", "aliases", "shape", "dtype", "rule", "beaten", "says"),
    *(
        "expected",
        "fan_in",
        "fan_out",
        "keras_fans",
        "digest",
        "versions",
        "notes",
        "",
        "a.b",
        "\0",
    ),
)
WORDS: tuple[str, ...] = (
    *(*"{}[]:,-?!&*|>%@`'\"#\\ \t\n=().", "\0", "\x85", "\u2028", "\ufeff", "é", "😀", "\ud800"),
    *("\n  ", ": ", "- ", " #", "---\n", "...", "%YAML 1.1\n", "<<", "//", "!!int ", "&x ", "*x"),
    *("**", "{0..9}", "{a,b}", "[a-z]", "[!", "1e400", ".nan", "NaN", "null", "012", "true"),
    *("\\ud800", "\\u", "\\x", "\\", HEXADECIMAL, "1" * 301, "a" * 300, "[" * 80, "{a: " * 80),
    *("=keep", "=zeros", "=b(", "x=1", ", ", ")", "..", "/", "name: "),
)


def hostile_value(random: Random) -> Any:
    """A value that a key may not expect."""
    nested: Any = random.choice(TEXTS)
    for _ in range(random.choice((1, 2, 70))):
        nested = [nested] if random.random() < 0.5 else {random.choice(KEYS): nested}
    simple: tuple[Any, ...] = (
        None,
        True,
        False,
        [],
        {},
        random.choice(NUMBERS),
        random.choice(TEXTS),
    )
    return random.choice((*simple, random.choice(NUMBERS), random.choice(TEXTS), nested))


def _containers(data: Any) -> list[Any]:
    found, left = [], [data]
    while left:
        one = left.pop()
        if isinstance(one, dict | list):
            found.append(one)
            left += one.values() if isinstance(one, dict) else one
    return found


def mutated_data(data: Any, others: Sequence[Any], random: Random) -> Any:
    """Data with one to four changes.

    Args:
        data: what to change; stays as it is.
        others: what to take values from too.
        random: decides everything.
    """
    changed = copy.deepcopy(data)
    # Most documents have one fault or two: more would hide each other.
    for _ in range(random.choice((1, 1, 1, 2, 2, 4))):
        containers = _containers(changed)
        if not containers:
            return hostile_value(random)
        _change(random.choice(containers), others, random)
    return changed


def _change(container: Any, others: Sequence[Any], random: Random) -> None:
    keys: list[Any] = (
        list(container) if isinstance(container, dict) else list(range(len(container)))
    )
    action = random.random()
    if not keys or action < 0.1:
        _insert(container, _some_value(others, random), random)
    elif action < 0.35:
        container[random.choice(keys)] = hostile_value(random)
    elif action < 0.5:
        container[random.choice(keys)] = _some_value(others, random)
    elif action < 0.58:
        del container[random.choice(keys)]
    elif action < 0.7:
        value = container[random.choice(keys)]
        _insert(container, copy.deepcopy(value), random)
    elif action < 0.93:
        key = random.choice(keys)
        container[key] = _reshaped(container[key], random)
    elif isinstance(container, dict):
        key = random.choice(keys)
        container[mutated_text(key, (), random)] = container.pop(key)
    else:
        random.shuffle(container)


def _insert(container: Any, value: Any, random: Random) -> None:
    if isinstance(container, dict):
        container[random.choice(KEYS)] = value
    else:
        container.insert(random.randint(0, len(container)), value)


def _some_value(others: Sequence[Any], random: Random) -> Any:
    """A value of another document, which fits somewhere."""
    container = random.choice(_containers(random.choice(others)) or [[None]])
    values = list(container.values()) if isinstance(container, dict) else container
    return copy.deepcopy(random.choice(values)) if values else None


def _reshaped(value: Any, random: Random) -> Any:
    """A value of the same meaning in another form, or nearly so."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int | float):
        return random.choice((str(value), value * 2, -value, float(value), [value], value + 1))
    if isinstance(value, str):
        return random.choice((mutated_text(value, (), random), [value], [value, value], value * 3))
    return random.choice(([value], {"name": value}, list(value), str(value)))


def mutated_text(text: str, others: Sequence[str], random: Random) -> str:
    """A text with one to four changes of its characters.

    Args:
        text: what to change.
        others: what to take parts from.
        random: decides everything.
    """
    for _ in range(random.choice((1, 1, 2, 4))):
        start = random.randint(0, len(text))
        end = min(len(text), start + random.choice((0, 0, 1, 1, 2, 8, 40)))
        text = text[:start] + _replacement(text[start:end], others, random) + text[end:]
    return text[:LONGEST]


def _replacement(part: str, others: Sequence[str], random: Random) -> str:
    action = random.random()
    if action < 0.5 or (action >= 0.9 and not others):
        return random.choice(WORDS)
    if action < 0.7:
        return ""
    if action < 0.8:
        return part * random.choice((2, 3, 50))
    if action < 0.9:
        return part[::-1]
    other = random.choice(others)
    start = random.randint(0, len(other))
    return other[start : start + random.choice((1, 5, 40))]


def mutated_document(data: Any, others: Sequence[Any], random: Random, *, as_json: bool) -> str:
    """A document with changed data, written as JSON or YAML, now and then with changed characters.

    Args:
        data: of the document.
        others: data of other documents.
        random: decides everything.
        as_json: whether its reader knows JSON only.
    """
    changed = mutated_data(data, others, random)
    text = "" if as_json or random.random() < 0.85 else _as_yaml(changed, random)
    if not text:
        text = json.dumps(
            changed, indent=random.choice((None, 1)), ensure_ascii=random.random() < 0.5
        )
    return mutated_text(text, (), random) if random.random() < 0.2 else text


def _as_yaml(data: Any, random: Random) -> str:
    """Data as YAML; empty where YAML has no way to write it."""
    try:
        flow = random.random() < 0.3
        return str(yaml.dump(data, Dumper=_DUMPER, default_flow_style=flow))
    except UnicodeEncodeError:  # half a surrogate pair
        return ""


_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
