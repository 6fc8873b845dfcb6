r"""Deflection and potential of a cored isothermal ellipsoid, in closed form without angle or rotation.

With the complex coordinate z = x + i y, the ellipticity :math:`\epsilon = e_1 + i e_0` and
:math:`w = z - \epsilon \bar z`, whose circles are the ellipses of constant density, the surface density and the
(conjugate) deflection are

.. math:: \kappa = \frac{1}{t}, \quad t^2 = \xi^2 + c^2, \quad \xi = \frac{1 + q}{2 q} |w|, \qquad
          \bar\alpha = \frac{4 q}{1 + q} H \, \frac{\arctan \sqrt{\epsilon H^2}}{\sqrt{\epsilon H^2}}, \quad
          H = \frac{1 + q}{2 q} \frac{\bar w}{t + c}

with xi the radius along the major axis. As :math:`|H| \le 1`, the argument stays inside the circle of radius
:math:`|\epsilon|` and the quotient is a function of its square: neither branches nor the circle are special.

It is the integral of Bourassa & Kantowski (1975), ApJ 195, 13, in which the difference of two arc sines is twice
:math:`\arctan[f (t - c) / (z + u)]`, in the notation of Kormann et al. (1994), A&A 284, 285.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from galens.numerics.gauss_fraction import gauss_fraction
from galens.numerics.special import norm

__all__ = ["cored_isothermal_deflection", "cored_isothermal_potential"]

SMALLEST = 1e-12
"""Arcsec: t is at least this, so that a core of 0 has a finite gradient at the centre."""

Pair = tuple[Any, Any]


def cored_isothermal_deflection(
    core: Float[ArrayLike, ""], y: Float[ArrayLike, "*shape"], x: Float[ArrayLike, "*shape"], ell_comps: Pair
) -> tuple[Float[Array, "*shape"], Float[Array, "*shape"]]:
    """(alpha_y, alpha_x) of the density 1 / sqrt(xi^2 + core^2), in the unit of the coordinates.

    The arc tangent is a rational function: its error is below 1e-14 for axis ratios from 0.5 on and 1e-9 at 0.1.

    Args:
        core: c, 0 or more, along the major axis.
        y, x: offsets from the centre.
        ell_comps: (e_0, e_1) with a norm below 1.
    """
    e0, e1 = ell_comps
    (real, imaginary), t, q = _circular(core, y, x, ell_comps)
    scale = (1.0 + q) / (2.0 * q) / (t + core)
    real, imaginary = scale * real, scale * imaginary
    # -epsilon H^2, where H has the conjugate of w above.
    cosine, sine = real * real - imaginary * imaginary, -2.0 * real * imaginary
    argument = jax.lax.complex(-(e1 * cosine - e0 * sine), -(e1 * sine + e0 * cosine))
    factor = 4.0 * q / (1.0 + q) * gauss_fraction(0.5, 1.5, argument)
    return imaginary * factor.real - real * factor.imag, real * factor.real + imaginary * factor.imag


def cored_isothermal_potential(
    core: Float[ArrayLike, ""], y: Float[ArrayLike, "*shape"], x: Float[ArrayLike, "*shape"], ell_comps: Pair
) -> Float[Array, "*shape"]:
    r"""psi of `cored_isothermal_deflection`, 0 at the centre: arguments as there.

    .. math:: \psi = x \cdot \alpha - q c \ln \frac{(q t + c)^2 + (1 - q^2) x'^2}{(1 + q)^2 c^2}

    because psi is homogeneous in coordinates and core, and its derivative by the core is known.
    """
    y, x = jnp.asarray(y), jnp.asarray(x)
    e0, e1 = ell_comps
    alpha_y, alpha_x = cored_isothermal_deflection(core, y, x, ell_comps)
    _, t, q = _circular(core, y, x, ell_comps)
    along = 0.5 * ((1.0 - q * q) * (y * y + x * x) + (1.0 + q) ** 2 * (e1 * (x * x - y * y) + 2.0 * e0 * x * y))
    core = jnp.maximum(jnp.asarray(core), SMALLEST)
    logarithm = jnp.log(((q * t + core) ** 2 + along) / ((1.0 + q) * core) ** 2)
    return y * alpha_y + x * alpha_x - q * core * logarithm


def _circular(core: Any, y: Any, x: Any, ell_comps: Pair) -> tuple[Pair, Any, Any]:
    """(Re w, Im w), t and the axis ratio q."""
    e0, e1 = ell_comps
    flattening = norm(e0, e1)
    q = (1.0 - flattening) / (1.0 + flattening)
    real, imaginary = (1.0 - e1) * x - e0 * y, (1.0 + e1) * y - e0 * x
    square = ((1.0 + q) / (2.0 * q)) ** 2 * (real * real + imaginary * imaginary)
    return (real, imaginary), jnp.sqrt(square + core * core + SMALLEST**2), q
