r"""Projections of a spherical density that falls off faster than :math:`r^{-2}`: convergence, deflection and potential.

With :math:`s = \sqrt{1 - R^2 / r^2}` outside the radius R,

.. math:: \kappa = 2 \int_0^\infty \rho \, dz, \qquad
          \alpha = \frac{4}{R} \left[ \int_0^R r^2 \rho \, dr + \int_R^\infty r^2 \rho (1 - s) \, dr \right]

and the potential, 0 at the centre, weighs each shell with :math:`1 - \ln 2 + \ln(R / r)` inside R and with
:math:`1 - s + \ln[(1 + s) / 2]` outside: the deflections of a thin shell, integrated. Outside, :math:`r = R \cosh t`
makes :math:`s = \tanh t` smooth; inside, the logarithm of r is the variable. One Gauss-Legendre rule does each.

Densities and lengths are in any units; a density over the critical surface density gives lensing quantities.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

__all__ = ["convergence", "deflection", "potential"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(128)
NODES, WEIGHTS = (_NODES + 1.0) / 2.0, _WEIGHTS / 2.0
REACH = 1e5  # scales: from where to where the density is followed

Density = Callable[[Any], Any]


def convergence(density: Density, radius: Any) -> Any:
    """kappa at radii above 0, any shape, in units of the density's scale."""
    t, weight = _outside(radius)
    return 2.0 * jnp.sum(weight * density(radius[..., None] * jnp.cosh(t)) * jnp.cosh(t), axis=-1) * radius


def deflection(density: Density, radius: Any) -> Any:
    """alpha at radii above 0, any shape."""
    return 4.0 / radius * _shells(density, radius, lambda _: 1.0, lambda excess: excess)


def potential(density: Density, radius: Any) -> Any:
    """psi at radii above 0, any shape; 0 at the centre."""
    return 4.0 * _shells(
        density, radius, lambda depth: 1.0 - np.log(2.0) + depth, lambda excess: excess + jnp.log1p(-0.5 * excess)
    )


def _shells(density: Density, radius: Any, inside: Callable[[Any], Any], outside: Callable[[Any], Any]) -> Any:
    """Integral of r^2 rho over r, weighed inside by ln(R / r) and outside by 1 - s."""
    depth = jnp.log(REACH * jnp.maximum(radius, 1.0))[..., None] * NODES
    r = radius[..., None] * jnp.exp(-depth)
    span = jnp.log(REACH * jnp.maximum(radius, 1.0))
    inner = span * jnp.sum(WEIGHTS * r**3 * density(r) * inside(depth), axis=-1)
    t, weight = _outside(radius)
    r = radius[..., None] * jnp.cosh(t)
    excess = 2.0 / (1.0 + jnp.exp(2.0 * t))
    outer = jnp.sum(weight * r * r * density(r) * outside(excess) * radius[..., None] * jnp.sinh(t), axis=-1)
    return inner + outer


def _outside(radius: Any) -> tuple[Any, Any]:
    span = jnp.log(2.0 * REACH * jnp.maximum(1.0, 1.0 / radius))[..., None]
    return span * NODES, span * WEIGHTS
