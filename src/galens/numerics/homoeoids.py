r"""Lensing by any elliptical surface density: one fixed rule of quadrature over its thin elliptical shells.

A density that depends on the eccentric radius R alone, :math:`R^2 = q x^2 + y^2 / q` along the axes, deflects by

.. math:: \alpha_x = q x \int_0^1 \frac{\kappa(u)}{v} du, \quad \alpha_y = q y \int_0^1 \frac{\kappa(u)}{v^3} du, \quad
          R^2(u) = q u \left(x^2 + \frac{y^2}{v^2}\right), \quad v^2 = 1 - (1 - q^2) u

(Schramm 1990). Three changes make few nodes suffice for all radii, axis ratios and cusps:

- :math:`v = (1 + a h)^{-2}` with :math:`a = q^{-1/2} - 1` and h from 0 to 1 keeps the singularities of the integrands,
  which touch the end of the interval of u as q goes to 0, away from that of h; at q = 1 it is u = h.
- The integral ends where the light does: beyond a radius `reach` of the ellipse nothing is left to deflect.
- :math:`h \propto p^g` with Gauss-Legendre nodes p makes a cusp exp(-b R^(1/n)) smooth, for g of about 2 n + 2.

Integration by parts gives the potential from the same values of the density, with the weight
:math:`\ln[(1 + v)(1 - q) / ((1 - v)(1 + q))]` for the integral over the inner shells. No antiderivative of the
density is needed: an enclosed light would be an incomplete gamma function. In terms of the ellipticity components
nothing needs the direction of the axes, which is undefined for a circle.

Sources: Schramm (1990), A&A 231, 19; Keeton (2001), astro-ph/0102341, for the potential.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, ArrayLike, Float

from galens.numerics.logarithm import log
from galens.numerics.special import norm

__all__ = ["homoeoid_deflection", "homoeoid_potential"]

Pair = tuple[Any, Any]
Density = Callable[[Any], Any]

ORDER = 21
TIGHTENINGS = 2
SMALLEST, LARGEST = 1e-280, 1e100


def homoeoid_deflection(
    density: Density,
    y: Float[ArrayLike, "*shape"],
    x: Float[ArrayLike, "*shape"],
    ell_comps: Pair,
    *,
    reach: Float[ArrayLike, ""],
    grading: Float[ArrayLike, ""],
    order: int = ORDER,
) -> tuple[Float[Array, "*shape"], Float[Array, "*shape"]]:
    """(alpha_y, alpha_x) of a density, in the unit of the coordinates.

    Args:
        density: of squared eccentric radii, any shape, element by element.
        y, x: offsets from the centre.
        ell_comps: (e_0, e_1) with a norm below 1.
        reach: eccentric radius beyond which there is no density; infinite where there is no such radius.
        grading: g, 2 for a density that is smooth at the centre; larger ones resolve cusps.
        order: number of evaluations of the density.
    """
    e0, e1 = ell_comps
    shells = _shells(y, x, ell_comps, reach)

    def parts(node: Any, weight: Any) -> Pair:
        stretch, square, inverse, growth = shells.at(shells.end * node)
        outer = density(square) * (stretch * weight)
        inner = outer * inverse
        return outer + inner, inner * growth

    mean, difference = _sum(parts, grading, order, shells.square)
    mean = 2.0 * shells.scale * shells.end * mean
    difference = -2.0 * shells.scale * shells.per_ellipticity * shells.end * difference
    return mean * y + difference * (e0 * x - e1 * y), mean * x + difference * (e1 * x + e0 * y)


def homoeoid_potential(
    density: Density,
    y: Float[ArrayLike, "*shape"],
    x: Float[ArrayLike, "*shape"],
    ell_comps: Pair,
    *,
    reach: Float[ArrayLike, ""],
    grading: Float[ArrayLike, ""],
    order: int = ORDER,
) -> Float[Array, "*shape"]:
    """psi of `homoeoid_deflection`, 0 at the centre: arguments as there."""
    shells = _shells(y, x, ell_comps, reach)
    q, a = shells.axis_ratio, shells.a
    constant = jnp.sqrt(q) * (1.0 + jnp.sqrt(q)) / (1.0 + q)

    def parts(node: Any, weight: Any) -> tuple[Any]:
        height = shells.end * node
        stretch, square, _, growth = shells.at(height)
        inverse_v = stretch * stretch
        inverse_square = inverse_v * inverse_v
        # 2 (x'^2 + y'^2 / v^4) v^3
        lever = shells.square * (1.0 + inverse_square * inverse_square)
        lever = lever - shells.per_ellipticity * shells.saddle * growth * (inverse_square + 1.0)
        lever = lever / (inverse_v * inverse_square)
        logarithm = log(constant * (inverse_v + 1.0) / jnp.maximum(height * (2.0 + a * height), SMALLEST))
        return (density(square) * logarithm * lever * (stretch * weight),)

    (total,) = _sum(parts, grading, order, shells.square)
    return shells.scale * shells.end * total


class _Shells(NamedTuple):
    """What the shells through a point have in common."""

    axis_ratio: Any
    a: Any
    per_ellipticity: Any
    """a / |e|."""
    scale: Any
    square: Any
    """r^2 of the points."""
    saddle: Any
    """|e| (x'^2 - y'^2) of the points."""
    end: Any
    """h of the outermost shell that has density."""

    def at(self, height: Any) -> tuple[Any, Any, Any, Any]:
        """At h: 1 + a h, R^2, v^2 and (1 / v^2 - 1) / a, where v is that of the inverse axis ratio of the shell."""
        stretch = 1.0 + self.a * height
        inverse_v = stretch * stretch
        growth = height * (2.0 + self.a * height) * (inverse_v + 1.0)
        inverse = 1.0 / (inverse_v * inverse_v)
        # x'^2 v^4 + y'^2
        nearness = 0.5 * (self.square + inverse * (self.square - self.per_ellipticity * self.saddle * growth))
        return stretch, self.scale * growth * nearness, inverse, growth


def _shells(y: Any, x: Any, ell_comps: Pair, reach: Any) -> _Shells:
    e0, e1 = ell_comps
    flattening = norm(e0, e1)
    q = (1.0 - flattening) / (1.0 + flattening)
    root = jnp.sqrt(q)
    square, saddle = y * y + x * x, e1 * (x * x - y * y) + 2.0 * e0 * x * y
    shells = _Shells(
        axis_ratio=q,
        a=(1.0 - root) / root,
        per_ellipticity=(1.0 + q) / (root * (1.0 + root)),
        scale=root / ((1.0 + root) * (1.0 + q)),
        square=square,
        saddle=saddle,
        end=jnp.ones_like(square),
    )
    # R^2 = reach^2 is solved for h from above: in R^2 = scale h (2 + a h) (1 / v^2 + 1) (x'^2 v^4 + y'^2) the last two
    # factors are bounded from below by those of the h before. The nodes need no derivative.
    still: _Shells = lax.stop_gradient(shells)
    end = still.end
    for _ in range(TIGHTENINGS):
        stretch, _, inverse, growth = still.at(end)
        inverse_v = stretch * stretch
        ahead = inverse * (inverse_v + 1.0)
        turned = still.per_ellipticity * still.saddle * growth * inverse * (2.0 * inverse_v + 1.0) / (inverse_v + 1.0)
        factors = 0.5 * (still.square * (ahead + 2.0) - turned)
        bound = lax.stop_gradient(jnp.square(reach)) / (still.scale * jnp.maximum(factors, SMALLEST))
        bound = jnp.minimum(bound, LARGEST)
        end = jnp.minimum(1.0, bound / (1.0 + jnp.sqrt(1.0 + still.a * bound)))
    return shells._replace(end=end)


def _sum(parts: Callable[[Any, Any], Any], grading: Any, order: int, like: Any) -> Any:
    """The sum of `parts(node, weight)` over the rule for h / end: a loop, whose derivatives store nothing."""
    points, weights = np.polynomial.legendre.leggauss(order)
    points, weights = 0.5 * (points + 1.0), 0.5 * weights
    nodes = jnp.exp(grading * np.log(points))
    weights = grading * nodes * (weights / points)

    @jax.checkpoint
    def step(sums: Any, rule: Any) -> tuple[Any, None]:
        return tuple(total + part for total, part in zip(sums, parts(*rule), strict=True)), None

    zero = jnp.zeros_like(like)
    start = tuple(zero for _ in jax.eval_shape(parts, nodes[0], weights[0]))
    return lax.scan(step, start, (nodes, weights))[0]
