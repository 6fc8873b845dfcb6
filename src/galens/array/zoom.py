"""`Zoom2D`: the smallest square part of an array that holds the unmasked pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from galens.array import mask_regions
from galens.errors import MaskError

if TYPE_CHECKING:
    from galens.array.array_2d import Array2D
    from galens.array.mask import Mask2D

__all__ = ["Zoom2D"]


@dataclass(frozen=True)
class Zoom2D:
    """The (nearly) square region around the unmasked pixels of a mask, for figures.

    What is cut out keeps its coordinates on the sky, and where it reaches beyond the array it is masked.

    Raises:
        MaskError: on use, where no pixel is unmasked.
    """

    mask: Mask2D

    @property
    def _box(self) -> tuple[int, int, int, int]:
        box = mask_regions.bounding_box(self.mask.array)
        if box is None:
            raise MaskError(f"{self.mask} has no unmasked pixel to zoom to.")
        return box

    @property
    def centre(self) -> tuple[float, float]:
        """(row, column) of the middle of the unmasked pixels."""
        y0, y1, x0, x1 = self._box
        return (y0 + y1 - 1) / 2, (x0 + x1 - 1) / 2

    @property
    def offset_pixels(self) -> tuple[float, float]:
        """`centre` minus the array's centre, (rows, columns)."""
        (y, x), (y_array, x_array) = self.centre, self.mask.geometry.central_pixel_coordinates
        return y - y_array, x - x_array

    @property
    def offset_scaled(self) -> tuple[float, float]:
        """(y, x) of `centre` relative to the array's centre, arcsec."""
        (rows, columns), (scale_y, scale_x) = self.offset_pixels, self.mask.pixel_scales
        return -scale_y * rows, scale_x * columns

    @property
    def region(self) -> tuple[int, int, int, int]:
        """(first row, one past the last, first column, one past the last); the shorter side is grown equally."""
        y0, y1, x0, x1 = self._box
        grow_y, grow_x = max((x1 - x0) - (y1 - y0), 0) // 2, max((y1 - y0) - (x1 - x0), 0) // 2
        return y0 - grow_y, y1 + grow_y, x0 - grow_x, x1 + grow_x

    @property
    def shape_native(self) -> tuple[int, int]:
        y0, y1, x0, x1 = self.region
        return y1 - y0, x1 - x0

    def mask_2d_from(self, buffer: int = 1) -> Mask2D:
        """The mask of the region with `buffer` pixels around it."""
        return self.mask.window(*self._window(buffer))

    def array_2d_from(self, array: Array2D, buffer: int = 1) -> Array2D:
        """The part of an array of the mask's shape in the region with `buffer` pixels around it."""
        return array.window(*self._window(buffer))

    def extent_from(self, buffer: int = 1) -> tuple[float, float, float, float]:
        """(x_min, x_max, y_min, y_max) of the region with `buffer` pixels around it, arcsec."""
        return self.mask_2d_from(buffer).geometry.extent

    def _window(self, buffer: int) -> tuple[int, int, tuple[int, int]]:
        y0, y1, x0, x1 = self.region
        return y0 - buffer, x0 - buffer, (y1 - y0 + 2 * buffer, x1 - x0 + 2 * buffer)
