"""Which pixel centres lie outside a circle, an ellipse or a ring.

Every function returns (rows, columns) bools, True outside. `centre` is (y, x) in arcsec relative to the centre of
the array, wherever the array's origin puts that on the sky.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from galens.array.geometry import Geometry2D, pair_of_floats, pixel_scales_from, shape_native_from

__all__ = ["circle", "squared_radii"]


def offsets(
    shape_native: tuple[int, int], pixel_scales: float | Sequence[float], centre: Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """y - centre of each row, (rows, 1), and x - centre of each column, (1, columns), arcsec."""
    geometry = Geometry2D(shape_native_from(shape_native), pixel_scales_from(pixel_scales))
    y, x = pair_of_floats(centre, "centre")
    return (geometry.rows_y - y)[:, None], (geometry.columns_x - x)[None, :]


def squared_radii(
    shape_native: tuple[int, int], pixel_scales: float | Sequence[float], centre: Sequence[float]
) -> np.ndarray:
    dy, dx = offsets(shape_native, pixel_scales, centre)
    return dy * dy + dx * dx


def circle(
    shape_native: tuple[int, int], radius: float, pixel_scales: float | Sequence[float], centre: Sequence[float]
) -> np.ndarray:
    """r >= radius: a centre exactly on the circle is outside."""
    return squared_radii(shape_native, pixel_scales, centre) >= radius * radius
