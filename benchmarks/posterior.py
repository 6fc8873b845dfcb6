"""The posterior of case A from the default priors: NUTS, and Nautilus on the same data, in one table.

Nautilus begins in the whole prior (`--nautilus full`, which takes far longer than it is worth), or in a box of 10 sigma
around the posterior that NUTS found (`--nautilus narrow`); its samples are then weighted to the default priors.

python benchmarks/posterior.py [--nautilus narrow|full|none] [--live 500] [--seeds 1] [--keep FOLDER]
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # threads of BLAS would compete with those of the search

import argparse
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import galens.fit as af
import galens.galaxy as ag
import galens_case
import problem
from galens.config import conf
from galens.fit.weighted import effective_size

HALF_WIDTH = 10.0  # sigma


@dataclass
class Measured:
    """What one sampler made of the data: weighted samples, and what they cost."""

    name: str
    seconds: float
    evaluations: str
    parameters: np.ndarray
    weights: np.ndarray
    effective: np.ndarray
    log_evidence: float
    best: float
    note: str

    @property
    def mean(self) -> np.ndarray:
        return np.average(self.parameters, axis=0, weights=self.weights)

    @property
    def sigma(self) -> np.ndarray:
        return np.sqrt(np.average((self.parameters - self.mean) ** 2, axis=0, weights=self.weights))


def by_nuts(model: af.Collection, analysis: ag.AnalysisImaging, seed: int, name: str | None) -> Measured:
    result = af.NUTS(name, seed=seed).fit(model, analysis)
    samples, said = result.samples, result.samples.info
    return Measured(
        f"MultiStartLM + NUTS, seed {seed}",
        result.diagnostics["seconds"],
        f"{said['likelihood_evaluations']} + {said['jacobian_evaluations']} J + {said['gradient_evaluations']} grad",
        samples.parameters,
        samples.weights,
        np.array(said["bulk_effective_draws"]),
        float(said["bridge_log_evidence"]),
        float(samples.log_likelihood.max()),
        f"R-hat {max(said['r_hat']):.4f}, {said['divergences']} divergences",
    )


def narrowed(model: af.Collection, found: Measured) -> af.Collection:
    """The model with uniform priors within 10 sigma of what was found."""
    lower, upper = found.mean - HALF_WIDTH * found.sigma, found.mean + HALF_WIDTH * found.sigma
    return model.replacing(
        {
            prior: af.UniformPrior(float(low), float(high)).as_parameter(prior)
            for prior, low, high in zip(model.priors_ordered_by_id, lower, upper, strict=True)
        }
    )


def by_nautilus(
    model: af.Collection, fitted: af.Collection, analysis: ag.AnalysisImaging, live: int, name: str | None
) -> Measured:
    """Samples of `model` from a fit of `fitted`, which has other priors."""
    result = af.Nautilus(name, n_live=live, seed=1, n_eff=1000).fit(fitted, analysis)
    samples = result.samples
    log_ratio = af.Fitness(model, analysis).log_prior(samples.parameters) - samples.log_prior
    weights = samples.weights * np.exp(log_ratio - log_ratio.max())
    log_mean = math.log(weights.sum() / samples.weights.sum()) + log_ratio.max()
    return Measured(
        f"Nautilus, {live} live points" + (", 10 sigma boxes" if fitted is not model else ""),
        result.diagnostics["seconds"],
        str(samples.info["likelihood_evaluations"]),
        samples.parameters,
        weights,
        np.full(samples.parameters.shape[1], effective_size(weights)),
        float(samples.log_evidence or math.nan) + log_mean,
        float(samples.log_likelihood.max()),
        "",
    )


def print_table(rows: list[Measured], truth: float) -> None:
    print(f"\n{'':42}{'wall':>8}  {'evaluations':>28}{'eff. draws':>11}{'log Z':>11}{'log L - truth':>14}")
    for row in rows:
        print(
            f"{row.name:42}{row.seconds:7.1f}s  {row.evaluations:>28}{row.effective.min():11.0f}"
            f"{row.log_evidence:11.2f}{row.best - truth:14.2f}  {row.note}"
        )


def print_differences(names: tuple[str, ...], one: Measured, other: Measured) -> None:
    """Differences of means in units of their Monte Carlo error, and ratios of widths."""
    error = np.sqrt(one.sigma**2 / one.effective + other.sigma**2 / other.effective)
    difference, ratio = (one.mean - other.mean) / error, one.sigma / other.sigma
    print(f"\n{one.name} against {other.name}: difference of means in Monte Carlo errors, ratio of widths")
    for name, far, wide in zip(names, difference, ratio, strict=True):
        print(f"{name:45}{far:+7.2f}{wide:8.3f}")
    print(f"{'chi-squared':45}{np.sum(difference**2):7.2f} for {len(names)} parameters")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seeds", type=int, default=1, help="runs of NUTS; the first includes compilation")
    arguments.add_argument("--nautilus", choices=("narrow", "full", "none"), default="narrow")
    arguments.add_argument("--live", type=int, default=500)
    arguments.add_argument("--keep", type=Path, help="folder of results: a run that was stopped goes on from there")
    chosen = arguments.parse_args()
    name = None
    if chosen.keep is not None:
        conf.instance.output_path, name = chosen.keep, "posterior"
    model, analysis = galens_case.model(), ag.AnalysisImaging(dataset=galens_case.dataset())
    truth = float(af.Fitness(model, analysis)(problem.vector()))
    rows = [by_nuts(model, analysis, seed, name) for seed in range(chosen.seeds)]
    print_table(rows, truth)
    if len(rows) > 1:
        print_differences(model.program.names, rows[1], rows[0])
    if chosen.nautilus != "none":
        fitted: Any = model if chosen.nautilus == "full" else narrowed(model, rows[0])
        nautilus = by_nautilus(model, fitted, analysis, chosen.live, name)
        print_table([*rows, nautilus], truth)
        print_differences(model.program.names, rows[0], nautilus)


if __name__ == "__main__":
    main()
