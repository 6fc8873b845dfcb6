"""Several panels on one page."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from galens.plot.output import Formats, put_out
from galens.plot.panel import Panel, draw_panel, label_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["put_out_sheet"]

# Inches. Places are computed here: a layout engine draws every text twice more to find the same.
_IMAGE = 2.1  # width and height
_LEFT, _RIGHT, _BOTTOM, _TOP = 0.55, 0.75, 0.42, 0.27  # around it: names of axes, colour bar, title
_WIDTH, _HEIGHT = _LEFT + _IMAGE + _RIGHT, _BOTTOM + _IMAGE + _TOP


def put_out_sheet(
    panels: Sequence[Panel],
    title: str,
    output_path: str | os.PathLike[str] | None,
    output_filename: str,
    output_format: Formats,
    dpi: float | None,
    columns: int | None = None,
) -> None:
    """Writes or shows the panels, row by row, under a common title, in as many columns as suits their number."""
    columns = _columns(len(panels)) if columns is None else columns
    rows = -(-len(panels) // columns)
    above = 0.3 if title else 0.05
    width, height = _WIDTH * columns, _HEIGHT * rows + above

    def draw(figure: Figure) -> None:
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        figure.subplots_adjust(
            left=_LEFT / width,
            right=1 - _RIGHT / width,
            bottom=_BOTTOM / height,
            top=1 - (above + _TOP) / height,
            wspace=(_LEFT + _RIGHT) / _IMAGE,
            hspace=(_BOTTOM + _TOP) / _IMAGE,
        )
        for index, (place, panel) in enumerate(zip(axes, panels, strict=False)):
            draw_panel(place, panel, labels=False)
            # Equal fields share their labels: written once per row and column.
            below = panels[index + columns].picture if index + columns < len(panels) else None
            left = panels[index - 1].picture if index % columns else None
            label_axes(
                place,
                panel.picture.axis_unit,
                x=below is None or below.extent != panel.picture.extent,
                y=left is None or left.extent != panel.picture.extent,
            )
        for place in axes[len(panels) :]:
            place.remove()
        if title:
            figure.suptitle(title, y=1 - 0.08 / height, va="top")

    put_out(draw, (width, height), output_path, output_filename, output_format, dpi, layout="none")


def _columns(count: int) -> int:
    return count if count <= 3 else -(-count // 2) if count <= 8 else 4
