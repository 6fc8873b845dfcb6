"""Figures of lenses: what is in the image and in the source plane, with critical curves and caustics."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np

from galens.array import Array2D, Grid2D
from galens.array.flagged import flagged
from galens.errors import PlotError
from galens.lens import FitImaging, LensCalc, Tracer
from galens.lens.imaging.view import LensCurves, source_plane_square, square
from galens.plot.limits import log_limits, symmetric_limits
from galens.plot.output import Formats
from galens.plot.overlays import Overlays
from galens.plot.panel import Panel
from galens.plot.picture import Picture, picture_from
from galens.plot.sheet import put_out_sheet

__all__ = ["caustics", "critical_curves", "lens_fit_panels", "subplot_tracer"]

TANGENTIAL, RADIAL = "white", "#ffd23f"
SOURCE_PIXELS = 140


def subplot_tracer(
    tracer: Tracer,
    grid: Grid2D,
    output_path: str | os.PathLike[str] | None = None,
    output_filename: str = "tracer",
    output_format: Formats = None,
    colormap: str | None = None,
    use_log10: bool = True,
    title_prefix: str = "",
    positions: Any = None,
    cb_unit: str | None = None,
    dpi: float | None = None,
) -> None:
    """Shows or writes a lens: image, lensed source and source plane; lens light, convergence and potential;
    deflections and magnification. Critical curves and caustics are white where tangential, yellow where radial.

    Args:
        tracer: a `Tracer` of two planes or more.
        grid: a `Grid2D` to evaluate light and mass on.
        use_log10: logarithmic colours for light and convergence.
        title_prefix: before the title of each panel.
        output_path, output_filename, output_format, colormap, positions, cb_unit, dpi: as in `plot_array`; positions
            are drawn on the image.

    Raises:
        PlotError: the tracer has one plane only, or no light.
    """
    if tracer.total_planes < 2:
        raise PlotError("tracer: it has one plane only, so that nothing is lensed; draw it with subplot_galaxies")
    if not tracer.light_profiles:
        raise PlotError("tracer: its galaxies have no light to draw")
    lines = LensCurves.of(tracer)
    planes = [picture_from(image, zoom=True) for image in tracer.image_2d_list_from(grid)]
    image = replace(planes[0], values=np.sum([each.values for each in planes], axis=0))
    light: dict[str, Any] = {"log": use_log10, "unit": cb_unit, "colormap": colormap}
    if use_log10:
        low, high = log_limits(image.values)
        light |= {"vmin": low, "vmax": high}
    maps = (tracer.convergence_2d_from(grid), tracer.potential_2d_from(grid))
    convergence, potential = (picture_from(each, zoom=True) for each in maps)
    deflections = tracer.deflections_yx_2d_from(grid)
    magnification = LensCalc.from_tracer(tracer).magnification_2d_via_hessian_from(grid)
    drawn = critical_curves(lines)
    source = _source_panels(tracer, lines, light)[0]
    panels = [
        Panel(image, "Image", overlays=critical_curves(lines, positions), **light),
        Panel(planes[-1], "Lensed source", overlays=drawn, **light),
        source,
        Panel(planes[0], "Lens light", **light),
        Panel(convergence, "Convergence", unit="", log=use_log10, overlays=drawn),
        Panel(potential, "Potential", unit="arcsec$^2$"),
        *(
            Panel(_picture(values, grid), f"Deflection {axis}", unit="arcsec", symmetric=True)
            for axis, values in (("y", deflections.y), ("x", deflections.x))
        ),
        Panel(
            _picture(magnification.values, grid),
            "Magnification",
            unit="",
            symmetric=True,
            vmax=10.0,
            overlays=replace(drawn, line_colors="black"),
        ),
    ]
    panels = [replace(panel, title=f"{title_prefix}{panel.title}") for panel in panels]
    put_out_sheet(panels, "Lens before the PSF", output_path, output_filename, output_format, dpi, columns=3)


def lens_fit_panels(fit: FitImaging, drawn: Overlays, unit: str | None, colormap: str | None) -> list[Panel]:
    """The panels of a fit of a lens that one of galaxies does not have: of lens, source and source plane."""
    lines = LensCurves.of(fit.tracer_linear_light_profiles_to_light_profiles)
    images = [picture_from(image, zoom=True) for image in fit.model_images_of_planes_list]
    subtracted = picture_from(fit.subtracted_images_of_planes_list[-1], zoom=True)
    off = flagged(picture_from(fit.noise_map, zoom=True).values)
    source = images[-1]
    high = float(np.nanmax(source.values)) if np.nanmax(source.values) > 0.0 else symmetric_limits(subtracted.values)[1]
    bright: dict[str, Any] = {"unit": unit, "colormap": colormap}
    faint: dict[str, Any] = {**bright, "vmin": 0.0, "vmax": high}
    critical = critical_curves(lines, drawn.positions)
    zoomed, whole = _source_panels(fit.tracer_linear_light_profiles_to_light_profiles, lines, {**bright, "log": False})
    return [
        Panel(images[0], "Lens light", **bright),
        Panel(subtracted, "Data \N{MINUS SIGN} lens", switched_off=off, overlays=drawn, **faint),
        Panel(source, "Lensed source", overlays=critical, **faint),
        zoomed,
        whole,
    ]


def critical_curves(curves: LensCurves, positions: Any = None) -> Overlays:
    """Lines in the image: tangential ones white, radial ones yellow."""
    return Overlays(positions, curves.critical_curves or None, _colours(curves))


def caustics(curves: LensCurves) -> Overlays:
    """Lines in the source plane: tangential ones white, radial ones yellow."""
    return Overlays(lines=curves.caustics or None, line_colors=_colours(curves))


def _colours(curves: LensCurves) -> list[str]:
    return [TANGENTIAL] * len(curves.tangential_caustics) + [RADIAL] * len(curves.radial_caustics)


def _source_panels(tracer: Tracer, lines: LensCurves, appearance: dict[str, Any]) -> tuple[Panel, Panel]:
    """The last plane near the light that is there, and with all caustics."""
    source = tracer.planes[-1]
    whole = picture_from(source.image_2d_from(source_plane_square(tracer, lines, SOURCE_PIXELS)))
    light = np.clip(np.nan_to_num(whole.values), 0.0, None)
    # The light that matters: a steep profile has wings over the whole plane.
    light = np.where(light > 0.05 * light.max(), light, 0.0) if light.max() > 0.0 else np.ones_like(light)
    left, right, bottom, top = whole.extent
    rows, columns = light.shape
    y = top - (np.arange(rows) + 0.5) * (top - bottom) / rows
    x = left + (np.arange(columns) + 0.5) * (right - left) / columns
    share = light / light.sum()
    middle = np.array([share.sum(axis=1) @ y, share.sum(axis=0) @ x])
    spread = np.sqrt(share.sum(axis=1) @ (y - middle[0]) ** 2 + share.sum(axis=0) @ (x - middle[1]) ** 2)
    half = min((right - left) / 2, max(4.0 * float(spread), 0.05))
    zoomed = picture_from(source.image_2d_from(square(middle, half, SOURCE_PIXELS)))
    scale = {name: value for name, value in appearance.items() if name not in ("vmin", "vmax")}
    brightest = float(zoomed.values.max())
    if not scale["log"] and brightest > 0.0:
        scale |= {"vmin": 0.0, "vmax": brightest}
    return tuple(  # type: ignore[return-value]
        Panel(picture, title, overlays=caustics(lines), **scale)
        for picture, title in ((zoomed, "Source plane"), (whole, "Source plane, all"))
    )


def _picture(values: Any, grid: Grid2D) -> Picture:
    """Of values (N,) at the pixels of a grid."""
    return picture_from(Array2D(np.asarray(values), grid.mask), zoom=True)
