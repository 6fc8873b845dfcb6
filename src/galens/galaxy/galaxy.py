"""`Galaxy`: a redshift and the profiles that are at it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from galens import array as aa
from galens.errors import ProfileError
from galens.galaxy.luminous import Luminous
from galens.galaxy.massive import Massive, SeveralMasses
from galens.galaxy.profiles.light.base import LightProfile, LightProfileLinear, RadialLightProfile
from galens.galaxy.profiles.light.group import ProfileGroup, grouped
from galens.galaxy.profiles.light.snr import LightProfileSNR
from galens.galaxy.profiles.light.standard.sky import Sky
from galens.galaxy.profiles.mass.base import MassProfile
from galens.galaxy.profiles.parameters import Scalar
from galens.numerics.radial_integral import half_radius

__all__ = ["Galaxy", "light_at", "ordinary_members", "with_points"]


def ordinary_members(profiles: Iterable[LightProfile], operated_only: bool | None = None) -> list[LightProfile]:
    """The profiles that have an intensity, members of bases one by one: operated ones, others, or (None) both."""
    members = [member for profile in profiles for member in profile.members]
    return [
        each
        for each in members
        if not isinstance(each, LightProfileLinear) and operated_only in (None, each.is_operated)
    ]


def light_at(groups: Sequence[ProfileGroup], y: Any, x: Any) -> Any:
    """Summed surface brightness of profiles at coordinates, arcsec; zero where there are no profiles."""
    images = [group.image_at(y, x) for group in groups]
    return sum(images[1:], start=images[0]) if images else jnp.zeros(jnp.shape(y))


def with_points(source: Luminous, image: Any, grid: Any, operated_only: bool | None) -> Any:
    """The image on a grid of a source, whose point sources are not in `image`; only all of it has them."""
    points = source.point_sources if operated_only is None else ()
    return sum((each.image_2d_from(grid) for each in points), start=image)


class Galaxy(Luminous, SeveralMasses):
    """A galaxy: named components at one redshift.

    Components are attributes: ``Galaxy(redshift=0.5, bulge=lp.Sersic()).bulge``. All of them are leaves or parts of the
    pytree, so a derivative with respect to a galaxy is a galaxy.

    Args:
        redshift: 0 or more.
        components: light profiles and whatever else belongs to a galaxy, each by a name.

    Raises:
        ProfileError: a negative redshift, or a component that is a list or a class, or has the name of a method.
    """

    redshift: Scalar
    values: tuple[Any, ...]
    names: tuple[str, ...] = eqx.field(static=True)

    def __init__(self, redshift: Scalar, **components: Any) -> None:
        if not isinstance(redshift, jax.core.Tracer) and not np.all(np.asarray(redshift) >= 0.0):
            raise ProfileError(f"Galaxy: redshift is {redshift}, but must be at least 0.")
        for name, component in components.items():
            if hasattr(type(self), name) or name in ("names", "values"):
                raise ProfileError(f"Galaxy: a component cannot be called {name!r}, which galaxies have already.")
            if isinstance(component, list | tuple | dict | type):
                raise ProfileError(
                    f"Galaxy: {name} is {component!r}, but must be one profile; give each profile a name of its own: "
                    f"Galaxy(redshift=0.5, bulge=lp.Sersic(), disk=lp.Exponential())."
                )
        self.redshift = float(redshift) if isinstance(redshift, int) else redshift
        self.values = tuple(components.values())
        self.names = tuple(components)

    def __getattr__(self, name: str) -> Any:
        names = self.__dict__.get("names", ())
        if name in names:
            return self.values[names.index(name)]
        close = difflib.get_close_matches(name, names, 1)
        raise AttributeError(
            f"Galaxy has no attribute {name!r}"
            + (f"; did you mean {close[0]!r}?" if close else f"; its components are: {', '.join(names) or 'none'}.")
        )

    def __repr__(self) -> str:
        components = "".join(f", {name}={value!r}" for name, value in self.components.items())
        return f"Galaxy(redshift={self.redshift!r}{components})"

    def _repr_html_(self) -> str:
        from galens.galaxy.notebook import galaxy_html

        return galaxy_html(self)

    def is_physical(self) -> Any:
        """Whether the redshift and all components are inside their bounds: a bool, traced where a parameter is."""
        inside = self.redshift >= 0.0
        for component in self.values:
            if hasattr(component, "is_physical"):
                inside = inside & component.is_physical()
        return inside

    @property
    def components(self) -> dict[str, Any]:
        """All components by name."""
        return dict(zip(self.names, self.values, strict=True))

    @property
    def light_profiles(self) -> dict[str, LightProfile]:
        """The light profiles by name."""
        return {name: value for name, value in self.components.items() if isinstance(value, LightProfile)}

    @property
    def mass_profiles(self) -> dict[str, MassProfile]:
        """The mass profiles by name."""
        return {name: value for name, value in self.components.items() if isinstance(value, MassProfile)}

    @property
    def masses(self) -> tuple[Massive, ...]:
        return tuple(self.mass_profiles.values())

    def has(self, cls: type | tuple[type, ...]) -> bool:
        """Whether a component is of a class."""
        return any(isinstance(value, cls) for value in self.values)

    def cls_list_from(self, cls: type | tuple[type, ...], cls_filtered: type | None = None) -> list[Any]:
        """The components of a class, but not those of `cls_filtered`."""
        found = [value for value in self.values if isinstance(value, cls)]
        return [value for value in found if cls_filtered is None or not isinstance(value, cls_filtered)]

    def extract_attribute(self, cls: type | tuple[type, ...], attr_name: str) -> list[Any]:
        """The values of an attribute of all components of a class that have it."""
        return [getattr(value, attr_name) for value in self.cls_list_from(cls) if hasattr(value, attr_name)]

    @property
    def point_sources(self) -> tuple[Any, ...]:
        return tuple(point for profile in self.light_profiles.values() for point in profile.point_sources)

    def image_2d_from(self, grid: Any, operated_only: bool | None = None) -> Any:
        chosen = ordinary_members(self.light_profiles.values(), operated_only)
        image = aa.evaluate(jax.tree_util.Partial(light_at, grouped(chosen)), grid)
        return with_points(self, image, grid, operated_only)

    def image_2d_list_from(self, grid: Any, operated_only: bool | None = None) -> list[Any]:
        """The image of each light profile on a grid."""
        return [profile.image_2d_from(grid, operated_only) for profile in self.light_profiles.values()]

    def snr_light_profiles_to_light_profiles_from(
        self, grid: aa.Grid2D, exposure_time: float, background_sky_level: float = 0.0, psf: aa.Convolver | None = None
    ) -> Galaxy:
        """The galaxy whose profiles of the family `lp_snr` have the intensities that an exposure asks for.

        Simulators do this by themselves.

        Args:
            grid, exposure_time, background_sky_level, psf: as of `LightProfileSNR.intensity_from`.
        """
        if not self.has(LightProfileSNR):
            return self
        exposure = (grid, exposure_time, background_sky_level, psf)
        components = {
            name: value.with_intensity_from(*exposure) if isinstance(value, LightProfileSNR) else value
            for name, value in self.components.items()
        }
        return Galaxy(redshift=self.redshift, **components)

    def luminosity_within_circle_from(self, radius: Any) -> Any:
        """The light of all radial profiles within a radius, arcsec, of their own centre; linear ones have none."""
        luminosities = [each.luminosity_within_circle_from(radius) for each in self._radial_profiles]
        return sum(luminosities, start=jnp.zeros(()))

    def total_flux_from(self, pixel_scales: float | Sequence[float]) -> Any:
        """The light of all profiles on the whole sky in the unit of the data; infinite where one's is.

        Linear profiles have none until their intensity is solved; a sky background is not the galaxy's.

        Args:
            pixel_scales: side of a pixel, arcsec, one number or (y, x).
        """
        members = [each for each in ordinary_members(self.light_profiles.values()) if not isinstance(each, Sky)]
        return sum((each.total_flux_from(pixel_scales) for each in members), start=jnp.zeros(()))

    @property
    def half_light_radius(self) -> Any:
        """Radius that holds half the light of all radial profiles, each about its own centre, arcsec.

        None where there is no such profile, infinite where their light is.
        """
        profiles = self._radial_profiles
        if len(profiles) < 2:
            return profiles[0].half_light_radius if profiles else None
        return half_radius(self.luminosity_within_circle_from, sum(each.total_flux for each in profiles))

    @property
    def _radial_profiles(self) -> list[RadialLightProfile]:
        members = ordinary_members(self.light_profiles.values())
        return [each for each in members if isinstance(each, RadialLightProfile)]
