"""Sums over many masses of one class, evaluated as one array operation.

A cluster's hundred member galaxies differ in their numbers alone. Written out one by one they would be compiled one by
one; stacked, their class is compiled once, however many there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

__all__ = ["sum_at"]

FEW = 4  # masses of a class that are evaluated one after the other, which XLA fuses best
AT_ONCE = 2**18  # numbers that a stack's evaluation makes at once; more are summed in turns, to spare memory


def sum_at(masses: Sequence[Any], method: str, y: Any, x: Any) -> Any:
    """The sum of ``mass.method(y, x)``, an array or a tuple of arrays, over at least one mass.

    Args:
        masses: of any classes.
        method: name of an element-wise function of coordinates.
        y, x: coordinates of any shape.
    """
    total: Any = None
    for alike in _by_structure(masses):
        if len(alike) > FEW:
            parts = [_sum_of_stack(alike, method, y, x)]
        else:
            parts = [getattr(each, method)(y, x) for each in alike]
        for part in parts:
            total = part if total is None else jax.tree.map(jnp.add, total, part)
    return total


def _by_structure(masses: Sequence[Any]) -> list[list[Any]]:
    """Masses that differ in numbers alone, together."""
    found: dict[Any, list[Any]] = {}
    for mass in masses:
        leaves, structure = jax.tree.flatten(mass)
        found.setdefault((structure, tuple(np.shape(leaf) for leaf in leaves)), []).append(mass)
    return list(found.values())


def _sum_of_stack(masses: Sequence[Any], method: str, y: Any, x: Any) -> Any:
    y, x = jnp.broadcast_arrays(jnp.asarray(y, float), jnp.asarray(x, float))
    structure = jax.tree.structure(masses[0])
    columns = list(zip(*[jax.tree.leaves(each) for each in masses], strict=True))
    # What is the same for all stays one number, so that what follows from it is computed once.
    shared = [all(_same(column[0], each) for each in column[1:]) for column in columns]
    common = [column[0] for column, same in zip(columns, shared, strict=True) if same]
    own = [_stacked(column) for column, same in zip(columns, shared, strict=True) if not same]

    def one(numbers: list[Any]) -> Any:
        remaining, given = iter(numbers), iter(common)
        leaves = [next(given) if same else next(remaining) for same in shared]
        return getattr(jax.tree.unflatten(structure, leaves), method)(y, x)

    count = len(masses)
    if not own:
        return jax.tree.map(lambda values: count * values, one([]))
    turns = -(-count * y.size // AT_ONCE)
    size = -(-count // max(turns, 1))
    if size >= count:
        return jax.tree.map(lambda values: jnp.sum(values, axis=0), jax.vmap(one)(own))
    turns = -(-count // size)
    # The last turn is filled up with masses that do not count.
    places = np.minimum(np.arange(turns * size), count - 1).reshape(turns, size)
    counts = (np.arange(turns * size) < count).astype(float).reshape(turns, size)

    def turn(total: Any, members: Any) -> tuple[Any, None]:
        numbers, weights = members
        values = jax.vmap(one)(numbers)
        return jax.tree.map(lambda sum_, each: sum_ + jnp.tensordot(weights, each, axes=1), total, values), None

    nothing = jax.tree.map(lambda each: jnp.zeros(each.shape, each.dtype), jax.eval_shape(one, [e[0] for e in own]))
    return jax.lax.scan(turn, nothing, ([each[places] for each in own], jnp.asarray(counts)))[0]


def _same(a: Any, b: Any) -> bool:
    return a is b or (isinstance(a, float) and isinstance(b, float) and a == b)


def _stacked(column: tuple[Any, ...]) -> Any:
    if all(isinstance(each, float) for each in column):
        return jnp.asarray(np.array(column))
    return jnp.stack([jnp.asarray(each, float) for each in column])
