"""Critical curves as closed polylines, whatever their shape and number: for figures, areas and caustics."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from galens.galaxy.lens_calc.by_angle import centres_of
from galens.galaxy.lens_calc.derivatives import eigen_value
from galens.numerics.polylines import is_closed, resampled, zero_lines
from galens.numerics.star_shaped import directions, radii_of_zero

__all__ = ["Box", "critical_curves"]

Box = tuple[float, float, float, float]
"""y and x of its middle, and half its sides along y and x, arcsec."""

VERTICES = 720
SAMPLES = 240
MOST_SAMPLES = 1000
ENLARGEMENTS = 4
NEWTON_STEPS = 8
SMALLEST = 1e-7  # arcsec: the smallest radius of a curve that is searched for
CHUNK = 4096  # points that are evaluated together, whatever they are for: one compilation


def critical_curves(deflector: Any, sign: float, box: Box, pixel_scale: float | None = None) -> list[np.ndarray]:
    """The zeros of an eigenvalue in a region, each a line (n, 2) of (y, x), the longest first.

    The grid on which the eigenvalue is sampled only says where curves are: every vertex is moved onto the curve by
    Newton steps. Curves around a mass that are too small for the grid are found on rays from it. Where the edge of the
    region cuts a curve, a region of twice the size is searched, four times at most; what is cut even then is an open
    line.

    Args:
        deflector: what deflects.
        sign: `TANGENTIAL` or `RADIAL`.
        box: the region.
        pixel_scale: of the grid, arcsec; the region's sides over 240 if None.
    """
    lines: list[np.ndarray] = []
    for enlargement in range(ENLARGEMENTS + 1):
        y, x = _samples(box, 2.0**enlargement, pixel_scale)
        grid = np.stack(np.meshgrid(y, x, indexing="ij"), axis=-1)
        values = _values(deflector, sign, grid.reshape(-1, 2)).reshape(grid.shape[:2])
        # Only its sign matters away from the curve, and a cusp of -1e12 would pull interpolated zeros off it.
        lines = zero_lines(np.clip(values, -1.0, 1.0), y, x)
        if all(is_closed(line) for line in lines):
            break
    cell = max(y[1] - y[0], x[1] - x[0])
    polished = [_polished(deflector, sign, line, cell) for line in lines]
    curves = [curve for curve in polished if curve is not None]
    for centre in centres_of(deflector):
        small = _small_curve(deflector, sign, np.array(centre), 4.0 * cell)
        if small is not None and not any(_same(small, np.array(centre), curve) for curve in curves):
            curves.append(small)
    return sorted(curves, key=_length, reverse=True)


def _samples(box: Box, times: float, pixel_scale: float | None) -> tuple[np.ndarray, np.ndarray]:
    axes = []
    # A fraction of a step off the middle: no sample shall fall on a mass that is there.
    for middle, half, fraction in ((box[0], box[2] * times, 0.37), (box[1], box[3] * times, 0.41)):
        count = SAMPLES if pixel_scale is None else int(np.clip(2.0 * half / pixel_scale, 8, MOST_SAMPLES))
        axes.append(np.linspace(middle - half, middle + half, count) + fraction * 2.0 * half / count)
    return axes[0], axes[1]


def _values(deflector: Any, sign: float, points: np.ndarray) -> np.ndarray:
    """The eigenvalue (n,) at points (n, 2)."""
    count = len(points)
    padded = np.concatenate([points, np.broadcast_to(points[-1], (-count % CHUNK, 2))]).reshape(-1, CHUNK, 2)
    return np.concatenate([np.asarray(_compiled(deflector, np.asarray(sign), each)) for each in padded])[:count]


@eqx.filter_jit
def _compiled(deflector: Any, sign: Any, points: Any) -> Any:
    return eigen_value((deflector, sign), points[:, 0], points[:, 1])


def _polished(deflector: Any, sign: float, line: np.ndarray, cell: float) -> np.ndarray | None:
    """The line with its vertices on the zeros, equally far apart; None where there are none, as at a singular point."""
    closed = is_closed(line)
    for _ in range(2):
        points, error = _onto_zero(deflector, sign, resampled(line, VERTICES), cell)
        good = error < 1e-8
        if good.mean() < 0.9:
            return None
        line = points[good]
        line = np.concatenate([line, line[:1]]) if closed and not is_closed(line) else line
    return line


def _onto_zero(deflector: Any, sign: float, points: np.ndarray, cell: float) -> tuple[np.ndarray, np.ndarray]:
    """Newton steps along the gradient, none longer than half a cell, and how long the last one is, arcsec."""
    offset = 1e-4 * cell
    stencil = np.array([(0.0, 0.0), (offset, 0.0), (0.0, offset)])
    length = np.zeros(len(points))
    for _ in range(NEWTON_STEPS):
        value, at_y, at_x = _values(deflector, sign, (points + stencil[:, None]).reshape(-1, 2)).reshape(3, -1)
        slope = np.stack([at_y - value, at_x - value], axis=-1) / offset
        move = -value[:, None] * slope / np.maximum(np.sum(slope**2, axis=-1), 1e-30)[:, None]
        length = np.hypot(*move.T)
        points = points + move * np.minimum(1.0, 0.5 * cell / np.maximum(length, 1e-300))[:, None]
    return points, length


def _small_curve(deflector: Any, sign: float, centre: np.ndarray, reach: float) -> np.ndarray | None:
    """The closed curve within reach of a mass that its rays find."""
    unit = np.stack(directions(16), axis=-1)
    near, far = (_values(deflector, sign, centre + radius * unit) for radius in (SMALLEST, reach))
    if not (np.all(near < 0.0) and np.any(far >= 0.0)):
        return None
    radii, found = _on_rays(deflector, np.asarray(sign), centre, np.asarray(reach))
    if not np.all(found):
        return None
    points = centre + np.asarray(radii)[:, None] * np.stack(directions(VERTICES), axis=-1)
    return np.concatenate([points, points[:1]])


@eqx.filter_jit
def _on_rays(deflector: Any, sign: Any, centre: Any, reach: Any) -> tuple[Any, Any]:
    middle = jnp.asarray(centre)
    ends = SMALLEST, reach
    return radii_of_zero(eigen_value, (deflector, sign), (middle[0], middle[1]), ends, near=reach, count=VERTICES)


def _same(small: np.ndarray, centre: np.ndarray, curve: np.ndarray) -> bool:
    """Whether a small curve around a centre has been found already."""
    size = np.hypot(*(small - centre).T).max()
    return bool(np.hypot(*(curve - small[0]).T).min() < 0.1 * size)


def _length(curve: np.ndarray) -> float:
    return float(np.hypot(*np.diff(curve, axis=0).T).sum())
