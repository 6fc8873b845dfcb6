"""The background of the sky as light that is everywhere."""

from __future__ import annotations

from typing import Any, ClassVar

import jax.numpy as jnp

from galens.galaxy.profiles.light.base import LightProfile
from galens.galaxy.profiles.parameters import Pair, Scalar, pair, parameter

__all__ = ["FlatSky", "Sky", "TiltedSky"]


class Sky(LightProfile):
    """Light without a centre and without end: its total is infinite, and no part of a galaxy's."""

    centre: ClassVar[Pair] = (0.0, 0.0)  # type: ignore[misc]

    @property
    def total_flux(self) -> Any:
        return jnp.inf


class FlatSky(Sky):
    """A sky of one brightness.

    A linear one (`lp_linear.FlatSky`) is solved with the galaxies. Where the sky is a parameter of the model,
    `DatasetModel.background_sky_level` does the same; both together cannot be told apart.

    Args:
        intensity: surface brightness, in the unit of the data; negative where too much was subtracted.
    """

    intensity: Scalar = parameter(0.0)

    def image_at(self, y: Any, x: Any) -> Any:
        return self.intensity * jnp.ones(jnp.broadcast_shapes(jnp.shape(y), jnp.shape(x)))


class TiltedSky(Sky):
    r"""A sky that brightens evenly towards one side: :math:`I(y, x) = I_0 (1 + g_y y + g_x x)`.

    Args:
        intensity: I_0, surface brightness at (0, 0), in the unit of the data.
        gradient: (g_y, g_x), the brightening relative to I_0 per arcsec.
    """

    intensity: Scalar = parameter(0.1)
    gradient: Pair = pair()

    def image_at(self, y: Any, x: Any) -> Any:
        return self.intensity * (1.0 + self.gradient[0] * y + self.gradient[1] * x)
