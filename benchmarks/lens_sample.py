"""Simulated HST-like lenses: how often the pipeline fails, and how often its intervals hold the truth.

    python benchmarks/lens_sample.py [--lenses 200] [--hours 1.0] [--first 0]

Einstein radii are uniform from 0.5" to 2", the signal to noise of the brightest pixel of the arcs log-uniform from 5
to 100; a Sersic lens galaxy whose mass is an isothermal ellipsoid in a shear, and a Sersic source. A failure is an
Einstein radius off by more than 10 %, told or not: those with the verdict "lens" are counted apart.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from galens import array as aa
from galens import lens as al
from galens.pipeline import Exposure, Settings, exposure_from, fit_lens

SIDES, SCALE = 141, 0.05
EXPOSURE_TIME, SKY = 2000.0, 0.1
OFF = 0.1


def lens(rng: np.random.Generator) -> tuple[list[al.Galaxy], float]:
    """The galaxies, and the signal to noise that the brightest pixel of the arcs shall have."""
    tilt = rng.normal(0.0, 0.1, 2)
    radius = rng.uniform(0.5, 2.0)
    shear = rng.normal(0.0, 0.04, 2)
    deflector = al.Galaxy(
        redshift=0.5,
        light=al.lp.Sersic(
            ell_comps=tuple(tilt + rng.normal(0.0, 0.03, 2)),
            intensity=rng.uniform(0.3, 1.0),
            effective_radius=rng.uniform(0.8, 2.0),
            sersic_index=rng.uniform(2.5, 4.5),
        ),
        mass=al.mp.Isothermal(ell_comps=tuple(tilt), einstein_radius=radius),
        shear=al.mp.ExternalShear(gamma_1=shear[0], gamma_2=shear[1]),
    )
    place = (
        0.35 * radius * np.sqrt(rng.uniform()) * np.array([np.sin(angle := rng.uniform(0, 2 * np.pi)), np.cos(angle)])
    )
    source = al.Galaxy(
        redshift=1.0,
        light=al.lp.Sersic(
            centre=tuple(place),
            ell_comps=tuple(rng.normal(0.0, 0.15, 2)),
            effective_radius=rng.uniform(0.05, 0.25),
            sersic_index=rng.uniform(0.8, 2.5),
        ),
    )
    return [deflector, source], float(np.exp(rng.uniform(np.log(5.0), np.log(100.0))))


def exposed(
    galaxies: list[al.Galaxy], signal_to_noise: float, seed: int, sides: int = SIDES, scale: float = SCALE
) -> Exposure:
    """The image, with a PSF as wide as a pixel; the source as bright as the signal to noise asks for."""
    deflector, source = galaxies
    psf = aa.Convolver.from_gaussian((15, 15), sigma=scale, pixel_scales=scale)
    grid = aa.Grid2D.uniform((sides, sides), scale, over_sample_size=4)
    clean = al.SimulatorImaging(EXPOSURE_TIME, psf, add_poisson_noise_to_data=False, noise_if_add_noise_false=1.0,
                                include_poisson_noise_in_noise_map=False)  # fmt: skip
    dark = al.Galaxy(redshift=0.5, mass=deflector.mass, shear=deflector.shear)
    arcs = np.asarray(clean.via_galaxies_from([al.Tracer([dark, source])], grid).data.native)
    galaxy = np.asarray(clean.via_galaxies_from([al.Tracer([deflector])], grid).data.native)
    noise_at_peak = np.sqrt((galaxy.flat[np.argmax(arcs)] + SKY) / EXPOSURE_TIME)
    image = galaxy + arcs * signal_to_noise * noise_at_peak / arcs.max()
    expected = (image + SKY) * EXPOSURE_TIME
    counts = np.random.default_rng(seed).poisson(expected)
    # Of the expected counts: a noise map of noisy counts gives pixels that lie low more weight.
    noise = np.sqrt(expected) / EXPOSURE_TIME
    return exposure_from(counts / EXPOSURE_TIME - SKY, noise, np.asarray(psf.kernel.native), scale)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lenses", type=int, default=200)
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    begin = time.monotonic()
    pulls, off, answers = [], [], []
    print("seed  truth  theta_E  ratio    pull  S/N verdict   explained chi2 | seconds")
    for seed in range(arguments.first, arguments.first + arguments.lenses):
        if time.monotonic() - begin > 3600 * arguments.hours:
            break
        galaxies, signal_to_noise = lens(np.random.default_rng([seed, 2026]))
        truth = float(al.LensCalc(galaxies[0]).effective_einstein_radius)
        fit = fit_lens(exposed(galaxies, signal_to_noise, seed), settings=Settings(power_law=False))
        median, low, high = fit.einstein_radius or (float("nan"),) * 3
        pull = (median - truth) / (0.5 * (high - low))
        pulls.append(pull)
        off.append(abs(median / truth - 1) > OFF or not np.isfinite(median))
        answers.append(fit.verdict.answer)
        print(
            f"{seed:4d} {truth:6.3f} {median:8.3f} {median / truth:6.3f} {pull:7.1f} {signal_to_noise:4.0f} "
            f"{fit.verdict.answer:9s} {fit.verdict.explained:9.2f} {fit.verdict.chi_squared:4.2f} | "
            f"{sum(fit.seconds.values()):.0f}",
            flush=True,
        )
    failed, sure = np.array(off), np.array(answers) == "lens"
    size = np.abs(np.array(pulls)[~failed])
    print(f"{len(off)} lenses, {failed.mean():.1%} off by more than 10 %")
    print(f"of {sure.sum()} that are called lens {failed[sure].mean():.1%}")
    print(f"of those that are not off {np.mean(size < 1):.0%} are within the error, {np.mean(size < 2):.0%} within two")


if __name__ == "__main__":
    main()
