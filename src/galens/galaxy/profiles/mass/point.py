"""Masses without extent."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from galens.galaxy.cosmology import GRAVITATION, RADIAN, SPEED_OF_LIGHT, FlatwCDM, Planck15
from galens.galaxy.profiles.mass.base import MassProfile
from galens.galaxy.profiles.parameters import Pair, Scalar, pair, parameter
from galens.numerics.special import root

__all__ = ["SMBH", "PointMass", "SMBHBinary"]

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


class SMBH(MassProfile):
    r"""A black hole: a `PointMass` with :math:`\theta_E^2 = \frac{4 G M}{c^2} \frac{D_{ls}}{D_l D_s}`.

    Args:
        centre: (y, x), arcsec.
        mass: M, solar masses.
        redshift_object, redshift_source: of the black hole and of what it deflects.
    """

    centre: Pair = pair()
    mass: Scalar = parameter(1e10, at_least=0.0)
    redshift_object: Scalar = parameter(0.5, above=0.0)
    redshift_source: Scalar = parameter(1.0, above=0.0)

    def einstein_radius_from(self, cosmology: FlatwCDM | None = None) -> Any:
        """Arcsec, in a universe that is `Planck15` unless told otherwise; 0 for sources in front of the black hole."""
        square = _squared_einstein_radius(self.mass, self.redshift_object, self.redshift_source, cosmology)
        return root(square)

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        return self._point().deflections_at(y, x)

    def potential_at(self, y: Any, x: Any) -> Any:
        return self._point().potential_at(y, x)

    def convergence_at(self, y: Any, x: Any) -> Any:
        return self._point().convergence_at(y, x)

    def _point(self) -> PointMass:
        return PointMass(centre=self.centre, einstein_radius=self.einstein_radius_from())


class SMBHBinary(MassProfile):
    """Two black holes on opposite sides of a centre.

    Args:
        centre: (y, x) of the point half-way between them, arcsec.
        separation: arcsec.
        angle_binary: direction from the centre to the first, degrees counter-clockwise from +x.
        mass: of both together, solar masses.
        mass_ratio: mass of the first over that of the second.
        redshift_object, redshift_source: of the black holes and of what they deflect.
    """

    centre: Pair = pair()
    separation: Scalar = parameter(1.0, at_least=0.0)
    angle_binary: Scalar = parameter(0.0)
    mass: Scalar = parameter(1e10, at_least=0.0)
    mass_ratio: Scalar = parameter(1.0, at_least=0.0)
    redshift_object: Scalar = parameter(0.5, above=0.0)
    redshift_source: Scalar = parameter(1.0, above=0.0)

    @property
    def holes(self) -> tuple[SMBH, SMBH]:
        """The two black holes."""
        angle = jnp.deg2rad(self.angle_binary)
        dy, dx = 0.5 * self.separation * jnp.sin(angle), 0.5 * self.separation * jnp.cos(angle)
        share = self.mass_ratio / (1.0 + self.mass_ratio)
        redshifts = {"redshift_object": self.redshift_object, "redshift_source": self.redshift_source}
        return (
            SMBH(centre=(self.centre[0] + dy, self.centre[1] + dx), mass=self.mass * share, **redshifts),
            SMBH(centre=(self.centre[0] - dy, self.centre[1] - dx), mass=self.mass * (1.0 - share), **redshifts),
        )

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        first, second = (hole.deflections_at(y, x) for hole in self.holes)
        return first[0] + second[0], first[1] + second[1]

    def potential_at(self, y: Any, x: Any) -> Any:
        return sum(hole.potential_at(y, x) for hole in self.holes)

    def convergence_at(self, y: Any, x: Any) -> Any:
        return jnp.zeros(jnp.broadcast_shapes(jnp.shape(y), jnp.shape(x)))


def _squared_einstein_radius(mass: Any, redshift_object: Any, redshift_source: Any, cosmology: Any) -> Any:
    between = (cosmology or Planck15()).angular_diameter_distance_between_redshifts_in_kpc_from
    to_lens, to_source = between(0.0, redshift_object), between(0.0, redshift_source)
    ratio = jnp.maximum(between(redshift_object, redshift_source), 0.0) / (to_lens * to_source)
    return 4.0 * GRAVITATION / SPEED_OF_LIGHT**2 * mass * ratio * RADIAN**2
