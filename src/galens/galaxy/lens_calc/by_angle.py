"""The critical curve around the main mass as radii at equally spaced angles: quick, compiled and differentiable."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from galens.galaxy.lens_calc.derivatives import TANGENTIAL, eigen_value
from galens.galaxy.profiles.mass.base import MassProfile
from galens.galaxy.profiles.mass.sheets import ExternalPotential, ExternalShear, MassSheet
from galens.numerics.star_shaped import area_by_angle, directions, radii_of_zero

__all__ = ["CurveByAngle", "centres_of", "main_centre", "tangential_curve_by_angle"]

ANGLES = 128
SCAN = np.geomspace(1e-3, 1e3, 64)  # arcsec; the mean convergence inside falls through 1 at some of them
AROUND = (0.1, 8.0)  # of that radius; the critical curve crosses every ray between them
COMPARED_AT = np.geomspace(0.1, 100.0, 12)  # arcsec; deflections there say which mass is the main one


class CurveByAngle(eqx.Module):
    """A closed curve that every ray from a centre crosses once.

    Attributes:
        centre: (y, x), arcsec.
        radii: (N,) at angles (i + 1/2) 2 pi / N from +x, arcsec; 0 where a ray does not cross the curve.
        found: (N,) whether it does.
    """

    centre: tuple[Any, Any]
    radii: Any
    found: Any

    @property
    def is_closed(self) -> Any:
        """Whether all rays cross it: otherwise there is no such curve, or the centre is not inside."""
        return jnp.all(self.found)

    @property
    def points(self) -> Any:
        """(N, 2), arcsec."""
        sine, cosine = directions(self.radii.shape[-1])
        return jnp.stack([self.centre[0] + self.radii * sine, self.centre[1] + self.radii * cosine], axis=-1)

    @property
    def area(self) -> Any:
        """Area inside, arcsec^2; 0 where the curve is not closed."""
        return jnp.where(self.is_closed, area_by_angle(self.radii), 0.0)

    @property
    def effective_radius(self) -> Any:
        """Radius of the circle with this area, arcsec; 0 where the curve is not closed."""
        area = self.area
        positive = area > 0.0
        return jnp.where(positive, jnp.sqrt(jnp.where(positive, area, 1.0) / jnp.pi), 0.0)


def tangential_curve_by_angle(
    deflector: Any, centre: tuple[Any, Any] | None = None, number_of_angles: int = ANGLES
) -> CurveByAngle:
    """The tangential critical curve around a centre.

    The circle inside which the mean convergence is 1 says how large it is; the rays are searched for it from a tenth to
    eight times that radius, and of several zeros on a ray, as with a satellite outside, the one nearest to the circle
    counts. Without such a circle there is no curve.

    Args:
        deflector: with `deflections_at`.
        centre: (y, x) inside the curve, arcsec; that of the main mass if None.
        number_of_angles: the error of the area falls exponentially with it; 128 give 1e-10 for axis ratios from 0.5.
    """
    centre = main_centre(deflector) if centre is None else centre
    y, x = centre = jax.tree.map(lambda each: jax.lax.stop_gradient(jnp.asarray(each, float)), tuple(centre))
    inside = _mean_outward(deflector, centre, SCAN) > SCAN
    radius = jnp.max(jnp.where(inside, SCAN, 0.0))
    size = jnp.where(radius > 0.0, radius, 1.0)
    radii, found = radii_of_zero(
        eigen_value,
        (deflector, TANGENTIAL),
        (y, x),
        (AROUND[0] * size, AROUND[1] * size),
        near=size,
        count=number_of_angles,
    )
    found = found & (radius > 0.0)
    return CurveByAngle(centre, jnp.where(found, radii, 0.0), found)


def main_centre(deflector: Any) -> tuple[Any, Any]:
    """(y, x) of the mass that deflects most, in the mean over radii from 0.1 to 100 arcsec; (0, 0) if there is none."""
    masses = _masses_in(deflector)
    if len(masses) < 2:
        return masses[0].centre if masses else (0.0, 0.0)
    strengths = jnp.stack([jnp.mean(_mean_outward(each, each.centre, COMPARED_AT)) for each in masses])
    main = jnp.argmax(strengths)
    y, x = (jnp.stack([jnp.asarray(each.centre[axis], float) for each in masses])[main] for axis in (0, 1))
    return y, x


def centres_of(deflector: Any) -> list[tuple[float, float]]:
    """(y, x) of every mass in it, each once."""
    return list(dict.fromkeys((float(each.centre[0]), float(each.centre[1])) for each in _masses_in(deflector)))


def _masses_in(deflector: Any) -> list[MassProfile]:
    """The mass profiles in it that may have a curve of their own: no sheets."""
    front = getattr(deflector, "in_front", deflector)
    leaves = jax.tree.leaves(front, is_leaf=lambda each: isinstance(each, MassProfile))
    masses = [each for each in leaves if isinstance(each, MassProfile)]
    return [
        each
        for each in masses
        if not isinstance(each, (ExternalShear, MassSheet, ExternalPotential)) and jnp.ndim(each.centre[0]) == 0
    ]


def _mean_outward(deflector: Any, centre: tuple[Any, Any], radii: np.ndarray) -> Any:
    """The deflection towards a centre, in the mean over circles: mean convergence inside times radius."""
    sine, cosine = directions(16)
    alpha_y, alpha_x = deflector.deflections_at(centre[0] + radii[:, None] * sine, centre[1] + radii[:, None] * cosine)
    return jnp.mean(alpha_y * sine + alpha_x * cosine, axis=-1)
