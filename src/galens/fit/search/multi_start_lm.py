"""Multi-start Levenberg-Marquardt: the modes of a posterior from many prior draws, in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from galens import runtime
from galens.errors import SearchError
from galens.fit.analysis import Analysis
from galens.fit.fitness import Fitness, Problem, default_batch_size
from galens.fit.importance import RELIABLE
from galens.fit.samples import Samples
from galens.fit.search.base import AbstractSearch
from galens.fit.search.importance_draws import importance_draws
from galens.fit.search.modes import (
    Mode,
    counted_modes,
    distance,
    distinct_modes,
    mode_weights,
    modes_in_words,
    spread_draws,
)
from galens.numerics import levenberg_marquardt as lm

__all__ = ["Arrays", "MultiStartLM", "require_residuals"]

FARTHEST_START = 3.0  # standard deviations of the prior: a start at the very edge of a prior would not move
INFORMED = 0.875  # of the places for starts: the others are for draws of the prior as they are
RAREST = 100  # draws of the prior that are made for one that is allowed
ABANDONED = 3  # beside the status codes of levenberg_marquardt
PATIENCE = 15  # steps over which the progress of a start is measured
JOINED = 0.25  # sigma from where another start arrived: safely the same mode, see `distinct_modes`
AT_AN_EDGE = 0.01  # gain in log posterior that a step beyond what is allowed would have

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class MultiStartLM(AbstractSearch[Arrays]):
    r"""Finds the modes of the posterior by Levenberg-Marquardt from many draws of the prior.

    Works where the analysis defines `residuals`. The coordinates z are those in which every prior is a unit normal,
    so that :math:`-\log p(z | d) = \tfrac12 |r(z)|^2 + \tfrac12 |z|^2 + \mathrm{const}` is a sum of squares, no
    step leaves a prior, and parameters share one scale. `n_draws` points of the prior compete in groups for
    `n_starts` places, most of them moved first to where `informed_draws` of the analysis has them. A start is given up
    when at its pace it cannot reach the best one within its steps, and has arrived when it comes to where another has:
    within a quarter of a standard deviation, without being higher. The share p of the n starts that end in the best
    mode says how sure it is: `info["reliability"]` = 1 - (1 - p)^n is the probability that as many starts find that
    mode.

    **What the errors mean.** Around each mode the posterior is approximated by the inverse of its curvature
    J^T J + 1 (Laplace). With `importance_weights`, `n_samples` draws from that (with the tails of a t distribution,
    evenly spread: a power of two is best) are weighted by posterior / proposal, Pareto-smoothed: medians, errors and
    evidence are then those of the exact posterior, within Monte Carlo error, wherever the modes found cover it.
    `info["pareto_k"]` measures that. Where it is above 0.5, or the draws are worth few independent ones, further rounds
    of `n_samples` draws come from what the weighted draws look like: five at most, fewer where the weights can be just
    trusted and are worth half of the draws.
    If it stays above 0.7 the weights are dropped, and errors and evidence are those of the Laplace approximation
    (`info["errors"]` says which). Modes that are not found are not in the samples.

    Args:
        n_starts: minimisations from draws of the prior; may be 0 where `start_from` is given.
        n_draws: draws of the prior that compete for being a start.
        start_from: vectors of parameters where further minimisations begin, such as guesses from the data. They come on
            top of `n_starts`, and decide nothing about the posterior. What lies outside of a prior is moved inside.
        max_steps: largest number of steps of one start.
        longest_step: of any coordinate in one step, in standard deviations of its prior.
        tolerance: decrease of the log posterior below which a start has arrived.
        n_samples: draws of the posterior, in each round.
        importance_weights: whether the draws are weighted.
        jacobian_columns: columns of the Jacobian computed at once, to limit memory; all by default.
        name, path_prefix, unique_tag, seed, silence: as in every search.
    """

    n_starts: int = 32
    n_draws: int = 128
    max_steps: int = 150
    longest_step: float = 0.5
    tolerance: float = 1e-5
    n_samples: int = 1024
    importance_weights: bool = True
    jacobian_columns: int | None = None
    start_from: tuple[tuple[float, ...], ...] = ()

    def __post_init__(self) -> None:
        least = {"n_starts": 0 if len(self.start_from) else 1, "n_draws": 0, "max_steps": 1, "n_samples": 1}
        for name, limit in least.items():
            if getattr(self, name) < limit:
                raise SearchError(f"{name} = {getattr(self, name)}: it must be at least {limit}.")
        object.__setattr__(self, "start_from", tuple(tuple(map(float, vector)) for vector in self.start_from))
        if self.n_draws < self.n_starts:
            raise SearchError(f"n_draws = {self.n_draws}: there must be at least n_starts = {self.n_starts}.")

    def check(self, fitness: Fitness) -> None:
        require_residuals(fitness, "MultiStartLM")
        lengths = {len(vector) for vector in self.start_from} - {fitness.program.n}
        if lengths:
            raise SearchError(
                f"start_from has vectors of {sorted(lengths)} numbers, but the model has {fitness.program.n} free "
                f"parameters: {', '.join(fitness.program.names)}."
            )

    def start(self, fitness: Fitness) -> Arrays:
        n = fitness.program.n
        draws = self._informed(fitness, self._possible_draws(fitness))
        constant = float(fitness.analysis.log_likelihood_constant) - 0.5 * n * np.log(2 * np.pi)
        return {
            "draws": draws,
            "draw_log_densities": np.full(len(draws), np.nan),
            "screened": np.array(0),
            "log_density_at_no_cost": np.array(constant),
        }

    def step(self, fitness: Fitness, state: Arrays) -> Arrays:
        if "status" not in state:
            state = self._screened(fitness, state) if len(state["draws"]) else state
            return self._placed(fitness, state) if state["screened"] == len(state["draws"]) else state
        return self._swept(fitness, state)

    def done(self, state: Arrays) -> bool:
        return "status" in state and not np.any(state["status"] == lm.RUNNING)

    def describe(self, state: Arrays) -> str:
        if "status" not in state:
            return f"{state['screened']} of {len(state['draws'])} draws of the prior evaluated"
        running = np.count_nonzero(state["status"] == lm.RUNNING)
        arrived = np.count_nonzero(self._has_arrived(state))
        best = float(state["log_density_at_no_cost"] - state["cost"].min())
        at_best = np.count_nonzero(state["cost"] < state["cost"].min() + 1.0)
        return (
            f"step {state['sweeps']}: {running} of {len(state['cost'])} starts running, {arrived} arrived, "
            f"{at_best} near the best, log posterior density {best:.2f}"
        )

    def modes(self, state: Arrays) -> list[Mode]:
        """The modes that the starts arrived at (or, where none did, the points they came to), the highest first.

        A start that stalled counts: it is at a maximum within rounding, or at the edge of what assertions or
        physics allow, where the posterior may well be highest.
        """
        arrived = np.flatnonzero(self._has_arrived(state))
        if len(arrived) == 0:
            arrived = np.flatnonzero(np.isfinite(state["cost"]))
        log_densities = state["log_density_at_no_cost"] - state["cost"][arrived]
        modes = distinct_modes(state["position"][arrived], log_densities, state["curvature"][arrived])
        return [
            Mode(mode.position, mode.log_density, mode.curvature, tuple(int(arrived[lane]) for lane in mode.starts))
            for mode in modes
        ]

    def samples(self, fitness: Fitness, model: Any, state: Arrays) -> Samples:
        modes = self.modes(state)
        self.check_residuals(fitness, modes[0])
        counted = counted_modes(modes)
        points, log_likelihood, weights, said = self._draws(fitness, counted)
        # the modes are among the samples, without weight, so that the best fit is as good as it was found
        at_modes = np.array([mode.position for mode in counted])
        points = np.concatenate([at_modes, points])
        log_likelihood = np.concatenate([fitness.log_likelihood_from_normal(at_modes), log_likelihood])
        weights = np.concatenate([np.zeros(len(counted)), weights])
        possible = np.isfinite(log_likelihood)
        if not weights[possible].any():  # a few draws may all be where assertions or physics allow nothing
            weights[: len(counted)] = mode_weights(counted)
        vectors = np.asarray(fitness.program.physical_from_normal(points[possible]))
        info = self.info(state, modes) | {
            "laplace_log_evidence": float(np.logaddexp.reduce([mode.log_evidence for mode in counted])),
            **said,
        }
        info["likelihood_evaluations"] += self.n_samples * info["rounds_of_draws"]
        log_evidence = info.get("importance_log_evidence", info["laplace_log_evidence"])
        log_prior = fitness.log_prior(vectors)
        return Samples(model, vectors, log_likelihood[possible], log_prior, weights[possible], log_evidence, info)

    def info(self, state: Arrays, modes: list[Mode]) -> dict[str, Any]:
        """What the starts say of the modes, of themselves, and of what they cost."""
        starts = len(state["cost"])
        best = modes[0].starts[0]
        gradient = state["gradient"][best]
        beyond = 0.5 * gradient @ np.linalg.solve(state["curvature"][best], gradient)
        hits = len(modes[0].starts) if self._has_arrived(state)[best] else 0
        return {
            "converged": bool(state["status"][best] == lm.CONVERGED),
            "best_mode_is_at_an_edge": bool(beyond > AT_AN_EDGE),
            "starts": starts,
            "starts_at_best_mode": hits,
            "hit_rate": hits / starts,
            "reliability": 1 - (1 - hits / starts) ** starts,
            "modes": len(modes),
            "modes_in_words": modes_in_words(modes),
            "modes_log_evidence": [float(mode.log_evidence) for mode in modes],
            "modes_starts": [len(mode.starts) for mode in modes],
            "steps": int(state["sweeps"]),
            "jacobian_evaluations": int(state["jacobians"].sum()),
            "likelihood_evaluations": int(state["evaluations"].sum()) + len(state["draws"]),
        }

    @staticmethod
    def _has_arrived(state: Arrays) -> np.ndarray:
        return np.isin(state["status"], (lm.CONVERGED, lm.STALLED)) & np.isfinite(state["cost"])

    def _possible_draws(self, fitness: Fitness) -> np.ndarray:
        """(n_draws, n) draws of the prior that assertions and physics allow; fewer where they are very rare."""
        if self.n_starts == 0:
            return np.empty((0, fitness.program.n))
        rng = np.random.default_rng([self.seed, 0])
        found: list[np.ndarray] = []
        for _ in range(RAREST):
            draws = rng.standard_normal((self.n_draws, fitness.program.n))
            found.append(draws[np.asarray(_are_allowed(fitness.problem, draws))])
            if sum(map(len, found)) >= self.n_draws:
                break
        draws = np.concatenate(found)[: self.n_draws]
        if len(draws) == 0:
            raise SearchError(
                f"none of {RAREST * self.n_draws} draws of the prior keeps to the model's assertions and physics."
            )
        return draws

    def _informed(self, fitness: Fitness, draws: np.ndarray) -> np.ndarray:
        """The draws with those of the first `INFORMED` of all places moved to what the data say.

        A draw that is not allowed where it was moved stays where it was.
        """
        moves = type(fitness.analysis).informed_draws is not Analysis.informed_draws
        number = round(INFORMED * len(draws)) if moves else 0
        if number == 0:
            return draws
        vectors = np.asarray(fitness.program.physical_from_normal(draws[:number]))
        moved = self._in_normal_space(fitness, fitness.analysis.informed_draws(fitness.program, vectors))
        kept = np.isfinite(moved).all(axis=1) & np.asarray(_are_allowed(fitness.problem, moved))
        return np.concatenate([np.where(kept[:, None], moved, draws[:number]), draws[number:]])

    def _screened(self, fitness: Fitness, state: Arrays) -> Arrays:
        first = int(state["screened"])
        last = min(first + 4 * default_batch_size(), len(state["draws"]))
        draws, log_densities = state["draws"][first:last], state["draw_log_densities"].copy()
        log_densities[first:last] = fitness.log_likelihood_from_normal(draws) - 0.5 * np.sum(draws**2, axis=1)
        return {**state, "draw_log_densities": log_densities, "screened": np.array(last)}

    def _placed(self, fitness: Fitness, state: Arrays) -> Arrays:
        """Starts at the given vectors, and at the best draw of each group: better than random, and not all in the same
        corner.
        """
        places = min(self.n_starts, len(state["draws"]))
        groups = np.array_split(np.arange(len(state["draws"])), places) if places else []
        winners = np.array([group[np.argmax(state["draw_log_densities"][group])] for group in groups], int)
        winners = winners[np.isfinite(state["draw_log_densities"][winners])]
        starts = np.concatenate([self._given(fitness), state["draws"][winners]])
        if len(starts) == 0:
            raise SearchError(
                f"none of {len(state['draws'])} draws of the prior has a finite likelihood: the priors reach where "
                "the model has no finite values, or the data or noise map hold infinite ones."
            )
        lanes = jax.vmap(lm.init)(jnp.asarray(starts))
        counters = {"sweeps": np.array(0), "trace": np.full((len(starts), PATIENCE), np.inf)}
        return {**state, **counters, **{name: np.array(leaf) for name, leaf in lanes._asdict().items()}}

    def _given(self, fitness: Fitness) -> np.ndarray:
        """`start_from` where every prior is a unit normal, (k, n)."""
        if not self.start_from:
            return np.empty((0, fitness.program.n))
        return self._in_normal_space(fitness, np.array(self.start_from))

    @staticmethod
    def _in_normal_space(fitness: Fitness, vectors: np.ndarray) -> np.ndarray:
        return np.clip(fitness.program.normal_from_physical(vectors), -FARTHEST_START, FARTHEST_START)

    def _swept(self, fitness: Fitness, state: Arrays) -> Arrays:
        """One step of every running start."""
        lanes: Any = lm.State._make(state[name] for name in lm.State._fields)
        options = (self.tolerance, self.longest_step, self.jacobian_columns)
        running = np.flatnonzero(state["status"] == lm.RUNNING)
        if jax.default_backend() == "cpu":
            # each on a core of its own: it fits the caches, and a start that is refused its step needs no Jacobian
            def stepped_one(lane: int) -> Any:
                state = jax.tree.map(lambda leaf: leaf[lane], lanes)
                return jax.tree.map(np.asarray, _step(fitness.problem, fitness.arrays, state, options))

            stepped = runtime.on_every_core(stepped_one, list(running), ("start", fitness.problem, options))
            new = jax.tree.map(np.copy, lanes)
            for lane, one in zip(running, stepped, strict=True):
                for target, value in zip(new, one, strict=True):
                    target[lane] = value
        else:
            new = jax.tree.map(np.array, _step_all(fitness.problem, fitness.arrays, lanes, options))
        sweeps = int(state["sweeps"]) + 1
        trace = np.concatenate([state["trace"][:, 1:], new.cost[:, None]], axis=1)
        status = np.where(_has_joined(new), lm.CONVERGED, new.status)
        status = np.where(status == lm.RUNNING, self._abandoned(new.cost, trace, sweeps), status)
        changed = {**state, **new._asdict(), "sweeps": np.array(sweeps), "trace": trace, "status": status}
        return {name: np.asarray(array) for name, array in changed.items()}

    def _abandoned(self, cost: np.ndarray, trace: np.ndarray, sweeps: int) -> np.ndarray:
        """ABANDONED for starts that, at the pace of their last steps, cannot reach the best; else RUNNING."""
        left = self.max_steps - sweeps
        if left <= 0:
            return np.full(len(cost), ABANDONED)
        with np.errstate(invalid="ignore"):
            within_reach = (trace[:, 0] - cost) / (PATIENCE - 1) * left
        hopeless = cost - cost.min() > np.where(np.isnan(within_reach), np.inf, within_reach) + 1.0
        return np.where(hopeless, ABANDONED, lm.RUNNING)

    def _draws(self, fitness: Fitness, modes: list[Mode]) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Points (S, n) in normal space, their log likelihoods and weights (S,), and what to say of them."""
        rng = np.random.default_rng([self.seed, 1])
        said: dict[str, Any] = {"errors": "Laplace approximation", "rounds_of_draws": 1}
        if self.importance_weights:
            drawn = importance_draws(modes, self.n_samples, fitness.log_likelihood_from_normal, rng)
            said["pareto_k"] = drawn.pareto_k
            if drawn.pareto_k < RELIABLE:
                said |= {
                    "errors": "importance-weighted",
                    "rounds_of_draws": drawn.rounds,
                    "effective_samples": drawn.effective,
                    "importance_log_evidence": drawn.log_evidence,
                }
                return drawn.points, drawn.log_likelihood, drawn.weights / drawn.weights.sum(), said
            said["rounds_of_draws"] += drawn.rounds
        points = spread_draws(modes, self.n_samples, rng, tails=None)
        weights = np.full(self.n_samples, 1 / self.n_samples)
        return points, fitness.log_likelihood_from_normal(points), weights, said

    def check_residuals(self, fitness: Fitness, mode: Mode) -> None:
        """Residuals and likelihood must be of one mind, or the search minimises something else."""
        n = fitness.program.n
        squares = mode.log_density + 0.5 * (mode.position @ mode.position) + 0.5 * n * np.log(2 * np.pi)
        likelihood = float(fitness.log_likelihood_from_normal(mode.position[None])[0])
        agrees = partial(np.isclose, likelihood, rtol=1e-8, atol=1e-3)
        if not agrees(squares):
            # Where rounding decides, as in a lens of a degenerate shape, two programs differ: the same once more.
            residuals = np.asarray(fitness.residuals(fitness.program.physical_from_normal(mode.position)))
            squares = float(fitness.analysis.log_likelihood_constant) - 0.5 * float(residuals @ residuals)
        if not agrees(squares):
            raise SearchError(
                f"{type(fitness.analysis).__name__}: log_likelihood_function gives {likelihood:.4f} at the best point, "
                f"but -|residuals|^2 / 2 + log_likelihood_constant is {squares:.4f}: they must be the same."
            )


def _has_joined(lanes: lm.State) -> np.ndarray:
    """(L,) whether a running start is where another arrived, so that both would end in one mode."""
    position, curvature, cost, status = map(np.asarray, (lanes.position, lanes.curvature, lanes.cost, lanes.status))
    running, joined = status == lm.RUNNING, np.zeros(len(status), bool)
    for mode in np.flatnonzero(status == lm.CONVERGED):
        apart = distance(position - position[mode], curvature[mode])
        joined |= running & (apart < JOINED) & (cost >= cost[mode])
    return joined


def require_residuals(fitness: Fitness, search: str) -> None:
    """Raises `SearchError` where the analysis does not define the residuals that `search` needs."""
    if not fitness.analysis.has_residuals:
        raise SearchError(
            f"{search} needs {type(fitness.analysis).__name__}.residuals(instance), the whitened residuals "
            "(data - model) / noise; a likelihood that is no sum of squares can be sampled by Nautilus."
        )


def _residuals(problem: Problem, arrays: Any, position: jax.Array) -> jax.Array:
    """Whitened residuals of data and prior (m + n,)."""
    vector = problem.program.physical_from_normal(position)
    return jnp.concatenate([problem.residuals(arrays, vector), position])


def _bend(problem: Problem, position: jax.Array) -> jax.Array:
    r"""Second derivative of the cost by way of x(z), the map from normal space to parameters: dC/dx x''(z).

    At a minimum the data pull as hard as the prior, dC/dx x'(z) = -z, so that it is -z x'' / x' there. It is nearly
    all the curvature there is where the data push a parameter against the limit of its prior (z^2 for a uniform
    one). The map of each parameter is its own: it is a diagonal. Negative terms are dropped.

    A prior density p(x) and its map are related by :math:`x' = \phi(z) / p(x)`, so that
    :math:`x'' / x' = -z - x' \, d \ln p / dx`: densities are simpler to differentiate than quantiles.
    """
    program = problem.program
    vector, slope = jax.jvp(program.physical_from_normal, (position,), (jnp.ones_like(position),))
    change = jax.jvp(program.log_densities, (vector,), (slope,))[1]
    bend = position * (position + change)
    return jnp.where(jnp.isfinite(bend), jnp.maximum(bend, 0.0), 0.0)


def _is_allowed(problem: Problem, position: jax.Array) -> jax.Array:
    return jnp.asarray(problem.program.is_valid(problem.program.physical_from_normal(position)))


@partial(jax.jit, static_argnums=0)
def _are_allowed(problem: Problem, positions: jax.Array) -> jax.Array:
    return jax.vmap(partial(_is_allowed, problem))(positions)


def _stepped(problem: Problem, arrays: Any, state: lm.State, options: tuple[Any, ...]) -> lm.State:
    tolerance, longest_step, columns = options
    residuals = partial(_residuals, problem, arrays)
    # a model that allows everything says so without being asked for a point
    is_bounded = not isinstance(problem.program.is_valid(state.position), bool)
    return lm.step(
        residuals,
        state,
        tolerance=tolerance,
        longest_step=longest_step,
        columns=columns,
        allowed=partial(_is_allowed, problem) if is_bounded else None,
        bend=partial(_bend, problem),
    )


_step = partial(jax.jit, static_argnums=(0, 3), compiler_options=runtime.ONE_CORE)(_stepped)


@partial(jax.jit, static_argnums=(0, 3))
def _step_all(problem: Problem, arrays: Any, lanes: lm.State, options: tuple[Any, ...]) -> lm.State:
    return jax.vmap(lambda state: _stepped(problem, arrays, state, options))(lanes)
