"""The first fit of a galaxy of any shape: an expansion in 20 Gaussians, with four parameters to search.

    python examples/expansion.py [--data FOLDER] [--output FOLDER] [--fast]

FOLDER of --data holds data.fits, noise_map.fits and psf.fits of a galaxy with 0.1 arcsec pixels; without it a galaxy
with a bulge and a disk is simulated. --fast takes fewer starts.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import galens.fit as af
import galens.galaxy as ag
from galaxy_data import MASK_RADIUS, read, simulate
from galens.config import conf

GALAXY = ag.Galaxy(
    redshift=0.5,
    bulge=ag.lp.Sersic(ell_comps=(0.05, 0.05), intensity=1.0, effective_radius=0.6, sersic_index=3.0),
    disk=ag.lp.Exponential(ell_comps=(0.12, 0.07), intensity=0.5, effective_radius=1.6),
)


def model_from(mask_radius: float) -> af.Collection:
    """Gaussians from a hundredth of an arcsec to the mask: centre and shape are free, the intensities are solved."""
    stars = ag.model_util.mge_model_from(mask_radius=mask_radius, total_gaussians=20, sigma_min=0.01)
    return af.Collection(galaxies=af.Collection(galaxy=af.Model(ag.Galaxy, redshift=0.5, stars=stars)))


def main(data: Path | None = None, output: Path = Path("output/expansion"), fast: bool = False) -> dict[str, Any]:
    begin = time.perf_counter()
    dataset = read(data) if data is not None else simulate(ag.Galaxies([GALAXY]))
    mask = ag.Mask2D.circular(shape_native=dataset.shape_native, pixel_scales=dataset.pixel_scales, radius=MASK_RADIUS)
    dataset = dataset.apply_mask(mask=mask)

    model = model_from(MASK_RADIUS)
    print(f"{model.total_free_parameters} free parameters: {', '.join(model.program.names)}")

    conf.instance.output_path = output
    search = af.MultiStartLM(name="expansion", n_starts=4 if fast else 16, n_draws=16 if fast else 64, seed=1)
    result = search.fit(model=model, analysis=ag.AnalysisImaging(dataset=dataset))
    fit = result.max_log_likelihood_fit
    print(f"log likelihood {fit.log_likelihood:.2f}, chi-squared per pixel {fit.reduced_chi_squared:.3f}")

    # What was solved: intensities by name, galaxies that have them, and how well they are known.
    intensities = fit.linear_light_profile_intensity_dict
    lit = {name: float(value) for name, value in intensities.items() if value > 0.0}
    print(f"{len(lit)} of {len(intensities)} Gaussians shine:")
    draws = result.intensity_draws(size=50)
    for name, value in lit.items():
        print(f"  {name}: {value:.4g} +- {draws[name].std():.2g}")
    galaxy = fit.galaxies_linear_light_profiles_to_light_profiles["galaxy"]
    print(f"figures are in {result.path / 'image'}, all of the fit on one page in {result.path / 'report.html'}")
    seconds = time.perf_counter() - begin
    print(f"{seconds:.1f} s from the data to here")
    return {"fit": fit, "galaxy": galaxy, "draws": draws, "seconds": seconds, "result": result}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of data.fits, noise_map.fits and psf.fits")
    parser.add_argument("--output", type=Path, default=Path("output/expansion"), help="folder of results")
    parser.add_argument("--fast", action="store_true", help="fewer starts")
    arguments = parser.parse_args()
    main(arguments.data, arguments.output, arguments.fast)
