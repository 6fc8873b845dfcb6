"""The log likelihood of a parametric fit, step by step, in plain NumPy; every step is compared with the library's.

    python examples/likelihood_function.py [--data FOLDER]

FOLDER of --data holds data.fits, noise_map.fits and psf.fits of a galaxy with a bulge and a disk and 0.1 arcsec pixels;
without it the galaxy is simulated. docs/contributor_guide.md follows the same steps through the source.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import jax
import numpy as np

import galens.galaxy as ag
from galaxy_data import masked, read, simulate, upside_down

BULGE: dict[str, Any] = {
    "centre": (0.0, 0.0),
    "ell_comps": (1 / 19, 0.0),  # axis ratio 0.9, 45 degrees
    "intensity": 1.0,
    "effective_radius": 0.6,
    "sersic_index": 3.0,
}
DISK: dict[str, Any] = {
    "centre": (0.0, 0.0),
    "ell_comps": (3 / 17 * np.sin(np.pi / 3), 3 / 17 * np.cos(np.pi / 3)),  # axis ratio 0.7, 30 degrees
    "intensity": 0.5,
    "effective_radius": 1.6,
}


def in_frame(points: np.ndarray, centre: tuple[float, float], ell_comps: tuple[float, float]) -> np.ndarray:
    """Coordinates (y', x') with the centre as their origin and x' along the major axis."""
    y, x = (points - np.array(centre)).T
    angle = 0.5 * np.arctan2(ell_comps[0], ell_comps[1])
    return np.stack([y * np.cos(angle) - x * np.sin(angle), x * np.cos(angle) + y * np.sin(angle)], axis=-1)


def eccentric_radii(points: np.ndarray, ell_comps: tuple[float, float]) -> np.ndarray:
    """sqrt(q x'^2 + y'^2 / q): the radius of the circle with the area of the ellipse through the point."""
    ellipticity = np.hypot(*ell_comps)
    axis_ratio = (1 - ellipticity) / (1 + ellipticity)
    y, x = points.T
    return np.sqrt(axis_ratio * x**2 + y**2 / axis_ratio)


def sersic(
    points: np.ndarray,
    centre: tuple[float, float],
    ell_comps: tuple[float, float],
    intensity: float,
    effective_radius: float,
    sersic_index: float = 1.0,
) -> np.ndarray:
    """Sersic light I_e exp(-b_n [(R / R_e)^(1/n) - 1]); an exponential disk is the one with n = 1."""
    radii = eccentric_radii(in_frame(points, centre, ell_comps), ell_comps)
    n = sersic_index
    b = 2 * n - 1 / 3 + 4 / (405 * n) + 46 / (25515 * n**2) + 131 / (1148175 * n**3) - 2194697 / (30690717750 * n**4)
    return intensity * np.exp(-b * ((radii / effective_radius) ** (1 / n) - 1))


def convolved(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The image as the telescope sees it: each pixel's light is spread by the PSF, pixel by pixel of the PSF."""
    rows, columns = kernel.shape
    half_rows, half_columns = rows // 2, columns // 2
    padded = np.pad(image, ((half_rows, half_rows), (half_columns, half_columns)))
    result = np.zeros_like(image)
    for row in range(rows):
        for column in range(columns):
            # Light moves from the pixel at -offset to the pixel at 0: the kernel is mirrored (convolution).
            shifted = padded[rows - 1 - row :, columns - 1 - column :][: image.shape[0], : image.shape[1]]
            result += kernel[row, column] * shifted
    return result


def main(data: Path | None = None) -> dict[str, Any]:
    galaxy = ag.Galaxy(redshift=0.5, bulge=ag.lp.Sersic(**BULGE), disk=ag.lp.Exponential(**DISK))
    galaxies = ag.Galaxies([galaxy])
    whole = upside_down(read(data)) if data is not None else simulate(galaxies)

    # 1. The mask chooses the pixels. One point per pixel, its centre, keeps the steps short.
    dataset = masked(whole, over_sample_size=1)
    mask = dataset.mask
    used = ~np.asarray(mask.array)
    rows, columns = np.nonzero(used)
    ny, nx = mask.shape_native
    scale = mask.pixel_scale
    y_of_row, x_of_column = ((ny - 1) / 2 - np.arange(ny)) * scale, (np.arange(nx) - (nx - 1) / 2) * scale
    points = np.stack([y_of_row[rows], x_of_column[columns]], axis=-1)
    agree("pixel centres", points, dataset.grids.lp)
    print(f"{len(points)} pixels, the first at (y, x) = ({points[0, 0]:.2f}, {points[0, 1]:.2f})")

    # 2. Each profile sees the points in its own frame, at elliptical radii.
    bulge_points = in_frame(points, BULGE["centre"], BULGE["ell_comps"])
    agree("bulge frame", bulge_points, galaxy.bulge.transformed_to_reference_frame_grid_from(grid=dataset.grids.lp))
    bulge_radii = eccentric_radii(bulge_points, BULGE["ell_comps"])
    agree("bulge radii", bulge_radii, galaxy.bulge.eccentric_radii_grid_from(grid=bulge_points))

    # 3. The light of each profile, and of the galaxy.
    bulge_image, disk_image = sersic(points, **BULGE), sersic(points, **DISK)
    agree("bulge image", bulge_image, galaxy.bulge.image_2d_from(grid=dataset.grids.lp))
    agree("disk image", disk_image, galaxy.disk.image_2d_from(grid=dataset.grids.lp))
    image = bulge_image + disk_image
    agree("galaxy image", image, galaxy.image_2d_from(grid=dataset.grids.lp))

    # 4. Light from outside of the mask is blurred into it: the pixels within reach of the PSF count too.
    kernel = np.asarray(dataset.psf.kernel.native)
    half = kernel.shape[0] // 2, kernel.shape[1] // 2
    padded = np.pad(used, [(half[0], half[0]), (half[1], half[1])])
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    blurring = windows.any(axis=(2, 3)) & ~used
    blurring_points = np.stack([y_of_row[np.nonzero(blurring)[0]], x_of_column[np.nonzero(blurring)[1]]], axis=-1)
    agree("blurring points", blurring_points, dataset.grids.blurring)
    blurring_image = sersic(blurring_points, **BULGE) + sersic(blurring_points, **DISK)
    agree("blurring image", blurring_image, galaxy.image_2d_from(grid=dataset.grids.blurring))
    print(f"{len(blurring_points)} pixels outside of the mask within reach of the PSF")

    # 5. The PSF.
    native = np.zeros(mask.shape_native)
    native[used], native[blurring] = image, blurring_image
    model_data = convolved(native, kernel)[used]
    fit = ag.FitImaging(dataset=dataset, galaxies=galaxies)
    agree("model data", model_data, fit.model_data)

    # 6. Residuals in units of the noise, squared and summed.
    data_values, noise = np.asarray(dataset.data.array), np.asarray(dataset.noise_map.array)
    residuals = data_values - model_data
    agree("residuals", residuals, fit.residual_map, atol=1e-10 * np.abs(data_values).max())
    chi_squared_map = (residuals / noise) ** 2
    agree("chi-squared map", chi_squared_map, fit.chi_squared_map, atol=1e-10 * chi_squared_map.max())
    chi_squared = np.sum(chi_squared_map)
    agree("chi-squared", chi_squared, fit.chi_squared)

    # 7. The normalisation of the noise's Gaussian, and the log likelihood.
    noise_normalization = np.sum(np.log(2 * np.pi * noise**2))
    agree("noise normalisation", noise_normalization, fit.noise_normalization)
    log_likelihood = -0.5 * (chi_squared + noise_normalization)
    agree("log likelihood", log_likelihood, fit.log_likelihood, rtol=1e-12)
    print(f"log likelihood by hand {log_likelihood:.9f}, of the library {fit.log_likelihood:.9f}")

    # 8. A search sees the same number through its analysis, compiled, with derivatives.
    analysis = ag.AnalysisImaging(dataset=dataset)

    def likelihood(galaxy: ag.Galaxy) -> Any:
        return analysis.log_likelihood_function(instance=Instance(galaxies=[galaxy]))

    compiled = float(jax.jit(likelihood)(galaxy))
    agree("compiled", log_likelihood, compiled, rtol=1e-12)
    slope = jax.jit(jax.grad(likelihood))(galaxy)
    step = 1e-5

    def moved(by: float) -> float:
        bulge = ag.lp.Sersic(**{**BULGE, "effective_radius": BULGE["effective_radius"] + by})
        return float(likelihood(ag.Galaxy(redshift=0.5, bulge=bulge, disk=galaxy.disk)))

    difference = (moved(step) - moved(-step)) / (2 * step)
    agree("slope", slope.bulge.effective_radius, difference, rtol=1e-6)
    print(f"d(log likelihood) / d(effective radius of the bulge) = {slope.bulge.effective_radius:.6f}")
    return {
        "pixels": len(points),
        "first": points[0],
        "blurring_pixels": len(blurring_points),
        "chi_squared": chi_squared,
        "noise_normalization": noise_normalization,
        "log_likelihood": log_likelihood,
        "compiled": compiled,
        "slope": (float(slope.bulge.effective_radius), difference),
        "over_sampled": float(ag.FitImaging(masked(whole, 8), galaxies).log_likelihood),
    }


class Instance:
    """What a model makes of a vector of parameters, here made by hand: an object with galaxies."""

    def __init__(self, galaxies: list[ag.Galaxy]) -> None:
        self.galaxies = galaxies


def agree(step: str, by_hand: Any, by_library: Any, rtol: float = 1e-10, atol: float = 1e-13) -> None:
    """Stops where the two differ."""
    np.testing.assert_allclose(np.asarray(by_library), by_hand, rtol=rtol, atol=atol, err_msg=step)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of data.fits, noise_map.fits and psf.fits")
    main(parser.parse_args().data)
