"""The King profile."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from galens.galaxy.geometry import Spherical
from galens.galaxy.profiles.light.base import SMALLEST_SCALE, RadialLightProfile
from galens.galaxy.profiles.parameters import Pair, Scalar, pair, parameter
from galens.numerics.radial_integral import disk_integral
from galens.numerics.special import power

__all__ = ["King", "KingSph"]

SMALLEST_POWER = 0.2


class King(RadialLightProfile):
    r"""King profile with a free power, for star clusters and dwarf galaxies: dark beyond its tidal radius.

    .. math:: I(R) = I_0 \left[\frac{(1 + R^2 / R_c^2)^{-1/\alpha} - (1 + R_t^2 / R_c^2)^{-1/\alpha}}
        {1 - (1 + R_t^2 / R_c^2)^{-1/\alpha}}\right]^\alpha \quad (R < R_t)

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components (1 - q) / (1 + q) (sin 2 phi, cos 2 phi).
        intensity: I_0, surface brightness at the centre, in the unit of the data.
        core_radius: R_c, arcsec.
        tidal_radius: R_t, where the light ends, arcsec.
        alpha: 2 in King's law; with smaller ones the light falls faster, as R^-2 inside the tidal radius for all.

    Source: King (1962); with a free power Elson (1999).
    """

    centre: Pair = pair()
    ell_comps: Pair = pair()
    intensity: Scalar = parameter(0.1)
    core_radius: Scalar = parameter(0.3, at_least=0.0)
    tidal_radius: Scalar = parameter(2.0, at_least=0.0)
    alpha: Scalar = parameter(2.0, above=0.0)

    def shape(self, square: Any) -> Any:
        exponent = jnp.maximum(self.alpha, SMALLEST_POWER)
        inverse = 1.0 / self._core() ** 2
        # With l = ln(1 + R^2 / R_c^2) and L = l(R_t) the bracket is (e^((L - l) / a) - 1) / (e^(L / a) - 1): exact also
        # where the core is far larger than the tidal radius and the terms of the formula agree to many digits.
        whole = jnp.log1p(self._tidal() ** 2 * inverse)
        left = jnp.maximum(whole - jnp.log1p(square * inverse), 0.0)
        return power(jnp.expm1(left / exponent) / jnp.expm1(whole / exponent), exponent)

    def shape_within(self, radius: Any) -> Any:
        return disk_integral(self.shape, jnp.minimum(radius, self._tidal()))

    def shape_total(self) -> Any:
        return disk_integral(self.shape, self._tidal())

    def _core(self) -> Any:
        return jnp.maximum(self.core_radius, SMALLEST_SCALE)

    def _tidal(self) -> Any:
        # Not below 1e-5 of the core, so that their squares do not differ by more than numbers have digits.
        return jnp.maximum(self.tidal_radius, 1e-5 * self._core())


class KingSph(Spherical, King):
    """Circular `King`."""
