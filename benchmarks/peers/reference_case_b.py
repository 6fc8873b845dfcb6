"""Case B in the reference library (`autolens`), run by its own interpreter."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", "")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import autofit as af
import autolens as al
import jax.numpy as jnp
import numpy as np
from autofit.non_linear.fitness import Fitness

import problem
import problem_b
from timing import first_and_fastest, report


def dataset():
    data, noise, _ = problem_b.data()
    scale = {"pixel_scales": problem.PIXEL_SCALE}
    imaging = al.Imaging(
        data=al.Array2D.no_mask(data, **scale),
        noise_map=al.Array2D.no_mask(noise, **scale),
        psf=al.Convolver(kernel=al.Array2D.no_mask(problem.psf(), **scale)),
    )
    imaging = imaging.apply_mask(al.Mask2D.circular(shape_native=problem.SHAPE, radius=problem.MASK_RADIUS, **scale))
    sizes = al.util.over_sample.over_sample_size_via_radial_bins_from(
        grid=imaging.grid, sub_size_list=[4, 2], radial_list=[problem.INNER_RADIUS], centre_list=[(0.0, 0.0)]
    )
    return imaging.apply_over_sampling(over_sample_size_lp=sizes, over_sample_size_pixelization=2)


def model():
    lens = af.Model(
        al.Galaxy,
        redshift=0.5,
        bulge=af.Model(al.lp.Sersic),
        mass=af.Model(al.mp.PowerLaw),
        shear=af.Model(al.mp.ExternalShear),
    )
    source = af.Model(al.Galaxy, redshift=1.0, bulge=af.Model(al.lp.Sersic))
    return af.Collection(galaxies=af.Collection(lens=lens, source=source))


def main() -> None:
    singles = [(jnp.asarray(v),) for v in problem_b.perturbed(8)]
    batches = [(jnp.asarray(problem_b.perturbed(problem.BATCH, seed)),) for seed in range(3)]
    imaging = dataset()
    fitness = Fitness(
        model=model(),
        analysis=al.AnalysisImaging(dataset=imaging),
        fom_is_log_likelihood=True,
        resample_figure_of_merit=-1e99,
    )
    for what, kind in (("value", "scalar"), ("value and gradient", "value_and_grad"), ("batch", "batched")):
        arguments = batches if what == "batch" else singles
        report(f"reference {what}", **first_and_fastest(fitness.objective(kind), arguments))
    instance = model().instance_from_vector(vector=list(problem_b.vector()))
    fit = al.FitImaging(dataset=imaging, tracer=al.Tracer(galaxies=instance.galaxies))
    exact = problem_b.data()[2][~problem.mask()]
    error = np.abs(np.asarray(fit.model_data.array) - exact) / np.asarray(imaging.noise_map.array)
    report("reference error", worst=float(error.max()), log_likelihood=float(fit.log_likelihood))


if __name__ == "__main__":
    main()
