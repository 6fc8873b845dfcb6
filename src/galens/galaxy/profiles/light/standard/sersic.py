"""The Sersic profile and its two fixed indices."""

from __future__ import annotations

from typing import Any, ClassVar

import jax.numpy as jnp
from jax.scipy.special import gammainc, gammaln

from galens.galaxy.geometry import Spherical
from galens.galaxy.profiles.light.base import SMALLEST_SCALE, RadialLightProfile
from galens.galaxy.profiles.parameters import Pair, Scalar, pair, parameter
from galens.numerics.logarithm import log
from galens.numerics.special import power, root, sersic_constant

__all__ = ["DevVaucouleurs", "DevVaucouleursSph", "Exponential", "ExponentialSph", "Sersic", "SersicSph"]

SMALLEST_INDEX = 0.1
SMALLEST_SQUARE = 1e-280


class Sersic(RadialLightProfile):
    r"""Sersic profile, for galaxies of all kinds.

    .. math:: I(R) = I_e \exp\{-b_n [(R / R_e)^{1/n} - 1]\}

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components (1 - q) / (1 + q) (sin 2 phi, cos 2 phi).
        intensity: I_e, surface brightness at R_e, in the unit of the data (e.g. electrons per second).
        effective_radius: R_e, eccentric radius that holds half the light, arcsec.
        sersic_index: n, the concentration.

    Source: Sersic (1963); b_n as in `sersic_constant`.
    """

    centre: Pair = pair()
    ell_comps: Pair = pair()
    intensity: Scalar = parameter(0.1)
    effective_radius: Scalar = parameter(0.6, at_least=0.0)
    sersic_index: Scalar = parameter(4.0, above=0.0)

    def shape(self, square: Any) -> Any:
        return self._decline(power(self._scaled(square), 0.5 / self._index()))

    def steep_shape(self, square: Any) -> Any:
        logarithm = log(jnp.maximum(self._scaled(square), SMALLEST_SQUARE))
        return self._decline(jnp.exp((0.5 / self._index()) * logarithm))

    def shape_within(self, radius: Any) -> Any:
        steepness = sersic_constant(self.sersic_index)
        exponent = steepness * power(self._scaled(radius * radius), 0.5 / self._index())
        return self.shape_total() * gammainc(2.0 * self._index(), exponent)

    def shape_total(self) -> Any:
        index, steepness = self._index(), sersic_constant(self.sersic_index)
        logarithm = steepness - 2.0 * index * jnp.log(steepness) + gammaln(2.0 * index)
        return 2.0 * jnp.pi * index * jnp.exp(logarithm) * self.effective_radius * self.effective_radius

    @property
    def half_light_radius(self) -> Any:
        """Eccentric radius that holds half the light, arcsec: the effective radius, to the precision of b_n."""
        return self.effective_radius

    def _index(self) -> Any:
        # Indices near zero, which are valid but not of galaxies, would overflow in the tail.
        return jnp.maximum(self.sersic_index, SMALLEST_INDEX)

    def _scaled(self, square: Any) -> Any:
        scale = jnp.maximum(self.effective_radius, SMALLEST_SCALE)
        return square * (1.0 / (scale * scale))

    def _decline(self, relative_radius: Any) -> Any:
        """The brightness over I_e where (R / R_e)^(1 / n) has this value."""
        return jnp.exp(-sersic_constant(self.sersic_index) * (relative_radius - 1.0))


class Exponential(Sersic):
    """Sersic profile of index 1, for disks. Arguments as `Sersic` without `sersic_index`."""

    sersic_index: ClassVar[float] = 1.0  # type: ignore[misc]

    def shape(self, square: Any) -> Any:
        return self._decline(root(self._scaled(square)))


class DevVaucouleurs(Sersic):
    """Sersic profile of index 4, for ellipticals. Arguments as `Sersic` without `sersic_index`."""

    sersic_index: ClassVar[float] = 4.0  # type: ignore[misc]

    def shape(self, square: Any) -> Any:
        return self._decline(root(self._scaled(square), 3))


class SersicSph(Spherical, Sersic):
    """Circular `Sersic`."""


class ExponentialSph(Spherical, Exponential):
    """Circular `Exponential`."""


class DevVaucouleursSph(Spherical, DevVaucouleurs):
    """Circular `DevVaucouleurs`."""
