"""`Mask2D`: which pixels of an image are used, and where they lie on the sky."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from galens.array import mask_regions, mask_shapes
from galens.array.content import StaticContent
from galens.array.derive import DeriveGrid2D, DeriveIndexes2D, DeriveMask2D
from galens.array.geometry import Geometry2D, pair_of_floats, pixel_scales_from, shape_native_from
from galens.array.zoom import Zoom2D
from galens.errors import MaskError

__all__ = ["Mask2D"]


class Mask2D(StaticContent):
    """Which pixels of a rectangular array are excluded (True) and where the array lies on the sky.

    A mask decides array shapes, so it is never traced: it is metadata of the arrays defined on it, compared and
    hashed by its content. A compiled function is reused for an equal mask that was built anew.

    *slim* values are those of the unmasked pixels, (N,), in row-major order; *native* ones fill the rectangle,
    (rows, columns), with zeros where masked.

    Args:
        mask: (rows, columns), non-zero where a pixel is excluded.
        pixel_scales: side of a pixel, arcsec, one number or (y, x).
        origin: (y, x) of the array's centre, arcsec.
        invert: exclude the pixels that `mask` keeps and the other way round.

    Raises:
        MaskError: where `mask` is not two-dimensional, has no pixels or holds NaN.
    """

    def __init__(
        self,
        mask: Any,
        pixel_scales: float | Sequence[float],
        origin: Sequence[float] = (0.0, 0.0),
        invert: bool = False,
    ) -> None:
        if isinstance(mask, Mask2D):
            mask = mask.array
        try:
            array = np.asarray(mask)
        except (TypeError, ValueError) as error:
            raise MaskError(f"mask must be a rectangular array of booleans or numbers: {error}") from error
        if array.dtype.kind not in "buif":
            raise MaskError(f"mask must be an array of booleans or real numbers, got dtype {array.dtype}.")
        if array.ndim != 2 or array.size == 0:
            raise MaskError(f"mask must have two axes (rows, columns) and at least one pixel, got shape {array.shape}.")
        if array.dtype.kind == "f" and np.isnan(array).any():
            raise MaskError(f"mask holds {int(np.isnan(array).sum())} NaN; use 0 (kept) and 1 (excluded).")
        flags = np.array(array, dtype=bool)
        self._fill(np.logical_not(flags, out=flags) if invert else flags, pixel_scales_from(pixel_scales), origin)

    def _fill(self, flags: np.ndarray, pixel_scales: tuple[float, float], origin: Sequence[float]) -> None:
        flags.flags.writeable = False
        geometry = Geometry2D(flags.shape, pixel_scales, pair_of_floats(origin, "origin"))
        self._set(array=flags, geometry=geometry)

    array: np.ndarray
    geometry: Geometry2D

    @classmethod
    def _of(
        cls, flags: np.ndarray, pixel_scales: float | Sequence[float], origin: Sequence[float], invert: bool = False
    ) -> Mask2D:
        """A mask that takes over `flags`, an array of ours that nobody else holds."""
        mask = object.__new__(cls)
        mask._fill(np.logical_not(flags, out=flags) if invert else flags, pixel_scales_from(pixel_scales), origin)
        return mask

    # Content: what two masks are compared by.

    def _content(self) -> bytes:
        return repr((self.shape_native, self.pixel_scales, self.origin)).encode() + np.packbits(self.array).tobytes()

    def __reduce__(self) -> tuple[Any, ...]:
        return Mask2D, (self.array, self.pixel_scales, self.origin)

    def __repr__(self) -> str:
        rows, columns = self.shape_native
        return f"Mask2D({self.pixels_in_mask} of {rows} x {columns} pixels kept, {self.scales_text} arcsec)"

    def _repr_html_(self) -> str:
        from galens.array.notebook import mask_html

        return mask_html(self)

    @property
    def scales_text(self) -> str:
        y, x = self.pixel_scales
        return f"{y:g}" if y == x else f"({y:g}, {x:g})"

    # Geometry.

    @property
    def shape_native(self) -> tuple[int, int]:
        return self.geometry.shape_native

    @property
    def shape(self) -> tuple[int, int]:
        return self.geometry.shape_native

    @property
    def pixel_scales(self) -> tuple[float, float]:
        return self.geometry.pixel_scales

    @property
    def pixel_scale(self) -> float:
        """Side of a pixel along y, arcsec."""
        return self.geometry.pixel_scales[0]

    @property
    def origin(self) -> tuple[float, float]:
        return self.geometry.origin

    # Pixels.

    @cached_property
    def flat_index(self) -> np.ndarray:
        """Row-major index of every unmasked pixel in the flattened array, (N,) int."""
        return _read_only(np.flatnonzero(~self.array))

    @cached_property
    def native_for_slim(self) -> np.ndarray:
        """(row, column) of every unmasked pixel, (N, 2) int."""
        return _read_only(np.stack(np.nonzero(~self.array), axis=-1))

    @cached_property
    def slim_for_native(self) -> np.ndarray:
        """Slim index of every pixel, (rows, columns) int; N where masked, one beyond the last."""
        index = np.full(self.array.size, self.pixels_in_mask)
        index[self.flat_index] = np.arange(self.pixels_in_mask)
        return _read_only(index.reshape(self.shape_native))

    @property
    def slim_to_native_tuple(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows (N,) and columns (N,) of the unmasked pixels: an index for a native array."""
        return self.native_for_slim[:, 0], self.native_for_slim[:, 1]

    @cached_property
    def pixel_centres(self) -> np.ndarray:
        """(y, x) of the unmasked pixels' centres, (N, 2), arcsec."""
        rows, columns = self.slim_to_native_tuple
        return _read_only(np.stack([self.geometry.rows_y[rows], self.geometry.columns_x[columns]], axis=-1))

    @property
    def pixels_in_mask(self) -> int:
        """How many pixels are unmasked."""
        return len(self.flat_index)

    @property
    def shape_slim(self) -> int:
        return self.pixels_in_mask

    @property
    def is_all_true(self) -> bool:
        return self.pixels_in_mask == 0

    @property
    def is_all_false(self) -> bool:
        return self.pixels_in_mask == self.array.size

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.array.astype(dtype or bool) if copy or dtype not in (None, bool) else self.array

    def __getitem__(self, index: Any) -> Any:
        return self.array[index]

    def __len__(self) -> int:
        return self.shape_native[0]

    # Constructors.

    @classmethod
    def all_false(
        cls,
        shape_native: tuple[int, int],
        pixel_scales: float | Sequence[float],
        origin: Sequence[float] = (0.0, 0.0),
        invert: bool = False,
    ) -> Mask2D:
        """Every pixel is kept."""
        return cls._of(np.zeros(shape_native_from(shape_native), bool), pixel_scales, origin, invert)

    @classmethod
    def circular(
        cls,
        shape_native: tuple[int, int],
        radius: float,
        pixel_scales: float | Sequence[float],
        origin: Sequence[float] = (0.0, 0.0),
        centre: Sequence[float] = (0.0, 0.0),
        invert: bool = False,
    ) -> Mask2D:
        """Keeps the pixels whose centres are closer to `centre` than `radius`, r < R, arcsec."""
        return cls._of(mask_shapes.circle(shape_native, radius, pixel_scales, centre), pixel_scales, origin, invert)

    @classmethod
    def circular_annular(
        cls,
        shape_native: tuple[int, int],
        inner_radius: float,
        outer_radius: float,
        pixel_scales: float | Sequence[float],
        origin: Sequence[float] = (0.0, 0.0),
        centre: Sequence[float] = (0.0, 0.0),
        invert: bool = False,
    ) -> Mask2D:
        """Keeps the pixels with inner_radius <= r <= outer_radius from `centre`, arcsec."""
        outside = mask_shapes.circular_annulus(shape_native, inner_radius, outer_radius, pixel_scales, centre)
        return cls._of(outside, pixel_scales, origin, invert)

    @classmethod
    def circular_anti_annular(
        cls,
        shape_native: tuple[int, int],
        inner_radius: float,
        outer_radius: float,
        outer_radius_2: float,
        pixel_scales: float | Sequence[float],
        origin: Sequence[float] = (0.0, 0.0),
        centre: Sequence[float] = (0.0, 0.0),
        invert: bool = False,
    ) -> Mask2D:
        """Keeps a disc, r <= inner_radius, and a ring, outer_radius <= r <= outer_radius_2, around `centre`, arcsec."""
        outside = mask_shapes.anti_annulus(
            shape_native, inner_radius, outer_radius, outer_radius_2, pixel_scales, centre
        )
        return cls._of(outside, pixel_scales, origin, invert)

    @classmethod
    def elliptical(
        cls,
        shape_native: tuple[int, int],
        major_axis_radius: float,
        axis_ratio: float,
        angle: float,
        pixel_scales: float | Sequence[float],
        origin: Sequence[float] = (0.0, 0.0),
        centre: Sequence[float] = (0.0, 0.0),
        invert: bool = False,
    ) -> Mask2D:
        """Keeps an ellipse and its rim: semi-major axis in arcsec, `angle` in degrees counter-clockwise from +x."""
        outside = mask_shapes.ellipse(shape_native, major_axis_radius, axis_ratio, angle, pixel_scales, centre)
        return cls._of(outside, pixel_scales, origin, invert)

    @classmethod
    def elliptical_annular(
        cls,
        shape_native: tuple[int, int],
        inner_major_axis_radius: float,
        inner_axis_ratio: float,
        inner_phi: float,
        outer_major_axis_radius: float,
        outer_axis_ratio: float,
        outer_phi: float,
        pixel_scales: float | Sequence[float],
        origin: Sequence[float] = (0.0, 0.0),
        centre: Sequence[float] = (0.0, 0.0),
        invert: bool = False,
    ) -> Mask2D:
        """Keeps what is within the outer and not within the inner ellipse, both ellipses themselves included."""
        outside = mask_shapes.elliptical_annulus(
            shape_native,
            (inner_major_axis_radius, inner_axis_ratio, inner_phi),
            (outer_major_axis_radius, outer_axis_ratio, outer_phi),
            pixel_scales,
            centre,
        )
        return cls._of(outside, pixel_scales, origin, invert)

    @classmethod
    def from_pixel_coordinates(
        cls,
        shape_native: tuple[int, int],
        pixel_coordinates: Sequence[Sequence[int]],
        pixel_scales: float | Sequence[float],
        origin: Sequence[float] = (0.0, 0.0),
        buffer: int = 0,
        invert: bool = False,
    ) -> Mask2D:
        """Keeps the (row, column) pixels and all within `buffer` rows and columns of them."""
        outside = mask_shapes.around_pixels(shape_native, pixel_coordinates, buffer)
        return cls._of(outside, pixel_scales, origin, invert)

    @classmethod
    def from_fits(
        cls,
        file_path: str | os.PathLike[str],
        pixel_scales: float | Sequence[float],
        hdu: int | str = 0,
        origin: Sequence[float] = (0.0, 0.0),
        resized_mask_shape: tuple[int, int] | None = None,
        invert: bool = False,
    ) -> Mask2D:
        """Reads a mask from one HDU of a FITS file: non-zero values exclude a pixel.

        Args:
            resized_mask_shape: cut or pad to this shape, see `resized_from`.

        Raises:
            DatasetError: no such file, HDU or image.
            MaskError: the image holds NaN.
        """
        from galens.array.fits import read_image

        values, _ = read_image(file_path, hdu)
        try:
            mask = cls(values, pixel_scales, origin, invert)
        except MaskError as error:
            raise MaskError(f"HDU {hdu!r} of '{file_path}': {error}") from error
        return mask if resized_mask_shape is None else mask.resized_from(resized_mask_shape)

    # Masks from masks.

    def _like(self, flags: np.ndarray) -> Mask2D:
        """Other flags, of the same shape, at the same place."""
        return Mask2D._of(flags, self.pixel_scales, self.origin)

    def __invert__(self) -> Mask2D:
        """Excludes what this mask keeps and keeps what it excludes."""
        return self._like(~self.array)

    def __and__(self, other: Mask2D) -> Mask2D:
        """Excludes what both masks exclude: keeps the union of what they keep."""
        return NotImplemented if not isinstance(other, Mask2D) else self._like(self.array & self._checked(other).array)

    def __or__(self, other: Mask2D) -> Mask2D:
        """Excludes what either mask excludes: keeps what both keep."""
        return NotImplemented if not isinstance(other, Mask2D) else self._like(self.array | self._checked(other).array)

    def _checked(self, other: Mask2D) -> Mask2D:
        if other.geometry != self.geometry:
            raise MaskError(f"masks of different arrays cannot be combined: {self.geometry} and {other.geometry}.")
        return other

    def window(self, top: int, left: int, shape_native: tuple[int, int], pad_value: int = 1) -> Mask2D:
        """The part of this shape (rows, columns) whose first pixel is (`top`, `left`).

        Pixels keep their place on the sky: the origin moves to the new array's centre. Pixels beyond the array, which
        have no data, are masked, or as `pad_value` says (0 keeps them).
        """
        shape_native = shape_native_from(shape_native)
        flags = mask_regions.window(self.array, top, left, shape_native, bool(pad_value))
        row, column = self.geometry.central_pixel_coordinates
        down, right = top + (shape_native[0] - 1) / 2 - row, left + (shape_native[1] - 1) / 2 - column
        origin = self.origin[0] - down * self.pixel_scales[0], self.origin[1] + right * self.pixel_scales[1]
        return Mask2D._of(flags, self.pixel_scales, origin)

    def resized_from(self, new_shape: tuple[int, int], pad_value: int = 1) -> Mask2D:
        """Cut or padded about the centre: pixel n // 2 of each side becomes pixel n' // 2. See `window`."""
        new_shape = shape_native_from(new_shape)
        top, left = (old // 2 - new // 2 for old, new in zip(self.shape_native, new_shape, strict=True))
        return self.window(top, left, new_shape, pad_value)

    def rescaled_from(self, rescale_factor: float) -> Mask2D:
        """The same area in `rescale_factor` times as many pixels along each side.

        Every new pixel takes the flag of the old one at its centre, and the outermost ring is masked. The pixel
        scales change so that the area stays the same.
        """
        if not rescale_factor > 0.0:
            raise MaskError(f"rescale_factor must be above 0, got {rescale_factor!r}.")
        rows, columns = (max(int(np.round(side * rescale_factor)), 1) for side in self.shape_native)
        shape = rows, columns
        flags = mask_regions.nearest(self.array, shape)
        flags[[0, -1], :] = True
        flags[:, [0, -1]] = True
        height, width = self.geometry.shape_native_scaled
        return Mask2D._of(flags, (height / rows, width / columns), self.origin)

    @property
    def derive_mask(self) -> DeriveMask2D:
        """Edge, border and blurring region as masks."""
        return DeriveMask2D(self)

    @property
    def derive_indexes(self) -> DeriveIndexes2D:
        """Edge, border and all pixels as index lists."""
        return DeriveIndexes2D(self)

    @property
    def derive_grid(self) -> DeriveGrid2D:
        """Edge, border and all pixels as grids of coordinates."""
        return DeriveGrid2D(self)

    @property
    def zoom(self) -> Zoom2D:
        """The square region around the unmasked pixels."""
        return Zoom2D(self)

    # The unmasked region.

    @property
    def shape_native_masked_pixels(self) -> tuple[int, int]:
        """(rows, columns) of the bounding box of the unmasked pixels; (0, 0) without any."""
        y0, y1, x0, x1 = mask_regions.bounding_box(self.array) or (0, 0, 0, 0)
        return y1 - y0, x1 - x0

    @property
    def mask_centre(self) -> tuple[float, float]:
        """(y, x) of the middle of the bounding box of the unmasked pixels, arcsec.

        Raises:
            MaskError: where no pixel is unmasked.
        """
        return self.geometry.scaled_coordinates_2d_from(self.zoom.centre)

    @cached_property
    def is_circular(self) -> bool:
        """Whether the unmasked region is a disc, up to 2 per cent of its pixels (at least 2) on its rim."""
        if self.is_all_true or self.is_all_false:
            return False
        y, x = self.pixel_centres.mean(axis=0)
        radii = np.hypot((self.geometry.rows_y - y)[:, None], (self.geometry.columns_x - x)[None, :])
        hollow = self.array[np.unravel_index(np.argmin(radii), radii.shape)]
        mismatch = mask_regions.disc_mismatch(self.array, radii)
        return bool(not hollow and mismatch <= max(2, 0.02 * self.pixels_in_mask))

    @property
    def circular_radius(self) -> float:
        """Half the longer side of the bounding box of the unmasked pixels, arcsec.

        Raises:
            MaskError: where the unmasked region is not a disc.
        """
        if not self.is_circular:
            raise MaskError(f"{self} is not a disc, so it has no radius.")
        return max(self.shape_native_masked_pixels) * self.pixel_scale / 2

    # Files.

    @property
    def header_dict(self) -> dict[str, float]:
        """FITS cards that say where the array lies: pixel scales and origin, arcsec."""
        (scale_y, scale_x), (y, x) = self.pixel_scales, self.origin
        return {"PIXSCAY": scale_y, "PIXSCAX": scale_x, "ORIGINY": y, "ORIGINX": x}

    def output_to_fits(self, file_path: str | os.PathLike[str], overwrite: bool = False) -> None:
        """Writes the mask as 0 (kept) and 1 (excluded), with its pixel scales and origin in the header."""
        from galens.array.fits import write_image

        write_image(file_path, self.array, self.header_dict, overwrite)


def _read_only(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array
