"""What all light profiles share: from one formula on coordinates to images on grids."""

import abc
import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import equinox as eqx
import jax.numpy as jnp

from galens import array as aa
from galens.array.geometry import pixel_scales_from
from galens.galaxy.geometry import EllProfile
from galens.galaxy.luminous import Luminous
from galens.galaxy.profiles.parameters import Pair, Profile, Scalar
from galens.numerics.radial_integral import disk_integral, half_radius, plane_integral

__all__ = ["CUSP", "LightProfile", "LightProfileLinear", "LightProfileOperated", "RadialLightProfile"]

CUSP = 1e-6
"""Arcsec: a profile that is infinitely bright at its centre is, within this radius, as bright as there."""

SMALLEST_SCALE = 1e-20
"""Arcsec: lengths in denominators are at least this, where the light away from the centre is zero long since."""


class LightProfile(Profile, Luminous):
    """The light of one component of a galaxy, as a function of coordinates on the sky."""

    centre: eqx.AbstractVar[Pair]
    """(y, x) in arcsec of where the light may have a cusp."""

    PLACE: ClassVar[tuple[str, ...]] = ("centre",)
    """Names of the parameters that profiles share which are evaluated together."""

    is_operated: ClassVar[bool] = False
    """Whether it is the emission as observed, already convolved with the PSF."""

    def _repr_html_(self) -> str:
        from galens.galaxy.notebook import profile_html

        return profile_html(self)

    is_point: ClassVar[bool] = False
    """Whether it is a point, whose image is the PSF itself: an `intensity` at a `centre`."""

    @property
    def members(self) -> tuple["LightProfile", ...]:
        """The profiles that it consists of: itself, unless it is a basis."""
        return (self,)

    @property
    def point_sources(self) -> tuple[Any, ...]:
        """Those of its members that are points and have an intensity."""
        return tuple(each for each in self.members if each.is_point and not isinstance(each, LightProfileLinear))

    @property
    def extent(self) -> Any:
        """Radius, arcsec, beyond which less than 1e-13 of the central brightness is left; None: not known."""
        return None

    @abc.abstractmethod
    def image_at(self, y: Any, x: Any) -> Any:
        """Surface brightness at coordinates (arcsec, any shape), in the unit of the intensity."""

    @property
    @abc.abstractmethod
    def total_flux(self) -> Any:
        """The light on the whole sky, brightness integrated over arcsec^2: unit of the intensity times arcsec^2.

        Infinite where the integral diverges. Images hold brightness per pixel, so that this over the area of a pixel is
        the sum over all pixels: `total_flux_from`.
        """

    def total_flux_from(self, pixel_scales: float | Sequence[float]) -> Any:
        """The light on the whole sky in the unit of the data: the sum of the image on an endless array.

        Args:
            pixel_scales: side of a pixel, arcsec, one number or (y, x).
        """
        sides = pixel_scales_from(pixel_scales)
        return self.total_flux / (sides[0] * sides[1])

    @property
    def half_light_radius(self) -> Any:
        """Radius that holds half the light, arcsec; None for light that is not around a centre."""
        return None

    def image_2d_from(self, grid: Any, operated_only: bool | None = None) -> Any:
        wanted = operated_only is None or operated_only == self.is_operated
        return aa.evaluate(self.image_at if wanted else _darkness, grid)


class RadialLightProfile(EllProfile, LightProfile):
    """A light profile whose isophotes are those of its squared radius: an intensity times a shape."""

    intensity: eqx.AbstractVar[Scalar]  # type: ignore[misc]

    @abc.abstractmethod
    def shape(self, square: Any) -> Any:
        """Surface brightness over `intensity` at a squared eccentric radius, arcsec^2."""

    def steep_shape(self, square: Any) -> Any:
        """`shape`, whose slope is exact also where that of an image had better fall: next to the centre.

        Mass is an integral over many radii, which must not miss a slope.
        """
        return self.shape(square)

    def bare_at(self, y: Any, x: Any) -> tuple[Self, Any]:
        """The profile without what the coordinates can stand for, and the squares at which its `shape` is that of this
        profile at coordinates: no derivative by what it lacks need be computed.
        """
        names = [name for name in self.PLACE if name != "ell_comps"]  # on which a shape may depend
        bare = eqx.tree_at(lambda each: [getattr(each, name) for name in names], self, [(0.0, 0.0)] * len(names))
        return bare, self.squared_radius(y, x)

    @property
    def brightness(self) -> Any:
        """The factor of `shape` in an image: the intensity, unless a fit solves it."""
        return self.intensity

    def image_at(self, y: Any, x: Any) -> Any:
        return self.brightness * self.shape(self.squared_radius(y, x))

    def image_2d_via_radii_from(self, grid_radii: Any) -> Any:
        """Surface brightness at radii, arcsec, any shape: eccentric ones unless the profile says otherwise."""
        return self.brightness * self.shape(self._square_of(jnp.asarray(grid_radii)))

    def luminosity_within_circle_from(self, radius: Any) -> Any:
        """The light inside a radius, in the unit of `intensity` times arcsec^2.

        The radius is the eccentric one, sqrt(q) times that along the major axis, arcsec: this is the light inside the
        isophote that has the area of a circle of that radius, which for a circular profile it is.
        """
        return self.brightness * self.isophote_area() * self.shape_within(jnp.asarray(radius, dtype=float))

    @property
    def total_flux(self) -> Any:
        return self.brightness * self.isophote_area() * self.shape_total()

    @property
    def half_light_radius(self) -> Any:
        """Eccentric radius of the isophote that holds half the light, arcsec; infinite where the light is."""
        return half_radius(self.shape_within, self.shape_total())

    def shape_within(self, radius: Any) -> Any:
        """Integral of `shape` over a disk of a radius, arcsec, any shape."""
        return disk_integral(self.shape, radius)

    def shape_total(self) -> Any:
        """Integral of `shape` over the plane, arcsec^2; infinite where it diverges."""
        return plane_integral(self.shape)

    def isophote_area(self) -> Any:
        """Area inside the isophote of radius R, over pi R^2."""
        return 1.0

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
