r"""The normal distribution restricted to an interval, exact in both of its tails.

A point of the interval is described by the two *fractions* of the probability that lie below and above it. They add
up to 1, but near an end the small one carries the information that ``1 - x`` would have lost, so both are passed
around. Limits are in units of the standard deviation, from the mean, and may be infinite.

Everything is computed for the mirrored interval that leans to the left, :math:`a + b \le 0`: there the cumulative
distribution :math:`\Phi` is small rather than close to 1, and its logarithm is accurate for any distance.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import log_ndtr as _log_ndtr
from jax.scipy.special import ndtr, ndtri
from jaxtyping import Array, ArrayLike, Float

__all__ = ["SMALLEST_FRACTION", "Truncation", "fractions", "normal_quantile", "quantile", "truncation"]

SMALLEST_FRACTION = 1e-300
"""Fractions are floored here, far below what a unit value in double precision can express, so that the ends of an
infinite interval stay finite (37 standard deviations away)."""

_LOG_SQRT_TWO_PI = 0.5 * math.log(2.0 * math.pi)
_FAR = -30.0  # an interval wholly below this many sigma is treated by logarithms: its probability may underflow
_NODES, _WEIGHTS = (np.asarray(each) for each in np.polynomial.legendre.leggauss(8))
_NODES, _WEIGHTS = 0.5 * (_NODES + 1.0), 0.5 * _WEIGHTS  # on [0, 1]


class Truncation(NamedTuple):
    """Constants of one interval (or arrays of them): what depends on its limits only.

    All but `sign` describe the mirrored interval [a, b]; P is its probability under the normal distribution.
    """

    sign: ArrayLike  # -1 where the interval is mirrored
    lower: ArrayLike  # a, 0 where infinite (then only multiplied by zeros)
    upper: ArrayLike  # b, 0 where infinite
    cdf_lower: ArrayLike  # Phi(a)
    cdf_upper: ArrayLike  # Phi(b)
    sf_lower: ArrayLike  # 1 - Phi(a)
    sf_upper: ArrayLike  # 1 - Phi(b)
    log_cdf_lower: ArrayLike  # log Phi(a), finite
    log_cdf_upper: ArrayLike  # log Phi(b)
    density_lower: ArrayLike  # phi(a) / P
    density_upper: ArrayLike  # phi(b) / P
    cdf_scale: ArrayLike  # Phi(b) / P
    log_probability: ArrayLike  # log P


def truncation(lower: float, upper: float) -> Truncation:
    """Constants of the interval [lower, upper], numbers of the host; `lower` < `upper`."""
    mirrored = lower + upper > 0.0 or (math.isinf(upper) and math.isfinite(lower))
    a, b = (-upper, -lower) if mirrored else (lower, upper)
    log_cdf_a, log_cdf_b = _host_log_ndtr(a), _host_log_ndtr(b)
    if (b - a) * max(1.0, abs(a), abs(b)) < 1.0:
        log_probability = _host_log_density(a) + math.log(_integral(a, b - a))
    else:
        log_probability = log_cdf_b + math.log1p(-math.exp(log_cdf_a - log_cdf_b))
    return Truncation(
        sign=-1.0 if mirrored else 1.0,
        lower=a if math.isfinite(a) else 0.0,
        upper=b if math.isfinite(b) else 0.0,
        cdf_lower=math.exp(log_cdf_a),
        cdf_upper=math.exp(log_cdf_b),
        sf_lower=math.exp(_host_log_ndtr(-a)),
        sf_upper=math.exp(_host_log_ndtr(-b)),
        log_cdf_lower=max(log_cdf_a, -1e300),
        log_cdf_upper=log_cdf_b,
        density_lower=math.exp(_host_log_density(a) - log_probability),
        density_upper=math.exp(_host_log_density(b) - log_probability),
        cdf_scale=math.exp(log_cdf_b - log_probability),
        log_probability=log_probability,
    )


def normal_quantile(below: Float[Array, "..."], above: Float[Array, "..."]) -> Float[Array, "..."]:
    """The standard normal value with the fractions `below` and `above` on its two sides (finite, see above)."""
    is_left = below < above
    tail = ndtri(jnp.maximum(jnp.where(is_left, below, above), SMALLEST_FRACTION))
    return jnp.where(is_left, tail, -tail)


def quantile(below: Float[Array, "..."], above: Float[Array, "..."], interval: Truncation) -> Float[Array, "..."]:
    """The value of the truncated standard normal with the fractions `below` and `above` on its two sides."""
    is_mirrored = jnp.asarray(interval.sign) < 0.0
    below, above = jnp.where(is_mirrored, above, below), jnp.where(is_mirrored, below, above)
    is_far = jnp.asarray(interval.log_cdf_upper) < _host_log_ndtr(_FAR)
    p = interval.cdf_lower * above + interval.cdf_upper * below
    q = interval.sf_lower * above + interval.sf_upper * below
    near = normal_quantile(jnp.where(is_far, 0.5, p), q)
    ratio = jnp.exp(jnp.asarray(interval.log_cdf_lower) - interval.log_cdf_upper)
    log_p = interval.log_cdf_upper + jnp.log(jnp.maximum(below + ratio * above, SMALLEST_FRACTION))
    far = _far_quantile(jnp.where(is_far, log_p, -1e3))
    return interval.sign * jnp.where(is_far, far, near)


def fractions(
    value: Float[Array, "..."],
    above_lower: Float[Array, "..."],
    below_upper: Float[Array, "..."],
    interval: Truncation,
) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    """Fractions of the probability below and above `value`.

    Args:
        value: point of the interval.
        above_lower: value - lower limit. Given apart because next to a limit the difference of rounded numbers has
            lost the digits that the caller still knows.
        below_upper: upper limit - value.
        interval: constants of the interval.
    """
    is_mirrored = jnp.asarray(interval.sign) < 0.0
    z = interval.sign * value
    from_a = jnp.where(is_mirrored, below_upper, above_lower)
    from_b = jnp.where(is_mirrored, above_lower, below_upper)
    log_cdf = log_ndtr(z)
    below = _piecewise(
        from_a,
        interval.lower,
        interval.density_lower,
        jnp.exp(log_cdf - interval.log_cdf_upper)
        * -jnp.expm1(jnp.minimum(interval.log_cdf_lower - log_cdf, 0.0))
        * interval.cdf_scale,
    )
    right = (ndtr(-z) - interval.sf_upper) * jnp.exp(-jnp.maximum(interval.log_probability, -600.0))
    left = -jnp.expm1(jnp.minimum(log_cdf - interval.log_cdf_upper, 0.0)) * interval.cdf_scale
    above = _piecewise(from_b, -jnp.asarray(interval.upper), interval.density_upper, jnp.where(z > 0.0, right, left))
    below, above = jnp.clip(below, 0.0, 1.0), jnp.clip(above, 0.0, 1.0)
    return jnp.where(is_mirrored, above, below), jnp.where(is_mirrored, below, above)


def log_ndtr(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """Logarithm of the normal cumulative distribution; relative error below 1e-13 (JAX's default order: 1e-11)."""
    return _log_ndtr(x, series_order=10)


def _piecewise(
    distance: Float[Array, "..."], slope: ArrayLike, density: ArrayLike, otherwise: Float[Array, "..."]
) -> Float[Array, "..."]:
    # Next to a limit the two cumulative distributions cancel; there the density is integrated instead.
    reach = jnp.maximum(1.0, jnp.abs(jnp.asarray(slope)))
    is_close = distance * reach < 1.0
    close = jnp.where(is_close, distance, 0.0)
    steps = close[..., None] * _NODES
    integrand = jnp.exp(-jnp.asarray(slope)[..., None] * steps - 0.5 * steps**2)
    return jnp.where(is_close, density * close * (integrand @ _WEIGHTS), otherwise)


@jax.custom_jvp
def _far_quantile(log_p: Float[Array, "..."]) -> Float[Array, "..."]:
    """Inverse of `log_ndtr` for log_p below -400, by Newton's method from the leading asymptotic term."""
    z = -jnp.sqrt(-2.0 * log_p - jnp.log(-4.0 * math.pi * log_p))
    for _ in range(4):
        z = z - (log_ndtr(z) - log_p) * jnp.exp(log_ndtr(z) + 0.5 * z**2 + _LOG_SQRT_TWO_PI)
    return z


@_far_quantile.defjvp
def _far_quantile_jvp(
    primals: tuple[Float[Array, "..."]], tangents: tuple[Float[Array, "..."]]
) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    z = _far_quantile(*primals)
    return z, tangents[0] * jnp.exp(log_ndtr(z) + 0.5 * z**2 + _LOG_SQRT_TWO_PI)


def _host_log_density(x: float) -> float:
    return -0.5 * x**2 - _LOG_SQRT_TWO_PI


def _host_log_ndtr(x: float) -> float:
    if x == -math.inf:
        return -math.inf
    if x > 0.0:
        return math.log1p(-0.5 * math.erfc(x / math.sqrt(2.0)))
    if x > -20.0:
        return math.log(0.5 * math.erfc(-x / math.sqrt(2.0)))
    term, series = 1.0, 1.0
    for order in range(1, 12):
        term *= -(2 * order - 1) / x**2
        series += term
    return _host_log_density(x) - math.log(-x) + math.log(series)


def _integral(start: float, width: float) -> float:
    steps = width * _NODES
    return float(width * (np.exp(-start * steps - 0.5 * steps**2) @ _WEIGHTS))
