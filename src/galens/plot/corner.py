"""The corner plot of a posterior."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from galens.errors import PlotError
from galens.fit.weighted import quantile
from galens.plot.output import Formats, put_out
from galens.plot.ticks import number_among

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["corner_cornerpy", "parameter_labels"]

_LABEL_WIDTH = 14  # letters that fit beside a panel
_QUANTILES = (0.16, 0.5, 0.84)
_INK, _LIGHT, _TRUTH = "#22577a", "#b4c6d0", "#d1495b"
_SIDE = 0.94  # of a panel, where its place has side 1
_EDGE = 0.1  # of a panel's range, where no tick is
_MARGIN, _AWAY = 1.05, 0.75  # inches: for ticks and names, left and below; from a panel to the middle of a name
_EDGES = np.linspace(0.0, _SIDE, 25)  # of the cells of histograms
_FRAME = _SIDE * np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)])
_LEVELS = tuple(1 - np.exp(-0.5 * np.array([1.0, 2.0]) ** 2))  # 1 and 2 sigma of a two-dimensional Gaussian


def corner_cornerpy(
    samples: Any,
    output_path: str | os.PathLike[str] | None = None,
    output_filename: str = "corner",
    output_format: Formats = None,
    truths: Sequence[float | None] | None = None,
    parameters: Sequence[str] | None = None,
    dpi: float | None = None,
) -> None:
    """Shows or writes the posterior of every pair of parameters, with medians and 68 % intervals.

    Contours hold 39 % and 86 % of the probability: one and two sigma of a two-dimensional Gaussian.

    Args:
        samples: `Samples` of a search.
        truths: one value per parameter to mark, None for those that are not known.
        parameters: dotted names of the parameters to show, in this order; all by default.
        output_path, output_filename, output_format, dpi: as in `plot_array`.

    Raises:
        PlotError: fewer samples than parameters carry weight, or names or truths that do not fit the model.
    """
    values, weights, names = np.asarray(samples.parameters), np.asarray(samples.weights), list(samples.names)
    labels = parameter_labels(names, samples.model.parameter_labels)
    if parameters is not None:
        unknown = [name for name in parameters if name not in names]
        if unknown:
            raise PlotError(f"parameters: got {unknown[0]!r}; this model has {', '.join(names)}")
        chosen = [names.index(name) for name in parameters]
        values, labels = values[:, chosen], [labels[index] for index in chosen]
    count = values.shape[1]
    if truths is not None and len(truths) != count:
        raise PlotError(f"truths: got {len(truths)} values for {count} parameters")
    carrying = weights > 1e-8 * weights.max()
    values, weights = values[carrying], weights[carrying]
    if len(values) <= count:
        raise PlotError(f"samples: {len(values)} samples with weight are too few for {count} parameters")
    side = 1.15 * count + 1.0
    put_out(
        lambda figure: _draw(figure, values, weights, labels, truths),
        (side, side),
        output_path,
        output_filename,
        output_format,
        dpi or float(np.clip(1800 / side, 90, 160)),
        layout="none",
    )


def _draw(
    figure: Figure,
    values: np.ndarray,
    weights: np.ndarray,
    labels: list[str],
    truths: Sequence[float | None] | None,
) -> None:
    """Draws all panels into one set of axes, whose unit is a panel: a set for each takes four times as long."""
    from matplotlib.collections import LineCollection

    count = values.shape[1]
    side = figure.get_figwidth()
    margin = _MARGIN / side
    axes = figure.add_axes((margin, margin, 0.97 - margin, 0.96 - margin))
    axes.set(xlim=(0, count), ylim=(-count, 0), autoscale_on=False)
    axes.set_axis_off()
    inch = count / ((0.97 - margin) * side)
    scales = [_Scale(*_range(column, weights)) for column in values.T]
    places = [scale.place(column) for scale, column in zip(scales, values.T, strict=True)]
    known_values = [None] * count if truths is None else truths
    truth = [None if v is None else scale.place(v) for scale, v in zip(scales, known_values, strict=True)]

    frames, inside, marks, known = [], [], [], []
    for row in range(count):
        heights = _smoothed(np.histogram(places[row], _EDGES, weights=weights)[0], 0.7)
        axes.stairs(_SIDE * 0.94 * heights / heights.max() - row - _SIDE, row + _EDGES, baseline=None, color=_INK)
        quantiles = quantile(places[row], np.array(_QUANTILES), weights)
        inside += [_line(row, row, x=place) for place in quantiles if 0 <= place <= _SIDE]
        axes.text(row + 0.5 * _SIDE, 0.02 - row, _interval(values[:, row], weights), size=8, ha="center", va="bottom")
        for column in range(row + 1):
            frames.append(_FRAME + np.array([column, -row - _SIDE]))
            if (place := truth[column]) is not None and 0 <= place <= _SIDE:
                known.append(_line(row, column, x=place))
            if column == row:
                continue
            if (level := truth[row]) is not None and 0 <= level <= _SIDE:
                known.append(_line(row, column, y=level))
            _contours(axes, column, -row - _SIDE, places[column], places[row], weights)
        for place, text in zip(*scales[row].ticks(), strict=True):
            below, left = -count + (1 - _SIDE), 0.0
            marks.append([(row + place, below), (row + place, below + 0.05 * inch)])
            axes.text(row + place, below - 0.05 * inch, text, size=7, rotation=45, ha="right", va="top")
            if row > 0:
                height = place - row - _SIDE
                marks.append([(left, height), (left + 0.05 * inch, height)])
                axes.text(left - 0.05 * inch, height, text, size=7, rotation=45, ha="right", va="top")
        axes.text(row + 0.5 * _SIDE, -count + (1 - _SIDE) - _AWAY * inch, labels[row], ha="center", va="center")
        if row > 0:
            middle = -row - 0.5 * _SIDE
            axes.text(
                -_AWAY * inch, middle, labels[row], rotation=90, ha="center", va="center", multialignment="center"
            )
    for lines, colour, style, width in (
        (inside, _INK, "--", 0.9),
        (known, _TRUTH, "-", 0.9),
        ([*frames, *marks], "black", "-", 0.7),
    ):
        collection = LineCollection(lines, colors=colour, linestyles=style, linewidths=width, clip_on=False)
        axes.add_collection(collection, autolim=False)


class _Scale:
    """From values of a parameter to places in a panel, 0 to its side."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def place(self, values: Any) -> Any:
        return (values - self.low) * (_SIDE / (self.high - self.low))

    def ticks(self) -> tuple[np.ndarray, list[str]]:
        """Places of round values and what to write there."""
        from matplotlib.ticker import MaxNLocator

        values = np.asarray(MaxNLocator(3).tick_values(self.low, self.high))
        # Numbers at an edge would reach into those of the next panel.
        margin = _EDGE * (self.high - self.low)
        values = values[(values >= self.low + margin) & (values <= self.high - margin)]
        largest = max(abs(self.low), abs(self.high))
        if 1e-4 < largest < 1e5:
            return self.place(values), [number_among(value, values) for value in values]
        digits = max(1, 1 + int(np.ceil(np.log10(largest / (self.high - self.low)))))
        return self.place(values), [f"{value:.{digits}e}".replace("-", "\N{MINUS SIGN}") for value in values]


def _line(row: int, column: int, x: float | None = None, y: float | None = None) -> list[tuple[float, float]]:
    """A line across a panel, upright at `x` or level at `y`."""
    bottom = -row - _SIDE
    if x is not None:
        return [(column + x, bottom), (column + x, bottom + _SIDE)]
    assert y is not None
    return [(column, bottom + y), (column + _SIDE, bottom + y)]


def _contours(axes: Axes, left: int, bottom: float, x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> None:
    """What holds 39 % and 86 % of the probability, filled."""
    density = _smoothed(np.histogram2d(y, x, [_EDGES, _EDGES], weights=weights)[0], 1.0)
    ordered = np.sort(density.ravel())[::-1]
    held = np.cumsum(ordered) / ordered.sum()
    inner, outer = (float(ordered[np.searchsorted(held, level)]) for level in _LEVELS)
    if not 0 < outer < inner < ordered[0]:  # everything in a cell or two: nothing to draw a line around
        inner, outer = 0.7 * ordered[0], 0.3 * ordered[0]
    # one ring of cells more, empty: contours close at the panel's edge
    density = np.pad(density, 1)
    middles = np.concatenate([[0.0], 0.5 * (_EDGES[1:] + _EDGES[:-1]), [_SIDE]])
    levels = [outer, inner, 2.0 * ordered[0]]
    axes.contourf(left + middles, bottom + middles, density, levels, colors=[_LIGHT, _INK])


def _smoothed(density: np.ndarray, width: float) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    return gaussian_filter(density, width)


def parameter_labels(names: Sequence[str], symbols: Sequence[str]) -> list[str]:
    """Labels of parameters: component and symbol, each on a line.

    Args:
        names: dotted names of the parameters; a component is called by as many of its last names as tell it from
            the others, and not at all where there is one only.
        symbols: LaTeX symbols of the parameters.
    """
    components = [_component(name) for name in names]
    others = {component: set(components) - {component} for component in components}
    labels = []
    for component, symbol in zip(components, symbols, strict=True):
        length = 0
        while any(other[len(other) - length :] == component[len(component) - length :] for other in others[component]):
            length += 1
        words = " ".join(component[len(component) - length :]).replace("_", " ").split()
        labels.append("\n".join([*wrap(" ".join(words), _LABEL_WIDTH), f"${symbol}$"]))
    return labels


def _component(name: str) -> tuple[str, ...]:
    *component, parameter = name.split(".")
    if component and re.fullmatch(rf"{re.escape(component[-1])}_\d+", parameter):
        component.pop()  # the tuple that the number belongs to
    return tuple(component)


def _range(column: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Three sigma and a half on either side, so that a few far samples do not shrink the picture."""
    low, middle, high = quantile(column, np.array(_QUANTILES), weights)
    low, high = middle - 3.5 * (middle - low), middle + 3.5 * (high - middle)
    low, high = max(low, float(column.min())), min(high, float(column.max()))
    if high > low:
        return low, high
    width = 1e-6 * abs(middle) or 1e-6
    return middle - width, middle + width


def _interval(column: np.ndarray, weights: np.ndarray) -> str:
    """Median and 68 % interval with two digits of the smaller error."""
    low, middle, high = quantile(column, np.array(_QUANTILES), weights)
    smaller = min(high - middle, middle - low)
    digits = int(np.clip(1 - np.floor(np.log10(smaller)), 0, 8)) if smaller > 0 else 3
    return f"${middle:.{digits}f}^{{+{high - middle:.{digits}f}}}_{{-{middle - low:.{digits}f}}}$"
