"""`Mask2D`: which pixels of an image are used, and where they lie on the sky."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NoReturn

import jax
import numpy as np

from galens.array import mask_shapes
from galens.array.geometry import Geometry2D, pair_of_floats, pixel_scales_from, shape_native_from
from galens.errors import MaskError

__all__ = ["Mask2D"]


@jax.tree_util.register_static
class Mask2D:
    """Which pixels of a rectangular array are excluded (True) and where the array lies on the sky.

    A mask decides array shapes, so it is never traced: it is metadata of the arrays defined on it, compared and hashed by
    its content. A compiled function is reused for an equal mask that was built anew.

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
            flags = np.array(array, dtype=bool)
        except (TypeError, ValueError) as error:
            raise MaskError(f"mask must be a rectangular array of booleans or numbers: {error}") from error
        if array.ndim != 2 or array.size == 0:
            raise MaskError(f"mask must have two axes (rows, columns) and at least one pixel, got shape {array.shape}.")
        if array.dtype.kind == "f" and np.isnan(array).any():
            raise MaskError(f"mask holds {int(np.isnan(array).sum())} NaN; use 0 (kept) and 1 (excluded).")
        self._fill(np.logical_not(flags, out=flags) if invert else flags, pixel_scales_from(pixel_scales), origin)

    def _fill(self, flags: np.ndarray, pixel_scales: tuple[float, float], origin: Sequence[float]) -> None:
        flags.flags.writeable = False
        geometry = Geometry2D(flags.shape, pixel_scales, pair_of_floats(origin, "origin"))
        self.__dict__.update(array=flags, geometry=geometry)

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

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"Mask2D is immutable: cannot set {name!r}.")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"Mask2D is immutable: cannot delete {name!r}.")

    # Content: what two masks are compared by.

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of shape, flags, pixel scales and origin; equal masks have equal digests in every process."""
        described = repr((self.shape_native, self.pixel_scales, self.origin)).encode()
        return hashlib.sha256(described + np.packbits(self.array).tobytes()).digest()

    @cached_property
    def _hash(self) -> int:
        return hash(self.digest)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mask2D):
            return NotImplemented
        return self is other or (self._hash == other._hash and self.digest == other.digest)

    def __reduce__(self) -> tuple[Any, ...]:
        return Mask2D, (self.array, self.pixel_scales, self.origin)

    def __repr__(self) -> str:
        rows, columns = self.shape_native
        return f"Mask2D({self.pixels_in_mask} of {rows} x {columns} pixels kept, {self._scales_text} arcsec)"

    @property
    def _scales_text(self) -> str:
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
        return _read_only(np.stack(np.divmod(self.flat_index, self.shape_native[1]), axis=-1))

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
        """Keeps the pixels whose centres are closer than `radius` (r < R) to `centre`."""
        outside = mask_shapes.circle(shape_native, radius, pixel_scales, centre)
        return cls._of(outside, pixel_scales, origin, invert)


def _read_only(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array
