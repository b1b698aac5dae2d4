"""The table of built-in kinds: one row for each.

A row owns names, constraints, formula, source and the classes that make the initializer; the
classes' signatures own the defaults. The published JSON Schema, `declinit.initializers`, the
command line's listing, the README's table, the distributions in plans and many tests are made of
these rows. Formulas and parameters: https://keras.io/api/layers/initializers/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from declinit.kinds.distributions import Distribution
from declinit.kinds.registry import KERAS, PORTABLE, Kind, Params, Registry, Variant
from declinit.kinds.scaling import Scaling
from declinit.kinds.seed_schema import SEED

GLOROT = "Glorot & Bengio, 2010, https://proceedings.mlr.press/v9/glorot10a.html"
HE = "He et al., 2015, https://arxiv.org/abs/1502.01852"
LECUN = "Klambauer et al., 2017, https://arxiv.org/abs/1706.02515"
SAXE = "Saxe et al., 2014, https://openreview.net/forum?id=_wzZwKpTDF_9C"

AXES: dict[str, Any] = {
    "type": ["array", "null"],
    "items": {"type": "integer"},
    "default": None,
}


INPUT_AXES = {**AXES, "description": "Axes whose sizes multiply to fan_in; give output_axes too."}
OUTPUT_AXES = {**AXES, "description": "Axes whose sizes multiply to fan_out; give input_axes too."}


def _number(description: str, **bounds: float) -> dict[str, Any]:
    return {"type": "number", "description": description, **bounds}


def _choice(description: str, *values: str | None) -> dict[str, Any]:
    return {"enum": list(values), "description": description}


def _keras_own(class_name: str) -> dict[str, str]:
    """Implementations of a kind without random numbers: Keras' class, whatever the generator."""
    return {KERAS: f"keras.initializers:{class_name}", PORTABLE: f"keras.initializers:{class_name}"}


def _axes_together(params: Params) -> str | None:
    given = [params.get(name) is not None for name in ("input_axes", "output_axes")]
    return "input_axes and output_axes must be given together" if any(given) != all(given) else None


@dataclass(frozen=True)
class FixedScaling:
    """The scaling of a kind that has no parameters for it."""

    scaling: Scaling

    def __call__(self, params: Params) -> Scaling:
        """The same for all parameters."""
        return self.scaling


def _given_scaling(params: Params) -> Scaling:
    return Scaling(params["scale"], params["mode"], params["distribution"])


@dataclass(frozen=True)
class FixedValue:
    """The distribution of a kind that fills with one number."""

    value: float

    def __call__(self, params: Params) -> Distribution:
        """The same for all parameters."""
        return Distribution.constant(self.value)


def _given_value(params: Params) -> Distribution:
    return Distribution.constant(float(params["value"]))


def _given_normal(params: Params) -> Distribution:
    return Distribution.normal(params["mean"], params["stddev"])


def _given_truncated(params: Params) -> Distribution:
    return Distribution.truncated(params["mean"], params["stddev"])


def _given_uniform(params: Params) -> Distribution:
    return Distribution.uniform(params["minval"], params["maxval"])


def _fan_based(author: str, family: str, scale: float, mode: str, source: str) -> Kind:
    """The six named special cases of VarianceScaling."""
    units = {"fan_in": "fan_in", "fan_avg": "((fan_in + fan_out) / 2)"}[mode]
    normal = family == "normal"
    class_name = f"{author.title()}{family.title()}"
    return Kind(
        name=f"{author}_{family}",
        class_name=class_name,
        summary=f"{author.title()}'s {'truncated normal' if normal else 'uniform'}, "
        f"scaled by {mode}.",
        implementations={
            KERAS: f"keras.initializers:{class_name}",
            PORTABLE: f"declinit.initializers:{class_name}",
        },
        formula=(
            f"truncated normal, stddev sqrt({scale:g} / {units}) after the cut at 2 stddev"
            if normal
            else f"uniform on [-limit, limit), limit sqrt({3 * scale:g} / {units})"
        ),
        reference=source,
        parameters={"seed": SEED, "input_axes": INPUT_AXES, "output_axes": OUTPUT_AXES},
        constraint=_axes_together,
        scaling=FixedScaling(Scaling(scale, mode, "truncated_normal" if normal else "uniform")),
    )


def _uniform_bounds(params: Params) -> str | None:
    low, high = params.get("minval"), params.get("maxval")
    if low is None or high is None or low < high:
        return None
    return f"minval must be below maxval, received minval={low:g} and maxval={high:g}"


ROWS = (
    Kind(
        name="zeros",
        class_name="Zeros",
        summary="All elements 0.",
        implementations=_keras_own("Zeros"),
        aliases=("zero",),
        formula="0",
        distribution=FixedValue(0.0),
    ),
    Kind(
        name="ones",
        class_name="Ones",
        summary="All elements 1.",
        implementations=_keras_own("Ones"),
        aliases=("one",),
        formula="1",
        distribution=FixedValue(1.0),
    ),
    Kind(
        name="constant",
        class_name="Constant",
        summary="All elements one number.",
        implementations=_keras_own("Constant"),
        formula="value",
        parameters={"value": _number("The value of every element.")},
        distribution=_given_value,
    ),
    Kind(
        name="identity",
        class_name="Identity",
        summary="The identity matrix times a gain.",
        implementations=_keras_own("Identity"),
        aliases=("IdentityInitializer",),
        formula="gain * eye",
        parameters={"gain": _number("Factor of the diagonal.")},
        ranks=(2, 2),
    ),
    Kind(
        name="stft",
        class_name="STFT",
        summary="Kernel of a short-time Fourier transform.",
        implementations=_keras_own("STFT"),
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
    Kind(
        name="random_normal",
        class_name="RandomNormal",
        summary="Normal with a given mean and standard deviation.",
        implementations={
            KERAS: "keras.initializers:RandomNormal",
            PORTABLE: "declinit.initializers:RandomNormal",
        },
        aliases=("normal",),
        formula="N(mean, stddev**2)",
        parameters={
            "mean": _number("Mean of the distribution."),
            "stddev": _number("Standard deviation of the distribution.", minimum=0),
            "seed": SEED,
        },
        distribution=_given_normal,
    ),
    Kind(
        name="random_uniform",
        class_name="RandomUniform",
        summary="Uniform between two bounds.",
        implementations={
            KERAS: "keras.initializers:RandomUniform",
            PORTABLE: "declinit.initializers:RandomUniform",
        },
        aliases=("uniform",),
        formula="U[minval, maxval)",
        parameters={
            "minval": _number("Lower bound, included."),
            "maxval": _number("Upper bound, excluded."),
            "seed": SEED,
        },
        constraint=_uniform_bounds,
        distribution=_given_uniform,
    ),
    Kind(
        name="truncated_normal",
        class_name="TruncatedNormal",
        summary="Normal cut at two standard deviations around its mean.",
        implementations={
            KERAS: "keras.initializers:TruncatedNormal",
            PORTABLE: "declinit.initializers:TruncatedNormal",
        },
        formula="N(mean, stddev**2) given |x - mean| < 2 stddev (its own stddev is 0.8796 stddev)",
        parameters={
            "mean": _number("Mean of the distribution."),
            "stddev": _number("Standard deviation before the cut.", minimum=0),
            "seed": SEED,
        },
        distribution=_given_truncated,
    ),
    Kind(
        name="variance_scaling",
        class_name="VarianceScaling",
        summary="A distribution whose variance is a scale over the number of units.",
        implementations={
            KERAS: "keras.initializers:VarianceScaling",
            PORTABLE: "declinit.initializers:VarianceScaling",
        },
        formula="variance scale / n, n = fan_in, fan_out or their mean",
        reference=HE,
        parameters={
            "scale": _number("Factor of the variance.", exclusiveMinimum=0),
            "mode": _choice("Which units are counted.", "fan_in", "fan_out", "fan_avg"),
            "distribution": _choice(
                "The distribution; `normal` means `truncated_normal`.",
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
        scaling=_given_scaling,
    ),
    _fan_based("glorot", "normal", 1.0, "fan_avg", GLOROT),
    _fan_based("glorot", "uniform", 1.0, "fan_avg", GLOROT),
    _fan_based("he", "normal", 2.0, "fan_in", HE),
    _fan_based("he", "uniform", 2.0, "fan_in", HE),
    _fan_based("lecun", "normal", 1.0, "fan_in", LECUN),
    _fan_based("lecun", "uniform", 1.0, "fan_in", LECUN),
    Kind(
        name="orthogonal",
        class_name="Orthogonal",
        summary="A random orthogonal matrix times a gain.",
        implementations={
            KERAS: "keras.initializers:Orthogonal",
            PORTABLE: "declinit.initializers:Orthogonal",
        },
        aliases=("OrthogonalInitializer",),
        formula="gain * Q, Q'Q = I (or QQ' = I where there are more columns than rows)",
        reference=SAXE,
        parameters={
            "gain": _number("Factor of the matrix."),
            "split": {
                **_choice(
                    "`gates`: one orthogonal block for each gate of a fused recurrent kernel "
                    "(generator `portable` only).",
                    "gates",
                    None,
                ),
                "default": None,
            },
            "seed": SEED,
        },
        ranks=(2, None),
        half_types=False,
        variants=(
            Variant(
                params={"split": "gates"},
                implementations={PORTABLE: "declinit.initializers:GatedOrthogonal"},
            ),
        ),
    ),
)


BUILTIN = Registry(ROWS)


def distribution_of(kind: Kind, params: Params, units: float | None) -> Distribution | None:
    """The distribution of one element.

    Args:
        kind: of the initializer.
        params: all its parameters, defaults included.
        units: for fan-based kinds, the number of units that the variance is divided by.

    Returns:
        The distribution, or None where elements have no common one (identity, orthogonal, STFT,
        a user's own).
    """
    if kind.scaling and units:
        return kind.scaling(params).distribution(units)
    return kind.distribution(params) if kind.distribution else None
