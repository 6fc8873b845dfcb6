"""`DatasetModel`: what a fit may vary of a dataset itself."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax.numpy as jnp

__all__ = ["DatasetModel"]


class DatasetModel(eqx.Module):
    """Sky background of a dataset and its position relative to the model.

    Args:
        background_sky_level: brightness subtracted from every pixel of the data, in their unit.
        grid_offset: (y, x) in arcsec subtracted from the coordinates at which the model is evaluated.
        grid_rotation_angle: degrees by which those coordinates are then rotated counter-clockwise about
        (0, 0).
    """

    background_sky_level: Any = 0.0
    grid_offset: tuple[Any, Any] = (0.0, 0.0)
    grid_rotation_angle: Any = 0.0

    def moved(self, y: Any, x: Any) -> tuple[Any, Any]:
        """Coordinates (...) with offset and rotation applied; those that are left at 0 cost nothing."""
        offset_y, offset_x = self.grid_offset
        if not (_is_zero(offset_y) and _is_zero(offset_x)):
            y, x = y - offset_y, x - offset_x
        if not _is_zero(self.grid_rotation_angle):
            angle = jnp.deg2rad(self.grid_rotation_angle)
            cos, sin = jnp.cos(angle), jnp.sin(angle)
            y, x = y * cos + x * sin, x * cos - y * sin
        return y, x

    def moved_back(self, y: Any, x: Any) -> tuple[Any, Any]:
        """The inverse of `moved`: where in the dataset a point of the model lies."""
        if not _is_zero(self.grid_rotation_angle):
            angle = jnp.deg2rad(self.grid_rotation_angle)
            cos, sin = jnp.cos(angle), jnp.sin(angle)
            y, x = y * cos - x * sin, x * cos + y * sin
        return y + self.grid_offset[0], x + self.grid_offset[1]


def _is_zero(value: Any) -> bool:
    """Whether a value is zero for certain: a traced one is not, whatever it will be."""
    return isinstance(value, int | float) and value == 0
