r"""Power laws with a core.

With z, the ellipticity, w and G as in `pseudo_isothermal`, a core of :math:`\sigma` there and
:math:`V^2 = \sigma^2 + |w|^2`, the deflection is an integral with two ends,

.. math:: \bar\alpha \propto \int_\sigma^V \frac{v^{1-t} dv}{\sqrt{Z^2 - 4 \epsilon v^2}}, \qquad
          Z^2 = z^2 + 4 \epsilon \sigma^2

Outside a few cores each end is a hypergeometric function, evaluated as a rational one. Near the foci Z vanishes and the
two cancel; there, where the integrand varies little, a Gauss-Legendre rule does the integral. Its variable, the
logarithm of the shell's area with the poles of both the core and the flat axis sent to a distance of i pi, makes 20
nodes enough.
"""

from __future__ import annotations

from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np

from galens.galaxy.geometry import EllProfile, Spherical
from galens.galaxy.profiles.mass.base import MassProfile
from galens.galaxy.profiles.mass.ellipse import CENTRE, circle_of_ellipse, complex_ellipticity, squared
from galens.galaxy.profiles.mass.pseudo_isothermal import PIEMass
from galens.galaxy.profiles.parameters import Scalar, parameter
from galens.numerics.gauss_fraction import gauss_fraction
from galens.numerics.special import norm, power

__all__ = ["IsothermalCore", "IsothermalCoreSph", "PowerLawCore", "PowerLawCoreSph"]

NEAR_NODES, FAR_NODES = 20, 48


class PowerLawCore(EllProfile, MassProfile):
    r"""Elliptical power law with a core,

    .. math:: \kappa = \frac{3 - \gamma}{1 + q} \left(\frac{\theta_E^2}{s^2 + \xi^2}\right)^{(\gamma - 1) / 2}, \qquad
              \xi^2 = x'^2 + y'^2 / q^2

    The deflection is good to 1e-9 Einstein radii for axis ratios from 0.1 on, the potential to 1e-7 of their square.

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components.
        einstein_radius: theta_E, that of the power law without the core, along the major axis, arcsec.
        slope: gamma, of the density in three dimensions outside the core; 2 is isothermal.
        core_radius: s, along the major axis, arcsec.

    Source: Keeton (2001), astro-ph/0102341; Schramm (1990), A&A 231, 19.
    """

    einstein_radius: Scalar = parameter(1.0, at_least=0.0)
    slope: Scalar = parameter(2.0, above=1.0, below=3.0)
    core_radius: Scalar = parameter(0.01, at_least=0.0)

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        z, e = complex_ellipticity(self, y, x)
        limit = 4.0 * (1.0 + 4.0 * norm(e.real, e.imag)) * jnp.maximum(self._core(), CENTRE) ** 2
        near = squared(z) < limit
        inside = _near_deflection(jnp.where(near, z, 0.0), e, jnp.maximum(self.core_radius, CENTRE), self.slope - 1.0)
        away = jnp.where(near, jnp.sqrt(2.0 * limit), z)
        outside = _far_deflection(away, e, self._core(), self.slope - 1.0)
        q = self.axis_ratio()
        near_scale = (3.0 - self.slope) * q / (1.0 + q) * power(self.einstein_radius, self.slope - 1.0)
        far_scale = 8.0 * q / (1.0 + q) ** 3 * self._steepness()
        alpha = jnp.where(near, near_scale * inside, far_scale * outside)
        return alpha.imag, alpha.real

    def potential_at(self, y: Any, x: Any) -> Any:
        # The potential is homogeneous of degree 3 - gamma in the coordinates and the core together.
        z, e = complex_ellipticity(self, y, x)
        alpha_y, alpha_x = self.deflections_at(y, x)
        q, t = self.axis_ratio(), self.slope - 1.0
        core = power(self.core_radius, 2.0 - t) * power(self.einstein_radius, t) * q / (1.0 + q)
        rest = _core_potential(z, e, jnp.maximum(self.core_radius, CENTRE), t)
        return (z.real * alpha_x + z.imag * alpha_y) / (3.0 - self.slope) - core * rest

    def convergence_at(self, y: Any, x: Any) -> Any:
        _, _, w = circle_of_ellipse(self, y, x)
        square = jnp.maximum(self._core() ** 2 + squared(w), CENTRE**2)
        scale = (3.0 - self.slope) / (1.0 + self.axis_ratio()) * self._steepness()
        return scale * power(square, 0.5 * (1.0 - self.slope))

    def _core(self) -> Any:
        """The core in the plane of w."""
        return 0.5 * self.core_radius * (1.0 + self.axis_ratio())

    def _steepness(self) -> Any:
        return power(0.5 * self.einstein_radius * (1.0 + self.axis_ratio()), self.slope - 1.0)


class PowerLawCoreSph(Spherical, PowerLawCore):
    """Circular `PowerLawCore`, whose deflection is a difference of powers.

    Args:
        centre, einstein_radius, slope, core_radius: see `PowerLawCore`.
    """

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        dy, dx = self._offsets(y, x)
        square = dy * dy + dx * dx
        core = jnp.maximum(self.core_radius**2, CENTRE**2)
        whole = core + square
        # The core's part of the mass, without cancellation near the centre.
        near = square < core
        logarithm = jnp.where(
            near, jnp.log1p(-jnp.where(near, square, 0.0) / whole), jnp.log(self._floored_core() / whole)
        )
        half = 0.5 * (3.0 - self.slope)
        mass = -power(whole, half) * jnp.expm1(half * logarithm)
        scale = power(self.einstein_radius, self.slope - 1.0) * mass / jnp.maximum(square, CENTRE**2)
        return scale * dy, scale * dx

    def _floored_core(self) -> Any:
        return jnp.maximum(self.core_radius**2, 1e-280)


class IsothermalCore(PowerLawCore):
    """`PowerLawCore` with the slope 2, in the closed form of `PIEMass`.

    Args:
        centre, ell_comps, einstein_radius, core_radius: see `PowerLawCore`.
    """

    slope: ClassVar[Scalar] = 2.0  # type: ignore[misc]

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        return self._closed().deflections_at(y, x)

    def potential_at(self, y: Any, x: Any) -> Any:
        return self._closed().potential_at(y, x)

    def convergence_at(self, y: Any, x: Any) -> Any:
        return self._closed().convergence_at(y, x)

    def _closed(self) -> PIEMass:
        return PIEMass(centre=self.centre, ell_comps=self.ell_comps, ra=self._core(), b0=self.einstein_radius)


class IsothermalCoreSph(Spherical, IsothermalCore):
    """Circular `IsothermalCore`.

    Args:
        centre, einstein_radius, core_radius: see `PowerLawCore`.
    """


def _far_deflection(z: Any, e: Any, core: Any, t: Any) -> Any:
    """conj of the sum of both ends, without the scale, for |z|^2 well above 4 |e| core^2."""
    flattening = squared(e)
    turned = ((1.0 + flattening) * z - 2.0 * e * jnp.conj(z)) / (1.0 - flattening)
    square = core * core + squared(z - e * jnp.conj(z)) / (1.0 - flattening) ** 2
    focus = z * jnp.sqrt(1.0 + 4.0 * e * (core / z) ** 2)

    def end(square: Any, root: Any, degree: int) -> Any:
        total = focus + root
        return 2.0 / total * gauss_fraction(0.5 * t, 2.0 - 0.5 * t, -4.0 * e * square / (total * total), degree=degree)

    # The argument of the inner end is below 1/8.
    value = power(square, 1.0 - 0.5 * t) * end(square, turned, 12) - power(core, 2.0 - t) * end(core * core, z, 6)
    return jnp.conj(value)


def _near_deflection(z: Any, e: Any, core: Any, t: Any) -> Any:
    """The deflection within a few cores, without the scale, by quadrature with nodes that are the same everywhere."""
    flat, q = _flatness(e)
    length = norm(e.real, e.imag)
    graded = (1.0 + length) ** 2 / ((1.0 + length) ** 2 + 4.0 + 16.0 * length)
    nodes, weights = _rule(NEAR_NODES)
    reach = jnp.log1p(1.0 / (graded * q * q))
    shell = graded * jnp.expm1(reach * nodes)
    widening = 1.0 + shell * flat * length
    weights = reach * weights * (graded + shell) / (widening * jnp.sqrt(widening))
    square, skew = squared(z)[..., None], (jnp.conj(e) * z * z).real[..., None]
    radius = shell * ((1.0 + widening) * square - shell * flat * skew) / (2.0 * widening)
    parts = weights * power(core * core + radius, -0.5 * t)
    along = 0.5 * jnp.sum((1.0 + widening) * parts, axis=-1)
    across = 0.5 * flat * jnp.sum(shell * parts, axis=-1)
    return along * z - across * e * jnp.conj(z)


def _core_potential(z: Any, e: Any, core: Any, t: Any) -> Any:
    """What the core takes from the potential of a power law: grows like the logarithm of the radius over the core."""
    flat, q = _flatness(e)
    square, skew = squared(z)[..., None], (jnp.conj(e) * z * z).real[..., None]
    whole = core * core + square
    graded = core * core / whole
    nodes, weights = _rule(FAR_NODES)
    reach = jnp.log1p(1.0 / (graded * q * q))
    growth = jnp.expm1(reach * nodes)
    widening = 1.0 + graded * growth * flat * norm(e.real, e.imag)
    radius = ((1.0 + widening) * square - graded * growth * flat * skew) / (2.0 * widening)
    fall = -jnp.expm1(-0.5 * t * jnp.log1p(growth * radius / whole))
    return jnp.sum(reach * weights * fall * (1.0 + growth) / (growth * jnp.sqrt(widening)), axis=-1)


def _flatness(e: Any) -> tuple[Any, Any]:
    """(1 - q^2) / |e|, and q."""
    length = norm(e.real, e.imag)
    return 4.0 / (1.0 + length) ** 2, (1.0 - length) / (1.0 + length)


def _rule(order: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of Gauss-Legendre on (0, 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(order)
    return 0.5 * (nodes + 1.0), 0.5 * weights
