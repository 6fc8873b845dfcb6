r"""`PositionsLH`: images of one source must come from one place.

Somebody who looks at a lens sees which images belong together. A model under which rays from them end far apart in the
source plane is no model of this lens, whatever its chi-squared: the penalty keeps searches out of the modes without a
lens, and of those that take the lens's own light for the source.
"""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from galens import array as aa
from galens.errors import FitError, GridError
from galens.lens.tracer import Tracer

__all__ = ["PositionsLH"]

SAME_REDSHIFT = 1e-8


class PositionsLH(eqx.Module):
    r"""A penalty where the images of a source are traced to places too far apart.

    With the distances :math:`d_{ij}` of each pair in the source plane

    .. math:: \Delta \ln L = -f \sum_{i < j} \max(d_{ij} - t, 0)^2

    It has a gradient everywhere and is a sum of squares, so that Levenberg-Marquardt can follow it (a penalty of the
    largest distance, linear in the excess, has neither). Below the threshold it is exactly zero: a good model is not
    touched by it. A tracer with one plane is not penalised.

    Args:
        positions: (y, x) of the images, (n, 2), arcsec; a `Grid2DIrregular` or pairs.
        threshold: t, arcsec: several times the error of the positions, magnified.
        penalty_factor: f, 1 / arcsec^2.
        plane_redshift: of the source; None: the last plane.

    Raises:
        FitError: fewer than two positions, one that is not finite, or a threshold or factor that is not positive.
    """

    positions: jax.Array
    threshold: float
    penalty_factor: float
    plane_redshift: float | None

    def __init__(
        self,
        positions: Any,
        threshold: float,
        penalty_factor: float = 1e8,
        plane_redshift: float | None = None,
    ) -> None:
        values = positions.values if isinstance(positions, aa.Grid2DIrregular) else positions
        try:
            pairs = np.asarray(values, dtype=float)
        except (TypeError, ValueError) as error:
            raise GridError(f"PositionsLH: positions must be pairs (y, x) in arcsec: {error}") from error
        if pairs.ndim != 2 or pairs.shape[1] != 2 or len(pairs) < 2:
            raise FitError(
                f"PositionsLH: positions must be at least two pairs (y, x), (n, 2), got the shape {pairs.shape}."
            )
        if not np.all(np.isfinite(pairs)):
            raise FitError(f"PositionsLH: positions must be finite, got {pairs.tolist()}.")
        for name, value in (("threshold", threshold), ("penalty_factor", penalty_factor)):
            if not (np.isfinite(value) and value > 0.0):
                raise FitError(f"PositionsLH: {name} is {value}, but must be a positive number.")
        self.positions = jnp.asarray(pairs)
        self.threshold = float(threshold)
        self.penalty_factor = float(penalty_factor)
        self.plane_redshift = None if plane_redshift is None else float(plane_redshift)

    def distances_from(self, tracer: Tracer) -> jax.Array:
        """Distance in the source plane, arcsec, of each pair of positions, (n (n - 1) / 2,).

        Raises:
            FitError: the tracer has no plane at `plane_redshift`.
        """
        y, x = tracer.traced_at(self.positions[:, 0], self.positions[:, 1])[self._plane_of(tracer)]
        first, second = np.triu_indices(len(self.positions), k=1)
        square = (y[first] - y[second]) ** 2 + (x[first] - x[second]) ** 2
        # Far below the threshold, where nothing depends on it, a distance of zero keeps a gradient of zero.
        return jnp.sqrt(jnp.maximum(square, 1e-12 * self.threshold**2))

    def residuals_from(self, tracer: Tracer) -> jax.Array:
        """Numbers (n (n - 1) / 2,) half of whose sum of squares is the penalty; zeros where there is none."""
        pairs = len(self.positions) * (len(self.positions) - 1) // 2
        if tracer.total_planes < 2:
            return jnp.zeros(pairs)
        excess = jnp.maximum(self.distances_from(tracer) - self.threshold, 0.0)
        return np.sqrt(2.0 * self.penalty_factor) * excess

    def log_likelihood_penalty_from(self, tracer: Tracer) -> jax.Array:
        """What is subtracted from the log likelihood, 0 or more."""
        residuals = self.residuals_from(tracer)
        return 0.5 * (residuals @ residuals)

    def _plane_of(self, tracer: Tracer) -> int:
        if self.plane_redshift is None:
            return tracer.total_planes - 1
        for index, redshift in enumerate(tracer.plane_redshifts):
            known = not isinstance(redshift, jax.core.Tracer)
            if known and abs(float(redshift) - self.plane_redshift) < SAME_REDSHIFT:
                return index
        raise FitError(
            f"PositionsLH: no plane has the redshift plane_redshift = {self.plane_redshift:g}; the planes are at "
            f"{', '.join(map(str, tracer.plane_redshifts))}."
        )
