"""Profiles that fall as a power of the radius: Moffat, and Elson, Freeman & Fall."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from galens.galaxy.geometry import Spherical
from galens.galaxy.profiles.light.base import SMALLEST_SCALE, RadialLightProfile
from galens.galaxy.profiles.parameters import Pair, Scalar, pair, parameter
from galens.numerics.special import inverse_power

__all__ = ["ElsonFreeFall", "ElsonFreeFallSph", "Moffat", "MoffatSph"]


class Moffat(RadialLightProfile):
    r"""Moffat profile, for point spread functions.

    .. math:: I(x', y') = I_0 [1 + (q^2 x'^2 + y'^2) / \alpha^2]^{-\beta}

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components (1 - q) / (1 + q) (sin 2 phi, cos 2 phi).
        intensity: I_0, surface brightness at the centre, in the unit of the data.
        alpha: width along the minor axis, arcsec.
        beta: how fast it falls.

    Source: Moffat (1969).
    """

    centre: Pair = pair()
    ell_comps: Pair = pair()
    intensity: Scalar = parameter(0.1)
    alpha: Scalar = parameter(0.5, at_least=0.0)
    beta: Scalar = parameter(2.0, above=0.0)

    def shape(self, square: Any) -> Any:
        alpha = jnp.maximum(self.alpha, SMALLEST_SCALE)
        return inverse_power(square * (self.axis_ratio() / (alpha * alpha)), self.beta)


class ElsonFreeFall(RadialLightProfile):
    r"""Elson, Freeman & Fall profile, for star clusters and compact sources.

    .. math:: I(R) = I_0 [1 + (R / R_e)^2]^{-\eta}

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components (1 - q) / (1 + q) (sin 2 phi, cos 2 phi).
        intensity: I_0, surface brightness at the centre, in the unit of the data.
        effective_radius: R_e, a scale, arcsec; the radius of half the light is `half_light_radius`.
        eta: how fast it falls; the total light is finite above 1.

    Source: Elson, Fall & Freeman (1987).
    """

    centre: Pair = pair()
    ell_comps: Pair = pair()
    intensity: Scalar = parameter(0.1)
    effective_radius: Scalar = parameter(0.6, at_least=0.0)
    eta: Scalar = parameter(1.5, above=0.0)

    def shape(self, square: Any) -> Any:
        scale = jnp.maximum(self.effective_radius, SMALLEST_SCALE)
        return inverse_power(square * (1.0 / (scale * scale)), self.eta)

    @property
    def half_light_radius(self) -> Any:
        """Radius that holds half the light, arcsec; infinite where eta is 1 or less."""
        bound = self.eta > 1.0
        eta = jnp.where(bound, self.eta, 2.0)
        return jnp.where(bound, self.effective_radius * jnp.sqrt(0.5 ** (1.0 / (1.0 - eta)) - 1.0), jnp.inf)


class MoffatSph(Spherical, Moffat):
    """Circular `Moffat`."""


class ElsonFreeFallSph(Spherical, ElsonFreeFall):
    """Circular `ElsonFreeFall`."""
