"""`Exposure`: image, noise map and PSF of a field as the pipeline uses them, and what is to be known of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage

from galens import array as aa
from galens.array.fits import read_image
from galens.array.flagged import FLAGGED_NOISE, flagged
from galens.array.header import Header
from galens.array.preprocess import kernel_with_odd_dimensions_from
from galens.array.world_coordinates import pixel_scales_in
from galens.errors import DatasetError
from galens.pipeline.findings import Finding

__all__ = ["Exposure", "exposure_from", "read_exposure"]

Path_ = str | os.PathLike[str]

SEARCHED_FOR_CENTRE = 0.25  # of the shorter side, about the middle of the image
SATURATED_PIXELS = 5
PSF_OFFSET = 0.5  # pixels from the middle: more is a shift, less is a matter of sampling
DEEPEST_CORE = 8  # points along a side in the pixels of the lens' centre


@dataclass(frozen=True)
class Exposure:
    """One field, in the units of its data, row 0 on top.

    Attributes:
        data, noise_map: (ny, nx); pixels that must not count have a noise of 1e8.
        psf: (ky, kx), odd, of sum 1, its light in the middle.
        pixel_scale: arcsec.
        centre: (y, x) of the lens galaxy, arcsec, to a pixel.
        header: of the image.
        findings: what was seen or mended while reading.
    """

    data: np.ndarray
    noise_map: np.ndarray
    psf: np.ndarray
    pixel_scale: float
    centre: tuple[float, float]
    header: Header
    findings: tuple[Finding, ...]

    @property
    def flagged(self) -> np.ndarray:
        """(ny, nx) pixels that must not count."""
        return self.noise_map >= FLAGGED_NOISE

    @property
    def content(self) -> tuple[Any, ...]:
        """All that decides a fit."""
        return self.data, self.noise_map, self.psf, self.pixel_scale, self.centre

    @property
    def radius(self) -> np.ndarray:
        """(ny, nx) distances from the lens galaxy, arcsec."""
        y, x = self.coordinates
        return np.hypot(y - self.centre[0], x - self.centre[1])

    @property
    def coordinates(self) -> tuple[np.ndarray, np.ndarray]:
        """y (ny, nx) and x (ny, nx) of the pixels, arcsec."""
        ny, nx = self.data.shape
        rows, columns = np.indices(self.data.shape)
        return ((ny - 1) / 2 - rows) * self.pixel_scale, (columns - (nx - 1) / 2) * self.pixel_scale

    @property
    def largest_radius(self) -> float:
        """Of a circle about the lens galaxy inside the image, arcsec."""
        ny, nx = self.data.shape
        y, x = self.centre
        return min(ny * self.pixel_scale / 2 - abs(y), nx * self.pixel_scale / 2 - abs(x))

    def dataset(self, radius: float, ignored: np.ndarray | None = None, sizes: Sequence[int] = (2, 4)) -> aa.Imaging:
        """The pixels in a circle about the lens galaxy.

        Geometry depends on the shape of the image, the centre and the radius only, so that what is compiled for one
        lens serves others.

        Args:
            radius: arcsec.
            ignored: (ny, nx) further pixels that must not count.
            sizes: points along the side of a pixel, far from the lens and near its core.
        """
        noise = self.noise_map if ignored is None else np.where(ignored, FLAGGED_NOISE, self.noise_map)
        mask = aa.Mask2D.circular(self.data.shape, radius, self.pixel_scale, centre=self.centre)
        return aa.Imaging(
            data=aa.Array2D.no_mask(self.data, self.pixel_scale, header=self.header),
            noise_map=aa.Array2D.no_mask(noise, self.pixel_scale, header=self.header),
            psf=aa.Convolver(aa.Array2D.no_mask(self.psf, self.pixel_scale)),
            over_sample_size_lp=self._over_sample_sizes(sizes),
            check_noise_map=False,
        ).apply_mask(mask)

    def _over_sample_sizes(self, sizes: Sequence[int]) -> aa.Array2D:
        far, near = sizes
        pixels = self.radius / self.pixel_scale
        values = np.where(pixels < 2.6, DEEPEST_CORE, np.where(pixels < 7.1, near, far))
        return aa.Array2D.no_mask(values, self.pixel_scale)


def read_exposure(
    image: Path_,
    noise_map: Path_,
    psf: Path_,
    pixel_scale: float | None = None,
    mask: Path_ | None = None,
    centre: Sequence[float] | None = None,
) -> Exposure:
    """An exposure from FITS files, their first HDU with an image.

    Args:
        pixel_scale: arcsec; None: by the header of the image.
        mask: pixels that are not zero must not count.
        centre: (y, x) of the lens galaxy, arcsec; None: the brightest galaxy near the middle.

    Raises:
        DatasetError: a file is missing or unreadable, or as of `exposure_from`.
    """
    data, header = read_image(image, 0, "image")
    noise, _ = read_image(noise_map, 0, "noise")
    kernel, _ = read_image(psf, 0, "psf")
    excluded = None if mask is None else np.asarray(read_image(mask, 0, "mask")[0]) != 0
    if pixel_scale is None:
        found = pixel_scales_in(header)
        if found is None:
            raise DatasetError(
                f"{image}: its header says no pixel scale (no celestial world coordinates, no PIXSCALE). Give "
                "--pixel-scale, in arcsec."
            )
        if not np.isclose(*found[0], rtol=1e-3):
            raise DatasetError(
                f"{image}: its pixels are {found[0][0]:g} by {found[0][1]:g} arcsec, but must be square."
            )
        pixel_scale = float(np.mean(found[0]))
    return exposure_from(data, noise, kernel, pixel_scale, excluded, centre, header)


def exposure_from(
    data: Any,
    noise_map: Any,
    psf: Any,
    pixel_scale: float,
    mask: Any = None,
    centre: Sequence[float] | None = None,
    header: Header | None = None,
) -> Exposure:
    """An exposure from arrays; see `read_exposure`.

    Pixels with a noise that is huge, zero, negative or not finite, with data that are not finite, or in the mask, do
    not count. A PSF of even size, or whose light is off its middle by half a pixel or more, is mended; the findings say
    so.

    Args:
        data, noise_map: (ny, nx).
        psf: (ky, kx), on pixels of the same size.
        pixel_scale: arcsec.
        mask: (ny, nx), True for pixels that must not count.

    Raises:
        DatasetError: shapes differ, no pixel counts, a scale that is not positive, or a PSF without light.
    """
    data, noise, kernel = (np.asarray(each, float) for each in (data, noise_map, psf))
    for name, values in (("noise", noise), *([] if mask is None else [("mask", np.asarray(mask))])):
        if values.shape != data.shape or data.ndim != 2:
            raise DatasetError(
                f"{name} has shape {values.shape}, but image has shape {data.shape}; they must be equal."
            )
    if not (np.isfinite(pixel_scale) and pixel_scale > 0.0):
        raise DatasetError(f"pixel_scale is {pixel_scale}, but must be above 0 arcsec.")
    findings: list[Finding] = []
    bad = ~np.isfinite(data) | ~np.isfinite(noise) | (noise <= 0.0)
    if bad.all():
        raise DatasetError("no pixel has finite data and a positive, finite noise.")
    excluded = bad | flagged(np.where(bad, np.nan, noise))
    if mask is not None:
        excluded = excluded | np.asarray(mask, bool)
    if excluded.all():
        raise DatasetError("mask and noise map exclude every pixel: in a mask, 0 keeps a pixel.")
    if bad.any():
        findings.append(
            Finding("notice", f"{bad.sum()} pixels have no finite data or no positive noise; they are ignored.")
        )
    if (excluded & ~bad).any():
        share = 100 * excluded.mean()
        findings.append(
            Finding(
                "plain", f"{excluded.sum()} pixels ({share:.2g} %) are flagged by noise or mask; they do not count."
            )
        )
    clean = np.where(excluded, 0.0, data)
    noise = np.where(excluded, FLAGGED_NOISE, noise)
    kernel, said = _mended_psf(kernel, data.shape)
    row, column = _centre_pixel(clean, noise, pixel_scale, centre)
    findings += [*said, *_core_findings(data, excluded, (row, column)), *_noise_findings(clean, noise)]
    ny, nx = data.shape
    place = (((ny - 1) / 2 - row) * pixel_scale, (column - (nx - 1) / 2) * pixel_scale)
    return Exposure(clean, noise, kernel, float(pixel_scale), place, header or Header(), tuple(findings))


def _mended_psf(kernel: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, list[Finding]]:
    """The PSF with odd sides, its light in the middle and a sum of 1, and what had to be done."""
    if kernel.ndim != 2 or not np.all(np.isfinite(kernel)) or not kernel.sum() > 0.0:
        raise DatasetError(f"psf of shape {kernel.shape} must be an image with finite values and a positive sum.")
    said = []
    if any(side % 2 == 0 for side in kernel.shape):
        said.append(Finding("notice", f"The PSF has sides {kernel.shape}, not odd ones; it was resampled or cut."))
        kernel = _with_odd_sides(kernel)
    reach = min(*kernel.shape, *shape)
    if max(kernel.shape) > min(shape):
        side = reach - 1 + reach % 2
        top, left = ((each - min(side, each)) // 2 for each in kernel.shape)
        kernel = kernel[top : top + side, left : left + side]
        said.append(Finding("notice", f"The PSF is larger than the image; it was cut to {kernel.shape}."))
    middle = np.array([(side - 1) / 2 for side in kernel.shape])
    core = np.where(kernel > 0.3 * kernel.max(), kernel, 0.0)
    offset = np.array(ndimage.center_of_mass(core)) - middle
    shift = np.rint(offset).astype(int)
    if np.max(np.abs(offset)) >= PSF_OFFSET and np.any(shift):
        kernel = ndimage.shift(kernel, -shift, order=0)
        said.append(
            Finding("notice", f"The PSF's light is {np.hypot(*offset):.2g} pixels off its middle; it was moved there.")
        )
    return kernel / kernel.sum(), said


def _with_odd_sides(kernel: np.ndarray) -> np.ndarray:
    """Resampled along axes where the light is centred between two pixels; cut by one where it is on a pixel."""
    for axis, side in enumerate(kernel.shape):
        if side % 2 == 0:
            profile = np.moveaxis(kernel, axis, 0).sum(axis=1)
            offset = (
                np.average(np.arange(side), weights=np.maximum(profile - 0.3 * profile.max(), 0.0)) - (side - 1) / 2
            )
            if abs(offset) < 0.25:
                turned = np.moveaxis(kernel, axis, 0)
                padded = turned if turned.shape[1] % 2 else np.pad(turned, ((0, 0), (0, 1)))
                kernel = np.moveaxis(np.asarray(kernel_with_odd_dimensions_from(padded))[:, : turned.shape[1]], 0, axis)
            else:
                first = 1 if offset > 0 else 0
                kernel = np.take(kernel, np.arange(first, first + side - 1), axis=axis)
    return kernel


def _centre_pixel(
    data: np.ndarray, noise: np.ndarray, pixel_scale: float, centre: Sequence[float] | None
) -> tuple[int, int]:
    """The pixel of the lens galaxy's centre."""
    ny, nx = data.shape
    if centre is not None:
        row, column = (ny - 1) / 2 - centre[0] / pixel_scale, (nx - 1) / 2 + centre[1] / pixel_scale
        if not (0 <= row <= ny - 1 and 0 <= column <= nx - 1):
            raise DatasetError(f"centre {tuple(centre)} arcsec lies outside of the image of {ny} x {nx} pixels.")
        return round(row), round(column)
    smooth = ndimage.gaussian_filter(data, 1.5)
    rows, columns = np.indices(data.shape)
    away = np.maximum(abs(rows - (ny - 1) / 2), abs(columns - (nx - 1) / 2))
    usable = (away <= max(SEARCHED_FOR_CENTRE * min(data.shape), 2)) & (noise < FLAGGED_NOISE)
    if not usable.any():
        raise DatasetError("every pixel near the middle of the image is flagged: there is no lens galaxy to fit.")
    row, column = np.unravel_index(np.argmax(np.where(usable, smooth, -np.inf)), data.shape)
    return int(row), int(column)


def _core_findings(data: np.ndarray, excluded: np.ndarray, centre: tuple[int, int]) -> list[Finding]:
    row, column = centre
    core = (slice(max(row - 4, 0), row + 5), slice(max(column - 4, 0), column + 5))
    values, out = data[core], excluded[core]
    usable = values[np.isfinite(values)]
    level = usable.max(initial=-np.inf)
    plateau = np.count_nonzero(usable >= level - 1e-4 * abs(level))
    said = []
    if plateau >= SATURATED_PIXELS:
        said.append(
            Finding(
                "bad", f"The core is saturated: {plateau} pixels have the same highest value {level:.4g}. Flag them."
            )
        )
    if out[out.shape[0] // 2 - 1 : out.shape[0] // 2 + 2, out.shape[1] // 2 - 1 : out.shape[1] // 2 + 2].any():
        said.append(Finding("notice", "Pixels of the lens galaxy's core are flagged: its centre is less certain."))
    return said


def _noise_findings(data: np.ndarray, noise: np.ndarray) -> list[Finding]:
    """Compares the noise map with the scatter of neighbouring pixels where there is little light."""
    good = noise < FLAGGED_NOISE
    smooth = ndimage.gaussian_filter(data, 3.0)  # chosen by their own values, faint pixels would scatter less
    faint = good & (smooth < np.percentile(smooth[good], 40))
    pairs = faint[:, 1:] & faint[:, :-1]
    if np.count_nonzero(pairs) < 100:
        return []
    ratio = (data[:, 1:] - data[:, :-1])[pairs] / np.hypot(noise[:, 1:], noise[:, :-1])[pairs]
    scatter = 1.4826 * float(np.median(np.abs(ratio - np.median(ratio))))
    if 0.8 < scatter < 1.25:
        return []
    word = "less" if scatter < 1 else "more"
    return [
        Finding(
            "notice",
            f"Neighbouring pixels scatter {scatter:.2g} times what the noise map says, {word} than they should: errors "
            f"are too {'large' if scatter < 1 else 'small'}, or the image is resampled.",
        )
    ]
