"""Halos of Navarro, Frenk & White with another inner slope."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from galens.galaxy.geometry import Spherical
from galens.galaxy.profiles.mass.halo_mass import HaloMass
from galens.galaxy.profiles.mass.superposed import SuperposedHalo
from galens.galaxy.profiles.parameters import Scalar, parameter
from galens.numerics.special import sinc

__all__ = ["gNFW", "gNFWSph"]


class gNFW(SuperposedHalo, HaloMass):  # noqa: N801
    r"""Elliptical NFW halo with a free inner slope,

    .. math:: \rho \propto (r / r_s)^{-\gamma} (1 + r / r_s)^{\gamma - 3}

    whose convergence is constant on ellipses. With :math:`t = 2 - \gamma` its spectrum of cored densities is

    .. math:: G(\sigma) = (1 + \sigma^{-2})^{-t/2} \sin[t \arctan(1 / \sigma)] / t

    so that the error is below 3e-8 of the local convergence over radii from 1e-4 to 1e2 arcsec, for all axis ratios and
    slopes up to 2; 1e-6 for a slope of 2.5.

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components (1 - q) / (1 + q) (sin 2 phi, cos 2 phi).
        kappa_s: the scale of the density times r_s over the critical surface density.
        inner_slope: gamma; 1 is NFW.
        scale_radius: r_s, along the major axis, arcsec.

    Source: Zhao (1996), MNRAS 278, 488, for the density; `galens.numerics.cored_superposition` for its deflection.
    """

    kappa_s: Scalar = parameter(0.05, at_least=0.0)
    inner_slope: Scalar = parameter(1.0, below=3.0)
    scale_radius: Scalar = parameter(1.0, above=0.0)

    def _spectrum(self, sigma: Any) -> Any:
        t = 2.0 - self.inner_slope
        angle = jnp.arctan(1.0 / sigma)
        return jnp.exp(-0.5 * t * jnp.log1p(1.0 / (sigma * sigma))) * angle * sinc(t * angle / jnp.pi)

    def _ends(self) -> tuple[Any, Any]:
        return 2.0 - self.inner_slope, 1.0


class gNFWSph(Spherical, gNFW):  # noqa: N801
    """Spherical `gNFW`.

    Args:
        centre, kappa_s, inner_slope, scale_radius: see `gNFW`.
    """
