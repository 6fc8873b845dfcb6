"""`Grid2D`: the (y, x) coordinates of the unmasked pixels, with their over-sampling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import numpy as np

from galens.array.array_2d import native_values, slim_values
from galens.array.container import ArrayContainer, unchecked
from galens.array.geometry import Geometry2D
from galens.array.mask import Mask2D
from galens.array.over_sampling import OverSampling
from galens.errors import ArrayError, GridError

__all__ = ["Grid2D", "over_sampling_from"]


def over_sampling_from(over_sample_size: Any, mask: Mask2D, scheme: str = "uniform") -> OverSampling:
    """The layout for one size, or for sizes per pixel given slim (N,), native (rows, columns) or as an Array2D.

    Raises:
        GridError: where the sizes do not fit the mask or are not whole numbers above 0.
    """
    if isinstance(over_sample_size, OverSampling):
        layout = over_sample_size
    else:
        sizes = np.asarray(over_sample_size)
        if sizes.ndim == 0:
            sizes = np.full(mask.pixels_in_mask, sizes)
        elif sizes.shape == mask.shape_native:
            sizes = sizes.reshape(-1)[mask.flat_index]
        layout = OverSampling(sizes, scheme)
    if layout.pixels != mask.pixels_in_mask:
        raise GridError(
            f"over-sample sizes for {layout.pixels} pixels do not fit a mask with {mask.pixels_in_mask} unmasked "
            f"pixels of {mask.shape_native}."
        )
    return layout


class Grid2D(ArrayContainer):
    """(y, x) coordinates in arcsec of the unmasked pixels, and the points at which functions are averaged over them.

    Args:
        values: slim (N, 2) or native (rows, columns, 2) coordinates, arcsec. Never modified.
        mask: which pixels.
        over_sample_size: points along one side of every pixel: one number or one per pixel; midpoint rule.
        over_sampling: a layout, instead of `over_sample_size`.

    Raises:
        GridError: where values or sizes do not fit the mask.
    """

    values: Any
    mask: Mask2D = eqx.field(static=True)
    over_sampling: OverSampling = eqx.field(static=True)

    def __init__(
        self, values: Any, mask: Mask2D, over_sample_size: Any = 4, over_sampling: OverSampling | None = None
    ) -> None:
        try:
            self.values = slim_values(values, mask, (2,))
        except ArrayError as error:
            raise GridError(str(error)) from error
        self.mask = mask
        self.over_sampling = over_sampling_from(over_sample_size if over_sampling is None else over_sampling, mask)

    def _with_values(self, values: Any) -> Grid2D:
        return unchecked(Grid2D, values=values, mask=self.mask, over_sampling=self.over_sampling)

    def __repr__(self) -> str:
        rows, columns = self.shape_native
        return f"Grid2D({self.mask.pixels_in_mask} of {rows} x {columns} pixels, {self.mask._scales_text} arcsec)"

    @classmethod
    def from_mask(cls, mask: Mask2D, over_sample_size: Any = 4, over_sampling: OverSampling | None = None) -> Grid2D:
        """The centres of the unmasked pixels."""
        return cls(mask.pixel_centres, mask, over_sample_size, over_sampling)

    @classmethod
    def uniform(
        cls,
        shape_native: tuple[int, int],
        pixel_scales: float | Sequence[float],
        origin: Sequence[float] = (0.0, 0.0),
        over_sample_size: Any = 4,
    ) -> Grid2D:
        """The centres of all pixels of an array."""
        return cls.from_mask(Mask2D.all_false(shape_native, pixel_scales, origin), over_sample_size)

    @property
    def native(self) -> Any:
        """The whole grid, (rows, columns, 2), zero where masked."""
        return native_values(self.values, self.mask, (2,))

    @property
    def slim(self) -> Grid2D:
        """This grid: coordinates are always stored slim."""
        return self

    @property
    def geometry(self) -> Geometry2D:
        return self.mask.geometry

    @property
    def shape_native(self) -> tuple[int, int]:
        return self.mask.shape_native

    @property
    def pixel_scales(self) -> tuple[float, float]:
        return self.mask.pixel_scales

    @property
    def pixel_scale(self) -> float:
        return self.mask.pixel_scale

    @property
    def origin(self) -> tuple[float, float]:
        return self.mask.origin
