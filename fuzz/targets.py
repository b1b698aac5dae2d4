"""The table of what is fuzzed: one row for each document, notation, or text of the command line."""

from __future__ import annotations

import functools
import itertools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from declinit.audits.audit import Audit
from declinit.checkpoints import open_checkpoint
from declinit.documents.node import Node
from declinit.documents.reading import Notation, parse, read
from declinit.errors import DeclinitError
from declinit.formulas import Formula, Name, Reference
from declinit.globs import Glob
from declinit.kinds.extensions import current_registry
from declinit.plans.comparison import compare
from declinit.plans.plan import Plan
from declinit.plans.resolution import draft
from declinit.policy.extending import load_document
from declinit.policy.rule_texts import parse_rule
from declinit.policy.spec import Spec
from fuzz import corpus, strategies
from fuzz.mutations import mutated_document, mutated_text
from fuzz.strategies import Texts

Steps = Callable[[str], Iterator[None]]
"""Takes a text through everything that is done with it, and yields once it is past the reader.

`DeclinitError` is what a faulty text may raise, and nothing else.
"""


@dataclass(frozen=True)
class Target:
    """What is fuzzed.

    Attributes:
        steps: what is done with a text.
        seeds: good texts.
        strategy: texts made from nothing.
        share: how many of a hundred texts are for this target.
        notation: of a document, whose data is mutated; None for a text, whose characters are.
    """

    steps: Steps
    seeds: Callable[[], Sequence[str]]
    strategy: Texts
    share: int
    notation: Notation | None = None

    @functools.cached_property
    def texts(self) -> Sequence[str]:
        """The good texts."""
        return self.seeds()

    @functools.cached_property
    def data(self) -> Sequence[Any]:
        """The data of those good documents that can be read."""
        return [data for text in self.texts for data in _data_of(text)]

    def mutated(self, random: Random) -> str:
        """A good text, changed a little."""
        if self.notation is None or random.random() < 0.1:
            return mutated_text(random.choice(self.texts), self.texts, random)
        as_json = self.notation == "json"
        return mutated_document(random.choice(self.data), self.data, random, as_json=as_json)


def _data_of(text: str) -> Iterator[Any]:
    try:
        yield parse(text, corpus.SPEC_NAME).value
    except DeclinitError:
        return


def _spec(text: str, notation: Notation) -> Iterator[None]:
    node = parse(text, corpus.SPEC_NAME, notation)
    yield
    _use_spec(load_document(node))


def _use_spec(spec: Spec) -> None:
    assert Spec.from_config(spec.get_config()) == spec
    plan = draft(spec, corpus.inventory())
    again = parse(plan.to_json(), "plan.json", "json")
    assert Plan.from_node(again, current_registry()).to_json() == plan.to_json()


@functools.cache
def _scratch() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz-"))


def _file(text: str) -> Iterator[None]:
    """A file of bytes, some of which are no text."""
    file = _scratch() / "fuzzed.yaml"
    file.write_bytes(text.encode("utf-16" if text[:1] == "d" else "utf-8", "surrogatepass"))
    node = read(file)
    yield
    load_document(node)


def _checkpoint(text: str) -> Iterator[None]:
    """A file of weights, damaged: its tensors are read, and a policy loads from it."""
    file = _scratch() / "fuzzed.weights"
    file.write_bytes(text.encode("latin-1", "replace"))
    with open_checkpoint(file) as checkpoint:
        yield
        for tensor in checkpoint.values():
            tensor.read()
    node = parse(corpus.LOADING, corpus.SPEC_NAME)
    draft(load_document(node, checkpoints={"base": file}), corpus.inventory())


def _plan(text: str) -> Iterator[None]:
    node = parse(text, "plan.json", "json")
    yield
    plan = Plan.from_node(node, current_registry())
    assert Plan.from_node(_again(plan), current_registry()).to_json() == plan.to_json()
    _compare(plan)


def _compare(plan: Plan) -> None:
    compare(plan, plan)
    compare(_good_plan(), plan)


@functools.cache
def _good_plan() -> Plan:
    return Plan.from_node(parse(corpus.plans()[0], "plan.json", "json"), current_registry())


def _audit(text: str) -> Iterator[None]:
    node = parse(text, "audit.json", "json")
    yield
    audit = Audit.from_node(node)
    assert Audit.from_node(_again(audit)).to_json() == audit.to_json()
    _compare(audit.plan())


def _again(recorded: Plan | Audit) -> Node:
    return parse(recorded.to_json(), "again.json", "json")


def _pattern(text: str) -> Iterator[None]:
    glob = Glob.parse(text)
    yield
    assert str(glob) == text
    for path in (*corpus.PATHS, text, text[::-1], "a" * 300, "0" * 300):
        glob.matches(path)


def _formula(text: str) -> Iterator[None]:
    formula = Formula.parse(text)
    yield
    constants: dict[Reference, Decimal] = {Name("base"): Decimal("0.02"), Name("n"): Decimal(12)}
    list(formula.faults(constants))
    formula.value(constants)


def _rule(text: str) -> Iterator[None]:
    parse_rule(text)
    yield
    load_document(corpus.base(), rules=[text])


def _override(text: str) -> Iterator[None]:
    parse(text.partition("=")[2], "--set")
    yield
    load_document(corpus.base(), overrides=[text, "seed=7", text])


TARGETS: dict[str, Target] = {
    "spec": Target(
        functools.partial(_spec, notation="yaml"),
        corpus.specs,
        strategies.documents("declinit"),
        share=20,
        notation="yaml",
    ),
    "loading spec": Target(
        functools.partial(_spec, notation="yaml"),
        corpus.loads,
        strategies.documents("declinit"),
        share=5,
        notation="yaml",
    ),
    "spec in JSON": Target(
        functools.partial(_spec, notation="json"),
        corpus.specs,
        strategies.documents("declinit"),
        share=10,
        notation="json",
    ),
    "file": Target(_file, corpus.specs, strategies.documents("declinit"), share=2, notation="yaml"),
    "plan": Target(
        _plan, corpus.plans, strategies.documents("declinit_plan"), share=15, notation="json"
    ),
    "audit": Target(
        _audit, corpus.audits, strategies.documents("declinit_audit"), share=15, notation="json"
    ),
    "pattern": Target(_pattern, lambda: corpus.PATTERNS, strategies.PATTERNS, share=8),
    "--rule": Target(_rule, lambda: corpus.RULE_TEXTS, strategies.rules(), share=5),
    "--set": Target(_override, lambda: corpus.OVERRIDES, strategies.settings(), share=10),
    "formula": Target(_formula, lambda: corpus.FORMULAS, strategies.FORMULAS, share=5),
    "checkpoint": Target(_checkpoint, corpus.checkpoints, strategies.SOUP, share=5),
}


def turns() -> Iterator[str]:
    """The names of targets, for ever, each as often as its share has it."""
    names = [name for name, target in TARGETS.items() for _ in range(target.share)]
    Random(0).shuffle(names)
    return itertools.cycle(names)
