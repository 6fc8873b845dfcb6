"""One lens, from its image to a folder with a report, a summary and images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from galens import __version__
from galens.fit.estimate import measured
from galens.fit.output.atomic import write_json, write_text
from galens.fit.output.identifier import content_hash
from galens.galaxy.cosmology import Planck15
from galens.pipeline.derived import estimates_of, mass_estimates
from galens.pipeline.exposure import Exposure
from galens.pipeline.fits import Settings
from galens.pipeline.lens import LensFit, fit_lens
from galens.pipeline.page import lens_page, thumbnail_of

__all__ = ["content_of", "model_lens", "summary_of"]

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
    settings = settings or Settings()
    fit = fit_lens(exposure, out, settings, radius, say)
    out.mkdir(parents=True, exist_ok=True)
    made_from = content_of(exposure, settings, radius, redshifts)
    summary = {"name": name, "made_from": made_from, **summary_of(fit, redshifts)}
    facts = [] if redshifts is None else [("Redshifts of lens and source", f"{redshifts[0]:g}, {redshifts[1]:g}")]
    if summary.get("einstein_mass") is not None:
        mass = [summary[f"einstein_mass{end}"] for end in ("", "_lower", "_upper")]
        value, minus, plus = measured(*mass)
        facts.append(("Mass inside the Einstein radius", f"{value} −{minus} +{plus} solar masses"))
    write_text(out / "report.html", lens_page(fit, name, facts))
    write_json(out / "summary.json", summary | {"thumbnail": thumbnail_of(fit)})
    if fit.best is not None:
        fit.best.analysis.save_results(out, fit.best)
    return fit, summary


def content_of(
    exposure: Exposure,
    settings: Settings,
    radius: float | None = None,
    redshifts: tuple[float, float] | None = None,
) -> str:
    """A hash of everything that a lens' report and summary are made from."""
    return content_hash((__version__, exposure.content, settings, radius, redshifts))


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
    best, estimates = fit.best, estimates_of(fit.derived)
    if best is None or "einstein_radius" not in estimates or verdict.answer == "no lens":
        return about
    about["mass_model"] = best.search_name
    for name, each in (estimates | mass_estimates(best)).items():
        about |= _limits(name, each.median, each.lower, each.upper)
    if redshifts is not None:
        density = float(Planck15().critical_surface_density_between_redshifts_from(*redshifts))
        radius = estimates["einstein_radius"]
        about |= _limits(
            "einstein_mass", *(np.pi * each**2 * density for each in (radius.median, radius.lower, radius.upper))
        )
    return about


def _limits(name: str, median: float, lower: float, upper: float) -> dict[str, float]:
    return {name: median, f"{name}_lower": lower, f"{name}_upper": upper}
