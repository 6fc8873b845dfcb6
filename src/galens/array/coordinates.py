"""What all wrapped (y, x) coordinates share, on a pixel grid or not."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any, Self

import jax.numpy as jnp
import numpy as np

from galens.array.container import ArrayContainer
from galens.array.geometry import transform_grid_2d_from_reference_frame

__all__ = ["CoordinateContainer"]


class CoordinateContainer(ArrayContainer):
    """(y, x) coordinates (N, 2), arcsec."""

    @abc.abstractmethod
    def _scalars(self, values: Any) -> Any:
        """Values (N,), one per coordinate, in the wrapper that belongs to this one."""

    @property
    def y(self) -> Any:
        """(N,), arcsec."""
        return self.values[..., 0]

    @property
    def x(self) -> Any:
        """(N,), arcsec."""
        return self.values[..., 1]

    @property
    def in_radians(self) -> Self:
        return self * (np.pi / 648000.0)

    @property
    def scaled_minima(self) -> tuple[float, float]:
        """(y, x) least values of the coordinates, arcsec."""
        return float(self.y.min()), float(self.x.min())

    @property
    def scaled_maxima(self) -> tuple[float, float]:
        """(y, x) greatest values of the coordinates, arcsec."""
        return float(self.y.max()), float(self.x.max())

    def extent_with_buffer_from(self, buffer: float = 1e-8) -> list[float]:
        """[x_min, x_max, y_min, y_max] of the coordinates, widened by `buffer` arcsec."""
        (y_min, x_min), (y_max, x_max) = self.scaled_minima, self.scaled_maxima
        return [x_min - buffer, x_max + buffer, y_min - buffer, y_max + buffer]

    def squared_distances_to_coordinate_from(self, coordinate: Sequence[float] = (0.0, 0.0)) -> Any:
        """Squared distance of every coordinate to one (y, x), arcsec^2."""
        return self._scalars((self.y - coordinate[0]) ** 2 + (self.x - coordinate[1]) ** 2)

    def distances_to_coordinate_from(self, coordinate: Sequence[float] = (0.0, 0.0)) -> Any:
        """Distance of every coordinate to one (y, x), arcsec."""
        squared = self.squared_distances_to_coordinate_from(coordinate).values
        if isinstance(squared, np.ndarray):
            return self._scalars(np.sqrt(squared))
        # The distance has no gradient where it is 0: root of 1 there, and 0 chosen afterwards.
        apart = squared > 0.0
        return self._scalars(jnp.where(apart, jnp.sqrt(jnp.where(apart, squared, 1.0)), 0.0))

    def subtracted_from(self, offset: Any) -> Self:
        """Shifted by minus the (y, x) offset, arcsec."""
        shift = jnp.stack([jnp.asarray(offset[0]), jnp.asarray(offset[1])])
        return self._with_values(jnp.asarray(self.values) - shift)

    def subtracted_and_rotated_from(self, offset: Any, angle: Any) -> Self:
        """Shifted by minus the (y, x) offset, arcsec, then turned counter-clockwise by `angle` degrees about (0, 0)."""
        shifted = self.subtracted_from(offset).values
        return self._with_values(transform_grid_2d_from_reference_frame(shifted, (0.0, 0.0), angle))
