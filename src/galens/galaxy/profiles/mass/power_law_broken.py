r"""Power laws with a break, in closed form on both sides of it.

With z, the ellipticity and w as in `pseudo_isothermal` and :math:`\tau = 2 - t` for a two-dimensional slope t, the
masses inside w deflect by

.. math:: \int_0^{|w|} \frac{v^{1-t} dv}{\sqrt{z^2 - 4 \epsilon v^2}} = \frac{|w|^\tau}{\tau z}
          \left[1 - \frac{\tau \zeta}{c} F(1, 1 - \tfrac{\tau}{2}; c + 1; \zeta)\right], \qquad
          \zeta = -\frac{4 \epsilon |w|^2}{(z + f)^2}, \quad c = 1 + \tfrac{\tau}{2}

with :math:`f^2 = z^2 - 4 \epsilon |w|^2`. The first term carries all of the mass, the second vanishes for circles, so
that differences between two radii stay exact through slope 2, where masses become logarithms. The hypergeometric
function is a rational one: errors are below 1e-9 Einstein radii for axis ratios from 0.1 on.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from galens.galaxy.geometry import EllProfile, Spherical
from galens.galaxy.profiles.mass.base import MassProfile
from galens.galaxy.profiles.mass.ellipse import CENTRE, circle_of_ellipse, squared
from galens.galaxy.profiles.parameters import Scalar, parameter
from galens.numerics.gauss_fraction import gauss_fraction
from galens.numerics.special import relative_growth

__all__ = ["PowerLawBroken", "PowerLawBrokenSph"]

SMALLEST_BREAK = 1e-9  # arcsec
FLAT = 1e-5
"""Between outer slopes this far from 2 on either side the potential is interpolated: its formula divides by the
distance from 2. Both the error of the line and that of rounding are below 1e-9 Einstein radii^2."""


class PowerLawBroken(EllProfile, MassProfile):
    r"""Elliptical power law of another slope beyond a break,

    .. math:: \kappa \propto (r_b / R)^t, \qquad R^2 = q^2 x'^2 + y'^2

    with t the inner slope for R below the break radius and the outer one beyond. The potential is zero on average over
    the ellipse of the break, because that of slopes near 2 is infinite at the centre.

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components.
        einstein_radius: of the circle with the area of the ellipse in which the mean convergence is 1, arcsec.
        inner_slope, outer_slope: of the convergence; 1 is isothermal. An inner slope of 2 and more has infinite mass at
            the centre: it is unphysical, and treated as 2 is, as a point mass.
        break_radius: r_b, arcsec, along the minor axis.

    Source: O'Riordan, Warren & Mortlock (2020), MNRAS 496, 3424.
    """

    einstein_radius: Scalar = parameter(1.0, at_least=0.0)
    inner_slope: Scalar = parameter(1.5, at_least=0.0, below=2.0)
    outer_slope: Scalar = parameter(2.5, at_least=0.0, below=4.0)
    break_radius: Scalar = parameter(0.01, at_least=0.0)

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        at, inner = self._place(y, x), self._inner_fall()
        outer = 2.0 - self.outer_slope
        shape, growth = self._integrals(at, outer)
        mass = at.fraction * (1.0 - inner * shape) + inner * growth
        # conj(alpha) = mass / z
        alpha = self._strength() * jnp.conj(mass) * at.z / jnp.maximum(squared(at.z), CENTRE**2)
        return alpha.imag, alpha.real

    def potential_at(self, y: Any, x: Any) -> Any:
        at, inner = self._place(y, x), self._inner_fall()
        outer = 2.0 - jnp.asarray(self.outer_slope, float)
        flat = jnp.abs(outer) < FLAT
        above, below = jnp.where(flat, FLAT, outer), jnp.where(flat, -FLAT, outer)
        shape, growth = self._integrals(at, above)
        _, other = self._integrals(at, below)
        inside = at.depth * relative_growth(inner * at.depth) - at.fraction * shape.real
        # What the mass inside the break adds outside it.
        logarithm = at.height + 0.5 * jnp.log(squared(1.0 - at.zeta) / squared(1.0 - at.break_zeta))
        weight = jnp.where(flat, 0.5 * (1.0 + outer / FLAT), 1.0)
        beyond = weight * (growth.real - logarithm) / above + (1.0 - weight) * (other.real - logarithm) / below
        return self._strength() * (inside + logarithm + inner * beyond)

    def convergence_at(self, y: Any, x: Any) -> Any:
        at, inner = self._place(y, x), self._inner_fall()
        scale = 0.5 * self._strength() * inner * (1.0 - squared(at.e)) / self._break() ** 2
        return scale * jnp.exp((inner - 2.0) * at.depth - self.outer_slope * at.height)

    def _place(self, y: Any, x: Any) -> _Place:
        z, e, w = circle_of_ellipse(self, y, x)
        edge = self._break() / (1.0 - squared(e))
        square = squared(w)
        ratio = 0.5 * jnp.log(jnp.maximum(square, CENTRE**2)) - jnp.log(edge)
        outside = ratio > 0.0
        depth, height = jnp.minimum(ratio, 0.0), jnp.maximum(ratio, 0.0)
        zeta = -e * jnp.conj(w) ** 2 / jnp.maximum(square, CENTRE**2)
        focal = jnp.where(outside, 4.0 * e * edge**2 / jnp.where(outside, z * z, 1.0), 0.0)
        break_zeta = jnp.where(outside, -focal / (1.0 + jnp.sqrt(1.0 - focal)) ** 2, zeta)
        return _Place(z, e, zeta, break_zeta, depth, height, jnp.exp(self._inner_fall() * depth))

    def _integrals(self, at: _Place, outer: Any) -> tuple[Any, Any]:
        """What the shape takes from the mass inside the break, and the integral from the break outwards, of the slope
        2 - outer, which is 0 inside."""
        falls = jnp.stack([self._inner_fall(), jnp.asarray(outer, float), jnp.asarray(outer, float)])
        inside, here, edge = self._shapes(falls, jnp.stack([at.break_zeta, at.zeta, at.break_zeta]))
        growth = at.height * relative_growth(outer * at.height) - (jnp.exp(outer * at.height) * here - edge)
        return inside, growth

    def _shapes(self, falls: Any, zetas: Any) -> Any:
        return jax.vmap(_shape)(falls, zetas)

    def _inner_fall(self) -> Any:
        return jnp.maximum(2.0 - jnp.asarray(self.inner_slope, float), 0.0)

    def _break(self) -> Any:
        """Break radius times 1 + |e|: along the intermediate axis of w."""
        q = self.axis_ratio()
        return jnp.maximum(self.break_radius, SMALLEST_BREAK) * 2.0 / (1.0 + q)

    def _strength(self) -> Any:
        """Mass inside the break, over pi: all of the Einstein radius squared where that is smaller."""
        q = self.axis_ratio()
        edge = jnp.log(jnp.maximum(self.break_radius, SMALLEST_BREAK))
        distance = 0.5 * jnp.log(q) + jnp.log(jnp.maximum(self.einstein_radius, CENTRE)) - edge
        beyond = jnp.maximum(distance, 0.0)
        rest = self._inner_fall() * beyond * relative_growth((2.0 - self.outer_slope) * beyond)
        return self.einstein_radius**2 / (1.0 + rest)


class PowerLawBrokenSph(Spherical, PowerLawBroken):
    """Circular `PowerLawBroken`.

    Args:
        centre, einstein_radius, inner_slope, outer_slope, break_radius: see `PowerLawBroken`.
    """

    def _shapes(self, falls: Any, zetas: Any) -> Any:
        return jnp.zeros_like(zetas)


class _Place(NamedTuple):
    """Where coordinates are."""

    z: Any
    e: Any
    zeta: Any  # at the coordinates
    break_zeta: Any  # at the break for coordinates outside, at the coordinates inside
    depth: Any  # ln of the radius over that of the break, 0 outside
    height: Any  # the same outside, 0 inside
    fraction: Any  # of the mass inside the break


def _shape(fall: Any, zeta: Any) -> Any:
    c = 1.0 + 0.5 * fall
    return zeta * gauss_fraction(1.0 - 0.5 * fall, c + 1.0, zeta) / c
