"""The Gaussian profile."""

from __future__ import annotations

from typing import Any, Self

import equinox as eqx
import jax.numpy as jnp

from galens.galaxy.geometry import Spherical
from galens.galaxy.profiles.light.base import SMALLEST_SCALE, RadialLightProfile
from galens.galaxy.profiles.parameters import Pair, Scalar, pair, parameter

__all__ = ["Gaussian", "GaussianSph"]

NEGLIGIBLE = 7.74
"""Widths from the centre at which a Gaussian has fallen to 1e-13."""


class Gaussian(RadialLightProfile):
    r"""Gaussian profile.

    .. math:: I(x', y') = I_0 \exp\{-(q^2 x'^2 + y'^2) / 2 \sigma^2\}

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components (1 - q) / (1 + q) (sin 2 phi, cos 2 phi).
        intensity: I_0, surface brightness at the centre, in the unit of the data.
        sigma: width along the minor axis, arcsec; along the major axis it is sigma / q.
    """

    centre: Pair = pair()
    ell_comps: Pair = pair()
    intensity: Scalar = parameter(0.1)
    sigma: Scalar = parameter(1.0, at_least=0.0)

    @property
    def extent(self) -> Any:
        return NEGLIGIBLE * self.sigma / self.axis_ratio()

    def shape(self, square: Any) -> Any:
        return jnp.exp(square * (-0.5 / self._variance()))

    def bare_at(self, y: Any, x: Any) -> tuple[Self, Any]:
        bare, square = super().bare_at(y, x)
        if isinstance(self, Spherical):
            return bare, square
        # The circular Gaussian at the squared minor-axis radius.
        return eqx.tree_at(lambda each: each.ell_comps, bare, (0.0, 0.0)), self.squared_minor_axis_radius(y, x)

    def shape_within(self, radius: Any) -> Any:
        variance = self._variance()
        return -2.0 * jnp.pi * variance * jnp.expm1(-0.5 * radius * radius / variance)

    def shape_total(self) -> Any:
        return 2.0 * jnp.pi * self._variance()

    @property
    def half_light_radius(self) -> Any:
        """Eccentric radius that holds half the light, arcsec."""
        return jnp.sqrt(2.0 * jnp.log(2.0) * self._variance())

    def _variance(self) -> Any:
        sigma = jnp.maximum(self.sigma, SMALLEST_SCALE)
        return sigma * sigma / self.axis_ratio()


class GaussianSph(Spherical, Gaussian):
    """Circular `Gaussian`."""
