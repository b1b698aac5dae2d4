"""The table of built-in kinds: one row per initializer of Keras.

A row owns names, constraints, formula and source; Keras' own signature owns the defaults. The
published JSON Schema, the command line's listing, the plan's laws and many tests are made of
these rows. Formulas and parameters: https://keras.io/api/layers/initializers/
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from declinit.kinds.distributions import Distribution
from declinit.kinds.registry import PORTABLE, Kind, Params, Registry, imported
from declinit.kinds.scaling import Scaling
from declinit.seeds import MAX_SEED

GLOROT = "Glorot & Bengio, 2010, https://proceedings.mlr.press/v9/glorot10a.html"
HE = "He et al., 2015, https://arxiv.org/abs/1502.01852"
LECUN = "Klambauer et al., 2017, https://arxiv.org/abs/1706.02515"
SAXE = "Saxe et al., 2014, https://openreview.net/forum?id=_wzZwKpTDF_9C"

SEED: dict[str, Any] = {
    "description": "A seed used as it is, in place of the one derived from the variable's path. "
    "Null means derived.",
    "if": {"type": "object"},
    "then": {
        "required": ["class_name", "config"],
        "properties": {
            "class_name": {"const": "SeedGenerator"},
            "config": {"type": "object"},
            "module": {"type": ["string", "null"]},
            "registered_name": {"type": ["string", "null"]},
        },
    },
    "else": {"type": ["integer", "null"], "minimum": 0, "maximum": MAX_SEED},
}


AXES: dict[str, Any] = {
    "type": ["array", "null"],
    "items": {"type": "integer"},
}


INPUT_AXES = {**AXES, "description": "Axes whose sizes multiply to fan_in; give output_axes too."}
OUTPUT_AXES = {**AXES, "description": "Axes whose sizes multiply to fan_out; give input_axes too."}


def _number(description: str, **bounds: float) -> dict[str, Any]:
    return {"type": "number", "description": description, **bounds}


def _choice(description: str, *values: str | None) -> dict[str, Any]:
    return {"enum": list(values), "description": description}


def _kind(name: str, class_name: str, summary: str, **row: Any) -> Kind:
    targets = {}
    if "seed" in row.get("parameters", {}):
        targets = {PORTABLE: f"declinit.initializers:{class_name}"}
        row["registered_name"] = f"declinit>{class_name}"
    load = imported(f"keras.initializers:{class_name}", **targets)
    return Kind(name=name, class_name=class_name, summary=summary, load=load, **row)


def _axes_together(params: Params) -> str | None:
    given = [params.get(name) is not None for name in ("input_axes", "output_axes")]
    return "input_axes and output_axes must be given together" if any(given) != all(given) else None


def _scaled(scale: float, mode: str, distribution: str) -> Callable[[Params], Scaling]:
    return lambda params: Scaling(scale, mode, distribution)


def _own_scaling(params: Params) -> Scaling:
    return Scaling(params["scale"], params["mode"], params["distribution"])


def _fan_based(family: str, law: str, scale: float, mode: str, source: str) -> Kind:
    """The six named special cases of VarianceScaling."""
    units = {"fan_in": "fan_in", "fan_avg": "((fan_in + fan_out) / 2)"}[mode]
    normal = law == "normal"
    return _kind(
        f"{family}_{law}",
        f"{family.title()}{law.title()}",
        f"{family.title()}'s {'truncated normal' if normal else 'uniform'}, scaled by {mode}.",
        formula=(
            f"truncated normal, stddev sqrt({scale:g} / {units}) after the cut at 2 stddev"
            if normal
            else f"uniform on [-limit, limit), limit sqrt({3 * scale:g} / {units})"
        ),
        reference=source,
        parameters={"seed": SEED, "input_axes": INPUT_AXES, "output_axes": OUTPUT_AXES},
        constraint=_axes_together,
        scaling=_scaled(scale, mode, "truncated_normal" if normal else "uniform"),
    )


def _uniform_bounds(params: Params) -> str | None:
    low, high = params.get("minval"), params.get("maxval")
    if low is None or high is None or low < high:
        return None
    return f"minval must be below maxval, received minval={low:g} and maxval={high:g}"


ROWS = (
    _kind(
        "zeros",
        "Zeros",
        "All elements 0.",
        aliases=("zero",),
        formula="0",
        distribution=lambda params: Distribution.constant(0.0),
    ),
    _kind(
        "ones",
        "Ones",
        "All elements 1.",
        aliases=("one",),
        formula="1",
        distribution=lambda params: Distribution.constant(1.0),
    ),
    _kind(
        "constant",
        "Constant",
        "All elements one number.",
        formula="value",
        parameters={"value": _number("The value of every element.")},
        distribution=lambda params: Distribution.constant(float(params["value"])),
    ),
    _kind(
        "identity",
        "Identity",
        "The identity matrix times a gain.",
        aliases=("IdentityInitializer",),
        formula="gain * eye",
        parameters={"gain": _number("Factor of the diagonal.")},
        ranks=(2, 2),
    ),
    _kind(
        "stft",
        "STFT",
        "Kernel of a short-time Fourier transform.",
        aliases=("STFTInitializer",),
        formula="cos or sin of -2 pi t f, times the window over its norm",
        parameters={
            "side": _choice("Which part of the complex kernel.", "real", "imag"),
            "window": {
                "type": ["string", "null"],
                "description": "Name of a window of scipy.signal.windows, or null for none.",
            },
            "scaling": _choice("Norm that the window is divided by.", "density", "spectrum", None),
            "periodic": {"type": "boolean", "description": "Whether the window is periodic."},
        },
        ranks=(3, 3),
    ),
    _kind(
        "random_normal",
        "RandomNormal",
        "Normal with a given mean and standard deviation.",
        aliases=("normal",),
        formula="N(mean, stddev**2)",
        parameters={
            "mean": _number("Mean of the law."),
            "stddev": _number("Standard deviation of the law.", minimum=0),
            "seed": SEED,
        },
        distribution=lambda params: Distribution.normal(params["mean"], params["stddev"]),
    ),
    _kind(
        "random_uniform",
        "RandomUniform",
        "Uniform between two bounds.",
        aliases=("uniform",),
        formula="U[minval, maxval)",
        parameters={
            "minval": _number("Lower bound, included."),
            "maxval": _number("Upper bound, excluded."),
            "seed": SEED,
        },
        constraint=_uniform_bounds,
        distribution=lambda params: Distribution.uniform(params["minval"], params["maxval"]),
    ),
    _kind(
        "truncated_normal",
        "TruncatedNormal",
        "Normal cut at two standard deviations around its mean.",
        formula="N(mean, stddev**2) given |x - mean| < 2 stddev (its own stddev is 0.8796 stddev)",
        parameters={
            "mean": _number("Mean of the law."),
            "stddev": _number("Standard deviation before the cut.", minimum=0),
            "seed": SEED,
        },
        distribution=lambda params: Distribution.truncated(params["mean"], params["stddev"]),
    ),
    _kind(
        "variance_scaling",
        "VarianceScaling",
        "A law whose variance is a scale over the number of units.",
        formula="variance scale / n, n = fan_in, fan_out or their mean",
        reference=HE,
        parameters={
            "scale": _number("Factor of the variance.", exclusiveMinimum=0),
            "mode": _choice("Which units are counted.", "fan_in", "fan_out", "fan_avg"),
            "distribution": _choice(
                "The law; `normal` means `truncated_normal`.",
                "truncated_normal",
                "untruncated_normal",
                "uniform",
                "normal",
            ),
            "seed": SEED,
            "input_axes": INPUT_AXES,
            "output_axes": OUTPUT_AXES,
        },
        constraint=_axes_together,
        scaling=_own_scaling,
    ),
    _fan_based("glorot", "normal", 1.0, "fan_avg", GLOROT),
    _fan_based("glorot", "uniform", 1.0, "fan_avg", GLOROT),
    _fan_based("he", "normal", 2.0, "fan_in", HE),
    _fan_based("he", "uniform", 2.0, "fan_in", HE),
    _fan_based("lecun", "normal", 1.0, "fan_in", LECUN),
    _fan_based("lecun", "uniform", 1.0, "fan_in", LECUN),
    _kind(
        "orthogonal",
        "Orthogonal",
        "A random orthogonal matrix times a gain.",
        aliases=("OrthogonalInitializer",),
        formula="gain * Q, Q'Q = I (or QQ' = I where there are more columns than rows)",
        reference=SAXE,
        parameters={
            "gain": _number("Factor of the matrix."),
            "split": _choice(
                "`gates`: one orthogonal block for each gate of a fused recurrent kernel "
                "(generator `portable` only).",
                "gates",
                None,
            ),
            "seed": SEED,
        },
        ranks=(2, None),
        half_types=False,
    ),
)


BUILTIN = Registry(ROWS)


def distribution_of(kind: Kind, params: Params, units: float | None) -> Distribution | None:
    """The law of one element.

    Args:
        kind: of the initializer.
        params: all its parameters, defaults included.
        units: for fan-based kinds, the number of units that the variance is divided by.

    Returns:
        The law, or None where elements follow no common one (identity, orthogonal, STFT, a
        user's own).
    """
    if kind.scaling and units:
        scale, _, law = kind.scaling(params)
        variance = scale / units
        if law == "uniform":
            limit = (3.0 * variance) ** 0.5
            return Distribution.uniform(-limit, limit)
        if law == "untruncated_normal":
            return Distribution.normal(0.0, variance**0.5)
        whole = Distribution.truncated(0.0, 1.0)
        return Distribution.truncated(0.0, variance**0.5 / whole.stddev)
    return kind.distribution(params) if kind.distribution else None
