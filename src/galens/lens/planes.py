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

from galens.galaxy.cosmology import FlatwCDM

__all__ = ["Partition", "are_known", "partition_from", "scaling_factors_from", "scaling_factors_to"]

Partition = tuple[tuple[int, ...], ...]


def are_known(redshifts: Sequence[Any]) -> bool:
    """Whether redshifts are numbers, not traced values."""
    return not any(isinstance(each, jax.core.Tracer) for each in redshifts)


def partition_from(redshifts: Sequence[Any], farthest: int | None = None) -> Partition:
    """Indices of the members of each plane; in a plane in the order given.

    Numbers are sorted. Where a redshift is traced its value is not known while a function is compiled: planes then have
    the order in which they appear, but for that of the member `farthest` (None: the one that appears last), which ends
    them. A member joins a plane whose redshift is the same number or the same traced value.
    """
    planes: dict[Any, list[int]] = {}
    for index, redshift in enumerate(redshifts):
        key = ("traced", id(redshift)) if isinstance(redshift, jax.core.Tracer) else float(redshift)
        planes.setdefault(key, []).append(index)
    if are_known(redshifts):
        return tuple(tuple(planes[key]) for key in sorted(planes))
    found = list(planes.values())
    last = found[-1] if farthest is None else next(members for members in found if farthest in members)
    return tuple(tuple(members) for members in [*(each for each in found if each is not last), last])


def scaling_factors_from(redshifts: Sequence[Any], cosmology: FlatwCDM, in_order: bool) -> list[list[Any]]:
    """beta_ij as ``factors[i][j]``, scalars, for light from the last of the redshifts.

    0 where plane j is not behind plane i. In order, all others on and below the diagonal are not even computed.
    """
    count = len(redshifts)
    factors: list[list[Any]] = [[0.0] * count for _ in range(count)]
    if in_order:
        pairs = [(i, j) for i in range(count - 1) for j in range(i + 1, count - 1)]
    else:
        pairs = [(i, j) for i in range(count - 1) for j in range(count - 1) if i != j]
    for i in range(count - 1):
        factors[i][-1] = 1.0 if in_order else jnp.where(redshifts[-1] > redshifts[i], 1.0, 0.0)
    if pairs:
        planes = jnp.stack([jnp.asarray(each, float) for each in redshifts])
        lens, source = np.array(pairs).T
        values = _factors(planes[lens], planes[source], planes[-1], cosmology)
        for place, (i, j) in enumerate(pairs):
            factors[i][j] = values[place]
    return factors


def scaling_factors_to(redshift: Any, lenses: Sequence[Any], last: Any, cosmology: FlatwCDM) -> list[Any]:
    """beta of planes at the redshifts `lenses` for light from any `redshift`; 0 where that is not behind them."""
    planes = jnp.stack([jnp.asarray(each, float) for each in lenses])
    values = _factors(planes, jnp.asarray(redshift, float), jnp.asarray(last, float), cosmology)
    return [values[place] for place in range(len(lenses))]


def _factors(lens: Any, source: Any, last: Any, cosmology: FlatwCDM) -> Any:
    behind = (source > lens) & (last > lens)
    # Chosen twice: a distance in the denominator is 0 where redshifts are equal.
    lens, source, last = (jnp.where(behind, z, safe) for z, safe in ((lens, 0.5), (source, 1.0), (last, 2.0)))
    return jnp.where(behind, cosmology.scaling_factor_between_redshifts_from(lens, source, last), 0.0)
