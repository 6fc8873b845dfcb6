"""Case C in the reference library (`autolens`), run by its own interpreter."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import autofit as af
import autolens as al
import jax.numpy as jnp
from autofit.non_linear.fitness import Fitness
from reference_case_b import dataset

import problem
import problem_c
from timing import first_and_fastest, report


def model():
    lens = af.Model(
        al.Galaxy,
        redshift=0.5,
        bulge=al.model_util.mge_model_from(**problem_c.LENS_SETS),
        mass=af.Model(al.mp.Isothermal),
        shear=af.Model(al.mp.ExternalShear),
    )
    source = af.Model(al.Galaxy, redshift=1.0, bulge=al.model_util.mge_model_from(**problem_c.SOURCE_SET))
    return af.Collection(galaxies=af.Collection(lens=lens, source=source))


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def main() -> None:
    """Times what the command line names: value, gradient and batch by default (the batch may hang)."""
    wanted = sys.argv[1:] or ["value", "value and gradient", "batch"]
    kinds = {"value": "scalar", "value and gradient": "value_and_grad", "batch": "batched"}
    singles = [(jnp.asarray(v),) for v in problem_c.perturbed(8)]
    batches = [(jnp.asarray(problem_c.perturbed(problem.BATCH, seed)),) for seed in range(3)]
    analysis = al.AnalysisImaging(dataset=dataset())
    fitness = Fitness(model=model(), analysis=analysis, fom_is_log_likelihood=True, resample_figure_of_merit=-1e99)
    before = peak()
    for what in wanted:
        times = first_and_fastest(fitness.objective(kinds[what]), batches if what == "batch" else singles)
        report(what, **times, log_likelihood=float(fitness.objective("scalar")(jnp.asarray(problem_c.VECTOR))))
    report("memory", peak=peak(), grown=peak() - before)


if __name__ == "__main__":
    main()
