"""Case A in the reference library (`autolens`), run by its own interpreter."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["JAX_COMPILATION_CACHE_DIR"] = ""
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import autofit as af
import autogalaxy as ag
import jax.numpy as jnp
import numpy as np
from autofit.non_linear.fitness import Fitness

import problem
from timing import first_and_fastest, report


def dataset(default: bool):
    data, noise, _ = problem.data()
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
    return imaging.apply_over_sampling(over_sample_size_lp=sizes, over_sample_size_pixelization=2)


def model():
    bulge, disk = af.Model(ag.lp.Sersic), af.Model(ag.lp.Exponential)
    return af.Collection(galaxies=af.Collection(galaxy=af.Model(ag.Galaxy, redshift=0.5, bulge=bulge, disk=disk)))


def main() -> None:
    singles = [(jnp.asarray(v),) for v in problem.perturbed(8)]
    batches = [(jnp.asarray(problem.perturbed(problem.BATCH, seed)),) for seed in range(3)]
    for default in (False, True):
        label = "default" if default else "equal"
        imaging = dataset(default)
        analysis = ag.AnalysisImaging(dataset=imaging)
        fitness = Fitness(model=model(), analysis=analysis, fom_is_log_likelihood=True, resample_figure_of_merit=-1e99)
        for what, kind in (("value", "scalar"), ("value and gradient", "value_and_grad"), ("batch", "batched")):
            arguments = batches if what == "batch" else singles
            report(f"{label} {what}", **first_and_fastest(fitness.objective(kind), arguments))
        instance = model().instance_from_vector(vector=list(problem.vector()))
        fit = ag.FitImaging(dataset=imaging, galaxies=instance.galaxies)
        exact = problem.data()[2][~problem.mask()]
        error = np.abs(np.asarray(fit.model_data.array) - exact) / np.asarray(imaging.noise_map.array)
        report(f"{label} error", worst=float(error.max()), log_likelihood=float(fit.log_likelihood))


if __name__ == "__main__":
    main()
