"""Prior knowledge of solved amplitudes: how much neighbours may differ. The names that scripts know as `reg`."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from galens.errors import ProfileError

__all__ = ["Constant", "chain"]

SMALLEST = 1e-8
"""On the diagonal, so that the matrix is definite: amplitudes that all are equal cost next to nothing."""


class Constant(eqx.Module):
    r"""Neighbouring amplitudes are alike, with the penalty :math:`s^T H s = c^2 \sum (s_i - s_j)^2` over pairs of them.

    Args:
        coefficient: c, not negative; the unit is that of 1 / amplitude.

    Raises:
        ProfileError: a negative coefficient, or one that is not finite.

    Source: Warren & Dye (2003), first differences.
    """

    coefficient: Any = 1.0

    def __check_init__(self) -> None:
        if isinstance(self.coefficient, (int, float)) and not 0.0 <= self.coefficient < np.inf:
            raise ProfileError(f"Constant: coefficient is {self.coefficient}, but must be at least 0 and finite.")

    def matrix(self, size: int, neighbours: Int[np.ndarray, "E 2"]) -> Float[Array, "n n"]:
        """H (n, n) of `size` amplitudes.

        Args:
            neighbours: pairs of indices, each pair once.
        """
        laplacian = np.zeros((size, size))
        first, second = neighbours.T
        np.add.at(laplacian, (first, first), 1.0)
        np.add.at(laplacian, (second, second), 1.0)
        laplacian[first, second] = laplacian[second, first] = -1.0
        return self.coefficient**2 * jnp.asarray(laplacian) + SMALLEST * jnp.eye(size)


def chain(size: int) -> Int[np.ndarray, "E 2"]:
    """Neighbours of amplitudes in a row: each and the next."""
    return np.stack([np.arange(size - 1), np.arange(1, size)], axis=1)
