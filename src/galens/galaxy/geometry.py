r"""Where a profile is, how elongated, and the coordinates and radii that follow.

Conventions: (y, x) in arcsec, y up; angles in degrees counter-clockwise from +x. With the axis ratio q and the position
angle phi of the major axis

.. math:: (e_0, e_1) = \frac{1-q}{1+q} (\sin 2\phi, \cos 2\phi)

A profile's own frame has its origin at the centre and x' along the major axis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from galens import array as aa
from galens.galaxy import convert
from galens.galaxy.profiles.parameters import Pair, Profile, pair
from galens.numerics.special import norm, root
from galens.numerics.tangents import is_zero

__all__ = ["EllProfile", "Spherical", "quadratic_form"]


def quadratic_form(ell_comps: Pair) -> tuple[Any, Any, Any]:
    r"""Coefficients (a, b, c) of the squared eccentric radius R^2 = a x^2 + b x y + c y^2 about the centre.

    R^2 = q x'^2 + y'^2 / q in the profile's frame. Written with the ellipticity components it needs neither the angle
    nor a root, so that it is smooth at (0, 0):

    .. math:: R^2 = \frac{(1 + e^2 - 2 e_1) x^2 - 4 e_0 x y + (1 + e^2 + 2 e_1) y^2}{1 - e^2}, \quad e^2 = e_0^2 + e_1^2
    """
    e0, e1 = convert.bounded_ell_comps(ell_comps)
    square = e0 * e0 + e1 * e1
    scale = 1.0 / (1.0 - square)
    return (1.0 + square - 2.0 * e1) * scale, -4.0 * e0 * scale, (1.0 + square + 2.0 * e1) * scale


class EllProfile(Profile):
    """An elliptical profile's geometry.

    Ellipticities of 0.999 and more are unphysical: all functions treat them as 0.999 in the same direction, so that
    they stay finite, and `is_physical` is False.

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components (1 - q) / (1 + q) (sin 2 phi, cos 2 phi), of a norm below 1.

    Raises:
        ProfileError: where a number is not finite or the norm of `ell_comps` is 1 or more.
    """

    centre: Pair = pair()
    ell_comps: Pair = pair()

    PLACE: ClassVar[tuple[str, ...]] = ("centre", "ell_comps")
    """Names of the parameters that its squared radius depends on."""

    def __check_init__(self) -> None:
        convert.check_ell_comps(self.ell_comps, type(self).__name__)

    def _conditions(self) -> Iterator[tuple[Callable[..., Any], tuple[Any, ...]]]:
        yield from super()._conditions()
        yield _is_an_ellipse, self.ell_comps

    def axis_ratio(self) -> Any:
        """q, minor over major axis."""
        return convert.axis_ratio_from(self.ell_comps)

    def angle(self) -> Any:
        """Position angle of the major axis, degrees in [-45, 135)."""
        return convert.angle_from(self.ell_comps)

    def squared_radius(self, y: Any, x: Any) -> Any:
        """Squared eccentric radius q x'^2 + y'^2 / q of coordinates, arcsec^2.

        The ellipse of radius R has the area pi R^2, whatever the axis ratio.
        """
        return self._form_at(quadratic_form(self.ell_comps), y, x)

    def squared_minor_axis_radius(self, y: Any, x: Any) -> Any:
        """Squared minor-axis radius q^2 x'^2 + y'^2 of coordinates, arcsec^2."""
        axis_ratio = self.axis_ratio()
        a, b, c = quadratic_form(self.ell_comps)
        return self._form_at((axis_ratio * a, axis_ratio * b, axis_ratio * c), y, x)

    def frame(self, y: Any, x: Any) -> tuple[Any, Any]:
        """(y', x') of coordinates in the profile's frame."""
        sine, cosine = _sine_and_cosine(self.ell_comps)
        dy, dx = y - self.centre[0], x - self.centre[1]
        return dy * cosine - dx * sine, dx * cosine + dy * sine

    def transformed_to_reference_frame_grid_from(self, grid: Any) -> Any:
        """The grid's coordinates in the profile's frame, as a grid of the same kind."""
        return _moved(grid, self.frame)

    def transformed_from_reference_frame_grid_from(self, grid: Any) -> Any:
        """The inverse of `transformed_to_reference_frame_grid_from`."""
        centre_y, centre_x = self.centre

        def back(y: Any, x: Any) -> tuple[Any, Any]:
            turned_y, turned_x = self._rotated_back(y, x)
            return turned_y + centre_y, turned_x + centre_x

        return _moved(grid, back)

    def rotated_grid_from_reference_frame_from(self, grid: Any, angle: Any = None) -> Any:
        """Vectors of the profile's frame, such as deflections, along the axes of the sky.

        Args:
            grid: (y', x') components.
            angle: degrees by which to rotate instead of the profile's angle.
        """
        if angle is None:
            return _moved(grid, self._rotated_back)
        sine, cosine = jnp.sin(jnp.deg2rad(angle)), jnp.cos(jnp.deg2rad(angle))
        return _moved(grid, lambda y, x: (x * sine + y * cosine, x * cosine - y * sine))

    def radial_grid_from(self, grid: Any) -> Any:
        """Distances from the centre of coordinates in the profile's frame."""
        return _radii(grid, norm)

    def elliptical_radii_grid_from(self, grid: Any) -> Any:
        """Major-axis radii sqrt(x'^2 + (y' / q)^2) of coordinates in the profile's frame."""
        axis_ratio = self.axis_ratio()
        return _radii(grid, lambda y, x: norm(y / axis_ratio, x))

    def eccentric_radii_grid_from(self, grid: Any) -> Any:
        """Geometric-mean radii sqrt(q x'^2 + y'^2 / q) of coordinates in the profile's frame."""
        axis_ratio = self.axis_ratio()
        scale = root(axis_ratio)
        return _radii(grid, lambda y, x: scale * norm(y / axis_ratio, x))

    def _form_at(self, coefficients: tuple[Any, Any, Any], y: Any, x: Any) -> Any:
        numbers = [jnp.asarray(each, float) for each in (*self.centre, *coefficients)]
        if any(jnp.ndim(each) for each in numbers):
            return _quadratic(numbers, y, x)
        return _one_quadratic(jnp.stack(numbers), y, x)

    def _rotated_back(self, y: Any, x: Any) -> tuple[Any, Any]:
        sine, cosine = _sine_and_cosine(self.ell_comps)
        return x * sine + y * cosine, x * cosine - y * sine


class Spherical(EllProfile):
    """Makes the profile that it precedes as a base circular: no ellipticity among its parameters, no rotation."""

    ell_comps: ClassVar[Pair] = (0.0, 0.0)  # type: ignore[misc]
    PLACE: ClassVar[tuple[str, ...]] = ("centre",)

    def squared_radius(self, y: Any, x: Any) -> Any:
        dy, dx = y - self.centre[0], x - self.centre[1]
        return dx * dx + dy * dy

    def frame(self, y: Any, x: Any) -> tuple[Any, Any]:
        return y - self.centre[0], x - self.centre[1]


def _quadratic(numbers: Any, y: Any, x: Any) -> Any:
    """a dx^2 + b dx dy + c dy^2 at coordinates, of `numbers` (centre y, centre x, a, b, c)."""
    centre_y, centre_x, a, b, c = numbers
    dy, dx = y - centre_y, x - centre_x
    return dx * (a * dx + b * dy) + c * dy * dy  # rounding errors are relative to R^2


@jax.custom_jvp
def _one_quadratic(numbers: Any, y: Any, x: Any) -> Any:
    """`_quadratic` of one ellipse: `numbers` (5,)."""
    return _quadratic(numbers, y, x)


def _one_quadratic_jvp(primals: Any, tangents: Any) -> tuple[Any, Any]:
    # The derivatives by the five numbers are one array: a gradient by them is one product, not a sum for each.
    numbers, y, x = primals
    d_numbers, d_y, d_x = tangents
    centre_y, centre_x, a, b, c = numbers
    dy, dx = y - centre_y, x - centre_x
    by_y, by_x = b * dx + 2.0 * c * dy, 2.0 * a * dx + b * dy
    value = _one_quadratic(numbers, y, x)
    tangent = jnp.zeros_like(value)
    if not is_zero(d_numbers):
        tangent = jnp.tensordot(d_numbers, jnp.stack([-by_y, -by_x, dx * dx, dx * dy, dy * dy]), axes=1)
    if not is_zero(d_y):
        tangent = tangent + by_y * d_y
    if not is_zero(d_x):
        tangent = tangent + by_x * d_x
    return value, tangent


_one_quadratic.defjvp(_one_quadratic_jvp, symbolic_zeros=True)


def _moved(grid: Any, transform: Callable[[Any, Any], tuple[Any, Any]]) -> Any:
    values = grid.values if isinstance(grid, aa.Grid2D | aa.Grid2DIrregular) else jnp.asarray(grid)
    moved = jnp.stack(transform(values[..., 0], values[..., 1]), axis=-1)
    if isinstance(grid, aa.Grid2D):
        # Its sub-pixels would have to turn with it.
        return aa.Grid2D(moved, grid.mask, over_sample_size=1)
    return aa.Grid2DIrregular(moved) if isinstance(grid, aa.Grid2DIrregular) else moved


def _radii(grid: Any, radius: Callable[[Any, Any], Any]) -> Any:
    values = grid.values if isinstance(grid, aa.Grid2D | aa.Grid2DIrregular) else jnp.asarray(grid)
    radii = radius(values[..., 0], values[..., 1])
    if isinstance(grid, aa.Grid2D):
        return aa.Array2D(radii, grid.mask)
    return aa.ArrayIrregular(radii) if isinstance(grid, aa.Grid2DIrregular) else radii


def _is_an_ellipse(e0: Any, e1: Any) -> Any:
    return e0 * e0 + e1 * e1 < convert.MAX_ELLIPTICITY**2


def _sine_and_cosine(ell_comps: Pair) -> tuple[Any, Any]:
    angle = convert.half_angle(*ell_comps)
    # The angle's branch is [-45, 135) degrees; half of atan2 is in (-90, 90].
    angle = jnp.where(angle < -jnp.pi / 4, angle + jnp.pi, angle)
    return jnp.sin(angle), jnp.cos(angle)
