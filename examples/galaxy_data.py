"""Images for the examples of this folder: read from FITS files, or simulated where there are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import galens.galaxy as ag

PIXEL_SCALE = 0.1
MASK_RADIUS = 3.0


def read(folder: Path) -> ag.Imaging:
    """The image, noise map and PSF in a folder."""
    return ag.Imaging.from_fits(
        data_path=folder / "data.fits",
        noise_map_path=folder / "noise_map.fits",
        psf_path=folder / "psf.fits",
        pixel_scales=PIXEL_SCALE,
    )


def upside_down(dataset: ag.Imaging) -> ag.Imaging:
    """The same data with the order of the rows reversed.

    The rule of galens: row 0 of the FITS file is row 0 of the array, which is the TOP row of the image (largest y).
    Files that were written bottom row first, as older versions of other libraries did, are read upside down; a model
    that was made for them fits after this.
    """

    def flipped(array: ag.Array2D) -> ag.Array2D:
        return ag.Array2D.no_mask(np.asarray(array.native)[::-1], pixel_scales=array.pixel_scales)

    return ag.Imaging(
        data=flipped(dataset.data),
        noise_map=flipped(dataset.noise_map),
        psf=ag.Convolver(kernel=flipped(dataset.psf.kernel)),
    )


def simulate(galaxies: ag.Galaxies, seed: int = 1) -> ag.Imaging:
    """An exposure of galaxies with a PSF, a sky background and photon noise: 100 x 100 pixels of 0.1 arcsec.

    The noise map is that of the image without noise. One that is made from the counts as they were taken gives pixels
    that lie low by chance less noise, and so more weight: at 30 counts a pixel the outskirts of the best fit are
    fainter than the truth by a photon a pixel, and radii off by up to three standard deviations.
    """
    grid = ag.Grid2D.uniform(shape_native=(100, 100), pixel_scales=PIXEL_SCALE, over_sample_size=8)
    psf = ag.Convolver.from_gaussian(shape_native=(11, 11), sigma=0.1, pixel_scales=PIXEL_SCALE, normalize=True)
    taken, without_noise = (
        ag.SimulatorImaging(
            exposure_time=300.0, psf=psf, background_sky_level=0.1, add_poisson_noise_to_data=is_noisy, noise_seed=seed
        ).via_galaxies_from(galaxies=galaxies, grid=grid)
        for is_noisy in (True, False)
    )
    return ag.Imaging(data=taken.data, noise_map=without_noise.noise_map, psf=taken.psf)


def masked(dataset: ag.Imaging, over_sample_size: int) -> ag.Imaging:
    """The data inside 3 arcsec, each pixel evaluated at over_sample_size x over_sample_size points."""
    mask = ag.Mask2D.circular(shape_native=dataset.shape_native, pixel_scales=dataset.pixel_scales, radius=MASK_RADIUS)
    return dataset.apply_mask(mask=mask).apply_over_sampling(over_sample_size_lp=over_sample_size)
