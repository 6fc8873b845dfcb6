"""Halos of dark matter that scatters off itself, isothermal where it does so often."""

from __future__ import annotations

import abc
from typing import Any

import jax.numpy as jnp

from galens.galaxy.profiles.mass.nfw import SMALLEST, NFWHaloSph
from galens.galaxy.profiles.parameters import Scalar, parameter
from galens.numerics import isothermal_core

__all__ = ["KaplinghatCoredNFWHaloSph", "KaplinghatCoredNFWSph"]


class KaplinghatCoredNFWHaloSph(NFWHaloSph):
    """The shape of `KaplinghatCoredNFWSph`, whatever its scales and its interaction radius follow from."""

    @property
    @abc.abstractmethod
    def matching_radius(self) -> Any:
        """r_1, from where on the halo is an `NFW` one, arcsec."""

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


class KaplinghatCoredNFWSph(KaplinghatCoredNFWHaloSph):
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

    kappa_s: Scalar = parameter(0.05, at_least=0.0)
    scale_radius: Scalar = parameter(1.0, above=0.0)
    sigma_over_m: Scalar = parameter(1.0, at_least=0.0)
    t_age: Scalar = parameter(10.0, at_least=0.0)
    interaction_radius: Scalar | None = parameter(None, at_least=0.0)

    @property
    def matching_radius(self) -> Any:
        if self.interaction_radius is not None:
            return self.interaction_radius
        scatterings = self.sigma_over_m * self.t_age
        return self.scale_radius * scatterings / (100.0 + scatterings)
