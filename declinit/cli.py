"""The command line: the only file that reads arguments, prints, and exits.

Exit codes: 0 fine; 1 findings (faults in a spec, drift, changed weights); 2 usage, or input that
cannot be read; 3 a fault of declinit itself. Results go to standard output, everything else to
standard error. Keras is imported only by commands that need a model.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from declinit.arguments import command_line
from declinit.errors import DeclinitError, ModelError, Problem, SpecError, UnreadableError
from declinit.files import UnwritableError, replaced, same_file, write_text
from declinit.render.style import Style

if TYPE_CHECKING:
    from declinit.audits.audit import Audit
    from declinit.documents import Node
    from declinit.plans.plan import Plan
    from declinit.policy.spec import Spec

FINE, FINDINGS, USAGE, INTERNAL = 0, 1, 2, 3
SPEC, PLAN, AUDIT = "a spec", "a plan", "an audit"  # kinds of files
SEED_HINT = "the spec names no seed: this one was drawn, and is recorded"


class UsageError(DeclinitError):
    """Arguments that contradict each other or lack something."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: without the program's name; the default is `sys.argv`.

    Returns:
        The exit code.
    """
    options = command_line(_COMMANDS).parse_args(arguments)
    code = _run(options)
    _flush()
    return code


def _run(options: argparse.Namespace) -> int:
    try:
        return int(options.run(options))
    except (UnreadableError, UnwritableError, UsageError, ModelError) as error:
        _report(error.problems, options)
        return USAGE
    except DeclinitError as error:
        _report(error.problems, options)
        return FINDINGS
    except KeyboardInterrupt:
        _say("interrupted")
        return 128 + 2
    except OSError as error:
        _discard(sys.stdout)
        _say(f"{error.filename or 'cannot write the output'}: {(error.strerror or '').lower()}")
        return USAGE
    except Exception as error:
        if os.environ.get("DECLINIT_DEBUG"):
            raise
        _say(f"internal error: {type(error).__name__}: {error}")
        _say("this is a fault of declinit; run again with DECLINIT_DEBUG=1 for its traceback")
        return INTERNAL


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with _reader_may_leave(stream):
            stream.flush()


@contextlib.contextmanager
def _reader_may_leave(stream: Any) -> Iterator[None]:
    """A reader such as `head` may have seen enough; the exit code still says what was found."""
    try:
        yield
    except BrokenPipeError:
        _discard(stream)


def _discard(stream: Any) -> None:
    """Send what a stream still holds nowhere, so that leaving Python does not fail over it."""
    with contextlib.suppress(OSError):  # a stream of Python's own has no file behind it
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


# The commands


def _validate(options: argparse.Namespace) -> int:
    from declinit.policy.extending import load
    from declinit.render.problems import REPORTERS
    from declinit.render.style import counted

    _import(options)
    problems: list[Problem] = []
    unreadable = False
    for path in options.specs:
        try:
            with _expecting(SPEC, path):
                spec = load(path)
        except DeclinitError as error:
            problems += error.problems
            unreadable |= isinstance(error, (UnreadableError, UsageError))
        else:
            if options.format == "text":
                _print(f"{path}: fine, {counted(len(spec.rules), 'rule')}\n")
    if options.format == "text":
        _report(problems, options)
    else:  # findings are this command's result where another program reads them
        _print(REPORTERS[options.format](problems, _style(options)))
    return USAGE if unreadable else FINDINGS if problems else FINE


def _plan(options: argparse.Namespace) -> int:
    from declinit.render.plans import plan_text

    _check_destinations(options.out)
    committed = _committed(options) if options.check else None
    spec = _spec(options)
    _refuse_overwriting(options.out, [*_files_of(spec), options.model])
    plan = _resolved(spec, options)
    if options.out:
        write_text(Path(options.out), plan.to_json())
    if committed is not None:
        return _check_drift(committed, plan, options)
    if options.format == "json":
        _print(json.dumps(_with_problems(plan), indent=1, ensure_ascii=False) + "\n")
    else:
        _print(plan_text(plan, _style(options), each=_each(options)))
    return FINE


def _with_problems(plan: Plan) -> dict[str, Any]:
    return plan.to_dict() | {"problems": [problem.to_dict() for problem in plan.problems]}


def _committed(options: argparse.Namespace) -> Plan:
    from declinit.documents import read

    _import(options)
    with _expecting(PLAN, options.check):
        return _plan_of(read(options.check))


def _check_drift(committed: Plan, plan: Plan, options: argparse.Namespace) -> int:
    from declinit.render.plans import drift
    from declinit.render.style import counted

    lines = drift(committed, plan)
    if options.format == "json":
        data = {"declinit_drift": 1, "plan": options.check, "changes": lines}
        _print(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    elif lines:
        _print("".join(f"{line}\n" for line in lines))
    else:
        _print(f"{options.check}: no drift, {counted(len(plan), 'variable')}\n")
    if lines:
        _say(f"{options.check}: the plan has changed in {counted(len(lines), 'place')}")
    return FINDINGS if lines else FINE


def _explain(options: argparse.Namespace) -> int:
    from declinit.errors import did_you_mean
    from declinit.plans.resolution import draft
    from declinit.render.plans import chosen_paths, explanation

    spec, model = _spec(options), _model(options)
    from declinit.model.survey import survey

    plan = draft(spec, survey(model))
    _report(plan.problems, options)
    chosen: dict[str, None] = {}
    unknown: list[Problem] = []
    for pattern in options.paths:
        try:
            paths = chosen_paths(plan, pattern)
        except DeclinitError as error:
            unknown += error.problems
            continue
        if not paths:
            hint = did_you_mean(pattern, plan)
            unknown.append(Problem(message=f"no variable {pattern!r}", hint=hint))
        chosen |= dict.fromkeys(paths)
    if unknown:
        raise UsageError(unknown)
    _print(explanation(plan, list(chosen), _style(options)))
    return FINDINGS if any(problem.severity == "error" for problem in plan.problems) else FINE


def _apply(options: argparse.Namespace) -> int:
    if not (options.out or options.audit):
        raise UsageError("nothing would be kept: give --out, --audit, or both")
    if options.out and not options.out.endswith((".keras", ".weights.h5")):
        raise UsageError(f"--out {options.out!r}: expected a .keras or .weights.h5 file")
    if options.out and options.audit and same_file(Path(options.out), Path(options.audit)):
        raise UsageError(f"--out and --audit are both {options.audit!r}")
    _check_destinations(options.out, options.audit)
    source = _source(options)
    inputs = [options.spec, *_files_of(source)]
    _refuse_overwriting(options.audit, [*inputs, options.model])
    _refuse_overwriting(options.out, inputs)  # a model may take its own place
    model = _model(options)
    from declinit.model.application import apply
    from declinit.model.sources import as_plan
    from declinit.model.survey import variables_of
    from declinit.render.records import audit_text

    plan = as_plan(source, variables_of(model))
    _report(plan.problems, options)
    with _progress() as progress:
        audit = apply(plan, model, progress=progress)
    if options.out:
        _save(model, Path(options.out))
    if options.audit:
        audit.save(options.audit)
    if options.format == "json":
        _print(audit.to_json())
    else:
        _print(audit_text(audit, _style(options), each=_each(options)))
    return FINE


def _check_destinations(*outputs: str | None) -> None:
    """Refuse before the work what could not be written after it."""
    for path in filter(None, outputs):
        if not Path(path).absolute().parent.is_dir():
            raise UsageError(f"cannot write {path!r}: its folder does not exist")
        if Path(path).is_dir() or path.endswith("/"):
            raise UsageError(f"cannot write {path!r}: is a directory")


def _refuse_overwriting(output: str | None, others: Iterable[str | None]) -> None:
    """Refuse an output that is one of the other files of the command, by whatever name."""
    for other in filter(None, others):
        if output and same_file(Path(output), Path(other)):
            raise UsageError(f"{output!r} would overwrite {other!r}, which this command uses")


def _files_of(source: Spec | Plan | Audit) -> list[str]:
    """The files that a spec was read from, those that it extends included."""
    from declinit.policy.spec import Spec

    return [text.name for text in source.sources] if isinstance(source, Spec) else []


def _save(model: Any, path: Path) -> None:
    # Keras takes `model.weights.h5` only with both endings, which a temporary name keeps.
    weights = path.name.endswith(".weights.h5")
    with replaced(path, ".weights.h5" if weights else ".keras") as beside:
        try:
            (model.save_weights if weights else model.save)(beside)
        except OSError:
            raise
        except Exception as error:  # a layer of the user's that Keras cannot write
            message = f"Keras cannot save {str(path)!r}: {type(error).__name__}: {error}"
            raise ModelError(message) from error


def _verify(options: argparse.Namespace) -> int:
    from declinit.audits.audit import Audit
    from declinit.render.records import verification_text

    with _expecting(AUDIT, options.audit):
        audit = Audit.load(options.audit)
    model = _model(options)
    from declinit.model.verification import verify

    found = verify(audit, model)
    if options.format == "json":
        _print(json.dumps(found.to_dict(), indent=1, ensure_ascii=False) + "\n")
    else:
        _print(verification_text(found, _style(options), verbose=options.verbose))
    return FINE if found else FINDINGS


def _inventory(options: argparse.Namespace) -> int:
    from declinit.render.records import inventory_text

    model = _model(options)
    from declinit.model.exporting import current_initializers
    from declinit.model.survey import survey

    inventory, current = survey(model), current_initializers(model)
    if options.format == "json":
        rows = [{**info.to_dict(), "initializer": current.get(info.path)} for info in inventory]
        _print(json.dumps({"declinit_inventory": 1, "variables": rows}, indent=1) + "\n")
    else:
        names = {path: str(config["class_name"]) for path, config in current.items()}
        _print(inventory_text(inventory, names, _style(options)))
    return FINE


def _export(options: argparse.Namespace) -> int:
    from declinit.render.style import counted
    from declinit.seeds import MAX_SEED

    _check_destinations(options.out)
    _refuse_overwriting(options.out, [options.model])
    if options.seed is not None and not 0 <= options.seed <= MAX_SEED:
        raise UsageError(f"--seed {options.seed}: expected 0 to {MAX_SEED}")
    model = _model(options)
    from declinit.model.exporting import export, spec_text

    spec = export(model, seed=options.seed)
    text = spec_text(spec)
    if options.out:
        write_text(Path(options.out), text)
        _say(f"{options.out}: {counted(len(spec.rules), 'rule')}")
    else:
        _print(text)
    return FINE


def _initializers(options: argparse.Namespace) -> int:
    from declinit.kinds.extensions import current_registry
    from declinit.render.kinds import kind_text, kinds_text

    _import(options)
    registry = current_registry()
    if options.name is None:
        if options.format == "json":
            _print(json.dumps([_kind_data(kind) for kind in registry.values()], indent=1) + "\n")
        else:
            _print(kinds_text(registry, _style(options)))
        return FINE
    kind = registry.find(options.name)
    if kind is None:
        message, hint = registry.unknown(options.name)
        raise UsageError([Problem(message=message, hint=hint)])
    if options.format == "json":
        _print(json.dumps(_kind_data(kind), indent=1) + "\n")
    else:
        _print(kind_text(kind, _style(options)))
    return FINE


def _kind_data(kind: Any) -> dict[str, Any]:
    return {
        "name": kind.name,
        "identifiers": list(kind.identifiers),
        "summary": kind.summary,
        "formula": kind.formula,
        "reference": kind.reference,
        "parameters": {name: dict(schema) for name, schema in kind.parameters.items()},
    }


def _schema(options: argparse.Namespace) -> int:
    from declinit.checks.files import schema_text

    try:
        _print(schema_text(options.name))
    except DeclinitError as error:
        raise UsageError(error.problems) from error
    return FINE


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "validate": _validate,
    "plan": _plan,
    "explain": _explain,
    "apply": _apply,
    "verify": _verify,
    "inventory": _inventory,
    "export": _export,
    "initializers": _initializers,
    "schema": _schema,
}


# What the commands share


def _spec(options: argparse.Namespace) -> Spec:
    from declinit.policy.extending import load

    _import(options)
    with _expecting(SPEC, options.spec):
        return load(options.spec, overrides=options.set, rules=options.rule)


def _source(options: argparse.Namespace) -> Spec | Plan | Audit:
    """What `apply` is given, read before a model is built for nothing."""
    from declinit.audits.audit import Audit
    from declinit.documents import read

    _import(options)
    node = read(options.spec)
    kind = _kind_of(node)
    if options.set or options.rule or kind not in (PLAN, AUDIT):
        return _spec(options)
    with _expecting(kind, options.spec):
        return _plan_of(node) if kind == PLAN else Audit.from_node(node)


def _plan_of(node: Node) -> Plan:
    from declinit.kinds.extensions import current_registry
    from declinit.plans.plan import Plan

    return Plan.from_node(node, current_registry())


@contextlib.contextmanager
def _expecting(kind: str, path: str) -> Iterator[None]:
    """Say of a file of another kind what it is, in place of the many faults of it as this kind.

    Raises:
        UsageError: for such a file, and for faults in a plan or an audit, which nobody writes by
            hand: they are input that cannot be read, and no findings.
    """
    try:
        yield
    except UnreadableError:
        raise
    except SpecError as error:
        other = _kind_at(path)
        if other not in (None, kind):
            raise UsageError(f"{path!r} is {other}, expected {kind}") from error
        if kind == SPEC:
            raise
        raise UsageError(error.problems) from error


def _kind_at(path: str) -> str | None:
    from declinit.documents import read

    try:
        return _kind_of(read(path))
    except SpecError:
        return None


def _kind_of(node: Node) -> str | None:
    for key, kind in (("declinit_plan", PLAN), ("declinit_audit", AUDIT), ("declinit", SPEC)):
        if isinstance(node.value, dict) and key in node.value:
            return kind
    return None


def _resolved(spec: Spec, options: argparse.Namespace) -> Plan:
    model = _model(options)
    from declinit.model.sources import resolve

    plan = resolve(spec, model)
    _report(plan.problems, options)
    if spec.seed is None:
        _say(f"seed {plan.seed}: {SEED_HINT}")
    return plan


def _model(options: argparse.Namespace) -> Any:
    """The model that `--model` names; whatever else imports Keras comes after it."""
    kwargs = _kwargs(options.kwargs)
    _import(options)
    _start_keras()
    # Saved models may name our initializers, which importing them registers with Keras.
    from declinit.model.loading import load_model

    with contextlib.redirect_stdout(sys.stderr):  # what a function prints is no result of ours
        return load_model(options.model, kwargs)


def _start_keras() -> None:
    _choose_backend()
    try:
        import keras  # noqa: F401
    except ImportError as error:
        hint = "install a backend, as in: pip install 'declinit[jax]'"
        raise ModelError([Problem(message=f"Keras cannot start: {error}", hint=hint)]) from error
    except Exception as error:  # KERAS_BACKEND or keras.json name a backend that there is not
        raise ModelError(f"Keras cannot start: {error}") from error


def _kwargs(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise UsageError(f"--kwargs is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise UsageError(f"--kwargs must be a JSON object, received {text}")
    return found


def _choose_backend() -> None:
    """Keras falls back to TensorFlow; where the user chose nothing and it is not there, choose."""
    chosen = "KERAS_BACKEND" in os.environ or (_keras_home() / "keras.json").is_file()
    if chosen or "keras" in sys.modules:
        return
    for backend in ("tensorflow", "jax", "torch"):
        if importlib.util.find_spec(backend):
            os.environ["KERAS_BACKEND"] = backend
            return


def _keras_home() -> Path:
    return Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))


def _import(options: argparse.Namespace) -> None:
    modules, options.imports = options.imports, []
    if modules:
        _start_keras()
        from declinit.model.loading import import_module

        with contextlib.redirect_stdout(sys.stderr):
            for module in modules:
                import_module(module)


def _style(options: argparse.Namespace, stream: Any = None) -> Style:
    terminal = (stream or sys.stdout).isatty()
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    wanted = getattr(options, "colour", None) or "auto"
    colour = wanted == "always" or (wanted == "auto" and terminal and not plain)
    return Style(colour=colour, terminal=terminal)


def _each(options: argparse.Namespace) -> bool:
    """Whether to list every variable: if asked to, or if a program reads the output."""
    return options.verbose or not (options.groups or sys.stdout.isatty())


def _report(problems: Sequence[Problem], options: argparse.Namespace) -> None:
    from declinit.render.problems import problems_text

    with _reader_may_leave(sys.stderr):
        sys.stderr.write(problems_text(problems, _style(options, sys.stderr)))


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[int, int, str], None]]:
    """A bar on a terminal, which is gone when the work is done or has failed."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda done, total, path: None
        return

    def show(done: int, total: int, path: str) -> None:
        bar = ("#" * (24 * done // max(total, 1))).ljust(24)
        columns = shutil.get_terminal_size().columns  # a line that wraps could not be taken back
        sys.stderr.write(f"\r\x1b[K{f'[{bar}] {done}/{total} {path}'[: columns - 1]}")
        sys.stderr.flush()

    try:
        yield show
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def _print(text: str) -> None:
    with _reader_may_leave(sys.stdout):
        sys.stdout.write(text)
        sys.stdout.flush()


def _say(text: str) -> None:
    with _reader_may_leave(sys.stderr):
        sys.stderr.write(f"declinit: {text}\n")
