"""Values and coordinates that lie on no pixel grid."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from galens.array.container import ArrayContainer, host_floats, unchecked
from galens.array.coordinates import CoordinateContainer
from galens.array.mask import Mask2D
from galens.errors import ArrayError, GridError

__all__ = ["ArrayIrregular", "Grid2DIrregular"]


class ArrayIrregular(ArrayContainer):
    """Values (N,), each of its own place. JAX arrays may have leading batch axes.

    Raises:
        ArrayError: where the values are not one-dimensional.
    """

    values: Any

    def __init__(self, values: Any) -> None:
        if isinstance(values, ArrayContainer):
            values = values.values
        if not isinstance(values, jax.Array):
            values = host_floats(values)
            if values.ndim != 1:
                raise ArrayError(f"values of an ArrayIrregular have one axis, got shape {values.shape}.")
        self.values = values

    def _with_values(self, values: Any) -> ArrayIrregular:
        return unchecked(ArrayIrregular, values=values)

    def __repr__(self) -> str:
        return f"ArrayIrregular(shape {self.shape})"

    @property
    def in_list(self) -> list[float]:
        """The values as Python floats."""
        return np.asarray(self.values).tolist()


class Grid2DIrregular(CoordinateContainer):
    """(y, x) coordinates (N, 2) in arcsec, anywhere; one pair is N = 1. JAX arrays may have leading batch axes.

    Raises:
        GridError: where the values are not pairs.
    """

    values: Any

    def __init__(self, values: Any) -> None:
        if isinstance(values, ArrayContainer):
            values = values.values
        if not isinstance(values, jax.Array):
            values = host_floats(values)
        if values.shape == (2,):
            values = values.reshape(1, 2)
        if values.size == 0 and values.ndim == 1:
            values = values.reshape(0, 2)
        pairs = values.ndim >= 2 and values.shape[-1] == 2
        if not pairs or (values.ndim > 2 and not isinstance(values, jax.Array)):
            raise GridError(f"coordinates of a Grid2DIrregular are (y, x) pairs (N, 2), got shape {values.shape}.")
        self.values = values

    def _with_values(self, values: Any) -> Grid2DIrregular:
        return unchecked(Grid2DIrregular, values=values)

    def _scalars(self, values: Any) -> ArrayIrregular:
        return unchecked(ArrayIrregular, values=values)

    def __repr__(self) -> str:
        return f"Grid2DIrregular(shape {self.shape})"

    @classmethod
    def from_yx_1d(cls, y: Any, x: Any) -> Grid2DIrregular:
        """From y (N,) and x (N,), arcsec.

        Raises:
            GridError: where their lengths differ.
        """
        y, x = host_floats(y, "y"), host_floats(x, "x")
        if y.shape != x.shape or y.ndim != 1:
            raise GridError(f"y and x must be of one length (N,), got shapes {y.shape} and {x.shape}.")
        return cls(np.stack([y, x], axis=-1))

    @classmethod
    def from_pixels_and_mask(cls, pixels: Any, mask: Mask2D) -> Grid2DIrregular:
        """Centres of the (row, column) pixels (N, 2) of a mask's array."""
        return cls(mask.geometry.grid_scaled_2d_from(np.asarray(pixels, dtype=float) + 0.5))

    @property
    def in_list(self) -> list[tuple[float, float]]:
        """The coordinates as pairs of Python floats."""
        return [(y, x) for y, x in np.asarray(self.values).tolist()]

    @property
    def furthest_distances_to_other_coordinates(self) -> ArrayIrregular:
        """Distance of every coordinate to the one farthest from it, arcsec."""
        points = np.asarray(self.values)
        separations = np.hypot(*(points[:, None, :] - points[None, :, :]).T)
        return ArrayIrregular(separations.max(axis=0))

    def grid_of_closest_from(self, grid_pair: Grid2DIrregular) -> Grid2DIrregular:
        """For every coordinate of `grid_pair`, the one of this grid closest to it."""
        mine, theirs = np.asarray(self.values), np.asarray(grid_pair.values)
        squared = ((theirs[:, None, :] - mine[None, :, :]) ** 2).sum(axis=-1)
        return Grid2DIrregular(mine[squared.argmin(axis=1)])
