r"""Powers, roots and the Sersic constant, in forms that XLA runs fast and that differentiate at zero.

The formulas of light are singular at a profile's centre, if not in value then in gradient: moving a steep profile by
a billionth of a pixel past a pixel's centre changes that pixel by a visible amount, back and forth. A pixel there
must count with its exact value, and with no gradient, because on average over both directions there is none.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from galens.numerics.logarithm import log

__all__ = ["inverse_power", "logarithmic_slope", "norm", "power", "relative_growth", "root", "sersic_constant", "sinc"]

# Ciotti & Bertin (1999), eq. 18: coefficients of n^-1 to n^-4.
SERSIC_SERIES = (4 / 405, 46 / 25515, 131 / 1148175, -2194697 / 30690717750)
SERSIC_SERIES_FROM = 0.2

# Below this argument, the square of a millionth, slopes of roots and powers fall instead of growing without bound.
STEEPEST = 1e-12


@jax.custom_jvp
def power(base: Float[ArrayLike, "*shape"], exponent: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """base^exponent for base >= 0, as exp(exponent log(base)): a fifth of the cost of `jnp.power`.

    At 0 the base is taken as 1e-280 (1e-30 in 32 bits), so the result is 1e-14 for an exponent of 1/20 and smaller
    for larger ones: zero to rounding from 1/20 on. The slope in the base is exact above 1e-12; below it falls, so that
    with base = r^2 the slope along r goes to zero at r = 0.
    """
    return jnp.exp(exponent * log(_positive(base)))


@power.defjvp
def _power_jvp(primals: tuple[Any, Any], tangents: tuple[Any, Any]) -> tuple[Any, Any]:
    base, exponent = primals
    d_base, d_exponent = tangents
    logarithm = log(_positive(base))
    value = jnp.exp(exponent * logarithm)
    return value, value * (exponent / jnp.maximum(base, STEEPEST) * d_base + logarithm * d_exponent)


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def root(x: Float[ArrayLike, "*shape"], halvings: int = 1) -> Float[Array, "*shape"]:
    """x^(1/2), or x^(1/2^halvings) by repeated square roots, for x >= 0.

    Three square roots cost less than a logarithm and an exponential. The slope is exact above 1e-12; below it falls to
    zero at 0.
    """
    result = jnp.asarray(x)
    for _ in range(halvings):
        result = jnp.sqrt(result)
    return result


@root.defjvp
def _root_jvp(halvings: int, primals: tuple[Any], tangents: tuple[Any]) -> tuple[Any, Any]:
    (x,), (d_x,) = primals, tangents
    value = root(x, halvings)
    return value, value * (0.5**halvings / jnp.maximum(x, STEEPEST) * d_x)


def norm(y: Float[ArrayLike, "*shape"], x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """sqrt(y^2 + x^2): exactly 0 at (0, 0), where the gradient is (0, 0), the mean over all directions."""
    square = jnp.asarray(y * y + x * x)
    positive = square > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, square, 1.0)), 0.0)


def inverse_power(x: Float[ArrayLike, "*shape"], exponent: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """(1 + x)^-exponent for x >= 0."""
    return jnp.exp(-jnp.asarray(exponent) * log(1.0 + jnp.asarray(x)))


def relative_growth(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """(exp(x) - 1) / x, 1 at x = 0, with exact slopes."""
    x = jnp.asarray(x)
    near = jnp.abs(x) < 1e-4
    away = jnp.where(near, 1.0, x)
    series = 1.0 + x * (1 / 2 + x * (1 / 6 + x * (1 / 24)))
    return jnp.where(near, series, jnp.expm1(away) / away)


def logarithmic_slope(
    a: Float[ArrayLike, "*shape"], b: Float[ArrayLike, "*shape"], difference: Float[ArrayLike, "*shape"]
) -> Float[Array, "*shape"]:
    """(ln a - ln b) / (a - b) for a, b > 0, 1 / a where they are equal, with exact slopes.

    `difference` is a - b, which callers often know to more digits than the subtraction would leave.
    """
    a, b, difference = jnp.asarray(a), jnp.asarray(b), jnp.asarray(difference)
    mean = 0.5 * (a + b)
    near = jnp.abs(difference) < 0.2 * mean
    square = (jnp.where(near, difference, 0.0) / (2.0 * mean)) ** 2
    series = jnp.zeros_like(square)
    for k in range(9, -1, -1):
        series = series * square + 1.0 / (2 * k + 1)
    away = jnp.where(near, 1.0, difference)
    return jnp.where(near, series / mean, jnp.log(jnp.where(near, 1.0, a / b)) / away)


def sersic_constant(index: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    r"""b(n) of the Sersic profile, for which R_e holds half the light: Gamma(2n) = 2 gamma(2n, b).

    The asymptotic series to n^-4 that the field uses; its relative error is 1e-7 at n = 4, 3e-5 at n = 1, 5e-4 at
    n = 0.4 and 0.1 at n = 0.2. Below 0.2, where the series turns round and falls below zero, b keeps its value there.

    Source: Ciotti & Bertin (1999), A&A 352, 447.
    """
    index = jnp.maximum(index, SERSIC_SERIES_FROM)
    inverse = 1.0 / index
    series = jnp.zeros_like(inverse)
    for coefficient in reversed(SERSIC_SERIES):
        series = inverse * (coefficient + series)
    return 2.0 * index - 1.0 / 3.0 + series


def sinc(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """sin(pi x) / (pi x), 1 at x = 0, whose slopes are right also next to 0, where those of the quotient cancel."""
    square = (jnp.pi * jnp.asarray(x)) ** 2
    near = square < 0.05
    angle = jnp.sqrt(jnp.where(near, 1.0, square))
    series = 1.0 - square / 6 * (1.0 - square / 20 * (1.0 - square / 42 * (1.0 - square / 72 * (1.0 - square / 110))))
    return jnp.where(near, series, jnp.sin(angle) / angle)


def _positive(base: Any) -> Array:
    base = jnp.asarray(base)
    return jnp.maximum(base, 1e-280 if base.dtype == jnp.float64 else 1e-30)
