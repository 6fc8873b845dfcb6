r"""Least squares whose linear amplitudes are eliminated: only the nonlinear parameters are left to search.

For a model B(theta) s, with whitened columns B (N, n) and data d (N,), the amplitudes s*(theta) are solved at every
theta, and the residual :math:`r(\theta) = d - B(\theta) s^*(\theta)` is a function of theta alone. Its Jacobian is

.. math:: \dot r = -(1 - \Pi)\, \dot B s - B M^{-1} \dot B^T r, \qquad M = B^T B + \delta, \quad \Pi = B M^{-1} B^T

(Golub & Pereyra 1973), all on the positive amplitudes, whose set is held. Kaufman (1975) drops the second term, which
is of the order of the residual times the change of the columns: near a good fit a Gauss-Newton step hardly changes, and
the gradient :math:`J^T r` never does, because the term is orthogonal to r (B^T r = 0).

Neither needs the derivative of B, a matrix for every parameter. They need derivatives of two vectors: the model B s at
fixed amplitudes and the correlation B^T r at a fixed residual. A caller that can compute B(theta) s without the columns
(one convolution instead of n) says so by `combine`, and derivatives cost a few images each, whatever n is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, ArrayLike, Bool, Float, Int

from galens.numerics.linear_solve import solve, solve_subset
from galens.numerics.nnls import CONVERGED, NOT_CONVERGED, nnls

__all__ = ["Projection", "variable_projection"]


class Projection(NamedTuple):
    """Residual of the best amplitudes, the amplitudes, which of them are free, and `nnls`' status.

    `penalty` is diagonal |s|^2, what the named diagonal adds to |residual|^2 in the function that the amplitudes
    minimise. `curvature_matrix` (without the diagonal) gives covariances and determinants; it is a constant here.
    """

    residual: Float[Array, " N"]
    amplitudes: Float[Array, " n"]
    free: Bool[Array, " n"]
    penalty: Float[Array, ""]
    curvature_matrix: Float[Array, "n n"]
    status: Int[Array, ""]


def variable_projection(
    columns: Callable[[Any], Float[Array, "N n"]],
    parameters: Any,
    data: Float[ArrayLike, " N"],
    *,
    combine: Callable[[Any, Float[Array, " n"]], Float[Array, " N"]] | None = None,
    positive: bool = True,
    diagonal: float = 0.0,
    jacobian: Literal["golub-pereyra", "kaufman"] = "golub-pereyra",
) -> Projection:
    """The residual of data whose linear amplitudes are solved, with its Jacobian with respect to the parameters.

    Args:
        columns: theta -> B (N, n), whitened images of unit amplitude. Never differentiated if `combine` is given.
        parameters: theta, any pytree.
        data: d (N,), whitened; may depend on what is differentiated.
        combine: (theta, s) -> B(theta) s, linear in s; by way of the columns where not given.
        positive: amplitudes are non-negative (`nnls`), or free (`solve`).
        diagonal: added to the diagonal of B^T B, the only regularisation there is; 0 unless given.
        jacobian: "golub-pereyra" is the exact derivative of residual and amplitudes. "kaufman" spares the derivative of
            B^T r and is two to three times cheaper; |r|^2 (plus the penalty) still has its exact gradient, amplitudes
            have an approximate derivative.

    First derivatives only (`jacfwd`, `jvp`, `grad`, `vmap` of these): second ones lack the change of the projection.
    For those, differentiate through `nnls` or `solve`.
    """
    data = jnp.asarray(data, float)
    if combine is None:
        combine = lambda theta, s: columns(theta) @ s  # noqa: E731
    matrix = lax.stop_gradient(columns(jax.tree.map(lax.stop_gradient, parameters)))
    n = matrix.shape[1]
    curvature = matrix.T @ matrix
    system = curvature + diagonal * jnp.eye(n)
    vector = matrix.T @ lax.stop_gradient(data)
    if positive:
        positive_solution = nnls(system, vector)
        amplitudes, free, status = positive_solution.solution, positive_solution.passive, positive_solution.status
        inverse = lambda b: solve_subset(system, free, b)  # noqa: E731
    else:
        plain = solve(system, vector)
        amplitudes, free = plain.solution, jnp.ones(n, bool)
        status = jnp.where(plain.residual <= 1e-9, CONVERGED, NOT_CONVERGED)
        inverse = lambda b: solve(system, b).solution  # noqa: E731

    model = combine(parameters, amplitudes)
    residual = data - model
    if jacobian == "kaufman":
        descent = matrix.T @ residual
    else:
        _, transposed = jax.vjp(lambda s: combine(parameters, s), amplitudes)
        (descent,) = transposed(residual)
    # One Gauss-Newton step of the amplitudes. In value it is the refinement that normal equations need, with the
    # residual of the data themselves; its derivative is that of the solution, because the step vanishes there.
    step = inverse(descent - diagonal * amplitudes)
    amplitudes = amplitudes + step
    return Projection(
        residual=residual - matrix @ step,
        amplitudes=amplitudes,
        free=free,
        penalty=diagonal * jnp.sum(amplitudes**2),
        curvature_matrix=curvature,
        status=status,
    )
