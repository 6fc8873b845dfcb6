"""Halos of Navarro, Frenk & White that are cut off smoothly."""

from __future__ import annotations

import abc
from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np

from galens.galaxy.cosmology import FlatwCDM
from galens.galaxy.geometry import EllProfile, Spherical
from galens.galaxy.profiles.mass.base import MassProfile
from galens.galaxy.profiles.mass.halo_mass import HaloMass, nfw_mass, scales_from
from galens.galaxy.profiles.parameters import Scalar, parameter
from galens.numerics.implicit_root import implicit_root
from galens.numerics.projected_nfw import arc, surface_density
from galens.numerics.special import norm

__all__ = ["NFWTruncatedSph", "TruncatedHaloMass"]

SMALLEST = 1e-10
"""Scale radii: nearer to the centre the halo is as there."""

INNER = 0.03
"""Of the smaller of the two radii: within it series are summed, to 1e-9, because the closed forms cancel."""


class TruncatedHaloMass(HaloMass):
    """`HaloMass` of a halo that is cut off."""

    @property
    @abc.abstractmethod
    def truncation_radius(self) -> Any:
        """r_t, arcsec."""

    def m200_concentration_from(
        self, redshift_halo: Any, redshift_source: Any, cosmology: FlatwCDM | None = None
    ) -> tuple[Any, Any]:
        """(M_200 in solar masses, c_200) of the halo that is not cut off."""
        return (
            self.mass_at_200_solar_masses(redshift_halo, redshift_source, cosmology=cosmology),
            HaloMass.concentration(self, redshift_halo, redshift_source, cosmology=cosmology),
        )

    def mass_at_truncation_radius_solar_mass(
        self,
        redshift_profile: Any,
        redshift_source: Any,
        redshift_of_cosmic_average_density: str = "profile",
        cosmology: FlatwCDM | None = None,
    ) -> Any:
        """All of its mass, solar masses: the integral of the density over the whole of space."""
        arguments = (redshift_profile, redshift_source, redshift_of_cosmic_average_density, cosmology)
        mass = self.mass_at_200_solar_masses(*arguments)
        return (
            mass
            * _total(self.truncation_radius / self.scale_radius)
            / nfw_mass(HaloMass.concentration(self, *arguments))
        )


class NFWTruncatedSph(Spherical, EllProfile, MassProfile, TruncatedHaloMass):
    r"""Spherical NFW halo that is cut off smoothly,

    .. math:: \rho \propto \frac{1}{(r / r_s) (1 + r / r_s)^2} \, \frac{r_t^2}{r^2 + r_t^2}

    in closed form, and as a series in its innermost part.

    Args:
        centre: (y, x), arcsec.
        kappa_s: of the `NFW` halo that it is without the cut.
        scale_radius: r_s, arcsec.
        truncation_radius: r_t, arcsec.

    Source: Baltz, Marshall & Oguri (2009), JCAP 01, 015, appendix A.
    """

    kappa_s: Scalar = parameter(0.05, at_least=0.0)
    scale_radius: Scalar = parameter(1.0, above=0.0)
    truncation_radius: Scalar = parameter(2.0, above=0.0)

    @classmethod
    def from_m200_concentration(
        cls,
        m200_solar_mass: Any,
        concentration: Any,
        redshift_halo: Any,
        redshift_source: Any,
        centre: tuple[Any, Any] = (0.0, 0.0),
        truncation_factor: Any = 100.0,
        cosmology: FlatwCDM | None = None,
    ) -> Self:
        """The halo of a mass and concentration that is cut off where the mean density is `truncation_factor` times the
        critical one.

        Args:
            m200_solar_mass, concentration: of the halo that is not cut off.
            redshift_halo, redshift_source: of the halo and of what is behind it.
            centre: (y, x), arcsec.
            truncation_factor: mean density inside the truncation radius, in critical densities.
            cosmology: `Planck15` where it is None.
        """
        kappa_s, scale_radius = scales_from(
            m200_solar_mass, concentration, nfw_mass(concentration), redshift_halo, redshift_source, cosmology
        )
        ratio = _radius_of_density(200.0 * concentration**3 / nfw_mass(concentration), truncation_factor)
        return cls(centre=centre, kappa_s=kappa_s, scale_radius=scale_radius, truncation_radius=ratio * scale_radius)

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        dy, dx = self._offsets(y, x)
        scale = 2.0 * self.kappa_s * _slope(*self._ratios(dy, dx))
        return scale * dy, scale * dx

    def potential_at(self, y: Any, x: Any) -> Any:
        return 2.0 * self.kappa_s * self.scale_radius**2 * _potential(*self._ratios(*self._offsets(y, x)))

    def convergence_at(self, y: Any, x: Any) -> Any:
        return 2.0 * self.kappa_s * _convergence(*self._ratios(*self._offsets(y, x)))

    def _ratios(self, dy: Any, dx: Any) -> tuple[Any, Any]:
        x = jnp.maximum(norm(dy, dx) / self.scale_radius, SMALLEST)
        return x, jnp.asarray(self.truncation_radius / self.scale_radius, float)


@jax.jit
def _radius_of_density(contrast: Any, density: Any) -> Any:
    """tau where density tau^3 / m(tau) of an NFW halo is the contrast."""

    def excess(logarithm: Any) -> Any:
        return jnp.log(density / contrast) + 3.0 * logarithm - jnp.log(nfw_mass(jnp.exp(logarithm)))

    return jnp.exp(implicit_root(excess, np.log(1e-5), np.log(1e5)))


def _total(tau: Any) -> Any:
    """The whole mass over 4 pi rho_s r_s^3."""
    square = tau * tau
    return square / (square + 1.0) ** 2 * ((square - 1.0) * jnp.log(tau) + np.pi * tau - square - 1.0)


def _parts(x: Any, tau: Any) -> tuple[Any, Any, Any]:
    """sqrt(tau^2 + x^2), ln of x over that plus tau, and (tau^2 + 1)^2 / tau^2."""
    length = jnp.sqrt(tau * tau + x * x)
    return length, jnp.log(x / (length + tau)), (tau + 1.0 / tau) ** 2


def _convergence(x: Any, tau: Any) -> Any:
    length, logarithm, norm_ = _parts(x, tau)
    square = tau * tau
    outer = (-np.pi + (square - 1.0) / tau * logarithm) / length
    return ((square + 1.0) * surface_density(x) + 2.0 * arc(x) + outer) / norm_


def _slope(x: Any, tau: Any) -> Any:
    """d psi / dx / x in units of r_s^2, half of that of 2 kappa_s."""
    inner = x < INNER * jnp.minimum(tau, 1.0)
    small, far = jnp.where(inner, x, 0.0), jnp.where(inner, 1.0, x)
    length, logarithm, norm_ = _parts(far, tau)
    square = tau * tau
    mass = (square + 2.0 * far * far - 1.0) * arc(far) + np.pi * tau + (square - 1.0) * jnp.log(tau)
    mass = mass + length * ((square - 1.0) / tau * logarithm - np.pi)
    u = small * small
    series = jnp.zeros_like(u)
    for order, (rise, value) in reversed(list(enumerate(_series(jnp.where(inner, x, 1.0), tau)))):
        series = 2.0 * (order + 1) * value - rise + u * series
    return jnp.where(inner, series, 2.0 * mass / norm_ / (far * far))


def _potential(x: Any, tau: Any) -> Any:
    """psi in units of 2 kappa_s r_s^2, zero at the centre."""
    inner = x < INNER * jnp.minimum(tau, 1.0)
    small, far = jnp.where(inner, x, 0.0), jnp.where(inner, 1.0, x)
    length, logarithm, norm_ = _parts(far, tau)
    square, log_tau = tau * tau, jnp.log(tau)
    # Divided by tau^2 everywhere.
    closed = 2.0 * np.pi * (tau - length + tau * jnp.log(tau + length))
    closed += 2.0 * (square - 1.0) / tau * length * logarithm + (square - 1.0) * logarithm**2
    closed += 4.0 * (far * far - 1.0) * arc(far) - (square - 1.0) * (1.0 - far * far) * arc(far) ** 2
    closed += 2.0 * ((square - 1.0) * log_tau - square - 1.0) * jnp.log(far)
    closed -= (square - 1.0) * log_tau * jnp.log(4.0 * tau) + 2.0 * jnp.log(tau / 2.0)
    closed += 2.0 * tau * (tau - np.pi) * jnp.log(2.0 * tau)
    u = small * small
    series = jnp.zeros_like(u)
    for _, value in reversed(_series(jnp.where(inner, x, 1.0), tau)):
        series = u * (value + series)
    return jnp.where(inner, series, closed / norm_)


def _series(x: Any, tau: Any) -> list[tuple[Any, Any]]:
    """Of psi = c_2 x^2 + c_4 x^4 + c_6 x^6, c = a ln(2 / x) + b: (a, c) each."""
    t, p, log_tau = tau * tau, np.pi * tau, jnp.log(tau)
    norm_ = (t + 1.0) ** 2
    logarithm = jnp.log(2.0 / x)
    rises = (
        jnp.full_like(t, 0.5),
        (3.0 * t**3 + 5.0 * t**2 + t - 1.0) / (16.0 * t * norm_),
        (20.0 * t**4 + 28.0 * t**3 - 4.0 * t + 4.0) / (192.0 * t * t * norm_),
    )
    rests = (
        (t - t * log_tau - p + log_tau + 1.0) / (2.0 * norm_),
        (-(t**3) - t**2 + t * log_tau + p - log_tau) / (16.0 * t * norm_),
        (-9.0 * t**4 - 11.0 * t**3 - 4.0 * t * log_tau + t - 4.0 * p + 4.0 * log_tau - 1.0) / (192.0 * t * t * norm_),
    )
    return [(rise, rise * logarithm + rest) for rise, rest in zip(rises, rests, strict=True)]
