r"""Levenberg-Marquardt minimisation of half the sum of squared residuals, as a state that is stepped.

.. math:: C(z) = \tfrac12 |r(z)|^2, \qquad g = J^T r, \qquad A = J^T J

A step solves :math:`(A + \lambda \, \mathrm{diag} A) \delta = -g`, tries :math:`z + \delta`, and takes it where the
cost falls by a fraction of what the quadratic model predicts. The damping :math:`\lambda` follows the gain ratio
(Nielsen 1999). Where residuals contain a unit normal prior as rows :math:`r_i = z_i`, C is the negative log
posterior up to a constant, A is the Gauss-Newton curvature of it, and the predicted decrease is in units of log
posterior: that is why the tolerance is absolute.

Some points may be forbidden. A step that would leave the allowed region is bent along its edge: so a minimisation
slides along an edge, and ends at a minimum that lies on it (near it, where the edge is curved); in a corner it stalls.

The state holds n x n numbers and no residuals, so that many minimisations are kept, saved and resumed cheaply.
`step` is pure: one lane may be stepped at a time, or all under `jax.vmap`, where lanes that are done stay as
they are. The residuals are linearised once, at the trial: their derivative reuses what the trial computed, and the
program holds the model once. The Jacobian's directions depend on whether the trial is taken: so the trial and its
derivative never run side by side, because two independent batched Fourier transforms in one program can block each
other for ever in XLA's CPU pool of two threads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

__all__ = ["CONVERGED", "RUNNING", "STALLED", "State", "done", "init", "step"]

Allowed = Callable[[Float[Array, " n"]], Bool[Array, ""]]
Bend = Callable[[Float[Array, " n"]], Float[Array, " n"]]

RUNNING, CONVERGED, STALLED = 0, 1, 2
LARGEST_DAMPING = 1e12
SMALLEST_DAMPING = 1e-12
SUFFICIENT_GAIN = 1e-4  # of the predicted decrease: less than this is not worth a new Jacobian
MARGIN = 0.75  # of the way to an edge that one step goes
BISECTIONS = 30


class State(NamedTuple):
    """Where a minimisation stands.

    `status` is RUNNING, CONVERGED (the undamped step, as far as it is allowed, would lower the cost by less than the
    tolerance) or STALLED (no step lowers it, however short: rounding, or residuals that are not finite nearby).
    """

    position: Float[Array, " n"]
    cost: Float[Array, ""]
    gradient: Float[Array, " n"]
    curvature: Float[Array, "n n"]
    damping: Float[Array, ""]
    growth: Float[Array, ""]
    expected_decrease: Float[Array, ""]
    jacobians: Int[Array, ""]
    evaluations: Int[Array, ""]
    status: Int[Array, ""]


def init(position: Float[Array, " n"], *, damping: float = 1e-2) -> State:
    """A state at `position` that knows nothing yet: its first step evaluates there and stays there."""
    position = jnp.asarray(position, float)
    n = position.shape[0]
    return State(
        position=position,
        cost=jnp.asarray(jnp.inf),
        gradient=jnp.zeros(n),
        curvature=jnp.eye(n),
        damping=jnp.asarray(damping, float),
        growth=jnp.asarray(2.0),
        expected_decrease=jnp.asarray(jnp.inf),
        jacobians=jnp.asarray(0),
        evaluations=jnp.asarray(0),
        status=jnp.asarray(RUNNING),
    )


def done(state: State) -> Bool[Array, ""]:
    return state.status != RUNNING


def step(
    residuals: Callable[[Float[Array, " n"]], Float[Array, " m"]],
    state: State,
    *,
    tolerance: float = 1e-6,
    longest_step: float = jnp.inf,
    columns: int | None = None,
    allowed: Allowed | None = None,
    bend: Bend | None = None,
) -> State:
    """One trial, and a new Jacobian where it is taken.

    Args:
        residuals: z (n,) -> r (m,); a point where they are not finite is not taken.
        tolerance: decrease of the cost below which a minimum is reached; absolute.
        longest_step: largest change of any coordinate in one step.
        columns: how many columns of the Jacobian are computed at once (memory: columns x the intermediate
            arrays of one evaluation); all where not given.
        allowed: z (n,) -> bool, cheap; everything is allowed where not given.
        bend: z (n,) -> (n,), added to the diagonal of the curvature: second derivatives that J^T J lacks, where they
            are known. Not negative, so that the curvature stays positive definite.
    """
    move, decrease = _moves(state, longest_step, allowed)
    predicted = _decrease(move, state.gradient, state.curvature)
    trial = state.position + move
    residual, derivative = jax.linearize(residuals, trial)
    cost = 0.5 * (residual @ residual)

    first = ~jnp.isfinite(state.cost)
    gain = jnp.where(first, 1.0, (state.cost - cost) / jnp.maximum(predicted, 1e-300))
    arrived = ~first & (decrease < tolerance)
    accepted = jnp.isfinite(cost) & (gain > SUFFICIENT_GAIN) & ~arrived

    position = jnp.where(accepted, trial, state.position)
    # outside of the conditional, where the compiler sees what it shares with the residuals
    bent = jnp.zeros_like(trial) if bend is None else bend(trial)

    def linearised() -> tuple[Array, Array]:
        basis = jnp.where(accepted, jnp.eye(len(position)), 0.0)
        rows = jax.vmap(derivative)(basis) if columns is None else jax.lax.map(derivative, basis, batch_size=columns)
        return rows @ residual, rows @ rows.T + jnp.diag(bent)

    gradient, curvature = jax.lax.cond(accepted, linearised, lambda: (state.gradient, state.curvature))
    shrunk = state.damping * jnp.clip(1.0 - (2.0 * gain - 1.0) ** 3, 1.0 / 3.0, 2.0)
    damping = jnp.where(accepted, jnp.where(first, state.damping, shrunk), state.damping * state.growth)
    new = State(
        position=position,
        cost=jnp.where(accepted, cost, state.cost),
        gradient=gradient,
        curvature=curvature,
        damping=jnp.maximum(damping, SMALLEST_DAMPING),
        growth=jnp.where(accepted, 2.0, state.growth * 2.0),
        expected_decrease=decrease,
        jacobians=state.jacobians + accepted,
        evaluations=state.evaluations + 1,
        status=jnp.where(
            arrived,
            CONVERGED,
            jnp.where((damping > LARGEST_DAMPING) | (first & ~accepted), STALLED, RUNNING),
        ),
    )
    return jax.tree.map(lambda old, now: jnp.where(done(state), old, now.astype(old.dtype)), state, new)


def _moves(state: State, longest_step: float, allowed: Allowed | None) -> tuple[Array, Array]:
    """The damped step as far as it is allowed, and the decrease that the undamped one expects."""

    def move(limits: tuple[Array, Array]) -> Array:
        damping, longest = limits
        move = _clipped(-_damped_solve(state.curvature, state.gradient, damping), longest)
        if allowed is None:
            return move
        return _kept_inside(move, state.position, state.curvature, damping, longest, allowed)

    # one after the other, not side by side: what is allowed is asked at one place, and compiled once
    damped, undamped = jax.lax.map(
        move, (jnp.stack([state.damping, 0.0]), jnp.stack([jnp.asarray(longest_step, float), jnp.inf]))
    )
    # a step that is not allowed at all says nothing of how far the minimum is
    is_stuck = jnp.all(undamped == 0) & jnp.any(state.gradient != 0)
    return damped, jnp.where(is_stuck, jnp.inf, _decrease(undamped, state.gradient, state.curvature))


class _Trial(NamedTuple):
    """A step that is tried, and how far along it, and along each axis, is allowed."""

    attempt: Int[Array, ""]
    move: Float[Array, " n"]
    directions: Float[Array, "k n"]
    is_inside: Bool[Array, ""]


def _kept_inside(
    move: Array, position: Array, curvature: Array, damping: Array, longest: Array, allowed: Allowed
) -> Array:
    r"""The step if it is allowed, or else the best one within 3/4 of the way to the edge of what is allowed.

    Where the axes meet the edge, at distances d_i, defines a plane: :math:`\nu \cdot \delta = 1` with
    :math:`\nu_i = 1 / d_i`. The minimum of the quadratic model on that plane is the step's own less its excess
    along :math:`M^{-1} \nu`. Where the edge is curved that is too far, and is shortened.
    """
    reach = jnp.max(jnp.abs(move))
    axes = reach * jnp.eye(len(move))

    def next_trial(trial: _Trial) -> _Trial:
        fractions = _fractions_to_edge(position, trial.directions, allowed)
        inverse = jnp.where(fractions < 1.0, 1.0 / (reach * jnp.maximum(fractions, 1e-9)), 0.0)
        forward, backward = jnp.split(inverse[1:], 2)
        normal = forward - backward
        response = _damped_solve(curvature, normal, damping)
        excess = jnp.maximum(normal @ trial.move - MARGIN, 0.0)
        bent = _clipped(trial.move - response * excess / jnp.maximum(normal @ response, 1e-300), longest)
        is_inside = fractions[0] == 1.0
        return _Trial(
            attempt=trial.attempt + 1,
            move=jnp.where((trial.attempt == 0) & ~is_inside, bent, trial.move * fractions[0]),
            directions=jnp.broadcast_to(bent / MARGIN, trial.directions.shape),
            is_inside=is_inside,
        )

    whole = _Trial(jnp.asarray(0), move, jnp.concatenate([move[None], axes, -axes]), jnp.asarray(False))
    return jax.lax.while_loop(lambda trial: (trial.attempt < 2) & ~trial.is_inside, next_trial, whole).move


def _fractions_to_edge(position: Array, directions: Array, allowed: Allowed) -> Array:
    """Largest fraction, up to 1, of each direction (k, n) that is allowed, by bisection; 0 where hardly any is.

    If all of the first direction is, which is nearly always so, the others are only asked for their ends.
    """
    ends = (jnp.zeros(len(directions)), jnp.ones(len(directions)))

    def halved(interval: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        count, low, high = interval
        middle = jnp.where(count == 0, 1.0, 0.5 * (low + high))
        inside = jax.vmap(allowed)(position + middle[:, None] * directions)
        return count + 1, jnp.where(inside, middle, low), jnp.where(inside, high, middle)

    def goes_on(interval: tuple[Array, Array, Array]) -> Array:
        count, low, _ = interval
        return (count <= BISECTIONS) & (low[0] < 1.0)

    return jax.lax.while_loop(goes_on, halved, (jnp.asarray(0), *ends))[1]


def _clipped(move: Array, longest: Array) -> Array:
    return move * jnp.minimum(1.0, longest / jnp.maximum(jnp.max(jnp.abs(move)), 1e-300))


def _decrease(move: Array, gradient: Array, curvature: Array) -> Array:
    return -(gradient @ move) - 0.5 * (move @ curvature @ move)


def _damped_solve(curvature: Array, gradient: Array, damping: Array) -> Array:
    """(A + damping diag A)^-1 g; NaN where that matrix is not positive definite.

    The matrix is scaled to a unit diagonal first: parameters known to 1e-6 and to 1 share it.
    """
    scale = jnp.sqrt(jnp.diagonal(curvature))
    scale = jnp.where(scale > 0, scale, 1.0)
    scaled = curvature / (scale[:, None] * scale[None, :])
    factor = jax.scipy.linalg.cho_factor(scaled + damping * jnp.eye(len(scale)))
    return jax.scipy.linalg.cho_solve(factor, gradient / scale) / scale
