"""The halo of Hernquist."""

from __future__ import annotations

from typing import Any

from galens.galaxy.geometry import Spherical
from galens.galaxy.profiles.mass.superposed import SuperposedHalo
from galens.galaxy.profiles.parameters import Scalar, parameter

__all__ = ["Hernquist", "HernquistSph"]


class Hernquist(SuperposedHalo):
    r"""Elliptical Hernquist halo, :math:`\rho \propto (r / r_s)^{-1} (1 + r / r_s)^{-3}`, of finite mass.

    Its convergence is constant on ellipses; for a circle it is

    .. math:: \kappa = \kappa_s \frac{(2 + x^2) F(x) - 3}{(x^2 - 1)^2}, \qquad x = \xi / r_s

    with F of `NFW`. Its spectrum of cored densities is
    :math:`G(\sigma) = \sigma / (1 + \sigma^2)^2`, so that the error is below 3e-8 of the local convergence over radii
    from 1e-4 to 1e2 arcsec, for all axis ratios.

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components (1 - q) / (1 + q) (sin 2 phi, cos 2 phi).
        kappa_s: density scale times r_s over the critical surface density, lenstronomy's sigma0.
        scale_radius: r_s, along the major axis, arcsec; a circle of 1.8153 of it holds half the projected mass.

    Source: Hernquist (1990), ApJ 356, 359, for the density; `galens.numerics.cored_superposition` for its deflection.
    """

    kappa_s: Scalar = parameter(0.05, at_least=0.0)
    scale_radius: Scalar = parameter(1.0, above=0.0)

    def _spectrum(self, sigma: Any) -> Any:
        growth = 1.0 + sigma * sigma
        return sigma / (growth * growth)

    def _ends(self) -> tuple[Any, Any]:
        return 1.0, 3.0


class HernquistSph(Spherical, Hernquist):
    """Spherical `Hernquist`.

    Args:
        centre, kappa_s, scale_radius: see `Hernquist`.
    """
