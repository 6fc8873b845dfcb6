"""`LensCalc`: everything that follows from the derivatives of the deflections of a lens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from galens import array as aa
from galens.array.container import unchecked
from galens.array.header import Header
from galens.errors import GridError, ProfileError
from galens.galaxy.lens_calc.by_angle import ANGLES, CurveByAngle, main_centre, tangential_curve_by_angle
from galens.galaxy.lens_calc.contours import Box, critical_curves
from galens.galaxy.lens_calc.derivatives import (
    RADIAL,
    TANGENTIAL,
    Hessian,
    determinant,
    eigen_value_of,
    hessian_at,
    shear,
)
from galens.numerics.polylines import is_closed, polygon_area

__all__ = ["LensCalc"]

Curves = list[aa.Grid2DIrregular]


class LensCalc(eqx.Module):
    r"""What a lens does to small and to large sources, from the exact first and second derivatives of its deflections.

    Maps are at the coordinates of a grid, in the form that the grid asks for: a `Grid2D` gives an `Array2D`, a
    `Grid2DIrregular` an `ArrayIrregular`, plain coordinates (..., 2) an array (...). Over-sampling plays no part: a
    mean magnification over a pixel that a critical curve crosses has no meaning.

    Critical curves come in two ways. `tangential_curve_by_angle` and `effective_einstein_radius` are compiled and can
    be mapped and differentiated, for curves around the main mass that every ray from it crosses once. The lists of
    curves, caustics, areas and radii are for figures and for curves of any shape and number. They need no grid: without
    one the region is chosen from the lens; with one it is the rectangle around its coordinates, and a curve that its
    edge cuts is followed beyond it. They run on the host.

    Of several tangential critical curves, as of a lens with a satellite, `einstein_radius_from` and
    `einstein_mass_angular_from` give the largest one; the lists have all of them.

    Args:
        deflector: a mass profile, a galaxy, `Galaxies`, or anything with `deflections_at(y, x)`.

    Raises:
        ProfileError: it deflects nothing.
    """

    deflector: Any

    def __init__(self, deflector: Any) -> None:
        if not hasattr(deflector, "deflections_at"):
            raise ProfileError(
                f"LensCalc: a {type(deflector).__name__} has no deflections; it takes a mass profile, a Galaxy, "
                f"Galaxies or a Tracer."
            )
        # As arrays, so that other parameters do not compile anew.
        self.deflector = jax.tree.map(
            lambda leaf: jnp.asarray(leaf) if isinstance(leaf, (float, np.ndarray)) else leaf, deflector
        )

    @classmethod
    def from_mass_obj(cls, mass_obj: Any) -> LensCalc:
        """Of a mass profile, a galaxy or `Galaxies`: `LensCalc(mass_obj)`."""
        return cls(mass_obj)

    @classmethod
    def from_tracer(cls, tracer: Any, plane_j: int = -1) -> LensCalc:
        """Of a `Tracer`: what it does to a source in a plane.

        Args:
            tracer: of two planes or more.
            plane_j: the source's plane, the last one by default.

        Raises:
            ProfileError: there is no such plane behind the first.
        """
        total = tracer.total_planes
        if not -total < plane_j < total or plane_j == 0:
            raise ProfileError(
                f"LensCalc: plane_j is {plane_j}, but must be a plane behind the first of the {total} of the tracer."
            )
        plane = plane_j % total
        heavy = [masses for masses in tracer.plane_masses[:plane] if masses.masses]
        # Mass in one plane bends light towards the last one as it is, whatever the distances.
        return cls(heavy[0] if len(heavy) == 1 and plane == total - 1 else ToPlane(tracer, plane))

    def deflections_yx_2d_from(self, grid: Any) -> Any:
        """Deflections (y, x), arcsec: a `VectorYX2D`, a `VectorYX2DIrregular` or an array (..., 2)."""
        return _as_vectors(self._at(_deflections, grid), grid)

    def hessian_from(self, grid: Any) -> tuple[Any, Any, Any, Any]:
        """(yy, xy, yx, xx): xy is d alpha_x / dy and yx is d alpha_y / dx, equal where there is one plane."""
        (yy, yx), (xy, xx) = self._hessian(grid)
        return tuple(_as_scalars(each, grid) for each in (yy, xy, yx, xx))

    def jacobian_from(self, grid: Any) -> list[list[Any]]:
        """[[1 - xx, -xy], [-yx, 1 - yy]]: of the source's place with respect to the image's, x first."""
        yy, xy, yx, xx = self.hessian_from(grid)
        return [[1.0 - xx, -xy], [-yx, 1.0 - yy]]

    def convergence_2d_via_hessian_from(self, grid: Any) -> Any:
        """Half the divergence of the deflections."""
        (yy, _), (_, xx) = self._hessian(grid)
        return _as_scalars(0.5 * (yy + xx), grid)

    def shear_yx_2d_via_hessian_from(self, grid: Any) -> Any:
        """(gamma_2, gamma_1) as vectors, in the form of `deflections_yx_2d_from`."""
        return _as_vectors(jnp.stack(shear(self._hessian(grid)), axis=-1), grid)

    def magnification_2d_via_hessian_from(self, grid: Any) -> Any:
        """1 / det of the Jacobian, negative where an image is mirrored."""
        return _as_scalars(1.0 / determinant(self._hessian(grid)), grid)

    def tangential_eigen_value_from(self, grid: Any) -> Any:
        """1 - convergence - shear: zero on tangential critical curves, negative inside."""
        return _as_scalars(eigen_value_of(self._hessian(grid), TANGENTIAL), grid)

    def radial_eigen_value_from(self, grid: Any) -> Any:
        """1 - convergence + shear: zero on radial critical curves, negative inside."""
        return _as_scalars(eigen_value_of(self._hessian(grid), RADIAL), grid)

    def time_delay_geometry_term_from(self, grid: Any) -> Any:
        """Half the squared distance between a place in the image and where light from it comes from, arcsec^2."""
        return _as_scalars(0.5 * jnp.sum(self._at(_deflections, grid) ** 2, axis=-1), grid)

    def fermat_potential_from(self, grid: Any) -> Any:
        """The geometry term minus the potential, arcsec^2.

        Raises:
            ProfileError: mass in several planes: it has no potential.
        """
        if not hasattr(self.deflector, "potential_at"):
            raise ProfileError("LensCalc: mass in several planes has no potential; a Tracer gives its time delays.")
        potential = self._at(_potential, grid)[..., 0]
        return _as_scalars(0.5 * jnp.sum(self._at(_deflections, grid) ** 2, axis=-1) - potential, grid)

    def tangential_curve_by_angle(
        self, centre: tuple[Any, Any] | None = None, number_of_angles: int = ANGLES
    ) -> CurveByAngle:
        """The tangential critical curve around the main mass: compiled, can be mapped and differentiated.

        Args:
            centre: (y, x) inside the curve, arcsec; that of the mass which deflects most if None.
            number_of_angles: rays; the error of the area falls exponentially with it.
        """
        return _by_angle(self.deflector, centre, number_of_angles)

    @property
    def effective_einstein_radius(self) -> Any:
        """Radius of the circle with the area inside the tangential critical curve around the main mass, arcsec.

        Compiled, can be mapped and differentiated. It is 0 where there is no such curve, and where a ray from the main
        mass misses it: `tangential_curve_by_angle` says so by `is_closed`.
        """
        return self.tangential_curve_by_angle().effective_radius

    def tangential_critical_curve_list_from(self, grid: Any = None, pixel_scale: float | None = None) -> Curves:
        """The tangential critical curves, the longest first; a closed one ends where it starts.

        Args:
            grid: its coordinates' rectangle is searched; chosen from the lens if None.
            pixel_scale: how finely it is searched, arcsec; by default its longer side over 240.
        """
        return self._curves(TANGENTIAL, grid, pixel_scale)

    def radial_critical_curve_list_from(self, grid: Any = None, pixel_scale: float | None = None) -> Curves:
        """The radial critical curves, the longest first. Isothermal and steeper singular masses have none.

        Args:
            grid, pixel_scale: as of `tangential_critical_curve_list_from`.
        """
        return self._curves(RADIAL, grid, pixel_scale)

    def tangential_caustic_list_from(self, grid: Any = None, pixel_scale: float | None = None) -> Curves:
        """The tangential critical curves in the source plane, in their order.

        Args:
            grid, pixel_scale: as of `tangential_critical_curve_list_from`.
        """
        return self._traced(self.tangential_critical_curve_list_from(grid, pixel_scale))

    def radial_caustic_list_from(self, grid: Any = None, pixel_scale: float | None = None) -> Curves:
        """The radial critical curves in the source plane, in their order.

        Args:
            grid, pixel_scale: as of `tangential_critical_curve_list_from`.
        """
        return self._traced(self.radial_critical_curve_list_from(grid, pixel_scale))

    def tangential_critical_curve_area_list_from(
        self, grid: Any = None, pixel_scale: float | None = None
    ) -> list[float]:
        """Areas inside the closed tangential critical curves, arcsec^2."""
        return _areas(self.tangential_critical_curve_list_from(grid, pixel_scale))

    def radial_critical_curve_area_list_from(self, grid: Any = None, pixel_scale: float | None = None) -> list[float]:
        """Areas inside the closed radial critical curves, arcsec^2."""
        return _areas(self.radial_critical_curve_list_from(grid, pixel_scale))

    def tangential_caustic_area_list_from(self, grid: Any = None, pixel_scale: float | None = None) -> list[float]:
        """Areas inside the closed tangential caustics, arcsec^2."""
        return _areas(self.tangential_caustic_list_from(grid, pixel_scale))

    def radial_caustic_area_list_from(self, grid: Any = None, pixel_scale: float | None = None) -> list[float]:
        """Areas inside the closed radial caustics, arcsec^2."""
        return _areas(self.radial_caustic_list_from(grid, pixel_scale))

    def einstein_radius_list_from(self, grid: Any = None, pixel_scale: float | None = None) -> list[float]:
        """Radii of the circles with the areas inside the closed tangential critical curves, arcsec."""
        areas = self.tangential_critical_curve_area_list_from(grid, pixel_scale)
        return [float(np.sqrt(area / np.pi)) for area in areas]

    def einstein_radius_from(self, grid: Any = None, pixel_scale: float | None = None) -> float:
        """Radius of the circle with the area inside the largest tangential critical curve, arcsec.

        Raises:
            ProfileError: there is no closed one.
        """
        return float(np.sqrt(self.einstein_mass_angular_from(grid, pixel_scale) / np.pi))

    def einstein_mass_angular_list_from(self, grid: Any = None, pixel_scale: float | None = None) -> list[float]:
        """Areas inside the closed tangential critical curves, arcsec^2: masses in units of the critical density."""
        return self.tangential_critical_curve_area_list_from(grid, pixel_scale)

    def einstein_mass_angular_from(self, grid: Any = None, pixel_scale: float | None = None) -> float:
        """Area inside the largest tangential critical curve, a mass in units of the critical surface density, arcsec^2.

        Raises:
            ProfileError: there is no closed one.
        """
        areas = self.tangential_critical_curve_area_list_from(grid, pixel_scale)
        if not areas:
            raise ProfileError(
                "LensCalc: this lens has no closed tangential critical curve, and so no Einstein radius; it is too "
                "weak, or its convergence does not fall outwards."
            )
        return max(areas)

    def _at(self, function: Callable[[Any, Any, Any], tuple[Any, ...]], grid: Any) -> Any:
        """Values (..., k) of the k functions at a grid's coordinates."""
        points = grid.values if isinstance(grid, (aa.Grid2D, aa.Grid2DIrregular)) else grid
        return aa.evaluate_vectors(jax.tree_util.Partial(function, self.deflector), points)

    def _hessian(self, grid: Any) -> Hessian:
        yy, yx, xy, xx = jnp.moveaxis(self._at(_hessian, grid), -1, 0)
        return (yy, yx), (xy, xx)

    def _curves(self, sign: float, grid: Any, pixel_scale: float | None) -> Curves:
        if pixel_scale is not None and not pixel_scale > 0.0:
            raise GridError(f"LensCalc: pixel_scale is {pixel_scale}, but must be above 0.")
        box = self._region() if grid is None else _box_around(grid)
        lines = critical_curves(self.deflector, sign, box, pixel_scale)
        return [aa.Grid2DIrregular(line) for line in lines]

    def _region(self) -> Box:
        """A square around the main mass, three Einstein radii to each side."""
        radius = 3.0 * float(self.effective_einstein_radius) or 5.0
        y, x = main_centre(self.deflector)
        return float(y), float(x), radius, radius

    def _traced(self, curves: Curves) -> Curves:
        return [
            aa.Grid2DIrregular(np.asarray(curve) - np.asarray(self.deflections_yx_2d_from(np.asarray(curve))))
            for curve in curves
        ]


class ToPlane(eqx.Module):
    """What a tracer's planes do to light from one of them."""

    tracer: Any
    plane: int = eqx.field(static=True)

    @property
    def in_front(self) -> tuple[Any, ...]:
        """The masses in front of the plane."""
        return tuple(self.tracer.plane_masses[: self.plane])

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        to_y, to_x = self.tracer.traced_at(y, x, self.plane)[-1]
        return y - to_y, x - to_x


@eqx.filter_jit
def _by_angle(deflector: Any, centre: Any, number_of_angles: int) -> CurveByAngle:
    return tangential_curve_by_angle(deflector, centre, number_of_angles)


def _areas(curves: Curves) -> list[float]:
    lines = [np.asarray(curve) for curve in curves]
    return [polygon_area(line) for line in lines if is_closed(line)]


def _box_around(grid: Any) -> Box:
    points = np.asarray(grid.values if isinstance(grid, (aa.Grid2D, aa.Grid2DIrregular)) else grid, float).reshape(
        -1, 2
    )
    half = np.array(grid.mask.pixel_scales) / 2 if isinstance(grid, aa.Grid2D) else np.zeros(2)
    if not len(points) or not np.all(np.isfinite(points)):
        raise GridError("LensCalc: grid has no coordinates, or some that are not finite.")
    low, high = points.min(axis=0) - half, points.max(axis=0) + half
    if not np.all(high > low):
        raise GridError(f"LensCalc: grid spans no area: y and x are from {low.tolist()} to {high.tolist()} arcsec.")
    middle, half = (low + high) / 2, (high - low) / 2
    return float(middle[0]), float(middle[1]), float(half[0]), float(half[1])


def _as_scalars(values: Any, grid: Any) -> Any:
    if isinstance(grid, aa.Grid2D):
        return unchecked(aa.Array2D, values=values, mask=grid.mask, header=Header())
    return unchecked(aa.ArrayIrregular, values=values) if isinstance(grid, aa.Grid2DIrregular) else values


def _as_vectors(values: Any, grid: Any) -> Any:
    if isinstance(grid, aa.Grid2D):
        return unchecked(aa.VectorYX2D, values=values, mask=grid.mask)
    return unchecked(aa.VectorYX2DIrregular, values=values) if isinstance(grid, aa.Grid2DIrregular) else values


def _deflections(deflector: Any, y: Any, x: Any) -> tuple[Any, ...]:
    return deflector.deflections_at(y, x)


def _hessian(deflector: Any, y: Any, x: Any) -> tuple[Any, ...]:
    (yy, yx), (xy, xx) = hessian_at(deflector, y, x)
    return yy, yx, xy, xx


def _potential(deflector: Any, y: Any, x: Any) -> tuple[Any, ...]:
    return (deflector.potential_at(y, x),)
