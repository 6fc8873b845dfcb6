"""`Tracer`: galaxies at several redshifts, and the light of each bent by the mass in front of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from galens import array as aa
from galens.errors import RayTracingError
from galens.galaxy.cosmology import FlatwCDM
from galens.galaxy.galaxies import ByGalaxy
from galens.galaxy.galaxy import Galaxy, light_at, ordinary_members, with_points
from galens.galaxy.luminous import Luminous
from galens.galaxy.massive import Massive
from galens.galaxy.profiles.light.base import LightProfile
from galens.galaxy.profiles.light.group import ProfileGroup, grouped
from galens.galaxy.profiles.light.snr import LightProfileSNR
from galens.lens.line_of_sight import LineOfSight, Masses
from galens.lens.mass_field import MassField
from galens.lens.picture import Picture
from galens.lens.planes import are_known, scaling_factors_from, scaling_factors_to
from galens.lens.time_delays import arrival_time_at, fermat_potential_at, geometry_term_at

__all__ = ["Tracer"]


class Tracer(Luminous, Massive, LineOfSight):
    r"""Galaxies along a line of sight, and what becomes of light that passes them.

    Galaxies of one redshift form a plane. Lengths are in arcsec, and masses in units of the critical surface density
    for light from the last plane: a tracer with two planes does not depend on redshifts or cosmology.
    `galens.lens.planes` has the equation.

    Redshifts and parameters of the cosmology may be free. Where a redshift is traced when the tracer is made, planes
    are listed as they are given, and may have any redshifts but for the last one: it must be the farthest, and
    `is_physical` says whether it is.

    Args:
        galaxies: a sequence of galaxies, a mapping from names to them, or a model instance, in any order.
        cosmology: for distances between planes; None: `Planck15`.
        fields: a `MassField`, or several: mass that belongs to no galaxy.
        farthest: name of a galaxy of the last plane, which decides something only where a redshift is traced; None: the
            member that is given last.

    Raises:
        RayTracingError: no galaxies, something without a redshift, or a point source of the PSF's shape behind mass.
        CosmologyError: `cosmology` is none.

    Warns:
        RayTracingWarning: a galaxy without mass is in front of all mass, or all are at one redshift, and no light is
            behind any mass.
    """

    def __init__(
        self,
        galaxies: Iterable[Galaxy] | Mapping[str, Galaxy],
        cosmology: FlatwCDM | None = None,
        fields: MassField | Iterable[MassField] | None = None,
        farthest: str | None = None,
    ) -> None:
        LineOfSight.__init__(self, galaxies, cosmology, fields, farthest)

    def __repr__(self) -> str:
        fields = f", fields={self.fields!r}" if self.fields else ""
        return f"Tracer({self.galaxies!r}, cosmology={self.cosmology!r}{fields})"

    # ---- rays ------------------------------------------------------------------------------------------------------

    def traced_at(self, y: Any, x: Any, plane_index_limit: int | None = None) -> list[tuple[Any, Any]]:
        """Where rays that are seen at coordinates meet each plane, a (y, x) per plane, arcsec.

        Args:
            y, x: coordinates in the image, arcsec, any shape.
            plane_index_limit: the last plane that is wanted; None: all.
        """
        last = self.total_planes - 1 if plane_index_limit is None else self._plane_index(plane_index_limit)
        return self._traced(y, x, last)[0]

    def _traced(self, y: Any, x: Any, last: int) -> tuple[list[Any], dict[int, Any]]:
        """The rays of `traced_at` up to a plane, and the deflections by each plane with mass in front of that."""
        rays: list[Any] = [(y, x)]
        bent: dict[int, Any] = {}
        if last == 0 and self.in_order:
            return rays, bent
        masses = self.plane_masses
        factors = scaling_factors_from(self.plane_redshifts, self.cosmology, self.in_order)
        if self.in_order:
            for j in range(1, last + 1):
                if masses[j - 1].masses:
                    bent[j - 1] = masses[j - 1].deflections_at(*rays[j - 1])
                rays.append(_bent(y, x, {i: (factors[i][j], bent[i]) for i in bent}))
            return rays, bent
        # Each time one plane more, in the order of redshifts that nobody knows, is met where it should be.
        lenses = self.lens_planes_of(self.total_planes - 1)
        rays = [(y, x)] * self.total_planes
        for _ in lenses:
            bent = {i: masses[i].deflections_at(*rays[i]) for i in lenses}
            rays = [_bent(y, x, {i: (factors[i][j], bent[i]) for i in lenses}) for j in range(self.total_planes)]
        return rays[: last + 1], bent

    def ray_at_redshift(self, y: Any, x: Any, redshift: Any) -> tuple[Any, Any]:
        """Where rays that are seen at coordinates are at a redshift, (y, x), arcsec: a plane's, another or a free one.

        Raises:
            RayTracingError: a number behind the last plane, for light from which masses are given.
        """
        index = self._plane_at(redshift)
        if index is not None:
            return self.traced_at(y, x, index)[-1]
        bent = self._traced(y, x, self.total_planes - 1)[1]
        if not bent:
            return y, x
        redshifts = self.plane_redshifts
        factors = scaling_factors_to(redshift, [redshifts[i] for i in bent], redshifts[-1], self.cosmology)
        return _bent(y, x, dict(zip(bent, zip(factors, bent.values(), strict=True), strict=True)))

    def _plane_at(self, redshift: Any) -> int | None:
        """The plane at a redshift; None where there is none or numbers are not known."""
        redshifts = self.plane_redshifts
        if not are_known([redshift, *redshifts]):
            return None
        if float(redshift) > float(redshifts[-1]):
            raise RayTracingError(
                f"redshift is {redshift}, but must be at most {float(redshifts[-1]):g}, that of the last plane, for "
                f"light from which masses are given; add a galaxy there."
            )
        return self.plane_index_via_redshift_from(float(redshift))

    def grid_2d_at_redshift_from(self, grid: Any, redshift: Any) -> Any:
        """The grid where its rays are at a redshift, in the form of `traced_grid_2d_list_from`.

        Args:
            grid: as there.
            redshift: up to that of the last plane; the grid itself where it is not behind the first one.

        Raises:
            RayTracingError: as `ray_at_redshift`.
        """
        index = self._plane_at(redshift)
        if index is not None:
            return self.traced_grid_2d_list_from(grid, index)[-1]
        return aa.moved_grids(jax.tree_util.Partial(_rays_at_redshift, self, redshift), grid)[0]

    def deflections_between_planes_from(self, grid: Any, plane_i: int = 0, plane_j: int = -1) -> Any:
        """From where rays meet one plane to where they meet another, in the form of `deflections_yx_2d_from`.

        Raises:
            RayTracingError: there is no such plane.
        """
        planes = self._plane_index(plane_i), self._plane_index(plane_j)
        return aa.evaluate_vectors(jax.tree_util.Partial(_between_planes, self, *planes), grid)

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

    # ---- time ------------------------------------------------------------------------------------------------------

    def time_delays_from(self, grid: Any, plane_index: int = -1) -> Any:
        """How much later than without lenses light arrives along each ray, days; in the form of `potential_2d_from`.

        Only differences can be observed. Mass in the plane of the source plays no part. Of any number of lens planes:
        see `galens.lens.time_delays`.

        Args:
            grid: `Grid2D`, `Grid2DIrregular` or plain (y, x) coordinates (..., 2), arcsec.
            plane_index: the plane of the source.

        Raises:
            RayTracingError: no mass is in front of the source.
        """
        index = self._plane_index(plane_index)
        return aa.evaluate(jax.tree_util.Partial(arrival_time_at, self, index), grid)

    def fermat_potential_from(self, grid: Any) -> Any:
        """|theta - beta|^2 / 2 - psi(theta), arcsec^2, in the form of `potential_2d_from`.

        Raises:
            RayTracingError: not one plane has mass in front of the last one, but none or several.
        """
        return aa.evaluate(jax.tree_util.Partial(fermat_potential_at, self), grid)

    def time_delay_geometry_term_from(self, grid: Any) -> Any:
        """|theta - beta|^2 / 2, arcsec^2; otherwise as `fermat_potential_from`."""
        return aa.evaluate(jax.tree_util.Partial(geometry_term_at, self), grid)

    # ---- images ----------------------------------------------------------------------------------------------------

    @property
    def light_profiles(self) -> list[LightProfile]:
        """The light profiles of all galaxies."""
        return self.galaxies.light_profiles

    @property
    def point_sources(self) -> tuple[Any, ...]:
        return self.galaxies.point_sources

    def image_2d_from(self, grid: Any, operated_only: bool | None = None) -> Any:
        images = self._images(list(enumerate(plane.light_profiles for plane in self.planes)), grid, operated_only)
        return with_points(self, sum(images[1:], start=images[0]), grid, operated_only)

    def image_2d_list_from(self, grid: Any, operated_only: bool | None = None) -> list[Any]:
        """The image of the galaxies of each plane."""
        images = self._images(list(enumerate(plane.light_profiles for plane in self.planes)), grid, operated_only)
        return [
            with_points(plane, image, grid, operated_only) for plane, image in zip(self.planes, images, strict=True)
        ]

    def galaxy_image_2d_dict_from(self, grid: Any, operated_only: bool | None = None) -> ByGalaxy:
        """The image of each galaxy, by galaxy."""
        galaxies = self.galaxies.values
        sources = [
            (self.plane_index_of(place), list(galaxy.light_profiles.values())) for place, galaxy in enumerate(galaxies)
        ]
        images = self._images(sources, grid, operated_only)
        images = [
            with_points(galaxy, image, grid, operated_only) for galaxy, image in zip(galaxies, images, strict=True)
        ]
        return ByGalaxy(self.galaxies, images)

    def image_2d_via_input_plane_image_from(
        self,
        grid: Any,
        plane_image: aa.Array2D,
        plane_index: int = -1,
        include_other_planes: bool = True,
        operated_only: bool | None = None,
    ) -> Any:
        """The image of a picture in a plane, such as that of a real galaxy, instead of the plane's light profiles.

        Args:
            grid, operated_only: as of `image_2d_from`; the picture is no operated light.
            plane_image: without masked pixels; between their centres it is interpolated linearly, and dark around them.
            plane_index: the plane of the picture.
            include_other_planes: add the light profiles of the other planes.

        Raises:
            RayTracingError: there is no such plane, or the picture has masked pixels or but one row or column.
        """
        index = self._plane_index(plane_index)
        image = aa.evaluate(jax.tree_util.Partial(_picture_at, self, index, Picture(plane_image)), grid)
        image = 0.0 * image if operated_only else image
        if not include_other_planes:
            return image
        others = self.image_2d_list_from(grid, operated_only)
        return sum((each for i, each in enumerate(others) if i != index), start=image)

    def snr_light_profiles_to_light_profiles_from(
        self, grid: aa.Grid2D, exposure_time: float, background_sky_level: float = 0.0, psf: aa.Convolver | None = None
    ) -> Tracer:
        """The tracer whose profiles of the family `lp_snr` have the intensities that an exposure asks for.

        The signal to noise is that of the brightest pixel of the lensed image. Simulators do this by themselves.

        Args:
            grid, exposure_time, background_sky_level, psf: as of `LightProfileSNR.intensity_from`.
        """
        if not self.has(LightProfileSNR):
            return self
        exposure = (exposure_time, background_sky_level, psf)
        traced = self.traced_grid_2d_list_from(grid)
        galaxies = {
            name: galaxy.snr_light_profiles_to_light_profiles_from(traced[self.plane_index_of(name)], *exposure)
            for name, galaxy in zip(self.galaxies.names, self.galaxies, strict=True)
        }
        return Tracer(galaxies, self.cosmology, self.fields)

    def _images(
        self, sources: Sequence[tuple[int, Sequence[LightProfile]]], grid: Any, operated_only: bool | None
    ) -> list[Any]:
        """The image of each of several (plane, light profiles), without point sources."""
        planes = tuple(plane for plane, _ in sources)
        groups = tuple(grouped(ordinary_members(profiles, operated_only)) for _, profiles in sources)
        images = aa.evaluate(jax.tree_util.Partial(_images_at, self, planes, groups), grid)
        return [jax.tree.map(lambda values, i=i: values[i], images) for i in range(len(sources))]


def _rays(tracer: Tracer, plane_index_limit: int | None, y: Any, x: Any) -> list[tuple[Any, Any]]:
    return tracer.traced_at(y, x, plane_index_limit)


def _rays_at_redshift(tracer: Tracer, redshift: Any, y: Any, x: Any) -> list[tuple[Any, Any]]:
    return [tracer.ray_at_redshift(y, x, redshift)]


def _between_planes(tracer: Tracer, plane_i: int, plane_j: int, y: Any, x: Any) -> tuple[Any, Any]:
    rays = tracer.traced_at(y, x, max(plane_i, plane_j))
    (from_y, from_x), (to_y, to_x) = rays[plane_i], rays[plane_j]
    return from_y - to_y, from_x - to_x


def _bent(y: Any, x: Any, deflections: Mapping[int, tuple[Any, tuple[Any, Any]]]) -> tuple[Any, Any]:
    """Coordinates minus deflections, each with its factor."""
    for factor, (alpha_y, alpha_x) in deflections.values():
        y, x = y - factor * alpha_y, x - factor * alpha_x
    return y, x


def _picture_at(tracer: Tracer, plane_index: int, picture: Picture, y: Any, x: Any) -> Any:
    return picture.brightness_at(*tracer.traced_at(y, x, plane_index)[-1])


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
