"""The figures of a fit's result folder, found by the rooms below through the entry points "galens.figures"."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from galens.lens import FitImaging
from galens.plot.corner import corner_cornerpy
from galens.plot.dataset import subplot_imaging_dataset
from galens.plot.fit import subplot_fit_imaging
from galens.plot.galaxies import subplot_galaxies
from galens.plot.lens import subplot_tracer
from galens.plot.report import write_report

__all__ = ["imaging", "posterior", "report"]


def imaging(folder: Path, analysis: Any, result: Any) -> None:
    """Writes dataset.png, fit.png and galaxies.png of the best fit of an `AnalysisImaging` into `folder`.

    Of a fit of a lens, tracer.png takes the place of galaxies.png.
    """
    fit = result.max_log_likelihood_fit
    subplot_imaging_dataset(analysis.dataset, output_path=folder)
    subplot_fit_imaging(fit, output_path=folder)
    if isinstance(fit, FitImaging) and fit.tracer.total_planes > 1:
        tracer = fit.tracer_linear_light_profiles_to_light_profiles
        subplot_tracer(tracer, grid=analysis.dataset.grids.lp, output_path=folder)
        return
    subplot_galaxies(
        fit.galaxies_linear_light_profiles_to_light_profiles, grid=analysis.dataset.grids.lp, output_path=folder
    )


def posterior(folder: Path, result: Any) -> None:
    """Writes corner.png of the samples of any fit into `folder`; nothing where there is no distribution yet."""
    samples = result.samples
    if samples.pdf_converged and samples.effective_sample_size > samples.parameters.shape[1]:
        corner_cornerpy(samples, output_path=folder)


def report(folder: Path) -> None:
    """Writes report.html of the finished fit in the result folder `folder`."""
    write_report(folder)
