"""The corner plot of a posterior."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from galens.errors import PlotError
from galens.plot.output import Formats, put_out

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["corner_cornerpy", "parameter_labels"]

_LABEL_WIDTH = 14  # letters that fit beside a panel
_QUANTILES = (0.16, 0.5, 0.84)
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
    corner = _corner_package()

    count = values.shape[1]
    ranges = [_range(column, weights) for column in values.T]
    axes = figure.subplots(count, count, squeeze=False)
    corner.corner(
        values,
        weights=weights,
        fig=figure,
        range=ranges,
        bins=24,
        smooth=1.0,
        smooth1d=0.7,
        levels=_LEVELS,
        quantiles=_QUANTILES,
        truths=truths,
        color="#22577a",
        truth_color="#d1495b",
        plot_datapoints=False,
        plot_density=False,
        fill_contours=True,
        max_n_ticks=3,
        hist_kwargs={"linewidth": 1.0},
        contour_kwargs={"linewidths": 0.8},
    )
    margin = 0.9 / (count + 1)
    figure.subplots_adjust(left=margin, bottom=margin, right=0.98, top=0.95, wspace=0.06, hspace=0.06)
    away = -0.4 / (axes[0, 0].get_position().width * figure.get_figwidth())  # of a label: 0.4 inch
    for row in range(count):
        axes[row, row].set_title(_interval(values[:, row], weights), fontsize=8, pad=3)
        for column in range(row + 1):
            place = axes[row, column]
            place.tick_params(labelsize=7, labelrotation=45, labelbottom=row == count - 1, labelleft=column == 0 < row)
            _ticks(place.xaxis, labels[column] if row == count - 1 else "", (0.5, away))
            if row > column:
                _ticks(place.yaxis, labels[row] if column == 0 else "", (away, 0.5))
            else:
                place.set_yticks([])


def _ticks(axis: Any, label: str, place: tuple[float, float]) -> None:
    from matplotlib.ticker import MaxNLocator, ScalarFormatter

    axis.set_major_locator(MaxNLocator(3, prune="both"))
    formatter = ScalarFormatter(useOffset=False, useMathText=True)
    formatter.set_powerlimits((-4, 5))
    axis.set_major_formatter(formatter)
    axis.set_label_text(label)
    axis.set_label_coords(*place)


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


def _corner_package() -> Any:
    """corner imports ArviZ where that is installed, whose notices to its own users are not for ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import corner
    return corner


def _range(column: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Three sigma and a half on either side, so that a few far samples do not shrink the picture."""
    corner = _corner_package()

    low, middle, high = corner.quantile(column, _QUANTILES, weights=weights)
    low, high = middle - 3.5 * (middle - low), middle + 3.5 * (high - middle)
    low, high = max(low, float(column.min())), min(high, float(column.max()))
    if high > low:
        return low, high
    width = 1e-6 * abs(middle) or 1e-6
    return middle - width, middle + width


def _interval(column: np.ndarray, weights: np.ndarray) -> str:
    """Median and 68 % interval with two digits of the smaller error."""
    corner = _corner_package()

    low, middle, high = corner.quantile(column, _QUANTILES, weights=weights)
    smaller = min(high - middle, middle - low)
    digits = int(np.clip(1 - np.floor(np.log10(smaller)), 0, 8)) if smaller > 0 else 3
    return f"${middle:.{digits}f}^{{+{high - middle:.{digits}f}}}_{{-{middle - low:.{digits}f}}}$"
