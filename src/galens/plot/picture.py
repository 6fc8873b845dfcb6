"""What a panel shows: values on the sky, blank where nothing is known, and where their pixels lie."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from galens.array import Array2D, Mask2D
from galens.errors import PlotError

__all__ = ["Extent", "Picture", "picture_from"]

Extent = tuple[float, float, float, float]


@dataclass(frozen=True)
class Picture:
    """An image with its place on the sky.

    Attributes:
        values: (ny, nx) floats, row 0 on top, NaN where the pixel is masked.
        extent: outer pixel edges (x_left, x_right, y_bottom, y_top), in `axis_unit`.
        axis_unit: "arcsec", or "pixels" for plain arrays (then x is the column and y the row).
        value_unit: unit of the values if a header says so, else "".
    """

    values: np.ndarray
    extent: Extent
    axis_unit: str = "arcsec"
    value_unit: str = ""

    @property
    def visible(self) -> np.ndarray:
        """(ny, nx) True where the picture is not blank."""
        return np.isfinite(self.values)

    def zoomed(self, margin: float = 0.03) -> Picture:
        """The part around the visible pixels, as near to a square as the image allows.

        Args:
            margin: blank border kept on each side, as a fraction of the longer side (at least one pixel).
        """
        visible = self.visible
        if visible.all() or not visible.any():
            return self
        rows, columns = (np.flatnonzero(visible.any(axis=axis)) for axis in (1, 0))
        side = int(max(np.ptp(rows), np.ptp(columns))) + 1
        length = side + 2 * max(1, round(margin * side))
        (top, bottom), (left, right) = (
            _window(int(index.min()), int(index.max()) + 1, length, size)
            for index, size in zip((rows, columns), self.values.shape, strict=True)
        )
        ny, nx = self.values.shape
        x_left, x_right, y_bottom, y_top = self.extent
        dx, dy = (x_right - x_left) / nx, (y_top - y_bottom) / ny
        return replace(
            self,
            values=self.values[top:bottom, left:right],
            extent=(x_left + left * dx, x_left + right * dx, y_top - bottom * dy, y_top - top * dy),
        )


def _window(first: int, last: int, length: int, size: int) -> tuple[int, int]:
    """`length` indices around first..last, pushed inside 0..size (all of it where it is too short)."""
    length = min(length, size)
    start = (first + last - length) // 2
    start = min(max(start, 0), size - length)
    return start, start + length


def picture_from(array: Any, zoom: bool = False) -> Picture:
    """The picture of an `Array2D`, a `Mask2D` (1 where masked) or a plain two-dimensional array.

    Args:
        array: the object; a plain array has no pixel scale, so its axes count pixels.
        zoom: show only the surroundings of the unmasked pixels.

    Raises:
        PlotError: the object has no two-dimensional form, or no finite value.
    """
    if isinstance(array, Array2D):
        values = np.where(array.mask.array, np.nan, np.asarray(array.native, dtype=float))
        unit = str(array.header.get("BUNIT", "")).strip()
        picture = Picture(values, _extent(array.mask), value_unit=unit)
    elif isinstance(array, Mask2D):
        picture = Picture(array.array.astype(float), _extent(array))
    else:
        values = np.asarray(array)
        if values.ndim != 2 or values.size == 0 or values.dtype.kind not in "biuf":
            raise PlotError(
                f"array: got {type(array).__name__} of shape {values.shape}; a panel shows an Array2D, a Mask2D or "
                "a two-dimensional array of numbers"
            )
        ny, nx = values.shape
        picture = Picture(values.astype(float), (-0.5, nx - 0.5, ny - 0.5, -0.5), axis_unit="pixels")
    if not picture.visible.any():
        raise PlotError(f"array: none of its {picture.values.size} pixels is both unmasked and finite")
    return picture.zoomed() if zoom else picture


def _extent(mask: Mask2D) -> Extent:
    (ny, nx), (sy, sx), (oy, ox) = mask.shape_native, mask.pixel_scales, mask.origin
    return (ox - nx * sx / 2, ox + nx * sx / 2, oy - ny * sy / 2, oy + ny * sy / 2)
