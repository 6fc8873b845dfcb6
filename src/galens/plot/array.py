"""Figures of one array or one grid, and arrays as FITS."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from galens.array import Array2D, Mask2D
from galens.errors import PlotError
from galens.plot.output import Formats, put_out
from galens.plot.overlays import Overlays, coordinate_groups
from galens.plot.panel import Panel, draw_panel, label_axes
from galens.plot.picture import picture_from
from galens.plot.style import appearance

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["fits_array", "plot_array", "plot_grid"]

PathLike = str | os.PathLike[str]


def plot_array(
    array: Any,
    title: str = "",
    output_path: PathLike | None = None,
    output_filename: str | None = None,
    output_format: Formats = None,
    colormap: str | None = None,
    use_log10: bool = False,
    vmin: float | None = None,
    vmax: float | None = None,
    symmetric: bool = False,
    positions: Any = None,
    lines: Any = None,
    line_colors: Any = None,
    grid: Any = None,
    mask: Mask2D | None = None,
    cb_unit: str | None = None,
    zoom: bool = True,
    ax: Axes | None = None,
    dpi: float | None = None,
) -> None:
    """Shows or writes an image with axes in arcseconds and a colour bar.

    Args:
        array: an `Array2D` (masked pixels stay blank), a `Mask2D`, or a plain two-dimensional array.
        title: above the image.
        output_path: folder to write to; without it the figure is shown.
        output_filename: name of the file without its ending; the title, or "array", by default.
        output_format: "show", "png", "pdf", "svg", "jpg" or a list of them.
        colormap: name of a matplotlib colour map.
        use_log10: logarithmic colours.
        vmin, vmax: ends of the colour scale; robust percentiles by default (the arrows of the colour bar say
            where values lie beyond).
        symmetric: a diverging scale with zero in its middle, for residuals.
        positions: points (y, x) to mark: one, an (N, 2) array, or a list of such, one colour each.
        lines: an (N, 2) polyline or a list of them.
        line_colors: colour of the lines, one for all or one each.
        grid: (N, 2) coordinates, drawn as small dots.
        mask: a `Mask2D` whose outline is drawn.
        cb_unit: unit beside the colour bar; the header's BUNIT, if there is one, by default.
        zoom: show only the surroundings of the unmasked pixels.
        ax: matplotlib axes to draw into; nothing is shown or written then.
        dpi: dots per inch.

    Raises:
        PlotError: an argument makes no sense for this array.
    """
    panel = Panel(
        picture_from(array, zoom),
        title,
        unit=cb_unit,
        colormap=colormap,
        log=use_log10,
        symmetric=symmetric,
        vmin=vmin,
        vmax=vmax,
        overlays=Overlays(positions, lines, line_colors, grid, mask),
    )
    if isinstance(array, Mask2D):
        panel = replace(panel, levels=(0, 1), level_names=("kept", "masked"), colormap=colormap or "Greys")
    if ax is not None:
        with appearance():
            draw_panel(ax, panel)
        return
    put_out(
        lambda figure: draw_panel(figure.subplots(), panel),
        (4.6, 3.8),
        output_path,
        output_filename or title or "array",
        output_format,
        dpi,
    )


def plot_grid(
    grid: Any,
    title: str = "",
    output_path: PathLike | None = None,
    output_filename: str | None = None,
    output_format: Formats = None,
    positions: Any = None,
    lines: Any = None,
    line_colors: Any = None,
    ax: Axes | None = None,
    dpi: float | None = None,
) -> None:
    """Shows or writes the points of a grid on equal axes in arcseconds.

    Args:
        grid: a `Grid2D`, a `Grid2DIrregular` or an (N, 2) array of (y, x).
        title, output_path, output_filename, output_format, positions, lines, line_colors, ax, dpi: as in
            `plot_array`; the file's default name is the title or "grid".

    Raises:
        PlotError: not coordinates, or none that is finite.
    """
    points = np.concatenate(coordinate_groups(grid, "grid"))
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        raise PlotError("grid: it has no finite coordinate")
    overlays = Overlays(positions, lines, line_colors)

    def draw(axes: Axes) -> None:
        # Dots that just do not touch, whatever their number.
        size = float(np.clip(12_000 / len(points), 0.4, 36.0))
        axes.scatter(points[:, 1], points[:, 0], s=size, c="0.15", linewidths=0, rasterized=len(points) > 5000)
        axes.set_title(title)
        axes.set_aspect("equal", adjustable="datalim")
        axes.margins(0.04)
        label_axes(axes, "arcsec")
        overlays.draw(axes)

    if ax is not None:
        with appearance():
            draw(ax)
        return

    def page(figure: Figure) -> None:
        draw(figure.subplots())

    put_out(page, (4.2, 4.0), output_path, output_filename or title or "grid", output_format, dpi)


def fits_array(array: Array2D | Mask2D, file_path: PathLike, overwrite: bool = False) -> None:
    """Writes an `Array2D` or a `Mask2D` to a FITS file, row 0 of the array as row 0 of the file.

    Raises:
        PlotError: the object cannot be written.
    """
    if not hasattr(array, "output_to_fits"):
        raise PlotError(f"array: a {type(array).__name__} has no FITS form; allowed are Array2D and Mask2D")
    array.output_to_fits(file_path=file_path, overwrite=overwrite)
