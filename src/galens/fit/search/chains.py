"""Chains of the No-U-Turn sampler, advanced many draws at a time by one compiled function (blackjax).

A chain lives in coordinates w, in which the posterior is about a unit normal: y = centre + scale w are the coordinates
where every prior is a unit normal (called z), but for parameters at the limit of their prior (`edges`), and
scale scale^T is what is known of the posterior's covariance. So the sampler needs no metric, and one step size serves
all directions.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from galens import runtime
from galens.fit.fitness import Fitness, Problem
from galens.fit.search.edges import (
    Edges,
    coordinates_from_normal,
    edges_near,
    log_prior,
    normal_from_coordinates,
    slopes,
)
from galens.fit.search.modes import Mode

__all__ = ["BLOCK", "Chains", "Draws", "advanced", "begun", "rescaled", "restarted"]

BLOCK = 50  # draws that one call of the compiled function can make
DEEPEST = 10  # doublings of a trajectory: at most 1023 steps


class Chains(NamedTuple):
    """Where chains stand; every array has the chains as its first axis.

    `log_step`, `log_step_mean`, `updates`, `error` and `aim` are the state of dual averaging (Hoffman & Gelman 2014).
    """

    position: Any  # (C, n) w
    log_density: Any  # (C,) of y
    gradient: Any  # (C, n) by w
    centre: Any  # (C, n)
    scale: Any  # (C, n, n) lower triangular
    edges: Edges  # (C, n)
    log_step: Any  # (C,)
    log_step_mean: Any  # (C,)
    updates: Any  # (C,)
    error: Any  # (C,)
    aim: Any  # (C,)
    number: Any  # (C,) of the chain, for its random numbers
    drawn: Any  # (C,) draws made


class Draws(NamedTuple):
    """What chains drew, with draws and chains as the first axes."""

    position: Any  # (D, C, n) z
    coordinates: Any  # (D, C, n) y
    log_likelihood: Any  # (D, C)
    energy: Any  # (D, C)
    steps: Any  # (D, C) of the trajectory: gradients evaluated
    diverged: Any  # (D, C)


def begun(positions: np.ndarray, log_likelihoods: np.ndarray, mode: Mode, first: int) -> Chains:
    """Chains around a mode at positions (C, n) in normal space with their log likelihoods (C,), numbered from `first`.

    Their first gradients are those of the mode's normal distribution: what that gets wrong is forgotten in the
    warm-up, and one compilation is spared.
    """
    count, n = positions.shape
    edges = edges_near(mode)
    slope = slopes(mode.position, edges)
    centre = coordinates_from_normal(mode.position, edges)
    scale = np.linalg.cholesky(mode.covariance * np.outer(slope, slope))
    coordinates = coordinates_from_normal(positions, edges)
    away = np.linalg.solve(scale, (coordinates - centre).T).T
    nothing = np.zeros(count)
    chains = Chains(
        position=away,
        log_density=log_likelihoods + np.asarray(log_prior(coordinates, edges)),
        gradient=-away,
        centre=np.tile(centre, (count, 1)),
        scale=np.tile(scale, (count, 1, 1)),
        edges=Edges(*[np.tile(leaf, (count, 1)) for leaf in edges]),
        log_step=nothing,
        log_step_mean=nothing,
        updates=nothing,
        error=nothing,
        aim=nothing,
        number=first + np.arange(count),
        drawn=np.zeros(count, int),
    )
    return restarted(chains, np.full(count, n**-0.25))


def restarted(chains: Chains, step: np.ndarray) -> Chains:
    """Chains whose search for a step size begins anew at `step` (C,)."""
    log_step = np.log(step)
    nothing = np.zeros_like(log_step)
    return chains._replace(
        log_step=log_step,
        log_step_mean=log_step,
        updates=np.ones_like(log_step),
        error=nothing,
        aim=log_step + np.log(2.0),
    )


def rescaled(chains: Chains, scales: np.ndarray) -> Chains:
    """The same chains with other scales (C, n, n)."""
    positions, gradients = [], []
    for position, gradient, old, new in zip(chains.position, chains.gradient, chains.scale, scales, strict=True):
        positions.append(np.linalg.solve(new, old @ position))
        gradients.append(new.T @ np.linalg.solve(old.T, gradient))
    return chains._replace(position=np.stack(positions), gradient=np.stack(gradients), scale=scales)


def advanced(fitness: Fitness, chains: Chains, count: int, adapt: float | None, seed: int) -> tuple[Chains, Draws]:
    """The chains after `count` draws, at most `BLOCK`, and what they drew.

    On a CPU every chain has a thread and a core of its own: a value with its gradient costs half of what it costs
    in a batch, where all chains would wait for the longest trajectory. Elsewhere the chains are one batch.

    Args:
        adapt: acceptance probability towards which the step size is adapted; None: it stays.
    """
    target = jnp.asarray(np.nan if adapt is None else adapt)
    arguments = (jnp.asarray(count), target, jax.random.PRNGKey(seed))

    def one(index: int) -> Any:
        chain = jax.tree.map(lambda leaf: leaf[index], chains)
        return jax.tree.map(np.asarray, _one(fitness.problem, fitness.arrays, chain, *arguments))

    if jax.default_backend() != "cpu":
        chains, draws = jax.tree.map(np.asarray, _all(fitness.problem, fitness.arrays, chains, *arguments))
        return chains, jax.tree.map(lambda leaf: np.swapaxes(leaf, 0, 1)[:count], draws)
    ends = runtime.on_every_core(one, range(len(chains.position)), ("chain", fitness.problem))
    chains, draws = (jax.tree.map(lambda *leaves: np.stack(leaves), *parts) for parts in zip(*ends, strict=True))
    return chains, jax.tree.map(lambda leaf: np.swapaxes(leaf, 0, 1)[:count], draws)


def _advanced(
    problem: Problem, arrays: Any, chain: Chains, count: jax.Array, target: jax.Array, key: jax.Array
) -> tuple[Chains, Draws]:
    """One chain after `count` draws, and buffers of `BLOCK` draws of which the first `count` are filled."""
    from blackjax.mcmc import nuts
    from blackjax.mcmc.hmc import HMCState
    from blackjax.optimizers.dual_averaging import DualAveragingState, dual_averaging

    n = problem.program.n
    kernel = nuts.build_kernel()
    _, update, _ = dual_averaging()
    adapts = ~jnp.isnan(target)
    own_key = jax.random.fold_in(key, chain.number)

    def place(position: jax.Array) -> jax.Array:
        return chain.centre + chain.scale @ position

    def log_density(position: jax.Array) -> jax.Array:
        y = place(position)
        vector = problem.program.physical_from_normal(normal_from_coordinates(y, chain.edges))
        return problem.log_likelihood(arrays, vector) + log_prior(y, chain.edges)

    def draw(index: jax.Array, carried: tuple[Chains, Draws]) -> tuple[Chains, Draws]:
        now, draws = carried
        state = HMCState(now.position, now.log_density, now.gradient)
        step = jnp.exp(jnp.where(adapts, now.log_step, now.log_step_mean))
        state, info = kernel(jax.random.fold_in(own_key, now.drawn), state, log_density, step, jnp.ones(n), DEEPEST)
        old = DualAveragingState(now.log_step, now.log_step_mean, now.updates, now.error, now.aim)
        new = update(old, target - info.acceptance_rate)
        tuned = jax.tree.map(lambda before, after: jnp.where(adapts, after, before), old, new)
        after = now._replace(
            position=state.position,
            log_density=state.logdensity,
            gradient=state.logdensity_grad,
            log_step=tuned.log_x,
            log_step_mean=tuned.log_x_avg,
            updates=tuned.step,
            error=tuned.avg_error,
            aim=tuned.mu,
            drawn=now.drawn + 1,
        )
        y = place(state.position)
        drawn = Draws(
            position=normal_from_coordinates(y, chain.edges),
            coordinates=y,
            log_likelihood=state.logdensity - log_prior(y, chain.edges),
            energy=info.energy,
            steps=info.num_integration_steps,
            diverged=info.is_divergent,
        )
        return after, jax.tree.map(lambda buffer, value: buffer.at[index].set(value), draws, drawn)

    many, one = jnp.zeros((BLOCK, n)), jnp.zeros(BLOCK)
    empty = Draws(many, many, one, one, jnp.zeros(BLOCK, int), jnp.zeros(BLOCK, bool))
    return jax.lax.fori_loop(0, count, draw, (jax.tree.map(jnp.asarray, chain), empty))


_one = partial(jax.jit, static_argnums=0, compiler_options=runtime.ONE_CORE)(_advanced)


@partial(jax.jit, static_argnums=0)
def _all(problem: Problem, arrays: Any, chains: Chains, count: jax.Array, target: jax.Array, key: jax.Array) -> Any:
    return jax.vmap(lambda chain: _advanced(problem, arrays, chain, count, target, key))(chains)
