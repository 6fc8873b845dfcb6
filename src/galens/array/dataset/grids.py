"""The grids of coordinates that belong to an imaging dataset."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from galens.array.grid_2d import Grid2D
from galens.array.mask import Mask2D
from galens.array.over_sampling import OverSampling
from galens.array.psf import Convolver

__all__ = ["ImagingGrids"]


@dataclass(frozen=True)
class ImagingGrids:
    """Grids of a dataset, built when they are asked for.

    Args:
        mask: of the dataset.
        over_sampling_lp: of `lp`.
        over_sampling_pixelization: of `pixelization`.
        psf: of the dataset, None without one.
    """

    mask: Mask2D
    over_sampling_lp: OverSampling
    over_sampling_pixelization: OverSampling
    psf: Convolver | None

    @cached_property
    def lp(self) -> Grid2D:
        """The unmasked pixels, over-sampled for light profiles."""
        return Grid2D.from_mask(self.mask, over_sampling=self.over_sampling_lp)

    @cached_property
    def pixelization(self) -> Grid2D:
        """The unmasked pixels, over-sampled for pixelized sources."""
        return Grid2D.from_mask(self.mask, over_sampling=self.over_sampling_pixelization)

    @cached_property
    def blurring(self) -> Grid2D | None:
        """Pixels outside the mask whose light the PSF brings into it; None without a PSF.

        They have one point each, or one for each part of a pixel where the PSF is sampled finer.

        Where the PSF reaches out of the array, the mask of this grid is larger than the data's.
        """
        if self.psf is None:
            return None
        region = self.mask.derive_mask.blurring_from(self.psf.image_shape_native, allow_padding=True)
        return Grid2D.from_mask(region, over_sample_size=self.psf.convolve_over_sample_size)
