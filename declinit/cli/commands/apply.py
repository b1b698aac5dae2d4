"""`declinit apply`: initialize a model, save it and its audit."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from declinit.audits.audit import Audit
from declinit.cli import terminal
from declinit.cli.exits import FINE, UsageError
from declinit.cli.inputs import files_of, load_model
from declinit.cli.options import (
    DetailOptions,
    ModelOptions,
    SpecOptions,
    detail_arguments,
    format_argument,
    model_arguments,
    spec_arguments,
)
from declinit.cli.outputs import Output, check_outputs, keep_inputs
from declinit.cli.recorded import read_source
from declinit.plans.plan import Plan
from declinit.policy.spec import Spec
from declinit.render.layouts.audits import audit_layout

SUFFIXES = (".keras", ".weights.h5")


@dataclass(frozen=True, kw_only=True)
class CommandOptions(SpecOptions, ModelOptions, DetailOptions):
    """Options of `declinit apply`; `spec` may be a plan or an audit.

    Attributes:
        out: where to write the model, or its weights.
        audit: where to write the audit.
    """

    out: str | None = None
    audit: str | None = None


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `declinit apply`."""
    spec_arguments(parser, "a spec, a plan or an audit")
    model_arguments(parser)
    format_argument(parser)
    detail_arguments(parser)
    parser.add_argument("--out", metavar="MODEL", help="a .keras file, or .weights.h5")
    parser.add_argument("--audit", metavar="AUDIT", help="a JSON file")


def run(options: CommandOptions) -> int:
    """Initialize the model, and keep what was done."""
    if not (options.out or options.audit):
        raise UsageError("nothing would be kept: give --out, --audit, or both")
    outputs = (
        # A model may take its own place.
        Output("--out", options.out, replaces=options.model, suffixes=SUFFIXES),
        Output("--audit", options.audit),
    )
    check_outputs(outputs)
    source = read_source(options)
    extended = files_of(source) if isinstance(source, Spec) else []
    keep_inputs(outputs, [options.spec, *extended, options.model])
    audit = _apply(source, options)
    layout = audit_layout(audit, file=options.audit, detailed=terminal.is_detailed(options))
    terminal.show(layout, options)
    return FINE


def _apply(source: Spec | Plan | Audit, options: CommandOptions) -> Audit:
    model = load_model(options)
    plan = model.plan(source)
    terminal.report(plan.problems, options)
    with terminal.progress() as progress:
        audit = model.apply(plan, progress)
    if options.out:
        model.save(Path(options.out))
    if options.audit:
        audit.save(options.audit)
    return audit
