"""The table of built-in kinds: one row for each.

A row owns names, constraints, formula, source and the classes that make the initializer; the
classes' signatures own the defaults. The published JSON Schema, `declinit.initializers`, the
command line's listing, the README's table, the distributions in plans and many tests are made of
these rows. Formulas and parameters: https://keras.io/api/layers/initializers/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from declinit.kinds.distributions import KERAS_BOUNDS, Distribution
from declinit.kinds.filling import (
    DEEPEST,
    array_misfit,
    delta_orthogonal_misfit,
    dirac_misfit,
    shape_of_numbers,
    zeros_of_column,
)
from declinit.kinds.implementations import for_every_generator
from declinit.kinds.kind import Shape
from declinit.kinds.registry import KERAS, PORTABLE, Kind, Params, Registry, Variant
from declinit.kinds.scaling import Scaling
from declinit.kinds.seed_schema import SEED

GLOROT = "Glorot & Bengio, 2010, https://proceedings.mlr.press/v9/glorot10a.html"
HE = "He et al., 2015, https://arxiv.org/abs/1502.01852"
LECUN = "Klambauer et al., 2017, https://arxiv.org/abs/1706.02515"
SAXE = "Saxe et al., 2014, https://openreview.net/forum?id=_wzZwKpTDF_9C"
XIAO = "Xiao et al., 2018, https://arxiv.org/abs/1806.05393"
ZAGORUYKO = "Zagoruyko & Komodakis, 2017, https://arxiv.org/abs/1706.00388"
MARTENS = "Martens, 2010, https://icml.cc/Conferences/2010/papers/458.pdf"
GU = "Gu et al., 2022, https://arxiv.org/abs/2111.00396"

AXES: dict[str, Any] = {
    "type": ["array", "null"],
    "items": {"type": "integer"},
    "default": None,
}


INPUT_AXES = {**AXES, "description": "Axes whose sizes multiply to fan_in; give output_axes too."}
OUTPUT_AXES = {**AXES, "description": "Axes whose sizes multiply to fan_out; give input_axes too."}


def _number(description: str, **bounds: float) -> dict[str, Any]:
    return {"type": "number", "description": description, **bounds}


BOUNDS: dict[str, Any] = {
    "type": "number",
    "minimum": 0.01,
    "description": "Where a truncated normal is cut, in standard deviations before the cut "
    "(generator `portable` only, unless it is 2).",
}


def _numbers(depth: int) -> dict[str, Any]:
    """JSON Schema of a number, or of lists of them that lie up to `depth` deep in each other."""
    if not depth:
        return {"type": "number"}
    return {"type": ["number", "array"], "items": _numbers(depth - 1)}


def _choice(description: str, *values: str | None) -> dict[str, Any]:
    return {"enum": list(values), "description": description}


def _keras_own(class_name: str) -> dict[str, str]:
    """Implementations of a kind without random numbers: Keras' class, whatever the generator."""
    return {KERAS: f"keras.initializers:{class_name}", PORTABLE: f"keras.initializers:{class_name}"}


def _axes_together(params: Params) -> str | None:
    given = [params.get(name) is not None for name in ("input_axes", "output_axes")]
    return "input_axes and output_axes must be given together" if any(given) != all(given) else None


def _scaling_fits(params: Params) -> str | None:
    """Fans need both axes, and only a truncated normal is cut."""
    family = params.get("distribution", "truncated_normal")
    if _has_other_bounds(params) and family not in ("truncated_normal", "normal"):
        return f"bounds cut a truncated normal, received distribution {family!r}"
    return _axes_together(params)


def _has_other_bounds(params: Params) -> bool:
    """Whether a normal is cut where Keras does not cut it."""
    return bool(params.get("bounds", KERAS_BOUNDS) != KERAS_BOUNDS)


def _has_array(params: Params) -> bool:
    """Whether a constant differs along axes."""
    return isinstance(params.get("value"), list) or params.get("axes") is not None


def _array_and_axes(params: Params) -> str | None:
    """Lists of equal shape, each axis of which has one of the variable's."""
    value, axes = params.get("value", 0.0), params.get("axes")
    if not isinstance(value, list):
        return None if axes is None else "axes are those of a list, received a number as value"
    try:
        rank = len(shape_of_numbers(value))
    except ValueError as error:
        return str(error)
    if axes is not None and len(axes) != rank:
        return f"a value of rank {rank} needs {rank} axes, received {len(axes)}"
    return None


def _is_split(params: Params) -> bool:
    """Whether an orthogonal kernel has a block for each gate."""
    return params.get("split") == "gates"


def _array_misfit(params: Params, shape: Shape) -> str | None:
    value = params["value"]
    if not isinstance(value, list):
        return None
    return array_misfit(shape, shape_of_numbers(value), params.get("axes"))


def _dirac_misfit(params: Params, shape: Shape) -> str | None:
    return dirac_misfit(shape, int(params["groups"]))


def _delta_misfit(params: Params, shape: Shape) -> str | None:
    return delta_orthogonal_misfit(shape)


@dataclass(frozen=True)
class FixedScaling:
    """The scaling of a kind that has no parameters for it."""

    scaling: Scaling

    def __call__(self, params: Params) -> Scaling:
        """The same for all parameters."""
        return self.scaling


def _given_scaling(params: Params) -> Scaling:
    bounds = float(params.get("bounds", KERAS_BOUNDS))
    return Scaling(params["scale"], params["mode"], params["distribution"], bounds)


@dataclass(frozen=True)
class FixedValue:
    """The distribution of a kind that fills with one number."""

    value: float

    def __call__(self, params: Params, shape: Shape) -> Distribution:
        """The same for all parameters and shapes."""
        return Distribution.constant(self.value)


def _given_value(params: Params, shape: Shape) -> Distribution | None:
    value = params["value"]
    return None if isinstance(value, list) else Distribution.constant(float(value))


def _given_normal(params: Params, shape: Shape) -> Distribution:
    return Distribution.normal(params["mean"], params["stddev"])


def _given_truncated(params: Params, shape: Shape) -> Distribution:
    bounds = float(params.get("bounds", KERAS_BOUNDS))
    return Distribution.truncated(params["mean"], params["stddev"], bounds)


def _given_uniform(params: Params, shape: Shape) -> Distribution:
    return Distribution.uniform(params["minval"], params["maxval"])


def _given_log_uniform(params: Params, shape: Shape) -> Distribution:
    return Distribution.log_uniform(params["minval"], params["maxval"])


def _given_sparse(params: Params, shape: Shape) -> Distribution | None:
    if len(shape) != 2 or not shape[0]:
        return None
    zeros = zeros_of_column(shape[0], params["sparsity"]) / shape[0]
    return Distribution.sparse(params["stddev"], zeros)


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
        summary="All elements one number, or an array repeated along the other axes.",
        implementations=_keras_own("Constant"),
        formula="value",
        parameters={
            "value": {
                **_numbers(DEEPEST),
                "description": "The value of every element; or a list, of lists for more than one "
                "axis, which is repeated along the axes that it has not.",
            },
            "axes": {
                **AXES,
                "description": "Axes of the variable that those of a list lie along, in this "
                "order; the last ones if left out, as NumPy broadcasts.",
            },
        },
        constraint=_array_and_axes,
        distribution=_given_value,
        misfit=_array_misfit,
        variants=(
            Variant(
                chosen_by=_has_array,
                beyond={"axes": None},
                implementations=for_every_generator("declinit.initializers:ConstantArray"),
            ),
        ),
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
        name="dirac",
        class_name="Dirac",
        summary="A convolution that passes each channel on as it is.",
        implementations=for_every_generator("declinit.initializers:Dirac"),
        formula="1 at the center of the window from each channel to itself (in each group), else 0",
        reference=ZAGORUYKO,
        parameters={
            "groups": {
                "type": "integer",
                "minimum": 1,
                "description": "Groups of the convolution: each is an identity of its own.",
            }
        },
        ranks=(3, 5),
        misfit=_dirac_misfit,
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
        name="log_uniform",
        class_name="LogUniform",
        summary="Positive, with a logarithm that is uniform between those of two bounds.",
        implementations={PORTABLE: "declinit.initializers:LogUniform"},
        formula="exp(U[log(minval), log(maxval)))",
        reference=GU,
        parameters={
            "minval": _number("Lower bound, included.", minimum=1e-18),
            "maxval": _number("Upper bound, excluded.", exclusiveMinimum=0),
            "seed": SEED,
        },
        required=("minval", "maxval"),
        constraint=_uniform_bounds,
        distribution=_given_log_uniform,
    ),
    Kind(
        name="truncated_normal",
        class_name="TruncatedNormal",
        summary="Normal cut at some of its standard deviations, two by default, around its mean.",
        implementations={
            KERAS: "keras.initializers:TruncatedNormal",
            PORTABLE: "declinit.initializers:TruncatedNormal",
        },
        formula="N(mean, stddev**2) given |x - mean| < bounds * stddev (for bounds of 2, its own "
        "stddev is 0.8796 stddev)",
        parameters={
            "mean": _number("Mean of the distribution."),
            "stddev": _number("Standard deviation before the cut.", minimum=0),
            "bounds": BOUNDS,
            "seed": SEED,
        },
        distribution=_given_truncated,
        variants=(
            Variant(
                chosen_by=_has_other_bounds,
                beyond={"bounds": KERAS_BOUNDS},
                implementations={PORTABLE: "declinit.initializers:BoundedTruncatedNormal"},
            ),
        ),
    ),
    Kind(
        name="sparse",
        class_name="Sparse",
        summary="Normal, with a share of each unit's inputs left out.",
        implementations={PORTABLE: "declinit.initializers:Sparse"},
        formula="N(0, stddev**2), but 0 for ceil(sparsity * fan_in) random inputs of each unit "
        "(column)",
        reference=MARTENS,
        parameters={
            "sparsity": _number("Share of each column that is 0.", minimum=0, maximum=1),
            "stddev": _number("Standard deviation of the others.", minimum=0),
            "seed": SEED,
        },
        required=("sparsity",),
        ranks=(2, 2),
        distribution=_given_sparse,
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
            "bounds": BOUNDS,
            "seed": SEED,
            "input_axes": INPUT_AXES,
            "output_axes": OUTPUT_AXES,
        },
        constraint=_scaling_fits,
        scaling=_given_scaling,
        variants=(
            Variant(
                chosen_by=_has_other_bounds,
                beyond={"bounds": KERAS_BOUNDS},
                implementations={PORTABLE: "declinit.initializers:BoundedVarianceScaling"},
            ),
        ),
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
                chosen_by=_is_split,
                beyond={"split": None},
                implied={"split": "gates"},
                implementations={PORTABLE: "declinit.initializers:GatedOrthogonal"},
            ),
        ),
    ),
    Kind(
        name="delta_orthogonal",
        class_name="DeltaOrthogonal",
        summary="A random orthogonal map of channels at the center of a convolution's window.",
        implementations={PORTABLE: "declinit.initializers:DeltaOrthogonal"},
        formula="gain * Q at the center of the window, QQ' = I, else 0",
        reference=XIAO,
        parameters={"gain": _number("Factor of the matrix."), "seed": SEED},
        ranks=(3, 5),
        misfit=_delta_misfit,
    ),
)


BUILTIN = Registry(ROWS)


def distribution_of(
    kind: Kind, params: Params, units: float | None, shape: Shape = ()
) -> Distribution | None:
    """The distribution of one element.

    Args:
        kind: of the initializer.
        params: all its parameters, defaults included.
        units: for fan-based kinds, the number of units that the variance is divided by.
        shape: of the variable.

    Returns:
        The distribution, or None where elements have no common one (identity, orthogonal, STFT,
        a user's own).
    """
    if kind.scaling and units:
        return kind.scaling(params).distribution(units)
    return kind.distribution(params, shape) if kind.distribution else None
