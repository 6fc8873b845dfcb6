"""Light of a lens galaxy that no ellipses describe: disks seen through dust, rings, spiral arms."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import BSpline

from galens.pipeline.exposure import Exposure
from galens.pipeline.lens_light import LensLight

__all__ = ["galaxy_structure"]

ORDER = 5  # of the harmonics: arcs are narrower
KNOTS = 0.2  # arcsec between those of the splines, but not less than
FEWEST_PIXELS = 3.0
DEGREE = 3
SCALE = 2.385  # Cauchy weights: residuals of this many standard deviations count half
ROUNDS = 20
SMALLEST_EIGENVALUE = 1e-9  # relative


def galaxy_structure(exposure: Exposure, light: LensLight, arcs: np.ndarray) -> np.ndarray:
    """(ny, nx) what is smooth in angle in the light that ellipses leave, zero outside of the circle that was fitted.

    Splines in radius times harmonics in angle about the galaxy's centre, fitted so that what stands out counts little:
    unknown arcs are few pixels of each ring. They remain for the most part; a ring all around would not.

    Args:
        arcs: (ny, nx) pixels of known arcs, which do not count.

    Source: splines times multipoles are how arcs of the SLACS lenses were found, Bolton et al. (2006), ApJ 638, 703;
    the weights are those of a Cauchy distribution, Holland & Welsch (1977), Commun. Stat. A 6, 813.
    """
    y, x = exposure.coordinates
    dy, dx = y - light.centre[0], x - light.centre[1]
    distance = np.hypot(dy, dx)
    inside = (distance < light.radius) & ~exposure.flagged
    basis = _basis(distance[inside], np.arctan2(dy, dx)[inside], light.radius, _spacing(exposure))
    used = inside & ~arcs
    noise = exposure.noise_map[used]
    whitened, columns = (exposure.data - light.model_data)[used] / noise, basis[used[inside]] / noise[:, None]
    weights = np.ones(len(whitened))
    amplitudes = np.zeros(basis.shape[1])
    for _ in range(ROUNDS):
        amplitudes = _solved(columns, whitened, weights)
        weights = 1.0 / (1.0 + ((whitened - columns @ amplitudes) / SCALE) ** 2)
    structure = np.zeros_like(exposure.data)
    structure[inside] = basis @ amplitudes
    return structure


def _spacing(exposure: Exposure) -> float:
    return max(KNOTS, FEWEST_PIXELS * exposure.pixel_scale)


def _basis(distance: np.ndarray, angle: np.ndarray, radius: float, spacing: float) -> np.ndarray:
    """(N, k) splines times harmonics at polar coordinates (N,)."""
    inside = np.linspace(0.0, radius, max(round(radius / spacing), 2) + 1)[1:-1]
    knots = np.concatenate([[0.0] * (DEGREE + 1), inside, [radius] * (DEGREE + 1)])
    splines = BSpline.design_matrix(distance, knots, DEGREE).toarray()
    harmonics = [np.ones_like(angle)]
    for order in range(1, ORDER + 1):
        harmonics += [np.cos(order * angle), np.sin(order * angle)]
    return np.concatenate([splines * each[:, None] for each in harmonics], axis=1)


def _solved(columns: np.ndarray, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted least squares in the sense of least norm: next to the centre the harmonics are nearly dependent."""
    weighted = columns * weights[:, None]
    matrix = weighted.T @ columns
    return np.linalg.pinv(matrix, rcond=SMALLEST_EIGENVALUE, hermitian=True) @ (weighted.T @ values)
