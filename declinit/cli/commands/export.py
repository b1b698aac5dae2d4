"""`declinit export`: write the initializers of a model's layers as a spec."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from declinit.cli import terminal
from declinit.cli.exits import FINE, UsageError
from declinit.cli.inputs import load_model
from declinit.cli.options import ModelOptions, model_arguments
from declinit.cli.outputs import Output, check_outputs, keep_inputs
from declinit.cli.recorded import read_audit
from declinit.files import write_text
from declinit.render.wording import counted
from declinit.seeds import MAX_SEED


@dataclass(frozen=True, kw_only=True)
class CommandOptions(ModelOptions):
    """Options of `declinit export`.

    Attributes:
        out: where to write the spec; standard output without it.
        seed: root seed of the spec.
        audit: an audit, whose initializers are written instead of those that layers carry.
    """

    out: str | None = None
    seed: int | None = None
    audit: str | None = None


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `declinit export`."""
    model_arguments(parser)
    parser.add_argument("--out", metavar="SPEC", help="a YAML file; standard output without it")
    parser.add_argument("--seed", type=int, help="root seed of the spec")
    parser.add_argument(
        "--audit", metavar="AUDIT", help="write what this audit says was applied instead"
    )


def run(options: CommandOptions) -> int:
    """Write down what the layers carry now, or what an audit says was applied."""
    outputs = (Output("--out", options.out),)
    check_outputs(outputs)
    keep_inputs(outputs, [options.model, options.audit or ""])
    if options.seed is not None and not 0 <= options.seed <= MAX_SEED:
        raise UsageError(f"--seed {options.seed}: expected 0 to {MAX_SEED}")
    audit = read_audit(options.audit) if options.audit else None
    spec, text = load_model(options).exported(options.seed, audit)
    if options.out:
        write_text(Path(options.out), text)
        terminal.say(f"{options.out}: {counted(len(spec.rules), 'rule')}")
    else:
        terminal.write(text)
    return FINE
