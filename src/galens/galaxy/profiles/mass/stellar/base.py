"""What stellar mass profiles share: the surface density is a mass-to-light ratio times a light profile's formula."""

import abc
import dataclasses
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp

from galens.galaxy import convert
from galens.galaxy.geometry import EllProfile
from galens.galaxy.profiles.light.base import RadialLightProfile
from galens.galaxy.profiles.mass.base import MassProfile
from galens.galaxy.profiles.parameters import Scalar
from galens.numerics.homoeoids import homoeoid_deflection, homoeoid_potential

__all__ = ["StellarMass", "StellarMassByShells"]

MORE_FOR_POTENTIALS = 12


class StellarMass(EllProfile, MassProfile):
    """Mass with the shape of a light profile, whose formula it takes: the convergence is a ratio times the light."""

    intensity: eqx.AbstractVar[Scalar]  # type: ignore[misc]

    light: ClassVar[type[RadialLightProfile]]
    """The light profile that has the shape. All parameters of it are parameters of the mass."""

    ratio: ClassVar[str] = "mass_to_light_ratio"
    """The parameter to which the mass is proportional."""

    def mass_to_light_at(self, square: Any) -> Any:
        """Convergence over brightness at squared eccentric radii, arcsec^2."""
        return getattr(self, self.ratio)

    def density(self, square: Any) -> Any:
        """Convergence at squared eccentric radii, arcsec^2."""
        return self.mass_to_light_at(square) * self.intensity * self._shape().steep_shape(square)

    def convergence_at(self, y: Any, x: Any) -> Any:
        return self.density(self.squared_radius(y, x))

    def _shape(self) -> RadialLightProfile:
        values = {each.name: getattr(self, each.name) for each in dataclasses.fields(self.light)}
        return self.light(**values)


class StellarMassByShells(StellarMass):  # type: ignore[misc]
    """Stellar mass whose deflection is integrated over its shells, by a rule of fixed length: see `numerics.homoeoids`.

    The error of deflections is below 1e-7 of the largest one for axis ratios from 0.1 on, Sersic indices from 0.5 to 8
    and radii from 1e-3 to 1e3 effective radii, that of the potential below 1e-7 of its value at the largest radius.
    Both are to this level gradients of each other, and half the divergence of the deflections is the convergence.
    """

    order: ClassVar[int] = 21
    """Number of shells."""

    @abc.abstractmethod
    def reach(self) -> Any:
        """Eccentric radius, arcsec, outside of which less than a billionth of the mass lies."""

    @abc.abstractmethod
    def grading(self) -> Any:
        """How dense nodes are at the centre: see `homoeoid_deflection`."""

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        ell_comps = convert.bounded_ell_comps(self.ell_comps)
        return homoeoid_deflection(
            self.density,
            *self._offsets(y, x),
            ell_comps,
            reach=self.reach(),
            grading=self.grading(),
            order=self.order,
        )

    def potential_at(self, y: Any, x: Any) -> Any:
        return homoeoid_potential(
            self.density,
            *self._offsets(y, x),
            convert.bounded_ell_comps(self.ell_comps),
            reach=self.reach(),
            # The logarithm in the integral is one more cusp.
            grading=jnp.minimum(self.grading() + 2.0, 8.0),
            order=self.order + MORE_FOR_POTENTIALS,
        )
