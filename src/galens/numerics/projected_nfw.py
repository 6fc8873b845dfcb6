r"""Convergence and deflection of an NFW halo of unit scales, whose convergence is constant on ellipses, in closed form.

With x the radius over the scale radius circles are made of

.. math:: F(x) = \frac{\mathrm{arcosh}(1/x)}{\sqrt{1 - x^2}} \; (x < 1), \qquad
                 \frac{\arccos(1/x)}{\sqrt{x^2 - 1}} \; (x > 1)

which is smooth at x = 1: in :math:`d = (1 - x) / (1 + x)` it is :math:`(1 + d) \, \mathrm{artanh}(\sqrt d) / \sqrt d`.

For ellipses let :math:`z = x + i y` be along the major and minor axis, :math:`\epsilon^2 = 1 - q^2`,
:math:`u = x + i y / q`, :math:`\xi = |u|` and :math:`\zeta = q x + i y / q = \sqrt{z^2 - \epsilon^2 \xi^2}`. The
integral of Bourassa & Kantowski over the ellipses within :math:`\xi` is

.. math:: \alpha_x - i \alpha_y = 4 \kappa_s r_s q \frac{z L + \zeta F(\xi)}{z^2 - \epsilon^2}, \qquad
          L = \ln \frac{z \bar u}{(1 + q) |u|}

Numerator and denominator both vanish at the foci :math:`z = \pm\epsilon`, and the parts of the numerator nearly cancel
within small circles; here they are put together so that nothing is lost.

Source: Heyrovsky & Karamazov (2024), A&A 690, A19.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from galens.numerics.logarithm import log
from galens.numerics.polynomial import horner
from galens.numerics.special import norm

__all__ = ["arc", "deflection", "enclosed", "surface_density"]

# Rational interpolation at Chebyshev nodes, of relative error 2e-16.
ABOVE = (
    1.0,
    2.7786873194273691,
    2.8985769779296096,
    1.4068991894137552,
    0.31870179547402133,
    0.029301676641344941,
    0.00071481147808114652,
)
BELOW = (
    1.0,
    3.1120206527607039,
    3.7359171955164978,
    2.1726579335573794,
    0.62920093541343679,
    0.083335209951846295,
    0.0039187133108901421,
    2.7905593189102406e-05,
)
INNER = 0.49
"""Squared radius below which F is a logarithm; beyond, d is below 0.18."""

FOCUS = 0.1
"""Times q^2, the size of (z^2 - epsilon^2) / z^2 below which it is divided out."""

SMALLEST = 1e-10
"""Scale radii, 1e-8 in 32 bits: nearer to the centre the halo is as there."""

NEAR = 0.1
"""|d| below which the surface density is a series."""

ARTANH = tuple(1.0 / (2 * k + 1) for k in range(7))  # of artanh(sqrt v) / sqrt v for v below 0.006
DENSITY = tuple(4.0 * k / (4.0 * k * k - 1.0) for k in range(1, 17))


def arc(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """F at radii above 0, to rounding."""
    x = jnp.asarray(x)
    return _arc(x * x)[0]


def surface_density(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """(1 - F) / (x^2 - 1) at radii above 0, half the convergence over kappa_s."""
    x = jnp.asarray(x)
    d = (1.0 - x) / (1.0 + x)
    near = jnp.abs(d) < NEAR
    series = 0.25 * (1.0 + d) ** 2 * horner(DENSITY, jnp.where(near, d, 0.0))
    away = jnp.where(near, 2.0, x)
    return jnp.where(near, series, (1.0 - arc(away)) / (away * away - 1.0))


def enclosed(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """ln(x / 2) + F at radii above 0: the integral of x times the surface density, to the digits that it has."""
    x = jnp.asarray(x)
    return _arc(x * x)[1]


def deflection(
    y: Float[ArrayLike, "*shape"],
    x: Float[ArrayLike, "*shape"],
    ell_comps: tuple[Float[ArrayLike, ""], Float[ArrayLike, ""]],
) -> tuple[Float[Array, "*shape"], Float[Array, "*shape"]]:
    r"""(y, x) components of the deflection over :math:`4 \kappa_s r_s`.

    Its error is below 1e-12 for axis ratios from 0.1 on. It is written without the angle of the ellipse, whose
    doubled angle turns every term, so that it is exact also for circles.

    Args:
        y, x: from the centre, along the axes of the sky, in scale radii.
        ell_comps: (1 - q) / (1 + q) (sin 2 phi, cos 2 phi), of a norm below 1.
    """
    e0, e1 = (jnp.asarray(each, float) for each in ell_comps)
    y, x = jnp.broadcast_arrays(jnp.asarray(y, float), jnp.asarray(x, float))
    smallest = SMALLEST if y.dtype == jnp.float64 else 1e-8
    centre = y * y + x * x < smallest**2
    alpha_y, alpha_x = _away_from_centre(jnp.where(centre, 0.0, y), jnp.where(centre, smallest, x), e0, e1)
    slope = alpha_x / smallest
    return jnp.where(centre, slope * y, alpha_y), jnp.where(centre, slope * x, alpha_x)


def _away_from_centre(y: Any, x: Any, e0: Any, e1: Any) -> tuple[Any, Any]:
    """The deflection where y and x are not both zero."""
    flattening = norm(e0, e1)
    q = (1.0 - flattening) / (1.0 + flattening)
    square = x * x + y * y
    # m + i n = e conj(z), which makes conj(u) (1 - |e|) and zeta = z + D of z.
    m, n = e1 * x + e0 * y, e0 * x - e1 * y
    short = x - m, y - n
    stretch = 2.0 / (1.0 - flattening**2)
    d = stretch * (flattening**2 * x - m), stretch * (flattening**2 * y - n)
    eccentric = (short[0] ** 2 + short[1] ** 2) / (1.0 - flattening) ** 2
    f, rest = _arc(eccentric)

    # z L + zeta F = z (L + l) + D F + z (F - l), where L + l = i theta - ln |z + D / 2| / |z|, and the tangent of
    # half the angle theta between z and u is below 1.
    inverse = 1.0 / square
    ratio = _times((x * inverse, -y * inverse), d)
    growth = ratio[0] + 0.25 * inverse * (d[0] ** 2 + d[1] ** 2)
    across, along = n * x - m * y, x * short[0] + y * short[1]
    half = across / (jnp.sqrt(square) * jnp.sqrt(short[0] ** 2 + short[1] ** 2) + along)
    turned = _times((x, y), (-0.5 * log(1.0 + growth), 2.0 * half * _arctan_ratio(half * half)))
    numerator = turned[0] + d[0] * f + x * rest, turned[1] + d[1] * f + y * rest
    focal = 4.0 / (1.0 + flattening) ** 2
    denominator = (x - y) * (x + y) - focal * e1, 2.0 * x * y - focal * e0

    # k = (z^2 - epsilon^2) / z^2
    over_z = x * inverse, -y * inverse
    k = _times(_times(denominator, over_z), over_z)
    focus = k[0] ** 2 + k[1] ** 2 < (FOCUS * q * q) ** 2
    away = _over(numerator, _where(~focus, denominator, 1.0))
    near = _next_to_focus(
        jnp.where(focus, eccentric, 0.5),
        _where(focus, k, 0.0),
        _where(focus, (1.0 + ratio[0], ratio[1]), 0.5),
        f,
    )
    near = _times(over_z, near)
    return -q * jnp.where(focus, near[1], away[1]), q * jnp.where(focus, near[0], away[0])


def _next_to_focus(eccentric: Any, k: Any, sigma: Any, arc_: Any) -> tuple[Any, Any]:
    r"""z times the quotient next to a focus, where all of the numerator has the factor k.

    .. math:: \frac{\xi^2 F}{\sigma + s} - Q \frac{\mathrm{artanh} \, k Q}{k Q}, \qquad
              Q = \frac{(1 - k) \xi^2 [1 / (1 + \sigma) + 1 / (1 + s)]}{(2 - k) (\sigma + s - k s) - k^2}

    with :math:`\sigma = \zeta / z` and :math:`s^2 = 1 - \xi^2`: both logarithms are inverse hyperbolic tangents there,
    and the difference of two of those is one.
    """
    s = jnp.sqrt(1.0 - eccentric)
    total = sigma[0] + s, sigma[1]
    below = _times((2.0 - k[0], -k[1]), (total[0] - s * k[0], total[1] - s * k[1]))
    square = _times(k, k)
    below = _times((below[0] - square[0], below[1] - square[1]), ((1.0 + s) * (1.0 + sigma[0]), (1.0 + s) * sigma[1]))
    above = _times((eccentric * (1.0 - k[0]), -eccentric * k[1]), (2.0 + total[0], total[1]))
    quotient = _over(above, below)
    argument = _times(k, quotient)
    argument = _times(argument, argument)
    series = ARTANH[5], jnp.zeros_like(s)
    for each in ARTANH[4::-1]:
        series = _times(series, argument)
        series = series[0] + each, series[1]
    logarithms = _times(quotient, series)
    first = _over((eccentric * arc_, jnp.zeros_like(s)), total)
    return first[0] - logarithms[0], first[1] - logarithms[1]


def _arc(square: Any) -> tuple[Any, Any]:
    """F and F - l with l = ln(2 / x): the difference, of the order of x^2 l within small circles, and so its error."""
    logarithm = 0.5 * log(4.0 / square)
    inner = square < INNER
    small, large = jnp.where(inner, square, 0.25), jnp.where(inner, 1.0, square)
    s = jnp.sqrt(1.0 - small)
    inverse = 1.0 / (s * (1.0 + s) * (3.0 + s))
    # F = [l + ln((1 + s) / 2)] / s, where the second logarithm is -2 artanh(w).
    w = small * inverse * s
    within = small * inverse * ((3.0 + s) * logarithm - 2.0 * _artanh_ratio(w * w))
    grown = 2.0 / (1.0 + jnp.sqrt(large))  # 1 + d
    beyond = grown * _arctan_ratio(1.0 - grown)
    return jnp.where(inner, logarithm + within, beyond), jnp.where(inner, within, beyond - logarithm)


def _arctan_ratio(x: Any) -> Any:
    """arctan(sqrt x) / sqrt x, for negative x artanh(sqrt -x) / sqrt -x, from -0.18 to 1."""
    return horner(ABOVE, x) / horner(BELOW, x)


def _artanh_ratio(x: Any) -> Any:
    """artanh(sqrt x) / sqrt x for |x| below 0.006."""
    return horner(ARTANH, x)


def _times(a: tuple[Any, Any], b: tuple[Any, Any]) -> tuple[Any, Any]:
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


def _where(condition: Any, a: tuple[Any, Any], otherwise: float) -> tuple[Any, Any]:
    return jnp.where(condition, a[0], otherwise), jnp.where(condition, a[1], otherwise)


def _over(a: tuple[Any, Any], b: tuple[Any, Any]) -> tuple[Any, Any]:
    inverse = 1.0 / (b[0] * b[0] + b[1] * b[1])
    return _times(a, (b[0] * inverse, -b[1] * inverse))
