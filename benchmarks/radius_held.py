"""Who is right where a fitted Einstein radius differs from the published one? Both, side by side.

    python benchmarks/radius_held.py --out DIR NAME ...

DIR is that of `slacs.py`, whose fits are read. The isothermal lens with shear is fitted once more with the published
radius (intermediate axis) held, from where the free fit ended and from the guesses that are nearest to that radius; the
sheets in DIR show the arcs, the model of the lensed source and the residuals of both.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import Any

import numpy as np

import galens.fit as af
import galens.lens as al
from galens.lens.imaging.view import LensCurves
from galens.pipeline.exposure import read_exposure
from galens.pipeline.fits import PLANES
from galens.pipeline.lens import LensFit, fit_lens
from galens.pipeline.models import LENS_NAMES, lens_model, start_vector
from galens.plot.lens import critical_curves
from galens.plot.panel import Panel
from galens.plot.picture import picture_from
from galens.plot.sheet import put_out_sheet
from slacs import DATA, PIXEL_SCALE

GUESSES = 3


def held_at(radius: float, found: LensFit) -> Any:
    """The best isothermal fit whose Einstein radius along the intermediate axis is held."""
    model = lens_model(found.exposure, found.radius, PLANES)
    free = model.galaxies.lens.mass
    mass = af.Model(al.mp.PowerLawIntermediate, centre=free.centre, ell_comps=free.ell_comps, slope=2.0)
    mass.einstein_radius = radius
    model.galaxies.lens.mass = mass
    fitted = found.isothermal
    best = dict(zip(fitted.model.program.names, fitted.samples.max_log_likelihood(False), strict=True))
    near = sorted(found.candidates, key=lambda each: abs(np.log(each.einstein_radius / radius)))[:GUESSES]
    known = [best, *({**found.light.parameters, **dict(zip(LENS_NAMES, each.vector, strict=True))} for each in near)]
    starts = tuple(tuple(start_vector(model, each)) for each in known)
    search = af.MultiStartLM(
        n_starts=0, n_draws=0, start_from=starts, n_samples=1, importance_weights=False, silence=True
    )
    return search.fit(model, fitted.analysis)


def panels(words: str, fit: Any, limit: float) -> list[Panel]:
    """The arcs, the lensed source and the residuals of a fit."""
    lines = critical_curves(LensCurves.of(fit.tracer_linear_light_profiles_to_light_profiles))
    arcs, source, residual = (
        picture_from(each, zoom=True)
        for each in (
            fit.subtracted_images_of_planes_list[-1],
            fit.model_images_of_planes_list[-1],
            fit.normalized_residual_map,
        )
    )
    return [
        Panel(arcs, f"{words}: data \N{MINUS SIGN} lens", vmin=0.0, vmax=limit, overlays=lines),
        Panel(source, "Lensed source", vmin=0.0, vmax=limit, overlays=lines),
        Panel(residual, "Residual / noise", unit="", symmetric=True, vmax=5.0),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    with open(DATA / "literature.csv", encoding="utf-8") as file:
        published = {row["lens_name"]: float(row["bSIE"]) for row in csv.DictReader(file)}
    for name in arguments.names:
        folder = DATA / name
        exposure = read_exposure(folder / "image.fits", folder / "noise.fits", folder / "psf.fits", PIXEL_SCALE)
        found = fit_lens(exposure, arguments.out / name)
        held = held_at(published[name], found)
        fits = found.isothermal.max_log_likelihood_fit, held.max_log_likelihood_fit
        gain = float(fits[0].log_likelihood - fits[1].log_likelihood)
        limit = float(np.nanmax(np.asarray(fits[0].model_images_of_planes_list[-1].native)))
        words = f"free ({al.LensCalc(found.isothermal.instance.galaxies.lens).effective_einstein_radius:.2f} arcsec)"
        sheet = [*panels(words, fits[0], limit), *panels(f"held at {published[name]:.2f} arcsec", fits[1], limit)]
        put_out_sheet(sheet, name, arguments.out, f"{name}_radius_held", "png", None, columns=3)
        quality = " and ".join(f"{float(each.reduced_chi_squared):.3f}" for each in fits)
        print(f"{name}: log L of the free radius is {gain:.1f} higher; reduced chi-squared {quality}", flush=True)


if __name__ == "__main__":
    main()
