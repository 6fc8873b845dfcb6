"""`LinearLight`: the intensities of linear profiles that best fit an image, solved in one system."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from galens import array as aa
from galens.array.inversion.regularization import chain
from galens.array.inversion.settings import Settings
from galens.errors import FitWarning
from galens.galaxy.imaging.light import Light, columns_of, model_of
from galens.galaxy.imaging.sight import Rays, Sight, sight_of
from galens.numerics.linear_solve import log_determinant
from galens.numerics.nnls import CONVERGED, NOT_FINITE
from galens.numerics.variable_projection import Jacobian, gram, variable_projection

__all__ = ["LinearLight", "Regularized", "solved_light", "warn_of"]

IDENTICAL = 1e-13  # 1 - cosine of the angle between two columns


class Regularized(eqx.Module):
    """A basis with a regularization: which linear profiles it holds, `start` to `stop` in the order of the galaxies."""

    regularization: Any
    start: int = eqx.field(static=True)
    stop: int = eqx.field(static=True)


class LinearLight(eqx.Module):
    """Solved intensities, in the order of galaxies, components and members of bases, and what they were solved from.

    `curvature_matrix` (n, n) and `data_vector` (n,) are those of whitened images and data without any
    regularization; `passive` marks intensities that are not held at zero; `status` is that of `nnls`;
    `regularization_term` is s^T H s. With a regularized basis `log_det_curvature_reg` and `log_det_regularization` are
    ln |F + H| and ln |H| of the intensities of such bases, else 0.
    """

    reconstruction: jax.Array
    passive: jax.Array
    curvature_matrix: jax.Array
    data_vector: jax.Array
    regularization_matrix: jax.Array | None
    regularization_term: jax.Array
    log_det_curvature_reg: jax.Array
    log_det_regularization: jax.Array
    status: jax.Array


class _Problem(eqx.Module):
    """All that columns are computed from; nothing that is traced is closed over.

    Rays are traced where columns are computed: of a batch, one after the other, so that they are still in the cache.
    """

    operator: aa.ImagingOperator
    model: aa.DatasetModel | None
    rays: Rays | None
    inverse_noise: jax.Array
    light: Light

    @property
    def sight(self) -> Sight:
        return sight_of(self.operator, self.model, self.rays)


def _columns(precision: Any, problem: _Problem) -> tuple[Any, Any]:
    return columns_of(problem.sight, problem.light, problem.inverse_noise, precision)


def _combine(problem: _Problem, amplitudes: Any) -> Any:
    return model_of(problem.sight, problem.light, amplitudes) * problem.inverse_noise


COLUMNS = {precision: partial(_columns, precision) for precision in (jnp.float32, float)}


@partial(jax.jit, static_argnames=("settings", "jacobian"))
def solved_light(
    dataset: aa.Imaging,
    light: Light,
    dataset_model: aa.DatasetModel | None,
    rays: Rays | None,
    regularized: tuple[Regularized, ...],
    settings: Settings,
    jacobian: Jacobian,
) -> tuple[Any, LinearLight]:
    """The model image (N,), and the intensities of its linear part; `jacobian` as in `variable_projection`."""
    problem = _Problem(dataset.operator, dataset_model, rays, dataset.inverse_noise, light)
    sky = 0.0 if dataset_model is None else dataset_model.background_sky_level
    data = dataset.data.values - sky
    order = light.order
    regularization = _regularization_matrix(light.total, regularized, settings)
    inner = None if regularization is None else regularization[np.ix_(np.argsort(order), np.argsort(order))]
    columns = COLUMNS[jnp.float32 if settings.use_mixed_precision else float]
    found = variable_projection(
        columns,
        problem,
        data * dataset.inverse_noise,
        combine=_combine,
        positive=settings.use_positive_only_solver,
        regularization=inner,
        jacobian=jacobian,
    )
    curvature = found.curvature_matrix[np.ix_(order, order)]
    zero = jnp.asarray(0.0)
    determinants = (zero, zero)
    if regularized:
        # These depend on the columns in earnest, so they are differentiated as they are.
        changing = gram(columns(problem)[0])[np.ix_(order, order)] + regularization
        kept = np.concatenate([np.arange(each.start, each.stop) for each in regularized])
        assert regularization is not None
        determinants = (
            log_determinant(changing[np.ix_(kept, kept)]),
            log_determinant(regularization[np.ix_(kept, kept)]),
        )
    linear = LinearLight(
        reconstruction=_shared_out(found.amplitudes[order], curvature),
        passive=found.free[order],
        curvature_matrix=curvature,
        data_vector=found.data_vector[order],
        regularization_matrix=regularization,
        regularization_term=found.penalty,
        log_det_curvature_reg=determinants[0],
        log_det_regularization=determinants[1],
        status=found.status,
    )
    return data - found.residual / dataset.inverse_noise, linear


def _regularization_matrix(total: int, regularized: tuple[Regularized, ...], settings: Settings) -> Any:
    """H (n, n) in the order of the galaxies, or None where nothing is regularized."""
    diagonal = settings.no_regularization_add_to_curvature_diag_value
    if not regularized and not diagonal:
        return None
    free = np.ones(total)
    for each in regularized:
        free[each.start : each.stop] = 0.0
    matrix = jnp.diag(jnp.asarray(diagonal * free))
    for each in regularized:
        size = each.stop - each.start
        here = slice(each.start, each.stop)
        matrix = matrix.at[here, here].set(each.regularization.matrix(size, chain(size)))
    return matrix


def _shared_out(amplitudes: Any, curvature: Any) -> Any:
    """Amplitudes where identical columns have equal ones: of all solutions the one of least norm."""
    diagonal = jax.lax.stop_gradient(jnp.diagonal(curvature))
    identical = jnp.abs(_cosines(jax.lax.stop_gradient(curvature)) - 1.0) < IDENTICAL
    scale = jnp.sqrt(jnp.where(diagonal > 0.0, diagonal, 1.0))
    identical = identical | jnp.eye(len(scale), dtype=bool)
    return (identical @ (amplitudes * scale)) / jnp.sum(identical, axis=1) / scale


def _cosines(curvature: Any) -> Any:
    diagonal = jnp.diagonal(curvature)
    scale = jnp.where(diagonal > 0.0, jax.lax.rsqrt(jnp.where(diagonal > 0.0, diagonal, 1.0)), 0.0)
    return curvature * scale[:, None] * scale[None, :]


def warn_of(linear: LinearLight, profiles: Sequence[tuple[str, Any]], settings: Settings) -> None:
    """Says on the host what is wrong with a solved system; silent where it is traced.

    Args:
        profiles: the linear profiles by name.
    """
    if isinstance(linear.reconstruction, jax.core.Tracer):
        return
    if int(linear.status) == NOT_FINITE:
        _warn("the linear system of the light profiles is not finite: all intensities are zero.")
        return
    if int(linear.status) != CONVERGED:
        _warn("the intensities of the linear light profiles did not converge.")
    twins = _twins(profiles)
    if twins is not None:
        _warn(
            f"the linear system is singular: {twins[0]} and {twins[1]} are identical. Identical profiles share their "
            "intensity equally, the solution of least norm."
        )
    if not np.any(np.asarray(linear.reconstruction)):
        _warn(
            "the intensities of all linear light profiles are zero"
            + (": no positive one fits better." if settings.use_positive_only_solver else ".")
        )


def _twins(profiles: Sequence[tuple[str, Any]]) -> tuple[str, str] | None:
    """Names of two profiles that are the same, if there are any."""
    seen: dict[Any, str] = {}
    for name, profile in profiles:
        numbers = tuple(np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(profile))
        key = (jax.tree.structure(profile), numbers)
        if key in seen:
            return seen[key], name
        seen[key] = name
    return None


def _warn(message: str) -> None:
    warnings.warn(f"FitImaging: {message}", FitWarning, stacklevel=4)
