"""The image that the examples of this folder fit: 100 x 100 pixels of 0.1 arcsec, read or simulated."""

from __future__ import annotations

from pathlib import Path

import galens.galaxy as ag


def dataset_from(folder: Path | None, over_sample_size: int = 1) -> ag.Imaging:
    """The image inside a mask of 3 arcsec; `over_sample_size` squared points per pixel.

    Args:
        folder: of data.fits, noise_map.fits and psf.fits; None simulates an image.
    """
    if folder is not None:
        dataset = ag.Imaging.from_fits(
            data_path=folder / "data.fits",
            noise_map_path=folder / "noise_map.fits",
            psf_path=folder / "psf.fits",
            pixel_scales=0.1,
        )
    else:
        galaxy = ag.Galaxy(
            redshift=0.5,
            bulge=ag.lp.Sersic(ell_comps=(1 / 19, 0.0), intensity=1.0, effective_radius=0.6, sersic_index=2.0),
        )
        psf = ag.Convolver.from_gaussian(shape_native=(11, 11), sigma=0.1, pixel_scales=0.1, normalize=True)
        simulator = ag.SimulatorImaging(exposure_time=300.0, psf=psf, background_sky_level=0.1, noise_seed=1)
        grid = ag.Grid2D.uniform(shape_native=(100, 100), pixel_scales=0.1, over_sample_size=8)
        dataset = simulator.via_galaxies_from(galaxies=ag.Galaxies([galaxy]), grid=grid)
    mask = ag.Mask2D.circular(shape_native=dataset.shape_native, pixel_scales=dataset.pixel_scales, radius=3.0)
    return dataset.apply_mask(mask=mask).apply_over_sampling(over_sample_size_lp=over_sample_size)
