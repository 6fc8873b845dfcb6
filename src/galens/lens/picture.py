"""`Picture`: the surface brightness of a plane as an image of it, between whose pixels it is interpolated."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jax.scipy.ndimage import map_coordinates

from galens import array as aa
from galens.errors import RayTracingError

__all__ = ["Picture"]


class Picture(eqx.Module):
    """A rectangular image, linear between the centres of its pixels and 0 around them.

    Args:
        image: without masked pixels.

    Raises:
        RayTracingError: masked pixels, or but one row or column.
    """

    values: Any
    mask: aa.Mask2D = eqx.field(static=True)

    def __init__(self, image: aa.Array2D) -> None:
        if not isinstance(image, aa.Array2D) or image.mask.pixels_in_mask != image.mask.array.size:
            raise RayTracingError(f"the image of a plane must be an Array2D without masked pixels, got {image!r}.")
        if min(image.shape_native) < 2:
            raise RayTracingError(f"the image of a plane needs two pixels a side, got shape {image.shape_native}.")
        self.values = image.native
        self.mask = image.mask

    def brightness_at(self, y: Any, x: Any) -> Any:
        """Surface brightness at coordinates, arcsec."""
        rows, columns = self.mask.shape_native
        top, left = self.mask.pixel_centres[0]
        row, column = (top - y) / self.mask.pixel_scales[0], (x - left) / self.mask.pixel_scales[1]
        inside = (row >= 0.0) & (row <= rows - 1) & (column >= 0.0) & (column <= columns - 1)
        values = map_coordinates(jnp.asarray(self.values), [row, column], order=1, mode="nearest")
        return jnp.where(inside, values, 0.0)
