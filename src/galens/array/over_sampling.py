"""`OverSampling`: at which points inside each pixel a function is evaluated, and how they are averaged."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import jax.numpy as jnp
import numpy as np

from galens.array.content import StaticContent
from galens.errors import GridError

__all__ = ["OverSampling"]

SCHEMES = ("uniform", "gauss")
MAX_UNROLLED_SIZE = 4


class OverSampling(StaticContent):
    """Points inside every pixel and the weights that average them, as a static layout.

    Pixels of one size form a group. The M points are ordered group by group (ascending size) and, inside a group of N_s
    pixels, with the sub-pixel axis first: (s * s, N_s), ravelled. So binning is a mean over the leading axis of a
    contiguous block, without a scatter, and one gather brings the pixels back into slim order.

    Args:
        sizes: (N,) points along one side of each pixel, whole numbers above 0.
        scheme: "uniform", midpoints of s x s sub-pixels with equal weights; or "gauss", the s x s Gauss-Legendre
            nodes and weights, exact for polynomials to degree 2 s - 1 along each axis.
        cusps: slim indices of pixels in which an image of a telescope is averaged over points that follow the centre
            of each light profile (`ImagingOperator.light`), because no fixed points resolve a steep one there.

    Raises:
        GridError: where a size is not a whole number above 0, or the scheme is unknown.
    """

    sizes: np.ndarray
    scheme: str
    cusps: np.ndarray

    def __init__(self, sizes: Any, scheme: str = "uniform", cusps: Any = ()) -> None:
        if scheme not in SCHEMES:
            raise GridError(f"over-sampling scheme must be one of {SCHEMES}, got {scheme!r}.")
        try:
            given = np.asarray(sizes, dtype=float)
        except (TypeError, ValueError) as error:
            raise GridError(f"over-sample sizes must be numbers: {error}") from error
        if given.ndim != 1:
            raise GridError(f"over-sample sizes must be one number per unmasked pixel, (N,), got shape {given.shape}.")
        whole = np.where(np.isfinite(given), given, 0.0).astype(int)
        bad = np.flatnonzero((whole != given) | (whole < 1))
        if bad.size:
            raise GridError(
                f"over-sample sizes must be whole numbers above 0: {bad.size} are not, the first is "
                f"{given[bad[0]]!r} at slim pixel {bad[0]}."
            )
        followed = np.array(cusps, dtype=int)
        whole.flags.writeable = followed.flags.writeable = False
        self._set(sizes=whole, scheme=scheme, cusps=followed)

    def _content(self) -> bytes:
        numbers = [len(self.sizes), *self.sizes, *self.cusps]
        return self.scheme.encode() + np.array(numbers, dtype="<i8").tobytes()

    def __reduce__(self) -> tuple[Any, ...]:
        return OverSampling, (self.sizes, self.scheme, self.cusps)

    def at(self, pixels: np.ndarray) -> OverSampling:
        """The layout of some of the pixels, by their slim indices."""
        return OverSampling(self.sizes[pixels], self.scheme, np.flatnonzero(np.isin(pixels, self.cusps)))

    def __repr__(self) -> str:
        sizes = ", ".join(f"{size}x{size} in {len(pixels)}" for size, pixels in self.groups)
        return f"OverSampling({self.scheme}, {sizes} pixels)"

    @cached_property
    def groups(self) -> tuple[tuple[int, np.ndarray], ...]:
        """(size, slim indices of its pixels), ascending in size."""
        return tuple((int(size), np.flatnonzero(self.sizes == size)) for size in np.unique(self.sizes))

    @property
    def pixels(self) -> int:
        """Number of pixels N."""
        return len(self.sizes)

    @cached_property
    def total(self) -> int:
        """Number of points M."""
        return int(np.sum(self.sizes**2))

    @cached_property
    def _gather(self) -> np.ndarray | None:
        """Position of each slim pixel in group order; None where the two orders agree."""
        if len(self.groups) < 2:
            return None
        position = np.empty(self.pixels, dtype=np.int32)
        position[self.order] = np.arange(self.pixels)
        return None if np.array_equal(self.order, np.arange(self.pixels)) else position

    @cached_property
    def pixel_order(self) -> np.ndarray:
        """Position here of each point when listed pixel by pixel in slim order, (M,) int."""
        first = np.concatenate([[0], np.cumsum(self.sizes**2)[:-1]])
        order, start = np.empty(self.total, dtype=int), 0
        for size, pixels in self.groups:
            count = size * size * len(pixels)
            here = np.arange(start, start + count).reshape(size * size, len(pixels))
            order[first[pixels] + np.arange(size * size)[:, None]] = here
            start += count
        order.flags.writeable = False
        return order

    def nodes(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Offsets of one axis from the pixel's centre, ascending, (size,), in pixels, and weights of sum 1."""
        if self.scheme == "gauss":
            nodes, weights = np.polynomial.legendre.leggauss(size)
            return nodes / 2, weights / 2
        return (np.arange(size) - (size - 1) / 2) / size, np.full(size, 1 / size)

    def offsets(self, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """y (s * s,) and x (s * s,) offsets in pixels, top left first and row by row, and weights of sum 1."""
        nodes, weights = self.nodes(size)
        y, x = np.meshgrid(-nodes, nodes, indexing="ij")
        return y.ravel(), x.ravel(), np.outer(weights, weights).ravel()

    def points(self, centres: Any, pixel_scales: tuple[float, float]) -> tuple[Any, Any]:
        """Coordinates y (M,) and x (M,) of all points.

        Args:
            centres: (y, x) of the pixels' centres, (N, 2).
            pixel_scales: (y, x) sides of a pixel, in the unit of `centres`.
        """
        if not self.groups:
            return centres[:, 0], centres[:, 1]
        ys, xs = [], []
        for size, pixels in self.groups:
            block = centres if len(pixels) == self.pixels else centres[pixels]
            dy, dx, _ = self.offsets(size)
            ys.append((block[:, 0] + pixel_scales[0] * dy[:, None]).reshape(-1))
            xs.append((block[:, 1] + pixel_scales[1] * dx[:, None]).reshape(-1))
        concatenate = np.concatenate if isinstance(centres, np.ndarray) else jnp.concatenate
        return concatenate(ys), concatenate(xs)

    @cached_property
    def order(self) -> np.ndarray:
        """Slim index of every pixel in group order, (N,)."""
        return np.concatenate([pixels for _, pixels in self.groups])

    def bin_in_groups(self, values: Any) -> Any:
        """Averages over each pixel: values at the points (..., M) to pixels in group order (..., N)."""
        split, concatenate = (
            (np.split, np.concatenate) if isinstance(values, np.ndarray) else (jnp.split, jnp.concatenate)
        )
        if not self.groups:
            return values
        # Split, not sliced: its transpose is one concatenation instead of a padded sum over all groups.
        ends = np.cumsum([size * size * len(pixels) for size, pixels in self.groups])
        parts = split(values, ends[:-1], axis=-1)
        means = [self._mean(part, size) for (size, _), part in zip(self.groups, parts, strict=True)]
        return means[0] if len(means) == 1 else concatenate(means, axis=-1)

    def _mean(self, values: Any, size: int) -> Any:
        """Mean over the points of each pixel of one group, (..., size * size * n) to (..., n)."""
        if size == 1:
            return values
        weights = self.offsets(size)[2].astype(values.dtype)
        if size > MAX_UNROLLED_SIZE:
            block = values.reshape(*values.shape[:-1], size * size, -1)
            return weights @ block
        # Written out as a sum of rows, XLA's CPU back end vectorises it: a tenth of the time of a reduction.
        split = np.split if isinstance(values, np.ndarray) else jnp.split
        rows = split(values, size * size, axis=-1)
        if self.scheme == "uniform":
            return sum(rows[1:], start=rows[0]) / size**2
        return sum((w * row for w, row in zip(weights[1:], rows[1:], strict=True)), start=weights[0] * rows[0])

    def bin(self, values: Any) -> Any:
        """Averages over each pixel: values at the points (..., M) to pixels in slim order (..., N)."""
        binned = self.bin_in_groups(values)
        return binned if self._gather is None else binned[..., self._gather]
