"""A source that no telescope resolves."""

from __future__ import annotations

from typing import Any, ClassVar

import jax.numpy as jnp

from galens import array as aa
from galens.array.geometry import holds
from galens.galaxy.profiles.light.base import LightProfile
from galens.galaxy.profiles.parameters import Pair, Scalar, pair, parameter

__all__ = ["PointSource"]


class PointSource(LightProfile):
    """A point source, such as a quasar or a star: its image is the PSF.

    In a fit, a blurred image and a simulation the PSF is moved to the centre as a whole, by parts of pixels by Fourier
    shift, so that its image changes smoothly with the centre. An image before the PSF has all the light in one pixel.
    As a function of coordinates it is dark: its light is at none of them.

    Args:
        centre: (y, x), arcsec.
        intensity: the flux, the sum of the image, in the unit of the data (e.g. electrons per second).
    """

    centre: Pair = pair()
    intensity: Scalar = parameter(0.1)

    is_point: ClassVar[bool] = True

    def image_at(self, y: Any, x: Any) -> Any:
        return jnp.zeros(jnp.broadcast_shapes(jnp.shape(y), jnp.shape(x)))

    def image_2d_from(self, grid: Any, operated_only: bool | None = None) -> Any:
        """All the light in the pixel that holds the centre, or in the point of other grids that is nearest to it.

        With `operated_only` True or False it is dark: what is blurred as pixels are, or as observed, it is not. Its
        image with the PSF is that of `point_image_2d_from`.
        """
        image = aa.evaluate(self.image_at, grid)
        if operated_only is not None:
            return image
        points = grid.values if isinstance(grid, aa.Grid2D | aa.Grid2DIrregular) else jnp.asarray(grid)
        if isinstance(grid, aa.Grid2D):
            here = holds(points, grid.pixel_scales, self.centre)
        else:
            distance = (points[..., 0] - self.centre[0]) ** 2 + (points[..., 1] - self.centre[1]) ** 2
            here = jnp.arange(distance.size).reshape(distance.shape) == jnp.argmin(distance)
        return image + jnp.where(here, self.intensity, 0.0)

    @property
    def total_flux(self) -> Any:
        """The flux, whatever the size of pixels: in the unit of the data, not times arcsec^2 as of other profiles."""
        return self.intensity

    def total_flux_from(self, pixel_scales: Any) -> Any:
        return self.intensity
