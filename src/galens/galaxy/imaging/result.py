"""`ResultImaging`: the result of a fit of galaxies to an image, with what was solved and not sampled."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from galens.errors import FitError
from galens.fit.fitness import Batched, Fitness, Problem, one_by_one
from galens.fit.result import Result
from galens.fit.weighted import resampled_indices
from galens.galaxy.galaxies import Galaxies
from galens.galaxy.imaging.solved import linear_profiles

__all__ = ["ResultImaging"]


class ResultImaging(Result):
    """A `Result` that also knows the galaxies of the best fit and the posterior of solved intensities."""

    @property
    def max_log_likelihood_galaxies(self) -> Galaxies:
        """The galaxies of largest likelihood; linear light has its solved intensity."""
        return self.max_log_likelihood_fit.galaxies_linear_light_profiles_to_light_profiles

    def intensity_draws(self, size: int = 200, seed: int = 0) -> dict[str, np.ndarray]:
        """Draws (size,) of the posterior of each solved intensity, by the profile's name.

        The search samples the nonlinear parameters, at the best intensities of each. Given those, the intensities
        follow a normal distribution about the solved ones with the inverse of the curvature matrix as covariance:
        each draw is of that, at one draw of the nonlinear parameters. Intensities that the solution holds at zero
        stay there, so that a draw says nothing of upper limits.

        Raises:
            FitError: the model has no linear light profile, or the result was read without its data.
        """
        if self.analysis is None:
            raise FitError("this result was read without its data: intensities cannot be solved.")
        profiles = linear_profiles(self.max_log_likelihood_fit.galaxies)
        if not profiles:
            raise FitError("the model has no linear light profile: its intensities are among the samples.")
        rng = np.random.default_rng(seed)
        vectors = self.samples.parameters[resampled_indices(self.samples.weights, size, rng)]
        found = Fitness(self.model, self.analysis).in_batches(_solved, vectors)
        draws = np.array([_drawn(s, F, free, rng) for s, F, free in zip(*found, strict=True)])
        return {name: draws[:, index] for index, (name, _) in enumerate(profiles)}


@Batched
def _solved(problem: Problem, arrays: Any, vectors: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Intensities (S, n), the matrices (S, n, n) of their systems, and which are free, of parameters (S, m)."""

    def solved(vector: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        analysis: Any = problem.analysis(arrays)
        linear = analysis.fit_from(problem.program.instance(vector)).linear_light
        matrix = linear.curvature_matrix
        if linear.regularization_matrix is not None:
            matrix = matrix + linear.regularization_matrix
        return linear.reconstruction, matrix, linear.passive

    return one_by_one(solved, vectors)


def _drawn(solution: np.ndarray, matrix: np.ndarray, free: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One draw (n,) of amplitudes about their solution, in units of unit columns so that widths do not matter."""
    if not free.any():
        return solution
    scale = 1.0 / np.sqrt(np.diag(matrix)[free])
    values, vectors = np.linalg.eigh(matrix[np.ix_(free, free)] * np.outer(scale, scale))
    values = np.maximum(values, len(values) * np.finfo(float).eps * values[-1])
    drawn = solution.copy()
    drawn[free] += scale * (vectors @ (rng.standard_normal(len(values)) / np.sqrt(values)))
    return drawn
