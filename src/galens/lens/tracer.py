"""`Tracer`: galaxies at several redshifts, and the light of each bent by the mass in front of it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from galens import array as aa
from galens.errors import CosmologyError, RayTracingError, RayTracingWarning
from galens.galaxy import cosmology as cosmo
from galens.galaxy.galaxies import ByGalaxy, Galaxies, names_and_values
from galens.galaxy.galaxy import Galaxy, light_at, ordinary_members, with_points
from galens.galaxy.luminous import Luminous
from galens.galaxy.massive import Massive, SeveralMasses
from galens.galaxy.profiles.light.base import LightProfile
from galens.galaxy.profiles.light.group import ProfileGroup, grouped
from galens.lens.mass_field import MassField
from galens.lens.planes import Partition, are_known, partition_from, scaling_factors_from

__all__ = ["Tracer"]


class Tracer(Luminous, Massive):
    r"""Galaxies along a line of sight, and what becomes of light that passes them.

    Galaxies of one redshift form a plane. Lengths are in arcsec, and masses in units of the critical surface density
    for light from the last plane: a tracer with two planes does not depend on redshifts or cosmology.
    `galens.lens.planes` has the equation.

    Redshifts and parameters of the cosmology may be free. Where a redshift is traced when the tracer is made, galaxies
    are trusted to be given nearest first, and `is_physical` says whether they are.

    Args:
        galaxies: a sequence of galaxies, a mapping from names to them, or a model instance, in any order.
        cosmology: for distances between planes; None: `Planck15`.
        fields: a `MassField`, or several: mass that belongs to no galaxy.

    Raises:
        RayTracingError: no galaxies, or something without a redshift.
        CosmologyError: `cosmology` is none.

    Warns:
        RayTracingWarning: a galaxy without mass is in front of all mass, or all are at one redshift, and no light is
            behind any mass.
    """

    galaxies: Galaxies
    cosmology: cosmo.FlatwCDM
    fields: tuple[MassField, ...]
    partition: Partition = eqx.field(static=True)

    def __init__(
        self,
        galaxies: Iterable[Galaxy] | Mapping[str, Galaxy],
        cosmology: cosmo.FlatwCDM | None = None,
        fields: MassField | Iterable[MassField] | None = None,
    ) -> None:
        self.galaxies = _galaxies(galaxies)
        self.cosmology = _cosmology(cosmology)
        self.fields = _fields(fields)
        redshifts = [member.redshift for member in self._members]
        self.partition = partition_from(redshifts)
        if are_known(redshifts):
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

    def plane_index_of(self, galaxy: int) -> int:
        """The plane of a galaxy by its place in `galaxies`."""
        return next(index for index, plane in enumerate(self.partition) if galaxy in plane)

    @property
    def upper_plane_index_with_light_profile(self) -> int:
        """The last plane with a light profile; the first where there is none."""
        return max((i for i, plane in enumerate(self.planes) if plane.light_profiles), default=0)

    # ---- rays ------------------------------------------------------------------------------------------------------

    def traced_at(self, y: Any, x: Any, plane_index_limit: int | None = None) -> list[tuple[Any, Any]]:
        """Where rays that are seen at coordinates meet each plane, a (y, x) per plane, arcsec.

        Args:
            y, x: coordinates in the image, arcsec, any shape.
            plane_index_limit: the last plane that is wanted; None: all.
        """
        last = self.total_planes - 1 if plane_index_limit is None else self._plane_index(plane_index_limit)
        masses = self.plane_masses
        factors = scaling_factors_from(self.plane_redshifts, self.cosmology) if last else []
        rays, bent = [(y, x)], []
        for j in range(1, last + 1):
            bent.append(masses[j - 1].deflections_at(*rays[-1]) if masses[j - 1].masses else None)
            to_y, to_x = y, x
            for i, vector in enumerate(bent):
                if vector is not None:
                    to_y, to_x = to_y - factors[i][j] * vector[0], to_x - factors[i][j] * vector[1]
            rays.append((to_y, to_x))
        return rays

    def traced_grid_2d_list_from(self, grid: Any, plane_index_limit: int | None = None) -> list[Any]:
        """The grid where its rays meet each plane, of the kind of `grid`; a `Grid2D` with all points of its
        over-sampling traced too.

        Args:
            grid: `Grid2D`, `Grid2DIrregular` or plain (y, x) coordinates (..., 2), arcsec.
            plane_index_limit: the last plane that is wanted; None: all.
        """
        return aa.moved_grids(jax.tree_util.Partial(_rays, self, plane_index_limit), grid)

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        """(alpha_y, alpha_x), arcsec, from the image to the last plane; those of its mass where there is one plane."""
        if self.total_planes == 1:
            return self.plane_masses[0].deflections_at(y, x)
        to_y, to_x = self.traced_at(y, x)[-1]
        return y - to_y, x - to_x

    def potential_at(self, y: Any, x: Any) -> Any:
        """The sum of all potentials, arcsec^2, at coordinates: of the lens where there is one plane with mass.

        With several, masses are not weighted by their distances, and no potential has the deflections as gradient.
        """
        return self._all_masses.potential_at(y, x)

    def convergence_at(self, y: Any, x: Any) -> Any:
        """The sum of all convergences, not weighted by distances, at coordinates."""
        return self._all_masses.convergence_at(y, x)

    @property
    def _all_masses(self) -> Masses:
        return Masses(tuple(mass for member in self._members for mass in member.masses))

    # ---- images ----------------------------------------------------------------------------------------------------

    @property
    def light_profiles(self) -> list[LightProfile]:
        """The light profiles of all galaxies."""
        return self.galaxies.light_profiles

    @property
    def point_sources(self) -> tuple[Any, ...]:
        return self.planes[0].point_sources

    def image_2d_from(self, grid: Any, operated_only: bool | None = None) -> Any:
        images = self._images(list(enumerate(plane.light_profiles for plane in self.planes)), grid, operated_only)
        return with_points(self, sum(images[1:], start=images[0]), grid, operated_only)

    def image_2d_list_from(self, grid: Any, operated_only: bool | None = None) -> list[Any]:
        """The image of the galaxies of each plane."""
        images = self._images(list(enumerate(plane.light_profiles for plane in self.planes)), grid, operated_only)
        return [with_points(self, images[0], grid, operated_only), *images[1:]]

    def galaxy_image_2d_dict_from(self, grid: Any, operated_only: bool | None = None) -> ByGalaxy:
        """The image of each galaxy, by galaxy."""
        galaxies = self.galaxies.values
        sources = [(self.plane_index_of(i), list(each.light_profiles.values())) for i, each in enumerate(galaxies)]
        images = self._images(sources, grid, operated_only)
        images = [
            with_points(galaxy, image, grid, operated_only) if plane == 0 else image
            for (plane, _), galaxy, image in zip(sources, galaxies, images, strict=True)
        ]
        return ByGalaxy(self.galaxies, images)

    def _images(
        self, sources: Sequence[tuple[int, Sequence[LightProfile]]], grid: Any, operated_only: bool | None
    ) -> list[Any]:
        """The image of each of several (plane, light profiles), without point sources."""
        planes = tuple(plane for plane, _ in sources)
        groups = tuple(grouped(ordinary_members(profiles, operated_only)) for _, profiles in sources)
        images = aa.evaluate(jax.tree_util.Partial(_images_at, self, planes, groups), grid)
        return [jax.tree.map(lambda values, i=i: values[i], images) for i in range(len(sources))]

    # ---- limits ----------------------------------------------------------------------------------------------------

    def is_physical(self) -> Any:
        """Whether all galaxies are, and planes that are trusted to be in the order of their redshifts are so."""
        inside: Any = True
        for member in self._members:
            inside = inside & member.is_physical()
        for nearer, farther in zip(self.plane_redshifts, self.plane_redshifts[1:], strict=False):
            inside = inside & (nearer < farther)
        return inside

    def _plane_index(self, index: int) -> int:
        if not -self.total_planes <= index < self.total_planes:
            raise RayTracingError(f"there is no plane {index}: the tracer has {self.total_planes}.")
        return index % self.total_planes

    def _warn_if_nothing_is_lensed(self) -> None:
        heavy = [index for index, masses in enumerate(self.plane_masses) if masses.masses]
        luminous = [i for i, plane in enumerate(self.planes) if any(_shines(galaxy) for galaxy in plane)]
        light_alone = [
            (name, galaxy) for name, galaxy in self.galaxies_by_name.items() if _shines(galaxy) and not galaxy.masses
        ]
        if not heavy or not light_alone or max(luminous) > heavy[0]:
            return
        name, galaxy = light_alone[-1]
        warnings.warn(
            f"no light is behind any mass, so that nothing is lensed: {name} has light, no mass and the redshift "
            f"{float(galaxy.redshift):g}; the nearest mass is at {float(self.plane_redshifts[heavy[0]]):g}.",
            RayTracingWarning,
            stacklevel=4,
        )

    @property
    def galaxies_by_name(self) -> dict[str, Galaxy]:
        return dict(zip(self.galaxies.names, self.galaxies.values, strict=True))


class Masses(SeveralMasses):
    """Mass profiles, whosesoever they are."""

    profiles: tuple[Massive, ...]

    @property
    def masses(self) -> tuple[Massive, ...]:
        return self.profiles


def _rays(tracer: Tracer, plane_index_limit: int | None, y: Any, x: Any) -> list[tuple[Any, Any]]:
    return tracer.traced_at(y, x, plane_index_limit)


def _images_at(
    tracer: Tracer, planes: tuple[int, ...], groups: tuple[tuple[ProfileGroup, ...], ...], y: Any, x: Any
) -> Any:
    """Surface brightness (sources, ...) at coordinates in the image (...)."""
    reached = max((plane for plane, several in zip(planes, groups, strict=True) if several), default=0)
    rays = tracer.traced_at(y, x, reached)
    return jnp.stack(
        [
            light_at(several, *rays[plane]) if several else jnp.zeros(jnp.shape(y))
            for plane, several in zip(planes, groups, strict=True)
        ]
    )


def _shines(galaxy: Galaxy) -> bool:
    return bool(galaxy.light_profiles)


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
