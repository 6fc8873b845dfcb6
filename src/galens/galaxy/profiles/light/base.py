"""What all light profiles share: from one formula on coordinates to images on grids."""

import abc
import dataclasses
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from galens import array as aa
from galens.galaxy.geometry import EllProfile
from galens.galaxy.luminous import Luminous
from galens.galaxy.profiles.parameters import Pair, Profile, Scalar

__all__ = ["CUSP", "LightProfile", "LightProfileLinear", "LightProfileOperated", "RadialLightProfile"]

CUSP = 1e-6
"""Arcsec: a profile that is infinitely bright at its centre is, within this radius, as bright as there."""

SMALLEST_SCALE = 1e-20
"""Arcsec: lengths in denominators are at least this, where the light away from the centre is zero long since."""


class LightProfile(Profile, Luminous):
    """The light of one component of a galaxy, as a function of coordinates on the sky."""

    centre: eqx.AbstractVar[Pair]
    """(y, x) in arcsec of where the light may have a cusp."""

    is_operated: ClassVar[bool] = False
    """Whether it is the emission as observed, already convolved with the PSF."""

    @property
    def members(self) -> tuple["LightProfile", ...]:
        """The profiles that it consists of: itself, unless it is a basis."""
        return (self,)

    @abc.abstractmethod
    def image_at(self, y: Any, x: Any) -> Any:
        """Surface brightness at coordinates (arcsec, any shape), in the unit of the intensity."""

    def image_2d_from(self, grid: Any, operated_only: bool | None = None) -> Any:
        wanted = operated_only is None or operated_only == self.is_operated
        return aa.evaluate(self.image_at if wanted else _darkness, grid)


class RadialLightProfile(EllProfile, LightProfile):
    """A light profile whose isophotes are those of its squared radius: an intensity times a shape."""

    intensity: eqx.AbstractVar[Scalar]  # type: ignore[misc]

    @abc.abstractmethod
    def shape(self, square: Any) -> Any:
        """Surface brightness over `intensity` at a squared eccentric radius, arcsec^2."""

    def image_at(self, y: Any, x: Any) -> Any:
        return self.intensity * self.shape(self.squared_radius(y, x))

    def image_2d_via_radii_from(self, grid_radii: Any) -> Any:
        """Surface brightness at radii, arcsec, any shape: eccentric ones unless the profile says otherwise."""
        return self.intensity * self.shape(self._square_of(jnp.asarray(grid_radii)))

    def luminosity_within_circle_from(self, radius: Any) -> Any:
        r"""The light inside a radius, :math:`2 \pi \int_0^R r I(r) dr`, in the unit of `intensity` times arcsec^2.

        r is the profile's radius: this is the light inside the ellipse of eccentric radius `radius`, arcsec, which is a
        circle for a circular profile.
        """
        radius = jnp.asarray(radius, dtype=float)[..., None]
        brightness = self.image_2d_via_radii_from(radius * RADIAL_NODES)
        return jnp.sum(brightness * RADIAL_WEIGHTS, axis=-1) * radius[..., 0] ** 2

    @property
    def half_light_radius(self) -> Any:
        """Radius that holds half the light, arcsec; None where the profile has no such parameter."""
        return getattr(self, "effective_radius", None)

    def _square_of(self, radius: Any) -> Any:
        """The squared eccentric radius of the profile's own radius."""
        return radius * radius


class LightProfileOperated(LightProfile):
    """Makes the profile that it precedes as a base emission as observed: no PSF is applied to it."""

    is_operated: ClassVar[bool] = True


class LightProfileLinear(LightProfile):
    """Makes the profile that it precedes as a base linear: its intensity is no parameter, a fit solves it.

    By itself it has the intensity 1. In the image of a galaxy it is dark until its intensity is known.
    """

    intensity: ClassVar[Scalar] = 1.0
    ordinary: ClassVar[type[LightProfile]]
    """The class of the same shape with an intensity."""

    def with_intensity(self, intensity: Scalar) -> LightProfile:
        """The same profile with an intensity."""
        fields = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        return self.ordinary(intensity=intensity, **fields)  # type: ignore[call-arg]


def _darkness(y: Any, x: Any) -> Any:
    return jnp.zeros(jnp.shape(y))


def _radial_rule(order: int = 128, grading: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Nodes r in (0, 1) and weights of the integral of 2 pi r f(r), dense towards 0, where light has cusps."""
    t, weights = np.polynomial.legendre.leggauss(order)
    t = (t + 1) / 2
    return t**grading, np.pi * weights * grading * t ** (2 * grading - 1)


RADIAL_NODES, RADIAL_WEIGHTS = _radial_rule()
