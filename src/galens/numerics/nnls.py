r"""Non-negative least squares of a curvature matrix and a data vector.

.. math:: \min_{s \ge 0} \; \tfrac12 s^T F s - D^T s, \qquad F = B^T B, \; D = B^T d

Solved exactly: the answer is the set P of amplitudes that are positive (passive) and the solution of
:math:`F_{PP} s_P = D_P`, to rounding. Columns are scaled to norm one throughout.

The set is found by the active-set method of Lawson & Hanson (1974) on a tableau: F with the rows and columns of P swept
(Gauss-Jordan on diagonal pivots). The tableau holds, for the current set, the direction in which every passive
amplitude moves if another one enters, and what of that one's column the passive ones cannot represent. A change of
the set is one rank-one update, 2 n^2 operations without any factorisation. A variable that enters first pushes out
those that reach zero and is swept last, at its final positive value; so the pivot is bounded from below even where
columns are dependent to fifteen digits, on which the textbook order (sweep, then repair) breaks down. Multi-Gaussian
expansions need 20 to 60 updates, whatever their condition number; 1145 unknowns of which 620 are positive need 750.

The set is then solved by Cholesky and one step of refinement, the Karush-Kuhn-Tucker conditions are checked against F
itself, and where rounding has spoiled them, pivoting resumes from a fresh tableau.

Derivatives are those of the solution on P: exact wherever no amplitude is about to enter or leave.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_batching import custom_vmap
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, ArrayLike, Bool, Float, Int

from galens.numerics.linear_solve import EPSILON, column_scale, solve_subset, subset_factor, subset_solve
from galens.numerics.one_kernel import one_kernel

__all__ = ["CONVERGED", "NOT_CONVERGED", "NOT_FINITE", "NonNegativeSolution", "covariance", "nnls"]

CONVERGED, NOT_CONVERGED, NOT_FINITE = 0, 1, 2

SMALLEST_PIVOT = 1e-14
MOST_ROUNDS = 5


class NonNegativeSolution(NamedTuple):
    """Non-negative amplitudes and how they were found.

    `passive` marks the positive amplitudes. `residual` is the largest violation of the optimality conditions, in units
    of max |D| with columns of norm one: max(D - F s) over amplitudes at zero, |D - F s| over positive ones.
    `status` is CONVERGED (residual within the tolerance), NOT_CONVERGED (`solution` is the feasible point reached) or
    NOT_FINITE (NaN or infinity in the system; `solution` is zero). `pivots` counts changes of the set. `factor` is the
    Cholesky factor of F with columns of norm one on the positive amplitudes, for `linear_solve.solve_subset`.
    """

    solution: Float[Array, " n"]
    passive: Bool[Array, " n"]
    residual: Float[Array, ""]
    status: Int[Array, ""]
    pivots: Int[Array, ""]
    factor: Float[Array, "n n"]


@jax.jit
def nnls(
    curvature_matrix: Float[ArrayLike, "n n"], data_vector: Float[ArrayLike, " n"], *, tolerance: float = 1e-9
) -> NonNegativeSolution:
    """Non-negative s that minimises 0.5 s^T F s - D^T s.

    Args:
        curvature_matrix: F (n, n), symmetric positive semi-definite. Nothing is added to its diagonal here.
        data_vector: D (n,).
        tolerance: largest `residual` that counts as converged. The solution does not depend on it.

    Works under `jit`, `vmap`, `jacfwd` and `grad`, never gives NaN, and never raises. Columns of zeros get the
    amplitude 0, of identical columns all but one.
    """
    matrix, vector = jnp.asarray(curvature_matrix, float), jnp.asarray(data_vector, float)
    n = vector.shape[0]
    finite = jnp.isfinite(jnp.sum(matrix + vector))  # one number: NaN and infinity stay in sums
    scale = column_scale(matrix)
    matrix = jnp.where(finite, matrix * scale[:, None] * scale[None, :], jnp.eye(n))
    vector = jnp.where(finite, vector * scale, 0.0)

    F, D = lax.stop_gradient(matrix), lax.stop_gradient(vector)
    largest = _largest(jnp.abs(D))
    largest = jnp.where(largest > 0, largest, 1.0)
    eligible = scale > 0
    passive, factor, s, gradient, pivots = _passive_set(F, D / largest, eligible)

    solution = _held(matrix, vector, passive, factor, s * largest)
    residual = _largest(jnp.where(passive, jnp.abs(gradient), jnp.where(eligible, jnp.maximum(gradient, 0.0), 0.0)))
    status = jnp.where(residual <= tolerance, CONVERGED, NOT_CONVERGED)
    return NonNegativeSolution(
        solution=solution * scale,
        passive=passive,
        residual=jnp.where(finite, residual, jnp.inf),
        status=jnp.where(finite, status, NOT_FINITE),
        pivots=pivots,
        factor=factor,
    )


@jax.jit
def covariance(curvature_matrix: Float[ArrayLike, "n n"], passive: Bool[ArrayLike, " n"]) -> Float[Array, "n n"]:
    """Covariance of the positive amplitudes, the inverse of F on the `passive` set; zero in rows of the others.

    Of the Gaussian posterior with those amplitudes free and the others held at zero.
    """
    matrix, passive = jnp.asarray(curvature_matrix, float), jnp.asarray(passive, bool)
    return jax.vmap(lambda unit: solve_subset(matrix, passive, unit))(jnp.eye(matrix.shape[0]))


@jax.custom_jvp
def _held(matrix: Array, vector: Array, passive: Array, factor: Array, s: Array) -> Array:
    """The solution `s` that is known, with the derivatives of the solution on its passive set, to any order."""
    return s


@_held.defjvp
def _held_jvp(primals: tuple[Array, ...], tangents: tuple[Array, ...]) -> tuple[Array, Array]:
    matrix, _, passive, factor, _ = primals
    d_matrix, d_vector, *_ = tangents
    s = _held(*primals)
    return s, subset_solve(matrix, factor, passive, d_vector - d_matrix @ s)


@custom_vmap
def _passive_set(
    F: Float[Array, "n n"], D: Float[Array, " n"], eligible: Bool[Array, " n"]
) -> tuple[Bool[Array, " n"], Float[Array, "n n"], Float[Array, " n"], Float[Array, " n"], Int[Array, ""]]:
    """The optimal passive set, its Cholesky factor and solution s, the gradient D - F s and the number of pivots, for
    unit columns and max |D| = 1.
    """

    State = tuple[Array, Array, Array, Array, Array, Array, Array]

    def round_of_pivots(state: State) -> State:
        passive, factor, s, gradient, pivots, rounds, _ = state
        # Swept in a loop that runs at most once: with no passive amplitude the tableau is F, and no work.
        tableau, _ = lax.while_loop(
            lambda state: state[1], lambda _: (_swept(F, factor, passive), jnp.asarray(False)), (F, rounds > 0)
        )
        slopes = jnp.where(passive, 0.0, jnp.where(eligible, gradient, -jnp.inf))
        proposed, more = _pivoting(tableau, s, slopes, passive)
        passive, factor, s = _feasible(F, D, proposed)
        gradient = D - F @ s
        wanting = _largest(jnp.where(passive | ~eligible, 0.0, gradient))
        again = (more > 0) & (rounds + 1 < MOST_ROUNDS) & (wanting > 8.0 * _noise(jnp.sum(s)))
        return passive, factor, s, gradient, pivots + more, rounds + 1, again

    n = D.shape[0]
    start = (jnp.zeros(n, bool), jnp.eye(n), jnp.zeros(n), D, jnp.asarray(0), jnp.asarray(0), jnp.asarray(True))
    return lax.while_loop(lambda state: state[-1], round_of_pivots, start)[:5]


@_passive_set.def_vmap
def _passive_sets(axis_size: int, batched: tuple[bool, ...], *arguments: Array) -> tuple[tuple[Array, ...], tuple]:
    """A batch: lane by lane on a CPU, all at once elsewhere.

    In lockstep every pivot reads and writes the tableaus of all lanes, those that are done included. They do not fit
    into the cache of a CPU together, one does.
    """
    lanes = [
        x if has else jnp.broadcast_to(x, (axis_size, *x.shape)) for x, has in zip(arguments, batched, strict=True)
    ]
    one_by_one = lambda *lanes: lax.map(lambda lane: _passive_set(*lane), lanes)  # noqa: E731
    together = jax.vmap(_passive_set.fun)
    return lax.platform_dependent(*lanes, cpu=one_by_one, default=together), (True,) * 5


def _largest(values: Float[Array, " n"]) -> Float[Array, ""]:
    """Of values that are not all negative, or none."""
    # Not `max`, which takes a CPU two programs where this is one.
    return values[jnp.argmax(values)] if len(values) else jnp.asarray(0.0)


def _noise(total: Float[Array, ""]) -> Float[Array, ""]:
    """What rounding leaves of a gradient D - F s, for unit columns, max |D| = 1 and the `total` of s."""
    return 16.0 * EPSILON * jnp.maximum(1.0, total)


def _largest_and_total(values: Float[Array, " n"], s: Float[Array, " n"]) -> tuple[Array, Array, Array]:
    """The largest of values, where it is, and the sum of s."""

    def further(one: tuple[Array, Array, Array], other: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        first = one[0] >= other[0]
        return jnp.maximum(one[0], other[0]), jnp.where(first, one[1], other[1]), one[2] + other[2]

    # All at once, and not by `sum`, for which XLA has a library: that could not be part of a kernel.
    nothing = -jnp.inf, jnp.asarray(0), jnp.asarray(0.0)
    return lax.reduce((values, jnp.arange(len(values)), s), nothing, further, (0,))


class _Pivoting(NamedTuple):
    """`row` of the tableau and `inverse` of its pivot are of the sweep that is decided and not yet done; 0 is none.

    `counts` has the index of that sweep, the amplitude that is being raised or -1, the number of pivots, and 1 when
    done: one array, because each one of a loop is a program of its own to compile.
    """

    tableau: Float[Array, "n n"]
    row: Float[Array, " n"]
    inverse: Float[Array, ""]
    s: Float[Array, " n"]
    gradient: Float[Array, " n"]
    passive: Bool[Array, " n"]
    counts: Int[Array, " 4"]


@one_kernel
def _pivoting(
    tableau: Float[Array, "n n"],
    s: Float[Array, " n"],
    gradient: Float[Array, " n"],
    passive: Bool[Array, " n"],
) -> tuple[Bool[Array, " n"], Int[Array, ""]]:
    """Passive set at the optimum, from a feasible solution `s` of a passive set and the `tableau` swept on that set.

    The gradient of amplitudes that must stay at zero is -inf.

    Symmetric tableau: -F_PP^-1 on P x P, F_PP^-1 F_PA on P x A, F_AA - F_AP F_PP^-1 F_PA on A x A.
    """
    n = s.shape[0]
    index = jnp.arange(n)

    def body(state: _Pivoting) -> _Pivoting:
        # The row comes through the loop as an array: if it were read here, the compiler would fuse that into the
        # update and read it anew for each of the n^2 elements.
        tableau, row, inverse, s, gradient, passive, (at, entering, pivots, _) = state
        swept_row = jnp.where(index == at, -inverse, row * jnp.abs(inverse))
        tableau = tableau - (row * inverse)[:, None] * row[None, :]
        tableau = _with_cross(tableau, at, jnp.where(inverse == 0.0, row, swept_row))

        slope, steepest, total = _largest_and_total(jnp.where(passive, -jnp.inf, gradient), s)
        done = (entering < 0) & (slope <= _noise(total))
        j = jnp.where(entering < 0, steepest, entering)

        # Raising s_j by t moves s_P by -t tableau[j, P] and the gradient of the others by -t tableau[j, A].
        direction = tableau[j]
        left_over = direction[j]  # squared norm of what the passive columns leave of column j
        regular = left_over > SMALLEST_PIVOT
        full = jnp.where(regular, jnp.maximum(gradient[j], 0.0) / jnp.where(regular, left_over, 1.0), jnp.inf)
        falling = passive & (direction > 0)
        limits = jnp.where(falling, s / jnp.where(falling, direction, 1.0), jnp.inf)
        k = jnp.argmin(limits)
        enters = full <= limits[k]
        length = jnp.minimum(full, limits[k])
        dependent = ~jnp.isfinite(length)  # a copy of passive columns, with a gradient that is only rounding
        still = done | dependent
        length = jnp.where(still, 0.0, length)

        at = jnp.where(enters, j, k)
        here = (index == at) & ~still
        excluded = jnp.where(dependent & ~done, j, -1)
        s = jnp.where(passive, s - length * direction, jnp.where(index == j, s + length, s))
        return _Pivoting(
            tableau=tableau,
            row=tableau[at],
            inverse=jnp.where(still, 0.0, 1.0 / jnp.where(still, 1.0, tableau[at, at])),
            s=jnp.where(here & ~enters, 0.0, jnp.maximum(s, 0.0)),
            gradient=jnp.where(
                index == excluded,
                -jnp.inf,
                jnp.where(here, 0.0, jnp.where(passive, gradient, gradient - length * direction)),
            ),
            passive=jnp.where(here, enters, passive),
            counts=jnp.stack([at, jnp.where(enters | dependent, -1, j), pivots + ~still, done.astype(int)]),
        )

    start = _Pivoting(tableau, tableau[0], jnp.asarray(0.0), s, gradient, passive, jnp.asarray([0, -1, 0, 0]))
    limit = 5 * n + 50
    last = lax.while_loop(lambda state: (state.counts[3] == 0) & (state.counts[2] < limit), body, start)
    return last.passive, last.counts[2]


def _with_cross(matrix: Float[Array, "n n"], at: Int[Array, ""], values: Float[Array, " n"]) -> Float[Array, "n n"]:
    """The matrix with these values in a row and in the column of the same index."""
    # Not `at[...].set`, which compares the index with the shape.
    matrix = lax.dynamic_update_index_in_dim(matrix, values, at, 0)
    return lax.dynamic_update_index_in_dim(matrix, values, at, 1)


def _feasible(
    F: Float[Array, "n n"], D: Float[Array, " n"], passive: Bool[Array, " n"]
) -> tuple[Bool[Array, " n"], Float[Array, "n n"], Float[Array, " n"]]:
    """The passive set without those amplitudes that its solution makes negative, its factor and its solution."""

    def attempt(state: tuple[Array, Array, Array, Array]) -> tuple[Array, Array, Array, Array]:
        passive = state[0]
        factor = subset_factor(F, passive)
        s = subset_solve(F, factor, passive, D)
        negative = passive & (s <= 0.0)
        return passive & ~negative, factor, s, negative[jnp.argmax(negative)]

    start = (passive, F, D, jnp.asarray(True))  # the first attempt replaces F and D
    return lax.while_loop(lambda state: state[3], attempt, start)[:3]


def _swept(F: Float[Array, "n n"], factor: Float[Array, "n n"], passive: Bool[Array, " n"]) -> Float[Array, "n n"]:
    """F swept on the passive set, from the Cholesky factor of that set."""
    rows = passive[:, None]
    halves = solve_triangular(factor, jnp.where(rows, jnp.where(passive, jnp.eye(F.shape[0]), F), 0.0), lower=True)
    product = halves.T @ halves
    return jnp.where(rows == passive[None, :], jnp.where(rows, 0.0, F) - product, product)
