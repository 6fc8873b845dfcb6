"""Case A: a Sersic bulge and an exponential disk as HST would see them. NumPy and SciPy only, so that every
library's environment can import it.

Arrays have row 0 at the top (largest y); parameters are in galens' conventions: (y, x), ell_comps, arcsec.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np

SHAPE = (150, 150)
PIXEL_SCALE = 0.05
MASK_RADIUS = 3.0
PSF_SHAPE = (21, 21)
PSF_SIGMA = 1.6  # pixels
INNER_RADIUS = 0.3  # arcsec: 4 x 4 points a pixel inside, 2 x 2 outside
BATCH = 16

CENTRE = (-0.01, 0.01)
BULGE = {"axis_ratio": 0.85, "angle": 40.0, "intensity": 2.0, "effective_radius": 0.8, "sersic_index": 3.5}
DISK = {"axis_ratio": 0.6, "angle": 40.0, "intensity": 0.8, "effective_radius": 1.5}


def ell_comps(profile: dict[str, float]) -> tuple[float, float]:
    f = (1 - profile["axis_ratio"]) / (1 + profile["axis_ratio"])
    phi = np.deg2rad(profile["angle"])
    return f * np.sin(2 * phi), f * np.cos(2 * phi)


def vector() -> np.ndarray:
    """Bulge (centre, ell_comps, intensity, radius, index), then disk (centre, ell_comps, intensity, radius)."""
    bulge = [*CENTRE, *ell_comps(BULGE), BULGE["intensity"], BULGE["effective_radius"], BULGE["sersic_index"]]
    return np.array([*bulge, *CENTRE, *ell_comps(DISK), DISK["intensity"], DISK["effective_radius"]])


def perturbed(count: int, seed: int = 0, scale: float = 1e-3) -> np.ndarray:
    """`count` vectors near the truth, all different, so that nothing can be cached."""
    noise = np.random.default_rng(seed).standard_normal((count, len(vector())))
    return vector() * (1 + scale * noise)


def axes(sub: int = 1) -> tuple[np.ndarray, np.ndarray]:
    ny, nx = SHAPE[0] * sub, SHAPE[1] * sub
    y = ((ny - 1) / 2 - np.arange(ny)) * PIXEL_SCALE / sub
    x = (np.arange(nx) - (nx - 1) / 2) * PIXEL_SCALE / sub
    return np.meshgrid(y, x, indexing="ij")


def mask() -> np.ndarray:
    """True outside the circle."""
    y, x = axes()
    return y**2 + x**2 >= MASK_RADIUS**2


def psf() -> np.ndarray:
    y, x = np.ogrid[: PSF_SHAPE[0], : PSF_SHAPE[1]]
    kernel = np.exp(-0.5 * ((y - PSF_SHAPE[0] // 2) ** 2 + (x - PSF_SHAPE[1] // 2) ** 2) / PSF_SIGMA**2)
    return kernel / kernel.sum()


def light(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    total = np.zeros_like(y)
    for profile in (BULGE, DISK):
        n = profile.get("sersic_index", 1.0)
        b = 2 * n - 1 / 3 + 4 / (405 * n) + 46 / (25515 * n**2) + 131 / (1148175 * n**3)
        b -= 2194697 / (30690717750 * n**4)
        phi, q = np.deg2rad(profile["angle"]), profile["axis_ratio"]
        dy, dx = y - CENTRE[0], x - CENTRE[1]
        major, minor = dx * np.cos(phi) + dy * np.sin(phi), dy * np.cos(phi) - dx * np.sin(phi)
        radius = np.sqrt(q * major**2 + minor**2 / q)
        total += profile["intensity"] * np.exp(-b * ((radius / profile["effective_radius"]) ** (1 / n) - 1))
    return total


def exact_image() -> np.ndarray:
    """Mean of the light over every pixel before the PSF, relative error below 1e-6: Gauss-Legendre nodes, and near the
    cusp pixels halved towards it until nothing changes."""

    def mean(y: float, x: float, side: float, order: int) -> float:
        nodes, weights = np.polynomial.legendre.leggauss(order)
        gy, gx = np.meshgrid(y + nodes * side / 2, x + nodes * side / 2, indexing="ij")
        return float((np.outer(weights, weights) / 4 * light(gy, gx)).sum())

    def halved(y: float, x: float, side: float, depth: int) -> float:
        if depth == 0 or np.hypot(y - CENTRE[0], x - CENTRE[1]) > 1.5 * side:
            return mean(y, x, side, 10)
        quarters = [(y + i * side / 4, x + j * side / 4) for i in (-1, 1) for j in (-1, 1)]
        return float(np.mean([halved(*quarter, side / 2, depth - 1) for quarter in quarters]))

    ys, xs = axes()
    nodes, weights = np.polynomial.legendre.leggauss(8)
    offsets = nodes * PIXEL_SCALE / 2
    image = sum(
        wy * wx / 4 * light(ys + oy, xs + ox)
        for oy, wy in zip(offsets, weights, strict=True)
        for ox, wx in zip(offsets, weights, strict=True)
    )
    for i, j in np.argwhere(np.hypot(ys, xs) < 0.3):
        image[i, j] = halved(ys[i, j], xs[i, j], PIXEL_SCALE, 16)
    return image


def noise_map(blurred: np.ndarray) -> np.ndarray:
    return np.sqrt(0.02**2 + np.clip(blurred, 0, None) / 500)


SAVED = "GALENS_BENCHMARK_DATA"
"""Environment variable with the file of saved data: simulating them is no part of what is measured."""


def data(seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Noisy image, noise map, and the exact noise-free blurred image: those that were saved, or new ones."""
    return observed(exact_image, seed)


def observed(image: Callable[[], np.ndarray], seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`data` of another image before the PSF, which is only computed where nothing was saved."""
    if SAVED in os.environ:
        return tuple(np.load(os.environ[SAVED]))
    from scipy.signal import fftconvolve

    exact = fftconvolve(image(), psf(), mode="same")
    noise = noise_map(exact)
    return exact + noise * np.random.default_rng(seed).standard_normal(SHAPE), noise, exact
