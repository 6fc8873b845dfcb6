"""A potential whose values on a regular grid are its parameters."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from galens.errors import ProfileError
from galens.galaxy.profiles.mass.base import MassProfile
from galens.galaxy.profiles.parameters import Pair, Scalar, pair, parameter

__all__ = ["PixelizedPotential"]


def _grid(values: Any) -> Any:
    values = jnp.asarray(values, float)
    if values.ndim != 2 or min(values.shape) < 2:
        raise ProfileError(
            f"PixelizedPotential: lensing_potential has shape {values.shape}, but must have two axes, each of 2 pixels "
            "or more."
        )
    return values


class PixelizedPotential(MassProfile):
    """A potential given by its values on a regular grid, such as a correction to that of a smooth lens.

    Bicubic splines go through the values, without curvature across the edges, and go on as straight lines outside. So
    the deflection is smooth and the convergence continuous everywhere; they are exact derivatives of the potential,
    and all maps are linear in the values.

    Args:
        centre: (y, x) of the middle of the grid, arcsec.
        lensing_potential: values (ny, nx), arcsec^2; row 0 on top.
        pixel_scale: distance of the values, arcsec.

    Raises:
        ProfileError: values that are not a grid of at least 2 x 2.
    """

    centre: Pair = pair()
    lensing_potential: Array = eqx.field(converter=_grid, kw_only=True)
    pixel_scale: Scalar = parameter(0.1, above=0.0)

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        by_y, by_x = self._sums(y, x, ((1, 0), (0, 1)))
        return -by_y / self.pixel_scale, by_x / self.pixel_scale

    def potential_at(self, y: Any, x: Any) -> Any:
        return self._sums(y, x, ((0, 0),))[0]

    def convergence_at(self, y: Any, x: Any) -> Any:
        by_y, by_x = self._sums(y, x, ((2, 0), (0, 2)))
        return 0.5 * (by_y + by_x) / self.pixel_scale**2

    def _sums(self, y: Any, x: Any, orders: tuple[tuple[int, int], ...]) -> list[Any]:
        """Derivatives, along rows and columns in pixels, of the spline at coordinates."""
        ny, nx = self.lensing_potential.shape
        dy, dx = jnp.broadcast_arrays(*self._offsets(jnp.asarray(y, float), jnp.asarray(x, float)))
        row, row_weights = _weights(0.5 * (ny - 1) - dy / self.pixel_scale, ny)
        column, column_weights = _weights(0.5 * (nx - 1) + dx / self.pixel_scale, nx)
        coefficients = _filter(ny) @ self.lensing_potential @ _filter(nx).T
        totals: list[Any] = [0.0] * len(orders)
        for i in range(4):
            along = [0.0] * 3
            for j in range(4):
                value = coefficients[row + i, column + j]
                for order in {each[1] for each in orders}:
                    along[order] += column_weights[order][j] * value
            for n, (by_row, by_column) in enumerate(orders):
                totals[n] += row_weights[by_row][i] * along[by_column]
        return totals


def _weights(position: Any, size: int) -> tuple[Any, list[list[Any]]]:
    """The first of four coefficients, and their weights in the value, the slope and the curvature at a position."""
    inside = jnp.clip(position, 0.0, size - 1.0)
    beyond = position - inside
    first = jnp.clip(jnp.floor(inside).astype(int), 0, size - 2)
    t = inside - first
    s = 1.0 - t
    slope = [-s * s / 2.0, t * (1.5 * t - 2.0), s * (2.0 - 1.5 * s), t * t / 2.0]
    value = [
        s**3 / 6.0 + beyond * slope[0],
        2.0 / 3.0 - t * t * (1.0 - t / 2.0) + beyond * slope[1],
        2.0 / 3.0 - s * s * (1.0 - s / 2.0) + beyond * slope[2],
        t**3 / 6.0 + beyond * slope[3],
    ]
    within = jnp.where(beyond == 0.0, 1.0, 0.0)
    curvature = [within * s, within * (3.0 * t - 2.0), within * (3.0 * s - 2.0), within * t]
    return first, [value, slope, curvature]


def _filter(size: int) -> np.ndarray:
    """From values to the coefficients (size + 2) of the natural cubic spline through them."""
    equations = np.zeros((size + 2, size + 2))
    for i in range(size):
        equations[i, i : i + 3] = 1 / 6, 4 / 6, 1 / 6
    equations[size, :3] = equations[size + 1, -3:] = 1.0, -2.0, 1.0
    return np.linalg.solve(equations, np.eye(size + 2)[:, :size])
