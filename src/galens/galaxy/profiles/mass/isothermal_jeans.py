"""Halos of dark matter that scatters off itself, isothermal where it does so often."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from galens.galaxy.cosmology import GRAVITATION
from galens.galaxy.geometry import Spherical
from galens.galaxy.profiles.mass.by_mass import Ludlow
from galens.galaxy.profiles.mass.halo_mass import nfw_mass
from galens.galaxy.profiles.mass.nfw import SMALLEST, NFWSph
from galens.galaxy.profiles.mass.sidm import KPC2_PER_MSUN, PER_GYR
from galens.galaxy.profiles.parameters import Scalar, parameter
from galens.numerics import isothermal_core
from galens.numerics.implicit_root import implicit_root

__all__ = ["KaplinghatCoredNFWMCRLudlowSph", "KaplinghatCoredNFWSph"]

FARTHEST = 100.0
"""Scale radii up to which scatterings are looked for."""


class KaplinghatCoredNFWSph(NFWSph):
    r"""Spherical halo of self-interacting dark matter: isothermal within a radius r_1, `NFW` outside.

    The core is the isothermal sphere whose density at r_1 and mass within r_1 are those of the `NFW` halo; see
    `galens.numerics.isothermal_core`. An r_1 beyond 3 scale radii counts as 3: a little farther out there is no such
    sphere, the halo has collapsed. Deflection, potential and convergence are to 1e-10.

    Args:
        centre: (y, x), arcsec.
        kappa_s, scale_radius: of the `NFW` halo.
        sigma_over_m: cross section over mass, cm^2 / g.
        t_age: Gyr.
        interaction_radius: r_1, arcsec. Where it is None, as in a model that does not set it,
            :math:`r_1 = r_s s / (100 + s)` with s the product of `sigma_over_m` and `t_age`, which do not matter
            otherwise.

    Source: Kaplinghat, Tulin & Yu (2016), PRL 116, 041302.
    """

    sigma_over_m: Scalar = parameter(1.0, at_least=0.0)
    t_age: Scalar = parameter(10.0, at_least=0.0)
    interaction_radius: Scalar | None = parameter(None, at_least=0.0)

    @property
    def matching_radius(self) -> Any:
        """r_1, arcsec."""
        if self.interaction_radius is not None:
            return self.interaction_radius
        scatterings = self.sigma_over_m * self.t_age
        return self.scale_radius * scatterings / (100.0 + scatterings)

    @property
    def isothermal_radius(self) -> Any:
        """Velocity dispersion of the core over sqrt(4 pi G rho) at its centre, arcsec."""
        return isothermal_core.matched(self._edge)[0] * self.scale_radius

    @property
    def central_density(self) -> Any:
        """Critical surface densities / arcsec."""
        return isothermal_core.matched(self._edge)[1] * self.kappa_s / self.scale_radius

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        halo_y, halo_x = super().deflections_at(y, x)
        dy, dx = self._offsets(y, x)
        change = self.kappa_s * isothermal_core.deflection(self._edge, self._ratio(dy, dx))
        return halo_y + change * dy, halo_x + change * dx

    def potential_at(self, y: Any, x: Any) -> Any:
        change = isothermal_core.potential(self._edge, self._ratio(*self._offsets(y, x)))
        return super().potential_at(y, x) + self.kappa_s * self.scale_radius**2 * change

    def convergence_at(self, y: Any, x: Any) -> Any:
        change = isothermal_core.convergence(self._edge, self._ratio(*self._offsets(y, x)))
        return super().convergence_at(y, x) + self.kappa_s * change

    @property
    def _edge(self) -> Any:
        """r_1 / r_s."""
        return jnp.clip(self.matching_radius / self.scale_radius, SMALLEST, isothermal_core.LARGEST)

    def _ratio(self, dy: Any, dx: Any) -> Any:
        return jnp.maximum(super()._ratio(dy, dx), isothermal_core.NEAREST * self._edge)


class KaplinghatCoredNFWMCRLudlowSph(Spherical, Ludlow):
    r"""`KaplinghatCoredNFWSph` of a mass, a cross section and an age.

    Within :math:`r_1` its particles have scattered at least once: there

    .. math:: \frac{\sigma}{m} \, \rho(r_1) \, v(r_1) \, t = 1, \qquad v^2 = G M(r_1) / r_1

    with density and mass of the `NFW` halo.

    Args:
        centre: (y, x), arcsec.
        mass_at_200: solar masses.
        sigma_over_m: cross section over mass, cm^2 / g.
        t_age: Gyr.
        redshift_object, redshift_source: of the halo and of what is behind it.

    Source: Kaplinghat, Tulin & Yu (2016), PRL 116, 041302; Ludlow et al. (2016) for the concentration.
    """

    sigma_over_m: Scalar = parameter(1.0, at_least=0.0)
    t_age: Scalar = parameter(10.0, at_least=0.0)

    @property
    def interaction_radius(self) -> Any:
        """r_1, arcsec, up to 100 scale radii."""
        return self.halo.interaction_radius

    @property
    def isothermal_radius(self) -> Any:
        """As of `KaplinghatCoredNFWSph`."""
        return self.halo.isothermal_radius

    @property
    def central_density(self) -> Any:
        """As of `KaplinghatCoredNFWSph`."""
        return self.halo.central_density

    def _halo(self, concentration: Any) -> KaplinghatCoredNFWSph:
        kappa_s, scale_radius = self._scales(concentration)
        radius, density = self._scales_in_kpc(concentration)
        velocity = radius * jnp.sqrt(4.0 * np.pi * GRAVITATION * density)
        scatterings = self.sigma_over_m * KPC2_PER_MSUN * density * velocity * self.t_age * PER_GYR
        interaction_radius = scale_radius * _radius_of_one(scatterings)
        return KaplinghatCoredNFWSph(
            self.centre, kappa_s, scale_radius, self.sigma_over_m, self.t_age, interaction_radius
        )


@jax.jit
def _radius_of_one(scatterings: Any) -> Any:
    """Where `scatterings` times density and circular velocity of an NFW halo of unit scales is 1, in scale radii."""
    start = jnp.log(jnp.maximum(scatterings, 1e-30))

    def excess(logarithm: Any) -> Any:
        radius = jnp.exp(logarithm)
        return 1.5 * logarithm + 2.0 * jnp.log1p(radius) - 0.5 * jnp.log(nfw_mass(radius)) - start

    return jnp.exp(implicit_root(excess, np.log(SMALLEST), np.log(FARTHEST)))
