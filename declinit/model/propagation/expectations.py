"""The gain to expect of a layer: by the distribution of its kernel, its fan-in, its activation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from declinit.layers.lineage import builtin_names
from declinit.model.addresses import LocatedVariable
from declinit.model.tensors import read
from declinit.plans.inventory import VariableInfo
from declinit.plans.plan import Plan
from declinit.probing.signal import significant
from declinit.wording import number_text

# Layers whose output is a sum over fan-in many products, behind an activation.
SUMS = frozenset({"Dense", "EinsumDense", "BaseConv", "BaseDepthwiseConv"})

# Activations that look at more than one element.
_JOINT = frozenset({"softmax", "log_softmax", "sparsemax", "glu"})

# The points at which a standard normal variable is looked at.
_POINTS = np.linspace(-8.0, 8.0, 4001)
_WEIGHTS = np.exp(-np.square(_POINTS) / 2)


@dataclass(frozen=True, slots=True)
class Expectation:
    """A gain, and in words what it is expected by."""

    gain: float
    reason: str


@dataclass(frozen=True, slots=True)
class Kernels:
    """The kernels of layers that sum products.

    Attributes:
        by_layer: by `id` of the layer, the one variable of it that has fans.
        infos: what is known of each variable, by its path.
        plan: what drew the weights, if a policy did.
    """

    by_layer: Mapping[int, LocatedVariable]
    infos: Mapping[str, VariableInfo]
    plan: Plan | None

    def expected(self, layer: Any, received: float | None) -> Expectation | None:
        """The gain of a layer that receives a signal of some size; None if nothing tells it."""
        kernel = self.by_layer.get(id(layer))
        if kernel is None or not received or not math.isfinite(received):
            return None
        fans, size = self.infos[kernel.path].fans, self._size(kernel)
        if fans is None or size is None or not SUMS & set(builtin_names(type(layer))):
            return None
        return _behind_activation(layer, size, fans.fan_in, received)

    def _size(self, kernel: LocatedVariable) -> float | None:
        """The stddev of a kernel: of its distribution, or else of the values that it holds."""
        planned = self.plan.get(kernel.path) if self.plan else None
        if planned is not None and planned.expected is not None:
            distribution = planned.expected
            return None if distribution.mean else distribution.stddev
        values = read(kernel.variable).astype(np.float64)
        return math.sqrt(float(np.mean(np.square(values)))) if values.size else None


def _behind_activation(
    layer: Any, stddev: float, fan_in: int, received: float
) -> Expectation | None:
    sums = stddev * math.sqrt(fan_in) * received
    activation = getattr(layer, "activation", None) or keras.activations.linear
    name = getattr(activation, "__name__", type(activation).__name__)
    size = sums if name == "linear" else _activated(activation, name, sums)
    if size is None or not math.isfinite(size):
        return None
    behind = "" if name == "linear" else f", {name}"
    reason = f"stddev {number_text(stddev)} * sqrt(fan_in {fan_in}){behind}"
    return Expectation(significant(size / received), reason)


def _activated(activation: Any, name: str, stddev: float) -> float | None:
    """RMS of an activation of normal numbers; None if it does not look at each by itself."""
    if name in _JOINT:
        return None
    points = (_POINTS * stddev).astype(np.float32)
    try:
        values = keras.ops.convert_to_numpy(activation(keras.ops.convert_to_tensor(points)))
    except Exception:  # of the user's, which may take tensors of some rank only
        return None
    if values.shape != points.shape:
        return None
    squares = np.square(values.astype(np.float64))
    return math.sqrt(float(np.sum(squares * _WEIGHTS) / np.sum(_WEIGHTS)))


def kernels_of(
    found: Sequence[LocatedVariable], infos: Mapping[str, VariableInfo], plan: Plan | None
) -> Kernels:
    """The kernels of layers that have one variable with fans.

    Args:
        found: the variables of a model.
        infos: what is known of each, by its path.
        plan: what drew the weights, if a policy did.
    """
    with_fans = [one for one in found if one.path in infos and infos[one.path].axes]
    owners = [id(one.owner) for one in with_fans]
    single = {id(one.owner): one for one in with_fans if owners.count(id(one.owner)) == 1}
    return Kernels(single, infos, plan)
