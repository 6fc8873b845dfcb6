"""One lens or a folder of them, from files to reports and a table: what the command ``galens lens`` does."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from galens.errors import DatasetError, GalensError
from galens.fit.output.atomic import write_json, write_text
from galens.galaxy.cosmology import Planck15
from galens.lens import LensCalc
from galens.pipeline.exposure import Exposure, read_exposure
from galens.pipeline.index import index_page, write_tables
from galens.pipeline.lens import LensFit, Settings, fit_lens
from galens.pipeline.page import lens_page, thumbnail_of

__all__ = ["lens_folders", "model_lens", "model_lenses"]

NAMES = {"image": ("image", "data", "sci"), "noise": ("noise", "noise_map", "rms", "sigma"), "psf": ("psf",)}
SUFFIXES = (".fits", ".fits.gz", ".fit")
Say = Callable[[str], None]


def model_lens(
    exposure: Exposure,
    out: Path,
    name: str,
    redshifts: tuple[float, float] | None = None,
    settings: Settings | None = None,
    radius: float | None = None,
    say: Say = lambda text: None,
) -> tuple[LensFit, dict[str, Any]]:
    """Models a lens and writes ``report.html``, ``summary.json``, and FITS images of the best model into a folder.

    Args:
        out: the folder; what is finished in it is not computed again.
        redshifts: of lens and source, for the mass.
        settings, radius, say: see `fit_lens`.

    Returns:
        the fit, and what ``summary.json`` says.
    """
    fit = fit_lens(exposure, out, settings, radius, say)
    out.mkdir(parents=True, exist_ok=True)
    summary = {"name": name, **summary_of(fit, redshifts)}
    facts = [] if redshifts is None else [("Redshifts of lens and source", f"{redshifts[0]:g}, {redshifts[1]:g}")]
    if summary.get("einstein_mass") is not None:
        facts.append(("Mass inside the Einstein radius", f"{summary['einstein_mass']:.3g} solar masses"))
    write_text(out / "report.html", lens_page(fit, name, facts))
    write_json(out / "summary.json", summary | {"thumbnail": thumbnail_of(fit)})
    if fit.best is not None:
        fit.best.analysis.save_results(out, fit.best)
    return fit, summary


def model_lenses(
    folder: Path,
    out: Path,
    pixel_scale: float | None = None,
    settings: Settings | None = None,
    say: Say = lambda text: None,
) -> list[dict[str, Any]]:
    """Models every lens in a folder of folders, one after the other, and writes ``lenses.csv``, ``lenses.ecsv`` and
    ``index.html``.

    The table is written after each lens. A lens whose files cannot be used has a row that says why. A lens with a file
    ``summary.json`` is not done again.

    Raises:
        DatasetError: no lens is found.
    """
    rows = []
    for name, files in lens_folders(folder).items():
        say(name)
        rows.append(_row(name, files, out / name, pixel_scale, settings, say))
        write_tables(rows, out)
        write_text(out / "index.html", index_page(rows, folder.name))
    return rows


def lens_folders(folder: Path) -> dict[str, dict[str, Path]]:
    """Files of the lenses in a folder, by the names of their folders.

    Raises:
        DatasetError: no folder in it has an image, a noise map and a PSF.
    """
    found = {}
    for each in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = {role: _file(each, stems) for role, stems in NAMES.items()}
        if all(files.values()):
            mask = _file(each, ("mask",))
            found[each.name] = {role: path for role, path in (files | {"mask": mask}).items() if path is not None}
    if not found:
        raise DatasetError(
            f"folder '{folder}' has no lens: each is a folder with the files image.fits, noise.fits and psf.fits."
        )
    return found


def summary_of(fit: LensFit, redshifts: tuple[float, float] | None = None) -> dict[str, Any]:
    """The numbers of a lens, plain data. Those of a lens model are None where there is no convincing lens."""
    verdict = fit.verdict
    about: dict[str, Any] = {
        "verdict": verdict.answer,
        "explained": verdict.explained,
        "chi_squared": verdict.chi_squared,
        "log_evidence_gain": verdict.log_evidence_gain,
        "images": verdict.images,
        "warnings": sum(each.level in ("bad", "notice") for each in (*verdict.findings, *fit.exposure.findings)),
        "seconds": sum(fit.seconds.values()),
        "stages": dict(fit.seconds),
        "findings": [f"{each.level}: {each.text}" for each in (*verdict.findings, *fit.exposure.findings)],
    }
    best = fit.best
    if best is None or fit.einstein_radius is None or verdict.answer == "no lens":
        return about
    median, low, high = fit.einstein_radius
    lens = best.instance.galaxies.lens
    tilt = float(np.linalg.norm(np.asarray(lens.mass.ell_comps, float)))
    about |= {
        "einstein_radius": median,
        "einstein_radius_lower": low,
        "einstein_radius_upper": high,
        "axis_ratio": (1 - tilt) / (1 + tilt),
        "shear": float(lens.shear.magnitude()),
        "slope": float(getattr(lens.mass, "slope", 2.0)),
        "mass_model": best.search_name,
    }
    if redshifts is not None:
        density = Planck15().critical_surface_density_between_redshifts_from(*redshifts)
        area = np.pi * float(LensCalc(lens).effective_einstein_radius) ** 2
        about["einstein_mass"] = area * float(density)
    return about


def _row(
    name: str, files: Mapping[str, Path], out: Path, pixel_scale: float | None, settings: Settings | None, say: Say
) -> dict[str, Any]:
    done = out / "summary.json"
    if done.is_file():
        return json.loads(done.read_text(encoding="utf-8"))
    try:
        exposure = read_exposure(files["image"], files["noise"], files["psf"], pixel_scale, files.get("mask"))
        model_lens(exposure, out, name, settings=settings, say=say)
    except GalensError as error:
        return {"name": name, "verdict": "failed", "findings": [f"bad: {error}"]}
    return json.loads(done.read_text(encoding="utf-8"))


def _file(folder: Path, stems: Sequence[str]) -> Path | None:
    candidates = (folder / f"{stem}{suffix}" for stem in stems for suffix in SUFFIXES)
    return next((path for path in candidates if path.is_file()), None)
