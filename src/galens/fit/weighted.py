"""Statistics of weighted samples: quantiles, intervals, effective size, resampling."""

from __future__ import annotations

import math

import numpy as np

from galens.errors import SamplesError

__all__ = ["effective_size", "marginalize", "quantile", "resampled_indices", "tail_probability"]


def tail_probability(sigma: float) -> float:
    """Probability below -sigma of a unit normal: 0.1587 for one sigma, 0.00135 for three."""
    return 0.5 * (1.0 - math.erf(sigma / math.sqrt(2.0)))


def quantile(values: np.ndarray, q: float | np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Quantiles `q` of `values` (S,), which carry `weights` (S,) of any positive sum.

    The cumulative weight *before* each sorted value is taken as its quantile and interpolated linearly, so that
    the first value is quantile 0 and the last quantile 1. Without weights it is NumPy's percentile.

    Raises:
        SamplesError: quantiles outside [0, 1], weights of another length, or no positive weight.
    """
    values, q = np.asarray(values, float), np.asarray(q, float)
    if np.any((q < 0) | (q > 1)):
        raise SamplesError(f"q = {q.tolist()}: quantiles lie between 0 and 1.")
    if weights is None:
        return np.percentile(values, 100 * q)
    weights = np.asarray(weights, float)
    if weights.shape != values.shape:
        raise SamplesError(f"weights have shape {weights.shape}, values {values.shape}: they must agree.")
    order = np.argsort(values, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(weights[order])[:-1]])
    if not before[-1] > 0:
        raise SamplesError("fewer than two samples carry weight: they have no quantiles.")
    return np.interp(q, before / before[-1], values[order])


def marginalize(
    parameter_list: np.ndarray, sigma: float, weight_list: np.ndarray | None = None
) -> tuple[float, float, float]:
    """Median, lower and upper value at `sigma` of one parameter's samples (S,)."""
    low = tail_probability(sigma)
    median, lower, upper = quantile(parameter_list, np.array([0.5, low, 1 - low]), weight_list)
    return float(median), float(lower), float(upper)


def effective_size(weights: np.ndarray) -> float:
    """Kish's effective number of samples, (sum w)^2 / sum w^2."""
    weights = np.asarray(weights, float)
    return float(weights.sum() ** 2 / np.sum(weights**2))


def resampled_indices(weights: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """Indices of `number` equally weighted draws: systematic resampling, then shuffled.

    Systematic resampling takes each sample floor(N w) or ceil(N w) times, which adds less noise than
    independent draws.
    """
    weights = np.asarray(weights, float)
    cumulative = np.cumsum(weights / weights.sum())
    cumulative[-1] = 1.0
    positions = (np.arange(number) + rng.random()) / number
    return rng.permutation(np.searchsorted(cumulative, positions, side="right").clip(max=len(weights) - 1))
