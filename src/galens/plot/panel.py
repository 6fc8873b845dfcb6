"""One image on one set of axes: scale, colour bar, axes in arcseconds, overlays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from galens.errors import PlotError
from galens.plot.limits import linear_limits, log_limits, symmetric_limits
from galens.plot.overlays import Overlays
from galens.plot.picture import Picture
from galens.plot.style import BLANK, DIVERGING, SEQUENTIAL, SWITCHED_OFF
from galens.plot.ticks import number_among

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

__all__ = ["Panel", "draw_panel", "label_axes"]


@dataclass(frozen=True)
class Panel:
    """An image and how to show it.

    Attributes:
        picture: the values and their place.
        title: above the panel.
        unit: unit (or meaning) of the values, beside the colour bar; the picture's own by default.
        colormap: name of a matplotlib colour map; "magma", or "RdBu_r" where the scale is symmetric, by default.
        log: logarithmic colours; values below the scale take its lowest colour.
        symmetric: equal distance from zero on both ends.
        levels: the values are these few numbers (ascending), with one colour each.
        level_names: what the levels are called at the colour bar; the numbers by default.
        vmin, vmax: ends of the colours; chosen from the values by default.
        overlays: what is drawn on top.
        switched_off: (ny, nx) True for pixels that are present, but without weight: painted grey.
    """

    picture: Picture
    title: str = ""
    unit: str | None = None
    colormap: str | None = None
    log: bool = False
    symmetric: bool = False
    levels: tuple[int, ...] = ()
    level_names: tuple[str, ...] = ()
    vmin: float | None = None
    vmax: float | None = None
    overlays: Overlays = field(default_factory=Overlays)
    switched_off: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.log and self.symmetric:
            raise PlotError("use_log10 and symmetric exclude each other: a logarithm has no negative side")
        if self.log and self.vmin is not None and self.vmin <= 0:
            raise PlotError(f"vmin: got {self.vmin}; a logarithmic scale (use_log10) starts above 0")
        if self.vmin is not None and self.vmax is not None and not self.vmin < self.vmax:
            raise PlotError(f"vmin, vmax: got {self.vmin}, {self.vmax}; vmin is below vmax")

    @property
    def limits(self) -> tuple[float, float]:
        """Ends of the colour scale, in units of the values."""
        values = self.picture.values
        if self.symmetric:
            given = [abs(end) for end in (self.vmin, self.vmax) if end is not None]
            return (-max(given), max(given)) if given else symmetric_limits(values)
        low, high = log_limits(values) if self.log else linear_limits(values)
        low = low if self.vmin is None else self.vmin
        high = high if self.vmax is None else self.vmax
        if low >= high:  # one end was given and lies beyond the data
            low, high = (low, low * 10 if self.log else low + 1) if self.vmax is None else (high / 10, high)
        return low, high


def draw_panel(axes: Axes, panel: Panel, labels: bool = True) -> None:
    """Draws the panel into `axes`, with its colour bar on the right edge.

    Args:
        labels: write the names of the axes.
    """
    from matplotlib import colormaps
    from matplotlib.ticker import MaxNLocator

    if panel.colormap is not None and panel.colormap not in colormaps:
        raise PlotError(f"colormap: matplotlib knows no colour map {panel.colormap!r}")
    values = panel.picture.values
    colours = colormaps[panel.colormap or (DIVERGING if panel.symmetric else SEQUENTIAL)].with_extremes(bad=BLANK)
    norm = _norm(panel, colours.N)
    if panel.log:
        values = np.where(values <= norm.vmin, norm.vmin, values)
    image = axes.imshow(
        np.ma.masked_invalid(values), extent=panel.picture.extent, origin="upper", cmap=colours, norm=norm
    )
    axes.set_facecolor(BLANK)
    axes.set_title(panel.title)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    _colour_bar(axes, image, panel)
    if panel.switched_off is not None:
        _paint(axes, panel.switched_off, panel.picture)
    panel.overlays.draw(axes)
    axes.set_xlim(panel.picture.extent[:2])
    axes.set_ylim(panel.picture.extent[2:])
    if labels:
        label_axes(axes, panel.picture.axis_unit)


def label_axes(axes: Axes, axis_unit: str, x: bool = True, y: bool = True) -> None:
    """Names of the axes."""
    names = ("column", "row") if axis_unit == "pixels" else (f"x ({axis_unit})", f"y ({axis_unit})")
    axes.set_xlabel(names[0] if x else "")
    axes.set_ylabel(names[1] if y else "")


def _norm(panel: Panel, colours: int) -> Any:
    from matplotlib.colors import BoundaryNorm, LogNorm, Normalize

    if panel.levels:
        middles = (np.array(panel.levels[:-1]) + np.array(panel.levels[1:])) / 2
        return BoundaryNorm([panel.levels[0] - 0.5, *middles, panel.levels[-1] + 0.5], colours)
    low, high = panel.limits
    return (LogNorm if panel.log else Normalize)(low, high)


def _colour_bar(axes: Axes, image: AxesImage, panel: Panel) -> None:
    # Inside the axes' own coordinates: the bar is as tall as the image whatever the layout does.
    place = axes.inset_axes((1.03, 0.0, 0.05, 1.0))
    unit = panel.picture.value_unit if panel.unit is None else panel.unit
    if panel.levels:
        bar = axes.figure.colorbar(image, cax=place, spacing="uniform")
        edges = np.asarray(image.norm.boundaries)  # type: ignore[attr-defined]
        names = panel.level_names or tuple(map(str, panel.levels))
        bar.set_ticks(list((edges[:-1] + edges[1:]) / 2), labels=names)
        bar.minorticks_off()
    else:
        values = panel.picture.values[panel.picture.visible]
        low, high = panel.limits
        # A logarithmic scale ends above noise on purpose; an arrow there would be in every figure.
        below, above = values.min() < low and not panel.log, values.max() > high
        extend = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}
        bar = axes.figure.colorbar(image, cax=place, extend=extend[below, above], extendfrac=0.035)
        if not panel.log:
            unit = _plain_ticks(bar, max(abs(low), abs(high)), unit)
    bar.outline.set_linewidth(0.6)
    place.tick_params(labelsize="small", direction="in")
    if unit:
        bar.set_label(unit)


def _paint(axes: Axes, where: np.ndarray, picture: Picture) -> None:
    from matplotlib.colors import ListedColormap

    axes.imshow(
        np.ma.masked_equal(where, False), extent=picture.extent, origin="upper", cmap=ListedColormap([SWITCHED_OFF])
    )


def _plain_ticks(bar: Any, largest: float, unit: str) -> str:
    """Short numbers at the colour bar: a common power of ten goes to the unit, which is returned."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    exponent = int(np.floor(np.log10(largest))) if largest > 0 else 0
    power = 0 if -2 <= exponent <= 3 else exponent
    axis = bar.ax.yaxis
    axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))

    def text(value: float, _: int) -> str:
        return number_among(value / 10.0**power, axis.get_majorticklocs() / 10.0**power)

    axis.set_major_formatter(FuncFormatter(text))
    return f"$10^{{{power}}}$ {unit}".strip() if power else unit
