r"""Least squares whose linear amplitudes are eliminated: only the nonlinear parameters are left to search.

For a model B(theta) s, with whitened columns B (N, n) and data d (N,), the amplitudes s*(theta) are solved at every
theta, and the residual :math:`r(\theta) = d - B(\theta) s^*(\theta)` is a function of theta alone. Its Jacobian is

.. math:: \dot r = -(1 - \Pi)\, \dot B s - B M^{-1} \dot B^T r, \qquad M = B^T B + H, \quad \Pi = B M^{-1} B^T

(Golub & Pereyra 1973), all on the positive amplitudes, whose set is held. Kaufman (1975) drops the second term, which
is of the order of the residual times the change of the columns: near a good fit a Gauss-Newton step hardly changes, and
the gradient :math:`J^T r` never does, because the term is orthogonal to r (B^T r = 0). For the same reason a gradient
alone needs no projection: at their optimum, amplitudes may change without any change of |r|^2 (envelope theorem).

No rule needs the derivative of B, a matrix for every parameter. They need derivatives of two vectors: the model B s at
fixed amplitudes and the correlation B^T r at a fixed residual. A caller that can compute B(theta) s without the columns
(one convolution instead of n) says so by `combine`, and derivatives cost a few images each, whatever n is. A value
alone never calls `combine`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.custom_batching import custom_vmap
from jaxtyping import Array, ArrayLike, Bool, Float, Int

from galens.numerics.linear_solve import least_norm_solve, solve, solve_subset, subset_step
from galens.numerics.nnls import CONVERGED, NOT_CONVERGED, nnls
from galens.numerics.tangents import is_zero

__all__ = ["Jacobian", "Projection", "gram", "variable_projection"]

Jacobian = Literal["golub-pereyra", "kaufman", "envelope"]

DARKEST = 16.0
"""Norm of a column over that of the largest, in units of the last digit, below which it counts as zero."""


class Projection(NamedTuple):
    """Residual of the best amplitudes, the amplitudes, which of them are free, and `nnls`' status.

    `penalty` is s^T H s, what the regularization adds to |residual|^2 in the function that the amplitudes minimise.
    `curvature_matrix` B^T B (without H) and `data_vector` B^T d give covariances and determinants; they are constants
    here.
    """

    residual: Float[Array, " N"]
    amplitudes: Float[Array, " n"]
    penalty: Float[Array, ""]
    free: Bool[Array, " n"]
    curvature_matrix: Float[Array, "n n"]
    data_vector: Float[Array, " n"]
    status: Int[Array, ""]


def variable_projection(
    columns: Callable[[Any], Any],
    parameters: Any,
    data: Float[ArrayLike, " N"],
    *,
    combine: Callable[[Any, Float[Array, " n"]], Float[Array, " N"]] | None = None,
    positive: bool = True,
    regularization: Float[ArrayLike, "n n"] | None = None,
    jacobian: Jacobian = "golub-pereyra",
) -> Projection:
    """The residual of data whose linear amplitudes are solved, with its Jacobian with respect to the parameters.

    Args:
        columns: theta -> B^T (n, N), whitened images of unit amplitude, one a row; or (B^T, b) with b (N,) an image
            that has no amplitude. Never differentiated if `combine` is given.
        parameters: theta, any pytree of arrays. The functions close over nothing that is traced.
        data: d (N,), whitened; may depend on what is differentiated.
        combine: (theta, s) -> b(theta) + B(theta) s; by way of the columns where not given.
        positive: amplitudes are non-negative (`nnls`), or free (`solve`).
        regularization: H (n, n), added to B^T B; nothing is added unless given.
        jacobian: "golub-pereyra" is the exact derivative of residual and amplitudes. "kaufman" spares the derivative of
            B^T r and is cheaper; |r|^2 + s^T H s still has its exact gradient, amplitudes an approximate one.
            "envelope" holds the amplitudes and is cheapest: right for the gradient of |r|^2 + s^T H s and nothing else.

    First derivatives only (`jacfwd`, `jvp`, `grad`, `vmap` of these): second ones lack the change of the projection.
    For those, differentiate through `nnls` or `solve`.
    """
    combine = partial(_combined, columns) if combine is None else combine
    return Projection(
        *_projection(columns, combine, positive, jacobian, parameters, jnp.asarray(data, float), regularization)
    )


def _rows_and_offset(columns: Callable[[Any], Any], theta: Any) -> tuple[Array, Array | float]:
    found = columns(theta)
    return found if isinstance(found, tuple) else (found, 0.0)


def _combined(columns: Callable[[Any], Any], theta: Any, s: Array) -> Array:
    rows, offset = _rows_and_offset(columns, theta)
    return offset + s @ rows


def _inverse(
    matrix: Array, regularization: Array | None, free: Array, factor: Array | None
) -> Callable[[Array], Array]:
    """The inverse of the system on the free amplitudes, whose `factor` is that of `nnls`, None where all are free."""
    system = matrix if regularization is None else matrix + regularization
    if factor is not None:
        return lambda b: solve_subset(system, free, b, factor)
    return lambda b: least_norm_solve(system, b)


@partial(jax.custom_jvp, nondiff_argnums=(0, 1, 2, 3))
def _projection(
    columns: Any, combine: Any, positive: bool, jacobian: Jacobian, theta: Any, data: Array, regularization: Any
) -> tuple[Array, ...]:
    found = _solved(columns, positive, False, theta, data, regularization)
    return found[:-2]


def _solved(
    columns: Any, positive: bool, with_rows: bool, theta: Any, data: Array, regularization: Any
) -> tuple[Any, ...]:
    """The fields of a projection, and the factor of the system and the rows of columns if wanted (else None).

    A batch is solved lane by lane on a CPU, whose caches hold the columns of one lane but not of all, and at once
    elsewhere.
    """

    @custom_vmap
    def solve_one(theta: Any, data: Array, regularization: Any) -> tuple[Any, ...]:
        *found, factor, rows = _solution(columns, positive, theta, data, regularization)
        return (*found, factor, rows) if with_rows else (*found, None, None)

    @solve_one.def_vmap
    def solve_all(axis_size: int, batched: Any, *arguments: Any) -> tuple[Any, Any]:
        leaves, structure = jax.tree.flatten(arguments)
        lanes = [index for index, has in enumerate(jax.tree.leaves(batched)) if has]

        def of_lane(values: list[Array]) -> tuple[Any, ...]:
            return solve_one(*_filled(leaves, structure, lanes, values))

        batch = [leaves[index] for index in lanes]
        if jax.default_backend() == "cpu":  # then nothing else is there, and need not be traced
            found = lax.map(of_lane, batch)
            return found, jax.tree.map(lambda _: True, found)
        at_once = jax.vmap(
            lambda *each: solve_one.fun(*each), in_axes=jax.tree.map(lambda has: 0 if has else None, batched)
        )
        found = lax.platform_dependent(
            batch,
            cpu=lambda batch: lax.map(of_lane, batch),
            default=lambda batch: at_once(*_filled(leaves, structure, lanes, batch)),
        )
        return found, jax.tree.map(lambda _: True, found)

    return solve_one(theta, data, regularization)


def _filled(leaves: list[Any], structure: Any, places: list[int], values: list[Any]) -> Any:
    whole = list(leaves)
    for index, value in zip(places, values, strict=True):
        whole[index] = value
    return jax.tree.unflatten(structure, whole)


@partial(jax.jit, static_argnums=(0, 1))
def _solution(columns: Any, positive: bool, theta: Any, data: Array, regularization: Any) -> tuple[Any, ...]:
    rows, offset = _rows_and_offset(columns, theta)
    digits = float(jnp.finfo(rows.dtype).eps)
    data, rows = data - offset, rows.astype(float)
    curvature, vector = _of_visible(gram(rows), rows @ data, digits)
    system = curvature if regularization is None else curvature + regularization
    if positive:
        amplitudes, free, _, status, _, factor = nnls(system, vector)
    else:
        plain, factor = solve(system, vector), None
        amplitudes, free = plain.solution, jnp.ones(len(vector), bool)
        status = jnp.where(plain.residual <= 1e-9, CONVERGED, NOT_CONVERGED)
    residual = data - amplitudes @ rows
    # The refinement that normal equations need: one step with the residual of the data themselves.
    descent = rows @ residual
    if regularization is not None:
        descent = descent - regularization @ amplitudes
    step = least_norm_solve(system, descent) if factor is None else subset_step(system, factor, free, descent)
    amplitudes = amplitudes + step
    residual = residual - step @ rows
    penalty = jnp.asarray(0.0) if regularization is None else amplitudes @ regularization @ amplitudes
    return residual, amplitudes, penalty, free, curvature, vector, status, factor, rows


def _of_visible(curvature: Array, vector: Array, digits: float) -> tuple[Array, Array]:
    """The system without the columns that are darker than the rounding errors of the brightest one.

    Transforms of many images at once leave such errors of one in another. As a column of norm one they would be a
    pattern that fits noise as well as any, with an amplitude of 1e15.
    """
    n = len(vector)
    norms = curvature.reshape(n * n)[:: n + 1]  # `diagonal` gathers
    visible = ~(norms <= (DARKEST * digits) ** 2 * jnp.max(norms, initial=0.0))  # NaN is visible
    return jnp.where(visible[:, None] & visible[None, :], curvature, 0.0), jnp.where(visible, vector, 0.0)


def _projection_jvp(
    columns: Any, combine: Any, positive: bool, jacobian: Jacobian, primals: Any, tangents: Any
) -> tuple[tuple[Array, ...], tuple[Any, ...]]:
    (theta, data, regularization), (d_theta, d_data, d_regularization) = primals, tangents
    follow = jacobian != "envelope"
    *found, factor, rows = _solved(columns, positive, follow, theta, data, regularization)
    residual, s, _, free, curvature, vector, status = found

    # Only what changes is differentiated: tangents of zeros would cost as much as others.
    leaves, structure = jax.tree.flatten(theta)
    changes = jax.tree.leaves(d_theta, is_leaf=is_zero)
    moving = [index for index, change in enumerate(changes) if not is_zero(change)]

    def rebuilt(values: list[Array]) -> Any:
        return _filled(leaves, structure, moving, values)

    at, along = [leaves[index] for index in moving], [changes[index] for index in moving]
    d_residual = jnp.zeros_like(residual) if is_zero(d_data) else d_data
    turning: Array | float = 0.0
    if moving and jacobian == "golub-pereyra":
        fixed = residual

        def correlation(values: list[Array]) -> Array:
            return jax.vjp(lambda s: combine(rebuilt(values), s), s)[1](fixed)[0]

        correlated, turning = jax.jvp(correlation, (at,), (along,))
        # What follows waits for this, by a sum that no compiler can leave out: two independent batched transforms must
        # not run side by side (see `fft_convolution.convolve`).
        nothing = 0.0 * lax.stop_gradient(correlated[0])
        residual, s = residual + nothing, s + nothing
        found[:2] = residual, s
    if moving:
        d_residual = d_residual - jax.jvp(lambda values: combine(rebuilt(values), s), (at,), (along,))[1]
    changing = regularization is not None and not is_zero(d_regularization)
    d_s, d_penalty = jnp.zeros_like(s), jnp.asarray(0.0)
    if follow:
        descent = rows @ d_residual + turning
        if changing:
            descent = descent - d_regularization @ s
        d_s = _inverse(curvature, regularization, free, factor)(descent)
        d_residual = d_residual - d_s @ rows
        if regularization is not None:
            d_penalty = 2.0 * (s @ regularization @ d_s)
    if changing:
        d_penalty = d_penalty + s @ d_regularization @ s
    none = lambda array: np.zeros(array.shape, jax.dtypes.float0)  # noqa: E731
    constants = (none(free), jnp.zeros_like(curvature), jnp.zeros_like(vector), none(status))
    return tuple(found), (d_residual, d_s, d_penalty, *constants)


_projection.defjvp(_projection_jvp, symbolic_zeros=True)


def gram(rows: Float[Array, "n N"]) -> Float[Array, "n n"]:
    """Scalar products of rows with one another, in 64 bits whatever the rows have."""
    rows = rows.astype(float)
    return rows @ rows.T
