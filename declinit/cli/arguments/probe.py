"""Options and arguments of `declinit probe`."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass

from declinit.cli.options import (
    ModelOptions,
    SpecOptions,
    format_argument,
    model_arguments,
    override_arguments,
)
from declinit.render.report import Report

ABOUT = "measure how large signals are, forward and back, layer by layer"


@dataclass(frozen=True, kw_only=True)
class CommandOptions(SpecOptions, ModelOptions):
    """Options of `declinit probe`; `spec` may be a plan or an audit, or empty.

    Attributes:
        data: a file with a batch; empty to draw it.
        seeds: how many times to measure.
        vary: arguments of the model's function with their values, `NAME=VALUE,VALUE`.
        fail_on: limits that signals must keep.
        batch: of drawn data, how many examples.
        size: of drawn data, what every other free size is.
        inference: whether layers run as when the model is used, not as in training.
        step: a learning rate, to measure how far one step moves outputs.
        out: where to write the probe.
    """

    data: str | None = None
    seeds: int = 3
    vary: tuple[str, ...] = ()
    fail_on: tuple[str, ...] = ()
    batch: int = 8
    size: int = 32
    inference: bool = False
    step: float | None = None
    out: str | None = None


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `declinit probe`."""
    parser.add_argument(
        "spec",
        metavar="SPEC",
        nargs="?",
        default="",
        help="a spec, a plan or an audit that draws the weights; by default the model's own",
    )
    override_arguments(parser)
    model_arguments(parser)
    parser.add_argument("--data", metavar="FILE", help="a batch, .npy or .npz; drawn by default")
    parser.add_argument(
        "--seeds", type=_count, default=3, metavar="N", help="how many times to draw (3)"
    )
    parser.add_argument(
        "--vary",
        action="append",
        default=[],
        metavar="NAME=VALUE,VALUE",
        help="probe the model in several sizes, such as width=64,128,256",
    )
    parser.add_argument(
        "--fail-on",
        dest="fail_on",
        action="append",
        default=[],
        metavar="LIMIT",
        help="a finding, such as 'gain>4', 'rms<1e-3' or 'backward>10 in encoder/**'",
    )
    parser.add_argument(
        "--batch", type=_count, default=8, metavar="N", help="examples of drawn data (8)"
    )
    parser.add_argument(
        "--size", type=_count, default=32, metavar="N", help="other free sizes of drawn data (32)"
    )
    parser.add_argument(
        "--inference", action="store_true", help="run layers as when the model is used"
    )
    parser.add_argument(
        "--step",
        type=_rate,
        metavar="RATE",
        help="measure too how far one step of Adam with this learning rate moves outputs",
    )
    format_argument(parser, Report)
    parser.add_argument("--out", metavar="PROBE", help="write the probe to a JSON file")


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def _rate(text: str) -> float:
    rate = float(text)
    if not 0 < rate < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no learning rate")
    return rate
