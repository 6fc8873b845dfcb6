r"""Halos of cold dark matter after Navarro, Frenk & White.

With x the radius over the scale radius everything is made of

.. math:: F(x) = \frac{\mathrm{arcosh}(1/x)}{\sqrt{1 - x^2}} \; (x < 1), \qquad
                 \frac{\arccos(1/x)}{\sqrt{x^2 - 1}} \; (x > 1)

which is smooth at x = 1: in :math:`d = (1 - x) / (1 + x)` it is :math:`(1 + d) \, \mathrm{artanh}(\sqrt d) / \sqrt d`.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from galens.galaxy.geometry import Spherical
from galens.galaxy.profiles.mass.halo_mass import HaloMass
from galens.galaxy.profiles.mass.superposed import SuperposedHalo
from galens.galaxy.profiles.parameters import Scalar, parameter
from galens.numerics.special import norm

__all__ = ["NFW", "NFWHalo", "NFWHaloSph", "NFWSph", "arc", "surface_density"]

SMALLEST = 1e-10
"""Scale radii: nearer to the centre the halo is as there."""

NEAR, TERMS = 0.1, 16  # |d| below which series are summed: their error is NEAR^TERMS
INNER = 0.5  # scale radii below which logarithms that nearly cancel are taken apart


class NFWHalo(SuperposedHalo, HaloMass):
    """The shape of `NFW`, whatever its scales follow from."""

    def _spectrum(self, sigma: Any) -> Any:
        return sigma / (1.0 + sigma * sigma)


class NFW(NFWHalo):
    r"""Elliptical NFW halo, :math:`\rho \propto (r / r_s)^{-1} (1 + r / r_s)^{-2}`, whose convergence

    .. math:: \kappa = 2 \kappa_s \frac{1 - F(x)}{x^2 - 1}, \qquad x = \xi / r_s, \quad \xi^2 = x'^2 + y'^2 / q^2

    is constant on ellipses. Its spectrum of cored densities is :math:`G(\sigma) = \sigma / (1 + \sigma^2)`, so that the
    error is below 3e-8 of the local convergence over radii from 1e-4 to 1e2 arcsec, for all axis ratios.

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components (1 - q) / (1 + q) (sin 2 phi, cos 2 phi).
        kappa_s: density at r_s times 4 r_s over the critical surface density.
        scale_radius: r_s, along the major axis, arcsec.

    Source: Navarro, Frenk & White (1997), ApJ 490, 493, for the density; `galens.numerics.cored_superposition` for its
    deflection.
    """

    kappa_s: Scalar = parameter(0.05, at_least=0.0)
    scale_radius: Scalar = parameter(1.0, above=0.0)


class NFWHaloSph(Spherical, NFWHalo):
    r"""A spherical NFW halo, in closed form, whatever its scales follow from:

    .. math:: \alpha = 4 \kappa_s r_s \frac{\ln(x / 2) + F(x)}{x}, \qquad
              \psi = 2 \kappa_s r_s^2 [\ln^2(x / 2) - (1 - x^2) F^2(x)]

    Source: Wright & Brainerd (2000), ApJ 534, 34; Meneghetti et al. (2003) for the potential.
    """

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        dy, dx = self._offsets(y, x)
        ratio = self._ratio(dy, dx)
        # alpha / r, which is even in r.
        scale = 4.0 * self.kappa_s * _enclosed(ratio) / (ratio * ratio)
        return scale * dy, scale * dx

    def potential_at(self, y: Any, x: Any) -> Any:
        ratio = self._ratio(*self._offsets(y, x))
        return 2.0 * self.kappa_s * self.scale_radius**2 * _potential(ratio)

    def convergence_at(self, y: Any, x: Any) -> Any:
        return 2.0 * self.kappa_s * surface_density(self._ratio(*self._offsets(y, x)))

    def _ratio(self, dy: Any, dx: Any) -> Any:
        return jnp.maximum(norm(dy, dx) / self.scale_radius, SMALLEST)


class NFWSph(NFWHaloSph):
    """Spherical `NFW`.

    Args:
        centre, kappa_s, scale_radius: see `NFW`.
    """

    kappa_s: Scalar = parameter(0.05, at_least=0.0)
    scale_radius: Scalar = parameter(1.0, above=0.0)


def arc(x: Any) -> Any:
    """F(x)."""
    d = (1.0 - x) / (1.0 + x)
    near = jnp.abs(d) < NEAR
    series = _polynomial(jnp.where(near, d, 0.0), [1.0 / (2 * k + 1) for k in range(TERMS)])
    inside, outside = (d >= NEAR), (d <= -NEAR)
    root_inside = jnp.sqrt(jnp.where(inside, d, 0.25))
    root_outside = jnp.sqrt(jnp.where(outside, -d, 0.25))
    hyperbolic = 0.5 * jnp.log((1.0 + root_inside) ** 2 / (1.0 - jnp.where(inside, d, 0.25))) / root_inside
    circular = jnp.arctan(root_outside) / root_outside
    return (1.0 + d) * jnp.where(near, series, jnp.where(inside, hyperbolic, circular))


def surface_density(x: Any) -> Any:
    """(1 - F) / (x^2 - 1)."""
    d = (1.0 - x) / (1.0 + x)
    near = jnp.abs(d) < NEAR
    coefficients = [4.0 * k / (4.0 * k * k - 1.0) for k in range(1, TERMS + 1)]
    series = 0.25 * (1.0 + d) ** 2 * _polynomial(jnp.where(near, d, 0.0), coefficients)
    away = jnp.where(near, 2.0, x)
    return jnp.where(near, series, (1.0 - arc(away)) / (away * away - 1.0))


def _enclosed(x: Any) -> Any:
    """ln(x / 2) + F: where x is small, without the logarithms that cancel."""
    inner = x < INNER
    _, stretch, logarithm, shrink = _inside(jnp.where(inner, x, 0.1))
    beyond = jnp.where(inner, 1.0, x)
    return jnp.where(inner, logarithm * stretch + (1.0 + stretch) * shrink, jnp.log(0.5 * beyond) + arc(beyond))


def _potential(x: Any) -> Any:
    """ln^2(x / 2) - (1 - x^2) F^2."""
    inner = x < INNER
    _, _, logarithm, shrink = _inside(jnp.where(inner, x, 0.1))
    beyond = jnp.where(inner, 1.0, x)
    outer = jnp.log(0.5 * beyond) ** 2 - (1.0 - beyond * beyond) * arc(beyond) ** 2
    return jnp.where(inner, -shrink * (2.0 * logarithm + shrink), outer)


def _inside(x: Any) -> tuple[Any, Any, Any, Any]:
    """For x < 1: s = sqrt(1 - x^2), 1 / s - 1, ln(2 / x) and ln((1 + s) / 2); F = (ln(2 / x) + ln((1 + s) / 2)) / s."""
    s = jnp.sqrt(1.0 - x * x)
    return s, x * x / (s * (1.0 + s)), jnp.log(2.0 / x), jnp.log1p(-0.5 * x * x / (1.0 + s))


def _polynomial(x: Any, coefficients: list[float]) -> Any:
    value = jnp.zeros_like(x)
    for coefficient in reversed(coefficients):
        value = value * x + coefficient
    return value
