r"""Symmetric positive semi-definite systems of linear amplitudes.

Columns B (N, n) of whitened images and whitened data d (N,) give the curvature matrix F = B^T B and the data
vector D = B^T d; the amplitudes that minimise :math:`\chi^2 = |d - B s|^2` solve F s = D. Columns of
multi-Gaussian expansions differ in norm by many orders of magnitude and are nearly dependent, so every system is
solved in units in which its columns have norm one (van der Sluis 1969: within a factor n the best scaling there is),
and nothing is ever added to a diagonal unless the caller asks for it by name.

F has the square of the condition number of B. Rounding of F raises the minimum of chi-squared by some 10 epsilon |s|^2,
with s in units of unit columns. Non-negative amplitudes of images do not cancel, so that |s|^2 is about |d|^2:
expansions in 180 Gaussians lose 4e-15 of chi-squared where |d|^2 is 3e5 chi-squared (10^4 times the noise in the
brightest pixel) and 1e-8 where it is 3e7. Amplitudes without sign constraint cancel as far as the columns are
dependent; beyond eight digits use `least_squares`, which works on B itself.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy.linalg import cho_solve
from jaxtyping import Array, ArrayLike, Bool, Float

__all__ = [
    "LinearSolution",
    "column_scale",
    "least_norm_solve",
    "least_squares",
    "log_determinant",
    "solve",
    "solve_subset",
    "subset_factor",
    "subset_solve",
    "subset_step",
]

EPSILON = float(jnp.finfo(float).eps)


class LinearSolution(NamedTuple):
    """Amplitudes without sign constraint.

    `independent` is False where the columns are dependent to working precision: `solution` is then the one of
    least norm (norm of the amplitudes times their columns' norms). `residual` is max |D - F s| / max |D| in units
    of unit columns. Non-finite input gives a solution of zeros and an infinite residual.
    """

    solution: Float[Array, " n"]
    independent: Bool[Array, ""]
    residual: Float[Array, ""]


def column_scale(matrix: Float[Array, "n n"]) -> Float[Array, " n"]:
    """Factors that give `matrix` a unit diagonal; 0 for a column of zeros. Constant under differentiation."""
    n = matrix.shape[0]
    # A slice: `diagonal` gathers.
    diagonal = lax.stop_gradient(matrix.reshape(n * n)[:: n + 1])
    positive = diagonal > 0
    return jnp.where(positive, lax.rsqrt(jnp.where(positive, diagonal, 1.0)), 0.0)


def subset_factor(matrix: Float[Array, "n n"], subset: Bool[Array, " n"]) -> Float[Array, "n n"]:
    """Lower Cholesky factor of the rows and columns of `matrix` in `subset`, the identity in all others.

    `matrix` has a unit diagonal. Where the subset is singular to working precision, the factor is that of the
    matrix with the smallest power of 100 times epsilon on its diagonal that makes it definite: good enough as
    the approximate inverse in `subset_solve`, which refines against the matrix itself. Never NaN.
    """
    matrix = lax.stop_gradient(_restricted(matrix, subset))
    identity = jnp.eye(matrix.shape[0])

    def attempt(state: tuple[Array, Array]) -> tuple[Array, Array]:
        shift = state[1]
        factor = lax.linalg.cholesky(matrix + shift * identity, symmetrize_input=False)
        return factor, jnp.where(shift > 0, 100.0 * shift, 10.0 * EPSILON)

    def wanting(state: tuple[Array, Array]) -> Array:
        factor, next_shift = state
        return (next_shift == 0) | ~jnp.isfinite(factor[-1, -1])  # the first state is no factor yet

    # A loop, not a branch: under vmap a branch would factorise every system twice.
    return lax.while_loop(wanting, attempt, (matrix, jnp.asarray(0.0)))[0]


def subset_solve(
    matrix: Float[Array, "n n"],
    factor: Float[Array, "n n"],
    subset: Bool[Array, " n"],
    vector: Float[Array, " n"],
    scale: Float[Array, " n"] | float = 1.0,
) -> Float[Array, " n"]:
    """x with matrix[subset, subset] x[subset] = vector[subset], and 0 elsewhere.

    Rows and columns of the matrix are times `scale`; `factor` is from `subset_factor`. Differentiable to any order with
    respect to `matrix` and `vector`, forward and reverse, for the fixed subset: dx = matrix^-1 (d vector - d matrix x),
    solved with the same factor.
    """

    def product(x: Float[Array, " n"]) -> Float[Array, " n"]:
        return jnp.where(subset, scale * (matrix @ jnp.where(subset, scale * x, 0.0)), x)

    def inverse(product: object, b: Float[Array, " n"]) -> Float[Array, " n"]:
        x = cho_solve((factor, True), b)
        return x + cho_solve((factor, True), b - product(x))  # type: ignore[operator]

    return lax.custom_linear_solve(product, jnp.where(subset, vector, 0.0), inverse, symmetric=True)


@jax.jit
def solve_subset(
    matrix: Float[Array, "n n"],
    subset: Bool[Array, " n"],
    vector: Float[Array, " n"],
    factor: Float[Array, "n n"] | None = None,
) -> Float[Array, " n"]:
    """x with matrix[subset, subset] x[subset] = vector[subset], and 0 elsewhere; differentiable, for any scaling.

    `factor` is that of `subset_factor` for the matrix with unit diagonal, where it is known.
    """
    scale = column_scale(matrix)
    if factor is None:
        factor = subset_factor(matrix * scale[:, None] * scale[None, :], subset)
    return scale * subset_solve(matrix, factor, subset, scale * vector, scale)


def subset_step(
    matrix: Float[Array, "n n"],
    factor: Float[Array, "n n"],
    subset: Bool[Array, " n"],
    vector: Float[Array, " n"],
) -> Float[Array, " n"]:
    """`solve_subset` as exact as the factor alone is: a step towards a solution, from the residual that is left."""
    scale = column_scale(matrix)
    return scale * cho_solve((factor, True), jnp.where(subset, scale * vector, 0.0))


@jax.jit
def solve(matrix: Float[ArrayLike, "n n"], vector: Float[ArrayLike, " n"], *, diagonal: float = 0.0) -> LinearSolution:
    """Solution of (matrix + diagonal I) x = vector for a symmetric positive semi-definite matrix.

    By Cholesky where the columns are independent to working precision, in the least-norm sense otherwise.
    `diagonal` is the only regularisation there is, 0 unless given. Works under `jit`, `vmap`, `jacfwd` and `grad`.
    """
    matrix, vector = jnp.asarray(matrix, float), jnp.asarray(vector, float)
    n = vector.shape[0]
    matrix = matrix + diagonal * jnp.eye(n)
    finite = jnp.all(jnp.isfinite(matrix)) & jnp.all(jnp.isfinite(vector))
    vector = jnp.where(finite, vector, 0.0)
    matrix, scale, factors = _prepared(matrix, finite)
    x, error = _solved(matrix, scale, factors, vector)
    largest = jnp.max(jnp.abs(vector * scale), initial=0.0)
    residual = jnp.where(finite, jnp.max(jnp.abs(error), initial=0.0) / jnp.where(largest > 0, largest, 1.0), jnp.inf)
    return LinearSolution(x, factors.independent & jnp.all(scale > 0), lax.stop_gradient(residual))


@jax.jit
def least_norm_solve(matrix: Float[Array, "n n"], vector: Float[Array, " n"]) -> Float[Array, " n"]:
    """The solution of `solve` alone, linear in `vector` also for JAX: the vector may be a tangent."""
    matrix, scale, factors = _prepared(matrix, jnp.all(jnp.isfinite(matrix)))
    return _solved(matrix, scale, factors, vector)[0]


class _Factors(NamedTuple):
    """Whether the columns are independent; then their Cholesky `factor`, else a `root` R with R R^T = matrix^-1."""

    independent: Bool[Array, ""]
    factor: Float[Array, "n n"]
    root: Float[Array, "n n"]


def _prepared(matrix: Array, finite: Array) -> tuple[Array, Array, _Factors]:
    """The matrix in units of unit columns, the scale of these, and what solves it."""
    n = matrix.shape[0]
    scale = jnp.where(finite, column_scale(jnp.where(finite, matrix, jnp.eye(n))), 0.0)
    matrix = jnp.where(finite, matrix, 0.0) * scale[:, None] * scale[None, :]
    constant = lax.stop_gradient(_restricted(matrix, scale > 0))
    first = lax.linalg.cholesky(constant, symmetrize_input=False)
    # The squared pivot of a column is what the columns before it leave of its unit norm.
    independent = jnp.min(jnp.diagonal(first)) ** 2 > 10.0 * n * EPSILON
    factor = jnp.where(independent, first, jnp.eye(n))

    def decompose(state: tuple[Array, Array]) -> tuple[Array, Array]:
        values, vectors = jnp.linalg.eigh(constant, symmetrize_input=False)
        kept = values > n * EPSILON * values[-1]
        roots = jnp.where(kept, lax.rsqrt(jnp.where(kept, values, 1.0)), 0.0)
        return vectors * roots, jnp.asarray(True)

    # At most once, and under vmap only if a lane needs it.
    start = (jnp.zeros((n, n)), independent)
    root, _ = lax.while_loop(lambda state: ~state[1], decompose, start)
    return matrix, scale, _Factors(independent, factor, root)


def _solved(matrix: Array, scale: Array, factors: _Factors, vector: Array) -> tuple[Array, Array]:
    """Solution, and what it leaves of the right side in units of unit columns."""
    present = scale > 0
    vector = vector * scale

    def product(x: Float[Array, " n"]) -> Float[Array, " n"]:
        inside = matrix @ x
        return jnp.where(present, inside, x)

    def inverse(product: object, b: Float[Array, " n"]) -> Float[Array, " n"]:
        def approximate(b: Float[Array, " n"]) -> Float[Array, " n"]:
            return jnp.where(
                factors.independent, cho_solve((factors.factor, True), b), factors.root @ (factors.root.T @ b)
            )

        x = approximate(b)
        return x + approximate(b - product(x))  # type: ignore[operator]

    x = lax.custom_linear_solve(product, jnp.where(present, vector, 0.0), inverse, symmetric=True)
    x = jnp.where(present, x, 0.0)
    return x * scale, jnp.where(present, vector - matrix @ x, 0.0)


@jax.jit
def least_squares(columns: Float[ArrayLike, "N n"], data: Float[ArrayLike, " N"]) -> LinearSolution:
    """Amplitudes that minimise |data - columns s|^2, from the columns themselves (N >= n).

    By Householder QR and the singular values of the triangle, so that columns may be dependent to sixteen digits
    where the normal equations allow eight. Singular values below n epsilon of the largest are left out (least norm).
    First derivatives are exact within the kept directions (Golub & Pereyra 1973).
    """
    columns, data = jnp.asarray(columns, float), jnp.asarray(data, float)
    n = columns.shape[1]
    finite = jnp.all(jnp.isfinite(columns)) & jnp.all(jnp.isfinite(data))
    columns, data = jnp.where(finite, columns, 0.0), jnp.where(finite, data, 0.0)
    norm = lax.stop_gradient(jnp.sqrt(jnp.sum(columns**2, axis=0)))
    scale = jnp.where(norm > 0, 1.0 / jnp.where(norm > 0, norm, 1.0), 0.0)
    columns = columns * scale

    constant = lax.stop_gradient(jnp.concatenate([columns, data[:, None]], axis=1))
    # The triangle of [B | d] holds R and Q^T d: Q itself, as large as B, is never formed.
    triangle = jnp.linalg.qr(constant, mode="r")
    left, values, right = jnp.linalg.svd(triangle[:n, :n])
    kept = values > n * EPSILON * values[0]
    inverse = jnp.where(kept, 1.0 / jnp.where(kept, values, 1.0), 0.0)
    solution = right.T @ (inverse * (left.T @ triangle[:n, n]))

    # One Gauss-Newton step from the solution: nothing but rounding in value, the derivative by implicit functions.
    gradient = columns.T @ (data - columns @ solution)
    solution = solution + right.T @ (inverse**2 * (right @ gradient))
    largest = jnp.max(jnp.abs(columns.T @ data), initial=0.0)
    residual = jnp.max(jnp.abs(gradient), initial=0.0) / jnp.where(largest > 0, largest, 1.0)
    residual = lax.stop_gradient(jnp.where(finite, residual, jnp.inf))
    return LinearSolution(solution * scale, jnp.all(kept), residual)


@jax.custom_jvp
def log_determinant(matrix: Float[Array, "n n"]) -> Float[Array, ""]:
    """ln det of a symmetric positive definite matrix (n, n) by Cholesky; -inf, with zero gradient, if it is not."""
    return _log_determinant(jnp.asarray(matrix, float))[0]


@log_determinant.defjvp
def _log_determinant_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (matrix,), (tangent,) = primals, tangents
    value, factor, scale = _log_determinant(matrix)
    inverse = cho_solve((factor, True), jnp.diag(scale)) * scale[:, None]
    return value, jnp.sum(inverse * tangent)


def _log_determinant(matrix: Float[Array, "n n"]) -> tuple[Array, Array, Array]:
    scale = column_scale(matrix)
    factor = lax.linalg.cholesky(matrix * scale[:, None] * scale[None, :], symmetrize_input=False)
    diagonal = jnp.diagonal(factor)
    definite = jnp.all(diagonal > 0) & jnp.all(scale > 0)  # False for NaN too
    value = 2.0 * jnp.sum(jnp.log(jnp.where(definite, diagonal, 1.0)) - jnp.log(jnp.where(scale > 0, scale, 1.0)))
    factor = jnp.where(definite, factor, jnp.eye(matrix.shape[0]))
    return jnp.where(definite, value, -jnp.inf), factor, jnp.where(definite, scale, 0.0)


def _restricted(matrix: Float[Array, "n n"], subset: Bool[Array, " n"]) -> Float[Array, "n n"]:
    return jnp.where(subset[:, None] & subset[None, :], matrix, jnp.eye(matrix.shape[0]))
