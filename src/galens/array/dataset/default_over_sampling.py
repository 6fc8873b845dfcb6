"""At which points each pixel is evaluated where the user has not said so.

Light varies fast about the centres of galaxies and slowly elsewhere, and an error matters where it is not
far below the noise. So the number of Gauss-Legendre points falls with the distance from the nearest peak
of the data, at distances that follow from the signal to noise there; most pixels keep one point, which
the neighbours correct (`mean_correction`). In the nine pixels about a peak points follow the centre of
each profile (`cusp_nodes`).

Measured against quadrature on Sersic profiles of a radius of 3 to 30 pixels, after a PSF with a standard deviation of
1.6 pixels: below 1e-3 of the noise everywhere for n <= 1, and for axis ratios from 0.8 on up to n = 4 at a peak signal
to noise of 500. Steep and flat at once is worse, in the pixel with the centre: n = 4 with an axis ratio of 0.4, 1e-3 to
5e-3 of the noise at a peak signal to noise of 150, 2e-3 to 2e-2 at 500.

Images of a lensed source are peaks too, but where arcs merge not all of them stand out, and points follow no centre
there. Measured on a power-law lens with a source of a radius of 5 pixels and n = 1.5: below 0.03 of the noise
everywhere, 0.02 in the sum of squares over the image. A compact or steep source needs points that are chosen from the
rays (`galens.lens.over_sampling_from`): with n = 2 and 2 pixels at a signal to noise of 114 the worst pixel is wrong by
0.5 of the noise with this default, 0.05 with that; with n = 4 and 6 pixels by 1.8, and 0.4 with that.

The layout is that of the steepest light there may be, for every profile. One point a pixel is enough for a Gaussian of
w pixels at a peak signal to noise S where 0.016 S / w^4 < 1e-4 (`mean_correction`): in an expansion that is one
Gaussian in seven, and would spare 6 % of the evaluations.
"""

from __future__ import annotations

import numpy as np

from galens.array.flagged import flagged
from galens.array.mask import Mask2D
from galens.array.over_sampling import OverSampling

__all__ = ["default_over_sampling"]

# Largest error of a pixel, in units of its noise.
TOLERANCE = 5e-4

# size, K, p: the mean of a smooth f over a pixel of side 1 is wrong by at most about K times its p-th derivatives.
# For size 1 after the correction by neighbours, for others K = (s!)^4 / ((2 s + 1) (2 s)!^3) of Gauss-Legendre
# points. The 5 is for two axes and flattened light: measured on Sersic profiles, n = 1 to 4, axis ratios down to 0.4.
ERROR_LAWS = ((1, 5 * 3.0e-3, 4), (3, 5 * 5.0e-7, 6), (5, 5 * 3.9e-13, 10))
CORE_SIZES = ((1.5, 3), (2.6, 7))
CUSP_REACH = 1.5

# A peak of the light is that far from the centre of the brightest pixel, in pixels.
PEAK_OFFSET = 0.7

# Distances at which tiers may end: data that differ a little get the same layout, and share compiled code.
TIER_ENDS = (0.0, 2.6, 3.7, 5.1, 7.1, 10.1, 12.1, 14.1, 17.1, 20.1, 24.1, 28.1, 34.1, 40.1, 57.1, 80.1, 113.1, np.inf)

# A further peak stands out of the 9 x 9 pixels about it by so many standard deviations of a mean of 3 x 3 pixels.
PEAK_PROMINENCE = 15.0
MAX_PEAKS = 20


def default_over_sampling(mask: Mask2D, data: np.ndarray, noise_map: np.ndarray) -> OverSampling:
    """Odd numbers of Gauss-Legendre points along the side of every pixel, so that one of them is its
    centre.

    Args:
        mask: with N unmasked pixels.
        data: (N,) values of the image.
        noise_map: (N,) their noise; pixels with a huge one have no peaks, and no share in what makes others stand out.
    """
    signal = _signal_to_noise(mask, data, noise_map)
    peaks = _peaks(signal)
    distance = np.full(mask.pixels_in_mask, np.inf)
    height = np.ones(mask.pixels_in_mask)
    for peak in peaks:
        to_peak = np.hypot(*(mask.native_for_slim - peak).T)
        nearer = to_peak < distance
        distance[nearer], height[nearer] = to_peak[nearer], max(signal[tuple(peak)], 1.0)
    strength = np.maximum(signal[mask.slim_to_native_tuple], 1.0)
    slope = np.maximum(np.log(height / strength), 1.0)
    sizes = np.full(mask.pixels_in_mask, 1)
    larger = (*(size for size, _, _ in ERROR_LAWS[1:]), CORE_SIZES[-1][1])
    for (_, amplitude, power), size in zip(ERROR_LAWS, larger, strict=True):
        error = amplitude * strength * _derivative(slope, distance, power)
        short = error > TOLERANCE
        end = TIER_ENDS[np.searchsorted(TIER_ENDS, distance[short].max(initial=0.0))]
        sizes[distance < end] = size
    for end, size in reversed(CORE_SIZES):
        sizes[distance < end] = size
    return OverSampling(sizes, "gauss", cusps=np.flatnonzero(distance < CUSP_REACH))


def _derivative(slope: np.ndarray, distance: np.ndarray, order: int) -> np.ndarray:
    """Derivative of light at some distance from its peak, relative to the light there.

    That of r^-g, g (g + 1) ... (g + order - 1) / r^order, with g the logarithmic slope. An exponential
    that falls from the peak to the light here has the slope ln(peak / light); profiles with a cusp have
    less at the same distance.
    """
    factors = [(slope + step) / np.maximum(distance - PEAK_OFFSET, 0.5) for step in range(order)]
    return np.prod(factors, axis=0)


def _signal_to_noise(mask: Mask2D, data: np.ndarray, noise_map: np.ndarray) -> np.ndarray:
    """Signal to noise averaged over those of 3 x 3 pixels that count, (rows, columns), -inf where a pixel does not."""
    ratio, weight = np.zeros((2, *mask.shape_native))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio[mask.slim_to_native_tuple] = np.nan_to_num(data / noise_map, posinf=0.0, neginf=0.0)
    weight[mask.slim_to_native_tuple] = ~flagged(noise_map)
    counted = _box_sum(weight * ratio, 1) / np.maximum(_box_sum(weight, 1), 1.0)
    return np.where(weight > 0, counted, -np.inf)


def _box_sum(values: np.ndarray, reach: int) -> np.ndarray:
    """Sum over the pixels at most `reach` rows and columns away."""
    for axis in (0, 1):
        width = [(0, 0), (0, 0)]
        width[axis] = (reach, reach)
        padded = np.pad(values, width)
        shifted = [np.take(padded, np.arange(values.shape[axis]) + shift, axis=axis) for shift in range(2 * reach + 1)]
        values = np.sum(shifted, axis=0)
    return values


def _peaks(signal: np.ndarray) -> np.ndarray:
    """(row, column) of the brightest pixel and of others that stand out, (K, 2)."""
    counts = np.isfinite(signal)
    surroundings = _box_sum(np.where(counts, signal, 0.0), 4) / np.maximum(_box_sum(counts.astype(float), 4), 1.0)
    # The mean of nine pixels has a third of the noise of one.
    prominent = np.argwhere((signal - surroundings) * 3.0 > PEAK_PROMINENCE)
    ordered = prominent[np.argsort(-signal[tuple(prominent.T)], kind="stable")]
    brightest = np.argwhere(signal == signal.max())[:1]
    peaks = list(brightest)
    for row, column in ordered:
        if len(peaks) == MAX_PEAKS:
            break
        around = signal[max(row - 2, 0) : row + 3, max(column - 2, 0) : column + 3]
        if signal[row, column] == around.max() and min(np.hypot(*(np.array(peaks) - (row, column)).T)) > 2.0:
            peaks.append(np.array([row, column]))
    return np.array(peaks)
