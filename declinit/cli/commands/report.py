"""`declinit report`: a page with pictures of what a policy draws, or of two side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from declinit.audits.audit import Audit
from declinit.audits.restoration import departures
from declinit.cli import terminal
from declinit.cli.arguments import diff
from declinit.cli.arguments.report import CommandOptions
from declinit.cli.checkpoints import checkpoints_of
from declinit.cli.exits import FINDINGS, FINE, UsageError
from declinit.cli.inputs import load_model
from declinit.cli.outputs import Output, check_outputs, keep_inputs, keep_modules
from declinit.cli.recorded import files_of, read_source
from declinit.cli.sides import read_sides
from declinit.errors import Problem
from declinit.files import write_text
from declinit.plans.diffs import Diff, Side
from declinit.plans.plan import Plan
from declinit.policy.spec import Spec
from declinit.report.extras import require_extras
from declinit.report.pages import comparison_page, page
from declinit.report.results import Result, counted_values, frames_of
from declinit.wording import counted

if TYPE_CHECKING:
    from declinit.cli.models import LoadedModel

SUFFIXES = (".html", ".htm")

Source = Spec | Plan | Audit


class _Written(NamedTuple):
    """A page, and what to say of it."""

    text: str
    says: str
    code: int = FINE


def run(options: CommandOptions) -> int:
    """Carry the policy out on a model that is given up afterwards, and write the page."""
    require_extras()
    outputs = (Output("--out", options.out, suffixes=SUFFIXES),)
    check_outputs(outputs)
    written = _of_two(options, outputs) if options.other else _of_one(options, outputs)
    if options.out:
        write_text(Path(options.out), written.text)
        terminal.say(f"{options.out}: {written.says}")
    else:
        terminal.write(written.text)
    return written.code


def _of_one(options: CommandOptions, outputs: tuple[Output, ...]) -> _Written:
    source = read_source(options)
    given = checkpoints_of(options.checkpoints).values()
    own = [] if isinstance(source, Spec) else [options.spec]
    keep_inputs(outputs, [*own, *files_of(source), *given, options.model])
    if options.model:
        result, departed = _carried_out(source, options, outputs)
    elif isinstance(source, Audit):
        result = Result(name=options.spec, plan=source.plan(), audit=source)
        departed = ()
    else:
        message = f"expected --model: what {options.spec!r} draws depends on the model"
        raise UsageError(Problem("DI701", message))
    says = f"{counted(len(result.audit), 'variable')}, {counted(len(result.plan.rules), 'rule')}"
    return _Written(page(result), says, FINDINGS if departed else FINE)


def _carried_out(
    source: Source, options: CommandOptions, outputs: tuple[Output, ...]
) -> tuple[Result, tuple[Problem, ...]]:
    """What a source came to, and which weights of an audit it did not make again."""
    model = load_model(options)
    keep_modules(outputs)
    plan = model.plan(source)
    terminal.report(plan.problems, options)
    audit = _applied(plan, model, options)
    departed = departures(source, audit) if isinstance(source, Audit) else ()
    terminal.report(departed, options)
    result = Result(
        name=options.spec,
        plan=plan,
        audit=audit,
        rules={rule.label: rule for rule in source.rules} if isinstance(source, Spec) else {},
        note=(source.note or "") if isinstance(source, Spec) else "",
        problems=(*plan.problems, *departed),
        model=model.name,
        histograms=counted_values(audit, model.values(), frames_of(plan)),
    )
    return result, departed


def _applied(plan: Plan, model: LoadedModel, options: CommandOptions) -> Audit:
    with terminal.progress() as progress:
        return model.apply(plan, progress, checkpoints_of(options.checkpoints))


def _of_two(options: CommandOptions, outputs: tuple[Output, ...]) -> _Written:
    names = (options.spec, str(options.other))
    _refuse_overrides(options)
    if not options.model:
        message = "expected --model: what two policies draw depends on the model"
        raise UsageError(Problem("DI701", message))
    keep_inputs(outputs, [*names, *checkpoints_of(options.checkpoints).values(), options.model])
    before, after = read_sides(
        diff.CommandOptions(
            before=names[0],
            after=names[1],
            model=options.model,
            kwargs=options.kwargs,
            colour=options.colour,
        )
    )
    keep_modules(outputs)
    results = [_of_side(side, (before, after), options) for side in (before, after)]
    found = Diff.of(before, after)
    text = comparison_page(*results, found)
    total = len(found.changes) + found.unchanged
    return _Written(text, f"{len(found.changes)} of {counted(total, 'variable')} differ")


def _refuse_overrides(options: CommandOptions) -> None:
    if options.settings or options.rules:
        option = "--set" if options.settings else "--rule"
        message = f"{option} goes with one policy, received two"
        raise UsageError(Problem("DI701", message))


def _of_side(side: Side, sides: tuple[Side, Side], options: CommandOptions) -> Result:
    """What one side came to, on a model of its own: what is kept is the same on both."""
    model = load_model(options)
    audit = _applied(side.plan, model, options)
    frames = frames_of(*(one.plan for one in sides))
    return Result(
        name=side.name,
        plan=side.plan,
        audit=audit,
        problems=side.plan.problems,
        model=model.name,
        histograms=counted_values(audit, model.values(), frames),
    )
