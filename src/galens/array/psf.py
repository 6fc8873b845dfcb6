"""`Convolver`: a point spread function and the convolution of masked images with it."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from galens.array.array_2d import Array2D, gathered
from galens.array.container import unchecked
from galens.array.fits import read_image
from galens.array.frame import Frame, frame_from, refined
from galens.array.geometry import pixel_scales_from
from galens.array.header import Header
from galens.array.mask import Mask2D
from galens.array.units import in_unit
from galens.errors import ArrayError, KernelError
from galens.numerics.device import on_device
from galens.numerics.fft_convolution import kernel_transform

__all__ = ["Convolver"]


class Convolver(eqx.Module):
    """A point spread function (PSF).

    The convolution is the true one, out[i] = sum_k kernel[k] image[i - k] with k from the kernel's
    central pixel, done by FFT; the kernel is used as it is, negative wings included. What lies outside of
    the given image is dark.

    Args:
        kernel: the PSF, an odd number of pixels on each axis.
        normalize: divide by the sum of the kernel. The array that is passed stays as it is.
        convolve_over_sample_size: number of the kernel's pixels along the side of one of the image: more
            than 1 for a PSF that the image's pixels would not resolve.

    Raises:
        KernelError: an even or masked kernel, one with values that are not finite, or a sum of zero to
            divide by.
    """

    kernel: Array2D
    convolve_over_sample_size: int = eqx.field(static=True)

    def __init__(self, kernel: Array2D, normalize: bool = False, convolve_over_sample_size: int = 1) -> None:
        if not isinstance(kernel, Array2D):
            raise KernelError(
                f"kernel must be an Array2D, got {type(kernel).__name__}; Array2D.no_mask(values, pixel_scales) "
                f"makes one, Convolver.from_fits reads one."
            )
        if not kernel.mask.is_all_false:
            raise KernelError(f"kernel must have no masked pixels, got {kernel.mask}.")
        _require_odd(kernel.shape_native)
        if convolve_over_sample_size != int(convolve_over_sample_size) or convolve_over_sample_size < 1:
            raise KernelError(
                f"convolve_over_sample_size must be a whole number above 0, got {convolve_over_sample_size!r}."
            )
        self.convolve_over_sample_size = int(convolve_over_sample_size)
        values = _on_host(kernel.values)
        if isinstance(values, np.ndarray):
            _require_finite(values.reshape(kernel.shape_native))
        if normalize:
            values = _normalized(values)
        self.kernel = unchecked(Array2D, values=on_device(values), mask=kernel.mask, header=kernel.header)

    @classmethod
    def from_fits(
        cls,
        file_path: str | os.PathLike[str],
        pixel_scales: float | Sequence[float],
        hdu: int | str = 0,
        origin: Sequence[float] = (0.0, 0.0),
        normalize: bool = False,
        convolve_over_sample_size: int = 1,
    ) -> Convolver:
        """The PSF in one HDU (index or EXTNAME) of a FITS file.

        Args:
            pixel_scales: side of a pixel of the kernel, arcsec, one number or (y, x).

        Raises:
            DatasetError: no such file, HDU or image.
            KernelError: as for the class, the path and HDU named.
        """
        values, header = read_image(file_path, hdu)
        try:
            kernel = Array2D.no_mask(values, pixel_scales, origin=origin, header=header)
            return cls(kernel, normalize, convolve_over_sample_size)
        except KernelError as error:
            raise KernelError(f"'{file_path}', HDU {hdu!r}: {error}") from error

    @classmethod
    def from_gaussian(
        cls,
        shape_native: tuple[int, int],
        pixel_scales: float | Sequence[float],
        sigma: float,
        centre: Sequence[float] = (0.0, 0.0),
        axis_ratio: float = 1.0,
        angle: float = 0.0,
        normalize: bool = False,
    ) -> Convolver:
        """An elliptical Gaussian sampled at the pixel centres, exp(-r^2 / 2 sigma^2) / (sigma sqrt(2 pi)).

        Lengths and angles may be astropy Quantities.

        Args:
            shape_native: (rows, columns), odd.
            pixel_scales: side of a pixel, arcsec, one number or (y, x).
            sigma: standard deviation along the major axis, arcsec.
            centre: (y, x), arcsec.
            axis_ratio: minor over major axis; r^2 = x'^2 + (y' / q)^2.
            angle: of the major axis, degrees counter-clockwise from +x.
            normalize: divide by the sum; the prefactor, that of one dimension, is then of no account.

        Raises:
            KernelError: a sigma or axis ratio that is not above 0, or an even shape.
        """
        sigma = in_unit(sigma, "arcsec", "sigma", KernelError)
        centre = in_unit(centre, "arcsec", "centre", KernelError)
        angle = in_unit(angle, "deg", "angle", KernelError)
        if not (sigma > 0 and axis_ratio > 0):
            raise KernelError(f"sigma and axis_ratio must be above 0, got {sigma!r} and {axis_ratio!r}.")
        mask = Mask2D.all_false(shape_native, pixel_scales)
        y, x = (mask.pixel_centres - np.asarray(centre)).T
        cos, sin = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
        along, across = x * cos + y * sin, y * cos - x * sin
        values = np.exp(-(along**2 + (across / axis_ratio) ** 2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi))
        return cls(Array2D(values, mask), normalize)

    @classmethod
    def no_blur(cls, pixel_scales: float | Sequence[float], shape_native: tuple[int, int] = (3, 3)) -> Convolver:
        """A kernel that changes nothing: 1 in the central pixel, 0 in the others."""
        _require_odd(shape_native)
        values = np.zeros(shape_native)
        values[shape_native[0] // 2, shape_native[1] // 2] = 1.0
        return cls(Array2D.no_mask(values, pixel_scales_from(pixel_scales)))

    @property
    def shape_native(self) -> tuple[int, int]:
        """(rows, columns) of the kernel."""
        return self.kernel.shape_native

    @property
    def pixel_scales(self) -> tuple[float, float]:
        return self.kernel.pixel_scales

    @property
    def normalized(self) -> Convolver:
        """The PSF with a sum of 1.

        Raises:
            KernelError: the kernel sums to zero.
        """
        return Convolver(self.kernel, True, self.convolve_over_sample_size)

    @property
    def image_pixel_scales(self) -> tuple[float, float]:
        """(y, x) sides of a pixel of the images that it convolves, arcsec."""
        y, x = self.kernel.pixel_scales
        return y * self.convolve_over_sample_size, x * self.convolve_over_sample_size

    @property
    def image_shape_native(self) -> tuple[int, int]:
        """(rows, columns) of the image's pixels that the kernel reaches from one of them."""
        rows, columns = (2 * -(-(side // 2) // self.convolve_over_sample_size) + 1 for side in self.kernel.shape_native)
        return rows, columns

    def frame(self, mask: Mask2D) -> Frame:
        """The frame in which images on a mask are convolved."""
        return frame_from(mask, self.shape_native, self.convolve_over_sample_size)

    def transform(self, frame_shape: tuple[int, int]) -> jax.Array:
        """Fourier transform of the kernel in a frame of (rows, columns)."""
        return kernel_transform(self._native(), frame_shape)

    def kernel_on_device(self) -> jax.Array:
        """The kernel (rows, columns)."""
        return on_device(self._native())

    def _native(self) -> Any:
        return _on_host(self.kernel.values).reshape(self.shape_native)

    def convolved_image_from(self, image: Array2D, blurring_image: Array2D | None = None) -> Array2D:
        """An image, convolved, on its own mask.

        Args:
            image: light of the mask's pixels; with a `convolve_over_sample_size` s above 1 of their s x s
                parts, on the mask of the parts. The convolved image is then averaged over the pixels.
            blurring_image: light of pixels around them, on a mask of the same shape or larger by the same
                number of pixels on opposite sides, as from `mask.derive_mask.blurring_from`. None: the
                surroundings are dark.

        Raises:
            ArrayError: the blurring image lies on other pixels.
            MaskError: the image has no pixels.
        """
        frame = self.frame(_joined(image.mask, self.convolve_over_sample_size))
        around = None if blurring_image is None else _around(frame, blurring_image)
        values = _blurred(frame, image.values, around, self.transform(frame.shape))
        return unchecked(Array2D, values=values, mask=frame.mask, header=image.header)

    def point_image_from(self, mask: Mask2D, centre: Any) -> Array2D:
        """Image of a point source of flux 1 on a mask: the PSF, moved to its centre (y, x), arcsec."""
        return unchecked(
            Array2D, values=_point(self.frame(mask), self.kernel.native, centre), mask=mask, header=Header()
        )

    def convolved_mapping_matrix_from(self, mapping_matrix: Any, mask: Mask2D) -> jax.Array:
        """Every column of a matrix (F, S), an image on the F parts of the N pixels of `mask` each,
        convolved; (N, S).

        F is N but for a `convolve_over_sample_size` above 1. The surroundings of the mask are dark: what
        a column stands for has no light there.
        """
        matrix, frame = jnp.asarray(mapping_matrix), self.frame(mask)
        rows = frame.fine_mask.pixels_in_mask
        if matrix.ndim != 2 or matrix.shape[0] != rows:
            raise ArrayError(
                f"mapping_matrix of shape {matrix.shape} needs one row for each of the {rows} pixels of the mask."
            )
        return _blurred(frame, matrix.T, None, self.transform(frame.shape)).T


def _require_odd(shape: tuple[int, int]) -> None:
    if shape[0] % 2 == 0 or shape[1] % 2 == 0:
        raise KernelError(
            f"a kernel needs an odd number of pixels on each axis, so that one is its centre; got {shape}. "
            f"preprocess.kernel_with_odd_dimensions_from resamples an even one."
        )


def _require_finite(values: np.ndarray) -> None:
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        raise KernelError(
            f"kernel has {len(bad)} values that are not finite; the first is {values[tuple(bad[0])]} at row "
            f"{bad[0][0]}, column {bad[0][1]}."
        )


def _on_host(values: Any) -> Any:
    """NumPy values, or a traced array as it is."""
    return values if isinstance(values, jax.core.Tracer) else np.asarray(values)


def _normalized(values: Any) -> Any:
    if not isinstance(values, np.ndarray):
        return values / values.sum()
    # Exactly rounded: the same numbers on every machine, and so the same name of a fit's folder.
    total = math.fsum(values.ravel())
    if total == 0.0:
        raise KernelError("kernel sums to 0 and cannot be normalized: give a PSF that has light.")
    return values / total


@jax.jit
def _blurred(frame: Frame, values: Any, around: Any, transform: jax.Array) -> jax.Array:
    return frame.blurred(values, around, transform)


@jax.jit
def _point(frame: Frame, kernel: jax.Array, centre: Any) -> jax.Array:
    return frame.point(kernel, centre)


def _joined(mask: Mask2D, parts: int) -> Mask2D:
    """The mask whose pixels, cut into `parts` x `parts`, are those of `mask`."""
    if parts == 1:
        return mask
    joined = Mask2D(mask.array[::parts, ::parts], [side * parts for side in mask.pixel_scales], mask.origin)
    if not np.array_equal(refined(joined, parts).array, mask.array):
        raise ArrayError(
            f"image on {mask} does not hold all {parts} x {parts} parts of the pixels of an image, as the kernel's "
            f"convolve_over_sample_size asks for."
        )
    return joined


def _around(frame: Frame, image: Array2D) -> Any:
    """Light of an image at the pixels of a frame's blurring region, (..., B); dark where it has none."""
    offset, parity = np.divmod(np.subtract(image.shape_native, frame.fine_mask.shape_native), 2)
    if parity.any():
        raise ArrayError(
            f"blurring_image of shape {image.shape_native} does not have the centre of an image of shape "
            f"{frame.fine_mask.shape_native}: their sides must differ by even numbers of pixels."
        )
    rows, columns = (frame.blurring_native + offset).T
    inside = (rows >= 0) & (rows < image.shape_native[0]) & (columns >= 0) & (columns < image.shape_native[1])
    index = np.full(len(rows), image.mask.pixels_in_mask)
    index[inside] = image.mask.slim_for_native[rows[inside], columns[inside]]
    return gathered(image.values, index)
