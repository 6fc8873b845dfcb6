"""Twelve HST lenses, modelled without a value set by hand, against published Einstein radii.

    python benchmarks/slacs.py --out DIR [NAME ...]

The images lie in ``../shared/real/slacs``. The published radii (`bSIE`, intermediate axis, of isothermal ellipsoids
without shear) are compared when a lens is fitted. Each lens' stages are kept in DIR, and a second run reads them.
"""

from __future__ import annotations

import argparse
import csv
import resource
from pathlib import Path

import numpy as np

from galens.pipeline.exposure import read_exposure
from galens.pipeline.fits import Settings
from galens.pipeline.lens import LensFit, fit_lens

DATA = Path(__file__).resolve().parents[2] / "shared" / "real" / "slacs"
PIXEL_SCALE = 0.05


def model(folder: Path, out: Path | None, settings: Settings) -> LensFit:
    exposure = read_exposure(folder / "image.fits", folder / "noise.fits", folder / "psf.fits", PIXEL_SCALE)
    return fit_lens(exposure, None if out is None else out / folder.name, settings)


def line(name: str, fit: LensFit, published: float) -> str:
    median, low, high = fit.einstein_radius or (float("nan"),) * 3
    slope = "" if fit.power_law is None else f"{fit.power_law.instance.galaxies.lens.mass.slope:.2f}"
    stages = " ".join(f"{stage} {seconds:.0f}" for stage, seconds in fit.seconds.items())
    said = fit.verdict
    return (
        f"{name:11s} {median:6.3f} -{median - low:.3f} +{high - median:.3f} {published:5.2f} "
        f"{median / published:6.3f} {said.answer:9s} {said.explained:4.2f} {said.chi_squared:5.2f} {said.images:2d} "
        f"{said.log_evidence_gain:7.0f} {slope:4s} | {stages}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--isothermal-only", action="store_true")
    arguments = parser.parse_args()
    with open(arguments.data / "literature.csv", encoding="utf-8") as file:
        published = {row["lens_name"]: float(row["bSIE"]) for row in csv.DictReader(file)}
    settings = Settings(power_law=not arguments.isothermal_only)
    print("name        theta_E  68 %          bSIE  ratio verdict   explained chi2 images ln Z gain slope | seconds")
    ratios = []
    for name in arguments.names or sorted(published):
        fit = model(arguments.data / name, arguments.out, settings)
        print(line(name, fit, published[name]), flush=True)
        ratios.append((fit.einstein_radius or (np.nan,))[0] / published[name])
    off = np.abs(np.array(ratios) - 1)
    print(f"within 5 %: {np.sum(off < 0.05)} of {len(off)}; within 10 %: {np.sum(off < 0.1)} of {len(off)}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


if __name__ == "__main__":
    main()
