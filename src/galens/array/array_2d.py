"""`Array2D`: an image on the unmasked pixels of a `Mask2D`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from galens.array import mask_regions
from galens.array.container import ArrayContainer, host_floats, unchecked
from galens.array.geometry import Geometry2D, shape_native_from
from galens.array.header import Header
from galens.array.mask import Mask2D
from galens.array.world_coordinates import header_moved, world_cards
from galens.errors import ArrayError, MaskError

__all__ = ["Array2D", "native_values", "slim_values"]


def slim_values(values: Any, mask: Mask2D, entry: tuple[int, ...] = ()) -> Any:
    """Slim values (N, *entry) of slim or native ones; JAX arrays may have leading batch axes.

    `entry` is the shape of one pixel's value: () for an image, (2,) for coordinates. NumPy arrays and sequences are
    copied to float64, JAX arrays are taken as they are, so that tracers pass.

    Raises:
        ArrayError: where the shape fits neither form.
    """
    if isinstance(values, ArrayContainer):
        values = values.values
    if not isinstance(values, jax.Array):
        values = host_floats(values)
    slim, native = (mask.pixels_in_mask, *entry), (*mask.shape_native, *entry)
    shape = tuple(values.shape)
    if shape == slim:
        return values
    if shape == native:
        return values.reshape(-1, *entry)[mask.flat_index]
    if isinstance(values, jax.Array) and shape[len(shape) - len(slim) :] == slim:
        return values
    raise ArrayError(f"values of shape {shape} fit neither the {slim} unmasked pixels nor the whole array {native}.")


def native_values(values: Any, mask: Mask2D, entry: tuple[int, ...] = ()) -> Any:
    """Slim values (..., N, *entry) in the whole array (..., rows, columns, *entry), zero where masked."""
    return gathered(values, mask.slim_for_native, np.ndim(values) - len(entry) - 1)


def gathered(values: Any, index: np.ndarray, axis: int = -1) -> Any:
    """Values at `index` along an axis of length N; zero where the index is N, one beyond the last.

    A gather, not a scatter, which is slow in compiled code and in its gradient.
    """
    xp = np if isinstance(values, np.ndarray) else jnp
    shape = list(np.shape(values))
    shape[axis] = 1
    return xp.take(xp.concatenate([values, xp.zeros(shape, values.dtype)], axis=axis), index, axis=axis, mode="clip")


class Array2D(ArrayContainer):
    """An image on the unmasked pixels of a mask.

    Args:
        values: slim (N,) or native (rows, columns) values in any unit; masked native values are dropped. Never
            modified. JAX arrays may have leading batch axes, (..., N).
        mask: which pixels and where.
        header: the FITS header the values came with (astropy's or ours); JAX's transformations drop it.

    Raises:
        ArrayError: where the values fit neither form.
    """

    values: Any
    mask: Mask2D = eqx.field(static=True)
    header: Header

    def __init__(self, values: Any, mask: Mask2D, header: Any = None) -> None:
        self.values = slim_values(values, mask)
        self.mask = mask
        self.header = Header.of(header)

    def _with_values(self, values: Any) -> Array2D:
        return unchecked(Array2D, values=values, mask=self.mask, header=self.header)

    def _operand(self, other: Any) -> Any:
        if isinstance(other, Array2D) and other.mask != self.mask:
            raise ArrayError(f"Arrays on different masks cannot be combined: {self.mask} and {other.mask}.")
        operand = super()._operand(other)
        if isinstance(operand, np.ndarray) and operand.shape == self.shape_native and self.shape != operand.shape:
            return operand.reshape(-1)[self.mask.flat_index]
        return operand

    def __repr__(self) -> str:
        rows, columns = self.shape_native
        return f"Array2D({self.mask.pixels_in_mask} of {rows} x {columns} pixels, {self.mask.scales_text} arcsec)"

    def _repr_html_(self) -> str:
        from galens.array.notebook import array_html

        return array_html(self)

    @classmethod
    def no_mask(
        cls,
        values: Any,
        pixel_scales: float | Sequence[float],
        shape_native: tuple[int, int] | None = None,
        origin: Sequence[float] = (0.0, 0.0),
        header: Any = None,
    ) -> Array2D:
        """All pixels of (rows, columns) values, or of (rows * columns,) ones with their `shape_native`."""
        if shape_native is None:
            shape_native = np.shape(values)
            if len(shape_native) != 2:
                raise ArrayError(
                    f"values of shape {shape_native} need two axes (rows, columns), or shape_native given with them."
                )
        return cls(values, Mask2D.all_false(shape_native, pixel_scales, origin), header)

    @classmethod
    def full(
        cls,
        fill_value: float,
        shape_native: tuple[int, int],
        pixel_scales: float | Sequence[float],
        origin: Sequence[float] = (0.0, 0.0),
        header: Any = None,
    ) -> Array2D:
        """One value in every pixel."""
        return cls.no_mask(np.full(shape_native_from(shape_native), fill_value), pixel_scales, None, origin, header)

    @classmethod
    def ones(
        cls,
        shape_native: tuple[int, int],
        pixel_scales: float | Sequence[float],
        origin: Sequence[float] = (0.0, 0.0),
        header: Any = None,
    ) -> Array2D:
        return cls.full(1.0, shape_native, pixel_scales, origin, header)

    @classmethod
    def zeros(
        cls,
        shape_native: tuple[int, int],
        pixel_scales: float | Sequence[float],
        origin: Sequence[float] = (0.0, 0.0),
        header: Any = None,
    ) -> Array2D:
        return cls.full(0.0, shape_native, pixel_scales, origin, header)

    @classmethod
    def from_fits(
        cls,
        file_path: str | os.PathLike[str],
        pixel_scales: float | Sequence[float],
        hdu: int | str = 0,
        origin: Sequence[float] = (0.0, 0.0),
    ) -> Array2D:
        """Reads all pixels of one HDU of a FITS file as float64, with its header; row 0 of the file is the top row.

        Raises:
            DatasetError: no such file, HDU or image.
        """
        from galens.array.fits import read_image

        values, header = read_image(file_path, hdu)
        return cls.no_mask(values, pixel_scales, None, origin, header)

    @property
    def native(self) -> Any:
        """The whole array, (rows, columns), zero where masked."""
        return native_values(self.values, self.mask)

    @property
    def slim(self) -> Array2D:
        """This array: values are always stored slim."""
        return self

    @property
    def geometry(self) -> Geometry2D:
        return self.mask.geometry

    @property
    def shape_native(self) -> tuple[int, int]:
        return self.mask.shape_native

    @property
    def shape_slim(self) -> int:
        return self.mask.pixels_in_mask

    @property
    def pixel_scales(self) -> tuple[float, float]:
        return self.mask.pixel_scales

    @property
    def pixel_scale(self) -> float:
        return self.mask.pixel_scale

    @property
    def origin(self) -> tuple[float, float]:
        return self.mask.origin

    @property
    def pixel_area(self) -> float:
        """Area of a pixel, arcsec^2."""
        return self.pixel_scales[0] * self.pixel_scales[1]

    @property
    def total_area(self) -> float:
        """Area of all unmasked pixels, arcsec^2."""
        return self.pixel_area * self.shape_slim

    def apply_mask(self, mask: Mask2D) -> Array2D:
        """The values on another mask of the same shape; zero where this one has none.

        Raises:
            MaskError: where the shapes differ.
        """
        if mask.shape_native != self.shape_native:
            raise MaskError(f"mask of shape {mask.shape_native} does not fit an array of shape {self.shape_native}.")
        return self._on(mask, 0, 0)

    def _on(self, mask: Mask2D, top: int, left: int) -> Array2D:
        """The values on a mask whose pixel (0, 0) is pixel (top, left) here; zero where there are none."""
        slim_index = mask_regions.window(
            self.mask.slim_for_native, top, left, mask.shape_native, self.mask.pixels_in_mask
        ).reshape(-1)[mask.flat_index]
        header = header_moved(self.header, -top, -left) if top or left else self.header
        return unchecked(Array2D, values=gathered(self.values, slim_index), mask=mask, header=header)

    def window(self, top: int, left: int, shape_native: tuple[int, int], mask_pad_value: int = 1) -> Array2D:
        """The part of this shape (rows, columns) whose first pixel is (`top`, `left`); see `Mask2D.window`.

        Pixels beyond the array are zero, and masked unless `mask_pad_value` is 0. World coordinates of the
        header move along.
        """
        return self._on(self.mask.window(top, left, shape_native, mask_pad_value), top, left)

    def resized_from(self, new_shape: tuple[int, int], mask_pad_value: int = 1) -> Array2D:
        """Cut or padded about the centre: pixel n // 2 of each side becomes pixel n' // 2. See `window`."""
        new_shape = shape_native_from(new_shape)
        top, left = (old // 2 - new // 2 for old, new in zip(self.shape_native, new_shape, strict=True))
        return self.window(top, left, new_shape, mask_pad_value)

    def padded_before_convolution_from(self, kernel_shape: tuple[int, int], mask_pad_value: int = 1) -> Array2D:
        """Grown by half a kernel on every side, so that a convolution with it loses nothing."""
        rows, columns = self.shape_native
        return self.resized_from((rows + kernel_shape[0] - 1, columns + kernel_shape[1] - 1), mask_pad_value)

    def trimmed_after_convolution_from(self, kernel_shape: tuple[int, int]) -> Array2D:
        """Without the pixels within half a kernel of the sides; undoes `padded_before_convolution_from`."""
        (rows, columns), (trim_y, trim_x) = self.shape_native, ((side - 1) // 2 for side in kernel_shape)
        if rows <= 2 * trim_y or columns <= 2 * trim_x:
            raise ArrayError(
                f"trimming half a kernel of shape {tuple(kernel_shape)} from every side leaves nothing of {self}."
            )
        return self.window(trim_y, trim_x, (rows - 2 * trim_y, columns - 2 * trim_x))

    def brightest_coordinate_in_region_from(
        self, region: tuple[float, float, float, float] | None, return_in_pixels: bool = False
    ) -> tuple[float, float]:
        """(y, x) of the centre of the brightest unmasked pixel that lies wholly in a region.

        Args:
            region: (y_min, y_max, x_min, x_max), arcsec; None for the whole array.
            return_in_pixels: return (row, column) instead.

        Raises:
            ArrayError: where no unmasked pixel lies in the region.
        """
        row, column = self._brightest_pixel(region)
        if return_in_pixels:
            return row, column
        return self.geometry.scaled_coordinates_2d_from((row, column))

    def _brightest_pixel(self, region: tuple[float, float, float, float] | None) -> tuple[int, int]:
        inside = np.ones(self.shape_slim, bool)
        if region is not None:
            tolerance = 1e-8 * min(self.pixel_scales)
            for axis, (lower, upper) in enumerate((region[:2], region[2:])):
                centres, half = self.mask.pixel_centres[:, axis], self.pixel_scales[axis] / 2 - tolerance
                inside &= (centres - half >= lower) & (centres + half <= upper)
        if not inside.any():
            raise ArrayError(
                f"no unmasked pixel of {self} lies wholly in region (y_min, y_max, x_min, x_max) = {region}."
            )
        index = np.argmax(np.where(inside, np.asarray(self.values), -np.inf))
        row, column = self.mask.native_for_slim[index]
        return int(row), int(column)

    def brightest_sub_pixel_coordinate_in_region_from(
        self, region: tuple[float, float, float, float] | None, box_size: int = 1
    ) -> tuple[float, float]:
        """(y, x) of the light's centre of gravity within `box_size` pixels of the brightest pixel of a region, arcsec.

        Args:
            region: see `brightest_coordinate_in_region_from`.

        Raises:
            ArrayError: where no unmasked pixel lies in the region, or the box holds no positive net light.
        """
        row, column = self._brightest_pixel(region)
        near = (np.abs(self.mask.native_for_slim - (row, column)) <= box_size).all(axis=1)
        light = np.asarray(self.values)[near]
        if not light.sum() > 0.0:
            raise ArrayError(
                f"the light within {box_size} pixels of pixel ({row}, {column}) sums to {light.sum():g}: no centre."
            )
        y, x = light @ self.mask.pixel_centres[near] / light.sum()
        return float(y), float(x)

    @property
    def binned_across_rows(self) -> np.ndarray:
        """Mean of the unmasked pixels of each column, (columns,); NaN where it has none."""
        return self._binned(axis=0)

    @property
    def binned_across_columns(self) -> np.ndarray:
        """Mean of the unmasked pixels of each row, (rows,); NaN where it has none."""
        return self._binned(axis=1)

    def _binned(self, axis: int) -> np.ndarray:
        counts = np.sum(~self.mask.array, axis=axis)
        return np.where(counts > 0, np.asarray(self.native).sum(axis=axis) / np.maximum(counts, 1), np.nan)

    def output_to_fits(self, file_path: str | os.PathLike[str], overwrite: bool = False) -> None:
        """Writes the whole array, zero where masked, with pixel scales, origin and the header's world coordinates.

        Raises:
            DatasetError: the file is there and `overwrite` is False.
        """
        from galens.array.fits import write_image

        write_image(file_path, self.native, {**world_cards(self.header), **self.mask.header_dict}, overwrite)
