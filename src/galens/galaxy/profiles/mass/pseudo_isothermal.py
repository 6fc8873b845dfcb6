r"""Isothermal masses with a core and with a cut: the PIE and dPIE families of cluster lenses.

With the ellipticity :math:`\epsilon = e_1 + i e_0` and z = x + i y about the centre, ellipses of constant convergence
are the circles of :math:`w = (z - \epsilon \bar z) / (1 - |\epsilon|^2)`. With a core s and
:math:`V = \sqrt{s^2 + |w|^2}` the complex logarithms of the literature are one arc tangent,

.. math:: \alpha = b_0 (1 - |\epsilon|^2) \frac{w}{V + s} \,
          G\!\left(\frac{\bar\epsilon w^2}{(V + s)^2}\right), \qquad G(t^2) = \frac{\arctan t}{t}

whose argument is never above :math:`|\epsilon|`, so that a rational function takes its place. The difference of two
cores is again one arc tangent, by the rule for tangents of differences: nothing cancels where the two are nearly equal,
at axis ratio 1, or far out. Errors are below 1e-9 b_0 for axis ratios from 0.1 on, below 1e-13 from 0.5 on.

Source: Kassiola & Kovner (1993), ApJ 417, 450; Keeton (2001), astro-ph/0102341; Eliasdottir et al. (2007), 0710.5636.
"""

from __future__ import annotations

import abc
from typing import Any

import jax.numpy as jnp
import numpy as np

from galens.galaxy import convert
from galens.galaxy.cosmology import SPEED_OF_LIGHT, FlatLambdaCDM
from galens.galaxy.geometry import EllProfile, Spherical
from galens.galaxy.profiles.mass.base import MassProfile
from galens.galaxy.profiles.mass.ellipse import CENTRE, circle_of_ellipse, complex_ellipticity, squared
from galens.galaxy.profiles.parameters import Pair, Scalar, pair, parameter
from galens.numerics.gauss_fraction import gauss_fraction
from galens.numerics.special import logarithmic_slope, root

__all__ = [
    "PIEMass",
    "dPIEMass",
    "dPIEMassB0",
    "dPIEMassB0Sph",
    "dPIEMassSph",
    "dPIEPotential",
    "dPIEPotentialSph",
]

RADIANS_TO_B0 = 6.0 * 648000.0
"""Arcsec: b_0 over (sigma / c)^2 D_ls / D_s in the convention of lenstool, 6 pi radians."""


class PIEMass(EllProfile, MassProfile):
    r"""Pseudo-isothermal ellipsoid: an isothermal one with a core,

    .. math:: \kappa = \frac{b_0}{2 \sqrt{r_a^2 + R^2}}, \qquad
              R^2 = \frac{x'^2}{(1 + \varepsilon)^2} + \frac{y'^2}{(1 - \varepsilon)^2}, \quad
              \varepsilon = \frac{1 - q}{1 + q}

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components.
        ra: core radius r_a, arcsec.
        b0: strength, the Einstein radius without core and ellipticity, arcsec.
    """

    ra: Scalar = parameter(0.1, at_least=0.0)
    b0: Scalar = parameter(0.1, at_least=0.0)

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        _, e, w = circle_of_ellipse(self, y, x)
        part = w / (_reach(w, self.ra) + self.ra)
        alpha = self.b0 * (1.0 - squared(e)) * part * _arc(jnp.conj(e) * part * part)
        return alpha.imag, alpha.real

    def potential_at(self, y: Any, x: Any) -> Any:
        _, e, w = circle_of_ellipse(self, y, x)
        core = jnp.maximum(self.ra, CENTRE)
        logarithm = 0.5 * jnp.log(_square(w, e, _reach(w, self.ra), self.ra) / (4.0 * core * core))
        return _work(self, y, x) - self.b0 * (1.0 - squared(e)) * self.ra * logarithm

    def convergence_at(self, y: Any, x: Any) -> Any:
        _, _, w = circle_of_ellipse(self, y, x)
        return 0.5 * self.b0 / _reach(w, self.ra)


class dPIEMassB0(EllProfile, MassProfile):  # noqa: N801 (the field's name)
    r"""Dual pseudo-isothermal ellipsoid: isothermal between a core and a radius beyond which it falls off,

    .. math:: \kappa = \frac{b_0}{2} \frac{r_s}{r_s - r_a}
              \left[\frac{1}{\sqrt{r_a^2 + R^2}} - \frac{1}{\sqrt{r_s^2 + R^2}}\right]

    with R as for `PIEMass`. Its mass is finite; the two radii may be equal or in either order.

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components.
        ra: core radius r_a, arcsec.
        rs: radius of the cut r_s, arcsec.
        b0: strength, arcsec.
    """

    ra: Scalar = parameter(0.0, at_least=0.0)
    rs: Scalar = parameter(2.0, at_least=0.0)
    b0: Scalar = parameter(0.1, at_least=0.0)

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        _, e, w = circle_of_ellipse(self, y, x)
        inner, outer = _reach(w, self.ra), _reach(w, self.rs)
        both = 1.0 / ((inner + self.ra) * (outer + self.rs))
        part = both * (1.0 + (self.ra + self.rs) / (inner + outer)) * w / (1.0 + both * jnp.conj(e) * w * w)
        argument = (self.rs - self.ra) ** 2 * jnp.conj(e) * part * part
        alpha = self.b0 * self.rs * (1.0 - squared(e)) * part * _arc(argument)
        return alpha.imag, alpha.real

    def potential_at(self, y: Any, x: Any) -> Any:
        _, e, w = circle_of_ellipse(self, y, x)
        return _work(self, y, x) - self.b0 * (1.0 - squared(e)) * _logarithms(w, e, self.ra, self.rs)

    def convergence_at(self, y: Any, x: Any) -> Any:
        _, _, w = circle_of_ellipse(self, y, x)
        inner, outer = _reach(w, self.ra), _reach(w, self.rs)
        return 0.5 * self.b0 * self.rs * (self.ra + self.rs) / (inner * outer * (inner + outer))


class dPIEMassB0Sph(Spherical, MassProfile):  # noqa: N801
    """Circular `dPIEMassB0`.

    Args:
        centre, ra, rs, b0: see `dPIEMassB0`.
    """

    ra: Scalar = parameter(0.1, at_least=0.0)
    rs: Scalar = parameter(2.0, at_least=0.0)
    b0: Scalar = parameter(1.0, at_least=0.0)

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        dy, dx = self._offsets(y, x)
        scale = self.b0 * _round_deflection(dy * dy + dx * dx, self.ra, self.rs)
        return scale * dy, scale * dx

    def potential_at(self, y: Any, x: Any) -> Any:
        dy, dx = self._offsets(y, x)
        return self.b0 * _round_potential(dy * dy + dx * dx, self.ra, self.rs)

    def convergence_at(self, y: Any, x: Any) -> Any:
        dy, dx = self._offsets(y, x)
        inner, outer = (_hypotenuse(dy * dy + dx * dx, each) for each in (self.ra, self.rs))
        return 0.5 * self.b0 * self.rs * (self.ra + self.rs) / (inner * outer * (inner + outer))


class dPIEPotential(EllProfile, MassProfile):  # noqa: N801
    r"""Dual pseudo-isothermal *potential*: that of `dPIEMassB0Sph` with its circles made ellipses,

    .. math:: \psi = \psi_{\rm circular}(R), \qquad R^2 = (1 - \varepsilon) x'^2 + (1 + \varepsilon) y'^2

    Its convergence has the shape of a peanut, and negative parts where :math:`\varepsilon` is large.

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components of the potential, of norm :math:`\varepsilon`.
        ra: core radius, arcsec.
        rs: radius of the cut, arcsec.
        b0: strength, arcsec.
    """

    ra: Scalar = parameter(0.1, at_least=0.0)
    rs: Scalar = parameter(2.0, at_least=0.0)
    b0: Scalar = parameter(1.0, at_least=0.0)

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        z, e = complex_ellipticity(self, y, x)
        # The gradient of R^2 is 2 (z - e conj(z)).
        alpha = self.b0 * _round_deflection(self._square(z, e), self.ra, self.rs) * (z - e * jnp.conj(z))
        return alpha.imag, alpha.real

    def potential_at(self, y: Any, x: Any) -> Any:
        return self.b0 * _round_potential(self._square(*complex_ellipticity(self, y, x)), self.ra, self.rs)

    def _square(self, z: Any, e: Any) -> Any:
        return squared(z) - (jnp.conj(e) * z * z).real


class dPIEPotentialSph(dPIEMassB0Sph):  # noqa: N801
    """Circular `dPIEPotential`, which is `dPIEMassB0Sph`: of a circle mass and potential are circular.

    Args:
        centre, ra, rs, b0: see `dPIEPotential`.
    """


class LenstoolMass(MassProfile):
    """A dPIE in the parameters of lenstool: its strength follows from a velocity dispersion and a cosmology."""

    centre: Pair = pair()
    sigma: Scalar = parameter(200.0, at_least=0.0)
    r_core: Scalar = parameter(0.1, at_least=0.0)
    r_cut: Scalar = parameter(20.0, at_least=0.0)
    redshift_object: Scalar = parameter(0.5, at_least=0.0)
    redshift_source: Scalar = parameter(1.0, at_least=0.0)
    H0: Scalar = parameter(67.66, above=0.0)
    Om0: Scalar = parameter(0.30966, at_least=0.0)

    @property
    def b0(self) -> Any:
        """Strength, arcsec; 0 for sources in front of the mass."""
        universe = FlatLambdaCDM(H0=self.H0, Om0=self.Om0)
        between = universe.angular_diameter_distance_between_redshifts_in_kpc_from
        ratio = between(self.redshift_object, self.redshift_source) / between(0.0, self.redshift_source)
        return RADIANS_TO_B0 * (self.sigma / SPEED_OF_LIGHT) ** 2 * jnp.maximum(ratio, 0.0)

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        return self._in_arcsec().deflections_at(y, x)

    def potential_at(self, y: Any, x: Any) -> Any:
        return self._in_arcsec().potential_at(y, x)

    def convergence_at(self, y: Any, x: Any) -> Any:
        return self._in_arcsec().convergence_at(y, x)

    @abc.abstractmethod
    def _in_arcsec(self) -> MassProfile:
        """The same mass with its strength as an angle."""


class dPIEMass(LenstoolMass):  # noqa: N801
    r"""`dPIEMassB0` in the parameters of lenstool,

    .. math:: b_0 = 6 \pi \frac{\sigma^2}{c^2} \frac{D_{ls}}{D_s}, \qquad
              q = \sqrt{\frac{1 - \hat\varepsilon}{1 + \hat\varepsilon}}

    in a flat universe with a cosmological constant.

    Args:
        centre: (y, x), arcsec.
        ellipticity: that of lenstool.
        angle_pos: of the major axis, degrees counter-clockwise from +x.
        sigma: velocity dispersion, km / s.
        r_core, r_cut: radii of the core and of the cut, arcsec.
        redshift_object, redshift_source: of the mass and of what it deflects.
        H0, Om0: expansion rate, km / s / Mpc, and matter density of the universe.
    """

    ellipticity: Scalar = parameter(0.0, at_least=0.0, below=1.0)
    angle_pos: Scalar = parameter(0.0)

    @property
    def ell_comps(self) -> Pair:
        """Ellipticity components of the mass."""
        axis_ratio = root((1.0 - self.ellipticity) / (1.0 + self.ellipticity))
        return convert.ell_comps_from(axis_ratio, self.angle_pos)

    def _in_arcsec(self) -> MassProfile:
        return dPIEMassB0(centre=self.centre, ell_comps=self.ell_comps, ra=self.r_core, rs=self.r_cut, b0=self.b0)


class dPIEMassSph(LenstoolMass):  # noqa: N801
    """Circular `dPIEMass`.

    Args:
        centre, sigma, r_core, r_cut, redshift_object, redshift_source, H0, Om0: see `dPIEMass`.
    """

    def _in_arcsec(self) -> MassProfile:
        return dPIEMassB0Sph(centre=self.centre, ra=self.r_core, rs=self.r_cut, b0=self.b0)


def _hypotenuse(square: Any, core: Any) -> Any:
    """sqrt(core^2 + R^2), not below `CENTRE`."""
    return jnp.sqrt(jnp.maximum(core * core + square, CENTRE**2))


def _reach(w: Any, core: Any) -> Any:
    return _hypotenuse(squared(w), core)


def _arc(square: Any) -> Any:
    """arctan(t) / t of t^2, for |t| < 1."""
    return gauss_fraction(0.5, 1.5, -square)


def _work(mass: MassProfile, y: Any, x: Any) -> Any:
    """The deflection times the distance from the centre."""
    alpha_y, alpha_x = mass.deflections_at(y, x)
    return (y - mass.centre[0]) * alpha_y + (x - mass.centre[1]) * alpha_x


def _square(w: Any, e: Any, reach: Any, core: Any) -> Any:
    """|(V + s) + conj(e) w^2 / (V + s)|^2, which is 4 s^2 at the centre."""
    total, rest = reach + core, reach - core
    whole = total * total + squared(e) * rest * rest + 2.0 * (jnp.conj(e) * w * w).real
    return jnp.maximum(whole, CENTRE**2)


def _logarithms(w: Any, e: Any, ra: Any, rs: Any) -> Any:
    """r_s / (r_s - r_a) (r_a L(r_a) - r_s L(r_s)) with L(s) = ln sqrt(`_square` / 4 s^2)."""
    inner, outer = _reach(w, ra), _reach(w, rs)
    squares = _square(w, e, inner, ra), _square(w, e, outer, rs)
    core, cut = jnp.maximum(ra, CENTRE), jnp.maximum(rs, CENTRE)
    mean = (ra + rs) / (inner + outer)
    # The difference of the squares over that of the radii.
    slope = (inner + ra + outer + rs) * (1.0 + mean) + squared(e) * (inner - ra + outer - rs) * (mean - 1.0)
    fall = logarithmic_slope(core, cut, core - cut)
    rise = 0.5 * slope * logarithmic_slope(*squares, (ra - rs) * slope)
    return rs * (ra * (fall - rise) - 0.5 * jnp.log(squares[1] / (4.0 * cut * cut)))


def _round_deflection(square: Any, ra: Any, rs: Any) -> Any:
    """alpha / R of the circular mass with b_0 = 1, for R^2."""
    inner, outer = _hypotenuse(square, ra), _hypotenuse(square, rs)
    return rs * (1.0 + (ra + rs) / (inner + outer)) / ((inner + ra) * (outer + rs))


def _round_potential(square: Any, ra: Any, rs: Any) -> Any:
    """psi of the circular mass with b_0 = 1, for R^2."""
    w = root(square)
    return square * _round_deflection(square, ra, rs) - _logarithms(w, np.float64(0.0), ra, rs)
