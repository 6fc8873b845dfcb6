"""Figure of a fit to an image."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np

from galens.array.flagged import flagged
from galens.galaxy import FitImaging
from galens.lens import FitImaging as LensFitImaging
from galens.plot.lens import lens_fit_panels
from galens.plot.limits import linear_limits, log_limits, symmetric_limits
from galens.plot.output import Formats
from galens.plot.overlays import Overlays
from galens.plot.panel import Panel
from galens.plot.picture import Picture, picture_from
from galens.plot.sheet import put_out_sheet

__all__ = ["subplot_fit_imaging"]


def subplot_fit_imaging(
    fit: FitImaging | LensFitImaging,
    output_path: str | os.PathLike[str] | None = None,
    output_filename: str = "fit",
    output_format: Formats = None,
    colormap: str | None = None,
    use_log10: bool = True,
    title_prefix: str = "",
    positions: Any = None,
    lines: Any = None,
    grid: Any = None,
    cb_unit: str | None = None,
    dpi: float | None = None,
) -> None:
    """Shows or writes a fit: data, model, residual; signal to noise, normalised residual, chi-squared.

    That of a lens also has lens light, data without it, the lensed source with the critical curves, and the source
    plane with the caustics, near the source and as a whole; tangential ones are white, radial ones yellow.

    Data and model share one colour scale. Residuals have zero in the middle of a diverging scale; the
    normalised one reaches at least 3 sigma, so that noise does not look like structure. Pixels that a huge noise
    value switches off are grey and stretch no scale.

    Args:
        fit: a `FitImaging` of galaxies or of a lens.
        use_log10: logarithmic colours for data and model.
        title_prefix: before the title of each panel.
        output_path, output_filename, output_format, colormap, positions, lines, grid, cb_unit, dpi: as in
            `plot_array`; the overlays are drawn on data and model.
    """
    names = ("data", "model_data", "residual_map", "signal_to_noise_map", "normalized_residual_map")
    data, model, residual, signal, normalised = (picture_from(getattr(fit, name), zoom=True) for name in names)
    chi_squared = picture_from(fit.chi_squared_map, zoom=True)
    off = flagged(picture_from(fit.noise_map, zoom=True).values)
    low, high = _brightness_limits(data, model, off, use_log10)
    unit = data.value_unit if cb_unit is None else cb_unit
    drawn = Overlays(positions=positions, lines=lines, grid=grid)
    log = " (log)" if use_log10 else ""
    bright = Panel(data, f"Data{log}", unit, colormap, log=use_log10, vmin=low, vmax=high, overlays=drawn)
    limit = symmetric_limits(np.where(off, np.nan, residual.values))[1]
    sigmas = max(3.0, symmetric_limits(np.where(off, np.nan, normalised.values))[1])
    panels = [
        bright,
        replace(bright, picture=model, title=f"Model{log}"),
        Panel(residual, "Residual", unit=unit, symmetric=True, vmax=limit, switched_off=off),
        Panel(signal, "Signal to noise", unit="", colormap=colormap, switched_off=off),
        Panel(normalised, "Residual / noise", unit="", symmetric=True, vmax=sigmas, switched_off=off),
        Panel(chi_squared, "Chi-squared", unit="", colormap=colormap, vmin=0.0, vmax=sigmas**2, switched_off=off),
    ]
    if isinstance(fit, LensFitImaging) and fit.tracer.total_planes > 1:
        lens, subtracted, source, zoomed, whole = lens_fit_panels(fit, drawn, unit, colormap)
        lens = replace(lens, log=use_log10, vmin=low, vmax=high)
        sigma = replace(panels[4], title="Residual / noise, within 1", vmax=1.0)
        panels = [
            *panels[:2],
            panels[3],
            zoomed,
            lens,
            subtracted,
            source,
            whole,
            panels[2],
            panels[4],
            sigma,
            panels[5],
        ]
    panels = [replace(panel, title=f"{title_prefix}{panel.title}") for panel in panels]
    put_out_sheet(panels, _summary(fit), output_path, output_filename, output_format, dpi)


def _brightness_limits(data: Picture, model: Picture, off: np.ndarray, log: bool) -> tuple[float, float]:
    used = np.where(off, np.nan, data.values)
    if log:
        return log_limits(used)
    both = np.concatenate([used[np.isfinite(used)], model.values[model.visible]])
    return linear_limits(both)


def _summary(fit: FitImaging | LensFitImaging) -> str:
    return (
        f"log likelihood {float(fit.log_likelihood):.2f}    ".replace("-", "\N{MINUS SIGN}")
        + rf"$\chi^2$ / pixel {float(fit.reduced_chi_squared):.3f}    {int(fit.dataset.pixels_that_count)} pixels"
    )
