"""The root of a rising function, differentiable in whatever the function depends on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

__all__ = ["implicit_root"]

HALVINGS = 40


def implicit_root(
    function: Callable[[Any], Any], low: Float[ArrayLike, ""], high: Float[ArrayLike, ""]
) -> Float[Array, ""]:
    """Where a function that is negative first and positive then is zero, between two limits; the nearer one where it
    does not change its sign.

    The root is found by halving the interval 40 times and carried by one step of Newton, whose derivative is that of
    the root. The step also squares the error, 1e-12 of the interval.

    Args:
        function: of a number, elementwise in batches.
        low, high: the limits.
    """
    low, high = jnp.asarray(low, float), jnp.asarray(high, float)

    def halved(_: int, limits: tuple[Any, Any]) -> tuple[Any, Any]:
        first, last = limits
        middle = 0.5 * (first + last)
        beyond = jax.lax.stop_gradient(function(middle)) > 0.0
        return jnp.where(beyond, first, middle), jnp.where(beyond, middle, last)

    first, last = jax.lax.fori_loop(0, HALVINGS, halved, jax.lax.stop_gradient((low, high)))
    root = 0.5 * (first + last)
    frozen, slope = jax.jvp(function, (root,), (jnp.ones(()),))
    slope = jax.lax.stop_gradient(slope)
    steep = slope != 0.0
    step = jnp.where(steep, frozen / jnp.where(steep, slope, 1.0), 0.0)
    # Without a sign change the step leads nowhere: the result stays at the limit.
    inside = jnp.abs(jax.lax.stop_gradient(step)) < 1e-6 * (1.0 + jnp.abs(root))
    return jnp.where(inside, root - step, root)
