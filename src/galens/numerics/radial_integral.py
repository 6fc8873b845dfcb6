"""Integrals over the plane of functions of the radius, and the radius inside which half of one lies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

__all__ = ["disk_integral", "half_radius", "plane_integral"]

# ln(r) from 2e-9 to 5e8; in ln(r) the trapezoidal rule converges exponentially.
LOG_STEP = 0.05
LOG_RADII = np.arange(-20.0, 20.0 + LOG_STEP / 2, LOG_STEP)

# Of an integral that exists nothing is left at the far end.
LARGEST_TAIL = 1e-4
BISECTIONS = 60


def disk_integral(function: Callable[[Any], Any], radius: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    r"""The integral inside a radius, :math:`2 \pi \int_0^R r f(r^2) dr`.

    The nodes are dense towards 0, where light has cusps; to 1e-10 for profiles of galaxies.

    Args:
        function: of squared radii, any shape, elementwise.
        radius: R.
    """
    radius = jnp.asarray(radius, dtype=float)[..., None]
    return jnp.sum(function((radius * NODES) ** 2) * WEIGHTS, axis=-1) * radius[..., 0] ** 2


def plane_integral(function: Callable[[Any], Any]) -> Float[Array, ""]:
    r"""The integral over the whole plane, :math:`2 \pi \int_0^\infty r f(r^2) dr`; infinite where it diverges.

    To about 1e-12 for functions whose shape changes on scales of 1e-6 to 1e6 and, in ln(r), over 0.3 and more.

    Args:
        function: of squared radii, elementwise.
    """
    square = jnp.asarray(np.exp(2.0 * LOG_RADII))
    parts = square * function(square)
    total = (2.0 * np.pi * LOG_STEP) * jnp.sum(parts)
    return jnp.where(jnp.abs(parts[-1]) > LARGEST_TAIL * jnp.abs(total), jnp.inf, total)


def half_radius(inside: Callable[[Any], Any], total: Float[ArrayLike, ""]) -> Float[Array, ""]:
    """The radius at which a function that grows from 0 to `total` is half of that; infinite where `total` is.

    Differentiable in whatever `inside` and `total` depend on: the root is found by halving and carried by one step of
    Newton, whose derivative is that of the root.

    Args:
        inside: of a radius, a number.
        total: its limit at large radii.
    """
    bound = jnp.isfinite(total) & (total != 0.0)
    total = jnp.where(bound, total, 1.0)

    def halved(_: int, limits: tuple[Any, Any]) -> tuple[Any, Any]:
        low, high = limits
        middle = 0.5 * (low + high)
        beyond = jax.lax.stop_gradient(inside(jnp.exp(middle)) / total) > 0.5
        return jnp.where(beyond, low, middle), jnp.where(beyond, middle, high)

    limits = (jnp.asarray(LOG_RADII[0]), jnp.asarray(LOG_RADII[-1]))
    low, high = jax.lax.fori_loop(0, BISECTIONS, halved, limits)
    root = jax.lax.stop_gradient(jnp.exp(0.5 * (low + high)))
    excess = inside(root) / total - 0.5
    slope = jax.lax.stop_gradient(jax.jvp(lambda radius: inside(radius) / total, (root,), (jnp.ones(()),))[1])
    step = jnp.where(slope != 0.0, excess / jnp.where(slope != 0.0, slope, 1.0), 0.0)
    return jnp.where(bound, root - step, jnp.inf)


def _rule(order: int = 128, grading: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Nodes r in (0, 1) and weights of the integral of 2 pi r f(r)."""
    t, weights = np.polynomial.legendre.leggauss(order)
    t = (t + 1) / 2
    return t**grading, np.pi * weights * grading * t ** (2 * grading - 1)


NODES, WEIGHTS = _rule()
