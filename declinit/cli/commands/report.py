"""`declinit report`: a page with pictures of what a policy draws, or of two side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from declinit.audits.audit import Audit
from declinit.audits.restoration import departures
from declinit.cli import terminal
from declinit.cli.arguments import diff, probe
from declinit.cli.arguments.report import CommandOptions
from declinit.cli.checkpoints import checkpoints_of
from declinit.cli.exits import FINDINGS, FINE, UsageError
from declinit.cli.inputs import faults_are_no_difference, load_model, start_model
from declinit.cli.options import SpecOptions
from declinit.cli.outputs import Output, check_outputs, keep_inputs, keep_modules
from declinit.cli.recorded import files_of, read_source
from declinit.cli.sides import read_sides
from declinit.errors import Problem
from declinit.files import write_text
from declinit.plans.diffs import Diff, Side
from declinit.plans.plan import Plan
from declinit.policy.rules import Rule
from declinit.policy.spec import Spec
from declinit.probing.probe import Probe
from declinit.report.extras import missing_extras
from declinit.report.frames import Frame
from declinit.report.histograms import Histogram
from declinit.report.pages import comparison_page, page
from declinit.report.results import Readers, Result, counted_values, frames_of
from declinit.wording import counted

if TYPE_CHECKING:
    from declinit.cli.models import LoadedModel

SUFFIXES = (".html", ".htm")

Source = Spec | Plan | Audit
Outputs = tuple[Output, ...]


class _Written(NamedTuple):
    """A page, and what to say of it."""

    text: str
    says: str
    code: int = FINE


def run(options: CommandOptions) -> int:
    """Carry the policy out on a model that is given up afterwards, and write the page."""
    if missing := missing_extras():
        raise UsageError(missing)
    outputs = (Output("--out", options.out, suffixes=SUFFIXES),)
    check_outputs(outputs)
    written = _of_two(options, outputs) if options.other else _of_one(options, outputs)
    if options.out:
        write_text(Path(options.out), written.text)
        terminal.say(f"{options.out}: {written.says}")
    else:
        terminal.write(written.text)
    return written.code


def _of_one(options: CommandOptions, outputs: Outputs) -> _Written:
    source = read_source(options)
    given = checkpoints_of(options.checkpoints).values()
    own = [] if isinstance(source, Spec) else [options.spec]
    keep_inputs(outputs, [*own, *files_of(source), *given, options.model])
    if options.model:
        result, departed = _carried_out(source, options, outputs)
        result = replace(result, probe=_probed(source, result.plan.seed, options))
    elif options.probe:
        raise UsageError(Problem("DI701", "--probe needs --model"))
    elif isinstance(source, Audit):
        result = Result(name=options.spec, plan=source.plan(), audit=source)
        departed = ()
    else:
        message = f"expected --model: what {options.spec!r} draws depends on the model"
        raise UsageError(Problem("DI701", message))
    says = counted(len(result.audit), "variable")
    return _Written(page(result), says, FINDINGS if departed else FINE)


def _carried_out(
    source: Source, options: CommandOptions, outputs: Outputs
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
        rules=_rules_of(source),
        note=(source.note or "") if isinstance(source, Spec) else "",
        problems=(*plan.problems, *departed),
        model=model.name,
        histograms=_histograms(model, audit, frames_of(plan)),
    )
    return result, departed


def _probed(source: Source, seed: int, options: CommandOptions) -> Probe | None:
    """The signals, in a model of their own; the policy's warnings have been told."""
    if not options.probe:
        return None
    asked = probe.CommandOptions(
        spec=options.spec,
        model=options.model,
        kwargs=options.kwargs,
        checkpoints=options.checkpoints,
    )
    # A policy without a seed would draw another one.
    seeded = replace(source, seed=seed) if isinstance(source, Spec) else source
    with terminal.progress() as progress:
        return start_model(asked).probe(seeded, {}, asked, lambda problem: None, progress)


def _rules_of(source: Source) -> dict[str, Rule]:
    """The rules of a policy by their labels; plans and audits have only what they came to."""
    return {rule.label: rule for rule in source.rules} if isinstance(source, Spec) else {}


def _applied(plan: Plan, model: LoadedModel, options: CommandOptions) -> Audit:
    with terminal.progress() as progress:
        return model.apply(plan, progress, checkpoints_of(options.checkpoints))


def _histograms(
    model: LoadedModel, audit: Audit, frames: Mapping[str, Frame | None]
) -> Mapping[str, Histogram | None]:
    with terminal.progress() as progress:
        return counted_values(audit, _shown(model.values(), len(audit), progress), frames)


def _shown(readers: Readers, total: int, progress: Callable[[int, int, str], None]) -> Readers:
    """The readers, each shown on the bar when its turn comes."""
    for done, (path, pieces) in enumerate(readers):
        progress(done, total, path)
        yield path, pieces


def _of_two(options: CommandOptions, outputs: Outputs) -> _Written:
    _refuse_overrides(options)
    names = (options.spec, str(options.other))
    with faults_are_no_difference():
        sources = [read_source(SpecOptions(spec=name)) for name in names]
    if not options.model:
        message = "expected --model: what two policies draw depends on the model"
        raise UsageError(Problem("DI701", message))
    read = [name for source in sources for name in files_of(source)]
    keep_inputs(outputs, [*names, *read, options.model])
    sides = read_sides(_as_for_diff(options))
    keep_modules(outputs)
    before, after = (
        _of_side(side, source, sides, options) for side, source in zip(sides, sources, strict=True)
    )
    found = Diff.of(*sides)
    total = len(found.changes) + found.unchanged
    says = f"{len(found.changes)} of {counted(total, 'variable')} differ"
    return _Written(comparison_page(before, after, found), says)


def _as_for_diff(options: CommandOptions) -> diff.CommandOptions:
    return diff.CommandOptions(
        before=options.spec,
        after=str(options.other),
        model=options.model,
        kwargs=options.kwargs,
        colour=options.colour,
    )


def _refuse_overrides(options: CommandOptions) -> None:
    given = {
        "--set": options.settings,
        "--rule": options.rules,
        "--checkpoint": options.checkpoints,
        "--probe": options.probe,
    }
    for option in (option for option, value in given.items() if value):
        raise UsageError(Problem("DI701", f"{option} goes with one policy, received two"))


def _of_side(
    side: Side, source: Source, sides: tuple[Side, Side], options: CommandOptions
) -> Result:
    """What one side came to, on a model of its own: what is kept is the same on both."""
    model = load_model(options)
    audit = _applied(side.plan, model, options)
    frames = frames_of(*(one.plan for one in sides))
    return Result(
        name=side.name,
        plan=side.plan,
        audit=audit,
        rules=_rules_of(source),
        problems=side.plan.problems,
        model=model.name,
        histograms=_histograms(model, audit, frames),
    )
