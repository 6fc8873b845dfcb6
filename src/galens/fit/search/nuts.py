"""NUTS: Hamiltonian Monte Carlo without tuning by hand (Hoffman & Gelman 2014), from the modes of a multi-start."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import jax
import numpy as np

from galens.errors import SearchError
from galens.fit.bridge import log_evidence
from galens.fit.convergence import Convergence
from galens.fit.fitness import Fitness
from galens.fit.samples import Samples
from galens.fit.search.base import AbstractSearch
from galens.fit.search.chains import BLOCK, Chains, Draws, advanced, begun, rescaled, restarted
from galens.fit.search.edges import Edges, log_prior, normal_from_coordinates
from galens.fit.search.modes import Mode, counted_modes, mixture_draws, mixture_log_density
from galens.fit.search.multi_start_lm import Arrays, MultiStartLM, require_residuals

__all__ = ["NUTS"]

SECONDS_PER_STEP = 1.0
CANDIDATES = 16  # draws of the Laplace approximation for each one that a chain starts from
CHECKED_EVERY = 50  # draws of a chain after which convergence is looked at
FORGOTTEN = 0.25  # of the warm-up, before draws are good enough to measure the covariance
DRAWS_FOR_COVARIANCE = 10  # for each parameter, at least
SAME_PLACE = 1.05  # R-hat of the chains of two modes, below which both sample the same
REFINED = 0.6  # of the warm-up, when they are used for it


@dataclass(frozen=True)
class State:
    """The multi-start, then the chains and all they drew, warm-up included."""

    start: Arrays
    chains: Chains | None = None
    draws: Draws | None = None
    convergence: tuple[Convergence, ...] = ()
    seconds_per_draw: float = math.nan


@dataclass(frozen=True)
class NUTS(AbstractSearch[State]):
    r"""Samples the posterior with gradients: exact errors for any shape of posterior, in a minute.

    It begins as `MultiStartLM`. From every mode that carries weight `n_chains` chains set out, in the coordinates
    in which every prior is a unit normal, so that no parameter has a limit, scaled by the mode's Fisher matrix
    (J^T J + 1), so that little is left to adapt: in the warm-up only the step size and, once, the covariance. Then they
    draw until every parameter has `n_eff` effective draws, in the bulk and in the tails, and R-hat below 1.01.
    `info["convergence"]` says in words whether that was reached.

    Chains do not cross from mode to mode: the draws of each carry the share of its mode in the evidence, which is
    measured by bridge sampling. Modes with shares below 1e-4 by Laplace's approximation are named in
    `info["modes_in_words"]`, and not sampled. Modes that no start found are not in the samples: `info["reliability"]`
    says how sure the highest one is.

    It needs `residuals` of the analysis, as `MultiStartLM` does.

    Args:
        n_chains: chains from each mode, at least 2: their agreement is what shows convergence.
        n_warmup: draws of each chain that adapt it and are dropped.
        n_eff: effective number of draws of each parameter at which sampling ends.
        max_draws: draws of each chain after which it ends anyway.
        target_acceptance: mean acceptance probability that the step size is adapted to; nearer to 1 takes shorter
            steps, which get into narrower corners.
        n_starts: minimisations of the multi-start.
        name, path_prefix, unique_tag, seed, silence: as in every search.
    """

    n_chains: int = 4
    n_warmup: int = 200
    n_eff: float = 500
    max_draws: int = 2000
    target_acceptance: float = 0.9
    n_starts: int = 32

    def __post_init__(self) -> None:
        least = {"n_chains": 2, "n_warmup": 20, "max_draws": 4, "n_starts": 1}
        for name, number in least.items():
            if getattr(self, name) < number:
                raise SearchError(f"{name} = {getattr(self, name)}: it must be at least {number}.")
        if not 0 < self.target_acceptance < 1:
            raise SearchError(f"target_acceptance = {self.target_acceptance}: it must lie between 0 and 1.")

    @cached_property
    def multi_start(self) -> MultiStartLM:
        """The search that this one begins as."""
        return MultiStartLM(seed=self.seed, n_starts=self.n_starts, n_draws=4 * self.n_starts)

    def check(self, fitness: Fitness) -> None:
        require_residuals(fitness, "NUTS")

    def start(self, fitness: Fitness) -> State:
        return State(self.multi_start.start(fitness))

    def step(self, fitness: Fitness, state: State) -> State:
        if not self.multi_start.done(state.start):
            return replace(state, start=self.multi_start.step(fitness, state.start))
        if state.chains is None:
            return self._set_out(fitness, state)
        return self._advanced(fitness, state)

    def done(self, state: State) -> bool:
        sampled = self._sampled(state)
        has_converged = bool(state.convergence) and all(each.has_converged for each in state.convergence)
        return sampled >= self.max_draws or (sampled > 0 and sampled % CHECKED_EVERY == 0 and has_converged)

    def describe(self, state: State) -> str:
        if state.chains is None:
            return self.multi_start.describe(state.start)
        chains, drawn = len(state.chains.drawn), int(state.chains.drawn[0])
        if drawn < self.n_warmup:
            return f"warm-up: {drawn} of {self.n_warmup} draws of {chains} chains"
        words = f"{self._sampled(state)} draws of {chains} chains"
        if state.convergence:
            words += f": {'; '.join(each.sentence() for each in state.convergence)}"
        return words

    def samples(self, fitness: Fitness, model: Any, state: State) -> Samples:
        assert state.chains is not None
        assert state.draws is not None
        modes, counted = self._modes(state)
        kept = Draws(*[leaf[self.n_warmup :] for leaf in state.draws])
        length, count, n = kept.position.shape
        evidences, errors = map(
            np.array, zip(*[self._log_evidence(fitness, state, *each) for each in enumerate(counted)], strict=True)
        )
        evidences -= np.log(self._sharing(fitness, kept))
        weights = np.exp(evidences - evidences.max())
        weights /= weights.sum()
        shares = np.repeat(weights, self.n_chains) / (self.n_chains * length)
        points = np.concatenate([kept.position.swapaxes(0, 1).reshape(-1, n), [mode.position for mode in counted]])
        of_draws = np.concatenate([np.repeat(shares, length), np.zeros(len(counted))])
        of_modes = fitness.log_likelihood_from_normal(points[count * length :])
        log_likelihood = np.concatenate([kept.log_likelihood.T.ravel(), of_modes])
        vectors = np.asarray(fitness.program.physical_from_normal(points))
        info = self.multi_start.info(state.start, modes) | {
            "converged": all(each.has_converged for each in state.convergence),
            "convergence": "; ".join(each.sentence() for each in state.convergence),
            "r_hat": np.max([each.r_hat for each in state.convergence], axis=0).tolist(),
            "bulk_effective_draws": np.min([each.bulk for each in state.convergence], axis=0).tolist(),
            "tail_effective_draws": np.min([each.tail for each in state.convergence], axis=0).tolist(),
            "divergences": sum(each.divergences for each in state.convergence),
            "bfmi": np.concatenate([each.bfmi for each in state.convergence]).tolist(),
            "chains": count,
            "draws": length,
            "step_size": np.exp(state.chains.log_step_mean[:: self.n_chains]).tolist(),
            "gradient_evaluations": int(state.draws.steps.sum()),
            "weights_of_modes": weights.tolist(),
            "bridge_log_evidence": float(np.logaddexp.reduce(evidences)),
            "bridge_log_evidence_error": float(np.sqrt(np.sum((weights * errors) ** 2))),
            "laplace_log_evidence": float(np.logaddexp.reduce([mode.log_evidence for mode in counted])),
        }
        return Samples(
            model,
            vectors,
            log_likelihood,
            fitness.log_prior(vectors),
            of_draws,
            info["bridge_log_evidence"],
            info,
        )

    def _sharing(self, fitness: Fitness, kept: Draws) -> np.ndarray:
        """For each mode, how many of them have chains that sample the same place as its own: 1 if they are apart.

        Modes with hardly a barrier between them share all their draws, and must not count twice.
        """
        groups = [slice(first, first + self.n_chains) for first in range(0, kept.energy.shape[1], self.n_chains)]

        def is_same(one: slice, other: slice) -> bool:
            position, energy = (
                np.concatenate([leaf[:, one], leaf[:, other]], axis=1) for leaf in (kept.position, kept.energy)
            )
            nowhere = np.zeros_like(energy, bool)
            r_hat = Convergence.of(fitness.program.names, position, energy, nowhere, self.n_eff).r_hat
            return bool(np.all(r_hat < SAME_PLACE))

        return np.array([1 + sum(is_same(one, other) for other in groups if other != one) for one in groups])

    def _log_evidence(self, fitness: Fitness, state: State, number: int, mode: Mode) -> tuple[float, float]:
        """Of a mode, by bridge sampling from a normal distribution with its draws' covariance, and the error of it.

        Every other draw goes into that distribution, and the others into the estimate. Where there are too few,
        it is Laplace's, of unknown error.
        """
        assert state.chains is not None
        assert state.draws is not None
        first = number * self.n_chains
        mine = (slice(self.n_warmup, None), slice(first, first + self.n_chains))
        coordinates, log_likelihood = state.draws.coordinates[mine], state.draws.log_likelihood[mine]
        edges = Edges(*[leaf[first] for leaf in state.chains.edges])
        n = coordinates.shape[2]
        fitted, rest = coordinates[::2].reshape(-1, n), coordinates[1::2].reshape(-1, n)
        if len(fitted) < DRAWS_FOR_COVARIANCE * n:
            return mode.log_evidence, math.inf
        proposal = Mode(fitted.mean(axis=0), 0.0, np.linalg.inv(np.atleast_2d(np.cov(fitted, rowvar=False))), ())
        proposed = mixture_draws([proposal], len(rest), np.random.default_rng([self.seed, 3, number]))
        at_proposed = fitness.log_likelihood_from_normal(normal_from_coordinates(proposed, edges))

        def log_ratio(points: np.ndarray, log_likelihoods: np.ndarray) -> np.ndarray:
            return log_likelihoods + np.asarray(log_prior(points, edges)) - mixture_log_density([proposal], points)

        effective = min(float(np.min(state.convergence[number].bulk)) / 2, float(len(rest)))
        return log_evidence(log_ratio(rest, log_likelihood[1::2].ravel()), log_ratio(proposed, at_proposed), effective)

    def to_arrays(self, state: State) -> Mapping[str, np.ndarray]:
        parts: dict[str, Mapping[str, np.ndarray]] = {"start": state.start}
        if state.chains is not None:
            parts["edges"] = state.chains.edges._asdict()
            parts["chains"] = {name: leaf for name, leaf in state.chains._asdict().items() if name != "edges"}
        if state.draws is not None:
            parts["draws"] = state.draws._asdict()
        return {f"{part}.{name}": array for part, arrays in parts.items() for name, array in arrays.items()}

    def from_arrays(self, fitness: Fitness, arrays: dict[str, np.ndarray]) -> State:
        def part(wanted: str) -> dict[str, np.ndarray]:
            return {name.split(".", 1)[1]: array for name, array in arrays.items() if name.startswith(f"{wanted}.")}

        chains: Any = part("chains")
        if chains:
            chains = Chains(edges=Edges(**part("edges")), **chains)
        draws = part("draws")
        state = State(part("start"), chains or None, Draws(**draws) if draws else None)
        return self._checked(fitness, state)

    def _modes(self, state: State) -> tuple[list[Mode], list[Mode]]:
        """All modes, and those that are sampled."""
        modes = self.multi_start.modes(state.start)
        return modes, counted_modes(modes)

    def _set_out(self, fitness: Fitness, state: State) -> State:
        """Chains at draws of each mode's Laplace approximation, the likelier where the posterior is higher."""
        rng = np.random.default_rng([self.seed, 2])
        modes, counted = self._modes(state)
        self.multi_start.check_residuals(fitness, modes[0])
        chains: list[Chains] = []
        for mode in counted:
            candidates = np.concatenate([mixture_draws([mode], CANDIDATES * self.n_chains, rng), [mode.position]])
            log_likelihoods = fitness.log_likelihood_from_normal(candidates)
            log_ratios = log_likelihoods - 0.5 * np.sum(candidates**2, axis=1) - mixture_log_density([mode], candidates)
            weights = np.exp(log_ratios - log_ratios.max())
            several = np.count_nonzero(weights) >= self.n_chains
            chosen = rng.choice(len(candidates), self.n_chains, replace=not several, p=weights / weights.sum())
            chains.append(begun(candidates[chosen], log_likelihoods[chosen], mode, len(chains) * self.n_chains))
        return replace(state, chains=jax.tree.map(lambda *leaves: np.concatenate(leaves), *chains))

    def _advanced(self, fitness: Fitness, state: State) -> State:
        assert state.chains is not None
        drawn = int(state.chains.drawn[0])
        refined = round(REFINED * self.n_warmup)
        ends = [refined, self.n_warmup, self.n_warmup + self.max_draws]
        ends.append(self.n_warmup + (self._sampled(state) // CHECKED_EVERY + 1) * CHECKED_EVERY)
        left = min(end - drawn for end in ends if end > drawn)
        is_first = math.isnan(state.seconds_per_draw)
        count = 1 if is_first else min(left, BLOCK, max(1, int(SECONDS_PER_STEP / state.seconds_per_draw)))
        begin = time.perf_counter()
        adapt = self.target_acceptance if drawn < self.n_warmup else None
        chains, new = advanced(fitness, state.chains, count, adapt, self.seed)
        seconds = SECONDS_PER_STEP / 10 if is_first else (time.perf_counter() - begin) / count
        draws = new if state.draws is None else Draws(*map(np.concatenate, zip(state.draws, new, strict=True)))
        if drawn + count == refined:
            chains = self._rescaled(chains, draws.coordinates[round(FORGOTTEN * self.n_warmup) : refined])
        if drawn + count == self.n_warmup:
            mean = chains.log_step_mean.reshape(-1, self.n_chains).mean(axis=1)
            chains = chains._replace(log_step_mean=np.repeat(mean, self.n_chains))
        return self._checked(fitness, replace(state, chains=chains, draws=draws, seconds_per_draw=seconds))

    def _rescaled(self, chains: Chains, positions: np.ndarray) -> Chains:
        """The chains of each mode, scaled by the covariance of their draws (D, C, n), with a little of the old one."""
        n = positions.shape[2]
        scales = []
        for first in range(0, len(chains.drawn), self.n_chains):
            mine = slice(first, first + self.n_chains)
            points, old = positions[:, mine].reshape(-1, n), chains.scale[first]
            measured = np.atleast_2d(np.cov(points, rowvar=False))
            covariance = (len(points) * measured + n * old @ old.T) / (len(points) + n)
            scales += [np.linalg.cholesky(covariance)] * self.n_chains
        return restarted(rescaled(chains, np.array(scales)), np.exp(chains.log_step_mean))

    def _sampled(self, state: State) -> int:
        """Draws of each chain after the warm-up."""
        return 0 if state.chains is None else max(int(state.chains.drawn[0]) - self.n_warmup, 0)

    def _checked(self, fitness: Fitness, state: State) -> State:
        """The state with the convergence of each mode's chains, if they have drawn enough."""
        sampled = self._sampled(state)
        if sampled < 4 or (sampled % CHECKED_EVERY and sampled < self.max_draws):
            return state
        assert state.draws is not None
        position, energy, diverged = (
            leaf[self.n_warmup :] for leaf in (state.draws.position, state.draws.energy, state.draws.diverged)
        )
        found = []
        for first in range(0, energy.shape[1], self.n_chains):
            mine = slice(first, first + self.n_chains)
            found.append(
                Convergence.of(
                    fitness.program.names, position[:, mine], energy[:, mine], diverged[:, mine], wanted=self.n_eff
                )
            )
        return replace(state, convergence=tuple(found))
