"""Light that is not smooth about a centre: rings of equal ellipses, and how far pixels stand out from them.

All functions take images (ny, nx) as NumPy arrays; `weight` is the inverse variance, 0 where a pixel does not count.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

__all__ = ["elliptical_radius", "falling_levels", "significance"]

LOW = 0.3  # quantile of a ring that is its level: arcs may fill more than half of one
LOW_IN_SIGMA = 0.5244  # by which that quantile of normal noise is below the mean


def significance(
    residual: Float[np.ndarray, "ny nx"], weight: Float[np.ndarray, "ny nx"], smoothing: float = 1.2
) -> Float[np.ndarray, "ny nx"]:
    """Residuals averaged with the weights of a matched Gaussian, over the error of that average.

    Args:
        smoothing: width of the Gaussian, pixels.
    """
    from scipy import ndimage  # not with the module: it takes a tenth of a second

    top = ndimage.gaussian_filter(weight * residual, smoothing)
    # The square of a Gaussian is one of width / sqrt(2), times 1 / (4 pi width^2).
    variance = ndimage.gaussian_filter(weight, smoothing / np.sqrt(2)) / (4 * np.pi * smoothing**2)
    return np.where(weight > 0.0, top / np.sqrt(np.maximum(variance, 1e-300)), 0.0)


def elliptical_radius(
    y: Float[np.ndarray, "ny nx"], x: Float[np.ndarray, "ny nx"], ell_comps: tuple[float, float]
) -> Float[np.ndarray, "ny nx"]:
    """Radius of the circle with the area of the ellipse about (0, 0) through each point.

    Args:
        ell_comps: ((1-q)/(1+q)) (sin 2phi, cos 2phi).
    """
    e_y, e_x = ell_comps
    square = e_y**2 + e_x**2
    # q x'^2 + y'^2 / q with the doubled angle, which needs no trigonometry.
    form = (1 + square) * (y**2 + x**2) - 2 * (e_x * (x**2 - y**2) + 2 * e_y * x * y)
    return np.sqrt(np.maximum(form, 0.0) / (1 - square))


def falling_levels(
    image: Float[np.ndarray, "ny nx"],
    weight: Float[np.ndarray, "ny nx"],
    radius: Float[np.ndarray, "ny nx"],
    width: float,
) -> Float[np.ndarray, "ny nx"]:
    """The level of each pixel's ring, interpolated between rings, which nowhere rises with radius.

    A ring's level is a low quantile, corrected by what noise lowers it: so arcs do not raise it, unless they fill two
    thirds of it; and where they do, they raise it at most to the level inside of them.

    Args:
        radius: of each pixel.
        width: of the rings, in the unit of `radius`.
    """
    counts = weight > 0.0
    ring = np.floor(radius[counts] / width).astype(int)
    order = np.argsort(ring, kind="stable")
    edges = np.flatnonzero(np.diff(ring[order])) + 1
    members = np.split(order, edges)
    values, noise, radii = image[counts], 1 / np.sqrt(weight[counts]), radius[counts]
    levels = [np.quantile(values[each], LOW) + LOW_IN_SIGMA * np.median(noise[each]) for each in members]
    middles = [radii[each].mean() for each in members]
    return np.interp(radius, middles, np.minimum.accumulate(levels))
