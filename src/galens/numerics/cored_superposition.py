r"""Halos as superpositions of cored ellipsoids, whose deflections are algebraic.

A density that is a function of r alone can often be written as

.. math:: \rho(r) = \frac{4}{\pi} \int_0^\infty \frac{G(\sigma) \, \sigma^2}{(r^2 + \sigma^2)^2} \, d\ln\sigma, \qquad
          G(\sigma) = -\mathrm{Im} \int_{i\sigma}^\infty \rho(r) \, r \, dr

(Stieltjes' inversion formula in r^2). Each part projects to :math:`(\xi^2 + \sigma^2)^{-3/2}`, whose deflection and
potential for elliptical :math:`\xi` are closed forms. For the halos of this library G is a closed form too, so that
nothing is fitted. The integral over :math:`\ln\sigma` is done by the trapezoidal rule with a step h, whose error falls
like :math:`\exp(-\pi^2 / h)`: it is below 3e-8 of the local convergence. What lies beyond either end of the nodes is
put into the outermost ones, so that it acts rightly on radii from 1e-4 to 1e2 arcsec.

Source: Oguri (2021), PASP 133, 074504, for the cored ellipsoid; the superposition is galens' own.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

__all__ = ["CORES", "convergence", "deflection_sums", "potential", "weights_from"]

SMALLEST, LARGEST, NODES = 4.6e-7, 4.6e4, 67
STEP = float(np.log(LARGEST / SMALLEST) / (NODES - 1))
CORES = SMALLEST * np.exp(STEP * np.arange(NODES))
"""Core radii, arcsec."""

UNROLL = 4  # terms per step of the loop: more run a little faster, and compile slower


def weights_from(
    strengths: Float[Array, " nodes"], inner: Float[ArrayLike, ""], outer: Float[ArrayLike, ""]
) -> Float[Array, " nodes"]:
    r"""Weights of :math:`(\xi^2 + s^2)^{-3/2} / 2` in the convergence at the core radii s = `CORES`.

    Args:
        strengths: :math:`s^2 G(s / r_s)` times whatever scales the halo.
        inner: p where G goes like :math:`\sigma^p` for small arguments, above -1.
        outer: p where G goes like :math:`\sigma^{-p}` for large ones.
    """
    parts = 4.0 * STEP * strengths
    # Smaller cores are points for all radii of interest: they keep their mass, of order w / s, and their next moment,
    # w, with weights on the first two nodes. Larger cores are sheets, w / s^3.
    mass = _geometric(1.0 + jnp.asarray(inner)) * parts[0]
    moment = _geometric(2.0 + jnp.asarray(inner)) * parts[0]
    ratio = np.exp(-STEP)
    second = (moment - mass) / (1.0 - ratio)
    sheet = _geometric(1.0 + jnp.asarray(outer)) * parts[-1]
    return parts.at[0].add(moment - second).at[1].add(second).at[-1].add(sheet)


@jax.jit
def deflection_sums(
    square: Float[Array, "*shape"],
    along: Float[Array, "*shape"],
    axis_ratio: Float[ArrayLike, ""],
    weights: Float[Array, " nodes"],
) -> tuple[Float[Array, "*shape"], Float[Array, "*shape"]]:
    r"""(A, B) of a deflection :math:`q [(A + B) (x', y') - (1 - q^2) B (x', 0)]`.

    Args:
        square: :math:`x'^2 + y'^2`, arcsec^2, x' along the major axis.
        along: :math:`(1 - q^2) x'^2`.
        axis_ratio: q.
        weights: of `weights_from`.
    """
    minor = square - along

    def term(core: Any, weight: Any) -> tuple[Any, Any]:
        length = jnp.sqrt((axis_ratio * core) ** 2 + minor)
        inverse = weight / (length * ((length + core) ** 2 + along))
        return inverse * (length / core), inverse

    return _sum(term, (square, square), weights)


@jax.jit
def potential(
    square: Float[Array, "*shape"],
    along: Float[Array, "*shape"],
    axis_ratio: Float[ArrayLike, ""],
    weights: Float[Array, " nodes"],
) -> Float[Array, "*shape"]:
    """The potential, zero at the centre; arguments as of `deflection_sums`."""
    minor = square - along

    def term(core: Any, weight: Any) -> tuple[Any]:
        short = axis_ratio * core
        length = jnp.sqrt(short * short + minor)
        # ln of [(length + core)^2 + along] / [(1 + q) core]^2, whose difference from 1 is made of positive parts.
        growth = minor / (length + short) * (length + short + 2.0 * core) + along
        return (weight / core * jnp.log1p(growth / (short + core) ** 2),)

    return 0.5 * axis_ratio * _sum(term, (square,), weights)[0]


@jax.jit
def convergence(square: Float[Array, "*shape"], weights: Float[Array, " nodes"]) -> Float[Array, "*shape"]:
    """The convergence at squared major-axis radii :math:`x'^2 + y'^2 / q^2`, arcsec^2."""

    def term(core: Any, weight: Any) -> tuple[Any]:
        length = core * core + square
        return (weight / (length * jnp.sqrt(length)),)

    return 0.5 * _sum(term, (square,), weights)[0]


def _geometric(exponent: Any) -> Any:
    """The sum of exp(-k h exponent) over k = 1, 2, ..."""
    return 1.0 / jnp.expm1(STEP * exponent)


def _sum(term: Any, like: tuple[Array, ...], weights: Array) -> Any:
    # Terms are made again for the derivative: that is cheaper than to keep them.
    @jax.checkpoint
    def add(total: Any, node: Any) -> Any:
        return tuple(old + new for old, new in zip(total, term(*node), strict=True)), None

    start = tuple(jnp.zeros_like(each) for each in like)
    return jax.lax.scan(add, start, (jnp.asarray(CORES), weights), unroll=UNROLL)[0]
