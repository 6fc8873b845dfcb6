"""Draws of a posterior by importance sampling, from a mixture that learns from the draws before where it must.

The first round draws from the Laplace approximation of each mode with the tails of a t distribution. Where its weights
cannot be trusted, or leave few effective draws, positions, covariances and shares of the components are measured from
the weighted draws and the next round draws from there. The draws of all rounds count, each with the density of the
mixture of all proposals. Those of a round are evenly spread over their distribution.

A few heavy weights would give a useless covariance: those that it is measured with are raised to the power below 1
that leaves enough effective draws.

Source: Cappe et al. (2008), Stat. Comput. 18, 447 (mixtures that learn); Veach & Guibas (1995) (balance heuristic);
Koblents & Miguez (2015), Stat. Comput. 25, 407 (tempered weights).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from galens.fit.importance import RELIABLE, pareto_smoothed
from galens.fit.search.modes import Mode, component_log_densities, mixture_log_density, spread_draws
from galens.fit.weighted import effective_size

__all__ = ["Weighted", "importance_draws"]

ROUNDS = 6
GOOD = 0.5  # Pareto shape of weights that have a variance
ENOUGH = 100.0  # effective draws with which no more rounds are made, or a quarter of those of a round
EFFICIENT = 0.5  # effective draws for each draw with which weights that can be just trusted end it,
MANY = 400.0  # or as many effective draws at all, but not before these rounds
ENOUGH_LEARNT = 3  # after the first, errors of bent posteriors were up to a fifth too small
WORTH = 4  # effective draws for each parameter that a covariance is measured with


@dataclass(frozen=True, eq=False)
class Weighted:
    """Draws in normal space and what they are worth.

    Attributes:
        points: (S, n).
        log_likelihood: (S,).
        weights: (S,), the largest of them 1.
        pareto_k: shape of their tail; they can be trusted below `RELIABLE`.
        log_evidence: of all that the draws cover.
        rounds: how often was drawn.
    """

    points: np.ndarray
    log_likelihood: np.ndarray
    weights: np.ndarray
    pareto_k: float
    log_evidence: float
    rounds: int

    @property
    def effective(self) -> float:
        """Number of independent draws that they are worth."""
        return effective_size(self.weights)


def importance_draws(
    modes: Sequence[Mode],
    number: int,
    log_likelihood: Callable[[np.ndarray], np.ndarray],
    rng: np.random.Generator,
) -> Weighted:
    """Weighted draws of the posterior about modes, in one round where that suffices.

    Args:
        number: of draws in a round.
        log_likelihood: of points (S, n) in normal space.
    """
    proposals = [list(modes)]
    points = spread_draws(modes, number, rng)
    likelihoods = log_likelihood(points)
    while True:
        drawn = _weighted(proposals, points, likelihoods)
        good = drawn.pareto_k < GOOD and drawn.effective >= min(ENOUGH, 0.25 * number)
        learnt_enough = len(proposals) >= ENOUGH_LEARNT and drawn.effective >= MANY
        usable = learnt_enough or drawn.effective >= EFFICIENT * len(points)
        if good or (usable and drawn.pareto_k < _largest_shape(len(points))) or len(proposals) == ROUNDS:
            return drawn
        learnt = _learnt(proposals[-1], drawn)
        if learnt is None:
            return drawn
        proposals.append(learnt)
        new = spread_draws(learnt, number, rng)
        points, likelihoods = np.concatenate([points, new]), np.concatenate([likelihoods, log_likelihood(new)])


def _weighted(proposals: list[list[Mode]], points: np.ndarray, log_likelihood: np.ndarray) -> Weighted:
    log_prior = -0.5 * np.sum(points**2, axis=1) - 0.5 * points.shape[1] * np.log(2 * np.pi)
    densities = [mixture_log_density(each, points) for each in proposals]
    log_proposal = np.logaddexp.reduce(densities) - np.log(len(proposals))
    log_ratio, shape = pareto_smoothed(log_likelihood + log_prior - log_proposal)
    highest = max(log_ratio.max(), -1e300)  # finite where no draw is possible
    ratio = np.exp(log_ratio - highest)
    with np.errstate(divide="ignore"):
        log_evidence = float(highest + np.log(ratio.mean()))
    return Weighted(points, log_likelihood, ratio, shape, log_evidence, len(proposals))


def _largest_shape(draws: int) -> float:
    """Of weights that so many draws suffice for: Vehtari et al. (2024), J. Mach. Learn. Res. 25, 72, section 3.2.4."""
    return min(1.0 - 1.0 / np.log10(max(draws, 11)), RELIABLE)


def _learnt(modes: list[Mode], drawn: Weighted) -> list[Mode] | None:
    """The mixture that the weighted draws look like; None where they are too few for a covariance."""
    n = drawn.points.shape[1]
    tempered = _tempered(drawn.weights, WORTH * n)
    if tempered is None:
        return None
    densities = component_log_densities(modes, drawn.points)
    belongs = np.exp(densities - np.logaddexp.reduce(densities))
    shares = belongs @ drawn.weights / drawn.weights.sum()
    return [
        _moved(mode, drawn.points, each * tempered, share)
        for mode, each, share in zip(modes, belongs, shares, strict=True)
    ]


def _tempered(weights: np.ndarray, worth: float) -> np.ndarray | None:
    """Weights to the largest power up to 1 that leaves as many effective draws; None where none does."""
    if np.count_nonzero(weights) < worth:
        return None
    power, step = 1.0, 0.5
    if effective_size(weights) < worth:
        for _ in range(40):
            power += step if effective_size(weights**power) >= worth else -step
            step *= 0.5
    return weights**power


def _moved(mode: Mode, points: np.ndarray, weights: np.ndarray, share: float) -> Mode:
    """A component with the mean and covariance of its draws, if they are enough, and this share of the mixture."""
    position, curvature = mode.position, mode.curvature
    n = len(position)
    if share > 0.0 and effective_size(weights) > 2 * n:
        position = np.average(points, axis=0, weights=weights)
        curvature = np.linalg.inv(np.cov(points.T, aweights=weights).reshape(n, n))
    # The density that gives the component, as an approximate mode, this evidence.
    with np.errstate(divide="ignore"):
        log_density = np.log(share) - 0.5 * n * np.log(2 * np.pi) + 0.5 * np.linalg.slogdet(curvature)[1]
    return Mode(position, float(log_density), curvature, mode.starts)
