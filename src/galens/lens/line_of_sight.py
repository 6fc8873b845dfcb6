"""`LineOfSight`: galaxies and fields sorted into planes, and what is where."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import equinox as eqx

from galens.errors import CosmologyError, RayTracingError, RayTracingWarning
from galens.galaxy import cosmology as cosmo
from galens.galaxy.galaxies import Galaxies, names_and_values
from galens.galaxy.galaxy import Galaxy
from galens.galaxy.massive import Massive, SeveralMasses
from galens.lens.mass_field import MassField
from galens.lens.planes import Partition, are_known, partition_from

__all__ = ["LineOfSight", "Masses"]

SAME_REDSHIFT = 1e-8


class LineOfSight(eqx.Module):
    """Galaxies and fields by their redshifts; arguments and errors are those of `Tracer`."""

    galaxies: Galaxies
    cosmology: cosmo.FlatwCDM
    fields: tuple[MassField, ...]
    partition: Partition = eqx.field(static=True)
    in_order: bool = eqx.field(static=True)

    def __init__(
        self,
        galaxies: Iterable[Galaxy] | Mapping[str, Galaxy],
        cosmology: cosmo.FlatwCDM | None = None,
        fields: MassField | Iterable[MassField] | None = None,
        farthest: str | None = None,
    ) -> None:
        self.galaxies = _galaxies(galaxies)
        self.cosmology = _cosmology(cosmology)
        self.fields = _fields(fields)
        redshifts = [member.redshift for member in self._members]
        self.partition = partition_from(redshifts, None if farthest is None else self.galaxies.names.index(farthest))
        self.in_order = are_known(redshifts)
        self._require_no_point_source_behind_mass()
        if self.in_order:
            self._warn_if_nothing_is_lensed()

    # ---- planes ----------------------------------------------------------------------------------------------------

    @property
    def _members(self) -> tuple[Galaxy | MassField, ...]:
        return (*self.galaxies.values, *self.fields)

    @property
    def total_planes(self) -> int:
        return len(self.partition)

    @property
    def planes(self) -> list[Galaxies]:
        """The galaxies of each plane by their names, nearest plane first; none where a plane has but fields."""
        names, values = self.galaxies.names, self.galaxies.values
        return [Galaxies({names[i]: values[i] for i in plane if i < len(values)}) for plane in self.partition]

    @property
    def plane_redshifts(self) -> list[Any]:
        """The redshift of each plane, ascending."""
        return [self._members[plane[0]].redshift for plane in self.partition]

    @property
    def plane_masses(self) -> list[Masses]:
        """All that deflects light in each plane."""
        return [Masses(tuple(m for i in plane for m in self._members[i].masses)) for plane in self.partition]

    @property
    def upper_plane_index_with_light_profile(self) -> int:
        """The last plane with a light profile; the first where there is none."""
        return max((i for i, plane in enumerate(self.planes) if plane.light_profiles), default=0)

    @property
    def plane_indexes_with_light_profiles(self) -> list[int]:
        """The planes with light profiles."""
        return [i for i, plane in enumerate(self.planes) if plane.light_profiles]

    def plane_index_via_redshift_from(self, redshift: float) -> int | None:
        """The plane at a redshift, to 1e-8; None where there is none."""
        distances = [abs(float(each) - redshift) for each in self.plane_redshifts]
        return distances.index(min(distances)) if min(distances) < SAME_REDSHIFT else None

    def plane_index_of(self, galaxy: int | str) -> int:
        """The plane of a galaxy, by its place in `galaxies` or its name.

        Raises:
            RayTracingError: there is no galaxy of this name.
        """
        names = self.galaxies.names
        if isinstance(galaxy, str) and galaxy not in names:
            raise RayTracingError(f"there is no galaxy {galaxy!r}; there are: {', '.join(names)}.")
        place = names.index(galaxy) if isinstance(galaxy, str) else galaxy
        return next(index for index, plane in enumerate(self.partition) if place in plane)

    def lens_planes_of(self, plane_index: int) -> list[int]:
        """The planes with mass that bends light from a plane; where redshifts are traced, those that may."""
        before = range(plane_index) if self.in_order else range(self.total_planes - 1)
        return [i for i in before if i != plane_index and self.plane_masses[i].masses]

    # ---- components ------------------------------------------------------------------------------------------------

    def has(self, cls: type | tuple[type, ...]) -> bool:
        """Whether a component of a galaxy is of a class."""
        return self.galaxies.has(cls)

    def cls_list_from(self, cls: type | tuple[type, ...], cls_filtered: type | None = None) -> list[Any]:
        """The components of a class, but not those of `cls_filtered`, of all galaxies."""
        return self.galaxies.cls_list_from(cls, cls_filtered)

    def extract_attribute(self, cls: type | tuple[type, ...], attr_name: str) -> list[Any]:
        """The values of an attribute of all components of a class that have it."""
        return self.galaxies.extract_attribute(cls, attr_name)

    def extract_attributes_of_planes(
        self, cls: type | tuple[type, ...], attr_name: str, filter_nones: bool = False
    ) -> list[list[Any]]:
        """`extract_attribute` of each plane; with `filter_nones` only of planes that have it."""
        found = [plane.extract_attribute(cls, attr_name) for plane in self.planes]
        return [each for each in found if each or not filter_nones]

    def extract_attributes_of_galaxies(
        self, cls: type | tuple[type, ...], attr_name: str, filter_nones: bool = False
    ) -> list[list[Any]]:
        """`extract_attribute` of each galaxy; with `filter_nones` only of galaxies that have it."""
        found = [galaxy.extract_attribute(cls, attr_name) for galaxy in self.galaxies]
        return [each for each in found if each or not filter_nones]

    def extract_profile(self, profile_name: str) -> Any:
        """The component of this name, of the first galaxy that has one.

        Raises:
            RayTracingError: no galaxy has one.
        """
        return self._named(profile_name)[1]

    def extract_plane_index_of_profile(self, profile_name: str) -> int:
        """The plane of `extract_profile`."""
        return self.plane_index_of(self._named(profile_name)[0])

    def _named(self, profile_name: str) -> tuple[str, Any]:
        for name, galaxy in zip(self.galaxies.names, self.galaxies, strict=True):
            if profile_name in galaxy.components:
                return name, galaxy.components[profile_name]
        known = sorted({name for galaxy in self.galaxies for name in galaxy.components})
        raise RayTracingError(f"no galaxy has a component {profile_name!r}; there are: {', '.join(known)}.")

    # ---- limits ----------------------------------------------------------------------------------------------------

    def is_physical(self) -> Any:
        """Whether all galaxies are, and the last plane is behind the others."""
        inside: Any = True
        for member in self._members:
            inside = inside & member.is_physical()
        *nearer, last = self.plane_redshifts
        for each in nearer:
            inside = inside & (each < last)
        return inside

    def _plane_index(self, index: int) -> int:
        if not -self.total_planes <= index < self.total_planes:
            raise RayTracingError(f"there is no plane {index}: the tracer has {self.total_planes}.")
        return index % self.total_planes

    def _require_no_point_source_behind_mass(self) -> None:
        for index, plane in enumerate(self.planes):
            for name, galaxy in zip(plane.names, plane, strict=True):
                if galaxy.point_sources and self.lens_planes_of(index):
                    raise RayTracingError(
                        f"Tracer: {name} has a point source of the PSF's shape (lp.PointSource) behind mass, whose "
                        f"images have no shape that a grid can show; give it a small size, such as lp.Gaussian."
                    )

    def _warn_if_nothing_is_lensed(self) -> None:
        heavy = [float(self.plane_redshifts[i]) for i, masses in enumerate(self.plane_masses) if masses.masses]
        shining = {
            name: galaxy
            for name, galaxy in zip(self.galaxies.names, self.galaxies, strict=True)
            if galaxy.light_profiles
        }
        massless = [name for name, galaxy in shining.items() if not galaxy.masses]
        if not heavy or not massless or max(float(galaxy.redshift) for galaxy in shining.values()) > heavy[0]:
            return
        warnings.warn(
            f"no light is behind any mass, so that nothing is lensed: {massless[-1]} has light, no mass and the "
            f"redshift {float(shining[massless[-1]].redshift):g}; the nearest mass is at {heavy[0]:g}.",
            RayTracingWarning,
            stacklevel=5,
        )


class Masses(SeveralMasses):
    """Mass profiles, whosesoever they are."""

    profiles: tuple[Massive, ...]

    @property
    def masses(self) -> tuple[Massive, ...]:
        return self.profiles


def _galaxies(galaxies: Any) -> Galaxies:
    names, values = names_and_values(galaxies)
    for name, value in zip(names, values, strict=True):
        if not isinstance(value, Galaxy):
            raise RayTracingError(
                f"Tracer: {name} is {value!r}, but must be a Galaxy, which has a redshift: "
                f"Galaxy(redshift=0.5, mass=mp.Isothermal())."
            )
    if not values:
        raise RayTracingError("Tracer: there are no galaxies.")
    return galaxies if isinstance(galaxies, Galaxies) else Galaxies(dict(zip(names, values, strict=True)))


def _fields(fields: Any) -> tuple[MassField, ...]:
    values = (fields,) if isinstance(fields, MassField) else names_and_values(() if fields is None else fields)[1]
    for value in values:
        if not isinstance(value, MassField):
            raise RayTracingError(f"Tracer: fields are MassFields, got {value!r}.")
    return tuple(values)


def _cosmology(cosmology: Any) -> cosmo.FlatwCDM:
    if cosmology is None:
        return cosmo.Planck15()
    if not isinstance(cosmology, cosmo.FlatwCDM):
        known = ", ".join(f"{name}()" for name in sorted(cosmo.__all__))
        raise CosmologyError(f"Tracer: cosmology is {cosmology!r}, but must be one of galens.lens.cosmo: {known}.")
    return cosmology
