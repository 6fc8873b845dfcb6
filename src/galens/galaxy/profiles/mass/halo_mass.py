r"""From masses and concentrations of halos to lensing scales, and back.

A halo of the density :math:`\rho_0 f(r / r_s)` holds the mass :math:`4 \pi \rho_0 r_s^3 m(r / r_s)` with
:math:`m(x) = \int_0^x x^2 f \, dx`. Its mass M inside the radius of a mean density of :math:`\Delta` critical ones, and
the concentration c, that radius over r_s, set both scales. Redshifts, masses and the numbers of a cosmology can be
traced.
"""

from __future__ import annotations

import abc
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from galens.errors import ProfileError
from galens.galaxy.cosmology import FlatwCDM, Planck15
from galens.numerics.implicit_root import implicit_root

__all__ = ["HaloMass", "HaloScales", "cored_mass", "generalised_mass", "nfw_mass", "radius_from_mass", "scales_from"]

LARGEST = 1e5
"""Largest concentration that is looked for."""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)
GRADING = 6  # nodes dense towards 0, where the integrand is a power
NODES = ((_NODES + 1.0) / 2.0) ** GRADING
WEIGHTS = GRADING * ((_NODES + 1.0) / 2.0) ** (GRADING - 1) * _WEIGHTS / 2.0


def nfw_mass(x: Any) -> Any:
    """m(x) of an NFW halo, ln(1 + x) - x / (1 + x)."""
    x = jnp.asarray(x, float)
    near = x < 0.01
    small = jnp.where(near, x, 0.0)
    series = jnp.zeros_like(small)
    for k in reversed(range(8)):
        series = (k + 1) / (k + 2) - small * series
    away = jnp.where(near, 1.0, x)
    return jnp.where(near, small * small * series, jnp.log1p(away) - away / (1.0 + away))


def generalised_mass(x: Any, inner_slope: Any) -> Any:
    """m(x) of a generalised NFW halo, the integral of (1 - e^-s)^(2 - slope) over s up to ln(1 + x)."""
    end = jnp.log1p(x)
    return end * jnp.sum(WEIGHTS * jnp.exp((2.0 - inner_slope) * jnp.log(-jnp.expm1(-end * NODES))))


def cored_mass(x: Any, core: Any) -> Any:
    """m(x) of an NFW halo with a core of `core` scale radii, between 0 and 1."""
    outer = (1.0 - 2.0 * core) * jnp.log1p(x) + core * core * jnp.log1p(x / core)
    return outer / (1.0 - core) ** 2 - x / ((1.0 + x) * (1.0 - core))


def radius_from_mass(mass: Any, redshift: Any, cosmology: FlatwCDM, overdensity: Any = 200.0) -> Any:
    """Radius, kpc, of a sphere of a mass (solar masses) whose mean density is `overdensity` critical ones."""
    volume = mass / (overdensity * cosmology.critical_density(redshift))
    return (3.0 * volume / (4.0 * np.pi)) ** (1.0 / 3.0)


def scales_from(
    mass: Any,
    concentration: Any,
    shape_mass: Any,
    redshift_object: Any,
    redshift_source: Any,
    cosmology: FlatwCDM | None = None,
    overdensity: Any = 200.0,
) -> tuple[Any, Any]:
    """(kappa_s, scale radius in arcsec) of a halo.

    Args:
        mass: inside the radius of that overdensity, solar masses.
        concentration: that radius over the scale radius.
        shape_mass: m of the concentration.
        redshift_object, redshift_source: of the halo and of what is behind it; what is not behind it is not deflected.
        cosmology: `Planck15` where it is None.
        overdensity: in critical densities at the halo's redshift.
    """
    cosmology = Planck15() if cosmology is None else cosmology
    scale = radius_from_mass(mass, redshift_object, cosmology, overdensity) / concentration
    density = mass / (4.0 * np.pi * scale**3 * shape_mass)
    behind = jnp.asarray(redshift_source) > redshift_object
    critical = cosmology.critical_surface_density_between_redshifts_solar_mass_per_kpc2_from(
        redshift_object, jnp.where(behind, redshift_source, redshift_object + 1.0)
    )
    return jnp.where(behind, density * scale / critical, 0.0), scale / cosmology.kpc_per_arcsec_from(redshift_object)


class HaloScales(eqx.Module):
    """The two scales that every halo has."""

    @property
    @abc.abstractmethod
    def kappa_s(self) -> Any:
        """The scale of the density times `scale_radius` over the critical surface density."""

    @property
    @abc.abstractmethod
    def scale_radius(self) -> Any:
        """r_s, along the major axis, arcsec."""


class HaloMass(HaloScales):
    """What an NFW halo's scales say about its mass; for NFW halos with a core or cut off, that of the halo without.

    Everywhere, `redshift_of_cosmic_average_density` says which critical density the halo is compared with, that at
    its redshift ("profile") or that of today ("local"), and no cosmology means `Planck15`.
    """

    def rho_at_scale_radius_solar_mass_per_kpc3(
        self, redshift_object: Any, redshift_source: Any, cosmology: FlatwCDM | None = None
    ) -> Any:
        """The scale of the density, kappa_s Sigma_cr / r_s, solar masses / kpc^3."""
        cosmology = Planck15() if cosmology is None else cosmology
        critical = cosmology.critical_surface_density_between_redshifts_solar_mass_per_kpc2_from(
            redshift_object, redshift_source
        )
        return self.kappa_s * critical / (self.scale_radius * cosmology.kpc_per_arcsec_from(redshift_object))

    def delta_concentration(
        self,
        redshift_object: Any,
        redshift_source: Any,
        redshift_of_cosmic_average_density: str = "profile",
        cosmology: FlatwCDM | None = None,
    ) -> Any:
        """The scale of the density over the critical one."""
        cosmology = Planck15() if cosmology is None else cosmology
        redshift = _redshift(redshift_of_cosmic_average_density, redshift_object)
        scale = self.rho_at_scale_radius_solar_mass_per_kpc3(redshift_object, redshift_source, cosmology)
        return scale / cosmology.critical_density(redshift)

    def concentration(
        self,
        redshift_profile: Any,
        redshift_source: Any,
        redshift_of_cosmic_average_density: str = "profile",
        cosmology: FlatwCDM | None = None,
    ) -> Any:
        """r_200 / r_s, up to 1e5."""
        return _nfw_concentration(
            self.delta_concentration(redshift_profile, redshift_source, redshift_of_cosmic_average_density, cosmology)
        )

    def radius_at_200(
        self,
        redshift_object: Any,
        redshift_source: Any,
        redshift_of_cosmic_average_density: str = "profile",
        cosmology: FlatwCDM | None = None,
    ) -> Any:
        """Radius inside which the mean density is 200 critical ones, arcsec."""
        return self.scale_radius * HaloMass.concentration(
            self, redshift_object, redshift_source, redshift_of_cosmic_average_density, cosmology
        )

    def mass_at_200_solar_masses(
        self,
        redshift_object: Any,
        redshift_source: Any,
        redshift_of_cosmic_average_density: str = "profile",
        cosmology: FlatwCDM | None = None,
    ) -> Any:
        """Mass inside `radius_at_200`, solar masses."""
        cosmology = Planck15() if cosmology is None else cosmology
        radius = self.radius_at_200(
            redshift_object, redshift_source, redshift_of_cosmic_average_density, cosmology
        ) * cosmology.kpc_per_arcsec_from(redshift_object)
        redshift = _redshift(redshift_of_cosmic_average_density, redshift_object)
        return 200.0 * cosmology.critical_density(redshift) * 4.0 * np.pi / 3.0 * radius**3


@jax.jit
def _nfw_concentration(contrast: Any) -> Any:
    """c where 200 c^3 / (3 m(c)) is the contrast of an NFW halo's density scale."""
    target = jnp.log(jnp.maximum(contrast, 1e-30) * (3.0 / 200.0))

    def excess(logarithm: Any) -> Any:
        return 3.0 * logarithm - jnp.log(nfw_mass(jnp.exp(logarithm))) - target

    return jnp.exp(implicit_root(excess, -np.log(LARGEST), np.log(LARGEST)))


def _redshift(which: str, redshift_object: Any) -> Any:
    if which not in ("profile", "local"):
        raise ProfileError(
            f"redshift_of_cosmic_average_density is {which!r}, but must be 'profile', the halo's redshift, or 'local',"
            " redshift 0."
        )
    return redshift_object if which == "profile" else jnp.zeros_like(jnp.asarray(redshift_object, float))
