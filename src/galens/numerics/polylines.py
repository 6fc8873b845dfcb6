"""Polylines (N, 2) of (y, x) on the host: contours of a sampled function, lengths, areas."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

__all__ = ["encloses", "is_closed", "polygon_area", "resampled", "zero_lines"]

Line = Float[np.ndarray, "n 2"]


def zero_lines(
    values: Float[np.ndarray, "ny nx"], y: Float[np.ndarray, " ny"], x: Float[np.ndarray, " nx"]
) -> list[Line]:
    """The lines on which a function that was sampled at y and x is zero; closed ones end where they start.

    Values are linear between samples. Where a sample is not finite there is no line.
    """
    from contourpy import contour_generator

    lines = contour_generator(x, y, np.ma.masked_invalid(values)).lines(0.0)
    return [np.asarray(line, float)[:, ::-1] for line in lines if len(line) > 2]


def is_closed(line: Line) -> bool:
    """Whether the last point of a line is its first."""
    return bool(len(line) > 3 and np.array_equal(line[0], line[-1]))


def resampled(line: Line, count: int) -> Line:
    """`count` points on a line, equally far apart along it, both ends among them; a closed one remains closed."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    places = np.linspace(0.0, along[-1], count)
    points = np.stack([np.interp(places, along, line[:, axis]) for axis in (0, 1)], axis=-1)
    points[-1] = points[0] if is_closed(line) else line[-1]
    return points


def polygon_area(line: Line) -> float:
    """Area inside a closed line that does not cross itself, by the shoelace formula."""
    # About a point of its own: a polygon far from the origin loses no digits.
    y, x = (line - line[0]).T
    return 0.5 * abs(float(np.sum(y[:-1] * x[1:] - y[1:] * x[:-1])))


def encloses(line: Line, point: tuple[float, float]) -> bool:
    """Whether a closed line goes round a point (y, x)."""
    y, x = (line - np.asarray(point)).T
    crossing = (y[:-1] > 0.0) != (y[1:] > 0.0)
    rise = np.where(crossing, y[1:] - y[:-1], 1.0)
    right = x[:-1] - y[:-1] * (x[1:] - x[:-1]) / rise > 0.0
    return bool(np.count_nonzero(crossing & right) % 2)
