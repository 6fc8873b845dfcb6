"""Mass with the shape of a Sersic profile, of any index or two fixed ones, and with a radial gradient."""

from __future__ import annotations

from typing import Any, ClassVar

import jax.numpy as jnp

from galens.galaxy.geometry import Spherical
from galens.galaxy.profiles.light import standard as lp
from galens.galaxy.profiles.light.base import SMALLEST_SCALE, RadialLightProfile
from galens.galaxy.profiles.mass.stellar.base import StellarMassByShells
from galens.galaxy.profiles.parameters import Scalar, parameter
from galens.numerics.logarithm import log
from galens.numerics.special import sersic_constant

__all__ = [
    "DevVaucouleurs",
    "DevVaucouleursSph",
    "Exponential",
    "ExponentialGradient",
    "ExponentialGradientSph",
    "ExponentialSph",
    "Sersic",
    "SersicGradient",
    "SersicGradientSph",
    "SersicSph",
    "depth_of_a_billionth",
]

SMALLEST_INDEX = 0.1
SMALLEST_RADIUS = 1e-12
"""Arcsec: so small that no integral sees the edge of what is held inside."""


def depth_of_a_billionth(index: Any) -> Any:
    """b (R / R_e)^(1 / n) where a billionth of a Sersic profile's light is outside of R: an upper bound from n = 0.5.

    The light outside is the incomplete gamma function of 2 n at this.
    """
    return 21.0 + 2.2 * (2.0 * index - 1.0)


class Sersic(StellarMassByShells):
    r"""Mass with the shape of a Sersic profile, :math:`\kappa = \Upsilon I(R)` with I of `lp.Sersic`.

    Args:
        centre, ell_comps, intensity, effective_radius, sersic_index: as of `lp.Sersic`.
        mass_to_light_ratio: Upsilon, convergence over brightness.

    Source: Sersic (1963); Schramm (1990), A&A 231, 19, for the deflection.
    """

    light: ClassVar[type[RadialLightProfile]] = lp.Sersic

    intensity: Scalar = parameter(0.1)
    effective_radius: Scalar = parameter(0.6, at_least=0.0)
    sersic_index: Scalar = parameter(0.6, above=0.0)
    mass_to_light_ratio: Scalar = parameter(1.0)

    def reach(self) -> Any:
        index = jnp.maximum(self.sersic_index, SMALLEST_INDEX)
        depth = depth_of_a_billionth(index) + self._extra_depth(index)
        relative = jnp.exp(index * jnp.log(depth / sersic_constant(self.sersic_index)))
        return jnp.maximum(self.effective_radius, SMALLEST_SCALE) * relative

    def grading(self) -> Any:
        return jnp.clip(2.0 * self.sersic_index + 2.0, self._least_grading(), 8.0)

    def _extra_depth(self, index: Any) -> Any:
        return 0.0

    def _least_grading(self) -> Any:
        return 2.0


class Exponential(Sersic):
    """`Sersic` of index 1, with the shape of `lp.Exponential`. Arguments as there without `sersic_index`."""

    light: ClassVar[type[RadialLightProfile]] = lp.Exponential
    sersic_index: ClassVar[float] = 1.0  # type: ignore[misc]


class DevVaucouleurs(Sersic):
    """`Sersic` of index 4, with the shape of `lp.DevVaucouleurs`. Arguments as there without `sersic_index`."""

    light: ClassVar[type[RadialLightProfile]] = lp.DevVaucouleurs
    sersic_index: ClassVar[float] = 4.0  # type: ignore[misc]


class SersicGradient(Sersic):
    r"""`Sersic` whose mass-to-light ratio is a power of the radius,

    .. math:: \kappa = \Upsilon \left(\frac{q R}{R_e}\right)^{-\Gamma} I(R)

    with the eccentric radius R. Within 1e-12 arcsec of the centre the ratio is held.

    Args:
        centre, ell_comps, intensity, effective_radius, sersic_index: as of `lp.Sersic`.
        mass_to_light_ratio: Upsilon, convergence over brightness at R = R_e / q.
        mass_to_light_gradient: Gamma, positive where the ratio falls outwards; below 2.
    """

    order: ClassVar[int] = 28

    mass_to_light_gradient: Scalar = parameter(0.0, below=2.0)

    def mass_to_light_at(self, square: Any) -> Any:
        scale = self.axis_ratio() / jnp.maximum(self.effective_radius, SMALLEST_SCALE)
        logarithm = log(jnp.maximum(square, SMALLEST_RADIUS**2)) + 2.0 * jnp.log(scale)
        return self.mass_to_light_ratio * jnp.exp(-0.5 * self.mass_to_light_gradient * logarithm)

    def _extra_depth(self, index: Any) -> Any:
        # A ratio that rises outwards shifts the mass as a higher index would.
        return 2.2 * index * jnp.maximum(-jnp.asarray(self.mass_to_light_gradient), 0.0)

    def _least_grading(self) -> Any:
        return 6.0


class ExponentialGradient(SersicGradient):
    """`SersicGradient` of index 1. Arguments as there without `sersic_index`."""

    light: ClassVar[type[RadialLightProfile]] = lp.Exponential
    sersic_index: ClassVar[float] = 1.0  # type: ignore[misc]


class SersicSph(Spherical, Sersic):
    """Circular `Sersic`."""

    light: ClassVar[type[RadialLightProfile]] = lp.SersicSph


class ExponentialSph(Spherical, Exponential):
    """Circular `Exponential`."""

    light: ClassVar[type[RadialLightProfile]] = lp.ExponentialSph


class DevVaucouleursSph(Spherical, DevVaucouleurs):
    """Circular `DevVaucouleurs`."""

    light: ClassVar[type[RadialLightProfile]] = lp.DevVaucouleursSph


class SersicGradientSph(Spherical, SersicGradient):
    """Circular `SersicGradient`."""

    light: ClassVar[type[RadialLightProfile]] = lp.SersicSph


class ExponentialGradientSph(Spherical, ExponentialGradient):
    """Circular `ExponentialGradient`."""

    light: ClassVar[type[RadialLightProfile]] = lp.ExponentialSph
