"""Colour limits that show the object: robust against flagged pixels, cosmic rays and empty wings."""

from __future__ import annotations

import numpy as np

__all__ = ["linear_limits", "log_limits", "symmetric_limits"]

Limits = tuple[float, float]


def linear_limits(values: np.ndarray, lower: float = 0.5, upper: float = 99.5) -> Limits:
    """Percentiles of the finite values, widened where they coincide.

    The whole range is used when it is at most twice as wide as the percentiles': clipping buys nothing then.
    """
    values = values[np.isfinite(values)]
    low, high = np.percentile(values, [lower, upper])
    if np.ptp(values) <= 2 * (high - low):
        low, high = values.min(), values.max()
    return _widened(float(low), float(high))


def log_limits(values: np.ndarray, decades: float = 4.0) -> Limits:
    """Limits of a logarithmic scale: from the noise of the sky (or `decades` below the top) to the brightest pixel.

    Where a fair share of the pixels is negative they are noise, and their spread is where the scale starts.
    Without a positive value the limits are those of an empty decade, (0.1, 1).
    """
    values = values[np.isfinite(values)]
    positive, negative = values[values > 0], values[values < 0]
    if positive.size == 0:
        return 0.1, 1.0
    high = float(positive.max())
    low = max(high * 10**-decades, float(np.percentile(positive, 0.5)))
    if negative.size > 0.02 * values.size:
        low = max(low, 1.4826 * float(np.median(-negative)))
    return min(low, high / 10), high


def symmetric_limits(values: np.ndarray, percentile: float = 99.5) -> Limits:
    """Limits (-a, a) with a the percentile of the absolute values (their largest where that is not far)."""
    size = np.abs(values[np.isfinite(values)])
    limit = float(np.percentile(size, percentile))
    if size.max() <= 2 * limit:
        limit = float(size.max())
    return (-limit, limit) if limit > 0 else (-1.0, 1.0)


def _widened(low: float, high: float) -> Limits:
    if high > low:
        return low, high
    width = 0.5 * abs(high) or 0.5
    return low - width, high + width
