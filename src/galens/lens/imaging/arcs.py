"""What an image says of a lens before any fit: where the lens galaxy is, how large it is, and which light is arcs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from galens import array as aa
from galens.array.flagged import flagged
from galens.numerics.rings import elliptical_radius, falling_levels, significance

__all__ = ["LensedImage", "image_without_lens_light", "lensed_image"]

SIGNIFICANT = 3.0  # standard deviations of light averaged over a few pixels
RING = 2.0  # pixels
CORE = 3.0  # pixels: nearer to the centre of the lens, what stands out is the fault of the rings
BLUR = 1.0  # pixels
MOST_CENTRES = 3  # peaks next to the centre of light that are tried as the centre of the lens
FAINTEST_CENTRE = 0.1  # of the brightest peak
MOST_OF_A_PIXEL = 5.0  # standard deviations: arcs are not smooth about any centre, and shall not choose it
SIZES, ANGLES = (0.1, 0.2, 0.3), np.arange(8) * np.pi / 4
SHAPES = [(0.0, 0.0), *((size * np.sin(angle), size * np.cos(angle)) for size in SIZES for angle in ANGLES)]


@dataclass(frozen=True)
class LensedImage:
    """An image taken apart into a smooth galaxy and what stands out from it.

    Attributes:
        centre: (y, x) of the lens galaxy, arcsec, to a pixel.
        half_light_radius: of its light within the mask, arcsec; 0 where it has none.
        arcs: (N,) light that stands out, of every unmasked pixel, 0 where none does.
        arc_radius: mean distance of that light from the centre, arcsec; 0 where there is none.
    """

    centre: tuple[float, float]
    half_light_radius: float
    arcs: np.ndarray
    arc_radius: float


def lensed_image(dataset: aa.Imaging) -> LensedImage:
    """The image with a lens galaxy that is constant on ellipses and falls with radius.

    Its centre is one of the peaks next to the centre of all light (lens and arcs share it, roughly), and its shape one
    of a few: those about which the least stands out.
    """
    from scipy import ndimage  # not with the module: it takes a tenth of a second

    data, weight, y, x = _pixels(dataset)
    scale = min(dataset.pixel_scales)
    blurred = ndimage.gaussian_filter(np.where(weight > 0.0, data, 0.0), BLUR)
    found = []
    for peak in _peaks(blurred, y, x):
        dy, dx = y - y[peak], x - x[peak]
        for shape in SHAPES:
            levels = falling_levels(data, weight, elliptical_radius(dy, dx, shape), RING * scale)
            stands_out = significance(data - levels, weight)
            found.append((np.minimum(np.abs(stands_out), MOST_OF_A_PIXEL).sum(), peak, levels, stands_out))
    _, peak, levels, stands_out = min(found, key=lambda each: each[0])
    radius = np.hypot(y - y[peak], x - x[peak])
    is_arc = (stands_out > SIGNIFICANT) & (radius > CORE * scale)
    arcs = np.where(is_arc, np.maximum(data - levels, 0.0), 0.0)
    smooth = np.where(weight > 0.0, levels, np.inf)
    smooth = np.where(weight > 0.0, levels - smooth.min(), 0.0)
    centre = (float(y[peak]), float(x[peak]))
    return LensedImage(centre, _half(radius, smooth), arcs[~dataset.mask.array], _mean(radius, arcs))


def image_without_lens_light(dataset: aa.Imaging) -> LensedImage:
    """The image where all light is lensed: about the middle of the mask, without a galaxy."""
    data, weight, y, x = _pixels(dataset)
    arcs = np.where(significance(data, weight) > SIGNIFICANT, np.maximum(data, 0.0), 0.0)
    centre = dataset.mask.mask_centre
    radius = np.hypot(y - centre[0], x - centre[1])
    return LensedImage(centre, 0.0, arcs[~dataset.mask.array], _mean(radius, arcs))


def _pixels(dataset: aa.Imaging) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Data, inverse variance and coordinates (y, x) of all pixels, (ny, nx) each. What does not count has weight 0."""
    mask = dataset.mask
    data, noise = (np.asarray(each.native, float) for each in (dataset.data, dataset.noise_map))
    counts = ~mask.array & ~flagged(np.where(mask.array, np.nan, noise))
    weight = np.where(counts, 1 / np.where(counts, noise, 1.0) ** 2, 0.0)
    y, x = np.meshgrid(mask.geometry.rows_y, mask.geometry.columns_x, indexing="ij")
    return data, weight, y, x


def _peaks(blurred: np.ndarray, y: np.ndarray, x: np.ndarray) -> list[tuple[int, int]]:
    """Rows and columns of the peaks that are nearest to the centre of light."""
    from scipy import ndimage

    light = np.maximum(blurred, 0.0)
    highest = ndimage.maximum_filter(light, size=3)
    rows, columns = np.nonzero((light == highest) & (light >= FAINTEST_CENTRE * light.max()))
    middle = [np.average(each, weights=light) if light.any() else 0.0 for each in (y, x)]
    distances = np.hypot(y[rows, columns] - middle[0], x[rows, columns] - middle[1])
    nearest = np.argsort(distances, kind="stable")[:MOST_CENTRES]
    return [(int(rows[each]), int(columns[each])) for each in nearest]


def _mean(radius: np.ndarray, light: np.ndarray) -> float:
    return float(np.average(radius, weights=light)) if light.any() else 0.0


def _half(radius: np.ndarray, light: np.ndarray) -> float:
    """The radius that holds half the light."""
    order = np.argsort(radius, axis=None)
    held = np.cumsum(light.ravel()[order])
    return float(radius.ravel()[order][np.searchsorted(held, 0.5 * held[-1])]) if held[-1] > 0.0 else 0.0
