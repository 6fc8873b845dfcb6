"""The Ferrer profile."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax.scipy.special import betaln

from galens.galaxy.geometry import Spherical
from galens.galaxy.profiles.light.base import SMALLEST_SCALE, RadialLightProfile
from galens.galaxy.profiles.parameters import Pair, Scalar, pair, parameter
from galens.numerics.radial_integral import disk_integral
from galens.numerics.special import power

__all__ = ["Ferrer", "FerrerSph"]

SMALLEST_POWER = 0.01


class Ferrer(RadialLightProfile):
    r"""Modified Ferrer profile, for bars and lenses: flat inside, dark beyond its end.

    .. math:: I(R) = I_0 [1 - (R / R_o)^{2 - \beta}]^\alpha \quad (R < R_o)

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components (1 - q) / (1 + q) (sin 2 phi, cos 2 phi).
        intensity: I_0, surface brightness at the centre, in the unit of the data.
        outer_radius: R_o, where the light ends, arcsec.
        alpha: how steeply it falls to its end.
        beta: steepness at the centre: flat at 0, a cusp towards 2.

    Source: Ferrers (1877); Peng et al. (2010), section 5.
    """

    centre: Pair = pair()
    ell_comps: Pair = pair()
    intensity: Scalar = parameter(0.1)
    outer_radius: Scalar = parameter(2.0, at_least=0.0)
    alpha: Scalar = parameter(2.0, at_least=0.0)
    beta: Scalar = parameter(0.0, below=2.0)

    def shape(self, square: Any) -> Any:
        relative = power(square * (1.0 / self._outer() ** 2), 0.5 * self._inner_power())
        return jnp.where(relative < 1.0, power(jnp.maximum(1.0 - relative, 0.0), self.alpha), 0.0)

    def shape_within(self, radius: Any) -> Any:
        return disk_integral(self.shape, jnp.minimum(radius, self._outer()))

    def shape_total(self) -> Any:
        inner = self._inner_power()
        logarithm = betaln(2.0 / inner, self.alpha + 1.0)
        return 2.0 * jnp.pi * self._outer() ** 2 / inner * jnp.exp(logarithm)

    def _outer(self) -> Any:
        return jnp.maximum(self.outer_radius, SMALLEST_SCALE)

    def _inner_power(self) -> Any:
        return jnp.maximum(2.0 - self.beta, SMALLEST_POWER)


class FerrerSph(Spherical, Ferrer):
    """Circular `Ferrer`."""
