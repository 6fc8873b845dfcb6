"""Profiles that fall as a power of the radius: Moffat, and Elson, Freeman & Fall."""

from __future__ import annotations

import abc
from typing import Any

import jax.numpy as jnp

from galens.galaxy.geometry import Spherical
from galens.galaxy.profiles.light.base import SMALLEST_SCALE, RadialLightProfile
from galens.galaxy.profiles.parameters import Pair, Scalar, pair, parameter
from galens.numerics.special import inverse_power, relative_growth

__all__ = ["ElsonFreeFall", "ElsonFreeFallSph", "Moffat", "MoffatSph"]


class PowerLawDecline(RadialLightProfile):
    """A profile (1 + R^2 / w^2)^-p."""

    centre: Pair = pair()
    ell_comps: Pair = pair()
    intensity: Scalar = parameter(0.1)

    @abc.abstractmethod
    def square_and_power(self) -> tuple[Any, Any]:
        """(w^2 in arcsec^2, above 0; p)."""

    def shape(self, square: Any) -> Any:
        width, exponent = self.square_and_power()
        return inverse_power(square * (1.0 / width), exponent)

    def shape_within(self, radius: Any) -> Any:
        width, exponent = self.square_and_power()
        # pi w^2 (x^t - 1) / t with x = 1 + R^2 / w^2 and t = 1 - p, which for t = 0 is a logarithm.
        logarithm = jnp.log1p(radius * radius / width)
        return jnp.pi * width * logarithm * relative_growth((1.0 - exponent) * logarithm)

    def shape_total(self) -> Any:
        width, exponent = self.square_and_power()
        bound = exponent > 1.0
        return jnp.where(bound, jnp.pi * width / jnp.where(bound, exponent - 1.0, 1.0), jnp.inf)

    @property
    def half_light_radius(self) -> Any:
        """Eccentric radius that holds half the light, arcsec; infinite where the power is 1 or less."""
        width, exponent = self.square_and_power()
        bound = exponent > 1.0
        growth = jnp.expm1(jnp.log(2.0) / (jnp.where(bound, exponent, 2.0) - 1.0))
        return jnp.where(bound, jnp.sqrt(width * growth), jnp.inf)


class Moffat(PowerLawDecline):
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

    alpha: Scalar = parameter(0.5, at_least=0.0)
    beta: Scalar = parameter(2.0, above=0.0)

    def square_and_power(self) -> tuple[Any, Any]:
        alpha = jnp.maximum(self.alpha, SMALLEST_SCALE)
        return alpha * alpha / self.axis_ratio(), self.beta


class ElsonFreeFall(PowerLawDecline):
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

    effective_radius: Scalar = parameter(0.6, at_least=0.0)
    eta: Scalar = parameter(1.5, above=0.0)

    def square_and_power(self) -> tuple[Any, Any]:
        scale = jnp.maximum(self.effective_radius, SMALLEST_SCALE)
        return scale * scale, self.eta


class MoffatSph(Spherical, Moffat):
    """Circular `Moffat`."""


class ElsonFreeFallSph(Spherical, ElsonFreeFall):
    """Circular `ElsonFreeFall`."""
