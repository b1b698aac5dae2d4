"""`declinit export`: write the initializers of a model's layers as a spec."""

from __future__ import annotations

from pathlib import Path

from declinit.cli import terminal
from declinit.cli.arguments.export import CommandOptions
from declinit.cli.exits import FINE, UsageError
from declinit.cli.inputs import load_model
from declinit.cli.outputs import Output, check_outputs, keep_inputs, keep_modules
from declinit.cli.recorded import read_audit
from declinit.errors import Problem
from declinit.files import write_text
from declinit.seeds import MAX_SEED
from declinit.wording import counted


def run(options: CommandOptions) -> int:
    """Write down what the layers carry now, or what an audit says was applied."""
    outputs = (Output("--out", options.out),)
    check_outputs(outputs)
    keep_inputs(outputs, [options.model, options.audit or ""])
    if options.seed is not None and not 0 <= options.seed <= MAX_SEED:
        message = f"--seed {options.seed}: expected 0 to {MAX_SEED}"
        raise UsageError(Problem("DI703", message))
    if options.out and options.out.lower().endswith(".json"):
        message = f"--out {options.out!r}: expected a YAML file, since this writes YAML"
        raise UsageError(Problem("DI703", message))
    audit = read_audit(options.audit) if options.audit else None
    model = load_model(options)
    keep_modules(outputs)
    spec, text = model.exported(options.seed, audit)
    if options.out:
        write_text(Path(options.out), text)
        terminal.say(f"{options.out}: {counted(len(spec.rules), 'rule')}")
    else:
        terminal.write(text)
    return FINE
