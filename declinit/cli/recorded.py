"""Audits that were written before, and whatever else `apply` carries out."""

from __future__ import annotations

from declinit.audits.audit import Audit
from declinit.cli.checkpoints import checkpoints_of
from declinit.cli.exits import UsageError
from declinit.cli.inputs import faults_are_unreadable, plan_in
from declinit.cli.options import SpecOptions
from declinit.documents import read
from declinit.documents.kinds import AUDIT, PLAN, document_kind
from declinit.errors import Problem
from declinit.plans.plan import Plan
from declinit.policy.extending import load_document
from declinit.policy.locations import Location
from declinit.policy.spec import Spec


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
    if kind not in (PLAN, AUDIT):
        return load_document(
            node,
            overrides=options.settings,
            rules=options.rules,
            checkpoints=checkpoints_of(options.checkpoints),
        )
    if options.settings or options.rules:
        option = "--set" if options.settings else "--rule"
        message = (
            f"{options.spec!r} is {kind}, which takes no {option}: "
            "it is applied as it stands; override the spec it was made from"
        )
        raise UsageError(Problem("DI701", message))
    with faults_are_unreadable():
        return plan_in(node) if kind == PLAN else Audit.from_node(node)
