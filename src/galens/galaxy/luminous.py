"""`Luminous`: something with an image, and the blurred images that follow from it."""

from __future__ import annotations

import abc
from typing import Any

import equinox as eqx
import jax.numpy as jnp

from galens import array as aa

__all__ = ["Luminous"]


class Luminous(eqx.Module):
    """Something with an image: a light profile, a galaxy, or several."""

    @abc.abstractmethod
    def image_2d_from(self, grid: Any, operated_only: bool | None = None) -> Any:
        """The image on a grid.

        Args:
            grid: a `Grid2D` gives an `Array2D`, averaged over its over-sampling; a `Grid2DIrregular` an
                `ArrayIrregular`; plain (y, x) coordinates (..., 2), in arcsec, an array (...).
            operated_only: True for the light that is as observed, already convolved with the PSF, alone; False for
                the other light alone; None for all of it. Point sources are in neither part: `point_image_2d_from`.
        """

    @property
    @abc.abstractmethod
    def point_sources(self) -> tuple[Any, ...]:
        """The point sources in it, with a centre and an intensity each."""

    def point_image_2d_from(self, grid: aa.Grid2D, psf: aa.Convolver) -> aa.Array2D:
        """The image of its point sources: PSFs moved to their centres. What other light has no part of is zero."""
        image = aa.Array2D(jnp.zeros(grid.mask.pixels_in_mask), grid.mask)
        points = [psf.point_image_from(grid.mask, each.centre) * each.intensity for each in self.point_sources]
        return sum(points, start=image)

    def blurred_image_2d_from(
        self, grid: aa.Grid2D, psf: aa.Convolver, blurring_grid: aa.Grid2D | None = None
    ) -> aa.Array2D:
        """The image convolved with a PSF; operated light is added as it is.

        Args:
            grid: of the image.
            psf: the point spread function.
            blurring_grid: pixels around those of `grid` whose light the PSF brings in; None: dark surroundings.
        """
        around = None if blurring_grid is None else self.image_2d_from(blurring_grid, operated_only=False)
        blurred = psf.convolved_image_from(self.image_2d_from(grid, operated_only=False), around)
        return blurred + self.image_2d_from(grid, operated_only=True) + self.point_image_2d_from(grid, psf)

    def padded_image_2d_from(self, grid: aa.Grid2D, psf_shape_2d: tuple[int, int]) -> aa.Array2D:
        """The image before the PSF, without masked pixels and larger by half a PSF on every side."""
        return self.image_2d_from(grid.padded_grid_from(psf_shape_2d))

    def unmasked_blurred_image_2d_from(self, grid: aa.Grid2D, psf: aa.Convolver) -> aa.Array2D:
        """The image convolved with a PSF on all pixels of a grid's array, masked or not."""
        padded = grid.padded_grid_from(psf.shape_native)
        blurred = psf.convolved_image_from(self.image_2d_from(padded, operated_only=False))
        operated = self.image_2d_from(padded, operated_only=True)
        points = self.point_image_2d_from(padded, psf)
        return (blurred + operated + points).trimmed_after_convolution_from(psf.shape_native)
