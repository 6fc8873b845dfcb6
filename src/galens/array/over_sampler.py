"""`OverSampler`: the over-sampling of one mask, with points listed pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from galens.array.array_2d import Array2D
from galens.array.container import unchecked
from galens.array.header import Header
from galens.array.irregular import Grid2DIrregular
from galens.array.mask import Mask2D
from galens.array.over_sampling import OverSampling
from galens.errors import ArrayError

__all__ = ["OverSampler"]


@dataclass(frozen=True)
class OverSampler:
    """Points and averages pixel by pixel in slim order, inside a pixel row by row from the top left.

    This is the order to look at. Compiled code uses that of `OverSampling`, which is faster.
    """

    mask: Mask2D
    over_sampling: OverSampling

    @property
    def sub_size(self) -> Array2D:
        """Points along one side of each pixel, int."""
        return unchecked(Array2D, values=self.over_sampling.sizes, mask=self.mask, header=Header())

    @property
    def sub_total(self) -> int:
        """Number of points M."""
        return self.over_sampling.total

    @property
    def sub_fraction(self) -> Array2D:
        """1 / s^2 of each pixel."""
        return Array2D(1.0 / self.over_sampling.sizes**2, self.mask)

    @property
    def sub_pixel_areas(self) -> np.ndarray:
        """Area that each point stands for, (M,), arcsec^2."""
        area = self.mask.pixel_scales[0] * self.mask.pixel_scales[1]
        if self.over_sampling.scheme == "uniform":
            return area / np.repeat(self.over_sampling.sizes, self.over_sampling.sizes**2) ** 2
        return area * np.concatenate([self.over_sampling.offsets(size)[2] for size in self.over_sampling.sizes])

    @property
    def slim_for_sub_slim(self) -> np.ndarray:
        """Slim index of the pixel of each point, (M,) int."""
        return np.repeat(np.arange(self.over_sampling.pixels), self.over_sampling.sizes**2)

    @property
    def over_sampled_grid(self) -> Grid2DIrregular:
        """(y, x) of the points around the centres of the mask's pixels, (M, 2), arcsec."""
        return self.over_sampled_from(self.mask.pixel_centres)

    def over_sampled_from(self, centres: Any) -> Grid2DIrregular:
        """(y, x) of the points around `centres` (N, 2), (M, 2), arcsec."""
        y, x = self.over_sampling.points(np.asarray(centres), self.mask.pixel_scales)
        return Grid2DIrregular(np.stack([y, x], axis=-1)[self.over_sampling.pixel_order])

    def binned_array_2d_from(self, array: Any) -> Array2D:
        """Averages of values at the points (M,) over each pixel.

        Raises:
            ArrayError: where there is not one value per point.
        """
        values = getattr(array, "values", array)
        values = values if hasattr(values, "dtype") else np.asarray(values, dtype=float)
        if values.shape[-1] != self.sub_total:
            raise ArrayError(f"{self.sub_total} values are needed, one per point, got shape {values.shape}.")
        binned = self.over_sampling.bin(values[..., np.argsort(self.over_sampling.pixel_order)])
        return unchecked(Array2D, values=binned, mask=self.mask, header=Header())
