"""Quantiles, logarithms and exponentials, from operations that IEEE 754 fixes to the last bit.

Everything below is made of single additions, subtractions, multiplications, divisions and square
roots. No function of a mathematical library is called: its `log` differs between CPUs and versions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from declinit.random.arrays import Doubles

# Wichura's AS 241, routine PPND16 (Applied Statistics 37, 1988); constant terms first.
_PA = (
    3.3871328727963666080e0,
    1.3314166789178437745e2,
    1.9715909503065514427e3,
    1.3731693765509461125e4,
    4.5921953931549871457e4,
    6.7265770927008700853e4,
    3.3430575583588128105e4,
    2.5090809287301226727e3,
)
_PB = (
    1.0,
    4.2313330701600911252e1,
    6.8718700749205790830e2,
    5.3941960214247511077e3,
    2.1213794301586595867e4,
    3.9307895800092710610e4,
    2.8729085735721942674e4,
    5.2264952788528545610e3,
)
_PC = (
    1.42343711074968357734e0,
    4.63033784615654529590e0,
    5.76949722146069140550e0,
    3.64784832476320460504e0,
    1.27045825245236838258e0,
    2.41780725177450611770e-1,
    2.27238449892691845833e-2,
    7.74545014278341407640e-4,
)
_PD = (
    1.0,
    2.05319162663775882187e0,
    1.67638483018380384940e0,
    6.89767334985100004550e-1,
    1.48103976427480074590e-1,
    1.51986665636164571966e-2,
    5.47593808499534494600e-4,
    1.05075007164441684324e-9,
)
_PE = (
    6.65790464350110377720e0,
    5.46378491116411436990e0,
    1.78482653991729133580e0,
    2.96560571828504891230e-1,
    2.65321895265761230930e-2,
    1.24266094738807843860e-3,
    2.71155556874348757815e-5,
    2.01033439929228813265e-7,
)
_PF = (
    1.0,
    5.99832206555887937690e-1,
    1.36929880922735805310e-1,
    1.48753612908506148525e-2,
    7.86869131145613259100e-4,
    1.84631831751005468180e-5,
    1.42151175831644588870e-7,
    2.04426310338993978564e-15,
)

_SQRT_HALF = 0.70710678118654752
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_ODD_RECIPROCALS = tuple(1 / odd for odd in range(3, 27, 2))
_LOG2_E = 1.44269504088896340736
_FACTORIAL_RECIPROCALS = tuple(1 / math.factorial(n) for n in range(15))


def tail_quantile(probability: Doubles) -> Doubles:
    """The distance from zero that a standard normal exceeds with the given probability.

    Args:
        probability: of one tail, above 0 and at most 0.5, any shape.

    Returns:
        float64 of the same shape, at least 0; relative error about 1e-15.
    """
    from_median = 0.5 - probability
    central = from_median <= 0.425
    quantile = np.empty_like(probability)
    quantile[central] = _central(from_median[central])
    quantile[~central] = _outer(probability[~central])
    return quantile


def natural_log(x: Doubles) -> Doubles:
    """The natural logarithm of positive numbers: 2 artanh((m - 1) / (m + 1)) + exponent ln 2."""
    mantissa, exponent = np.frexp(x)
    small = mantissa < _SQRT_HALF
    mantissa = np.where(small, mantissa + mantissa, mantissa)
    exponent = np.where(small, exponent - 1, exponent)
    s = (mantissa - 1) / (mantissa + 1)
    twice = s + s
    z = s * s
    log_mantissa = twice + twice * (z * _horner(_ODD_RECIPROCALS, z))
    result: Doubles = exponent * _LN2_HIGH + (log_mantissa + exponent * _LN2_LOW)
    return result


def exponential(x: Doubles) -> Doubles:
    """The exponential of numbers of at most a few hundred: a series times a power of two."""
    exponent = np.rint(x * _LOG2_E)
    rest = (x - exponent * _LN2_HIGH) - exponent * _LN2_LOW
    result: Doubles = np.ldexp(_horner(_FACTORIAL_RECIPROCALS, rest), exponent.astype(np.int64))
    return result


def _central(from_median: Doubles) -> Doubles:
    r = 0.180625 - from_median * from_median
    return (from_median * _horner(_PA, r)) / _horner(_PB, r)


def _outer(probability: Doubles) -> Doubles:
    t = np.sqrt(-natural_log(probability))
    near = _horner(_PC, t - 1.6) / _horner(_PD, t - 1.6)
    far = _horner(_PE, t - 5) / _horner(_PF, t - 5)
    return np.where(t <= 5, near, far)


def _horner(coefficients: Sequence[float], x: Doubles) -> Doubles:
    value = np.full_like(x, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        value *= x
        value += coefficient
    return value
