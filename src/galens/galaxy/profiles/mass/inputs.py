"""Deflections and potentials that are given as numbers on the pixels of an image."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from galens import array as aa
from galens.errors import ProfileError
from galens.galaxy.profiles.mass.base import MassProfile
from galens.galaxy.profiles.parameters import Pair

__all__ = ["InputDeflections", "InputPotential"]

Extrapolate = Literal["nearest", "zero"]


class _Table(MassProfile):
    """Maps known at the centres of a mask's pixels, bilinear between them."""

    mask: aa.Mask2D = eqx.field(static=True)
    extrapolate: Extrapolate = eqx.field(static=True)
    centre: ClassVar[Pair] = (0.0, 0.0)  # type: ignore[misc]

    def __check_init__(self) -> None:
        if self.extrapolate not in ("nearest", "zero"):
            raise ProfileError(
                f"{type(self).__name__}: extrapolate is {self.extrapolate!r}, but must be 'nearest' or 'zero'."
            )

    def _numbers(self, values: Any, name: str) -> Array:
        """Slim values, from an `Array2D`, slim or native numbers."""
        values = jnp.asarray(values.values if isinstance(values, aa.Array2D) else values, float)
        unmasked = ~np.asarray(self.mask)
        if values.shape == unmasked.shape:
            values = values[unmasked]
        if values.shape != (unmasked.sum(),):
            raise ProfileError(
                f"{type(self).__name__}: {name} has shape {values.shape}, but must have {(int(unmasked.sum()),)} or "
                f"{unmasked.shape}, the pixels of image_plane_grid."
            )
        return values

    def _interpolated(self, maps: Any, y: Any, x: Any) -> Any:
        """Slim maps (..., N) at coordinates."""
        y, x = jnp.broadcast_arrays(jnp.asarray(y, float), jnp.asarray(x, float))
        unmasked, slim = ~np.asarray(self.mask), _slim_of(self.mask)
        centres = np.asarray(self.mask.pixel_centres)
        (scale_y, scale_x), (ny, nx) = self.mask.pixel_scales, unmasked.shape
        top, left = _corner(self.mask, centres)
        row, column = (top - y) / scale_y, (x - left) / scale_x
        low_row = jnp.clip(jnp.floor(row).astype(int), 0, max(ny - 2, 0))
        low_column = jnp.clip(jnp.floor(column).astype(int), 0, max(nx - 2, 0))
        down, right = jnp.clip(row - low_row, 0.0, 1.0), jnp.clip(column - low_column, 0.0, 1.0)
        result = 0.0
        for i, by_row in ((0, 1.0 - down), (1, down)):
            for j, by_column in ((0, 1.0 - right), (1, right)):
                at = (jnp.minimum(low_row + i, ny - 1), jnp.minimum(low_column + j, nx - 1))
                result += by_row * by_column * maps[..., jnp.asarray(slim)[at]]
        nearest_row, nearest_column = jnp.round(row).astype(int), jnp.round(column).astype(int)
        inside = (nearest_row >= 0) & (nearest_row < ny) & (nearest_column >= 0) & (nearest_column < nx)
        inside &= jnp.asarray(unmasked)[jnp.clip(nearest_row, 0, ny - 1), jnp.clip(nearest_column, 0, nx - 1)]
        if self.extrapolate == "zero":
            return jnp.where(inside, result, 0.0)
        # Of pixels outside, the nearest one with a number is at the edge of the mask.
        edge = _edge(unmasked)
        distance = (y[..., None] - centres[edge, 0]) ** 2 + (x[..., None] - centres[edge, 1]) ** 2
        nearest = jnp.asarray(edge)[jnp.argmin(distance, axis=-1)]
        return jnp.where(inside, result, maps[..., nearest])


class InputDeflections(_Table):
    """Deflections that are known at the pixels of an image, such as those of another program.

    Between pixels they are interpolated linearly in y and x. The convergence follows from differences between pixels;
    the potential is not known, and zero.

    Args:
        deflections_y, deflections_x: at the pixels, arcsec: `Array2D`, or numbers in slim or native form.
        image_plane_grid: the pixels, a `Grid2D`.
        extrapolate: "nearest", outside the pixels the nearest one counts, or "zero".

    Raises:
        ProfileError: numbers of another shape than the grid, or another word for `extrapolate`.
    """

    deflections_y: Array
    deflections_x: Array

    def __init__(
        self,
        deflections_y: Any,
        deflections_x: Any,
        image_plane_grid: aa.Grid2D,
        extrapolate: Extrapolate = "nearest",
    ) -> None:
        self.mask, self.extrapolate = image_plane_grid.mask, extrapolate
        self.deflections_y = self._numbers(deflections_y, "deflections_y")
        self.deflections_x = self._numbers(deflections_x, "deflections_x")

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        vectors = self._interpolated(jnp.stack([self.deflections_y, self.deflections_x]), y, x)
        return vectors[0], vectors[1]

    def potential_at(self, y: Any, x: Any) -> Any:
        return jnp.zeros(jnp.broadcast_shapes(jnp.shape(y), jnp.shape(x)))

    def convergence_at(self, y: Any, x: Any) -> Any:
        (by_y, _), (by_x, _) = _differences(self.mask)
        return self._interpolated(0.5 * (by_y(self.deflections_y) + by_x(self.deflections_x)), y, x)


class InputPotential(_Table):
    """A potential that is known at the pixels of an image.

    Deflections and convergence at the pixels are differences between neighbours; between pixels all maps are
    interpolated linearly in y and x, each for itself. `PixelizedPotential` is the smooth one, for fits.

    Args:
        lensing_potential: at the pixels, arcsec^2: an `Array2D`, or numbers in slim or native form.
        image_plane_grid: the pixels, a `Grid2D`.
        extrapolate: "nearest", outside the pixels the nearest one counts, or "zero".

    Raises:
        ProfileError: numbers of another shape than the grid, or another word for `extrapolate`.
    """

    lensing_potential: Array

    def __init__(
        self, lensing_potential: Any, image_plane_grid: aa.Grid2D, extrapolate: Extrapolate = "nearest"
    ) -> None:
        self.mask, self.extrapolate = image_plane_grid.mask, extrapolate
        self.lensing_potential = self._numbers(lensing_potential, "lensing_potential")

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        (by_y, _), (by_x, _) = _differences(self.mask)
        maps = jnp.stack([by_y(self.lensing_potential), by_x(self.lensing_potential)])
        vectors = self._interpolated(maps, y, x)
        return vectors[0], vectors[1]

    def potential_at(self, y: Any, x: Any) -> Any:
        return self._interpolated(self.lensing_potential, y, x)

    def convergence_at(self, y: Any, x: Any) -> Any:
        (_, twice_y), (_, twice_x) = _differences(self.mask)
        return self._interpolated(0.5 * (twice_y(self.lensing_potential) + twice_x(self.lensing_potential)), y, x)


def _corner(mask: aa.Mask2D, centres: np.ndarray) -> tuple[float, float]:
    """(y, x) of the centre of the native pixel (0, 0)."""
    row, column = np.argwhere(~np.asarray(mask))[0]
    return float(centres[0, 0] + row * mask.pixel_scales[0]), float(centres[0, 1] - column * mask.pixel_scales[1])


def _slim_of(mask: aa.Mask2D) -> np.ndarray:
    """Of every native pixel its slim index, or that of the nearest pixel that has one."""
    from scipy.ndimage import distance_transform_edt

    masked = np.asarray(mask)
    index = np.full(masked.shape, -1)
    index[~masked] = np.arange((~masked).sum())
    if not masked.any():
        return index
    _, nearest = distance_transform_edt(masked, return_indices=True)
    return index[tuple(nearest)]


def _edge(unmasked: np.ndarray) -> np.ndarray:
    """Slim indices of pixels that have a side without a neighbour."""
    padded = np.pad(unmasked, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return np.flatnonzero(~inner[unmasked])


def _differences(mask: aa.Mask2D) -> Any:
    """((d/dy, d2/dy2), (d/dx, d2/dx2)) of slim values: central where there are neighbours, one-sided at edges."""
    unmasked = ~np.asarray(mask)
    index = np.full(np.add(unmasked.shape, 4), -1)
    index[2:-2, 2:-2][unmasked] = np.arange(unmasked.sum())
    rows, columns = np.nonzero(unmasked)

    def moved(steps: tuple[int, int]) -> np.ndarray:
        return index[rows + 2 + steps[0], columns + 2 + steps[1]]

    def operators(towards: tuple[int, int], scale: float) -> Any:
        # Neighbours at -2, -1, 1 and 2 steps along the positive axis.
        back2, back, ahead, ahead2 = (moved((n * towards[0], n * towards[1])) for n in (-2, -1, 1, 2))
        here = np.arange(len(rows))
        low, high = np.where(back >= 0, back, here), np.where(ahead >= 0, ahead, here)
        span = np.maximum((back >= 0).astype(int) + (ahead >= 0), 1) * scale

        def first(values: Any) -> Any:
            return (values[high] - values[low]) / span

        middle = np.where((back >= 0) & (ahead >= 0), here, np.where(ahead >= 0, ahead, back))
        one = np.where((back >= 0) & (ahead >= 0), back, here)
        other = np.where((back >= 0) & (ahead >= 0), ahead, np.where(ahead >= 0, ahead2, back2))
        known = (middle >= 0) & (other >= 0)

        def second(values: Any) -> Any:
            return jnp.where(known, values[one] - 2.0 * values[middle] + values[other], 0.0) / scale**2

        return first, second

    return operators((-1, 0), mask.pixel_scales[0]), operators((0, 1), mask.pixel_scales[1])
