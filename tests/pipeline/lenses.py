"""A small simulated lens, and a galaxy that is none."""

from __future__ import annotations

from functools import cache

import numpy as np

from galens import array as aa
from galens import lens as al
from galens.pipeline.exposure import Exposure, exposure_from

SCALE = 0.1
EINSTEIN_RADIUS, SHAPE, SOURCE = 1.2, (0.05, 0.1), (0.08, 0.18)


def galaxies(with_source: bool = True) -> list[al.Galaxy]:
    lens = al.Galaxy(
        redshift=0.5,
        light=al.lp.Sersic(ell_comps=SHAPE, intensity=0.6, effective_radius=0.7, sersic_index=3.0),
        mass=al.mp.Isothermal(ell_comps=SHAPE, einstein_radius=EINSTEIN_RADIUS),
    )
    source = al.Galaxy(redshift=1.0, light=al.lp.Exponential(centre=SOURCE, intensity=2.0, effective_radius=0.12))
    return [lens, source] if with_source else [lens]


@cache
def exposure(with_source: bool = True, sides: int = 61) -> Exposure:
    psf = aa.Convolver.from_gaussian((9, 9), sigma=0.09, pixel_scales=SCALE)
    simulator = al.SimulatorImaging(exposure_time=1000.0, psf=psf, background_sky_level=0.2, noise_seed=1)
    grid = aa.Grid2D.uniform((sides, sides), SCALE, over_sample_size=4)
    dataset = simulator.via_galaxies_from([al.Tracer(galaxies(with_source))], grid)
    data, noise, kernel = (np.asarray(each.native) for each in (dataset.data, dataset.noise_map, psf.kernel))
    return exposure_from(data, noise, kernel, SCALE)


@cache
def light_of_lens(sides: int = 61) -> np.ndarray:
    """The lens galaxy's part of the image, known without a fit."""
    psf = aa.Convolver.from_gaussian((9, 9), sigma=0.09, pixel_scales=SCALE)
    simulator = al.SimulatorImaging(
        exposure_time=1000.0, psf=psf, add_poisson_noise_to_data=False, include_poisson_noise_in_noise_map=False
    )
    grid = aa.Grid2D.uniform((sides, sides), SCALE, over_sample_size=4)
    return np.asarray(simulator.via_galaxies_from(galaxies(False), grid).data.native)
