"""What is drawn on top of an image: points, lines, grids, outlines of masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from galens.array import Mask2D
from galens.errors import PlotError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Overlays", "coordinate_groups", "mask_outline"]

_COLOURS = ("#00e5ff", "#7CFC00", "#ffb000", "#ff5fa2", "#ffffff")


@dataclass(frozen=True)
class Overlays:
    """Things in (y, x) coordinates on top of a panel; each may be None.

    Attributes:
        positions: one point (y, x), points (N, 2), or a list of such groups; each group has its own colour.
        lines: one polyline (N, 2) or a list of them.
        line_colors: colour of every line, or one for all.
        grid: coordinates (N, 2), drawn as small dots.
        mask: a `Mask2D` whose outline is drawn.
    """

    positions: Any = None
    lines: Any = None
    line_colors: Any = None
    grid: Any = None
    mask: Mask2D | None = None

    def draw(self, axes: Axes) -> None:
        """Draws everything into `axes`, whose limits stay as they are."""
        from matplotlib import patheffects

        shadow = [patheffects.withStroke(linewidth=2.0, foreground="black", alpha=0.6)]
        if self.grid is not None:
            points = coordinate_groups(self.grid, "grid")
            size = float(np.clip(2000 / max(1, sum(map(len, points))), 0.3, 6.0))
            for group in points:
                axes.scatter(group[:, 1], group[:, 0], s=size, c="white", linewidths=0, alpha=0.8)
        if self.mask is not None:
            _outline(axes, self.mask)
        if self.lines is not None:
            groups = coordinate_groups(self.lines, "lines")
            colours = _repeated(self.line_colors, len(groups))
            for group, colour in zip(groups, colours, strict=True):
                axes.plot(group[:, 1], group[:, 0], color=colour, lw=1.1, path_effects=shadow)
        if self.positions is not None:
            for index, group in enumerate(coordinate_groups(self.positions, "positions")):
                colour = _COLOURS[index % len(_COLOURS)]
                axes.plot(
                    group[:, 1],
                    group[:, 0],
                    ls="",
                    marker="+",
                    ms=7,
                    mew=1.3,
                    color=colour,
                    path_effects=shadow,
                )


def coordinate_groups(given: Any, name: str) -> list[np.ndarray]:
    """The (N, 2) arrays in one point, one array of points, or a list of arrays of points.

    Raises:
        PlotError: not coordinates.
    """
    values = getattr(given, "array", given)
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        array = None
    if array is not None and array.shape == (2,):
        return [array[None]]
    if array is not None and array.ndim == 2 and array.shape[1] == 2:
        return [array]
    if isinstance(given, (list, tuple)) or (array is not None and array.ndim == 3):
        return [group for item in given for group in coordinate_groups(item, name)]
    found = type(given).__name__ if array is None else f"shape {array.shape}"
    raise PlotError(f"{name}: got {found}; allowed are (y, x), an (N, 2) array, or a list of such")


def mask_outline(mask: Mask2D) -> np.ndarray:
    """Edges between masked and unmasked pixels, (S, 2, 2): ends of each straight piece as (y, x), arcsec.

    The rim of the array counts as masked.
    """
    hidden = np.pad(mask.array, 1, constant_values=True)
    ny, nx = mask.shape_native
    (sy, sx), (oy, ox) = mask.pixel_scales, mask.origin
    y_edge = oy + (ny / 2 - np.arange(ny + 1)) * sy
    x_edge = ox + (np.arange(nx + 1) - nx / 2) * sx
    row, column = np.nonzero(hidden[1:, 1:-1] != hidden[:-1, 1:-1])
    level = np.stack([y_edge[row], x_edge[column], y_edge[row], x_edge[column + 1]], axis=-1)
    row, column = np.nonzero(hidden[1:-1, 1:] != hidden[1:-1, :-1])
    upright = np.stack([y_edge[row], x_edge[column], y_edge[row + 1], x_edge[column]], axis=-1)
    return np.concatenate([level, upright]).reshape(-1, 2, 2)


def _outline(axes: Axes, mask: Mask2D) -> None:
    from matplotlib.collections import LineCollection

    segments = list(mask_outline(mask)[:, :, ::-1])
    # All of the dark rim first: the rim of one piece must not cover its neighbour.
    for colour, width in (("black", 2.2), ("white", 1.0)):
        axes.add_collection(LineCollection(segments, colors=colour, linewidths=width, capstyle="projecting"))


def _repeated(colours: Any, count: int) -> list[Any]:
    if colours is None:
        return [_COLOURS[index % len(_COLOURS)] for index in range(count)]
    if isinstance(colours, str):
        return [colours] * count
    colours = list(colours)
    if len(colours) != count:
        raise PlotError(f"line_colors: got {len(colours)} colours for {count} lines")
    return colours
