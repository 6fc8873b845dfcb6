"""A neighbour in the image: mask it, raise its noise, or model it too.

    python examples/extra_galaxies.py [--output FOLDER] [--fast]

--fast takes fewer starts.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import galens.fit as af
import galens.galaxy as ag
import galens.plot as aplt
from galaxy_data import simulate
from galens.config import conf

PLACE = (1.5, -1.2)
TRUTH = ag.Galaxy(
    redshift=0.5, bulge=ag.lp.Sersic(ell_comps=(0.1, 0.05), intensity=1.0, effective_radius=0.6, sersic_index=2.0)
)
NEIGHBOUR = ag.Galaxy(redshift=0.5, bulge=ag.lp.ExponentialSph(centre=PLACE, intensity=0.6, effective_radius=0.4))


def main_galaxy() -> af.Model:
    return af.Model(ag.Galaxy, redshift=0.5, bulge=ag.lp.Sersic)


def neighbour() -> af.Model:
    """A simple model is enough: its centre is known from the image."""
    light = af.Model(ag.lp.ExponentialSph, centre=PLACE)
    return af.Model(ag.Galaxy, redshift=0.5, bulge=light)


def cases() -> dict[str, tuple[ag.Imaging, af.Collection]]:
    """Dataset and model of each way to deal with the neighbour."""
    image = simulate(ag.Galaxies([TRUTH, NEIGHBOUR]))
    inside = ag.Mask2D.circular(shape_native=(100, 100), pixel_scales=0.1, radius=3.0)
    around = ag.Mask2D.circular(shape_native=(100, 100), pixel_scales=0.1, radius=1.4, centre=PLACE)
    one = af.Collection(galaxies=af.Collection(galaxy=main_galaxy()))
    # `extra_galaxies` are galaxies like others, kept apart so that results and figures tell them apart.
    both = af.Collection(
        galaxies=af.Collection(galaxy=main_galaxy()), extra_galaxies=af.Collection(neighbour=neighbour())
    )
    return {
        # Taken for light of the galaxy.
        "ignored": (image.apply_mask(mask=inside), one),
        # Its pixels are gone.
        "masked": (image.apply_mask(mask=inside | ~around), one),
        # Its pixels stay in the image and count for nothing. In a YAML file of galens fit:
        # noise_scaling: {shape: circular, radius: 1.4, centre: [1.5, -1.2]}
        "noise raised": (image.apply_noise_scaling(mask=around).apply_mask(mask=inside), one),
        "modelled": (image.apply_mask(mask=inside), both),
    }


def main(output: Path | None = None, n_starts: int = 16, only: tuple[str, ...] = ()) -> dict[str, Any]:
    if output is not None:
        conf.instance.output_path = output
    results = {}
    for name, (dataset, model) in cases().items():
        if only and name not in only:
            continue
        search = af.MultiStartLM(name=name.replace(" ", "_"), path_prefix="extra_galaxies", n_starts=n_starts, seed=1)
        result = search.fit(model=model, analysis=ag.AnalysisImaging(dataset=dataset))
        fit = result.max_log_likelihood_fit
        bulge = result.max_log_likelihood_instance.galaxies.galaxy.bulge
        results[name] = {
            "index": float(bulge.sersic_index),
            "radius": float(bulge.effective_radius),
            "chi_squared": float(fit.reduced_chi_squared),
        }
        print(
            f"{name:>12}: n = {bulge.sersic_index:.2f} (2), R = {bulge.effective_radius:.3f} (0.6), "
            f"reduced chi squared {fit.reduced_chi_squared:.2f}"
        )
        aplt.subplot_fit_imaging(fit=fit, output_path=output, output_filename=f"extra_{name.replace(' ', '_')}")
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("output"), help="folder of results and figures")
    parser.add_argument("--fast", action="store_true")
    options = parser.parse_args()
    main(options.output, n_starts=4 if options.fast else 16)
