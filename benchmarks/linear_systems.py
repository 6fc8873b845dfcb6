"""Linear systems of galaxy light: columns of blurred Gaussians, alone or with the pixels of a lensed source.

NumPy and SciPy only. Arrays have row 0 at the top (largest y); (y, x) order, arcsec.
"""

from __future__ import annotations

import numpy as np
from scipy.fft import irfft2, next_fast_len, rfft2


def axes(shape: tuple[int, int], pixel_scale: float) -> tuple[np.ndarray, np.ndarray]:
    ny, nx = shape
    y = ((ny - 1) / 2 - np.arange(ny)) * pixel_scale
    x = (np.arange(nx) - (nx - 1) / 2) * pixel_scale
    return np.meshgrid(y, x, indexing="ij")


def blurred(images: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Images (n, ny, nx) convolved with an odd kernel; light outside the frame is dark."""
    shape = [next_fast_len(a + b - 1, real=True) for a, b in zip(images.shape[1:], kernel.shape, strict=True)]
    whole = irfft2(rfft2(images, s=shape) * rfft2(kernel, s=shape), s=shape)
    top, left = kernel.shape[0] // 2, kernel.shape[1] // 2
    return whole[:, top : top + images.shape[1], left : left + images.shape[2]]


def gaussian_columns(
    y: np.ndarray,
    x: np.ndarray,
    kernel: np.ndarray,
    sigmas: np.ndarray,
    ell_comps: tuple[float, float] = (0.0, 0.0),
    centre: tuple[float, float] = (0.0, 0.0),
) -> np.ndarray:
    """Blurred images (n, ny, nx) of exp(-(q^2 u^2 + v^2) / 2 sigma^2), u along the major axis: one point a pixel."""
    f = np.hypot(*ell_comps)
    axis_ratio, angle = (1 - f) / (1 + f), 0.5 * np.arctan2(*ell_comps)
    y, x = y - centre[0], x - centre[1]
    u, v = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    square = (axis_ratio * u) ** 2 + v**2
    return np.concatenate([blurred(np.exp(-square[None] / (2 * sigma**2)), kernel) for sigma in sigmas])


def gaussian_kernel(side: int = 21, sigma: float = 1.6) -> np.ndarray:
    """Point spread function; `sigma` in pixels."""
    offsets = np.arange(side) - side // 2
    kernel = np.exp(-0.5 * (offsets[:, None] ** 2 + offsets[None, :] ** 2) / sigma**2)
    return kernel / kernel.sum()


def expansion(
    n: int = 80, seed: int = 0, sets: int = 3, shape: tuple[int, int] = (150, 150)
) -> tuple[np.ndarray, np.ndarray]:
    """Whitened columns (N, n) and data (N,) of a bright cuspy galaxy: `sets` of Gaussians of equal centre and shape."""
    rng = np.random.default_rng(seed)
    y, x = axes(shape, 0.05)
    inside = np.hypot(y, x) < 0.02 * shape[0]
    kernel = gaussian_kernel()
    columns = []
    for count in [len(part) for part in np.array_split(np.arange(n), sets)]:
        sigmas = np.logspace(-2, np.log10(3.0), count)
        comps, centre = tuple(rng.uniform(-0.15, 0.15, 2)), tuple(rng.uniform(-0.03, 0.03, 2))
        columns.append(gaussian_columns(y, x, kernel, sigmas, comps, centre)[:, inside])
    radius = np.hypot(0.85 * x, y)
    light = blurred(30.0 * np.exp(-7.67 * ((radius / 0.8) ** 0.25 - 1.0))[None], kernel)[0][inside]
    noise = np.sqrt(0.02**2 + light / 500.0)
    data = light + noise * rng.standard_normal(light.size)
    return (np.concatenate(columns) / noise).T, data / noise


def field_centres(galaxies: int) -> np.ndarray:
    """(galaxies, 2) places on a spiral within 2.5 arcsec, (y, x): galaxies that touch and do not cover each other."""
    steps = np.arange(galaxies)
    angle, radius = 2.4 * steps, 2.5 * np.sqrt(steps / max(galaxies - 1, 1))
    return np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=-1)


def field_columns(
    y: np.ndarray, x: np.ndarray, kernel: np.ndarray, n: int, galaxies: int, widest: float, seed: int = 0
) -> np.ndarray:
    """Blurred images (n, ny, nx) of expansions of equally many Gaussians, 0.05 arcsec to `widest`, one a galaxy.

    The condition follows from the step between widths alone as long as galaxies are apart and none is narrower than a
    pixel: 60 Gaussians of 4 galaxies up to 1 arcsec, and 180 of 15 up to 0.6 arcsec, have about 1e10.
    """
    rng = np.random.default_rng(seed)
    sigmas = np.geomspace(0.05, widest, n // galaxies)
    columns = [
        gaussian_columns(y, x, kernel, sigmas, tuple(rng.uniform(-0.15, 0.15, 2)), tuple(centre))
        for centre in field_centres(galaxies)
    ]
    return np.concatenate(columns)


def field(n: int, galaxies: int, widest: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Whitened columns (11 304, n) and data of a field of exponential disks, each expanded in Gaussians."""
    y, x = axes((150, 150), 0.05)
    inside = np.hypot(y, x) < 3.0
    kernel = gaussian_kernel()
    disks = [np.exp(-np.hypot(0.8 * (x - cx), y - cy) / (0.2 * widest)) for cy, cx in field_centres(galaxies)]
    light = blurred(5.0 * np.sum(disks, axis=0)[None], kernel)[0][inside]
    noise = np.sqrt(0.02**2 + light / 500.0)
    data = light + noise * np.random.default_rng(seed).standard_normal(light.size)
    return (field_columns(y, x, kernel, n, galaxies, widest, seed)[:, inside] / noise).T, data / noise


def mixed(
    n_gaussians: int = 180, n_vertices: int = 965, seed: int = 1, galaxies: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Whitened columns (11 304, n_gaussians + n_vertices) and data of a lens: Gaussians of the light in front and the
    vertices of a Delaunay mesh in the source plane, each with the blurred image of its tent function.

    The Gaussians have one centre, which makes them dependent to rounding, or those of `galaxies` as in `field_columns`.
    """
    from scipy.spatial import Delaunay, cKDTree

    rng = np.random.default_rng(seed)
    y, x = axes((150, 150), 0.05)
    inside = np.hypot(y, x) < 3.0
    kernel = gaussian_kernel()
    if galaxies is None:
        gaussians = gaussian_columns(y, x, kernel, np.logspace(-2, np.log10(3.0), n_gaussians), (0.09, 0.05))
    else:
        gaussians = field_columns(y, x, kernel, n_gaussians, galaxies, 0.6)
    gaussians = gaussians[:, inside]

    radius = np.hypot(y, x)  # singular isothermal lens with shear
    source_y = y - 1.6 * y / radius + 0.05 * y
    source_x = x - 1.6 * x / radius - 0.05 * x
    points = np.stack([source_y.ravel(), source_x.ravel()], axis=1)
    chosen = rng.choice(np.flatnonzero(inside), n_vertices, replace=False)
    vertices = points[chosen] + 1e-4 * rng.standard_normal((n_vertices, 2))
    mesh = Delaunay(vertices)
    simplex = mesh.find_simplex(points)
    covered = np.flatnonzero(simplex >= 0)
    affine = mesh.transform[simplex[covered]]
    two = np.einsum("nij,nj->ni", affine[:, :2], points[covered] - affine[:, 2])
    tents = np.zeros((n_vertices, points.shape[0]))
    tents[mesh.simplices[simplex[covered]], covered[:, None]] = np.column_stack([two, 1.0 - two.sum(axis=1)])
    bare = np.flatnonzero(simplex < 0)
    tents[cKDTree(vertices).query(points[bare])[1], bare] = 1.0
    pixels = np.concatenate([blurred(part, kernel)[:, inside] for part in np.split(tents.reshape(-1, *y.shape), [400])])

    source = 1.5 * np.exp(-((vertices[:, 0] - 0.05) ** 2 + (vertices[:, 1] - 0.08) ** 2) / (2 * 0.12**2))
    lens = blurred(2.0 * np.exp(-np.hypot(0.8 * x, y) / 0.5)[None], kernel)[0][inside]
    light = lens + source @ pixels
    noise = np.sqrt(0.02**2 + light / 500.0)
    data = light + noise * rng.standard_normal(light.size)
    return (np.concatenate([gaussians, pixels]) / noise).T, data / noise
