r"""Mass with the shape of a Gaussian, the elements of multi-Gaussian expansions.

With :math:`X, Y = \frac{q}{\sigma \sqrt{2 (1 - q^2)}} (x, y)` along the axes and the Faddeeva function w

.. math:: \alpha_x - i \alpha_y = -i \sigma \kappa_0 \sqrt{\frac{2 \pi}{1 - q^2}}
          \left[w(X + i Y) - e^{-(1 - q^2) X^2 - (q^{-2} - 1) Y^2} w(q X + i Y / q)\right]

Near the circle the two terms cancel, and the direction of the axes is undefined: there the deflection is integrated
over shells instead, which for a nearly round Gaussian is as exact.
"""

from __future__ import annotations

from typing import Any, ClassVar

import jax.numpy as jnp
from jax import lax

from galens.galaxy import convert
from galens.galaxy.profiles.light import standard as lp
from galens.galaxy.profiles.light.base import SMALLEST_SCALE, RadialLightProfile
from galens.galaxy.profiles.mass.stellar.base import StellarMass
from galens.galaxy.profiles.parameters import Scalar, parameter
from galens.numerics.faddeeva import faddeeva
from galens.numerics.homoeoids import homoeoid_deflection, homoeoid_potential
from galens.numerics.special import norm

__all__ = ["Gaussian", "GaussianGradient"]

NEARLY_ROUND = 0.01
ROUND_ORDER, POTENTIAL_ORDER = 24, 32
REACH = 8.6
"""Widths outside of which 1e-16 of the mass lies."""


class Gaussian(StellarMass):
    r"""Mass with the shape of a Gaussian, :math:`\kappa = \Upsilon I(R)` with I of `lp.Gaussian`.

    The error of deflections is below 1e-12 of the largest; that of the potential below 1e-7 of its value at 100 widths.

    Args:
        centre, ell_comps, intensity, sigma: as of `lp.Gaussian`.
        mass_to_light_ratio: Upsilon, convergence over brightness.

    Source: Shajib (2019), MNRAS 488, 1387, for the deflection.
    """

    light: ClassVar[type[RadialLightProfile]] = lp.Gaussian

    intensity: Scalar = parameter(0.1)
    sigma: Scalar = parameter(1.0, at_least=0.0)
    mass_to_light_ratio: Scalar = parameter(1.0)

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        e0, e1 = convert.bounded_ell_comps(self.ell_comps)
        nearly_round = norm(e0, e1) < NEARLY_ROUND
        operands = (self, y, x)
        # Of a traced condition both branches are differentiated: each sees a shape that it can do.
        return lax.cond(nearly_round, _by_shells, _in_closed_form, operands)

    def potential_at(self, y: Any, x: Any) -> Any:
        return homoeoid_potential(
            self.density,
            *self._offsets(y, x),
            convert.bounded_ell_comps(self.ell_comps),
            reach=self._reach(),
            grading=4.0,
            order=POTENTIAL_ORDER,
        )

    def _reach(self) -> Any:
        return REACH * jnp.maximum(self.sigma, SMALLEST_SCALE) / jnp.sqrt(self.axis_ratio())


class GaussianGradient(Gaussian):
    r"""`Gaussian` whose mass-to-light ratio follows from its width: Gaussians of an expansion with a common gradient.

    .. math:: \Upsilon = \Upsilon_0 \left(\frac{\sigma + 0.01''}{r_0}\right)^\Gamma

    Args:
        centre, ell_comps, intensity, sigma: as of `lp.Gaussian`.
        mass_to_light_ratio_base: Upsilon_0.
        mass_to_light_gradient: Gamma.
        mass_to_light_radius: r_0, arcsec.
    """

    ratio: ClassVar[str] = "mass_to_light_ratio_base"

    mass_to_light_ratio: ClassVar[Any] = property(lambda self: self.mass_to_light_at(None))  # type: ignore[misc]
    mass_to_light_ratio_base: Scalar = parameter(1.0)
    mass_to_light_gradient: Scalar = parameter(0.0)
    mass_to_light_radius: Scalar = parameter(1.0, above=0.0)

    def mass_to_light_at(self, square: Any) -> Any:
        relative = (self.sigma + 0.01) / self.mass_to_light_radius
        return self.mass_to_light_ratio_base * jnp.exp(self.mass_to_light_gradient * jnp.log(relative))


def _by_shells(operands: tuple[Gaussian, Any, Any]) -> tuple[Any, Any]:
    mass, y, x = operands
    ell_comps = convert.bounded_ell_comps(mass.ell_comps)
    offsets = mass._offsets(y, x)
    return homoeoid_deflection(mass.density, *offsets, ell_comps, reach=mass._reach(), grading=2.0, order=ROUND_ORDER)


def _in_closed_form(operands: tuple[Gaussian, Any, Any]) -> tuple[Any, Any]:
    mass, y, x = operands
    e0, e1 = convert.bounded_ell_comps(mass.ell_comps)
    square = e0 * e0 + e1 * e1
    elongated = square >= NEARLY_ROUND**2
    e0, e1 = jnp.where(elongated, e0, 0.0), jnp.where(elongated, e1, 0.5)
    flattening = jnp.sqrt(e0 * e0 + e1 * e1)
    q = (1.0 - flattening) / (1.0 + flattening)
    # cos 2 phi and sin 2 phi give the half angle's without a discontinuity that matters: the sign of both is free.
    half = 0.5 * jnp.arctan2(e0, e1)
    sine, cosine = jnp.sin(half), jnp.cos(half)
    dy, dx = mass._offsets(y, x)
    along, across = dx * cosine + dy * sine, dy * cosine - dx * sine
    side = jnp.where(across < 0.0, -1.0, 1.0)
    focal = 1.0 - q * q
    scale = q / (jnp.maximum(mass.sigma, SMALLEST_SCALE) * jnp.sqrt(2.0 * focal))
    u, v = scale * along, scale * side * across
    decline = jnp.exp(-focal * u * u - (1.0 / (q * q) - 1.0) * v * v)
    difference = faddeeva(lax.complex(u, v)) - decline * faddeeva(lax.complex(q * u, v / q))
    central = mass.mass_to_light_at(None) * mass.intensity
    strength = central * mass.sigma * jnp.sqrt(2.0 * jnp.pi / focal)
    alpha_along, alpha_across = strength * difference.imag, strength * side * difference.real
    return alpha_along * sine + alpha_across * cosine, alpha_along * cosine - alpha_across * sine
