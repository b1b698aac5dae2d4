"""`declinit probe`: how large signals are, forward and back, layer by layer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from declinit.audits.audit import Audit
from declinit.cli import terminal
from declinit.cli.arguments.probe import CommandOptions
from declinit.cli.checkpoints import checkpoints_of
from declinit.cli.exits import FINDINGS, FINE, UsageError
from declinit.cli.inputs import start_model
from declinit.cli.outputs import Output, check_outputs, keep_inputs, keep_modules
from declinit.cli.recorded import files_of, read_source
from declinit.errors import Problem
from declinit.files import write_text
from declinit.plans.plan import Plan
from declinit.policy.spec import Spec
from declinit.probing.limits import Limit, LimitError, limit_problems
from declinit.render.layouts.findings import file_place
from declinit.render.layouts.probes import probe_layout
from declinit.render.report import Report


def run(options: CommandOptions) -> int:
    """Probe the model; show its signals, and what is beyond limits."""
    outputs = (Output("--out", options.out),)
    check_outputs(outputs)
    limits, vary = _limits(options.fail_on), _varied(options.vary)
    source = _source(options)
    read = files_of(source) if source is not None else []
    given = checkpoints_of(options.checkpoints)
    keep_inputs(outputs, [options.spec, *read, *given.values(), options.model, options.data or ""])
    models = start_model(options)
    keep_modules(outputs)
    told: list[Problem] = []
    with terminal.progress() as progress:
        probe = models.probe(source, vary, options, told.append, progress)
    terminal.report(told, options)
    if options.out:
        write_text(Path(options.out), probe.to_json())
    where = file_place(options.spec) if options.spec else None
    beyond = limit_problems(probe, limits, where)
    report = Report(layout=probe_layout(probe), problems=tuple(told), findings=lambda: beyond)
    terminal.show(report, options)
    terminal.report(beyond, options)
    return FINDINGS if beyond else FINE


def _source(options: CommandOptions) -> Spec | Plan | Audit | None:
    if options.spec:
        return read_source(options)
    overridden = options.settings or options.rules or options.checkpoints
    if overridden:
        message = "--set, --rule and --checkpoint need a SPEC to override"
        raise UsageError(Problem("DI701", message))
    return None


def _limits(texts: Sequence[str]) -> list[Limit]:
    """The limits that texts write; all that are malformed are told at once."""
    limits: list[Limit] = []
    problems: list[Problem] = []
    for text in texts:
        try:
            limits.append(Limit.of(text))
        except LimitError as error:
            problems += error.problems
    if problems:
        raise UsageError(problems)
    return limits


def _varied(texts: Sequence[str]) -> Mapping[str, Sequence[Any]]:
    """The arguments to vary and their values: numbers, or whatever JSON has, or words."""
    varied: dict[str, Sequence[Any]] = {}
    for text in texts:
        name, equals, values = text.partition("=")
        if not (equals and name.isidentifier() and all(values.split(","))) or name in varied:
            once = " once" if name in varied else ""
            message = f"--vary {text!r}: expected NAME=VALUE,VALUE, such as width=64,128{once}"
            raise UsageError(Problem("DI746", message))
        varied[name] = [_value(value) for value in values.split(",")]
    return varied


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
