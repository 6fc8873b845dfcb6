"""What makes an imaging dataset unusable, found before anything is computed and said in words."""

from __future__ import annotations

from typing import Any

import numpy as np

from galens.array.array_2d import Array2D
from galens.array.mask import Mask2D
from galens.array.psf import Convolver
from galens.errors import DatasetError, KernelError, MaskError

__all__ = ["require_fitting_mask", "require_matching", "require_usable_pixels", "require_usable_psf"]

PIXEL_SCALE_TOLERANCE = 0.01
REMEDY = "Mask such pixels, or give them a large noise; check_noise_map=False loads the data as they are."


def require_matching(data: Array2D, noise_map: Array2D) -> None:
    """`DatasetError` unless both are `Array2D` on the same mask."""
    for name, array in (("data", data), ("noise_map", noise_map)):
        if not isinstance(array, Array2D):
            raise DatasetError(
                f"{name} must be an Array2D, got {type(array).__name__}; Imaging.from_arrays takes plain arrays."
            )
    if data.shape_native != noise_map.shape_native:
        raise DatasetError(
            f"noise_map has shape {noise_map.shape_native}, but data has shape {data.shape_native}; they must be equal."
        )
    if data.mask != noise_map.mask:
        raise DatasetError(f"noise_map is on {noise_map.mask}, but data is on {data.mask}; they must be equal.")


def require_usable_pixels(data: Array2D, noise_map: Array2D) -> None:
    """`DatasetError` where an unmasked pixel has data that are not finite, or a noise that is not
    positive and finite.

    A very large noise (1e8) is allowed: it is how pixels are flagged that must not count.
    """
    if data.mask.is_all_true:
        raise MaskError(f"the mask of shape {data.mask.shape_native} keeps no pixel.")
    values, noise = np.asarray(data.values), np.asarray(noise_map.values)
    _require("data", "finite", values, np.isfinite(values), data.mask)
    _require("noise_map", "positive and finite", noise, np.isfinite(noise) & (noise > 0.0), data.mask)


def _require(name: str, what: str, values: np.ndarray, good: np.ndarray, mask: Mask2D) -> None:
    bad = np.flatnonzero(~good)
    if bad.size:
        row, column = mask.native_for_slim[bad[0]]
        y, x = mask.pixel_centres[bad[0]]
        raise DatasetError(
            f"{name} must be {what} in every unmasked pixel, but {bad.size} of {values.size} are not; the first is "
            f"{values[bad[0]]} at row {row}, column {column} (y = {y:g}, x = {x:g} arcsec). {REMEDY}"
        )


def require_usable_psf(psf: Any, data: Array2D) -> None:
    """`KernelError` unless `psf` is a Convolver no larger than the data and on pixels of the same size."""
    if not isinstance(psf, Convolver):
        raise KernelError(f"psf must be a Convolver or an Array2D, got {type(psf).__name__}.")
    if any(kernel > side for kernel, side in zip(psf.image_shape_native, data.shape_native, strict=True)):
        raise KernelError(
            f"psf of shape {psf.image_shape_native} is larger than the image of shape {data.shape_native}; cut it with "
            f"preprocess.array_with_new_shape."
        )
    if not np.allclose(psf.image_pixel_scales, data.pixel_scales, rtol=PIXEL_SCALE_TOLERANCE, atol=0.0):
        raise KernelError(
            f"psf is for pixel_scales {psf.image_pixel_scales} arcsec, but data have {data.pixel_scales}; a kernel is "
            f"sampled on the pixels of the data, or convolve_over_sample_size times finer."
        )


def require_fitting_mask(mask: Any, data: Array2D) -> None:
    """`MaskError` unless `mask` is a `Mask2D` of the data's shape and pixel scale that keeps pixels the
    data have.
    """
    if not isinstance(mask, Mask2D):
        raise MaskError(f"mask must be a Mask2D, got {type(mask).__name__}.")
    if mask.shape_native != data.shape_native:
        raise MaskError(
            f"mask has shape {mask.shape_native}, but the dataset has shape {data.shape_native}; they must be equal."
        )
    if not np.allclose(mask.pixel_scales, data.pixel_scales, rtol=PIXEL_SCALE_TOLERANCE, atol=0.0):
        raise MaskError(
            f"mask has pixel_scales {mask.pixel_scales} arcsec, but the dataset {data.pixel_scales}; they must be "
            f"equal."
        )
    if mask.is_all_true:
        raise MaskError(
            f"mask of shape {mask.shape_native} keeps no pixel: True, or not zero, means excluded; invert=True turns a "
            f"mask round."
        )
    gone = np.argwhere(data.mask.array & ~mask.array)
    if len(gone):
        raise MaskError(
            f"mask keeps {len(gone)} pixels that the dataset's own mask has removed already; the first is row "
            f"{gone[0][0]}, column {gone[0][1]}. Apply the mask to the dataset as it was loaded."
        )
