"""Halos of Navarro, Frenk & White with a core."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from galens.galaxy.geometry import Spherical
from galens.galaxy.profiles.mass.halo_mass import HaloMass
from galens.galaxy.profiles.mass.superposed import SuperposedHalo
from galens.galaxy.profiles.parameters import Scalar, parameter

__all__ = ["cNFW", "cNFWSph"]

NEAR, TERMS = 0.1, 9  # |v| below which a series is summed: its error is NEAR^(2 TERMS)


class cNFW(SuperposedHalo, HaloMass):  # noqa: N801
    r"""Elliptical NFW halo with a core,

    .. math:: \rho = \frac{\kappa_s \Sigma_{cr} \, r_s^2}{(r + r_c) (r + r_s)^2}

    whose convergence is constant on ellipses. With :math:`c = r_c / r_s`, lengths in scale radii, its spectrum of cored
    densities is

    .. math:: G(\sigma) = \frac{\sigma}{(1 - c) (1 + \sigma^2)}
              - \frac{c}{(1 - c)^2} \arctan \frac{(1 - c) \sigma}{c + \sigma^2}

    so that the error is below 3e-8 of the local convergence over radii from 1e-4 to 1e2 arcsec, for all axis ratios.

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components (1 - q) / (1 + q) (sin 2 phi, cos 2 phi).
        kappa_s: the scale of the density times r_s over the critical surface density.
        scale_radius: r_s, along the major axis, arcsec.
        core_radius: r_c, along the major axis, arcsec.

    Source: Penarrubia et al. (2012), ApJ 759, L42, for the density; `galens.numerics.cored_superposition` for its
    deflection.
    """

    kappa_s: Scalar = parameter(0.05, at_least=0.0)
    scale_radius: Scalar = parameter(1.0, above=0.0)
    core_radius: Scalar = parameter(0.01, at_least=0.0)

    def _spectrum(self, sigma: Any) -> Any:
        core = self.core_radius / self.scale_radius
        square = sigma * sigma
        # The parts of the closed form that cancel where the core is as large as the halo, put together.
        u = sigma / (core + square)
        curved = _arctan_deficit((1.0 - core) * u)
        return sigma * square / ((1.0 + square) * (core + square)) + core * (1.0 - core) * u * u * u * curved


class cNFWSph(Spherical, cNFW):  # noqa: N801
    """Spherical `cNFW`.

    Args:
        centre, kappa_s, scale_radius, core_radius: see `cNFW`.
    """


def _arctan_deficit(v: Any) -> Any:
    """(1 - arctan(v) / v) / v^2, 1/3 at v = 0."""
    square = v * v
    near = square < NEAR**2
    away = jnp.where(near, 1.0, v)
    small = jnp.where(near, square, 0.0)
    series = jnp.zeros_like(small)
    for k in reversed(range(TERMS)):
        series = (-1.0) ** k / (2 * k + 3) + small * series
    return jnp.where(near, series, (1.0 - jnp.arctan(away) / away) / (away * away))
