"""`ImagingOperator`: from light at points on the sky to an image on the mask, as the telescope records
it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from galens.array.frame import Frame, frame_from
from galens.array.geometry import holds
from galens.array.mask import Mask2D
from galens.array.over_sampling import OverSampling
from galens.array.psf import Convolver
from galens.errors import DatasetError, GridError
from galens.numerics.device import on_device
from galens.numerics.fft_convolution import PATCH_REACH, convolve, convolve_in_patch, patch_side
from galens.numerics.pixel_quadrature import cusp_nodes, mean_correction

__all__ = ["ImagingOperator"]

CUSP_ORDER = 10


class ImagingOperator(eqx.Module):
    """The linear map that every likelihood of an imaging dataset goes through.

    It takes light as `light` gives it, (..., P): at the M points of the over-sampling of the mask's pixels,
    in its order, at the centres of the B pixels of the blurring region (see `Frame`), and averaged over the
    C pixels whose points follow a profile's centre; P = M + B + C. Means over pixels are placed in a frame
    by one gather, convolved by one real transform and its inverse, and gathered back to the mask. Axes in
    front are a batch that shares the transforms.

    Args:
        y: (M + B,) coordinates of the points, arcsec.
        x: (M + B,) coordinates of the points, arcsec.
        transform: Fourier transform of the PSF in the frame; None without a PSF.
        kernel: the PSF itself, (rows, columns); None without one.
        patch_transform: the same in a smaller one for compact images; None where that would save little.
        frame: where the pixels lie in the transformed rectangle.
        over_sampling: points of the mask's pixels (of their parts, where the PSF is sampled finer than
        the image).
        neighbour_correction: whether pixels with one point become means by the curvature that their
            neighbours show (`mean_correction`); all sizes are then odd.
    """

    y: jax.Array
    x: jax.Array
    transform: jax.Array | None
    kernel: jax.Array | None
    patch_transform: jax.Array | None
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
        parts = 1 if psf is None else psf.convolve_over_sample_size
        if neighbour_correction:
            if np.any(over_sampling.sizes % 2 == 0):
                raise GridError("neighbour correction needs odd over-sample sizes, so that a point is the centre.")
            # A ring of neighbours around the mask also where no PSF needs one.
            kernel_shape = (max(kernel_shape[0], 3), max(kernel_shape[1], 3))
        self.frame = frame_from(mask, kernel_shape, parts)
        over_sampling = _of_parts(over_sampling, self.frame)
        self.over_sampling = over_sampling
        self.neighbour_correction = neighbour_correction
        self.transform = None if psf is None else psf.transform(self.frame.shape)
        side = None if psf is None else patch_side(self.frame.shape, kernel_shape)
        self.patch_transform = None
        if psf is not None and side is not None:
            self.patch_transform = psf.transform((side, side))
        self.kernel = None if psf is None else psf.kernel_on_device()
        y, x = over_sampling.points(self.frame.fine_mask.pixel_centres, self.frame.fine_mask.pixel_scales)
        around = self.frame.blurring_centres
        self.y = on_device(np.concatenate([y, around[:, 0]]))
        self.x = on_device(np.concatenate([x, around[:, 1]]))

    @property
    def mask(self) -> Mask2D:
        return self.frame.mask

    def light(self, function: Callable[[Any, Any], Any], centre: Any) -> jax.Array:
        """What the other methods need of a surface brightness, (..., P).

        Args:
            function: of coordinates y and x, arcsec, (n,), to values (..., n).
            centre: (y, x) where the function may have a cusp.
        """
        values = function(self.y, self.x)
        cusps = self.over_sampling.cusps
        if not len(cusps):
            return values
        pixels = self.mask.pixel_centres[cusps]
        y, x, weights = cusp_nodes(jnp.stack(centre), pixels, self.mask.pixel_scales, order=CUSP_ORDER)
        at_nodes = function(y.ravel(), x.ravel())
        means = jnp.sum(weights * at_nodes.reshape(*at_nodes.shape[:-1], *y.shape), axis=-2)
        return jnp.concatenate([values, means.astype(values.dtype)], axis=-1)

    def light_of(self, values: Any) -> jax.Array:
        """The same, (..., P), of values (..., M + B) at the points themselves: of light that has no cusp, or one at no
        known place, because it is seen through a lens.
        """
        if not len(self.over_sampling.cusps):
            return values
        on_mask = values[..., : self.over_sampling.total]
        means = self.over_sampling.bin_in_groups(on_mask)[..., _places_of_cusps(self.over_sampling)]
        return jnp.concatenate([values, means], axis=-1)

    def binned(self, values: jax.Array) -> jax.Array:
        """Image on the mask, (..., N) in slim order, of light (..., P), before the PSF."""
        if not self.neighbour_correction and self.frame.parts == 1:
            return self.over_sampling.bin(values[..., : self.over_sampling.total])
        return self.frame.gathered(self._image(values))

    def blurred(self, values: jax.Array, extent: tuple[Any, Any] | None = None) -> jax.Array:
        """Image on the mask, (..., N) in slim order, of light (..., P), convolved with the PSF.

        Args:
            extent: centre (y, x) and radius, arcsec, that all the light lies within, where that is known: compact
                light is convolved in a patch around it, for a fraction of the work.
        """
        if self.transform is None:
            return self.binned(values)
        image = self._image(values)
        if extent is None or self.patch_transform is None:
            return self.frame.gathered(convolve(image, self.transform))
        centre, radius = extent
        reach = (PATCH_REACH - 1) * min(self.frame.fine_mask.pixel_scales)
        place = self.frame.position(centre)
        return self.frame.gathered(
            convolve_in_patch(image, self.transform, self.patch_transform, place, radius <= reach)
        )

    def point(self, centre: Any) -> jax.Array:
        """Image on the mask, (N,) in slim order, of a point source of flux 1: the PSF, moved to its centre.

        Raises:
            DatasetError: there is no PSF.
        """
        if self.kernel is None:
            raise DatasetError(
                "a point source has the shape of the PSF, but the dataset has none: make it with psf=..., or model an "
                "unresolved source as a narrow lp.Gaussian."
            )
        return self.frame.point(self.kernel, centre)

    def point_before_psf(self, centre: Any) -> jax.Array:
        """Image on the mask, (N,) in slim order, of a point source of flux 1 before the PSF: in one pixel."""
        return holds(self.mask.pixel_centres, self.mask.pixel_scales, centre).astype(float)

    def _image(self, values: jax.Array) -> jax.Array:
        """Means over the pixels of the frame, (..., rows, columns)."""
        on_mask, others = jnp.split(values, [self.over_sampling.total], axis=-1)
        means = self.over_sampling.bin_in_groups(on_mask)
        image = self.frame.placed([means, others], _sources(self.frame, self.over_sampling))
        if not self.neighbour_correction:
            return image
        pixels, centres, single = _centres(self.frame, self.over_sampling)
        # Values at the pixels' centres: the image itself but for the few pixels with several points.
        samples = (
            image.reshape(*image.shape[:-2], -1)
            .at[..., pixels]
            .set(values.at[..., centres].get(mode="promise_in_bounds"), mode="promise_in_bounds", unique_indices=True)
        )
        return image + jnp.where(single, mean_correction(samples.reshape(image.shape)), 0.0)


def _of_parts(over_sampling: OverSampling, frame: Frame) -> OverSampling:
    """The layout on the fine mask: the points of a pixel shared out to its parts."""
    if frame.parts == 1:
        return over_sampling
    if np.any(over_sampling.sizes % frame.parts):
        raise GridError(
            f"over-sample sizes must be multiples of the PSF's convolve_over_sample_size {frame.parts}, got "
            f"{sorted(set(over_sampling.sizes.tolist()))}."
        )
    rows, columns = (frame.fine_mask.native_for_slim // frame.parts).T
    sizes = over_sampling.sizes[frame.mask.slim_for_native[rows, columns]]
    return OverSampling(sizes // frame.parts, over_sampling.scheme)


@lru_cache(maxsize=16)
def _places_of_cusps(over_sampling: OverSampling) -> np.ndarray:
    """Where the pixels with a cusp stand in group order."""
    place = np.empty(over_sampling.pixels, dtype=np.int32)
    place[over_sampling.order] = np.arange(over_sampling.pixels)
    return place[over_sampling.cusps]


@lru_cache(maxsize=16)
def _sources(frame: Frame, over_sampling: OverSampling) -> np.ndarray:
    """Where the light of each pixel of the frame stands in the means in group order, the blurring region,
    the pixels with a cusp, zero.
    """
    sources = frame.sources(over_sampling.order)
    known = len(frame.pixels) + len(frame.blurring_pixels)
    sources[sources == known] += len(over_sampling.cusps)
    sources[frame.pixels[over_sampling.cusps]] = known + np.arange(len(over_sampling.cusps))
    return sources


@lru_cache(maxsize=16)
def _centres(frame: Frame, over_sampling: OverSampling) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Flat index in the frame of every pixel with several points, where the value at its centre stands in
    light (P,), and which pixels of the frame, (rows, columns), have one point and four neighbours.
    """
    start, several, centres = 0, [], []
    for size, pixels in over_sampling.groups:
        if size > 1:
            several.append(pixels)
            centres.append(start + (size * size) // 2 * len(pixels) + np.arange(len(pixels)))
        start += size * size * len(pixels)
    known = np.zeros(frame.shape, dtype=bool)
    known.reshape(-1)[np.concatenate([frame.pixels, frame.blurring_pixels])] = True
    single = known.copy()
    positions = frame.pixels[np.concatenate([*several, np.zeros(0, int)])]
    single.reshape(-1)[positions] = False
    single[1:-1, 1:-1] &= known[:-2, 1:-1] & known[2:, 1:-1] & known[1:-1, :-2] & known[1:-1, 2:]
    single[[0, -1]] = False
    single[:, [0, -1]] = False
    return positions, np.concatenate([*centres, np.zeros(0, int)]).astype(np.int32), single
