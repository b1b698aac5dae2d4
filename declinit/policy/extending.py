"""Loading a spec: what it extends, what it disables, and what the command line overrides."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from declinit.documents import Node, is_mapping
from declinit.documents.kinds import SPEC, expect_kind
from declinit.errors import Expected, SpecError, expect_arguments, refuse_errors
from declinit.kinds.extensions import current_registry
from declinit.kinds.registry import Registry
from declinit.policy.inheritance import flattened
from declinit.policy.locations import Location
from declinit.policy.overrides import Checkpoints, with_checkpoints, with_rules, with_settings
from declinit.policy.reading import check
from declinit.policy.spec import Spec, spec_of


def _are_texts(value: Any) -> bool:
    """Whether a value gives texts, as far as can be told before it is used up."""
    if not isinstance(value, Iterable) or isinstance(value, (str, bytes)) or is_mapping(value):
        return False
    return not isinstance(value, Sequence) or all(isinstance(one, str) for one in value)


PATH = Expected(
    "the path of a file",
    lambda value: isinstance(value, (str, os.PathLike)),
    ((is_mapping, "`declinit.Spec.from_config` reads a mapping"),),
)
TEXTS = Expected(
    "a list of texts",
    _are_texts,
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

    Example:
        >>> spec = declinit.load("policy.yaml", overrides=["seed=7"], rules=["head/bias=ones"])
        >>> spec.seed, [rule.label for rule in spec.rules]
        (7, ['kernels', 'offsets', 'rules[2]'])
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
    flat = flattened(document, Location.of(document.source.name), registry)
    changes, added = tuple(overrides), tuple(rules)
    with flat.chains_told():
        node = with_rules(with_settings(flat.node(), changes), added)
        node = with_checkpoints(node, checkpoints or {})
        refuse_errors(check(node, registry) if changes or added else [], SpecError)
        return spec_of(node, registry, flat.sources)
