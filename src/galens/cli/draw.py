"""``galens draw``: masks and positions by mouse, on the image in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from galens import array as aa
from galens import plot as aplt
from galens.array.header import Header
from galens.array.world_coordinates import pixel_scales_in
from galens.cli.dataset import read_file
from galens.errors import DatasetError

__all__ = ["draw"]


def draw(
    what: Literal["mask", "positions"], image: Path, output: Path, hdu: int, pixel_scale: float | None, port: int
) -> None:
    """Serves the page to draw on until the user is done, and says what was saved.

    Raises:
        DatasetError: no such file or image, or no pixel scale.
        PlotError: the output is no such file, or no port is free.
    """
    values, header = read_file(image, hdu)
    header = Header.of(header)
    known = pixel_scales_in(header)
    if pixel_scale is None and known is None:
        raise DatasetError(f"'{image}' does not say how large a pixel is: give it in arcsec, as --pixel-scale 0.05.")
    scales = (pixel_scale, pixel_scale) if pixel_scale is not None else known[0]  # type: ignore[index]
    array = aa.Array2D.no_mask(values, scales, header=header)
    if what == "mask":
        mask = aplt.draw_mask(array, output, port)
        print(f"{output}: {mask.array.sum()} of {mask.array.size} pixels are excluded." if output.exists() else NOTHING)
    else:
        positions = aplt.draw_positions(array, output, port)
        print(f"{output}: {len(positions)} positions." if output.exists() else NOTHING)


NOTHING = "Nothing was saved."
