"""The spec: a policy as an object, made of a document and turned back into one."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from declinit.documents import Node, node_of
from declinit.documents.kinds import SPEC, expect_kind
from declinit.errors import Problem, Source, SpecError, refuse_errors
from declinit.files import write_text
from declinit.kinds.extensions import current_registry
from declinit.kinds.registry import PORTABLE, Registry
from declinit.policy.groups import Groups, groups_of
from declinit.policy.inheritance import flattened
from declinit.policy.loads import CheckpointFile
from declinit.policy.locations import Location, is_recipe
from declinit.policy.moves import Moves
from declinit.policy.reading import check_names, rule_of
from declinit.policy.rules import Rule, Strict, unlisted
from declinit.policy.saving import Saveable
from declinit.policy.texts import policy_text
from declinit.wording import counted

if TYPE_CHECKING:
    from declinit.formulas import Reference
    from declinit.policy.constants import Constants

FORMAT_VERSION = 1


LAYER_FANS, KERAS_FANS = "layer", "keras"

CONFIG = "<config>"
"""What a spec from Python is called where a file would be called by its name."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Spec(Saveable):
    """An initialization policy.

    Attributes:
        rules: in order; the last matching one wins, whole.
        seed: the root seed; None draws one when the spec is resolved.
        generator: `"portable"` or `"keras"`.
        fans: `"layer"` or `"keras"`.
        strict: how strict to be about what does not match.
        constants: numbers with names, for formulas; themselves formulas.
        groups: named lists of patterns.
        checkpoints: files of weights with names.
        moves: where layers were before they were renamed.
        note: what the policy is for.
        allow: codes of warnings that the policy does not give.
        registry: the kinds of initializers that names are looked up in.
        sources: the texts it was read from.

    Example:
        >>> spec = declinit.load("policy.yaml")
        >>> spec
        <Spec of 2 rules, seed 3, generator 'portable'>
        >>> [rule.label for rule in spec.rules]
        ['kernels', 'offsets']
    """

    rules: tuple[Rule, ...]
    seed: int | None = None
    generator: str = PORTABLE
    fans: str = LAYER_FANS
    strict: Strict = field(default_factory=Strict)
    constants: Constants = field(default_factory=dict, hash=False)
    groups: Groups = field(default_factory=dict, hash=False)
    checkpoints: Mapping[str, CheckpointFile] = field(default_factory=dict, hash=False)
    moves: Moves = field(default_factory=Moves)
    note: str | None = None
    allow: tuple[str, ...] = ()
    registry: Registry = field(default_factory=current_registry, compare=False, repr=False)
    sources: tuple[Source, ...] = field(default=(), compare=False, repr=False)

    def __repr__(self) -> str:
        seed = "no seed" if self.seed is None else f"seed {self.seed}"
        return f"<Spec of {counted(len(self.rules), 'rule')}, {seed}, generator {self.generator!r}>"

    @classmethod
    def from_config(
        cls,
        config: Mapping[str, Any],
        registry: Registry | None = None,
        *,
        base: str | os.PathLike[str] | None = None,
    ) -> Spec:
        """A spec from data: what `get_config` gives, a document written in Python, or a config.

        Args:
            config: the document, a mapping of any class: an OmegaConf `DictConfig`, whose
                interpolations are resolved, or a `ConfigDict` of ml_collections, for instance.
            registry: the kinds of initializers it may name; the default holds all built-in ones
                and those registered by `declinit.register` or entry points.
            base: the folder that the files in `extends` and `checkpoints` are relative to. Without
                one, `extends` names recipes only, and `checkpoints` are relative to the working
                folder.

        Raises:
            SpecError: with every fault found, each with the keys that lead to it.

        Example:
            >>> normal = {"name": "random_normal", "stddev": 0.02}
            >>> rules = [{"match": "**/kernel", "initializer": normal}]
            >>> declinit.Spec.from_config({"declinit": 1, "seed": 3, "rules": rules})
            <Spec of 1 rule, seed 3, generator 'portable'>
        """
        registry = current_registry() if registry is None else registry
        name = CONFIG if base is None else str(Path(base) / CONFIG)
        node = node_of(config, Source(name, ""))
        refuse_errors(_homeless(node) if base is None else [], SpecError)
        return _inheriting(node, Location.of(name), registry)

    @classmethod
    def load(cls, path: str | os.PathLike[str], registry: Registry | None = None) -> Spec:
        """Read a spec file, with everything it extends; `declinit.load` takes overrides too.

        Args:
            path: a YAML file, a JSON file if its name ends in `.json`, or the text `recipe:NAME`.
            registry: as `from_config`.

        Raises:
            SpecError: with every fault found.

        Example:
            >>> declinit.Spec.load("recipe:resnet").generator
            'portable'
        """
        document = Location.of(path).read()
        expect_kind(document, SPEC)
        registry = current_registry() if registry is None else registry
        return _inheriting(document, Location.of(document.source.name), registry)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the spec to a file: JSON if its name ends in `.json`, otherwise YAML.

        Args:
            path: the file; an older one is replaced whole or not at all.

        Example:
            >>> declinit.load("recipe:resnet").save("flat.yaml")
            >>> declinit.load("flat.yaml").seed is None
            True
        """
        file = Path(path)
        is_json = file.suffix.lower() == ".json"
        write_text(file, self.to_json() if is_json else policy_text(self.get_config()))

    def get_config(self) -> dict[str, Any]:
        """The spec as plain data, itself a valid document, everything inherited written out.

        Example:
            >>> declinit.load("policy.yaml").get_config()["rules"][0]
            {'id': 'kernels', 'match': '**/kernel', 'initializer': 'he_normal'}
        """
        config: dict[str, Any] = {"declinit": FORMAT_VERSION}
        given = {"note": self.note, "seed": self.seed}
        config |= {key: value for key, value in given.items() if value is not None}
        strict = self.strict.get_config()
        config |= {"generator": self.generator, "fans": self.fans, "strict": strict}
        groups = {name: unlisted(list(patterns)) for name, patterns in self.groups.items()}
        files = {name: file.written for name, file in self.checkpoints.items()}
        named = {"constants": dict(self.constants), "groups": groups, "checkpoints": files}
        config |= {key: value for key, value in named.items() if value}
        if self.allow:
            config["allow"] = list(self.allow)
        if self.moves.sources:
            config["moved"] = self.moves.get_config()
        return config | {"rules": [rule.get_config() for rule in self.rules]}

    def lint(self) -> tuple[Problem, ...]:
        """What its text allows and yet is most often a mistake, as `declinit validate` tells it.

        Returns:
            Warnings, each with its code, place and hint; none of those that it allows.

        Example:
            >>> rules = [{"match": "dense_1/kernel", "initializer": "he_normal"}]
            >>> spec = declinit.Spec.from_config({"declinit": 1, "rules": rules})
            >>> [problem.code for problem in spec.lint()]
            ['DI337', 'DI334']
            >>> declinit.load("policy.yaml").lint()
            ()
        """
        from declinit.policy.lint import lint  # reading a spec does without

        return lint(self)

    @property
    def constant_values(self) -> Mapping[Reference, Decimal]:
        """The exact value of each constant, as a formula names it."""
        from declinit.policy.constants import values_of  # loads formulas, which few specs have

        return values_of(self.constants)

    @property
    def digest(self) -> str:
        """SHA-256 of what the spec says, however it is written."""
        text = json.dumps(self.get_config(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def _homeless(node: Node) -> list[Problem]:
    """Files that a document from Python extends, where nothing says in which folder they are."""
    extends = node.child("extends")
    message, hint = "`extends` names a file, and no folder is given", "give the folder as `base`"
    return [
        Problem("DI221", message, where=parent.place, hint=hint)
        for parent in ([extends, *extends.items] if extends else ())
        if isinstance(parent.value, str) and parent.value and not is_recipe(parent.value)
    ]


def _inheriting(document: Node, location: Location, registry: Registry) -> Spec:
    """The spec of a document with everything it extends."""
    flat = flattened(document, location, registry)
    with flat.chains_told():
        return spec_of(flat.node(), registry, flat.sources)


def spec_of(node: Node, registry: Registry, sources: Iterable[Source] = ()) -> Spec:
    """The spec of a checked document that holds everything it inherits.

    Raises:
        SpecError: for what its parts say of each other: ids used in several files, names of
            groups and constants that nothing defines.
    """
    refuse_errors(check_names(node, registry), SpecError)
    rules_node = node.child("rules")
    entries = enumerate(rules_node.items if rules_node else [])
    settings: Any = node.value
    texts = tuple(sources)
    groups = groups_of(settings.get("groups", {}))
    return Spec(
        rules=tuple(rule_of(index, entry, groups, registry) for index, entry in entries),
        seed=settings.get("seed"),
        generator=settings.get("generator", PORTABLE),
        fans=settings.get("fans", LAYER_FANS),
        strict=Strict(**settings.get("strict", {})),
        constants=settings.get("constants", {}),
        groups=groups,
        checkpoints=_checkpoints(node, texts),
        moves=Moves.from_config(settings.get("moved", [])),
        note=settings.get("note"),
        allow=tuple(dict.fromkeys(settings.get("allow", ()))),
        registry=registry,
        sources=tuple(text for text in texts if text.text),  # data from Python is none
    )


def _checkpoints(node: Node, files: Collection[Source]) -> dict[str, CheckpointFile]:
    """The checkpoints, each relative to the file that names it."""
    named = node.child("checkpoints")
    return {
        name: CheckpointFile(
            str(entry.value), _folder(entry.source) if entry.source in files else ""
        )
        for name, entry in (named.fields if named else {}).items()
    }


def _folder(file: Source) -> str:
    folder = PurePath(file.name).parent
    return "" if folder == PurePath() else folder.as_posix()
