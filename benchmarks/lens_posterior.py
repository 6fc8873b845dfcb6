"""Whether errors of lens models are right: simulated lenses, posteriors from the default priors by NUTS.

python benchmarks/lens_posterior.py [--lenses 20] [--starts 16] [--keep ranks.csv]

Each lens is one of `find_the_lens.py`: a power law with shear, and a Sersic profile each for lens and source, 22
parameters. Where posteriors are right, the rank of a true value among draws of its posterior is uniformly distributed,
and 68 % of true values lie inside of their 68 % intervals. True parameters are not drawn from the priors, which matters
little where an image says far more than they do. Images come from the likelihood's own model: what is tested is the
sampling.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

import galens.fit as af
import galens.lens as al
from calibration import BINS, DRAWS, ranks_of, test_of_flatness
from find_the_lens import dataset, model, truth

LEVELS = (0.68, 0.95)


def true_values(names: list[str], tracer: al.Tracer) -> np.ndarray:
    """The numbers of a tracer in the order of a model's parameters, named by their dotted paths."""
    values = []
    for name in names:
        _, galaxy, component, *rest = name.split(".")
        value = getattr(getattr(tracer.galaxies[galaxy], component), rest[0])
        values.append(value if len(rest) == 1 else value[int(rest[1].rsplit("_", 1)[1])])
    return np.array(values, float)


def observed(tracer: al.Tracer, seed: int) -> al.Imaging:
    """The dataset of a tracer: the model's own image of it, with the noise of an exposure."""
    simulated = dataset(tracer, seed)
    exact = al.FitImaging(simulated, tracer).model_data.native
    noise_map = simulated.noise_map.native
    noise = np.random.default_rng(seed).standard_normal(noise_map.shape) * np.asarray(noise_map)
    data = al.Array2D(np.asarray(exact) + noise, simulated.mask)
    return al.Imaging(data, simulated.noise_map, simulated.psf).apply_over_sampling(over_sample_size_lp=2)


def inside(ranks: np.ndarray, level: float) -> np.ndarray:
    """Whether true values lie in the central interval of a level, from their ranks among `DRAWS` draws."""
    return np.abs((ranks + 0.5) / (DRAWS + 1) - 0.5) < 0.5 * level


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--lenses", type=int, default=20)
    arguments.add_argument("--starts", type=int, default=16)
    arguments.add_argument("--keep", type=Path, help="file that ranks are added to; a second run goes on after it")
    chosen = arguments.parse_args()
    composed = model(given=True)
    names = composed.program.names
    found: list[list[float]] = []
    if chosen.keep is not None and chosen.keep.exists():
        found = np.loadtxt(chosen.keep, delimiter=",", ndmin=2).tolist()
    for seed in range(len(found), chosen.lenses):
        tracer = truth(np.random.default_rng(seed))
        begin = time.perf_counter()
        search = af.NUTS(seed=seed, n_starts=chosen.starts, silence=True)
        result = search.fit(composed, al.AnalysisImaging(observed(tracer, seed)))
        seconds = time.perf_counter() - begin
        info = result.samples.info
        ranks = ranks_of(true_values(names, tracer), result.samples, seed)
        found.append([*ranks.tolist(), float(info["converged"]), seconds])
        print(
            f"lens {seed}: {seconds:.0f} s, {info['convergence']} Inside 68 %: {np.mean(inside(ranks, 0.68)):.2f}",
            flush=True,
        )
        if chosen.keep is not None:
            np.savetxt(chosen.keep, found, delimiter=",", fmt="%g")
    table = np.array(found)
    ranks, converged, seconds = table[:, : len(names)].astype(int), table[:, -2], table[:, -1]
    print(f"{len(ranks)} lenses, {int(converged.sum())} converged, median {np.median(seconds):.0f} s a lens")
    for name, column in zip(names, ranks.T, strict=True):
        rates = ", ".join(f"{np.mean(inside(column, level)):.2f} inside {level:.0%}" for level in LEVELS)
        print(f"{name:45} ranks {' '.join(f'{each:2d}' for each in sorted(column))}; {rates}")
    chi_squared, p = test_of_flatness(ranks.ravel())
    rates = ", ".join(f"{np.mean(inside(ranks, level)):.3f} inside {level:.0%}" for level in LEVELS)
    print(f"all parameters: {rates}; chi-squared of ranks {chi_squared:.1f} for {BINS - 1}, p = {p:.3f}")


if __name__ == "__main__":
    main()
