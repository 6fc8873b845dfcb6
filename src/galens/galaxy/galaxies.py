"""`Galaxies`: several galaxies together, and what is known of each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import equinox as eqx
import jax

from galens import array as aa
from galens.errors import ProfileError
from galens.galaxy.galaxy import Galaxy, light_at, ordinary_members, with_points
from galens.galaxy.luminous import Luminous
from galens.galaxy.massive import Massive, SeveralMasses
from galens.galaxy.profiles.light.base import LightProfile
from galens.galaxy.profiles.light.group import grouped

__all__ = ["ByGalaxy", "Galaxies", "names_and_values"]


class Galaxies(Luminous, SeveralMasses):
    """Galaxies whose light, and whose deflections, add up.

    Args:
        galaxies: a sequence of galaxies, a mapping from names to them, or a model instance. Without names they are
            "galaxy_0", "galaxy_1", ...

    Raises:
        ProfileError: something is not a galaxy.
    """

    values: tuple[Galaxy, ...]
    names: tuple[str, ...] = eqx.field(static=True)

    def __init__(self, galaxies: Iterable[Galaxy] | Mapping[str, Galaxy] = ()) -> None:
        names, values = names_and_values(galaxies)
        for value in values:
            if not isinstance(value, Galaxy):
                raise ProfileError(f"Galaxies: {value!r} is not a Galaxy.")
        self.values = values
        self.names = names

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Galaxy]:
        return iter(self.values)

    def __getitem__(self, key: int | str) -> Galaxy:
        return self.values[key if isinstance(key, int) else self.names.index(key)]

    def __repr__(self) -> str:
        return "Galaxies(" + ", ".join(f"{n}={v!r}" for n, v in zip(self.names, self.values, strict=True)) + ")"

    def _repr_html_(self) -> str:
        from galens.galaxy.notebook import galaxies_html

        return galaxies_html(self)

    @property
    def redshifts(self) -> list[Any]:
        return [galaxy.redshift for galaxy in self.values]

    @property
    def light_profiles(self) -> list[LightProfile]:
        """The light profiles of all galaxies."""
        return [profile for galaxy in self.values for profile in galaxy.light_profiles.values()]

    @property
    def masses(self) -> tuple[Massive, ...]:
        return self.values

    def has(self, cls: type | tuple[type, ...]) -> bool:
        """Whether a component of a galaxy is of a class."""
        return any(galaxy.has(cls) for galaxy in self.values)

    def cls_list_from(self, cls: type | tuple[type, ...], cls_filtered: type | None = None) -> list[Any]:
        """The components of a class, but not those of `cls_filtered`."""
        return [value for galaxy in self.values for value in galaxy.cls_list_from(cls, cls_filtered)]

    def extract_attribute(self, cls: type | tuple[type, ...], attr_name: str) -> list[Any]:
        """The values of an attribute of all components of a class that have it."""
        return [value for galaxy in self.values for value in galaxy.extract_attribute(cls, attr_name)]

    @property
    def point_sources(self) -> tuple[Any, ...]:
        return tuple(point for galaxy in self.values for point in galaxy.point_sources)

    def image_2d_from(self, grid: Any, operated_only: bool | None = None) -> Any:
        chosen = ordinary_members(self.light_profiles, operated_only)
        image = aa.evaluate(jax.tree_util.Partial(light_at, grouped(chosen)), grid)
        return with_points(self, image, grid, operated_only)

    def image_2d_list_from(self, grid: Any, operated_only: bool | None = None) -> list[Any]:
        """The image of each galaxy on a grid."""
        return [galaxy.image_2d_from(grid, operated_only) for galaxy in self.values]

    def galaxy_image_2d_dict_from(self, grid: Any, operated_only: bool | None = None) -> ByGalaxy:
        """The image of each galaxy on a grid, by galaxy."""
        return ByGalaxy(self, self.image_2d_list_from(grid, operated_only))

    def snr_light_profiles_to_light_profiles_from(
        self, grid: aa.Grid2D, exposure_time: float, background_sky_level: float = 0.0, psf: aa.Convolver | None = None
    ) -> Galaxies:
        """`Galaxy.snr_light_profiles_to_light_profiles_from` of each galaxy."""
        exposure = (grid, exposure_time, background_sky_level, psf)
        galaxies = [each.snr_light_profiles_to_light_profiles_from(*exposure) for each in self.values]
        return Galaxies(dict(zip(self.names, galaxies, strict=True)))

    def luminosity_within_circle_from(self, radius: Any) -> Any:
        """The light of all radial profiles within a radius, arcsec, of their own centre."""
        return sum(galaxy.luminosity_within_circle_from(radius) for galaxy in self.values)

    def total_flux_from(self, pixel_scales: float | Sequence[float]) -> Any:
        """The light of all galaxies on the whole sky in the unit of the data: see `Galaxy.total_flux_from`."""
        return sum(galaxy.total_flux_from(pixel_scales) for galaxy in self.values)


class ByGalaxy(Mapping[str, Any]):
    """Something for each galaxy, by name, by index or by the galaxy itself.

    Iteration gives the names. A galaxy is recognised if it is the one of the fit, or equal to it in all its numbers;
    of equal galaxies it is the first, so names are the safe keys.
    """

    def __init__(self, galaxies: Galaxies, values: Sequence[Any]) -> None:
        self._galaxies = galaxies
        self._values = tuple(values)

    def __getitem__(self, key: str | int | Galaxy) -> Any:
        if isinstance(key, int):
            return self._values[key]
        if isinstance(key, Galaxy):
            return self._values[self._index_of(key)]
        if key not in self._galaxies.names:
            raise KeyError(f"there is no galaxy {key!r}; there are: {', '.join(self._galaxies.names)}")
        return self._values[self._galaxies.names.index(key)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._galaxies.names)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"ByGalaxy({dict(zip(self._galaxies.names, self._values, strict=True))!r})"

    def _index_of(self, galaxy: Galaxy) -> int:
        for index, each in enumerate(self._galaxies):
            if each is galaxy:
                return index
        for index, each in enumerate(self._galaxies):
            if bool(eqx.tree_equal(each, galaxy)):
                return index
        raise KeyError(f"{galaxy!r} is none of the galaxies {', '.join(self._galaxies.names)}")


def names_and_values(galaxies: Any, label: str = "galaxy") -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Names and members of galaxies however they are grouped; where a name is missing or a number, label_number."""
    if isinstance(galaxies, Galaxies):
        return galaxies.names, galaxies.values
    if isinstance(galaxies, Galaxy):
        raise ProfileError(f"Galaxies takes a sequence of galaxies, got one: {galaxies!r}.")
    # A mapping, or a model instance, which has the same methods but iterates over its members.
    pairs = galaxies.items() if hasattr(galaxies, "items") else enumerate(galaxies)
    named = [(f"{label}_{name}" if str(name).isdigit() else str(name), value) for name, value in pairs]
    return tuple(name for name, _ in named), tuple(value for _, value in named)
