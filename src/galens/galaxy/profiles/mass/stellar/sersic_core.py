"""Mass with the shape of a Sersic profile with a shallow core."""

from __future__ import annotations

from typing import Any, ClassVar

import jax.numpy as jnp

from galens.galaxy.geometry import Spherical
from galens.galaxy.profiles.light import standard as lp
from galens.galaxy.profiles.light.base import SMALLEST_SCALE, RadialLightProfile
from galens.galaxy.profiles.mass.stellar.base import StellarMassByShells
from galens.galaxy.profiles.mass.stellar.sersic import SMALLEST_INDEX, depth_of_a_billionth
from galens.galaxy.profiles.parameters import Scalar, parameter
from galens.numerics.special import sersic_constant

__all__ = ["SersicCore", "SersicCoreSph"]


class SersicCore(StellarMassByShells):
    r"""Mass with the shape of `lp.SersicCore`, :math:`\kappa = \Upsilon I(R)`.

    The break needs more shells than a plain Sersic profile; the error is below 3e-7 of the largest deflection.

    Args:
        centre, ell_comps, effective_radius, sersic_index, radius_break, intensity, gamma, alpha: as there.
        mass_to_light_ratio: Upsilon, convergence over brightness.

    Source: Graham et al. (2003), eq. 5; Schramm (1990), A&A 231, 19, for the deflection.
    """

    light: ClassVar[type[RadialLightProfile]] = lp.SersicCore
    order: ClassVar[int] = 44

    effective_radius: Scalar = parameter(0.6, at_least=0.0)
    sersic_index: Scalar = parameter(4.0, above=0.0)
    radius_break: Scalar = parameter(0.025, at_least=0.0)
    intensity: Scalar = parameter(0.05)
    gamma: Scalar = parameter(0.25)
    alpha: Scalar = parameter(3.0, above=0.0)
    mass_to_light_ratio: Scalar = parameter(1.0)

    def reach(self) -> Any:
        index = jnp.maximum(self.sersic_index, SMALLEST_INDEX)
        effective = jnp.maximum(self.effective_radius, SMALLEST_SCALE)
        # The brightness falls from that at the break, of radius 2^(1 / alpha) r_b in the exponent.
        inner = 2.0 ** (1.0 / jnp.maximum(self.alpha, SMALLEST_INDEX)) * jnp.maximum(self.radius_break, SMALLEST_SCALE)
        depth = depth_of_a_billionth(index) / sersic_constant(self.sersic_index)
        return effective * (depth + (inner / effective) ** (1.0 / index)) ** index

    def grading(self) -> Any:
        return 8.0


class SersicCoreSph(Spherical, SersicCore):
    """Circular `SersicCore`."""

    light: ClassVar[type[RadialLightProfile]] = lp.SersicCoreSph

    radius_break: Scalar = parameter(0.01, at_least=0.0)
