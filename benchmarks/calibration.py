"""Simulation-based calibration of NUTS: are its errors as large as they should be?

Galaxies are drawn from their priors (7 free parameters), observed with noise, and fitted. If posteriors are right, the
rank of each true value among draws of its posterior is uniformly distributed (Talts et al. 2018).

python benchmarks/calibration.py [--galaxies 100] [--figure docs/images/calibration.png] [--keep ranks.csv]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import jax
import numpy as np

import galens.fit as af
import galens.galaxy as ag

SHAPE, PIXEL_SCALE, RADIUS, NOISE = (24, 24), 0.15, 1.7, 0.05
DRAWS = 99  # of each posterior: ranks are 0 to 99
BINS = 10
TITLES = ("centre y", "centre x", "intensity", "effective radius", "Sersic index", "ell_comps 0", "ell_comps 1")


def model() -> af.Collection:
    """A Sersic profile; default priors of the ellipticity, and a range of galaxies that an image shows."""
    bulge = af.Model(
        ag.lp.Sersic,
        centre=(af.GaussianPrior(mean=0.0, sigma=0.1), af.GaussianPrior(mean=0.0, sigma=0.1)),
        intensity=af.LogUniformPrior(lower_limit=0.3, upper_limit=3.0),
        effective_radius=af.UniformPrior(lower_limit=0.4, upper_limit=1.0),
        sersic_index=af.UniformPrior(lower_limit=0.8, upper_limit=4.0),
    )
    return af.Collection(galaxies=af.Collection(galaxy=af.Model(ag.Galaxy, redshift=0.5, bulge=bulge)))


def analysis(values: Any) -> ag.AnalysisImaging:
    """Of an image (24, 24); every image has the same geometry, so all share one compilation."""
    scale = {"pixel_scales": PIXEL_SCALE}
    dataset = ag.Imaging(
        data=ag.Array2D.no_mask(values, **scale),
        noise_map=ag.Array2D.full(NOISE, shape_native=SHAPE, **scale),
        psf=ag.Convolver.from_gaussian(shape_native=(7, 7), sigma=0.15, normalize=True, **scale),
    ).apply_mask(ag.Mask2D.circular(shape_native=SHAPE, radius=RADIUS, **scale))
    sizes = ag.util.over_sample.over_sample_size_via_radial_bins_from(
        grid=dataset.grid, sub_size_list=[8, 2], radial_list=[0.4], centre_list=[(0.0, 0.0)]
    )
    return ag.AnalysisImaging(dataset.apply_over_sampling(over_sample_size_lp=sizes))


def observed(composed: af.Collection, seed: int) -> tuple[np.ndarray, ag.AnalysisImaging]:
    """True parameters (7,) drawn from the priors of possible models, and an observation of that galaxy.

    The image comes from the likelihood's own model of it: what is tested is the sampling.
    """
    rng = np.random.default_rng(seed)
    program = composed.program
    is_possible = jax.jit(program.is_valid)  # compiled, it says no where a profile of plain numbers would be refused
    while True:
        truth = np.asarray(program.physical_from_unit(rng.random(program.n)))
        if is_possible(truth):
            break
    exact = analysis(np.zeros(SHAPE)).fit_from(program.instance(truth)).model_data.native
    return truth, analysis(np.asarray(exact) + NOISE * rng.standard_normal(SHAPE))


def ranks_of(truth: np.ndarray, samples: af.Samples, seed: int) -> np.ndarray:
    """How many of `DRAWS` draws of the posterior lie below the truth, for every parameter."""
    drawn = samples.samples_drawn_randomly_via_pdf_from(DRAWS, seed=seed).parameters
    return np.sum(drawn < truth, axis=0)


def test_of_flatness(ranks: np.ndarray) -> tuple[float, float]:
    """Chi-squared of the histogram of ranks (G,) against a flat one, and its p value."""
    from scipy.stats import chi2

    counts = np.histogram(ranks, bins=BINS, range=(0, DRAWS + 1))[0]
    expected = len(ranks) / BINS
    chi_squared = float(np.sum((counts - expected) ** 2 / expected))
    return chi_squared, float(chi2.sf(chi_squared, BINS - 1))


def draw(ranks: np.ndarray, p_values: list[float], path: Path) -> None:
    import matplotlib as mpl
    from scipy.stats import binom

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    low, middle, high = (binom.ppf(q, len(ranks), 1 / BINS) for q in (0.005, 0.5, 0.995))
    figure, axes = plt.subplots(2, 4, figsize=(11, 5), sharex=True, sharey=True, layout="constrained")
    for index, (axis, title) in enumerate(zip(axes.flat, TITLES, strict=False)):
        axis.axhspan(low, high, color="0.88", lw=0)
        axis.axhline(middle, color="0.6", lw=1)
        axis.hist(ranks[:, index], bins=BINS, range=(0, DRAWS + 1), color="#3b6ea5", rwidth=0.92)
        axis.set_title(f"{title} (p = {p_values[index]:.2f})", fontsize=10)
    axes.flat[-1].axis("off")
    axes.flat[-1].text(
        0.0, 0.5, f"{len(ranks)} galaxies\ngrey: 99 % of bars,\nif posteriors are right", va="center", fontsize=10
    )
    figure.supxlabel("rank of the true value among 99 draws of its posterior")
    figure.supylabel("galaxies")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--galaxies", type=int, default=100)
    arguments.add_argument("--figure", type=Path)
    arguments.add_argument("--keep", type=Path, help="file that ranks are added to; a second run goes on after it")
    chosen = arguments.parse_args()
    composed = model()
    found: list[list[float]] = []
    if chosen.keep is not None and chosen.keep.exists():
        found = np.loadtxt(chosen.keep, delimiter=",", ndmin=2).tolist()
    for seed in range(len(found), chosen.galaxies):
        truth, data = observed(composed, seed)
        start = time.perf_counter()
        result = af.NUTS(seed=seed, n_starts=4, n_warmup=150, n_eff=400, silence=True).fit(composed, data)
        seconds = time.perf_counter() - start
        said = result.samples.info
        found.append([*ranks_of(truth, result.samples, seed).tolist(), float(said["converged"]), seconds])
        print(f"galaxy {seed}: {seconds:.1f} s, {said['convergence']}", flush=True)
        if chosen.keep is not None:
            np.savetxt(chosen.keep, found, delimiter=",", fmt="%g")
    ranks, converged, seconds = np.array(found)[:, :7].astype(int), np.array(found)[:, 7], np.array(found)[:, 8]
    print(f"{len(ranks)} galaxies, {int(converged.sum())} converged, median {np.median(seconds):.1f} s a galaxy")
    p_values = []
    for name, column in zip(composed.program.names, ranks.T, strict=True):
        chi_squared, p = test_of_flatness(column)
        p_values.append(p)
        print(f"{name:45} chi-squared {chi_squared:5.1f} for {BINS - 1} degrees of freedom, p = {p:.3f}")
    print(f"smallest p times {len(p_values)}: {min(p_values) * len(p_values):.3f}")
    if chosen.figure is not None:
        draw(ranks, p_values, chosen.figure)


if __name__ == "__main__":
    main()
