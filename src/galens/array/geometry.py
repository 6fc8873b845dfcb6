"""Where the pixels of a rectangular array lie on the sky: pixel indices to arcseconds and back.

Coordinates are (y, x) in arcsec, y up and x to the right; row 0 is the top row. The array's centre lies at
`origin`, so that an odd side has a pixel centre there and an even side a pixel corner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from galens.array.units import in_unit
from galens.errors import GridError

__all__ = [
    "Geometry2D",
    "holds",
    "pair_of_floats",
    "pixel_scales_from",
    "shape_native_from",
    "transform_grid_2d_from_reference_frame",
    "transform_grid_2d_to_reference_frame",
]


def pixel_scales_from(pixel_scales: float | Sequence[float]) -> tuple[float, float]:
    """(y, x) sides of a pixel in arcsec, from one number or Quantity or two; `GridError` unless finite and positive."""
    scales = pair_of_floats(pixel_scales, "pixel_scales")
    if not all(scale > 0.0 for scale in scales):
        raise GridError(f"pixel_scales must be above 0 arcsec, got {pixel_scales!r}.")
    return scales


def holds(centres: Any, pixel_scales: tuple[float, float], point: tuple[Any, Any]) -> Any:
    """Which pixels (N,) of centres (N, 2) hold a (y, x), arcsec; an edge belongs to the pixel below or to its right."""
    dy, dx = centres[..., 0] - point[0], centres[..., 1] - point[1]
    half_y, half_x = 0.5 * pixel_scales[0], 0.5 * pixel_scales[1]
    return (-half_y <= dy) & (dy < half_y) & (-half_x < dx) & (dx <= half_x)


def pair_of_floats(value: Any, name: str) -> tuple[float, float]:
    """One number twice, or two numbers, as floats (Quantities in arcsec); `GridError` names the argument if neither."""
    value = in_unit(value, "arcsec", name, GridError)
    try:
        numbers = np.atleast_1d(np.asarray(value, dtype=float))
    except (TypeError, ValueError) as error:
        raise GridError(f"{name} must be one number or two (y, x), got {value!r}.") from error
    if numbers.shape not in ((1,), (2,)) or not np.isfinite(numbers).all():
        raise GridError(f"{name} must be one finite number or two (y, x), got {value!r}.")
    return float(numbers[0]) + 0.0, float(numbers[-1]) + 0.0  # + 0.0: equal content must not differ by -0.0


def shape_native_from(shape_native: Any) -> tuple[int, int]:
    """(rows, columns) as Python ints; `GridError` unless two whole numbers above 0."""
    try:
        sides = tuple(shape_native)
    except TypeError:
        sides = ()
    if len(sides) != 2 or any(side != int(side) or side < 1 for side in sides):
        raise GridError(f"shape_native must be two whole numbers above 0 (rows, columns), got {shape_native!r}.")
    return int(sides[0]), int(sides[1])


@dataclass(frozen=True)
class Geometry2D:
    """Shape, pixel scales and position of a rectangular array.

    Args:
        shape_native: (rows, columns).
        pixel_scales: (y, x) sides of a pixel, arcsec.
        origin: (y, x) of the array's centre, arcsec.
    """

    shape_native: tuple[int, int]
    pixel_scales: tuple[float, float]
    origin: tuple[float, float] = (0.0, 0.0)

    @property
    def central_pixel_coordinates(self) -> tuple[float, float]:
        """(row, column) of the array's centre; halves where a side is even."""
        rows, columns = self.shape_native
        return (rows - 1) / 2, (columns - 1) / 2

    @property
    def central_scaled_coordinates(self) -> tuple[float, float]:
        """(row, column) at which (y, x) = (0, 0) arcsec lies, as floats."""
        row, column = self.grid_pixels_2d_from((0.0, 0.0)) - 0.5
        return float(row), float(column)

    @property
    def shape_native_scaled(self) -> tuple[float, float]:
        """(height, width) from pixel edge to pixel edge, arcsec."""
        return self.shape_native[0] * self.pixel_scales[0], self.shape_native[1] * self.pixel_scales[1]

    @property
    def scaled_maxima(self) -> tuple[float, float]:
        """(y, x) of the outer pixel edges at the top and right, arcsec."""
        height, width = self.shape_native_scaled
        return self.origin[0] + height / 2, self.origin[1] + width / 2

    @property
    def scaled_minima(self) -> tuple[float, float]:
        """(y, x) of the outer pixel edges at the bottom and left, arcsec."""
        height, width = self.shape_native_scaled
        return self.origin[0] - height / 2, self.origin[1] - width / 2

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """(x_min, x_max, y_min, y_max) of the pixel edges, arcsec: what matplotlib's `imshow` takes."""
        (y_min, x_min), (y_max, x_max) = self.scaled_minima, self.scaled_maxima
        return x_min, x_max, y_min, y_max

    @property
    def extent_square(self) -> tuple[float, float, float, float]:
        """`extent` of the smallest square with the same centre that holds the array."""
        half = max(self.shape_native_scaled) / 2
        y, x = self.origin
        return x - half, x + half, y - half, y + half

    @property
    def rows_y(self) -> np.ndarray:
        """y of the pixel centres of each row, (rows,), arcsec, top first."""
        return (self.central_pixel_coordinates[0] - np.arange(self.shape_native[0])) * self.pixel_scales[
            0
        ] + self.origin[0]

    @property
    def columns_x(self) -> np.ndarray:
        """x of the pixel centres of each column, (columns,), arcsec, left first."""
        return (np.arange(self.shape_native[1]) - self.central_pixel_coordinates[1]) * self.pixel_scales[
            1
        ] + self.origin[1]

    def grid_pixels_2d_from(self, grid_scaled_2d: Any) -> np.ndarray:
        """Pixel units (..., 2) as floats of (y, x) arcsec (..., 2); the centre of pixel (0, 0) is (0.5, 0.5)."""
        coordinates = np.asarray(grid_scaled_2d, dtype=float)
        y0, x0 = self.central_pixel_coordinates
        rows = (self.origin[0] - coordinates[..., 0]) / self.pixel_scales[0] + y0 + 0.5
        columns = (coordinates[..., 1] - self.origin[1]) / self.pixel_scales[1] + x0 + 0.5
        return np.stack([rows, columns], axis=-1)

    def grid_pixel_centres_2d_from(self, grid_scaled_2d: Any) -> np.ndarray:
        """(row, column) ints (..., 2) of the pixels that hold the (y, x) arcsec (..., 2).

        Indices are floored, so that a point above or left of the array gets a negative one; truncation, which
        some libraries use, would count up to one pixel outside as pixel 0.
        """
        return np.floor(self.grid_pixels_2d_from(grid_scaled_2d)).astype(int)

    def grid_pixel_indexes_2d_from(self, grid_scaled_2d: Any) -> np.ndarray:
        """Row-major flat index (...,) of the pixels that hold the (y, x) arcsec (..., 2)."""
        pixels = self.grid_pixel_centres_2d_from(grid_scaled_2d)
        return pixels[..., 0] * self.shape_native[1] + pixels[..., 1]

    def grid_scaled_2d_from(self, grid_pixels_2d: Any) -> np.ndarray:
        """(y, x) arcsec (..., 2) of pixel units (..., 2); the inverse of `grid_pixels_2d_from`."""
        pixels = np.asarray(grid_pixels_2d, dtype=float)
        y0, x0 = self.central_pixel_coordinates
        y = (y0 + 0.5 - pixels[..., 0]) * self.pixel_scales[0] + self.origin[0]
        x = (pixels[..., 1] - x0 - 0.5) * self.pixel_scales[1] + self.origin[1]
        return np.stack([y, x], axis=-1)

    def pixel_coordinates_2d_from(self, scaled_coordinates_2d: Sequence[float]) -> tuple[int, int]:
        """(row, column) of the pixel that holds one (y, x), arcsec; outside the array where out of range."""
        row, column = self.grid_pixel_centres_2d_from(scaled_coordinates_2d)
        return int(row), int(column)

    def pixel_coordinates_wcs_2d_from(self, scaled_coordinates_2d: Sequence[float]) -> tuple[float, float]:
        """FITS pixel coordinates (y, x) of one (y, x) in arcsec: 1-based floats, (n + 1) / 2 at the centre."""
        row, column = self.grid_pixels_2d_from(scaled_coordinates_2d) + 0.5
        return float(row), float(column)

    def scaled_coordinates_2d_from(self, pixel_coordinates_2d: Sequence[float]) -> tuple[float, float]:
        """(y, x) in arcsec of the centre of pixel (row, column)."""
        y, x = self.grid_scaled_2d_from(np.asarray(pixel_coordinates_2d, dtype=float) + 0.5)
        return float(y), float(x)

    def scaled_coordinate_2d_to_scaled_at_pixel_centre_from(
        self, scaled_coordinate_2d: Sequence[float]
    ) -> tuple[float, float]:
        """(y, x) of the centre of the pixel that holds one (y, x), arcsec."""
        return self.scaled_coordinates_2d_from(self.pixel_coordinates_2d_from(scaled_coordinate_2d))


def transform_grid_2d_to_reference_frame(grid_2d: Any, centre: Any, angle: Any) -> jax.Array:
    """(y, x) (..., 2) seen from `centre` with the x axis turned counter-clockwise by `angle` degrees."""
    grid_2d, centre = jnp.asarray(grid_2d), jnp.asarray(centre)
    cos, sin = jnp.cos(jnp.deg2rad(angle)), jnp.sin(jnp.deg2rad(angle))
    dy, dx = grid_2d[..., 0] - centre[0], grid_2d[..., 1] - centre[1]
    return jnp.stack([dy * cos - dx * sin, dx * cos + dy * sin], axis=-1)


def transform_grid_2d_from_reference_frame(grid_2d: Any, centre: Any, angle: Any) -> jax.Array:
    """The inverse of `transform_grid_2d_to_reference_frame`."""
    grid_2d, centre = jnp.asarray(grid_2d), jnp.asarray(centre)
    cos, sin = jnp.cos(jnp.deg2rad(angle)), jnp.sin(jnp.deg2rad(angle))
    y, x = grid_2d[..., 0], grid_2d[..., 1]
    return jnp.stack([y * cos + x * sin + centre[0], x * cos - y * sin + centre[1]], axis=-1)
