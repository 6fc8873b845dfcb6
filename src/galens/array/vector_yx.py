"""Vectors, such as deflections, at the pixels of a mask or at places of their own."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax.numpy as jnp

from galens.array.array_2d import Array2D, native_values
from galens.array.container import unchecked
from galens.array.coordinates import CoordinateContainer
from galens.array.header import Header
from galens.array.irregular import ArrayIrregular
from galens.array.mask import Mask2D
from galens.errors import ArrayError

__all__ = ["VectorYX2D", "VectorYX2DIrregular"]


class VectorYX2D(CoordinateContainer):
    """(y, x) vectors (N, 2), one for each unmasked pixel in slim order.

    Args:
        values: (N, 2).
        mask: with N unmasked pixels.

    Raises:
        ArrayError: where values and mask do not fit.
    """

    values: Any
    mask: Mask2D = eqx.field(static=True)

    def __init__(self, values: Any, mask: Mask2D) -> None:
        shape = jnp.shape(values)
        if shape[-2:] != (mask.pixels_in_mask, 2):
            raise ArrayError(f"a VectorYX2D of this mask has the shape ({mask.pixels_in_mask}, 2), got {shape}.")
        self.values = values
        self.mask = mask

    def _with_values(self, values: Any) -> VectorYX2D:
        return unchecked(VectorYX2D, values=values, mask=self.mask)

    def _scalars(self, values: Any) -> Array2D:
        return unchecked(Array2D, values=values, mask=self.mask, header=Header())

    def __repr__(self) -> str:
        return f"VectorYX2D(shape {self.shape})"

    @property
    def native(self) -> Any:
        """All vectors, (rows, columns, 2), zero where masked."""
        return native_values(self.values, self.mask, (2,))

    @property
    def slim(self) -> VectorYX2D:
        """These vectors: they are always stored slim."""
        return self

    @property
    def magnitudes(self) -> Array2D:
        """Length of every vector."""
        return self._scalars(jnp.hypot(self.y, self.x))


class VectorYX2DIrregular(CoordinateContainer):
    """(y, x) vectors (N, 2), each at a place of its own."""

    values: Any

    def _with_values(self, values: Any) -> VectorYX2DIrregular:
        return unchecked(VectorYX2DIrregular, values=values)

    def _scalars(self, values: Any) -> ArrayIrregular:
        return unchecked(ArrayIrregular, values=values)

    def __repr__(self) -> str:
        return f"VectorYX2DIrregular(shape {self.shape})"

    @property
    def magnitudes(self) -> ArrayIrregular:
        """Length of every vector."""
        return self._scalars(jnp.hypot(self.y, self.x))
