"""Masses without extent."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from galens.galaxy.profiles.mass.base import MassProfile
from galens.galaxy.profiles.parameters import Pair, Scalar, pair, parameter

__all__ = ["PointMass"]

SMALLEST = 1e-20
"""Squared arcsec: a point mass deflects as if no light passed nearer to it than the root of this."""


class PointMass(MassProfile):
    r"""A point mass: :math:`\alpha = \theta_E^2 / r`, :math:`\psi = \theta_E^2 \ln r`.

    Its convergence is zero but at the centre; `mass_angular_within_circle_from` has it all.

    Args:
        centre: (y, x), arcsec.
        einstein_radius: arcsec.
    """

    centre: Pair = pair()
    einstein_radius: Scalar = parameter(1.0, at_least=0.0)

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        dy, dx = self._offsets(y, x)
        scale = self.einstein_radius**2 / (dy * dy + dx * dx + SMALLEST)
        return scale * dy, scale * dx

    def potential_at(self, y: Any, x: Any) -> Any:
        dy, dx = self._offsets(y, x)
        return 0.5 * self.einstein_radius**2 * jnp.log(dy * dy + dx * dx + SMALLEST)

    def convergence_at(self, y: Any, x: Any) -> Any:
        return jnp.zeros(jnp.broadcast_shapes(jnp.shape(y), jnp.shape(x)))
