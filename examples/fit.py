"""Compare a galaxy with an image of it: residuals, chi-squared, log likelihood.

    python examples/fit.py [--data FOLDER] [--output FOLDER]

FOLDER of --data holds data.fits, noise_map.fits and psf.fits of a Sersic galaxy with 0.1 arcsec pixels; without it the
galaxy is simulated.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import galens.galaxy as ag
import galens.plot as aplt
from galaxy_data import masked, read, simulate, upside_down

TRUTH = ag.Galaxy(
    redshift=0.5,
    bulge=ag.lp.Sersic(
        centre=(0.0, 0.0),
        ell_comps=ag.convert.ell_comps_from(axis_ratio=0.9, angle=45.0),
        intensity=1.0,
        effective_radius=0.8,
        sersic_index=4.0,
    ),
)
# The same galaxy, half a pixel away.
SHIFTED = ag.Galaxy(
    redshift=0.5,
    bulge=ag.lp.Sersic(
        centre=(0.05, 0.05),
        ell_comps=ag.convert.ell_comps_from(axis_ratio=0.9, angle=45.0),
        intensity=1.0,
        effective_radius=0.8,
        sersic_index=4.0,
    ),
)


def main(data: Path | None = None, output: Path | None = None) -> dict[str, dict[str, ag.FitImaging]]:
    # The data. A FITS file says nothing about which of its rows is on top, so there is one rule (see upside_down): the
    # first row of the file is the top row. These files may have been written the other way round; the fit tells.
    whole = read(data) if data is not None else simulate(ag.Galaxies([TRUTH]))
    orientations = {"as read": whole, "upside down": upside_down(whole)} if data is not None else {"as read": whole}
    aplt.subplot_imaging_dataset(dataset=whole, output_path=output)

    # A fit uses the pixels inside a mask, here a circle of 3 arcsec. Each of them is evaluated at 8x8 points: the
    # centre of a Sersic profile with n = 4 is so steep that one point per pixel would be wrong by far more than the
    # noise.
    fits: dict[str, dict[str, ag.FitImaging]] = {}
    for orientation, dataset in orientations.items():
        dataset = masked(dataset, over_sample_size=8)
        fits[orientation] = {
            name: ag.FitImaging(dataset=dataset, galaxies=ag.Galaxies([galaxy]))
            for name, galaxy in {"truth": TRUTH, "shifted": SHIFTED}.items()
        }
        for name, fit in fits[orientation].items():
            print(
                f"{orientation:12s} {name:8s} chi-squared {fit.chi_squared:15.6f}  per pixel "
                f"{fit.chi_squared / dataset.mask.pixels_in_mask:6.3f}  log likelihood {fit.log_likelihood:15.6f}"
            )
    orientation = max(fits, key=lambda name: fits[name]["truth"].log_likelihood)
    fit = fits[orientation]["truth"]
    if len(fits) > 1:
        print(f"these files are {orientation}")

    # A fit is made of maps. Each is an Array2D, and each follows from the one before.
    residual = fit.data - fit.model_data
    normalised = residual / fit.noise_map
    chi_squared_map = normalised * normalised
    assert np.allclose(np.asarray(residual), np.asarray(fit.residual_map))
    assert np.allclose(np.asarray(normalised), np.asarray(fit.normalized_residual_map))
    assert np.allclose(np.asarray(chi_squared_map), np.asarray(fit.chi_squared_map))
    assert np.isclose(np.sum(chi_squared_map), fit.chi_squared)
    noise_normalization = np.sum(np.log(2 * np.pi * np.asarray(fit.noise_map) ** 2))
    assert np.isclose(-0.5 * (fit.chi_squared + noise_normalization), fit.log_likelihood)
    aplt.subplot_fit_imaging(fit=fit, output_path=output)
    aplt.subplot_fit_imaging(fit=fits[orientation]["shifted"], output_path=output, output_filename="fit_shifted")

    # A pixel, or a region, can be looked at on its own.
    mask = ag.Mask2D.circular(
        shape_native=fit.mask.shape_native, pixel_scales=fit.mask.pixel_scales, radius=1.0, centre=(0.0, 0.0)
    )
    inner = ~np.asarray(mask.array)
    print(f"chi-squared inside 1 arcsec: {fit.chi_squared_map.native[inner].sum():.2f} of {inner.sum()} pixels")
    return fits


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of data.fits, noise_map.fits and psf.fits")
    parser.add_argument("--output", type=Path, default=Path("output/fit"), help="folder of the figures")
    arguments = parser.parse_args()
    main(arguments.data, arguments.output)
    print(f"figures are in {arguments.output.resolve()}")
