"""The Chameleon profile."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from galens.galaxy.geometry import Spherical
from galens.galaxy.profiles.light.base import CUSP, RadialLightProfile
from galens.galaxy.profiles.parameters import Pair, Scalar, pair, parameter

__all__ = ["Chameleon", "ChameleonSph"]


class Chameleon(RadialLightProfile):
    r"""Chameleon profile: the difference of two cored isothermal profiles, similar to a Sersic profile.

    .. math:: I(\xi) = \frac{I_0}{1 + q} \left[\frac{1}{\sqrt{\xi^2 + 4 c_0^2 / (1 + q)^2}}
        - \frac{1}{\sqrt{\xi^2 + 4 c_1^2 / (1 + q)^2}}\right]

    where :math:`\xi^2 = x'^2 + y'^2 / q^2`, and `image_2d_via_radii_from` takes radii xi along the major axis.

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components (1 - q) / (1 + q) (sin 2 phi, cos 2 phi).
        intensity: I_0, in the unit of the data times arcsec.
        core_radius_0: c_0 of the first term, arcsec.
        core_radius_1: c_1 of the second, arcsec; larger than the first where the light is to be positive.

    Source: Dutton et al. (2011); Suyu et al. (2014).
    """

    centre: Pair = pair()
    ell_comps: Pair = pair()
    intensity: Scalar = parameter(0.1)
    core_radius_0: Scalar = parameter(0.01, at_least=0.0)
    core_radius_1: Scalar = parameter(0.05, at_least=0.0)

    def shape(self, square: Any) -> Any:
        axis_ratio = self.axis_ratio()
        major = square * (1.0 / axis_ratio)
        unit = 4.0 / (1.0 + axis_ratio) ** 2
        core_0, core_1 = unit * self.core_radius_0**2, unit * self.core_radius_1**2
        # 1/A - 1/B as (B^2 - A^2) / (A B (A + B)): far out, where A and B agree to many digits, nothing cancels.
        root_0 = jnp.sqrt(jnp.maximum(major + core_0, CUSP**2))
        root_1 = jnp.sqrt(jnp.maximum(major + core_1, CUSP**2))
        return (core_1 - core_0) / (1.0 + axis_ratio) / (root_0 * root_1 * (root_0 + root_1))

    def shape_within(self, radius: Any) -> Any:
        core_0, core_1 = self._cores()
        major = radius * radius / self.axis_ratio()
        roots = jnp.sqrt(jnp.maximum(major + core_0**2, CUSP**2)) + jnp.sqrt(jnp.maximum(major + core_1**2, CUSP**2))
        return self.shape_total() * (1.0 - (core_0 + core_1) / roots)

    def shape_total(self) -> Any:
        axis_ratio = self.axis_ratio()
        core_0, core_1 = self._cores()
        return 2.0 * jnp.pi * axis_ratio / (1.0 + axis_ratio) * (core_1 - core_0)

    @property
    def half_light_radius(self) -> Any:
        """Eccentric radius that holds half the light, arcsec."""
        core_0, core_1 = self._cores()
        # Where the two roots of `shape_within` add to twice what they are at the centre.
        double = 2.0 * (core_0 + core_1)
        first = 0.5 * (double + (core_0 - core_1) * (core_0 + core_1) / jnp.maximum(double, CUSP))
        return jnp.sqrt(self.axis_ratio() * jnp.maximum(first**2 - core_0**2, 0.0))

    def _cores(self) -> tuple[Any, Any]:
        unit = 2.0 / (1.0 + self.axis_ratio())
        return unit * self.core_radius_0, unit * self.core_radius_1

    def _square_of(self, radius: Any) -> Any:
        return self.axis_ratio() * radius * radius


class ChameleonSph(Spherical, Chameleon):
    """Circular `Chameleon`."""
