r"""Power-law mass profiles, the isothermal one among them.

With the complex coordinate z = x + i y about the centre and the ellipticity :math:`\epsilon = e_1 + i e_0`, everything
is a function of :math:`w = z - \epsilon \bar z`, whose circles are the ellipses of constant convergence. No angle and
no rotation is needed, and nothing is special at axis ratio 1.
"""

from __future__ import annotations

from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp

from galens.errors import ProfileError
from galens.galaxy import convert
from galens.galaxy.geometry import EllProfile, Spherical
from galens.galaxy.profiles.mass.base import MassProfile
from galens.galaxy.profiles.parameters import Pair, Scalar, pair, parameter
from galens.numerics.power_law_fraction import power_law_fraction
from galens.numerics.special import norm, power

__all__ = ["Isothermal", "IsothermalSph", "PowerLaw", "PowerLawIntermediate", "PowerLawMultipole", "PowerLawSph"]


class PowerLaw(EllProfile, MassProfile):
    r"""Elliptical power law.

    .. math:: \kappa = \frac{3 - \gamma}{1 + q} \left(\frac{\theta_E}{\xi}\right)^{\gamma - 1}, \qquad
              \xi^2 = x'^2 + y'^2 / q^2

    with the deflection of Tessore & Metcalf, whose hypergeometric function is evaluated as a rational one. Its error is
    below 1e-9 Einstein radii for axis ratios from 0.1 on, below 1e-13 from 0.5 on.

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components (1 - q) / (1 + q) (sin 2 phi, cos 2 phi).
        einstein_radius: theta_E, along the major axis, arcsec.
        slope: gamma, of the density in three dimensions; 2 is isothermal.

    Source: Tessore & Metcalf (2015), A&A 580, A79.
    """

    einstein_radius: Scalar = parameter(1.0, at_least=0.0)
    slope: Scalar = parameter(2.0, above=1.0, below=3.0)

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        (u, v), length, flattening = self._circular(y, x)
        t = self.slope - 1.0
        # F(-conj(epsilon) w / conj(w)); at the centre, where w / conj(w) has no value, any will do.
        e0, e1 = convert.bounded_ell_comps(self.ell_comps)
        square = u * u + v * v
        away = square > 0.0
        safe = jnp.where(away, square, 1.0)
        cosine, sine = jnp.where(away, (u * u - v * v) / safe, 1.0), jnp.where(away, 2.0 * u * v / safe, 0.0)
        argument = -(e1 * cosine + e0 * sine), -(e1 * sine - e0 * cosine)
        real, imaginary = power_law_fraction(t, *argument, e0 * e0 + e1 * e1)
        scale = (1.0 + flattening) * self._steepness(length, flattening)
        return scale * (u * imaginary + v * real), scale * (u * real - v * imaginary)

    def potential_at(self, y: Any, x: Any) -> Any:
        # The potential is homogeneous of degree 3 - gamma.
        alpha_y, alpha_x = self.deflections_at(y, x)
        dy, dx = self._offsets(y, x)
        return (dy * alpha_y + dx * alpha_x) / (3.0 - self.slope)

    def convergence_at(self, y: Any, x: Any) -> Any:
        _, length, flattening = self._circular(y, x)
        return 0.5 * (3.0 - self.slope) * (1.0 + flattening) * self._steepness(length, flattening)

    def _circular(self, y: Any, x: Any) -> tuple[tuple[Any, Any], Any, Any]:
        """w as (real, imaginary), |w|, and |epsilon|."""
        dy, dx = self._offsets(y, x)
        e0, e1 = convert.bounded_ell_comps(self.ell_comps)
        w = (1.0 - e1) * dx - e0 * dy, (1.0 + e1) * dy - e0 * dx
        return w, norm(*w), norm(e0, e1)

    def _steepness(self, length: Any, flattening: Any) -> Any:
        """(b / |w|)^(gamma - 1), finite at the centre."""
        scale = self._major_radius() * (1.0 - flattening)
        ratio = scale / jnp.maximum(length, CENTRE)
        return ratio if self._is_isothermal() else power(ratio, self.slope - 1.0)

    def _is_isothermal(self) -> bool:
        """Whether the slope is 2 whatever the parameters: no power is needed then."""
        return isinstance(self.slope, float) and self.slope == 2.0

    def _major_radius(self) -> Any:
        return self.einstein_radius


CENTRE = 1e-12
"""Arcsec: a convergence that is infinite at the centre is, within this radius, as there."""


class PowerLawSph(Spherical, PowerLaw):
    """Circular `PowerLaw`, whose deflection is a power of the radius.

    Args:
        centre, einstein_radius, slope: see `PowerLaw`.
    """

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        (dx, dy), length, _ = self._circular(y, x)
        scale = self._steepness(length, 0.0)
        return scale * dy, scale * dx

    def _circular(self, y: Any, x: Any) -> tuple[tuple[Any, Any], Any, Any]:
        dy, dx = self._offsets(y, x)
        return (dx, dy), norm(dy, dx), 0.0


class PowerLawIntermediate(PowerLaw):
    r"""`PowerLaw` with its Einstein radius along the intermediate axis: of the circle with the area of the ellipse.

    It is :math:`\sqrt{q} [2 / (1 + q)]^{1 / (\gamma - 1)}` times that of `PowerLaw`: the convention of lenstronomy and
    of the COOLEST standard.

    Args:
        centre, ell_comps, slope: see `PowerLaw`.
        einstein_radius: arcsec.
    """

    def _major_radius(self) -> Any:
        q = self.axis_ratio()
        return self.einstein_radius / jnp.sqrt(q) * power(0.5 * (1.0 + q), 1.0 / (self.slope - 1.0))


class Isothermal(PowerLaw):
    """Singular isothermal ellipsoid: `PowerLaw` with the slope 2.

    Args:
        centre, ell_comps, einstein_radius: see `PowerLaw`.
    """

    slope: ClassVar[Scalar] = 2.0  # type: ignore[misc]


class IsothermalSph(PowerLawSph):
    """Singular isothermal sphere: `PowerLawSph` with the slope 2.

    Args:
        centre, einstein_radius: see `PowerLaw`.
    """

    slope: ClassVar[Scalar] = 2.0  # type: ignore[misc]


def _whole(value: Any) -> int:
    if isinstance(value, bool) or value != int(value) or value < 1:
        raise ProfileError(f"PowerLawMultipole: m is {value!r}, but must be a whole number from 1 on.")
    return int(value)


class PowerLawMultipole(MassProfile):
    r"""An angular structure on top of a power law,

    .. math:: \kappa = \frac{k}{2} \left(\frac{\theta_E}{r}\right)^{\gamma - 1} \cos m (\phi - \phi_m), \qquad
              \psi = -\frac{\theta_E^{\gamma - 1} r^{3 - \gamma}}{m^2 - (3 - \gamma)^2} k \cos m (\phi - \phi_m)

    with multipole_comps = k (sin m phi_m, cos m phi_m).

    Args:
        m: order, a whole number.
        centre: (y, x), arcsec.
        einstein_radius: theta_E of the power law, arcsec.
        slope: gamma of the power law.
        multipole_comps: strength and orientation.

    Raises:
        ProfileError: m = 1 on an isothermal profile, whose potential is infinite.

    Source: Chu et al. (2013), ApJ 765, 134; Powell et al. (2022).
    """

    m: int = eqx.field(default=4, static=True, converter=_whole)
    centre: Pair = pair()
    einstein_radius: Scalar = parameter(1.0, at_least=0.0)
    slope: Scalar = parameter(2.0, above=1.0, below=3.0)
    multipole_comps: Pair = pair()

    def __check_init__(self) -> None:
        if self.m == 1 and isinstance(self.slope, float) and self.slope == 2.0:
            raise ProfileError("PowerLawMultipole: m = 1 on an isothermal profile (slope 2) has an infinite potential.")

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        sine, cosine, radius = self._direction(y, x)
        real, imaginary = _whole_power(cosine, sine, self.m - 1)
        strength = self._strength(cosine * real - sine * imaginary, sine * real + cosine * imaginary)
        across = self._strength(real, imaginary), self._strength(-imaginary, real)
        fall = 3.0 - self.slope - self.m
        scale = self._potential_scale() * power(radius, 2.0 - self.slope)
        return (
            scale * (fall * sine * strength + self.m * across[1]),
            scale * (fall * cosine * strength + self.m * across[0]),
        )

    def potential_at(self, y: Any, x: Any) -> Any:
        sine, cosine, radius = self._direction(y, x)
        scale = self._potential_scale() * power(radius, 3.0 - self.slope)
        return scale * self._strength(*_whole_power(cosine, sine, self.m))

    def convergence_at(self, y: Any, x: Any) -> Any:
        sine, cosine, radius = self._direction(y, x)
        scale = 0.5 * power(self.einstein_radius / radius, self.slope - 1.0)
        return scale * self._strength(*_whole_power(cosine, sine, self.m))

    def _direction(self, y: Any, x: Any) -> tuple[Any, Any, Any]:
        """(sin phi, cos phi, r): no direction at all at the centre, where the radius is positive."""
        dy, dx = self._offsets(y, x)
        radius = jnp.maximum(norm(dy, dx), CENTRE)
        return dy / radius, dx / radius, radius

    def _strength(self, real: Any, imaginary: Any) -> Any:
        """k cos m (phi - phi_m) where (real, imaginary) are those of exp(i m phi)."""
        return self.multipole_comps[1] * real + self.multipole_comps[0] * imaginary

    def _potential_scale(self) -> Any:
        degree = 3.0 - self.slope
        return -power(self.einstein_radius, self.slope - 1.0) / (self.m**2 - degree * degree)


def _whole_power(real: Any, imaginary: Any, exponent: int) -> tuple[Any, Any]:
    """(real + i imaginary)^exponent for an exponent of 0 or more."""
    result = jnp.ones_like(real), jnp.zeros_like(real)
    for _ in range(exponent):
        result = result[0] * real - result[1] * imaginary, result[0] * imaginary + result[1] * real
    return result
