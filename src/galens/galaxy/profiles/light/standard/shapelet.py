"""Shapelets: orthogonal functions about a centre, whose sums can be any smooth shape."""

from __future__ import annotations

import math
from typing import Any

import equinox as eqx
import jax.numpy as jnp

from galens.errors import ProfileError
from galens.galaxy.geometry import EllProfile, Spherical
from galens.galaxy.profiles.light.base import SMALLEST_SCALE, LightProfile
from galens.galaxy.profiles.parameters import Pair, Scalar, pair, parameter
from galens.numerics.orthogonal_functions import (
    cosine_and_sine_of_multiple,
    hermite_function,
    hermite_integral,
    laguerre,
    laguerre_integral,
)
from galens.numerics.special import root

__all__ = [
    "ShapeletCartesian",
    "ShapeletCartesianSph",
    "ShapeletExponential",
    "ShapeletExponentialSph",
    "ShapeletPolar",
    "ShapeletPolarSph",
]

# Radii, in units of the scale and of the exponent, beyond which exponentials are zero to the last bit: coordinates are
# held there, so that polynomials of them do not overflow.
GAUSSIAN_END = 50.0
EXPONENTIAL_END = 800.0
SMALLEST_SQUARE = 1e-100


def _whole(value: Any) -> int:
    try:
        whole = int(value)
    except (TypeError, ValueError):
        whole = None
    if whole is None or whole != value:
        raise ProfileError(f"n, m, n_y and n_x of a shapelet are whole numbers, got {value!r}.")
    return whole


def order(default: int = 0) -> Any:
    """A field that holds a whole number, which says what the function is and is no parameter."""
    return eqx.field(default=default, static=True, converter=_whole)


class Shapelet(EllProfile, LightProfile):
    """What shapelets share: the frame whose ellipse is a circle, in units of their scale."""

    centre: Pair = pair()
    ell_comps: Pair = pair()
    intensity: Scalar = parameter(1.0)
    beta: Scalar = parameter(1.0, at_least=0.0)

    def _scale(self) -> Any:
        return jnp.maximum(self.beta, SMALLEST_SCALE)

    def _scaled_frame(self, y: Any, x: Any, end: float = GAUSSIAN_END) -> tuple[Any, Any]:
        """(y' / q, x') in units of beta, each held at `end`."""
        dy, dx = self.frame(y, x)
        inverse = 1.0 / self._scale()
        return jnp.clip(dy * (inverse / self.axis_ratio()), -end, end), jnp.clip(dx * inverse, -end, end)


class ShapeletCartesian(Shapelet):
    r"""Cartesian shapelet: a Gaussian times Hermite polynomials along its axes.

    .. math:: I = I_0 \frac{H_{n_y}(v) H_{n_x}(u) \exp[-(u^2 + v^2) / 2]}{\beta \sqrt{2^{n_y + n_x} \pi n_y! n_x!}},
        \quad u = x' / \beta, \ v = y' / q \beta

    Those of one beta are orthogonal; the integral of the square is q for I_0 = 1.

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components (1 - q) / (1 + q) (sin 2 phi, cos 2 phi).
        intensity: I_0, in the unit of the data times arcsec.
        beta: scale along the major axis, arcsec.
        n_y, n_x: orders along the minor and major axis, 0 and more.

    Raises:
        ProfileError: an order that is not a whole number of 0 or more.

    Source: Refregier (2003), eq. 18.
    """

    n_y: int = order()
    n_x: int = order()

    def __check_init__(self) -> None:
        _require(self.n_y >= 0 and self.n_x >= 0, self, "n_y and n_x must be 0 or more")

    def image_at(self, y: Any, x: Any) -> Any:
        v, u = self._scaled_frame(y, x)
        return self.intensity / self._scale() * hermite_function(self.n_y, v) * hermite_function(self.n_x, u)

    @property
    def total_flux(self) -> Any:
        area = hermite_integral(self.n_y) * hermite_integral(self.n_x)
        return self.intensity * self._scale() * self.axis_ratio() * area


class ShapeletPolar(Shapelet):
    r"""Polar shapelet: a Gaussian times a Laguerre polynomial of the radius and a wave around the centre.

    .. math:: I = I_0 \frac{(-1)^k}{\beta \sqrt \pi} \sqrt{\frac{k!}{(k + |m|)!}} \rho^{|m|} e^{-\rho^2 / 2}
        L_k^{|m|}(\rho^2) A_m(\theta), \quad \beta^2 \rho^2 = x'^2 + y'^2 / q^2, \ k = (n - |m|) / 2

    with A = 1 for m = 0, -sin(m theta) for m > 0, cos(m theta) for m < 0, and theta the polar angle of (y', x'). For
    q = 1 those of one beta are orthogonal; the integral of the square is 1 for m = 0 and 1/2 for others.

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components (1 - q) / (1 + q) (sin 2 phi, cos 2 phi).
        intensity: I_0, in the unit of the data times arcsec.
        beta: scale along the major axis, arcsec.
        n: order, 0 and more.
        m: waves around the centre, -n, -n + 2, ..., n.

    Raises:
        ProfileError: orders that do not go together.

    Source: Massey & Refregier (2005), eq. 8.
    """

    n: int = order()
    m: int = order()

    def __check_init__(self) -> None:
        possible = self.n >= abs(self.m) and (self.n - self.m) % 2 == 0
        _require(possible, self, "m must be one of -n, -n + 2, ..., n with n 0 or more")

    def image_at(self, y: Any, x: Any) -> Any:
        waves = abs(self.m)
        v, u = self._scaled_frame(y, x)
        square = u * u + v * v
        # The angle is that of (y', x') = (q v, u): of a length that is not rho.
        v = v * self.axis_ratio()
        somewhere = u * u + v * v > SMALLEST_SQUARE
        ratio = jnp.where(somewhere, square, 0.0) / jnp.where(somewhere, u * u + v * v, 1.0)
        stretch = root(ratio)
        real, imaginary = cosine_and_sine_of_multiple(waves, stretch * u, stretch * v)
        wave = -imaginary if self.m > 0 else real
        return self.intensity / self._scale() * self._norm() * wave * jnp.exp(-0.5 * square) * self._laguerre(square)

    @property
    def total_flux(self) -> Any:
        waves, axis_ratio = abs(self.m), self.axis_ratio()
        # Around an ellipse the cosine of 2 k theta has the mean ((1 - q) / (1 + q))^k; the others have none.
        if self.m > 0 or waves % 2:
            return 0.0 * self.intensity
        mean = ((1.0 - axis_ratio) / (1.0 + axis_ratio)) ** (waves // 2)
        radial = math.pi * laguerre_integral((self.n - waves) // 2, waves, waves / 2)
        return self.intensity * self._scale() * axis_ratio * self._norm() * radial * mean

    def _laguerre(self, square: Any) -> Any:
        return laguerre((self.n - abs(self.m)) // 2, abs(self.m), square)

    def _norm(self) -> float:
        k = (self.n - abs(self.m)) // 2
        return (-1) ** k * math.sqrt(math.factorial(k) / math.factorial(k + abs(self.m)) / math.pi)


class ShapeletExponential(Shapelet):
    r"""Exponential shapelet: for galaxies, which have a cusp and wider wings than a Gaussian.

    .. math:: I = I_0 (-1)^n \sqrt{\frac{2}{\pi \beta^2 (2 n + 1)^3} \frac{(n - |m|)!}{(n + |m|)!}} s^{|m|} e^{-s / 2}
        L_{n - |m|}^{2 |m|}(s) A_m(\theta), \quad s = \frac{2 \rho}{2 n + 1}

    where rho and theta are polar coordinates of (y' / q, x') / beta, and A = 1 for m = 0, sqrt(2) cos(m theta) for
    m > 0, sqrt(2) sin(|m| theta) for m < 0. Those of one beta are orthogonal; the integral of the square is q for
    I_0 = 1.

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components (1 - q) / (1 + q) (sin 2 phi, cos 2 phi).
        intensity: I_0, in the unit of the data times arcsec.
        beta: scale along the major axis, arcsec: for n = 0 the light falls as exp(-rho).
        n: order, 0 and more.
        m: waves around the centre, -n, ..., n.

    Raises:
        ProfileError: orders that do not go together.

    Source: Berge et al. (2019), eq. 9, here with a norm of 1.
    """

    n: int = order()
    m: int = order()

    def __check_init__(self) -> None:
        _require(self.n >= abs(self.m), self, "m must be one of -n, ..., n with n 0 or more")

    def image_at(self, y: Any, x: Any) -> Any:
        v, u = self._scaled_frame(y, x, EXPONENTIAL_END * (2 * self.n + 1))
        step = 2.0 / (2 * self.n + 1)
        s = root(u * u + v * v) * step
        real, imaginary = cosine_and_sine_of_multiple(abs(self.m), u * step, v * step)
        wave = imaginary if self.m < 0 else real
        decline = jnp.exp(-0.5 * s) * laguerre(self.n - abs(self.m), 2 * abs(self.m), s)
        return self.intensity / self._scale() * self._norm() * wave * decline

    @property
    def total_flux(self) -> Any:
        if self.m:
            return 0.0 * self.intensity
        radial = 0.5 * math.pi * (2 * self.n + 1) ** 2 * laguerre_integral(self.n, 0, 1.0)
        return self.intensity * self._scale() * self.axis_ratio() * self._norm() * radial

    def _norm(self) -> float:
        n, waves = self.n, abs(self.m)
        square = 2.0 / math.pi / (2 * n + 1) ** 3 * math.factorial(n - waves) / math.factorial(n + waves)
        return (-1) ** n * math.sqrt(square * (2.0 if waves else 1.0))


class ShapeletCartesianSph(Spherical, ShapeletCartesian):
    """Circular `ShapeletCartesian`."""


class ShapeletPolarSph(Spherical, ShapeletPolar):
    """Circular `ShapeletPolar`."""


class ShapeletExponentialSph(Spherical, ShapeletExponential):
    """Circular `ShapeletExponential`."""


def _require(possible: bool, shapelet: Shapelet, rule: str) -> None:
    if not possible:
        raise ProfileError(f"{shapelet!r}: {rule}.")
