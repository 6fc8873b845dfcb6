"""Evaluate a function of coordinates on a grid, in the form that the grid asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from galens.array.array_2d import Array2D
from galens.array.container import unchecked
from galens.array.grid_2d import Grid2D
from galens.array.header import Header
from galens.array.irregular import ArrayIrregular, Grid2DIrregular
from galens.array.vector_yx import VectorYX2D, VectorYX2DIrregular

__all__ = ["evaluate", "evaluate_vectors", "moved_grids"]


def evaluate(function: Callable[[Any, Any], Any], grid: Any) -> Any:
    """Values of `function(y, x)` on a grid.

    A `Grid2D` gives an `Array2D`, averaged over the points of its over-sampling; a `Grid2DIrregular` an
    `ArrayIrregular`; plain coordinates (..., 2) a plain array (...).

    A function that is a pytree (a method of an `equinox.Module`, a `jax.tree_util.Partial`) is compiled once per
    class and grid, whatever its parameters; another callable is run as it is.
    """
    if isinstance(function, (eqx.Module, jax.tree_util.Partial)):
        traced, static = eqx.partition(function, _is_number)
        return _evaluate_compiled(jax.tree.map(jnp.asarray, traced), static, grid)
    return _evaluate(function, grid)


def evaluate_vectors(function: Callable[[Any, Any], tuple[Any, Any]], grid: Any) -> Any:
    """Vectors (v_y, v_x) = `function(y, x)` at a grid's coordinates, where they are: over-sampling plays no part.

    A `Grid2D` gives a `VectorYX2D`, a `Grid2DIrregular` a `VectorYX2DIrregular`, plain coordinates (..., 2) an array
    (..., 2). What is compiled is as in `evaluate`.
    """
    if isinstance(function, (eqx.Module, jax.tree_util.Partial)):
        traced, static = eqx.partition(function, _is_number)
        return _vectors_compiled(jax.tree.map(jnp.asarray, traced), static, grid)
    return _vectors(function, grid)


def moved_grids(function: Callable[[Any, Any], Sequence[tuple[Any, Any]]], grid: Any) -> list[Any]:
    """The grids to which `function(y, x)`, a list of (y, x), moves every coordinate of a grid.

    Each is of the kind of `grid`: of a `Grid2D` the points of its over-sampling are moved too. What is compiled is as
    in `evaluate`.
    """
    if isinstance(function, (eqx.Module, jax.tree_util.Partial)):
        traced, static = eqx.partition(function, _is_number)
        return _moved_compiled(jax.tree.map(jnp.asarray, traced), static, grid)
    return _moved(function, grid)


def _moved(function: Callable[[Any, Any], Sequence[tuple[Any, Any]]], grid: Any) -> list[Any]:
    if isinstance(grid, Grid2D):
        centres = jnp.asarray(grid.values)
        if grid.over_sampling.total == len(centres):
            return [grid.moved_to(jnp.stack(each, axis=-1)) for each in function(centres[:, 0], centres[:, 1])]
        count = len(centres)
        y, x = (jnp.concatenate([centres[:, axis], points]) for axis, points in enumerate(grid.points))
        return [
            grid.moved_to(jnp.stack([to_y[:count], to_x[:count]], axis=-1), (to_y[count:], to_x[count:]))
            for to_y, to_x in function(y, x)
        ]
    points = grid.values if isinstance(grid, Grid2DIrregular) else jnp.asarray(grid)
    moved = [jnp.stack(each, axis=-1) for each in function(points[..., 0], points[..., 1])]
    return [unchecked(Grid2DIrregular, values=each) for each in moved] if isinstance(grid, Grid2DIrregular) else moved


def _vectors(function: Callable[[Any, Any], tuple[Any, Any]], grid: Any) -> Any:
    points = grid.values if isinstance(grid, (Grid2D, Grid2DIrregular)) else jnp.asarray(grid)
    vectors = jnp.stack(function(points[..., 0], points[..., 1]), axis=-1)
    if isinstance(grid, Grid2D):
        return unchecked(VectorYX2D, values=vectors, mask=grid.mask)
    return unchecked(VectorYX2DIrregular, values=vectors) if isinstance(grid, Grid2DIrregular) else vectors


def _evaluate(function: Callable[[Any, Any], Any], grid: Any) -> Any:
    if isinstance(grid, Grid2D):
        values = function(*grid.points)
        return unchecked(Array2D, values=grid.over_sampling.bin(values), mask=grid.mask, header=Header())
    if isinstance(grid, Grid2DIrregular):
        return unchecked(ArrayIrregular, values=function(grid.values[..., 0], grid.values[..., 1]))
    points = jnp.asarray(grid)
    return function(points[..., 0], points[..., 1])


def _is_number(leaf: Any) -> bool:
    # Python floats too: as part of the static structure every new value would compile anew.
    return isinstance(leaf, (float, complex, jax.Array, np.ndarray))


@eqx.filter_jit
def _evaluate_compiled(traced: Any, static: Any, grid: Any) -> Any:
    return _evaluate(eqx.combine(traced, static), grid)


@eqx.filter_jit
def _vectors_compiled(traced: Any, static: Any, grid: Any) -> Any:
    return _vectors(eqx.combine(traced, static), grid)


@eqx.filter_jit
def _moved_compiled(traced: Any, static: Any, grid: Any) -> Any:
    return _moved(eqx.combine(traced, static), grid)
