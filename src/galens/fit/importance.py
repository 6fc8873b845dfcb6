"""Pareto-smoothed importance weights: how well draws from a proposal stand for the posterior, and weights for them.

Source: Vehtari, Simpson, Gelman, Yao & Gabry (2024); the fit of the generalised Pareto distribution is that of
Zhang & Stephens (2009), with the weak prior of the former.
"""

from __future__ import annotations

import math

import numpy as np

__all__ = ["RELIABLE", "pareto_smoothed"]

RELIABLE = 0.7
"""Largest Pareto shape for which importance weights give usable estimates."""


def pareto_smoothed(log_weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Smoothed log weights (S,) and the Pareto shape k of their tail.

    The largest min(S / 5, 3 sqrt S) weights are replaced by the expected order statistics of the generalised
    Pareto distribution that is fitted to them, none larger than the largest raw weight. Weights of -inf stay.
    Below k = 0.5 the weights have a variance, above 0.7 no useful mean; with fewer than 25 finite weights k is
    infinite.
    """
    log_weights = np.asarray(log_weights, float)
    finite = np.flatnonzero(np.isfinite(log_weights))
    if len(finite) < 25:
        return log_weights, math.inf
    shifted = log_weights[finite] - log_weights[finite].max()
    tail_size = math.ceil(min(0.2 * len(shifted), 3 * math.sqrt(len(shifted))))
    order = np.argsort(shifted)
    tail = order[-tail_size:]
    cutoff = math.exp(shifted[order[-tail_size - 1]])
    exceedances = np.exp(shifted[tail]) - cutoff
    if exceedances[-1] <= 1e-12:  # equal weights have no tail
        return log_weights, -math.inf
    k, sigma = _fitted_pareto(exceedances)
    quantiles = (np.arange(tail_size) + 0.5) / tail_size
    smoothed = shifted.copy()
    smoothed[tail] = np.minimum(np.log(cutoff + _pareto_quantile(quantiles, k, sigma)), 0.0)
    result = log_weights.copy()
    result[finite] = smoothed + log_weights[finite].max()
    return result, k


def _fitted_pareto(exceedances: np.ndarray) -> tuple[float, float]:
    """Shape and scale of the generalised Pareto distribution of sorted positive numbers."""
    n = len(exceedances)
    x = np.maximum(exceedances, 1e-300)
    grid_size = 30 + int(math.sqrt(n))
    index = np.arange(1, grid_size + 1)
    b = 1 / x[-1] + (1 - np.sqrt(grid_size / (index - 0.5))) / (3 * x[int(n / 4 + 0.5) - 1])
    k = np.mean(np.log1p(-b[:, None] * x), axis=1)
    log_likelihood = n * (np.log(-b / k) - k - 1)
    weights = 1 / np.sum(np.exp(log_likelihood - log_likelihood[:, None]), axis=1)
    b_mean = float(np.sum(b * weights) / np.sum(weights))
    shape = float(np.mean(np.log1p(-b_mean * x)))
    scale = -shape / b_mean
    prior_size = 10
    return (n * shape + prior_size * 0.5) / (n + prior_size), scale


def _pareto_quantile(q: np.ndarray, k: float, sigma: float) -> np.ndarray:
    if abs(k) < 1e-12:
        return -sigma * np.log1p(-q)
    return sigma * np.expm1(-k * np.log1p(-q)) / k
