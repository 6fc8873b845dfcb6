"""Case A in galens: dataset, model and fitness, as a user would write them."""

from __future__ import annotations

import galens.fit as af
import galens.galaxy as ag
import problem


def dataset(default: bool = True, seed: int = 1) -> ag.Imaging:
    """The masked dataset, with galens' own over-sampling or with that of the comparison."""
    data, noise, _ = problem.data(seed)
    scale = {"pixel_scales": problem.PIXEL_SCALE}
    imaging = ag.Imaging(
        data=ag.Array2D.no_mask(data, **scale),
        noise_map=ag.Array2D.no_mask(noise, **scale),
        psf=ag.Convolver(kernel=ag.Array2D.no_mask(problem.psf(), **scale)),
    )
    imaging = imaging.apply_mask(ag.Mask2D.circular(shape_native=problem.SHAPE, radius=problem.MASK_RADIUS, **scale))
    if default:
        return imaging
    sizes = ag.util.over_sample.over_sample_size_via_radial_bins_from(
        grid=imaging.grid, sub_size_list=[4, 2], radial_list=[problem.INNER_RADIUS], centre_list=[(0.0, 0.0)]
    )
    return imaging.apply_over_sampling(over_sample_size_lp=sizes)


def model() -> af.Collection:
    """Bulge and disk with the default priors: 13 free parameters."""
    galaxy = af.Model(ag.Galaxy, redshift=0.5, bulge=ag.lp.Sersic, disk=ag.lp.Exponential)
    return af.Collection(galaxies=af.Collection(galaxy=galaxy))


def fitness(default: bool = True) -> af.Fitness:
    return af.Fitness(model=model(), analysis=ag.AnalysisImaging(dataset=dataset(default)))
