"""Find the galaxy in an image: compose a model, fit it, read the posterior.

    python examples/modeling.py [--data FOLDER] [--output FOLDER] [--nautilus] [--fast]

FOLDER of --data holds data.fits, noise_map.fits and psf.fits of a galaxy with a bulge and a disk and 0.1 arcsec pixels;
without it the galaxy is simulated. --fast takes fewer starts.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

import galens.fit as af
import galens.galaxy as ag
import galens.plot as aplt
from galaxy_data import masked, read, simulate, upside_down
from galens.config import conf

TRUTH = ag.Galaxy(
    redshift=0.5,
    bulge=ag.lp.Sersic(
        centre=(0.0, 0.0),
        ell_comps=ag.convert.ell_comps_from(axis_ratio=0.9, angle=45.0),
        intensity=1.0,
        effective_radius=0.6,
        sersic_index=3.0,
    ),
    disk=ag.lp.Exponential(
        centre=(0.0, 0.0),
        ell_comps=ag.convert.ell_comps_from(axis_ratio=0.7, angle=30.0),
        intensity=0.5,
        effective_radius=1.6,
    ),
)


def bulge_and_disk(one_centre: bool = False, disk_radius: float | None = None) -> af.Collection:
    """A Sersic bulge with an exponential disk: 7 + 6 free parameters, each with its default prior.

    A parameter is tied to another by giving it that one's prior, and fixed by giving it a number.
    """
    galaxy = af.Model(ag.Galaxy, redshift=0.5, bulge=ag.lp.Sersic, disk=ag.lp.Exponential)
    if one_centre:
        galaxy.disk.centre = galaxy.bulge.centre
    if disk_radius is not None:
        galaxy.disk.effective_radius = disk_radius
    return af.Collection(galaxies=af.Collection(galaxy=galaxy))


def ten_gaussians() -> af.Collection:
    """Ten Gaussians on one centre, of one shape, whose sigmas follow one law: 6 free parameters.

    sigma_i = a + b log10(i + 1) is arithmetic on priors: a and b are the parameters, the ten sigmas follow from them.
    """
    a = af.UniformPrior(lower_limit=0.0, upper_limit=0.2)
    b = af.UniformPrior(lower_limit=0.0, upper_limit=10.0)
    first = af.Model(ag.lp.Gaussian)
    gaussians = {}
    for index in range(10):
        gaussian = af.Model(ag.lp.Gaussian)
        gaussian.centre = first.centre
        gaussian.ell_comps = first.ell_comps
        gaussian.intensity = 1.0
        gaussian.sigma = a + b * np.log10(index + 1)
        gaussians[f"gaussian_{index}"] = gaussian
    return af.Collection(galaxies=af.Collection(galaxy=af.Model(ag.Galaxy, redshift=0.5, **gaussians)))


def main(
    data: Path | None = None, output: Path = Path("output/modeling"), nautilus: bool = False, fast: bool = False
) -> dict[str, Any]:
    # The model. Every free parameter has a prior; model.info shows them all. Assertions forbid what makes no sense:
    # here a disk that is smaller than its bulge.
    model = bulge_and_disk(one_centre=True)
    galaxy = model.galaxies.galaxy
    model.add_assertion(galaxy.disk.effective_radius > galaxy.bulge.effective_radius)
    print(model.info)
    counts = {
        "bulge and disk": bulge_and_disk().total_free_parameters,
        "on one centre": model.total_free_parameters,
        "and the disk's radius fixed": bulge_and_disk(one_centre=True, disk_radius=1.6).total_free_parameters,
        "ten Gaussians": ten_gaussians().total_free_parameters,
    }
    print("free parameters: " + ", ".join(f"{name} {count}" for name, count in counts.items()))

    # The data: where they come from, which pixels are fitted, at how many points a pixel is evaluated.
    dataset = masked(upside_down(read(data)) if data is not None else simulate(ag.Galaxies([TRUTH])), 4)
    analysis = ag.AnalysisImaging(dataset=dataset)

    # A search. MultiStartLM descends from many draws of the priors at once and reports how many found the best mode:
    # seconds. Nautilus explores the whole posterior and measures its evidence: many minutes, and with too few live
    # points it settles in a lesser mode. Both write a folder.
    conf.instance.output_path = output
    if nautilus:
        search = af.Nautilus(name="nautilus", seed=1)
    else:
        search = af.MultiStartLM(name="multi_start", n_starts=16 if fast else 32, seed=1)
    result = search.fit(model=model, analysis=analysis)
    print(result)

    # The same search of the same model and data is not run again: its result is read from the folder.
    again = search.fit(model=model, analysis=analysis)
    assert np.array_equal(again.samples.parameters, result.samples.parameters)

    # The result: the best fit as galaxies, the median and its errors, any other function of the posterior.
    samples = result.samples
    best = result.max_log_likelihood_instance.galaxies.galaxy
    print(f"the best fit has log likelihood {result.max_log_likelihood_fit.log_likelihood:.3f}")
    print(f"and a bulge of {best.bulge.effective_radius:.3f} arcsec with n = {best.bulge.sersic_index:.2f}")
    outside = {}
    for name, (low, high) in zip(samples.names, samples.values_at_sigma(3.0), strict=True):
        component, parameter = name.removeprefix("galaxies.galaxy.").split(".", maxsplit=1)
        truth = getattr(TRUTH, component)
        for part in parameter.split("."):
            truth = truth[int(part[-1])] if isinstance(truth, tuple) else getattr(truth, part)
        if not low <= truth <= high:
            outside[name] = (low, truth, high)
    print(f"true parameters outside of 3 sigma: {outside or 'none'}")
    aplt.subplot_fit_imaging(fit=result.max_log_likelihood_fit, output_path=output)
    aplt.corner_cornerpy(samples=samples, output_path=output)
    return {"counts": counts, "result": result, "outside": outside}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of data.fits, noise_map.fits and psf.fits")
    parser.add_argument("--output", type=Path, default=Path("output/modeling"), help="folder of results and figures")
    parser.add_argument("--nautilus", action="store_true", help="nested sampling instead of descents from many starts")
    parser.add_argument("--fast", action="store_true", help="fewer starts")
    arguments = parser.parse_args()
    main(arguments.data, arguments.output, arguments.nautilus, arguments.fast)
    print(f"results and figures are in {arguments.output.resolve()}")
