"""How often MultiStartLM finds a lens from the default priors: power law and shear, a Sersic profile each.

python benchmarks/find_the_lens.py [--lenses 10] [--first 0] [--starts 16] [--draws 512] [--given]

Lenses are drawn at random, each with its own noise. A start hits where it ends in the mode of the best one, and that
has the true Einstein radius within 0.05 arcsec and a chi-squared a pixel below 1.1. With `--given` intensities are
parameters, 22 in all; otherwise they are solved, and 20 are searched. `--first` is the number of the first lens.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

import galens.fit as af
import galens.lens as al

SHAPE, SCALE = (61, 61), 0.1


def truth(rng: np.random.Generator) -> al.Tracer:
    def shape(spread: float) -> tuple[float, float]:
        return tuple(np.clip(rng.normal(0.0, spread, 2), -0.3, 0.3))

    centre = tuple(rng.normal(0.0, 0.02, 2))
    lens = al.Galaxy(
        redshift=0.5,
        bulge=al.lp.Sersic(
            centre=centre,
            ell_comps=shape(0.1),
            intensity=rng.uniform(0.3, 1.5),
            effective_radius=rng.uniform(0.5, 1.2),
            sersic_index=rng.uniform(1.5, 4.0),
        ),
        mass=al.mp.PowerLaw(
            centre=centre,
            ell_comps=shape(0.1),
            einstein_radius=rng.uniform(0.8, 1.8),
            slope=rng.uniform(1.8, 2.2),
        ),
        shear=al.mp.ExternalShear(gamma_1=rng.normal(0.0, 0.03), gamma_2=rng.normal(0.0, 0.03)),
    )
    source = al.Galaxy(
        redshift=1.0,
        bulge=al.lp.Sersic(
            centre=tuple(rng.normal(0.0, 0.15, 2)),
            ell_comps=shape(0.15),
            intensity=rng.uniform(0.5, 2.0),
            effective_radius=rng.uniform(0.1, 0.3),
            sersic_index=rng.uniform(0.8, 2.0),
        ),
    )
    return al.Tracer({"lens": lens, "source": source})


def dataset(tracer: al.Tracer, seed: int) -> al.Imaging:
    grid = al.Grid2D.uniform(shape_native=SHAPE, pixel_scales=SCALE, over_sample_size=4)
    psf = al.Convolver.from_gaussian(shape_native=(7, 7), sigma=0.1, pixel_scales=SCALE, normalize=True)
    simulator = al.SimulatorImaging(exposure_time=1000.0, psf=psf, background_sky_level=0.1, noise_seed=seed)
    # One layout for all, so that they share what is compiled.
    simulated = simulator.via_galaxies_from(galaxies=tracer, grid=grid, over_sample_size_lp=2)
    return simulated.apply_mask(al.Mask2D.circular(shape_native=SHAPE, pixel_scales=SCALE, radius=3.0))


def model(given: bool) -> af.Collection:
    light = al.lp.Sersic if given else al.lp_linear.Sersic
    lens = af.Model(al.Galaxy, redshift=0.5, bulge=light, mass=al.mp.PowerLaw, shear=al.mp.ExternalShear)
    source = af.Model(al.Galaxy, redshift=1.0, bulge=light)
    return af.Collection(galaxies=af.Collection(lens=lens, source=source))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--lenses", type=int, default=10)
    arguments.add_argument("--first", type=int, default=0)
    arguments.add_argument("--starts", type=int, default=16)
    arguments.add_argument("--draws", type=int, default=512)
    arguments.add_argument("--given", action="store_true")
    chosen = arguments.parse_args()
    search = af.MultiStartLM(n_starts=chosen.starts, n_draws=chosen.draws, n_samples=1, importance_weights=False)
    rates = []
    for number in range(chosen.first, chosen.first + chosen.lenses):
        tracer = truth(np.random.default_rng(number))
        begin = time.process_time()
        result = search.fit(model=model(chosen.given), analysis=al.AnalysisImaging(dataset(tracer, seed=number)))
        seconds = time.process_time() - begin
        radius = float(result.max_log_likelihood_tracer.galaxies["lens"].mass.einstein_radius)
        true = float(tracer.galaxies["lens"].mass.einstein_radius)
        chi_squared = float(result.max_log_likelihood_fit.reduced_chi_squared)
        found = abs(radius - true) < 0.05 and chi_squared < 1.1
        info = result.samples.info
        rates.append(info["hit_rate"] if found else 0.0)
        print(
            f"lens {number}: Einstein radius {radius:.3f} (true {true:.3f}), chi-squared a pixel "
            f"{chi_squared:.3f}, hit rate {rates[-1]:.2f}, reliability "
            f"{1 - (1 - rates[-1]) ** chosen.starts:.4f}, {info['steps']} steps, {seconds:.0f} s of CPU",
            flush=True,
        )
    print(f"found {np.count_nonzero(rates)} of {len(rates)}; hit rate a start {np.mean(rates):.3f}")


if __name__ == "__main__":
    main()
