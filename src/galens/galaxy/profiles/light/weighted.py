"""The sum of many profiles of one shape with given amplitudes, and its derivatives for the price of one evaluation.

A sum of N Gaussians is a function of one number, the squared radius. Its derivative with respect to that number needs
the same N exponentials, and everything that moves the coordinates (centre, shape, a lens) follows by the chain rule
from that one array, however many directions are asked for. Nothing of N times the number of points is ever stored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from galens.galaxy.profiles.light.base import LightProfile, RadialLightProfile
from galens.numerics.tangents import is_zero

__all__ = ["weighted_sum"]


def weighted_sum(profile: LightProfile, amplitudes: Any, y: Any, x: Any) -> Any:
    """Sum (P,) of k profiles, whose parameters may have the shape (k, 1), times amplitudes (k,), at points (P,)."""
    if len(amplitudes) == 1 or not isinstance(profile, RadialLightProfile):
        return amplitudes @ jnp.broadcast_to(profile.image_at(y, x), (len(amplitudes), len(y)))
    bare, square = profile.bare_at(y, x)
    return _sum_of_shapes(bare, amplitudes, square)


def _is_stacked(leaf: Any) -> bool:
    return jnp.ndim(leaf) > 0


def _one_by_one(
    profile: Any, amplitudes: Any, evaluate: Callable[[Any, Any], list[Any]], start: list[Any]
) -> list[Any]:
    """Sums over the k profiles of what `evaluate(profile, amplitude)` gives."""
    leaves, structure = jax.tree.flatten(profile)
    stacked = [index for index, leaf in enumerate(leaves) if _is_stacked(leaf)]

    def step(sums: list[Any], now: Any) -> tuple[list[Any], None]:
        amplitude, own = now
        whole = list(leaves)
        for index, value in zip(stacked, own, strict=True):
            whole[index] = value
        each = evaluate(jax.tree.unflatten(structure, whole), amplitude)
        return [total + value for total, value in zip(sums, each, strict=True)], None

    return lax.scan(step, start, (amplitudes, [jnp.asarray(leaves[index])[:, 0] for index in stacked]))[0]


def _brightness(profile: Any, amplitude: Any, square: Any) -> Any:
    return amplitude * profile.brightness * profile.shape(square)


@jax.custom_jvp
def _sum_of_shapes(profile: Any, amplitudes: Any, square: Any) -> Any:
    return _plain_sum(profile, amplitudes, square)


def _plain_sum(profile: Any, amplitudes: Any, square: Any) -> Any:
    evaluate = lambda each, amplitude: [_brightness(each, amplitude, square)]  # noqa: E731
    return _one_by_one(profile, amplitudes, evaluate, [jnp.zeros_like(square)])[0]


def _sum_and_slopes(profile: Any, amplitudes: Any, square: Any, moving: Sequence[int]) -> list[Any]:
    """The sum (P,), its derivative by the square, and its derivatives by the scalar leaves of these places."""

    def evaluate(each: Any, amplitude: Any) -> list[Any]:
        leaves, structure = jax.tree.flatten(each)

        def of(square: Any, scalars: list[Any]) -> Any:
            whole = list(leaves)
            for index, value in zip(moving, scalars, strict=True):
                whole[index] = value
            return _brightness(jax.tree.unflatten(structure, whole), amplitude, square)

        at = [jnp.asarray(leaves[index], float) for index in moving]
        still = [jnp.zeros(()) for _ in moving]
        value, slope = jax.jvp(lambda square: of(square, at), (square,), (jnp.ones_like(square),))
        others = []
        for place in range(len(moving)):
            unit = [*still[:place], jnp.ones(()), *still[place + 1 :]]
            others.append(jax.jvp(lambda scalars: of(square, scalars), (at,), (unit,))[1])
        return [value, slope, *others]

    return _one_by_one(profile, amplitudes, evaluate, [jnp.zeros_like(square)] * (2 + len(moving)))


def _sum_of_shapes_jvp(primals: Any, tangents: Any) -> tuple[Any, Any]:
    (profile, amplitudes, square), (d_profile, d_amplitudes, d_square) = primals, tangents
    leaves, structure = jax.tree.flatten(profile)
    changes = jax.tree.leaves(d_profile, is_leaf=is_zero)
    moving = [i for i, change in enumerate(changes) if not is_zero(change) and not _is_stacked(leaves[i])]
    value, slope, *others = _sum_and_slopes(profile, amplitudes, square, moving)
    tangent = jnp.zeros_like(value) if is_zero(d_square) else slope * d_square
    for index, derivative in zip(moving, others, strict=True):
        tangent = tangent + derivative * changes[index]
    if not is_zero(d_amplitudes):
        tangent = tangent + _sum_of_shapes(profile, d_amplitudes, square)
    own = [i for i, change in enumerate(changes) if not is_zero(change) and _is_stacked(leaves[i])]
    if own:

        def of_own(values: list[Any]) -> Any:
            whole = list(leaves)
            for index, each in zip(own, values, strict=True):
                whole[index] = each
            return _plain_sum(jax.tree.unflatten(structure, whole), amplitudes, square)

        tangent = tangent + jax.jvp(of_own, ([leaves[i] for i in own],), ([changes[i] for i in own],))[1]
    return value, tangent


_sum_of_shapes.defjvp(_sum_of_shapes_jvp, symbolic_zeros=True)
