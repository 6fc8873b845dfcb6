"""Light of real galaxies by a multi-Gaussian expansion: Hyper Suprime-Cam, lens galaxies of HST, bands of Euclid.

    python benchmarks/real_galaxies.py --out DIR [hsc] [slacs] [euclid]

The data lie in ``../shared/real``. Each is fitted by `MultiStartLM` from the priors, in a process of its own, twice:
the second has the compiled programs of the first on disk, and says what a fit costs after compilation. Residuals are
drawn in DIR. Arcs of the HST lenses do not count: a ring about the published Einstein radius is noise-scaled. In
Euclid's bands one galaxy has one shape, and each band intensities and an offset of its own.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits

import galens.fit as af
import galens.galaxy as ag
import galens.plot as aplt
from galens.array.flagged import SWITCHED_OFF
from galens.config import conf

DATA = Path(__file__).resolve().parents[2] / "shared" / "real"
LENSES = ("J0029-0055", "J0252+0039", "J0737+3216", "J1205+4910")
BANDS = ("VIS", "NIR_Y", "NIR_J", "NIR_H")
EUCLID = "102019126_NEG589666030505609975.fits"
HSC_SCALE, HST_SCALE, EUCLID_SCALE = 0.168, 0.05, 0.1
ARCS = (-0.4, 0.5)  # arcsec about the Einstein radius
SURVEYS = {
    "hsc": ("gal1", "gal2", "gal3"),
    "slacs": LENSES,
    "euclid": ("joint",),
}


def brightest(image: np.ndarray, bad: np.ndarray) -> tuple[int, int]:
    """Row and column of the brightest pixel near the middle, of those that are not bad."""
    rows, columns = np.indices(image.shape)
    middle = np.hypot(rows - image.shape[0] / 2, columns - image.shape[1] / 2) < image.shape[0] / 8
    row, column = np.unravel_index(np.argmax(np.where(middle & ~bad, image, -np.inf)), image.shape)
    return int(row), int(column)


def dataset_from(
    image: np.ndarray,
    noise: np.ndarray,
    psf: np.ndarray,
    pixel_scale: float,
    radius: float,
    bad: np.ndarray,
    pixel: tuple[int, int],
) -> tuple[ag.Imaging, tuple[float, float]]:
    """A circle about a pixel, without the pixels that are bad; and its centre in arcsec."""
    dataset = ag.Imaging.from_arrays(np.where(bad, 0.0, image), np.where(bad, 1.0, noise), pixel_scale, psf=psf)
    rows, columns = np.indices(image.shape)
    row, column = pixel
    centre = (((image.shape[0] - 1) / 2 - row) * pixel_scale, (column - (image.shape[1] - 1) / 2) * pixel_scale)
    far = np.hypot(rows - row, columns - column) * pixel_scale > radius
    return dataset.apply_mask(ag.Mask2D(far | bad, pixel_scale)), centre


def hsc(name: str) -> tuple[list[ag.Imaging], tuple[float, float], float]:
    image, noise, psf, bad = (np.load(DATA / "hsc" / f"{name}_{part}.npy") for part in ("im", "sig", "psf", "mask"))
    dataset, centre = dataset_from(image, noise, psf, HSC_SCALE, 8.0, bad > 0, brightest(image, bad > 0))
    return [dataset], centre, 8.0


def slacs(name: str) -> tuple[list[ag.Imaging], tuple[float, float], float]:
    folder = DATA / "slacs" / name
    image, noise, psf = (fits.getdata(folder / f"{part}.fits").astype(float) for part in ("image", "noise", "psf"))
    with open(DATA / "slacs" / "literature.csv", encoding="utf-8") as file:
        published = {row["lens_name"]: float(row["bSIE"]) for row in csv.DictReader(file)}
    bad = noise > 1e6
    dataset, centre = dataset_from(image, noise, psf, HST_SCALE, 3.0, bad, brightest(image, bad))
    ring = ag.Mask2D.circular_annular(
        shape_native=dataset.shape_native,
        pixel_scales=HST_SCALE,
        inner_radius=published[name] + ARCS[0],
        outer_radius=published[name] + ARCS[1],
        centre=centre,
    )
    return [dataset.apply_noise_scaling(ring)], centre, 3.0


def euclid(name: str) -> tuple[list[ag.Imaging], tuple[float, float], float]:
    neighbours = fits.getdata(DATA / "euclid" / "mask_extra_galaxies.fits") > 0
    found = []
    with fits.open(DATA / "euclid" / EUCLID) as file:
        pixel = brightest(file[f"{BANDS[0]}_BGSUB"].data, neighbours)
        for band in BANDS:
            image, noise, psf = (file[f"{band}_{part}"].data.astype(float) for part in ("BGSUB", "RMS", "PSF"))
            found.append(dataset_from(image, noise, psf, EUCLID_SCALE, 2.5, neighbours, pixel))
    return [dataset for dataset, _ in found], found[0][1], 2.5


def fit(survey: str, name: str, out: Path) -> str:
    datasets, centre, radius = {"hsc": hsc, "slacs": slacs, "euclid": euclid}[survey](name)
    stars = ag.model_util.mge_model_from(
        mask_radius=radius,
        total_gaussians=20,
        gaussian_per_basis=2,
        centre=centre,
        sigma_min=0.2 * datasets[0].pixel_scale,
    )
    model: Any = af.Collection(galaxies=af.Collection(galaxy=af.Model(ag.Galaxy, redshift=0.5, stars=stars)))
    analysis: Any = ag.AnalysisImaging(dataset=datasets[0])
    if len(datasets) > 1:
        analysis = af.FactorGraphModel(
            *(
                af.AnalysisFactor(prior_model=_shifted(model) if band else model, analysis=ag.AnalysisImaging(each))
                for band, each in enumerate(datasets)
            )
        )
        model = analysis.global_prior_model
    begin = time.perf_counter()
    result = af.MultiStartLM(name=name, seed=1).fit(model=model, analysis=analysis)
    seconds = time.perf_counter() - begin
    fits_ = result.max_log_likelihood_fit
    fits_ = list(fits_) if len(datasets) > 1 else [fits_]
    for number, each in enumerate(fits_):
        aplt.subplot_fit_imaging(fit=each, output_path=out / f"{survey}_{name}_{number}")
    quality = " ".join(f"{each.reduced_chi_squared:.3f}" for each in fits_)
    scatter = " ".join(f"{_scatter(each):.3f}" for each in fits_)
    return (
        f"{survey} {name:11s} {len(datasets[0].data.values):6d} pixels {seconds:6.1f} s, "
        f"reduced chi-squared {quality}, scatter {scatter}, log L {result.log_likelihood:.1f}"
    )


def _shifted(model: Any) -> Any:
    """The same galaxy in a band that is offset by a part of a pixel."""
    y, x = (af.GaussianPrior(mean=0.0, sigma=0.5 * EUCLID_SCALE) for _ in range(2))
    return af.Collection(galaxies=model.galaxies, dataset_model=af.Model(ag.DatasetModel, grid_offset=(y, x)))


def _scatter(fit: Any) -> float:
    """Of normalised residuals, by their quartiles: what most pixels say, a few bright ones aside."""
    residuals = np.asarray(fit.normalized_residual_map.values)
    noise = np.asarray(fit.dataset.noise_map.values)
    counted = noise < SWITCHED_OFF * np.median(noise)
    low, high = np.percentile(residuals[counted], (25, 75))
    return float(high - low) / 1.349


def _cases(surveys: list[str]) -> Iterator[tuple[str, str]]:
    for survey in surveys or SURVEYS:
        yield from ((survey, name) for name in SURVEYS[survey])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("surveys", nargs="*", help=f"of {', '.join(SURVEYS)}")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        conf.instance.output_path = arguments.out / "fits"
        print(fit(*arguments.one, arguments.out))
        return
    for survey, name in _cases(arguments.surveys):
        for run in ("first", "after"):
            out = arguments.out / run
            command = [sys.executable, __file__, "--out", str(out), "--one", survey, name]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
            print(f"{run:5s} {said[-1]}", flush=True)


if __name__ == "__main__":
    main()
