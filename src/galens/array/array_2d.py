"""`Array2D`: an image on the unmasked pixels of a `Mask2D`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from galens.array.container import ArrayContainer, host_floats, unchecked
from galens.array.geometry import Geometry2D, shape_native_from
from galens.array.header import Header
from galens.array.mask import Mask2D
from galens.errors import ArrayError

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
    axis = np.ndim(values) - len(entry) - 1
    if isinstance(values, np.ndarray):
        shape = values.shape
        native = np.zeros((*shape[:axis], mask.array.size, *entry), values.dtype)
        native[(slice(None),) * axis + (mask.flat_index,)] = values
        return native.reshape(*shape[:axis], *mask.shape_native, *entry)
    # A gather, not a scatter: the index beyond the last pixel reads a zero.
    return jnp.take(values, mask.slim_for_native, axis=axis, mode="fill", fill_value=0)


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
        return f"Array2D({self.mask.pixels_in_mask} of {rows} x {columns} pixels, {self.mask._scales_text} arcsec)"

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

    def apply_mask(self, mask: Mask2D) -> Array2D:
        """The values on another mask of the same shape; zero where this one has none."""
        if mask.shape_native != self.shape_native:
            raise ArrayError(f"mask of shape {mask.shape_native} does not fit an array of shape {self.shape_native}.")
        return Array2D(self.native, mask, self.header)
