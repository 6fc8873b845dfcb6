"""Figures of an imaging dataset, and the dataset as FITS."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np

from galens.array import Array2D, Imaging
from galens.array.flagged import flagged
from galens.plot.limits import linear_limits, log_limits
from galens.plot.output import Formats
from galens.plot.overlays import Overlays
from galens.plot.panel import Panel
from galens.plot.picture import picture_from
from galens.plot.sheet import put_out_sheet

__all__ = ["fits_imaging", "subplot_imaging_dataset"]

PathLike = str | os.PathLike[str]


def subplot_imaging_dataset(
    dataset: Imaging,
    output_path: PathLike | None = None,
    output_filename: str = "dataset",
    output_format: Formats = None,
    colormap: str | None = None,
    title_prefix: str = "",
    positions: Any = None,
    lines: Any = None,
    grid: Any = None,
    cb_unit: str | None = None,
    dpi: float | None = None,
) -> None:
    """Shows or writes a dataset: data (linear, logarithmic), noise, signal to noise, PSF, over-sampling.

    Pixels that a huge noise value switches off are grey in the noise map and do not stretch the colours.

    Args:
        dataset: an `Imaging`.
        title_prefix: before the title of each panel.
        output_path, output_filename, output_format, colormap, positions, lines, grid, cb_unit, dpi: as in
            `plot_array`; the overlays are drawn on the data.
    """
    data, noise = picture_from(dataset.data, zoom=True), picture_from(dataset.noise_map, zoom=True)
    off = flagged(noise.values)
    used = np.where(off, np.nan, data.values)
    low, high = linear_limits(used)
    log_low, log_high = log_limits(used)
    on_data = Overlays(positions=positions, lines=lines, grid=grid)
    panels = [
        Panel(data, "Data", unit=cb_unit, vmin=low, vmax=high, overlays=on_data),
        Panel(data, "Data (log)", unit=cb_unit, log=True, vmin=log_low, vmax=log_high, overlays=on_data),
        Panel(
            replace(noise, values=np.where(off, np.nan, noise.values)),
            "Noise map",
            unit=cb_unit,
            switched_off=off,
        ),
        Panel(picture_from(dataset.signal_to_noise_map, zoom=True), "Signal to noise", unit="", switched_off=off),
    ]
    if dataset.psf is not None:
        panels.append(Panel(picture_from(dataset.psf.kernel), "PSF (log)", unit="", log=True))
    panels.append(_over_sampling_panel(dataset))
    panels = [_adapted(panel, title_prefix, colormap) for panel in panels]
    put_out_sheet(panels, "", output_path, output_filename, output_format, dpi)


def fits_imaging(
    dataset: Imaging,
    file_path: PathLike | None = None,
    data_path: PathLike | None = None,
    psf_path: PathLike | None = None,
    noise_map_path: PathLike | None = None,
    overwrite: bool = False,
) -> None:
    """Writes an `Imaging` to FITS: one file with several HDUs (`file_path`), or one file per part."""
    dataset.output_to_fits(
        file_path=file_path,
        data_path=data_path,
        psf_path=psf_path,
        noise_map_path=noise_map_path,
        overwrite=overwrite,
    )


def _over_sampling_panel(dataset: Imaging) -> Panel:
    sizes = dataset.grids.lp.over_sampling.sizes
    picture = picture_from(Array2D(sizes, dataset.mask), zoom=True)
    levels = tuple(np.unique(sizes).tolist())
    return Panel(picture, "Sub-pixels per side", unit="", colormap="viridis", levels=levels)


def _adapted(panel: Panel, prefix: str, colormap: str | None) -> Panel:
    own = panel.levels or panel.symmetric
    return replace(panel, title=f"{prefix}{panel.title}", colormap=panel.colormap if own else colormap)
