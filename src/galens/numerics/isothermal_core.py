r"""What an isothermal core changes in the projections of an NFW halo.

Scatterings make the inner part of a halo isothermal, and leave what is beyond an `edge` as it was. In scale radii and
scale densities the halo is :math:`1 / [r (1 + r)^2]` outside, and inside the isothermal sphere

.. math:: \rho = \rho_c e^{-h(x)}, \qquad x = r / a, \qquad h'' + \frac{2}{x} h' = e^{-h}, \qquad h(0) = h'(0) = 0

whose core radius a and central density keep the density at the edge and the mass inside it. The edge, at
:math:`r_1` and :math:`x_1`, sets them:

.. math:: \frac{h'(x_1) \, e^{h(x_1)}}{x_1}
          = \frac{(1 + r_1)^2}{r_1^2} \left[ \ln(1 + r_1) - \frac{r_1}{1 + r_1} \right]

The left side grows up to 1.26 at :math:`x_1 = 22.5` and falls beyond. So there are two such spheres, which meet, and
then none, for an edge of 3.97; here it is the less dense one.

The difference of both halos ends at the edge and has no mass. Its convergence and deflection vanish outside, its
potential is constant there. Inside, with :math:`r = R \cosh t` along the line of sight and
:math:`\Delta = r (\rho - \rho_{NFW})`, which is smooth and finite,

.. math:: \kappa = 2 \int_0^{t_1} \Delta \, dt, \qquad
          \frac{\alpha}{R} = 4 \int_0^1 u \Delta(u R) \, du + 2 \int_0^{t_1} (1 - e^{-2 t}) \Delta \, dt

and the potential weighs shells as `spherical_density` does. Gauss-Legendre rules do them to 1e-10.

Source: Kaplinghat, Tulin & Yu (2016), PRL 116, 041302; Robertson et al. (2021), MNRAS 501, 4610, for the matching.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float
from numpy.polynomial import chebyshev

from galens.numerics.polynomial import horner

__all__ = ["LARGEST", "NEAREST", "convergence", "deflection", "matched", "potential"]

LARGEST = 3.0
"""The largest edge, in scale radii of the halo: a little below where no sphere fits."""

NEAREST = 1e-6
"""Edges: nearer to the centre all is as there."""

PIVOT = 10.0  # square of x from which on h is more a logarithm than a parabola

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)
NODES, WEIGHTS = (_NODES + 1.0) / 2.0, _WEIGHTS / 2.0
INNER_NODES = NODES**2
INNER_WEIGHTS = 2.0 * WEIGHTS * NODES**3  # times u du

Number = Float[ArrayLike, ""]
Radii = Float[Array, "*shape"]


def matched(edge: Number) -> tuple[Array, Array]:
    """(core radius, central density) of the sphere within an edge up to `LARGEST`, to 1e-11."""
    edge = jnp.asarray(edge)
    square = horner(_fits()[1], 2.0 / LARGEST * edge - 1.0)
    return edge / jnp.sqrt(square), 1.0 / (edge * (1.0 + edge) ** 2 * _falloff(square))


def convergence(edge: Number, radius: Radii) -> Array:
    """kappa of the difference, at radii above 0."""
    inside, near = _inside(edge, radius)
    t, weight = _beyond(edge, near)
    return jnp.where(inside, 2.0 * jnp.sum(weight * _difference(edge, near[..., None] * jnp.cosh(t)), axis=-1), 0.0)


def deflection(edge: Number, radius: Radii) -> Array:
    """alpha of the difference over the radius, at radii above 0."""
    inside, near = _inside(edge, radius)
    t, weight = _beyond(edge, near)
    outer = jnp.sum(weight * _difference(edge, near[..., None] * jnp.cosh(t)) * -jnp.expm1(-2.0 * t), axis=-1)
    inner = jnp.sum(INNER_WEIGHTS * _difference(edge, near[..., None] * INNER_NODES), axis=-1)
    return jnp.where(inside, 4.0 * inner + 2.0 * outer, 0.0)


def potential(edge: Number, radius: Radii) -> Array:
    """psi of the difference, at radii above 0; 0 at the centre."""
    inside, near = _inside(edge, radius)
    t, weight = _beyond(edge, near)
    excess = 2.0 / (1.0 + jnp.exp(2.0 * t))
    shell = 0.5 * jnp.sinh(2.0 * t) * (excess + jnp.log1p(-0.5 * excess))
    outer = jnp.sum(weight * _difference(edge, near[..., None] * jnp.cosh(t)) * shell, axis=-1)
    last = jnp.where(inside, near, edge)
    depth = 1.0 - np.log(2.0) - np.log(INNER_NODES)
    inner = jnp.sum(INNER_WEIGHTS * depth * _difference(edge, last[..., None] * INNER_NODES), axis=-1)
    return 4.0 * last * last * (inner + jnp.where(inside, outer, 0.0))


def _inside(edge: Any, radius: Any) -> tuple[Any, Any]:
    """Whether radii are inside the edge, and radii that are."""
    inside = radius < edge
    return inside, jnp.where(inside, jnp.maximum(radius, NEAREST * edge), 0.5 * edge)


def _beyond(edge: Any, radius: Any) -> tuple[Any, Any]:
    """Nodes and weights of t up to the edge."""
    ratio = edge / radius
    end = jnp.log(ratio + jnp.sqrt((ratio - 1.0) * (ratio + 1.0)))[..., None]
    return end * NODES, end * WEIGHTS


def _difference(edge: Any, radius: Any) -> Any:
    """r (rho - rho_NFW) inside the edge."""
    core, central = matched(edge)
    x = radius / core
    return central * radius * _falloff(x * x) - 1.0 / (1.0 + radius) ** 2


def _falloff(square: Any) -> Any:
    """e^-h of squared x up to x_1 of the largest edge."""
    end, coefficients = _fits()[0]
    return jnp.exp(-horner(coefficients, 2.0 / end * jnp.log1p(square / PIVOT) - 1.0))


@cache
def _fits() -> tuple[tuple[float, tuple[float, ...]], tuple[float, ...]]:
    """Polynomials, of variables from -1 to 1, that follow h over ln(1 + x^2 / 10), with where that ends, and x_1^2 over
    the edge: to 1e-11 of e^h and x_1."""
    from scipy.integrate import solve_ivp
    from scipy.optimize import brentq

    first, last = 1e-2, 13.0
    begin = first**2 / 6 - first**4 / 120 + first**6 / 1890, first / 3 - first**3 / 30 + first**5 / 315

    def slopes(x: float, state: Any) -> tuple[Any, Any]:
        return state[1], np.exp(-state[0]) - 2.0 * state[1] / x

    sphere = solve_ivp(
        slopes, (first, last), begin, method="DOP853", rtol=1e-13, atol=1e-16, max_step=0.1, dense_output=True
    ).sol

    def excess(x: float, edge: float) -> float:
        h, slope = sphere(x)
        mass = np.log1p(edge) - edge / (1.0 + edge)
        return slope * np.exp(h) / x - mass * (1.0 + edge) ** 2 / edge**2

    def squared_edges(t: Any) -> Any:
        return np.array(
            [brentq(excess, 2.9, last, args=(edge,), xtol=1e-13) ** 2 for edge in 0.5 * LARGEST * (1.0 + t)]
        )

    edges = _series(squared_edges, 24)
    end = float(np.log1p(np.sum(edges) / PIVOT))
    depths = _series(lambda t: sphere(np.maximum(np.sqrt(PIVOT * np.expm1(0.5 * end * (1.0 + t))), first))[0], 18)
    return (end, depths), edges


def _series(function: Any, degree: int) -> tuple[float, ...]:
    """Coefficients, lowest power first, of the interpolation at Chebyshev nodes from -1 to 1."""
    return tuple(float(each) for each in chebyshev.cheb2poly(chebyshev.chebinterpolate(function, degree)))
