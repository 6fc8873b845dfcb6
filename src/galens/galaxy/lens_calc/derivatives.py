"""What a lens does to a small source at a place, from the second derivatives there."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from galens.galaxy.massive import SeveralMasses, derivatives
from galens.galaxy.profiles.mass.base import MassProfile
from galens.numerics.special import norm

__all__ = ["RADIAL", "TANGENTIAL", "Hessian", "determinant", "eigen_value", "eigen_value_of", "hessian_at", "shear"]

TANGENTIAL, RADIAL = -1.0, 1.0
"""Signs of the shear in the eigenvalues."""

Hessian = tuple[tuple[Any, Any], tuple[Any, Any]]


def hessian_at(deflector: Any, y: Any, x: Any) -> Hessian:
    """((d alpha_y / dy, d alpha_y / dx), (d alpha_x / dy, d alpha_x / dx)) of something with `deflections_at`."""
    own = getattr(deflector, "hessian_at", None)
    return own(y, x) if own is not None else derivatives(deflector.deflections_at, y, x)


def shear(hessian: Hessian) -> tuple[Any, Any]:
    """(gamma_2, gamma_1)."""
    (yy, yx), (xy, xx) = hessian
    return 0.5 * (xy + yx), 0.5 * (xx - yy)


def determinant(hessian: Hessian) -> Any:
    """Of the Jacobian of the lens equation: 1 / magnification, with the sign of the image's parity."""
    (yy, yx), (xy, xx) = hessian
    return (1.0 - xx) * (1.0 - yy) - xy * yx


def eigen_value(deflector_and_sign: tuple[Any, Any], y: Any, x: Any) -> Any:
    r""":math:`1 - \kappa \pm |\gamma|`: the radial one with the sign 1, the tangential one with -1.

    Several planes also turn images, by :math:`\omega = (\partial_x \alpha_y - \partial_y \alpha_x) / 2`. In place of
    :math:`1 - \kappa` it is then :math:`\pm \sqrt{(1 - \kappa)^2 + \omega^2}`, a signed singular value, so that the
    product of both values is the determinant and their zeros are where the magnification is infinite.
    """
    deflector, sign = deflector_and_sign
    if isinstance(deflector, (MassProfile, SeveralMasses)):
        # In one plane the derivative along x and the convergence are enough.
        y, x = jnp.broadcast_arrays(jnp.asarray(y, float), jnp.asarray(x, float))
        _, (yx, xx) = jax.jvp(lambda x: deflector.deflections_at(y, x), (x,), (jnp.ones_like(x),))
        kappa = deflector.convergence_at(y, x)
        return 1.0 - kappa + sign * norm(yx, xx - kappa)
    return eigen_value_of(hessian_at(deflector, y, x), sign)


def eigen_value_of(hessian: Hessian, sign: float) -> Any:
    """`eigen_value` from second derivatives."""
    (yy, yx), (xy, xx) = hessian
    diagonal = 1.0 - 0.5 * (yy + xx)
    stretch = norm(diagonal, 0.5 * (yx - xy))
    return jnp.where(diagonal < 0.0, -stretch, stretch) + sign * norm(*shear(hessian))
