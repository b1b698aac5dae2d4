"""Plans and audits that were written before, and whatever else `apply` carries out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from declinit.audits.audit import Audit
from declinit.cli.checkpoints import checkpoints_of
from declinit.cli.exits import UsageError
from declinit.cli.options import SpecOptions
from declinit.documents import Node, read
from declinit.documents.kinds import AUDIT, PLAN, document_kind
from declinit.errors import Problem, SpecError, UnreadableError
from declinit.kinds.extensions import current_registry
from declinit.plans.plan import Plan
from declinit.policy.extending import load_document
from declinit.policy.locations import Location, is_recipe
from declinit.policy.spec import Spec


def files_of(source: Spec | Plan | Audit) -> list[str]:
    """The files that a source needs: those that a spec was read from, and those of weights."""
    if isinstance(source, Spec):
        texts = [text.name for text in source.sources if not is_recipe(text.name)]
        return [*texts, *(file.path for file in source.checkpoints.values())]
    plan = source.plan() if isinstance(source, Audit) else source
    return [one.source.file for one in plan.values() if one.source]


def read_plan(path: str) -> Plan:
    """The plan in a file.

    Raises:
        UsageError, UnreadableError: if it does not hold one.
    """
    with faults_are_unreadable():
        return plan_in(read(path))


def plan_in(node: Node) -> Plan:
    """The plan in a document."""
    return Plan.from_node(node, current_registry())


@contextlib.contextmanager
def faults_are_unreadable() -> Iterator[None]:
    """Plans and audits are not written by hand: faults in them are no findings.

    Raises:
        UsageError: in place of a `SpecError`.
    """
    try:
        yield
    except UnreadableError:
        raise
    except SpecError as error:
        raise UsageError(error.problems) from error


def read_audit(path: str) -> Audit:
    """The audit in a file.

    Raises:
        UsageError, UnreadableError: if it does not hold one.
    """
    with faults_are_unreadable():
        return Audit.from_node(read(path))


def read_source(options: SpecOptions) -> Spec | Plan | Audit:
    """What `apply` is given: a spec, a plan or an audit, by what the document says it is.

    Raises:
        SpecError: for faults in a spec.
        UsageError: for faults in a plan or an audit, or if it is to be overridden.
    """
    node = Location.of(options.spec).read()
    kind = document_kind(node)
    if kind in (PLAN, AUDIT) and (options.settings or options.rules):
        option = "--set" if options.settings else "--rule"
        message = (
            f"{options.spec!r} is {kind}, which takes no {option}: "
            "it is applied as it stands; override the spec it was made from"
        )
        raise UsageError(Problem("DI701", message))
    return _source_in(node, options)


def read_side(options: SpecOptions) -> Spec | Plan | Audit:
    """What `diff` is given: as `read_source`, but a plan or an audit is compared as it stands.

    Raises:
        SpecError: for faults in a spec.
        UsageError: for faults in a plan or an audit.
    """
    return _source_in(Location.of(options.spec).read(), options)


def _source_in(node: Node, options: SpecOptions) -> Spec | Plan | Audit:
    kind = document_kind(node)
    if kind in (PLAN, AUDIT):
        with faults_are_unreadable():
            return plan_in(node) if kind == PLAN else Audit.from_node(node)
    return load_document(
        node,
        overrides=options.settings,
        rules=options.rules,
        checkpoints=checkpoints_of(options.checkpoints),
    )
