"""Which pixel centres lie outside a circle, an ellipse or a ring.

Every function returns (rows, columns) bools, True outside. `centre` is (y, x) in arcsec relative to the centre of
the array, wherever the array's origin puts that on the sky. Radii are compared squared, in plain floating point.
Lengths and angles may be astropy Quantities.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from galens.array.geometry import Geometry2D, pair_of_floats, pixel_scales_from, shape_native_from
from galens.array.units import in_unit
from galens.errors import MaskError

__all__ = ["anti_annulus", "around_pixels", "circle", "circular_annulus", "ellipse", "elliptical_annulus"]

ROWS_AT_A_TIME = 8
Scales = float | Sequence[float]


def circle(shape_native: tuple[int, int], radius: float, pixel_scales: Scales, centre: Sequence[float]) -> np.ndarray:
    """Outside where r >= radius: a centre exactly on the circle is outside."""
    radius = _radius(radius, "radius")
    return _where(lambda y, x: y * y + x * x >= radius * radius, shape_native, pixel_scales, centre)


def circular_annulus(
    shape_native: tuple[int, int], inner: float, outer: float, pixel_scales: Scales, centre: Sequence[float]
) -> np.ndarray:
    """Outside where r < inner or r > outer: both circles belong to the ring."""
    inner, outer = _radius(inner, "inner_radius", zero=True), _radius(outer, "outer_radius")
    _ascending({"inner_radius": inner, "outer_radius": outer})

    def outside(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        squared = y * y + x * x
        return (squared < inner * inner) | (squared > outer * outer)

    return _where(outside, shape_native, pixel_scales, centre)


def anti_annulus(
    shape_native: tuple[int, int],
    inner: float,
    outer: float,
    outer_2: float,
    pixel_scales: Scales,
    centre: Sequence[float],
) -> np.ndarray:
    """Outside where inner < r < outer or r > outer_2: a disc and a ring around it, circles included."""
    inner, outer = _radius(inner, "inner_radius"), _radius(outer, "outer_radius")
    outer_2 = _radius(outer_2, "outer_radius_2")
    _ascending({"inner_radius": inner, "outer_radius": outer, "outer_radius_2": outer_2})

    def outside(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        squared = y * y + x * x
        return ((squared > inner * inner) & (squared < outer * outer)) | (squared > outer_2 * outer_2)

    return _where(outside, shape_native, pixel_scales, centre)


def ellipse(
    shape_native: tuple[int, int],
    major_axis: float,
    axis_ratio: float,
    angle: float,
    pixel_scales: Scales,
    centre: Sequence[float],
) -> np.ndarray:
    """Outside where sqrt(x'^2 + (y'/q)^2) > major_axis: the ellipse itself is inside."""
    major_axis = _radius(major_axis, "major_axis_radius")
    squared = _squared_elliptical_radius(axis_ratio, "axis_ratio", angle)
    return _where(lambda y, x: squared(y, x) > major_axis * major_axis, shape_native, pixel_scales, centre)


def elliptical_annulus(
    shape_native: tuple[int, int],
    inner: tuple[float, float, float],
    outer: tuple[float, float, float],
    pixel_scales: Scales,
    centre: Sequence[float],
) -> np.ndarray:
    """Outside where inside the inner or outside the outer ellipse, each (major axis, axis ratio, angle)."""
    inner_radius = _radius(inner[0], "inner_major_axis_radius", zero=True)
    outer_radius = _radius(outer[0], "outer_major_axis_radius")
    squared_inner = _squared_elliptical_radius(inner[1], "inner_axis_ratio", inner[2])
    squared_outer = _squared_elliptical_radius(outer[1], "outer_axis_ratio", outer[2])

    def outside(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        return (squared_inner(y, x) < inner_radius * inner_radius) | (squared_outer(y, x) > outer_radius * outer_radius)

    return _where(outside, shape_native, pixel_scales, centre)


def around_pixels(shape_native: tuple[int, int], pixel_coordinates: Sequence[Sequence[int]], buffer: int) -> np.ndarray:
    """Outside of the (row, column) pixels grown by `buffer` pixels to every side."""
    shape_native = shape_native_from(shape_native)
    pixels = np.asarray(pixel_coordinates)
    if pixels.ndim != 2 or pixels.shape[1] != 2 or not np.array_equal(pixels, pixels.astype(int)):
        raise MaskError(f"pixel_coordinates must be whole-numbered (row, column) pairs, got {pixel_coordinates!r}.")
    off = np.flatnonzero(((pixels < 0) | (pixels >= shape_native)).any(axis=1))
    if off.size:
        raise MaskError(
            f"pixel_coordinates must lie in the array of shape {shape_native}: {off.size} do not, the first is "
            f"{tuple(pixels[off[0]].tolist())}."
        )
    if buffer != int(buffer) or buffer < 0:
        raise MaskError(f"buffer must be a whole number of pixels, 0 or more, got {buffer!r}.")
    outside = np.ones(shape_native, bool)
    for row, column in pixels.astype(int):
        top, left = max(row - int(buffer), 0), max(column - int(buffer), 0)
        outside[top : row + int(buffer) + 1, left : column + int(buffer) + 1] = False
    return outside


def _where(
    outside: Callable[[np.ndarray, np.ndarray], np.ndarray],
    shape_native: tuple[int, int],
    pixel_scales: Scales,
    centre: Sequence[float],
) -> np.ndarray:
    """`outside(y, x)` of the pixel centres relative to `centre`, arcsec; y has shape (n, 1) and x (1, columns).

    A few rows at a time, so that the intermediate floats stay in the processor's cache.
    """
    geometry = Geometry2D(shape_native_from(shape_native), pixel_scales_from(pixel_scales))
    (rows, columns), (side_y, side_x) = geometry.shape_native, geometry.pixel_scales
    centre_y, centre_x = pair_of_floats(centre, "centre")
    # The centre in pixels first: pixels exactly on a circle then round as in the libraries that scripts come from.
    row, column = (rows - 1) / 2 - centre_y / side_y, (columns - 1) / 2 + centre_x / side_x
    y, x = side_y * (row - np.arange(rows))[:, None], side_x * (np.arange(columns) - column)[None, :]
    flags = np.empty(geometry.shape_native, bool)
    for start in range(0, len(y), ROWS_AT_A_TIME):
        flags[start : start + ROWS_AT_A_TIME] = outside(y[start : start + ROWS_AT_A_TIME], x)
    return flags


def _squared_elliptical_radius(
    axis_ratio: float, name: str, angle: float
) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """x'^2 + (y'/q)^2 as a function of y and x; the x' axis is `angle` degrees counter-clockwise from +x."""
    if not 0.0 < axis_ratio < math.inf:
        raise MaskError(f"{name} must be above 0, got {axis_ratio!r}.")
    angle = math.radians(in_unit(angle, "deg", "angle", MaskError))
    cos, sin = math.cos(angle), math.sin(angle)

    def squared(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        major, minor = x * cos + y * sin, (y * cos - x * sin) / axis_ratio
        return major * major + minor * minor

    return squared


def _radius(value: Any, name: str, zero: bool = False) -> float:
    value = in_unit(value, "arcsec", name, MaskError)
    if not (value > 0.0 or (zero and value == 0.0)):
        raise MaskError(f"{name} must be {'0 or ' if zero else ''}above 0 arcsec, got {value!r}.")
    return float(value)


def _ascending(radii: dict[str, float]) -> None:
    values = list(radii.values())
    if any(first >= second for first, second in itertools.pairwise(values)):
        raise MaskError(f"radii must increase: {', '.join(f'{name}={value:g}' for name, value in radii.items())}.")
