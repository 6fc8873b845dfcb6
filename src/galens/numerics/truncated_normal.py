r"""The normal distribution restricted to an interval, exact in both of its tails.

A point of the interval is described by the two *fractions* of the probability that lie below and above it. They add
up to 1, but near an end the small one carries the information that ``1 - x`` would have lost, so both are passed
around. Limits are in units of the standard deviation, from the mean, and may be infinite.

Everything is computed for the mirrored interval that leans to the left, :math:`a + b \le 0`: there the cumulative
distribution :math:`\Phi` is small rather than close to 1, and its logarithm is accurate for any distance.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.special import log_ndtr as _log_ndtr
from jax.scipy.special import ndtr, ndtri
from jaxtyping import Array, ArrayLike, Bool, Float

__all__ = ["SMALLEST_FRACTION", "Truncation", "fractions", "normal_quantile", "quantile", "truncation"]

SMALLEST_FRACTION = 1e-200
"""Fractions are floored here, far below what a unit value in double precision can express, so that the ends of an
infinite interval (30 standard deviations away) and the slope there stay finite."""

_LOG_SQRT_TWO_PI = 0.5 * math.log(2.0 * math.pi)
_FAR = -20.0  # an interval wholly below this many sigma is treated by logarithms: its probability may underflow
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


@jax.custom_jvp
def normal_quantile(below: Float[Array, "*shape"], above: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """The standard normal value with the fractions `below` and `above` on its two sides (finite, see above)."""
    is_left = below < above
    tail = ndtri(jnp.maximum(jnp.where(is_left, below, above), SMALLEST_FRACTION))
    return jnp.where(is_left, tail, -tail)


@normal_quantile.defjvp
def _normal_quantile_jvp(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    # One over the density, instead of the derivative of each branch. Both fractions change by the same amount.
    z = normal_quantile(*primals)
    return z, 0.5 * (tangents[0] - tangents[1]) * jnp.exp(0.5 * z**2 + _LOG_SQRT_TWO_PI)


@jax.custom_jvp
def quantile(
    below: Float[Array, "*shape"],
    above: Float[Array, "*shape"],
    mean: ArrayLike,
    sigma: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    interval: Truncation,
) -> Float[Array, "*shape"]:
    """The value with the fractions `below` and `above` of the probability on its two sides.

    Its error is a few roundings of sigma, and next to a limit of the distance from it. Differentiable in the fractions.

    Args:
        below, above: fractions that add up to 1.
        mean, sigma: of the normal distribution without limits.
        lower, upper: limits.
        interval: `truncation` of the limits, from the mean, in units of sigma.
    """
    is_mirrored = jnp.asarray(interval.sign) < 0.0
    left, right = jnp.where(is_mirrored, above, below), jnp.where(is_mirrored, below, above)
    is_far = jnp.asarray(interval.log_cdf_upper) < _host_log_ndtr(_FAR)
    p = interval.cdf_lower * right + interval.cdf_upper * left
    q = interval.sf_lower * right + interval.sf_upper * left
    near = normal_quantile(jnp.where(is_far, 0.5, p), q)
    ratio = jnp.exp(jnp.asarray(interval.log_cdf_lower) - interval.log_cdf_upper)
    log_p = interval.log_cdf_upper + jnp.log(jnp.maximum(left + ratio * right, SMALLEST_FRACTION))
    far = _far_quantile(jnp.where(is_far, log_p, -1e3))
    value = mean + sigma * interval.sign * jnp.where(is_far, far, near)

    is_near_a, from_a = _distance(left, interval.lower, interval.density_lower)
    is_near_b, from_b = _distance(right, -jnp.asarray(interval.upper), interval.density_upper)
    at_a, at_b = jnp.where(is_mirrored, upper, lower), jnp.where(is_mirrored, lower, upper)
    value = jnp.where(is_near_a, jnp.where(is_near_a, at_a, 0.0) + interval.sign * sigma * from_a, value)
    value = jnp.where(is_near_b, jnp.where(is_near_b, at_b, 0.0) - interval.sign * sigma * from_b, value)
    return jnp.clip(value, lower, upper)  # rounding must not leave the interval


@quantile.defjvp
def _quantile_jvp(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Array, Array]:
    value = quantile(*primals)
    _, _, mean, sigma, _, _, interval = primals
    return value, 0.5 * (tangents[0] - tangents[1]) / _density(value, mean, sigma, interval)


@jax.custom_jvp
def fractions(
    value: Float[Array, "*shape"],
    mean: ArrayLike,
    sigma: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    interval: Truncation,
) -> tuple[Float[Array, "*shape"], Float[Array, "*shape"]]:
    """Fractions of the probability below and above `value`, the inverse of `quantile`.

    The smaller of the two is accurate relative to itself. Outside the limits they are 0 and 1. Differentiable in the
    value.
    """
    value = jnp.clip(value, lower, upper)
    is_mirrored = jnp.asarray(interval.sign) < 0.0
    z = interval.sign * (value - mean) / sigma
    above_lower, below_upper = (value - lower) / sigma, (upper - value) / sigma
    from_a = jnp.where(is_mirrored, below_upper, above_lower)
    from_b = jnp.where(is_mirrored, above_lower, below_upper)
    log_cdf = log_ndtr(jnp.asarray(z))
    left = _piecewise(
        from_a,
        interval.lower,
        interval.density_lower,
        jnp.exp(log_cdf - interval.log_cdf_upper)
        * -jnp.expm1(jnp.minimum(interval.log_cdf_lower - log_cdf, 0.0))
        * interval.cdf_scale,
    )
    upper_half = (ndtr(-z) - interval.sf_upper) * jnp.exp(-jnp.maximum(interval.log_probability, -600.0))
    lower_half = -jnp.expm1(jnp.minimum(log_cdf - interval.log_cdf_upper, 0.0)) * interval.cdf_scale
    right = _piecewise(
        from_b,
        -jnp.asarray(interval.upper),
        interval.density_upper,
        jnp.where(z > 0.0, upper_half, lower_half),
    )
    is_left = left < right  # the smaller one has the digits, also of the other
    left, right = jnp.where(is_left, left, 1.0 - right), jnp.where(is_left, 1.0 - left, right)
    return jnp.where(is_mirrored, right, left), jnp.where(is_mirrored, left, right)


@fractions.defjvp
def _fractions_jvp(
    primals: tuple[Any, ...], tangents: tuple[Any, ...]
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    value, mean, sigma, lower, upper, interval = primals
    slope = _density(jnp.clip(value, lower, upper), mean, sigma, interval) * tangents[0]
    slope = jnp.where((value < lower) | (value > upper), 0.0, slope)
    return fractions(*primals), (slope, -slope)


def log_ndtr(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """Logarithm of the normal cumulative distribution; relative error below 1e-13 (JAX's default order: 1e-11)."""
    return _log_ndtr(x, series_order=10)


def _density(value: Array, mean: ArrayLike, sigma: ArrayLike, interval: Truncation) -> Array:
    z = (value - mean) / sigma
    return jnp.exp(-0.5 * z**2 - _LOG_SQRT_TWO_PI - interval.log_probability) / sigma


def _distance(
    fraction: Float[Array, "*shape"], slope: ArrayLike, density: ArrayLike
) -> tuple[Bool[Array, "*shape"], Float[Array, "*shape"]]:
    """Whether a limit is near, and the distance from it (0 where not), at which the fraction of probability is reached.

    A power series: the distance t solves dt/dp = exp(slope t + t^2 / 2) / density.
    """
    density, slope = jnp.asarray(density), jnp.asarray(slope)
    scaled = fraction / jnp.where(density > 0.0, density, 1.0)
    is_near = (density > 0.0) & (scaled * jnp.maximum(1.0, jnp.abs(slope)) < 1e-3)
    t = jnp.where(is_near, scaled, 0.0)
    square = slope**2
    series = (7.0 + square * (46.0 + 24.0 * square)) * t / 120.0
    series = (slope * (7.0 + 6.0 * square) / 24.0 + series) * t
    series = ((1.0 + 2.0 * square) / 6.0 + series) * t
    return is_near, t * (1.0 + t * (slope / 2.0 + series))


def _piecewise(
    distance: Float[Array, "*shape"], slope: ArrayLike, density: ArrayLike, otherwise: Float[Array, "*shape"]
) -> Float[Array, "*shape"]:
    # Next to a limit the two cumulative distributions cancel; there the density is integrated instead.
    reach = jnp.maximum(1.0, jnp.abs(jnp.asarray(slope)))
    is_close = distance * reach < 1.0
    close = jnp.where(is_close, distance, 0.0)
    steps = close[..., None] * _NODES
    integrand = jnp.exp(-jnp.asarray(slope)[..., None] * steps - 0.5 * steps**2)
    return jnp.where(is_close, density * close * (integrand @ _WEIGHTS), otherwise)


def _far_quantile(log_p: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """Inverse of `log_ndtr` for log_p below -200, where each round of the iteration gains three digits."""

    def nearer(_: int, z: Array) -> Array:
        series = jnp.ones_like(z)  # of the Mills ratio times -z, to terms below 1e-13
        for odd in (13, 11, 9, 7, 5, 3, 1):
            series = 1.0 - odd * series / z**2
        mills = jnp.log(series) - jnp.log(-z)
        return -jnp.sqrt(2.0 * (mills - _LOG_SQRT_TWO_PI - log_p))

    # A loop, because most priors never come here, and all would pay for tracing and compiling six rounds.
    return lax.fori_loop(0, 6, nearer, -jnp.sqrt(-2.0 * log_p))


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
