"""Complex coordinates in which the ellipses of a mass profile are circles."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from galens.galaxy import convert
from galens.galaxy.geometry import EllProfile

__all__ = ["CENTRE", "circle_of_ellipse", "complex_ellipticity", "squared"]

CENTRE = 1e-12
"""Arcsec: within this radius masses are as at the centre, where some would be infinite."""


def complex_ellipticity(profile: EllProfile, y: Any, x: Any) -> tuple[Any, Any]:
    """z = x + i y about the profile's centre, and e_1 + i e_0."""
    y, x = jnp.asarray(y - profile.centre[0], float), jnp.asarray(x - profile.centre[1], float)
    e0, e1 = (jnp.asarray(each, float) for each in convert.bounded_ell_comps(profile.ell_comps))
    return jax.lax.complex(*jnp.broadcast_arrays(x, y)), jax.lax.complex(e1, e0)


def circle_of_ellipse(profile: EllProfile, y: Any, x: Any) -> tuple[Any, Any, Any]:
    r"""z, the ellipticity e, and :math:`w = (z - e \bar z) / (1 - |e|^2)`.

    In the profile's frame the parts of w are x' / (1 + |e|) and y' / (1 - |e|).
    """
    z, e = complex_ellipticity(profile, y, x)
    return z, e, (z - e * jnp.conj(z)) / (1.0 - squared(e))


def squared(z: Any) -> Any:
    """|z|^2, without the root that `abs` takes."""
    return z.real * z.real + z.imag * z.imag
