"""Modes of a posterior, in the space where every prior is a unit normal, and draws from what they say of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = [
    "Mode",
    "component_log_densities",
    "counted_modes",
    "distance",
    "distinct_modes",
    "mixture_draws",
    "mixture_log_density",
    "mode_weights",
    "modes_in_words",
    "spread_draws",
]

NEGLIGIBLE = 10.0  # a mode whose log evidence is this much lower than the highest has a weight below 1e-4

SAME_POINT = 0.5  # sigma: two ends of a minimisation that are closer than this are one mode
SMALLEST = 1e-12  # probability that a coordinate is drawn from: a normal one has no value at 0
TAILS = 10.0  # degrees of freedom of the t distribution that draws come from: heavier tails than a normal


@dataclass(frozen=True, eq=False)
class Mode:
    """A maximum of the posterior density and its Gauss-Newton curvature there.

    Attributes:
        position: (n,) in normal space.
        log_density: log likelihood + log of the unit normal prior density at the position.
        curvature: (n, n) J^T J + 1, the inverse of the Laplace covariance.
        starts: indices of the starts that ended here.
    """

    position: np.ndarray
    log_density: float
    curvature: np.ndarray
    starts: tuple[int, ...]

    @property
    def log_evidence(self) -> float:
        """Laplace approximation of the logarithm of the integral of the density over this mode."""
        n = len(self.position)
        return self.log_density + 0.5 * n * np.log(2 * np.pi) - 0.5 * np.linalg.slogdet(self.curvature)[1]

    @property
    def covariance(self) -> np.ndarray:
        return np.linalg.inv(self.curvature)


def distinct_modes(positions: np.ndarray, log_densities: np.ndarray, curvatures: np.ndarray) -> list[Mode]:
    """The different ones among the ends (L, n) of minimisations, the highest first.

    Two ends are one mode if they are within half a standard deviation, by the curvature of the higher one.
    """
    modes: list[Mode] = []
    for lane in np.argsort(-log_densities, kind="stable"):
        for index, mode in enumerate(modes):
            if distance(positions[lane] - mode.position, mode.curvature) < SAME_POINT:
                modes[index] = Mode(mode.position, mode.log_density, mode.curvature, (*mode.starts, int(lane)))
                break
        else:
            modes.append(Mode(positions[lane], float(log_densities[lane]), curvatures[lane], (int(lane),)))
    return modes


def distance(apart: np.ndarray, curvature: np.ndarray) -> np.ndarray:
    """Lengths (...,) of vectors (..., n) from a mode of curvature (n, n), in standard deviations of its posterior."""
    return np.sqrt(np.einsum("...i,ij,...j->...", apart, curvature, apart))


def mode_weights(modes: Sequence[Mode]) -> np.ndarray:
    evidences = np.array([mode.log_evidence for mode in modes])
    weights = np.exp(evidences - evidences.max())
    return weights / weights.sum()


def counted_modes(modes: Sequence[Mode]) -> list[Mode]:
    """The modes that carry weight."""
    highest = max(mode.log_evidence for mode in modes)
    return [mode for mode in modes if mode.log_evidence > highest - NEGLIGIBLE]


def modes_in_words(modes: Sequence[Mode]) -> str:
    """How many modes there are, what each is worth, and how much lower in log posterior density it lies."""
    weights, counted = mode_weights(modes), counted_modes(modes)

    def said(mode: Mode, weight: float) -> str:
        lower = modes[0].log_density - mode.log_density
        height = f", {lower:.4g} lower in log posterior" if lower > 0 else ""
        return f"weight {weight:.2g}{height}, from {len(mode.starts)} starts"

    listed = [said(mode, weight) for mode, weight in zip(modes, weights, strict=True) if mode in counted]
    words = f"{len(listed)} mode{'s' * (len(listed) > 1)} ({'; '.join(listed)})"
    others = [modes[0].log_density - mode.log_density for mode in modes if mode not in counted]
    if others:
        words += (
            f"; {len(others)} more of negligible weight, below {np.exp(-NEGLIGIBLE):.0e}, "
            f"{min(others):.4g} or more lower in log posterior"
        )
    return words


def mixture_draws(
    modes: Sequence[Mode], number: int, rng: np.random.Generator, tails: float | None = TAILS
) -> np.ndarray:
    """(number, n) draws: each mode in proportion to its evidence, t-distributed (normal if `tails` is None)."""
    counts = rng.multinomial(number, mode_weights(modes))
    draws = []
    for mode, count in zip(modes, counts, strict=True):
        normal = rng.standard_normal((count, len(mode.position)))
        if tails is not None:
            normal *= np.sqrt(tails / rng.chisquare(tails, (count, 1)))
        draws.append(_about(mode, normal))
    return np.concatenate(draws)


def spread_draws(
    modes: Sequence[Mode], number: int, rng: np.random.Generator, tails: float | None = TAILS
) -> np.ndarray:
    """The same, evenly spread instead of independent: points of a scrambled Sobol sequence, mapped.

    A thousand of them give medians of 6 to 20 parameters as exactly as two to seven thousand independent draws. A power
    of two is spread best. Source: Owen (1998), ACM Trans. Model. Comput. Simul. 8, 71.
    """
    from scipy.special import gammaincinv, ndtri
    from scipy.stats import qmc

    n = len(modes[0].position)
    sequence = qmc.Sobol(n + 2, rng=rng).random_base2(math.ceil(math.log2(number)))[:number]
    which, radius, direction = sequence[:, 0], sequence[:, 1], sequence[:, 2:]
    normal = ndtri(np.clip(direction, SMALLEST, 1.0 - SMALLEST))
    if tails is not None:
        chi_squared = 2.0 * gammaincinv(0.5 * tails, np.clip(radius, SMALLEST, 1.0))
        normal *= np.sqrt(tails / chi_squared)[:, None]
    of_mode = np.searchsorted(np.cumsum(mode_weights(modes))[:-1], which)
    return np.concatenate([_about(mode, normal[of_mode == index]) for index, mode in enumerate(modes)])


def _about(mode: Mode, normal: np.ndarray) -> np.ndarray:
    """Points (k, n) about a mode with its covariance, of unit normal ones."""
    # curvature = L L^T, so that L^-T x of a unit normal x has its inverse as covariance
    factor = np.linalg.cholesky(mode.curvature)
    return mode.position + np.linalg.solve(factor.T, normal.T).T


def mixture_log_density(modes: Sequence[Mode], points: np.ndarray, tails: float = TAILS) -> np.ndarray:
    """Logarithm of the density (S,) of the t mixture at points (S, n)."""
    from scipy.special import logsumexp

    return logsumexp(component_log_densities(modes, points, tails), axis=0)


def component_log_densities(modes: Sequence[Mode], points: np.ndarray, tails: float = TAILS) -> np.ndarray:
    """Logarithms (modes, S) of what each mode adds to the density of the t mixture at points (S, n)."""
    from scipy.special import gammaln

    n = points.shape[1]
    constant = gammaln(0.5 * (tails + n)) - gammaln(0.5 * tails) - 0.5 * n * np.log(tails * np.pi)
    densities = []
    for mode, weight in zip(modes, mode_weights(modes), strict=True):
        apart = points - mode.position
        distance = np.einsum("si,ij,sj->s", apart, mode.curvature, apart)
        log_determinant = np.linalg.slogdet(mode.curvature)[1]
        with np.errstate(divide="ignore"):
            densities.append(
                np.log(weight) + constant + 0.5 * log_determinant - 0.5 * (tails + n) * np.log1p(distance / tails)
            )
    return np.array(densities)
