"""What the arcs say before any lens is fitted: where they are, how far out they reach, which peaks they have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from galens.pipeline.exposure import Exposure
from galens.pipeline.lens_light import CORE, SIGNIFICANT, LensLight, grown

__all__ = ["Arcs", "find_arcs", "without_outer_peaks"]

STRONG = 5.0  # standard deviations that a patch of light must reach somewhere
SMALLEST_PATCH = 6  # pixels
MOST_PEAKS = 8
PEAK_SEPARATION = 0.2  # arcsec
MARGIN = 0.3  # arcsec between the outermost arc and the mask's edge
RADII = (3.0, 4.5, 6.0, 9.0, 13.0, 20.0)  # arcsec: few, so that lenses share compiled code
NEAREST_NEIGHBOUR = 3.2  # arcsec: light farther out is taken for neighbours of a galaxy-scale lens


@dataclass(frozen=True)
class Arcs:
    """Significant light besides the lens galaxy's.

    Attributes:
        residual: (ny, nx) the image without the lens galaxy.
        pixels: (ny, nx) where there is significant light that may be arcs.
        neighbours: (ny, nx) significant light too far out to be arcs, or too small.
        peaks: (k, 2) (y, x) of separate maxima of the arcs, arcsec, the most significant first.
        heights: (k,) their significance.
        radius: where the arcs are, mean of the radii weighted by light, arcsec; 0 where there are none.
        mask_radius: of a circle that holds them with a margin, arcsec.
    """

    residual: np.ndarray
    pixels: np.ndarray
    neighbours: np.ndarray
    peaks: np.ndarray
    heights: np.ndarray
    radius: float
    mask_radius: float

    @property
    def significance(self) -> float:
        """Of the highest peak; 0 where there is none."""
        return float(self.heights.max(initial=0.0))


def find_arcs(exposure: Exposure, light: LensLight, farthest: float = NEAREST_NEIGHBOUR) -> Arcs:
    """Patches of significant residual light about the lens galaxy.

    Args:
        farthest: arcsec; patches whose brightest pixel lies farther out are neighbours.
    """
    distance, significance = exposure.radius, light.significance
    bright = (significance > SIGNIFICANT) & (distance > CORE) & ~exposure.flagged
    labels, _ = ndimage.label(bright, np.ones((3, 3)))
    pixels, neighbours = np.zeros_like(bright), np.zeros_like(bright)
    for label, where in enumerate(ndimage.find_objects(labels), start=1):
        patch = labels[where] == label
        values = np.where(patch, significance[where], 0.0)
        top = np.unravel_index(np.argmax(values), values.shape)
        if np.count_nonzero(patch) < SMALLEST_PATCH or values[top] < STRONG:
            continue
        target = pixels if distance[where][top] <= farthest else neighbours
        target[where] |= patch
    return _described(exposure, light, pixels, neighbours)


def without_outer_peaks(exposure: Exposure, light: LensLight, arcs: Arcs, count: int) -> Arcs:
    """The arcs without the `count` peaks that are farthest from the lens galaxy, and the light about them.

    Light belongs to its nearest peak.
    """
    distance = np.hypot(arcs.peaks[:, 0] - exposure.centre[0], arcs.peaks[:, 1] - exposure.centre[1])
    outer = np.argsort(-distance, kind="stable")[:count]
    y, x = exposure.coordinates
    nearest = np.argmin([(y - peak[0]) ** 2 + (x - peak[1]) ** 2 for peak in arcs.peaks], axis=0)
    gone = arcs.pixels & np.isin(nearest, outer)
    # What is faint about them counts neither, as far as the bright part reaches.
    around = grown(gone, 3) & np.isin(nearest, outer)
    return _described(exposure, light, arcs.pixels & ~gone, arcs.neighbours | around)


def _described(exposure: Exposure, light: LensLight, pixels: np.ndarray, neighbours: np.ndarray) -> Arcs:
    distance, significance = exposure.radius, light.significance
    residual = np.where(distance <= light.radius, exposure.data - light.model_data, 0.0)
    peaks, heights = _peaks(exposure, significance, pixels)
    if not pixels.any():
        return Arcs(residual, pixels, neighbours, peaks, heights, 0.0, _rounded(2.0, exposure))
    weights = np.where(pixels, np.maximum(residual, 1e-12), 0.0)
    radius = float(np.average(distance, weights=weights))
    outermost = _percentile(distance[pixels], significance[pixels], 95)
    return Arcs(residual, pixels, neighbours, peaks, heights, radius, _rounded(outermost + MARGIN, exposure))


def _percentile(values: np.ndarray, weights: np.ndarray, percent: float) -> float:
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][np.searchsorted(share, percent / 100)])


def _rounded(radius: float, exposure: Exposure) -> float:
    fitting = [each for each in RADII if each <= exposure.largest_radius] or [exposure.largest_radius]
    return next((each for each in fitting if each >= radius), fitting[-1])


def _peaks(exposure: Exposure, significance: np.ndarray, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    reach = max(1, round(PEAK_SEPARATION / exposure.pixel_scale))
    highest = ndimage.maximum_filter(np.where(pixels, significance, 0.0), size=2 * reach + 1)
    places = np.argwhere(pixels & (significance == highest) & (significance >= STRONG))
    heights = significance[tuple(places.T)]
    order = np.argsort(-heights, kind="stable")[:MOST_PEAKS]
    y, x = exposure.coordinates
    chosen = tuple(places[order].T)
    return np.stack([y[chosen], x[chosen]], axis=-1), heights[order]
