"""Halos of dark matter that scatters off itself."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from galens.galaxy.cosmology import GRAVITATION
from galens.galaxy.geometry import EllProfile, Spherical
from galens.galaxy.profiles.mass.base import MassProfile
from galens.galaxy.profiles.mass.by_mass import Ludlow
from galens.galaxy.profiles.mass.halo_mass import HaloMass
from galens.galaxy.profiles.parameters import Scalar, parameter
from galens.numerics import spherical_density
from galens.numerics.special import norm, root

__all__ = ["YangSIDMMCRLudlowSph", "YangSIDMSph"]

SMALLEST = 1e-6
"""Scale radii: nearer to the centre the halo is as there."""

COLLAPSE = 150.0 / 0.75
KPC2_PER_MSUN = 1.988409870698051e33 / 3.0856775814913673e21**2  # of one cm^2 / g
PER_GYR = 1.0227121650537077  # of one km / s / kpc
VELOCITY = 1.6483500453640098  # largest circular velocity of an NFW halo in units of r_s sqrt(G rho_s)


class YangSIDMSph(Spherical, EllProfile, MassProfile, HaloMass):
    r"""Spherical halo of self-interacting dark matter at an age: first its core grows, then it collapses.

    .. math:: \rho = \rho_s \left[ \frac{(r^4 + r_c^4)^{1/4}}{r_s} \left(1 + \frac{r}{r_s}\right)^2 \right]^{-1}

    whose :math:`\rho_s, r_s, r_c` are functions of the age `tau` that simulations gave; an `NFW` halo at age 0.
    Integrals are to 1e-7 of the local value over radii from 1e-4 to 1e2 scale radii.

    Args:
        centre: (y, x), arcsec.
        kappa_s: of the `NFW` halo that it was at age 0.
        scale_radius: of the same halo, arcsec.
        tau: age in units of the time in which the core collapses; below 0 as 0, above 1 as 1.

    Source: Yang et al. (2024), JCAP 02, 032, equations 2.2 to 2.6.
    """

    kappa_s: Scalar = parameter(0.05, at_least=0.0)
    scale_radius: Scalar = parameter(1.0, above=0.0)
    tau: Scalar = parameter(0.0)

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        dy, dx = self._offsets(y, x)
        radius = self._radius(dy, dx)
        scale = self.kappa_s * spherical_density.deflection(_density_at(self.tau), radius) / radius
        return scale * dy, scale * dx

    def potential_at(self, y: Any, x: Any) -> Any:
        radius = self._radius(*self._offsets(y, x))
        return self.kappa_s * self.scale_radius**2 * spherical_density.potential(_density_at(self.tau), radius)

    def convergence_at(self, y: Any, x: Any) -> Any:
        radius = self._radius(*self._offsets(y, x))
        return self.kappa_s * spherical_density.convergence(_density_at(self.tau), radius)

    def _radius(self, dy: Any, dx: Any) -> Any:
        return jnp.maximum(norm(dy, dx) / self.scale_radius, SMALLEST)


class YangSIDMMCRLudlowSph(Spherical, Ludlow):
    r"""`YangSIDMSph` of a mass, a cross section and an age.

    The core collapses within

    .. math:: t_c = \frac{150}{0.75} \frac{1}{\sigma \rho_s r_s} \frac{1}{\sqrt{4 \pi G \rho_s}}

    with the cross section that matters at the halo's velocities,
    :math:`\sigma = \sigma_0 (v_0 / 2 \nu)^a \, \Gamma(4 - a / 2) / 6`, where :math:`\nu` is 0.64 of the largest
    circular velocity.

    Args:
        centre: (y, x), arcsec.
        mass_at_200, redshift_object, redshift_source: see `ByMassAt200`.
        sigma_over_m: cross section over mass at `velocity_ref`, cm^2 / g.
        velocity_exponent: a; the cross section falls as the velocity to this power, below 8.
        velocity_ref: v_0, km / s.
        t_age: Gyr.

    Source: Yang et al. (2024), JCAP 02, 032; Ludlow et al. (2016) for the concentration.
    """

    sigma_over_m: Scalar = parameter(1.0, at_least=0.0)
    velocity_exponent: Scalar = parameter(0.0, below=8.0)
    velocity_ref: Scalar = parameter(10.0, above=0.0)
    t_age: Scalar = parameter(10.0, at_least=0.0)

    @property
    def tau(self) -> Any:
        """Age in units of the time in which the core collapses."""
        return self.halo.tau

    def _halo(self, concentration: Any) -> YangSIDMSph:
        kappa_s, scale_radius = self._scales(concentration)
        return YangSIDMSph(self.centre, kappa_s, scale_radius, self._age(concentration))

    def _age(self, concentration: Any) -> Any:
        radius, density = self._scales_in_kpc(concentration)
        velocity = VELOCITY * radius * jnp.sqrt(GRAVITATION * density)
        exponent = jnp.asarray(self.velocity_exponent, float)
        factor = jnp.exp(jax.scipy.special.gammaln(4.0 - 0.5 * exponent)) / 6.0
        section = self.sigma_over_m * (self.velocity_ref / (2.0 * 0.64 * velocity)) ** exponent * factor
        rate = section * KPC2_PER_MSUN * density * radius * jnp.sqrt(4.0 * np.pi * GRAVITATION * density) * PER_GYR
        return self.t_age * rate / COLLAPSE


def _density_at(tau: Any) -> spherical_density.Density:
    """The density at an age over that of scale at age 0, of radii over the scale radius at age 0."""
    tau = jnp.clip(jnp.asarray(tau, float), 0.0, 1.0)
    growth = jnp.log(tau + 0.001) / np.log(0.001)
    density = 2.033 + 0.7381 * tau + 7.264 * tau**5 - 12.73 * tau**7 + 9.915 * tau**9 - 1.033 * growth
    scale = 0.7178 - 0.1026 * tau + 0.2474 * tau**2 - 0.4079 * tau**3 + 0.2822 * growth
    core = 2.555 * root(tau) - 3.632 * tau + 2.131 * tau**2 - 1.415 * tau**3 + 0.4683 * tau**4

    def at(radius: Any) -> Any:
        # The larger of radius and core is taken out: fourth powers of small radii underflow in derivatives.
        inner = jnp.maximum(radius, core) * (1.0 + (jnp.minimum(radius, core) / jnp.maximum(radius, core)) ** 4) ** 0.25
        return density * scale / (inner * (1.0 + radius / scale) ** 2)

    return at
