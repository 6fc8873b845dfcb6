"""Galaxies and their linear profiles by name, and with the intensities that a fit solved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import equinox as eqx

from galens.galaxy.galaxies import Galaxies
from galens.galaxy.galaxy import Galaxy
from galens.galaxy.imaging.linear import LinearLight, Regularized
from galens.galaxy.profiles.light.base import LightProfile, LightProfileLinear
from galens.galaxy.profiles.light.basis import Basis

__all__ = ["ByProfile", "linear_profiles", "regularized_bases", "solved_galaxies"]

Named = tuple[tuple[str, LightProfileLinear], ...]


class ByProfile(Mapping[str, Any]):
    """A number for each linear profile, by name or by the profile itself.

    Iteration gives the names. A profile is recognised if it is the one of the fit, or equal to it in all its numbers.
    """

    def __init__(self, profiles: Named, values: Sequence[Any]) -> None:
        self._profiles = profiles
        self._values = dict(zip((name for name, _ in profiles), values, strict=True))

    def __getitem__(self, key: str | LightProfile) -> Any:
        if isinstance(key, LightProfile):
            return self._values[self._name_of(key)]
        if key not in self._values:
            raise KeyError(f"there is no linear profile {key!r}; there are: {', '.join(self._values) or 'none'}")
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"ByProfile({ ({name: float(value) for name, value in self._values.items()})!r})"

    def _name_of(self, profile: LightProfile) -> str:
        for name, each in self._profiles:
            if each is profile:
                return name
        for name, each in self._profiles:
            if bool(eqx.tree_equal(each, profile)):
                return name
        raise KeyError(f"{profile!r} is none of the linear profiles {', '.join(self._values) or 'none'}")


def linear_profiles(galaxies: Galaxies) -> Named:
    """Linear profiles by name, in the order of galaxies, components and members of bases."""
    found: list[tuple[str, LightProfileLinear]] = []
    for galaxy_name, galaxy in zip(galaxies.names, galaxies, strict=True):
        for name, profile in galaxy.light_profiles.items():
            where = f"{galaxy_name}.{name}"
            for index, member in enumerate(profile.members):
                if isinstance(member, LightProfileLinear):
                    label = f"{where}.profile_list.{index}" if isinstance(profile, Basis) else where
                    found.append((label, member))
    return tuple(found)


def regularized_bases(galaxies: Galaxies) -> tuple[Regularized, ...]:
    """Regularized bases, and which of the linear profiles they hold."""
    found, start = [], 0
    for profile in galaxies.light_profiles:
        count = sum(isinstance(member, LightProfileLinear) for member in profile.members)
        if isinstance(profile, Basis) and profile.regularization is not None:
            found.append(Regularized(profile.regularization, start, start + count))
        start += count
    return tuple(found)


def solved_galaxies(galaxies: Galaxies, linear: LinearLight) -> Galaxies:
    """Galaxies whose linear profiles are replaced by ordinary ones of the solved intensities."""
    intensities = iter(linear.reconstruction)

    def solved(component: Any) -> Any:
        if isinstance(component, LightProfileLinear):
            return component.with_intensity(next(intensities))
        if isinstance(component, Basis):
            return Basis([solved(member) for member in component.profile_list])
        return component

    return Galaxies(
        {
            name: Galaxy(galaxy.redshift, **{key: solved(value) for key, value in galaxy.components.items()})
            for name, galaxy in zip(galaxies.names, galaxies, strict=True)
        }
    )
