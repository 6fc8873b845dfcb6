"""Halos of cold dark matter after Navarro, Frenk & White."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from galens.galaxy import convert
from galens.galaxy.geometry import Spherical
from galens.galaxy.profiles.mass.halo_mass import HaloMass
from galens.galaxy.profiles.mass.superposed import SuperposedHalo
from galens.galaxy.profiles.parameters import Scalar, parameter
from galens.numerics import projected_nfw
from galens.numerics.special import norm, root

__all__ = ["NFW", "NFWSph"]

SMALLEST = 1e-10
"""Scale radii: nearer to the centre the halo is as there."""

INNER = 0.5  # scale radii below which logarithms that nearly cancel are taken apart


class NFW(SuperposedHalo, HaloMass):
    r"""Elliptical NFW halo, :math:`\rho \propto (r / r_s)^{-1} (1 + r / r_s)^{-2}`, whose convergence

    .. math:: \kappa = 2 \kappa_s \frac{1 - F(x)}{x^2 - 1}, \qquad x = \xi / r_s, \quad \xi^2 = x'^2 + y'^2 / q^2

    is constant on ellipses, with

    .. math:: F(x) = \frac{\mathrm{arcosh}(1/x)}{\sqrt{1 - x^2}} \; (x < 1), \qquad
                     \frac{\arccos(1/x)}{\sqrt{x^2 - 1}} \; (x > 1)

    Deflection and convergence are closed forms, the deflection to 1e-12 of kappa_s r_s for axis ratios from 0.1 on. The
    potential is a superposition of cored ones, of spectrum :math:`G(\sigma) = \sigma / (1 + \sigma^2)`, whose gradient
    is the deflection to 3e-8 over radii from 1e-4 to 1e2 arcsec.

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components (1 - q) / (1 + q) (sin 2 phi, cos 2 phi).
        kappa_s: density at r_s times 4 r_s over the critical surface density.
        scale_radius: r_s, along the major axis, arcsec.

    Source: Navarro, Frenk & White (1997), ApJ 490, 493, for the density; `galens.numerics.projected_nfw` for its
    deflection, `galens.numerics.cored_superposition` for its potential.
    """

    kappa_s: Scalar = parameter(0.05, at_least=0.0)
    scale_radius: Scalar = parameter(1.0, above=0.0)

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        dy, dx = self._offsets(y, x)
        ell_comps = convert.bounded_ell_comps(self.ell_comps)
        alpha_y, alpha_x = projected_nfw.deflection(dy / self.scale_radius, dx / self.scale_radius, ell_comps)
        scale = 4.0 * self.kappa_s * self.scale_radius
        return scale * alpha_y, scale * alpha_x

    def convergence_at(self, y: Any, x: Any) -> Any:
        radius = root(self._eccentric_square(*self._ellipse(y, x))) / self.scale_radius
        return 2.0 * self.kappa_s * projected_nfw.surface_density(jnp.maximum(radius, SMALLEST))

    def _spectrum(self, sigma: Any) -> Any:
        return sigma / (1.0 + sigma * sigma)


class NFWSph(Spherical, NFW):
    r"""Spherical `NFW`, in closed form:

    .. math:: \alpha = 4 \kappa_s r_s \frac{\ln(x / 2) + F(x)}{x}, \qquad
              \psi = 2 \kappa_s r_s^2 [\ln^2(x / 2) - (1 - x^2) F^2(x)]

    Args:
        centre, kappa_s, scale_radius: see `NFW`.

    Source: Wright & Brainerd (2000), ApJ 534, 34; Meneghetti et al. (2003) for the potential.
    """

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        dy, dx = self._offsets(y, x)
        ratio = self._ratio(dy, dx)
        # alpha / r, which is even in r.
        scale = 4.0 * self.kappa_s * projected_nfw.enclosed(ratio) / (ratio * ratio)
        return scale * dy, scale * dx

    def potential_at(self, y: Any, x: Any) -> Any:
        ratio = self._ratio(*self._offsets(y, x))
        return 2.0 * self.kappa_s * self.scale_radius**2 * _potential(ratio)

    def convergence_at(self, y: Any, x: Any) -> Any:
        return 2.0 * self.kappa_s * projected_nfw.surface_density(self._ratio(*self._offsets(y, x)))

    def _ratio(self, dy: Any, dx: Any) -> Any:
        return jnp.maximum(norm(dy, dx) / self.scale_radius, SMALLEST)


def _potential(x: Any) -> Any:
    """ln^2(x / 2) - (1 - x^2) F^2."""
    inner = x < INNER
    near, beyond = jnp.where(inner, x, 0.1), jnp.where(inner, 1.0, x)
    # sqrt(1 - x^2) F = ln(2 / x) + ln((1 + sqrt(1 - x^2)) / 2)
    shrink = jnp.log1p(-0.5 * near * near / (1.0 + jnp.sqrt(1.0 - near * near)))
    outer = jnp.log(0.5 * beyond) ** 2 - (1.0 - beyond * beyond) * projected_nfw.arc(beyond) ** 2
    return jnp.where(inner, -shrink * (2.0 * jnp.log(2.0 / near) + shrink), outer)
