r"""Between ways to write an ellipticity, a shear and a multipole.

Angles are degrees counter-clockwise from +x. Numbers, NumPy and JAX arrays are accepted, traced or not, and broadcast;
nothing is modified. Where an angle is undefined, at zero ellipticity or shear, it is 0 with zero gradient.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from galens.errors import ProfileError
from galens.galaxy.profiles.parameters import Pair
from galens.numerics.special import norm

__all__ = [
    "MAX_ELLIPTICITY",
    "angle_from",
    "axis_ratio_and_angle_from",
    "axis_ratio_from",
    "bounded_ell_comps",
    "check_ell_comps",
    "ell_comps_from",
    "multipole_comps_from",
    "multipole_k_m_and_phi_m_from",
    "multipole_k_m_phi_m_and_shape_angle_from",
    "shear_angle_from",
    "shear_gamma_1_2_from",
    "shear_magnitude_and_angle_from",
    "shear_magnitude_from",
]

MAX_ELLIPTICITY = 0.999
"""Largest norm of ellipticity components that is used as it is: an axis ratio of 1/1999."""


def check_ell_comps(ell_comps: Pair, owner: str) -> None:
    """Raises `ProfileError` where concrete components are not those of an ellipse."""
    if any(isinstance(component, jax.core.Tracer) for component in ell_comps):
        return
    square = np.square(ell_comps[0]) + np.square(ell_comps[1])
    if np.any(square >= 1.0):
        raise ProfileError(f"{owner}: ell_comps {ell_comps} have a norm of {np.sqrt(square)}, but it must be below 1.")


def bounded_ell_comps(ell_comps: Pair) -> tuple[Any, Any]:
    """The components, shortened to a norm of 0.999 where they are longer."""
    e0, e1 = ell_comps
    square = e0 * e0 + e1 * e1
    long = square > MAX_ELLIPTICITY**2
    # Not a division by a root: XLA makes an inverse root of one whose root nothing else needs. Then what follows would
    # differ in the last digit between a value and its derivative, and be computed for each of them.
    scale = jnp.where(long, MAX_ELLIPTICITY * jax.lax.rsqrt(jnp.where(long, square, 1.0)), 1.0)
    return e0 * scale, e1 * scale


def ell_comps_from(axis_ratio: Any, angle: Any) -> tuple[Any, Any]:
    """Ellipticity components (1 - q) / (1 + q) (sin 2 phi, cos 2 phi) of an axis ratio q and an angle phi."""
    ellipticity = (1.0 - axis_ratio) / (1.0 + axis_ratio)
    twice = 2.0 * jnp.deg2rad(angle)
    return plain(ellipticity * jnp.sin(twice)), plain(ellipticity * jnp.cos(twice))


def axis_ratio_from(ell_comps: Pair) -> Any:
    """Axis ratio q = (1 - |e|) / (1 + |e|)."""
    length = norm(*bounded_ell_comps(ell_comps))
    return plain((1.0 - length) / (1.0 + length))


def angle_from(ell_comps: Pair) -> Any:
    """Position angle of the major axis, degrees in [-45, 135)."""
    angle = jnp.rad2deg(half_angle(*ell_comps))
    return plain(jnp.where(angle < -45.0, angle + 180.0, angle))


def axis_ratio_and_angle_from(ell_comps: Pair) -> tuple[Any, Any]:
    """`axis_ratio_from` and `angle_from`."""
    return axis_ratio_from(ell_comps), angle_from(ell_comps)


def shear_gamma_1_2_from(magnitude: Any, angle: Any) -> tuple[Any, Any]:
    """Shear components (gamma_1, gamma_2) = magnitude (cos 2 phi, sin 2 phi)."""
    twice = 2.0 * jnp.deg2rad(angle)
    return plain(magnitude * jnp.cos(twice)), plain(magnitude * jnp.sin(twice))


def shear_magnitude_from(gamma_1: Any, gamma_2: Any) -> Any:
    """Length of a shear."""
    return plain(norm(gamma_1, gamma_2))


def shear_angle_from(gamma_1: Any, gamma_2: Any) -> Any:
    """Direction of a shear, degrees in (-45, 135]."""
    angle = jnp.rad2deg(half_angle(gamma_2, gamma_1))
    angle = jnp.where(angle < 0.0, angle + 180.0, angle)
    return plain(jnp.where(angle > 135.0, angle - 180.0, angle))


def shear_magnitude_and_angle_from(gamma_1: Any, gamma_2: Any) -> tuple[Any, Any]:
    """`shear_magnitude_from` and `shear_angle_from`."""
    return shear_magnitude_from(gamma_1, gamma_2), shear_angle_from(gamma_1, gamma_2)


def multipole_k_m_and_phi_m_from(multipole_comps: Pair, m: int) -> tuple[Any, Any]:
    """Strength k_m and orientation phi_m, degrees in [-90/m, 270/m), of a mass multipole (k sin m phi, k cos m phi)."""
    sine, cosine = multipole_comps
    angle = jnp.rad2deg(2.0 * half_angle(sine, cosine)) / m
    angle = jnp.where(angle < -90.0 / m, angle + 360.0 / m, angle)
    return plain(norm(sine, cosine)), plain(angle)


def multipole_comps_from(
    k_m: Any, phi_m: Any, m: int, shape_angle: Any = None, ellipse_angle: Any = None
) -> tuple[Any, Any]:
    """Components (k sin m phi, k cos m phi) of a mass multipole.

    Args:
        k_m: strength.
        phi_m: orientation, degrees, or None.
        m: order.
        shape_angle, ellipse_angle: instead of `phi_m`: how far the multipole is turned from an ellipse, and the
            ellipse's position angle, degrees: phi_m is their difference.

    Raises:
        ProfileError: where neither `phi_m` nor both angles are given.
    """
    if phi_m is None:
        if shape_angle is None or ellipse_angle is None:
            raise ProfileError("multipole_comps_from needs phi_m, or both shape_angle and ellipse_angle.")
        phi_m = ellipse_angle - shape_angle
    phase = m * jnp.deg2rad(phi_m)
    return plain(k_m * jnp.sin(phase)), plain(k_m * jnp.cos(phase))


def multipole_k_m_phi_m_and_shape_angle_from(
    multipole_comps: Pair, m: int, ell_comps: Pair | None = None, ellipse_angle: Any = None
) -> tuple[Any, Any, Any]:
    """k_m, phi_m and the shape angle of a mass multipole on an ellipse.

    The shape angle is how far the multipole is turned from the ellipse, the ellipse's angle minus phi_m, degrees in
    [-180/m, 180/m): for m = 4, 0 is disky and 45 boxy.

    Args:
        multipole_comps: components (k sin m phi, k cos m phi).
        m: order.
        ell_comps: the ellipse's components, or
        ellipse_angle: its position angle, degrees.

    Raises:
        ProfileError: where not exactly one of `ell_comps` and `ellipse_angle` is given.
    """
    if (ell_comps is None) == (ellipse_angle is None):
        raise ProfileError("A shape angle needs either ell_comps or ellipse_angle.")
    if ell_comps is not None:
        ellipse_angle = angle_from(ell_comps)
    k_m, phi_m = multipole_k_m_and_phi_m_from(multipole_comps, m)
    period = 360.0 / m
    difference = jnp.asarray(ellipse_angle - phi_m)
    return k_m, phi_m, plain(difference - period * jnp.floor(difference / period + 0.5))


def half_angle(sine: Any, cosine: Any) -> Any:
    """atan2(sine, cosine) / 2 in radians; 0 with zero gradient at (0, 0) and within 1e-100 of it."""
    somewhere = sine * sine + cosine * cosine > 1e-200  # the square is what the gradient divides by
    return 0.5 * jnp.arctan2(jnp.where(somewhere, sine, 0.0), jnp.where(somewhere, cosine, 1.0))


def plain(value: Any) -> Any:
    """A Python float where the result is one concrete number, so that it can be a parameter, printed and saved."""
    if isinstance(value, jax.core.Tracer) or jnp.ndim(value):
        return value
    return float(value)
