"""Figures of galaxies and of one galaxy's light profiles."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from galens.array import Array2D, Grid2D
from galens.errors import PlotError
from galens.galaxy import Galaxies, Galaxy
from galens.plot.limits import linear_limits, log_limits
from galens.plot.output import Formats
from galens.plot.overlays import Overlays
from galens.plot.panel import Panel
from galens.plot.picture import picture_from
from galens.plot.sheet import put_out_sheet

__all__ = ["subplot_galaxies", "subplot_galaxy_light_profiles"]

PathLike = str | os.PathLike[str]


def subplot_galaxies(
    galaxies: Galaxies | Sequence[Galaxy],
    grid: Grid2D,
    output_path: PathLike | None = None,
    output_filename: str = "galaxies",
    output_format: Formats = None,
    colormap: str | None = None,
    use_log10: bool = True,
    title_prefix: str = "",
    positions: Any = None,
    lines: Any = None,
    cb_unit: str | None = None,
    dpi: float | None = None,
) -> None:
    """Shows or writes the image of all galaxies together and of each one, on one colour scale, before the PSF.

    A single galaxy is taken apart into its light profiles instead.

    Args:
        galaxies: `Galaxies` or a list of `Galaxy`.
        grid: a `Grid2D` to evaluate the light on.
        use_log10: logarithmic colours.
        title_prefix: before the title of each panel.
        output_path, output_filename, output_format, colormap, positions, lines, cb_unit, dpi: as in `plot_array`;
            the overlays are drawn on the image of all.

    Raises:
        PlotError: there is no light to draw.
    """
    galaxies = Galaxies(galaxies)
    if len(galaxies) == 1:
        images = _profile_images(galaxies[0], grid)
    else:
        images = {
            f"{_title(name)} (z = {float(galaxy.redshift):g})": galaxy.image_2d_from(grid=grid)
            for name, galaxy in zip(galaxies.names, galaxies, strict=True)
        }
    _put_out_parts(
        images,
        Overlays(positions=positions, lines=lines),
        {"log": use_log10, "unit": cb_unit, "colormap": colormap},
        title_prefix,
        (output_path, output_filename, output_format, dpi),
    )


def subplot_galaxy_light_profiles(
    galaxy: Galaxy,
    grid: Grid2D,
    output_path: PathLike | None = None,
    output_filename: str = "light_profiles",
    output_format: Formats = None,
    colormap: str | None = None,
    use_log10: bool = True,
    title_prefix: str = "",
    positions: Any = None,
    lines: Any = None,
    cb_unit: str | None = None,
    dpi: float | None = None,
) -> None:
    """Shows or writes the image of a galaxy and of each of its light profiles, on one colour scale.

    Args:
        galaxy: a `Galaxy`.
        grid: a `Grid2D` to evaluate the light on.
        title_prefix, use_log10, output_path, output_filename, output_format, colormap, positions, lines, cb_unit,
            dpi: as in `subplot_galaxies`.
    """
    _put_out_parts(
        _profile_images(galaxy, grid),
        Overlays(positions=positions, lines=lines),
        {"log": use_log10, "unit": cb_unit, "colormap": colormap},
        title_prefix,
        (output_path, output_filename, output_format, dpi),
    )


def _profile_images(galaxy: Galaxy, grid: Grid2D) -> dict[str, Array2D]:
    if not galaxy.light_profiles:
        raise PlotError(f"galaxy: {galaxy!r} has no light profile to draw")
    return {_title(name): profile.image_2d_from(grid=grid) for name, profile in galaxy.light_profiles.items()}


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _put_out_parts(
    images: dict[str, Array2D],
    overlays: Overlays,
    appearance: dict[str, Any],
    title_prefix: str,
    destination: tuple[PathLike | None, str, Formats, float | None],
) -> None:
    total = sum(images.values())
    low, high = (log_limits if appearance["log"] else linear_limits)(np.asarray(picture_from(total).values))
    scale = {**appearance, "vmin": low, "vmax": high}
    # Of a single part the sum is no other picture.
    pictures = images if len(images) == 1 else {"Image": total, **images}
    panels = [
        Panel(picture_from(image, zoom=True), f"{title_prefix}{name}", **scale) for name, image in pictures.items()
    ]
    panels[0] = replace(panels[0], overlays=overlays)
    put_out_sheet(panels, "Light before the PSF", *destination)
