r"""Gauss's hypergeometric function 2F1(1, b; c; z) as one rational function of z.

Its Pade approximants, the convergents of Gauss's continued fraction, are known in closed form: quotients of two
polynomials whose coefficients depend on b and c alone. So a million arguments z cost a few multiplications each,
without a loop, a branch or a special case, and derivatives are those of a quotient of polynomials.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, Inexact

from galens.numerics.polynomial import horner

__all__ = ["gauss_fraction", "pade_coefficients"]


def gauss_fraction(
    b: Float[ArrayLike, ""], c: Float[ArrayLike, ""], z: Inexact[ArrayLike, "*shape"], *, degree: int = 12
) -> Inexact[Array, "*shape"]:
    r"""2F1(1, b; c; z) for z off the cut from 1 to infinity, as P(z) / Q(z) with both of degree M:

    .. math:: Q(z) = \sum_{k=0}^M \frac{(-M)_k (-b - M)_k}{(1 - c - 2 M)_k \, k!} z^k, \qquad
              P = \text{the first terms of } Q(z) \sum_k \frac{(b)_k}{(c)_k} z^k

    The error falls by the factor :math:`|(1 - \sqrt{1 - z}) / (1 + \sqrt{1 - z})|^2` with every degree. For power-law
    lenses, b = t / 2 and c = 2 - t / 2, |z| = (1 - q) / (1 + q), it is below 1e-14 for axis ratios q from 0.5 on, 3e-12
    at q = 0.2 and 1e-9 at q = 0.1. Higher degrees than 12 lose more to rounding than they gain.

    Source: Baker & Graves-Morris (1996), Pade approximants, section 2.
    """
    above, below = pade_coefficients(b, c, degree)
    return horner(above, z) / horner(below, z)


def pade_coefficients(
    b: Float[ArrayLike, ""], c: Float[ArrayLike, ""], degree: int
) -> tuple[Float[Array, " M"], Float[Array, " M"]]:
    """Coefficients of P and Q, lowest power first, (degree + 1,)."""
    b, c = jnp.asarray(b, float), jnp.asarray(c, float)
    k = np.arange(degree)
    below = _products((k - degree) * (k - degree - b) / ((k + 1 - c - 2 * degree) * (k + 1)))
    series = _products((b + k) / (c + k))
    order = np.arange(degree + 1)[:, None] - np.arange(degree + 1)
    above = jnp.where(order >= 0, series[np.maximum(order, 0)], 0.0) @ below
    return above, below


def _products(ratios: ArrayLike) -> Array:
    """Coefficients from the ratio of each to the one before."""
    return jnp.concatenate([jnp.ones(1), jnp.cumprod(jnp.asarray(ratios))])
