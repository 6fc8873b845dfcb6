"""Values and coordinates that lie on no pixel grid."""

from __future__ import annotations

from typing import Any

import jax

from galens.array.container import ArrayContainer, host_floats, unchecked
from galens.errors import ArrayError, GridError

__all__ = ["ArrayIrregular", "Grid2DIrregular"]


class ArrayIrregular(ArrayContainer):
    """Values (N,), each of its own place.

    Raises:
        ArrayError: where the values are not one-dimensional.
    """

    values: Any

    def __init__(self, values: Any) -> None:
        if isinstance(values, ArrayContainer):
            values = values.values
        if not isinstance(values, jax.Array):
            values = host_floats(values)
            if values.ndim != 1:
                raise ArrayError(f"values of an ArrayIrregular have one axis, got shape {values.shape}.")
        self.values = values

    def _with_values(self, values: Any) -> ArrayIrregular:
        return unchecked(ArrayIrregular, values=values)

    def __repr__(self) -> str:
        return f"ArrayIrregular(shape {self.shape})"

    @property
    def in_list(self) -> list[float]:
        return [float(value) for value in self.values]


class Grid2DIrregular(ArrayContainer):
    """(y, x) coordinates (N, 2) in arcsec, anywhere.

    Raises:
        GridError: where the values are not pairs.
    """

    values: Any

    def __init__(self, values: Any) -> None:
        if isinstance(values, ArrayContainer):
            values = values.values
        if not isinstance(values, jax.Array):
            values = host_floats(values)
            if values.shape == (2,):
                values = values.reshape(1, 2)
            if values.ndim != 2 or values.shape[1] != 2:
                raise GridError(f"coordinates of a Grid2DIrregular are (y, x) pairs (N, 2), got shape {values.shape}.")
        self.values = values

    def _with_values(self, values: Any) -> Grid2DIrregular:
        return unchecked(Grid2DIrregular, values=values)

    def __repr__(self) -> str:
        return f"Grid2DIrregular(shape {self.shape})"
