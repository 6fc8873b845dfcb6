"""Model a strong lens: simulate one, fit it, and compare with the truth.

    python examples/lens.py [--output FOLDER] [--fast]

--fast takes fewer starts.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import galens.fit as af
import galens.lens as al
import galens.plot as aplt
from galens.config import conf

SHAPE, SCALE = (61, 61), 0.08
TRUTH = {
    "lens": al.Galaxy(
        redshift=0.3,
        bulge=al.lp.Sersic(ell_comps=(0.05, 0.02), intensity=0.4, effective_radius=0.7, sersic_index=3.0),
        mass=al.mp.Isothermal(ell_comps=(0.08, 0.04), einstein_radius=1.2),
        shear=al.mp.ExternalShear(gamma_1=0.03, gamma_2=-0.02),
    ),
    "source": al.Galaxy(
        redshift=1.0,
        bulge=al.lp.Exponential(centre=(0.08, 0.1), ell_comps=(0.1, 0.0), intensity=1.0, effective_radius=0.12),
    ),
}


def simulate() -> al.Imaging:
    grid = al.Grid2D.uniform(shape_native=SHAPE, pixel_scales=SCALE, over_sample_size=8)
    psf = al.Convolver.from_gaussian(shape_native=(9, 9), pixel_scales=SCALE, sigma=0.07, normalize=True)
    simulator = al.SimulatorImaging(exposure_time=2000.0, psf=psf, background_sky_level=0.1, noise_seed=1)
    dataset = simulator.via_tracer_from(tracer=al.Tracer(TRUTH), grid=grid)
    return dataset.apply_mask(al.Mask2D.circular(shape_native=SHAPE, pixel_scales=SCALE, radius=2.2))


def composed() -> af.Collection:
    """What a person would try first: solved light, an isothermal ellipsoid whose centre is that of the light, shear."""
    lens = af.Model(
        al.Galaxy, redshift=0.3, bulge=al.lp_linear.Sersic, mass=al.mp.Isothermal, shear=al.mp.ExternalShear
    )
    lens.mass.centre = lens.bulge.centre
    source = af.Model(al.Galaxy, redshift=1.0, bulge=al.lp_linear.Exponential)
    return af.Collection(galaxies=af.Collection(lens=lens, source=source))


def main(output: Path | None = None, n_starts: int = 24) -> Any:
    if output is not None:
        conf.instance.output_path = output
    dataset = simulate()
    aplt.subplot_imaging_dataset(dataset, output_path=output)

    # Three bright places on the ring: images of one source, which a good model brings to one place.
    # `galens draw positions image.fits` takes them by mouse.
    images = al.Grid2DIrregular([(1.20, 0.36), (-0.66, -0.78), (-0.20, 1.28)])
    positions = al.PositionsLH(positions=images, threshold=0.3)
    analysis = al.AnalysisImaging(dataset, positions_likelihood_list=[positions])

    search = af.MultiStartLM(name="lens", n_starts=n_starts, seed=1)
    result = search.fit(composed(), analysis)
    print(result)

    # The Einstein radius of the model is that of the ellipse's major axis; among the latent variables is the one that
    # does not depend on how a mass profile is parameterised: of the circle with the area of the critical curve.
    tracer = result.max_log_likelihood_tracer
    found = tracer.galaxies["lens"].mass.einstein_radius
    print(f"Einstein radius {float(found):.4f}, true {TRUTH['lens'].mass.einstein_radius}")
    aplt.subplot_fit_imaging(result.max_log_likelihood_fit, output_path=output)
    aplt.subplot_tracer(tracer, grid=dataset.grid, output_path=output)
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, help="folder for results and figures")
    parser.add_argument("--fast", action="store_true")
    chosen = parser.parse_args()
    main(chosen.output, n_starts=8 if chosen.fast else 24)
