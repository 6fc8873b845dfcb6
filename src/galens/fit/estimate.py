"""What samples say of each variable: the best value, the median and its limits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from galens.fit.notation import Notation
from galens.fit.weighted import quantile, tail_probability

__all__ = ["Estimate", "estimates_from", "estimates_table", "measured"]

MOST_DIGITS = 13  # after the point: what a double of the size of an angle on the sky can hold


@dataclass(frozen=True)
class Estimate:
    """One variable's value with limits.

    Attributes:
        notation: what it is.
        best: its value where the likelihood is largest.
        median: of its posterior.
        lower, upper: limits between which a normal variable is within `sigma` of its mean.
        sigma: of the limits.
    """

    notation: Notation
    best: float
    median: float
    lower: float
    upper: float
    sigma: float

    @property
    def texts(self) -> tuple[str, str, str]:
        """(median, lower error, upper error) to two significant digits of the smaller error."""
        return measured(self.median, self.lower, self.upper)

    @property
    def text(self) -> str:
        """``1.234 -0.012 +0.013 arcsec``."""
        value, minus, plus = self.texts
        return f"{value} -{minus} +{plus} {self.notation.unit}".rstrip()

    @property
    def latex(self) -> str:
        """``1.234^{+0.013}_{-0.012}``, without dollars and unit."""
        value, minus, plus = (_latex_number(each) for each in self.texts)
        base = f"{value}{{}}" if value.endswith("}") else value  # LaTeX allows one exponent only
        return f"{base}^{{+{plus}}}_{{-{minus}}}"


def estimates_from(
    notation: Sequence[Notation], values: np.ndarray, weights: np.ndarray, best: Sequence[float], sigma: float
) -> list[Estimate]:
    """Estimates of the columns of samples.

    Args:
        notation: of each column.
        values: (S, k).
        weights: (S,).
        best: (k,) values where the likelihood is largest.
        sigma: of the limits.
    """
    low = tail_probability(sigma)
    found = []
    for each, column, value in zip(notation, values.T, best, strict=True):
        lower, median, upper = quantile(column, np.array([low, 0.5, 1 - low]), weights)
        found.append(Estimate(each, float(value), float(median), float(lower), float(upper), sigma))
    return found


def estimates_table(estimates: Sequence[Estimate]) -> Any:
    """The estimates as an astropy Table, one row for each."""
    from astropy.table import Table

    rows = [
        (
            each.notation.name,
            each.median,
            each.median - each.lower,
            each.upper - each.median,
            each.best,
            each.notation.unit,
            each.notation.symbol,
        )
        for each in estimates
    ]
    names = ("name", "median", "lower_error", "upper_error", "max_log_likelihood", "unit", "symbol")
    types = ("U128", float, float, float, float, "U32", "U64")
    return Table(rows=rows or None, names=names, dtype=types, meta={"sigma": estimates[0].sigma} if estimates else {})


def measured(median: float, lower: float, upper: float) -> tuple[str, str, str]:
    """(value, lower error, upper error) as texts, to two significant digits of the smaller error."""
    minus, plus = median - lower, upper - median
    smallest = min(each for each in (minus, plus, math.inf) if each > 0.0)
    if not math.isfinite(smallest):
        return f"{median:.6g}", f"{minus:g}", f"{plus:g}"
    decimals = 1 - math.floor(math.log10(smallest))
    size = math.floor(math.log10(max(abs(median), minus, plus)))
    if size > 7 or decimals > MOST_DIGITS or (decimals > 8 and size < -1):
        return f"{median:.{min(max(decimals + size, 1), MOST_DIGITS)}e}", f"{minus:.1e}", f"{plus:.1e}"
    value, minus, plus = (round(each, decimals) for each in (median, minus, plus))
    return tuple(f"{each:.{max(decimals, 0)}f}" for each in (value, minus, plus))  # type: ignore[return-value]


def _latex_number(text: str) -> str:
    """``1.2e-05`` as ``1.2 \\times 10^{-5}``."""
    mantissa, _, exponent = text.partition("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}" if exponent else text
