r"""Coordinates for posteriors that lie against the limit of a prior.

Where every prior is a unit normal, the limit of a prior is at infinity. A posterior that reaches the limit is
stretched there exponentially: where two parameters are correlated, a straight ridge becomes one with a sharp bend,
which a sampler with one step size passes slowly or not at all. For such parameters

.. math:: p = 1 - \exp(-q), \qquad q = s \ln(1 + e^y)

with p the fraction of the prior's probability between limit and value. The coordinate y is straight in p as far as
a distance s from the limit, and only there bends to minus infinity; the prior density of y is
:math:`e^{-q} s / (1 + e^{-y})`. With s a part of the posterior's width, the limit is a soft wall.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr, ndtri

from galens.fit.search.modes import Mode

__all__ = ["Edges", "coordinates_from_normal", "edges_near", "log_prior", "normal_from_coordinates", "slopes"]

BENT = 0.1  # relative change of the slope of the map within a standard deviation, above which it matters
SOFT = 0.5  # standard deviations from the limit within which the wall is felt
SMALLEST = 1e-290
LOG_TWO_PI = float(np.log(2 * np.pi))


class Edges(NamedTuple):
    """Which parameters (n,) have their posterior at a limit of their prior.

    Attributes:
        side: -1 at the lower limit, 1 at the upper one, 0 at none.
        softness: s, as a fraction of the prior's probability.
    """

    side: Any
    softness: Any


def edges_near(mode: Mode) -> Edges:
    """Edges that the posterior around a mode lies at, by its curvature."""
    errors = np.sqrt(np.diagonal(mode.covariance))
    z = np.abs(mode.position)
    is_at_edge = (z > 1.0) & (z * errors > BENT)
    density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    return Edges(np.where(is_at_edge, np.sign(mode.position), 0.0), np.where(is_at_edge, SOFT * errors * density, 1.0))


def normal_from_coordinates(y: Any, edges: Edges) -> jax.Array:
    """Positions (..., n) in normal space."""
    at_edge = edges.side != 0.0
    q = edges.softness * jax.nn.softplus(jnp.where(at_edge, y, 0.0))
    fraction = jnp.clip(-jnp.expm1(-q), SMALLEST, 1.0 - 1e-16)
    return jnp.where(at_edge, -edges.side * ndtri(fraction), y)


def coordinates_from_normal(z: np.ndarray, edges: Edges) -> np.ndarray:
    """Inverse of `normal_from_coordinates`, for positions (..., n)."""
    at_edge = edges.side != 0.0
    ratio = -np.log1p(-np.asarray(ndtr(np.where(at_edge, -edges.side * z, -1.0)))) / edges.softness
    # log(exp(r) - 1), which overflows nowhere
    return np.where(at_edge, ratio + np.log(-np.expm1(-np.maximum(ratio, SMALLEST))), z)


def log_prior(y: Any, edges: Edges) -> jax.Array:
    """Logarithm of the normalised prior density (...) at y (..., n)."""
    at_edge = edges.side != 0.0
    safe = jnp.where(at_edge, y, 0.0)
    wall = jnp.log(edges.softness) + jax.nn.log_sigmoid(safe) - edges.softness * jax.nn.softplus(safe)
    return jnp.sum(jnp.where(at_edge, wall, -0.5 * y**2 - 0.5 * LOG_TWO_PI), axis=-1)


def slopes(z: np.ndarray, edges: Edges) -> np.ndarray:
    """dy/dz (n,) at a position z (n,)."""
    at_edge = edges.side != 0.0
    y = np.where(at_edge, coordinates_from_normal(z, edges), 0.0)
    q = edges.softness * np.logaddexp(0.0, y)
    density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    return np.where(at_edge, -edges.side * density * np.exp(q) * (1.0 + np.exp(-y)) / edges.softness, 1.0)
