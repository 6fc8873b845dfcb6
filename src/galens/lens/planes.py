r"""Planes: which galaxies are at one redshift, and how strongly each plane bends light towards each other one.

Deflections are those of light from the last plane, N. A ray that is seen at :math:`\theta_0` meets plane j at

.. math:: \theta_j = \theta_0 - \sum_{i < j} \beta_{ij} \alpha_i(\theta_i), \qquad
          \beta_{ij} = \frac{D_{ij} D_N}{D_j D_{iN}}

with the angular diameter distances D. All :math:`\beta_{iN}` are 1, so that two planes need no cosmology.

Source: Schneider, Ehlers & Falco (1992), chapter 9.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from galens.errors import RayTracingError
from galens.galaxy.cosmology import FlatwCDM

__all__ = ["Partition", "are_known", "partition_from", "scaling_factors_from"]

Partition = tuple[tuple[int, ...], ...]


def are_known(redshifts: Sequence[Any]) -> bool:
    """Whether redshifts are numbers, not traced values."""
    return not any(isinstance(each, jax.core.Tracer) for each in redshifts)


def partition_from(redshifts: Sequence[Any]) -> Partition:
    """Indices of the members of each plane, nearest plane first; in a plane in the order given.

    Numbers are sorted. Where a redshift is traced its value is not known while a function is compiled, so that the
    order in which the planes appear is trusted; a member joins a plane whose redshift is the same number or the same
    traced value.

    Raises:
        RayTracingError: numbers among traced redshifts that do not ascend.
    """
    planes: dict[Any, list[int]] = {}
    for index, redshift in enumerate(redshifts):
        key = ("traced", id(redshift)) if isinstance(redshift, jax.core.Tracer) else float(redshift)
        planes.setdefault(key, []).append(index)
    numbers = [key for key in planes if isinstance(key, float)]
    if len(numbers) == len(planes):
        return tuple(tuple(planes[key]) for key in sorted(planes))
    if numbers != sorted(numbers):
        raise RayTracingError(
            f"where a redshift is free, galaxies must be given in the order of their redshifts, nearest first; the "
            f"fixed ones are {numbers}."
        )
    return tuple(tuple(members) for members in planes.values())


def scaling_factors_from(redshifts: Sequence[Any], cosmology: FlatwCDM) -> list[list[Any]]:
    """beta_ij of planes i < j as ``factors[i][j]``, scalars; 0 on and below the diagonal.

    A plane that is not behind another one is not bent by it: 0 too, where traced redshifts are out of order.
    """
    count = len(redshifts)
    factors: list[list[Any]] = [[0.0] * count for _ in range(count)]
    for i in range(count - 1):
        factors[i][-1] = 1.0
    first, second = np.triu_indices(count - 1, k=1)
    if not are_known(redshifts):
        for i in range(count - 1):
            factors[i][-1] = jnp.where(redshifts[-1] > redshifts[i], 1.0, 0.0)
    if len(first):
        planes = jnp.stack([jnp.asarray(each, float) for each in redshifts])
        lens, source, last = planes[first], planes[second], planes[-1]
        behind = (source > lens) & (last > lens)
        # Chosen twice: the distances in the denominator are 0 where redshifts are equal.
        factor = cosmology.scaling_factor_between_redshifts_from(
            jnp.where(behind, lens, 0.5), jnp.where(behind, source, 1.0), jnp.where(behind, last, 2.0)
        )
        for place, (i, j) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
            factors[i][j] = jnp.where(behind, factor, 0.0)[place]
    return factors
