"""The modified Bessel function that disks seen from the side need."""

from __future__ import annotations

import math

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from galens.numerics.polynomial import horner

__all__ = ["bessel_x_k1"]

SERIES_TERMS = 14
CHEBYSHEV_TERMS = 28
SMALLEST = 1e-300


def bessel_x_k1(square: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    r"""x K_1(x) of x^2, to 1e-15; 1 at x = 0 with a slope in x of 0.

    Up to x = 2 the power series, w = x^2 / 4,

    .. math:: x K_1(x) = 1 + w \sum_k \frac{w^k}{k! (k + 1)!} [\ln w - \psi(k + 1) - \psi(k + 2)]

    beyond a Chebyshev series in 2 / x of sqrt(x) exp(x) K_1(x).

    Source: Abramowitz & Stegun (1964), 9.6.11 and, for the values behind the Chebyshev series, 9.6.24.
    """
    square = jnp.asarray(square)
    far = square > 4.0
    # Each branch is evaluated where it holds, so that neither makes a slope that is not finite in the other's place.
    w = jnp.where(far, 1.0, 0.25 * square)
    near_value = 1.0 + w * (horner(RISE, w) * jnp.log(jnp.maximum(w, SMALLEST)) - horner(OFFSET, w))
    x = jnp.sqrt(jnp.where(far, square, 4.0))
    far_value = jnp.sqrt(x) * jnp.exp(-x) * _chebyshev(TAIL, 4.0 / x - 1.0)
    return jnp.where(far, far_value, near_value)


def _chebyshev(coefficients: np.ndarray, x: Array) -> Array:
    """Clenshaw's sum."""
    last, total = jnp.zeros_like(x), jnp.full_like(x, coefficients[-1])
    for coefficient in coefficients[-2:0:-1]:
        last, total = total, coefficient + 2.0 * x * total - last
    return coefficients[0] + x * total - last


def _series() -> tuple[np.ndarray, np.ndarray]:
    """1 / (k! (k + 1)!), and that times psi(k + 1) + psi(k + 2), of the power series."""
    orders = range(SERIES_TERMS)
    harmonic = [sum(1.0 / each for each in range(1, k + 1)) for k in range(SERIES_TERMS + 1)]
    rise = np.array([1.0 / (math.factorial(k) * math.factorial(k + 1)) for k in orders])
    return rise, rise * np.array([harmonic[k] + harmonic[k + 1] - 2.0 * np.euler_gamma for k in orders])


def _tail() -> np.ndarray:
    """Chebyshev coefficients on -1 to 1 of sqrt(x) exp(x) K_1(x) with x = 4 / (s + 1)."""
    nodes = np.cos(np.pi * (np.arange(CHEBYSHEV_TERMS) + 0.5) / CHEBYSHEV_TERMS)
    x = 4.0 / (nodes + 1.0)
    # exp(x) K_1(x) is the integral of exp(x (1 - cosh t)) cosh t over t > 0. In sqrt(x) t it has the same width for all
    # x, and the trapezoidal rule is exact to rounding.
    step = 0.05
    t = step * np.arange(1, 400) / np.sqrt(x)[:, None]
    integrand = np.exp(-2.0 * x[:, None] * np.sinh(0.5 * t) ** 2) * np.cosh(t)
    values = step * (0.5 + integrand.sum(axis=1))
    angles = np.pi * np.outer(np.arange(CHEBYSHEV_TERMS), np.arange(CHEBYSHEV_TERMS) + 0.5) / CHEBYSHEV_TERMS
    coefficients = 2.0 / CHEBYSHEV_TERMS * (np.cos(angles) @ values)
    coefficients[0] *= 0.5
    return coefficients


RISE, OFFSET = _series()
TAIL = _tail()
