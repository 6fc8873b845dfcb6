"""Case B: a power-law lens with shear and a Sersic source behind it, on the pixels of case A. NumPy and SciPy only.

Parameters are in galens' conventions: (y, x), ell_comps, arcsec.
"""

from __future__ import annotations

import numpy as np

import problem
from problem import ell_comps

MASS = {"axis_ratio": 0.8, "angle": 30.0, "einstein_radius": 1.6, "slope": 2.0}
SHEAR = {"gamma_1": 0.03, "gamma_2": -0.02}
SOURCE_CENTRE = (0.05, 0.08)
SOURCE = {"axis_ratio": 0.7, "angle": 110.0, "intensity": 1.5, "effective_radius": 0.25, "sersic_index": 1.5}


def vector() -> np.ndarray:
    """Light of the lens (7), its mass (centre, ell_comps, radius, slope), shear (2), light of the source (7)."""
    light = [*problem.CENTRE, *ell_comps(problem.BULGE)]
    light += [problem.BULGE[name] for name in ("intensity", "effective_radius", "sersic_index")]
    mass = [*problem.CENTRE, *ell_comps(MASS), MASS["einstein_radius"], MASS["slope"], *SHEAR.values()]
    source = [*SOURCE_CENTRE, *ell_comps(SOURCE)]
    source += [SOURCE[name] for name in ("intensity", "effective_radius", "sersic_index")]
    return np.array([*light, *mass, *source])


def perturbed(count: int, seed: int = 0, scale: float = 1e-3) -> np.ndarray:
    """`count` vectors near the truth, all different, so that nothing can be cached."""
    noise = np.random.default_rng(seed).standard_normal((count, len(vector())))
    return vector() * (1 + scale * noise)


def sersic(y: np.ndarray, x: np.ndarray, profile: dict[str, float], centre: tuple[float, float]) -> np.ndarray:
    n = profile["sersic_index"]
    b = 2 * n - 1 / 3 + 4 / (405 * n) + 46 / (25515 * n**2) + 131 / (1148175 * n**3) - 2194697 / (30690717750 * n**4)
    phi, q = np.deg2rad(profile["angle"]), profile["axis_ratio"]
    dy, dx = y - centre[0], x - centre[1]
    major, minor = dx * np.cos(phi) + dy * np.sin(phi), dy * np.cos(phi) - dx * np.sin(phi)
    radius = np.sqrt(q * major**2 + minor**2 / q)
    return profile["intensity"] * np.exp(-b * ((radius / profile["effective_radius"]) ** (1 / n) - 1))


def deflections(y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of the isothermal ellipsoid, in closed form (Kormann et al. 1994), and the shear."""
    q, phi = MASS["axis_ratio"], np.deg2rad(MASS["angle"])
    dy, dx = y - problem.CENTRE[0], x - problem.CENTRE[1]
    major, minor = dx * np.cos(phi) + dy * np.sin(phi), dy * np.cos(phi) - dx * np.sin(phi)
    f = np.sqrt(1 - q * q)
    psi = np.sqrt(q * q * major**2 + minor**2) + 1e-12
    # Along the major axis: b = 2 theta_E q / (1 + q).
    scale = 2 * MASS["einstein_radius"] * q / ((1 + q) * f)
    along, across = scale * np.arctan(f * major / psi), scale * np.arctanh(f * minor / psi)
    g1, g2 = SHEAR.values()
    alpha_x = along * np.cos(phi) - across * np.sin(phi) + g1 * x + g2 * y
    alpha_y = along * np.sin(phi) + across * np.cos(phi) + g2 * x - g1 * y
    return alpha_y, alpha_x


def light(y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Surface brightness of lens and source at coordinates of the image."""
    alpha_y, alpha_x = deflections(y, x)
    return sersic(y, x, problem.BULGE, problem.CENTRE), sersic(y - alpha_y, x - alpha_x, SOURCE, SOURCE_CENTRE)


def exact_image() -> np.ndarray:
    """Mean of the light over every pixel before the PSF: Gauss-Legendre nodes, more where light varies fast."""
    ys, xs = problem.axes()
    coarse, fine = (_means(ys, xs, order) for order in (4, 6))
    image = fine
    h = problem.PIXEL_SCALE
    for i, j in np.argwhere((np.abs(coarse - fine) > 1e-7) | (np.hypot(ys, xs) < 0.15)):
        cells = 64 if np.hypot(ys[i, j], xs[i, j]) < 0.15 else 8
        offsets = (np.arange(cells) + 0.5) / cells - 0.5
        gy, gx = np.meshgrid(ys[i, j] + h * offsets, xs[i, j] + h * offsets, indexing="ij")
        image[i, j] = _means(gy, gx, 4, h / cells).mean()
    return image


def _means(y: np.ndarray, x: np.ndarray, order: int, side: float = problem.PIXEL_SCALE) -> np.ndarray:
    nodes, weights = np.polynomial.legendre.leggauss(order)
    total = np.zeros_like(y)
    for ny, wy in zip(nodes, weights, strict=True):
        for nx, wx in zip(nodes, weights, strict=True):
            total += wy * wx / 4 * sum(light(y + ny * side / 2, x + nx * side / 2))
    return total


def data(seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Noisy image, noise map, and the exact noise-free blurred image: those that were saved, or new ones."""
    return problem.observed(exact_image, seed)
