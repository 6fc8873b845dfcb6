"""Closed curves around a point that every ray from it meets once: the zeros of a function, one on each ray."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

__all__ = ["area_by_angle", "directions", "radii_of_zero"]

SECTIONS = 32  # of a bracket in each round
ROUNDS = 5


def directions(count: int) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """(sine, cosine) of `count` equally spaced angles, the first of them half a step from +x."""
    angle = 2.0 * np.pi * (np.arange(count) + 0.5) / count
    return np.sin(angle), np.cos(angle)


def radii_of_zero(
    function: Callable[[Any, Any, Any], Any],
    parameters: Any,
    centre: tuple[Any, Any],
    ends: tuple[Any, Any],
    near: Any,
    count: int = 128,
) -> tuple[Float[Array, " n"], Bool[Array, " n"]]:
    r"""Where a function turns from negative to positive along rays from a centre.

    Each ray is cut into 32 sections of equal ratio; of several changes of sign that with the smallest ratio to `near`
    counts. Its section is cut again, five times in all, and a chord does the rest: to 1e-13 over a hundred-fold range.
    The loop compiles the function once, which is what such a search costs most.

    The search is not differentiated. At the root r* the implicit function theorem says how it moves,

    .. math:: \mathrm{d}r^* = -\frac{\partial f / \partial p}{\partial f / \partial r} \, \mathrm{d}p

    so that first derivatives with respect to `parameters` cost one evaluation; the slope is that of the chord, right to
    1e-7. The centre is held fixed.

    Args:
        function: (parameters, y, x) -> values, element-wise in y and x.
        parameters: a pytree.
        centre: (y, x).
        ends: smallest and largest radius.
        near: the radius about which the curve is expected.
        count: of rays, in the `directions`.

    Returns:
        The radii, 0 where a ray has no root, and whether it has one.
    """
    sine, cosine = directions(count)
    traced, static = eqx.partition(parameters, eqx.is_array)
    frozen = eqx.combine(jax.tree.map(_held, traced), static)
    y, x, start, end, near = (_held(jnp.asarray(each, float)) for each in (*centre, *ends, near))
    fractions = jnp.linspace(0.0, 1.0, SECTIONS + 1)[:, None]

    def narrowed(index: Any, state: tuple[Any, ...]) -> tuple[Any, ...]:
        low, high, _, _, found = state
        radii = low * jnp.exp(fractions * jnp.log(high / low))
        values = function(frozen, y + radii * sine, x + radii * cosine)
        rises = (values[:-1] < 0.0) & (values[1:] >= 0.0)
        distance = jnp.abs(jnp.log(radii[:-1] * radii[1:]) - 2.0 * jnp.log(near))
        chosen = jnp.argmin(jnp.where(rises, distance, jnp.inf), axis=0)[None]
        some = jnp.any(rises, axis=0)
        below, above, at_below, at_above = (
            jnp.take_along_axis(each, place, axis=0)[0]
            for each, place in ((radii, chosen), (radii, chosen + 1), (values, chosen), (values, chosen + 1))
        )
        # In later rounds there is always one, but for rounding where the bracket ends at the root.
        fresh = (
            jnp.where(some, new, old) for new, old in zip((below, above, at_below, at_above), state[:4], strict=True)
        )
        return (*fresh, found & (some | (index > 0)))

    ones = jnp.ones(count)
    state = jax.lax.fori_loop(0, ROUNDS, narrowed, (start * ones, end * ones, -ones, ones, jnp.ones(count, bool)))
    low, high, at_low, at_high, found = jax.lax.stop_gradient(state)
    apart = jnp.where(high > low, high - low, 1.0)
    slope = jnp.where((high > low) & found, (at_high - at_low) / apart, 1.0)
    root = jnp.where(found, low - at_low / slope, 0.0)

    @jax.custom_jvp
    def moving(traced: Any, root: Any, slope: Any, y: Any, x: Any) -> Any:
        return root

    @moving.defjvp
    def _(primals: Any, tangents: Any) -> tuple[Any, Any]:
        traced, root, slope, y, x = primals

        def value(traced: Any) -> Any:
            return function(eqx.combine(traced, static), y + root * sine, x + root * cosine)

        return root, -jax.jvp(value, (traced,), tangents[:1])[1] / slope

    root = moving(traced, jnp.where(found, root, start), slope, y, x)
    return jnp.where(found, root, 0.0), found


def area_by_angle(radii: Float[Array, " n"]) -> Float[Array, ""]:
    r""":math:`\frac{1}{2} \oint r^2 \, \mathrm{d}\phi` of a curve's radii at equally spaced angles.

    The error of a smooth curve falls exponentially with their number.
    """
    return jnp.pi * jnp.mean(jnp.square(radii))


def _held(leaf: Any) -> Any:
    inexact = isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jnp.inexact)
    return jax.lax.stop_gradient(leaf) if inexact else leaf
