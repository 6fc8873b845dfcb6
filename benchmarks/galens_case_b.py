"""Case B in galens: dataset, model and fitness, as a user would write them."""

from __future__ import annotations

import galens.fit as af
import galens.lens as al
import problem
import problem_b


def dataset(default: bool = True, seed: int = 1) -> al.Imaging:
    """The masked dataset, with galens' own over-sampling or with that of the comparison."""
    data, noise, _ = problem_b.data(seed)
    scale = {"pixel_scales": problem.PIXEL_SCALE}
    imaging = al.Imaging.from_arrays(data, noise, psf=problem.psf(), **scale)
    imaging = imaging.apply_mask(al.Mask2D.circular(shape_native=problem.SHAPE, radius=problem.MASK_RADIUS, **scale))
    if default:
        return imaging
    sizes = al.util.over_sample.over_sample_size_via_radial_bins_from(
        grid=imaging.grid, sub_size_list=[4, 2], radial_list=[problem.INNER_RADIUS], centre_list=[(0.0, 0.0)]
    )
    return imaging.apply_over_sampling(over_sample_size_lp=sizes)


def model() -> af.Collection:
    """Power law and shear, two Sersic profiles, with the default priors: 22 free parameters."""
    lens = af.Model(al.Galaxy, redshift=0.5, bulge=al.lp.Sersic, mass=al.mp.PowerLaw, shear=al.mp.ExternalShear)
    source = af.Model(al.Galaxy, redshift=1.0, bulge=al.lp.Sersic)
    return af.Collection(galaxies=af.Collection(lens=lens, source=source))


def fitness(default: bool = True) -> af.Fitness:
    return af.Fitness(model=model(), analysis=al.AnalysisImaging(dataset=dataset(default)))
