"""A lens in eight bands, without a value set by hand: Euclid's VIS alone, then all bands with one mass.

    python benchmarks/euclid_lens.py --out DIR

The data lie in ``../shared/real``. VIS goes through the pipeline of ``galens lens``. From there one isothermal lens
with shear is fitted to all bands: mass, shapes of the light of lens and source and the place of the source are shared,
the intensities are solved in every band, and every band but VIS may be offset.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import jax
import numpy as np
from astropy.io import fits

import galens.fit as af
import galens.lens as al
import galens.plot as aplt
from galens.pipeline.exposure import Exposure, exposure_from
from galens.pipeline.fits import PLANES, Settings
from galens.pipeline.lens import LensFit, fit_lens
from galens.pipeline.models import lens_model, start_vector
from real_galaxies import DATA, EUCLID, EUCLID_SCALE

DRAWS = 200
BANDS = ("VIS", "NIR_Y", "NIR_J", "NIR_H", "DES_G", "DES_R", "DES_I", "DES_Z")


def exposure(band: str, centre: tuple[float, float] | None = None) -> Exposure:
    neighbours = fits.getdata(DATA / "euclid" / "mask_extra_galaxies.fits") > 0
    with fits.open(DATA / "euclid" / EUCLID) as file:
        image, noise, psf = (file[f"{band}_{part}"].data.astype(float) for part in ("BGSUB", "RMS", "PSF"))
    return exposure_from(image, noise, psf, EUCLID_SCALE, mask=neighbours, centre=centre)


def joint(first: LensFit) -> tuple[Any, float]:
    """The fit of all bands, and its seconds."""
    model = lens_model(first.exposure, first.radius, PLANES)
    factors = []
    for band in BANDS:
        dataset = exposure(band, first.exposure.centre).dataset(first.radius, first.arcs.neighbours)
        of_band: Any = model
        if band != BANDS[0]:
            y, x = (af.GaussianPrior(mean=0.0, sigma=0.5 * EUCLID_SCALE) for _ in range(2))
            shift = af.Model(al.DatasetModel, grid_offset=(y, x))
            of_band = af.Collection(galaxies=model.galaxies, dataset_model=shift)
        factors.append(af.AnalysisFactor(prior_model=of_band, analysis=al.AnalysisImaging(dataset)))
    graph = af.FactorGraphModel(*factors)
    fitted = first.isothermal
    known = dict(zip(fitted.model.program.names, fitted.samples.max_log_likelihood(False), strict=True))
    start = start_vector(graph.global_prior_model, known)
    search = af.MultiStartLM(n_starts=0, n_draws=0, start_from=(tuple(start),), n_samples=256, silence=True)
    begin = time.perf_counter()
    return search.fit(graph.global_prior_model, graph), time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    first = fit_lens(exposure("VIS"), arguments.out / "VIS", Settings(power_law=False), say=print)
    stages = " ".join(f"{stage} {seconds:.0f}" for stage, seconds in first.seconds.items())
    print(f"VIS: {first.verdict.answer}, Einstein radius {_words(first.einstein_radius)} | {stages}", flush=True)
    for finding in first.verdict.findings:
        print(f"  {finding.level}: {finding.text}")
    result, seconds = joint(first)
    of_bands = list(result.max_log_likelihood_fit)
    for band, fit in zip(BANDS, of_bands, strict=True):
        aplt.subplot_fit_imaging(fit=fit, output_path=arguments.out, output_filename=band)
        source = float(np.sum(np.asarray(fit.model_images_of_planes_list[-1].values)))
        print(f"  {band:6s} reduced chi-squared {fit.reduced_chi_squared:.3f}, flux of the lensed source {source:.4g}")
    radius = _words(einstein_radius(result))
    print(f"{len(BANDS)} bands: Einstein radius {radius}, {result.diagnostics['errors']}, {seconds:.0f} s")


def einstein_radius(result: Any) -> tuple[float, float, float]:
    """Median and 68 % limits of that of the mass that all bands share, arcsec."""
    program = result.model.program

    def radius(vector: Any) -> Any:
        return al.LensCalc(program.instance(vector)[0].galaxies.lens).effective_einstein_radius

    draws = result.samples.samples_drawn_randomly_via_pdf_from(DRAWS).parameters
    low, median, high = np.quantile(jax.jit(jax.vmap(radius))(draws), (0.158655, 0.5, 0.841345))
    return float(median), float(low), float(high)


def _words(radius: tuple[float, float, float] | None) -> str:
    if radius is None:
        return "unknown"
    median, low, high = radius
    return f"{median:.4f} -{median - low:.4f} +{high - median:.4f}"


if __name__ == "__main__":
    main()
