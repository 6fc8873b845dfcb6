"""`ImagingOperator`: from light at points on the sky to an image on the mask, as the telescope records
it.
"""

from __future__ import annotations

from functools import lru_cache

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from galens.array.frame import Frame, frame_from
from galens.array.mask import Mask2D
from galens.array.over_sampling import OverSampling
from galens.array.psf import Convolver
from galens.errors import GridError
from galens.numerics.fft_convolution import convolve
from galens.numerics.pixel_quadrature import mean_correction

__all__ = ["ImagingOperator"]


class ImagingOperator(eqx.Module):
    """The linear map that every likelihood of an imaging dataset goes through.

    The points are those of the over-sampling of the mask's pixels, in its order, then the centres of the
    pixels of the blurring region (see `Frame`). Means over pixels are placed in a frame by one gather,
    convolved by one real transform and its inverse, and gathered back to the mask. Axes in front are a
    batch that shares the transforms.

    Args:
        y: (P,) coordinates of the points, arcsec.
        x: (P,) coordinates of the points, arcsec.
        transform: Fourier transform of the PSF in the frame; None without a PSF.
        frame: where the pixels lie in the transformed rectangle.
        over_sampling: points of the mask's pixels.
        neighbour_correction: whether pixels with one point become means by the curvature that their
            neighbours show (`mean_correction`); all sizes are then odd.
    """

    y: jax.Array
    x: jax.Array
    transform: jax.Array | None
    frame: Frame = eqx.field(static=True)
    over_sampling: OverSampling = eqx.field(static=True)
    neighbour_correction: bool = eqx.field(static=True)

    def __init__(
        self,
        mask: Mask2D,
        over_sampling: OverSampling,
        psf: Convolver | None = None,
        neighbour_correction: bool = False,
    ) -> None:
        kernel_shape = (1, 1) if psf is None else psf.shape_native
        if neighbour_correction:
            if np.any(over_sampling.sizes % 2 == 0):
                raise GridError("neighbour correction needs odd over-sample sizes, so that a point is the centre.")
            # A ring of neighbours around the mask also where no PSF needs one.
            kernel_shape = (max(kernel_shape[0], 3), max(kernel_shape[1], 3))
        self.frame = frame_from(mask, kernel_shape)
        self.over_sampling = over_sampling
        self.neighbour_correction = neighbour_correction
        self.transform = None if psf is None else psf.transform(self.frame)
        y, x = over_sampling.points(mask.pixel_centres, mask.pixel_scales)
        around = self.frame.blurring_centres
        self.y = jnp.asarray(np.concatenate([y, around[:, 0]]))
        self.x = jnp.asarray(np.concatenate([x, around[:, 1]]))

    @property
    def mask(self) -> Mask2D:
        return self.frame.mask

    def binned(self, values: jax.Array) -> jax.Array:
        """Image on the mask, (..., N) in slim order, of light at the points, (..., P), before the PSF."""
        if not self.neighbour_correction:
            return self.over_sampling.bin(values[..., : self.over_sampling.total])
        return self.frame.gathered(self._image(values))

    def blurred(self, values: jax.Array) -> jax.Array:
        """Image on the mask, (..., N) in slim order, of light at the points, (..., P), convolved with the
        PSF.
        """
        if self.transform is None:
            return self.binned(values)
        return self.frame.gathered(convolve(self._image(values), self.transform))

    def _image(self, values: jax.Array) -> jax.Array:
        """Means over the pixels of the frame, (..., rows, columns)."""
        on_mask, around = jnp.split(values, [self.over_sampling.total], axis=-1)
        means = self.over_sampling.bin_in_groups(on_mask)
        image = self.frame.placed([means, around], _sources(self.frame, self.over_sampling))
        if not self.neighbour_correction:
            return image
        centres, single = _centres(self.frame, self.over_sampling)
        return image + jnp.where(single, mean_correction(self.frame.placed([values], centres)), 0.0)


@lru_cache(maxsize=16)
def _sources(frame: Frame, over_sampling: OverSampling) -> np.ndarray:
    """Where the light of each pixel of the frame stands in the means in group order, the blurring region,
    zero.
    """
    return frame.sources(over_sampling.order)


@lru_cache(maxsize=16)
def _centres(frame: Frame, over_sampling: OverSampling) -> tuple[np.ndarray, np.ndarray]:
    """Where the value at the centre of each pixel of the frame stands in the points and a zero, (rows *
    columns,), and which pixels have one point and four neighbours, (rows, columns)."""
    start, positions = 0, []
    for size, pixels in over_sampling.groups:
        middle = (size * size) // 2
        positions.append(start + middle * len(pixels) + np.arange(len(pixels)))
        start += size * size * len(pixels)
    positions.append(start + np.arange(len(frame.blurring_pixels)))
    sources = frame.sources(over_sampling.order)
    known = (sources < frame.mask.pixels_in_mask + len(frame.blurring_pixels)).reshape(frame.shape)
    points = np.append(np.concatenate(positions), start + len(frame.blurring_pixels)).astype(np.int32)
    single = np.zeros(frame.shape, dtype=bool)
    flat = single.reshape(-1)
    flat[frame.pixels[over_sampling.sizes == 1]] = True
    flat[frame.blurring_pixels] = True
    single[1:-1, 1:-1] &= known[:-2, 1:-1] & known[2:, 1:-1] & known[1:-1, :-2] & known[1:-1, 2:]
    single[[0, -1]] = False
    single[:, [0, -1]] = False
    return points[sources], single
