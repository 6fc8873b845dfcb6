"""Sersic profiles with a shallow core."""

from __future__ import annotations

from typing import Any, ClassVar

import jax.numpy as jnp

from galens.galaxy.geometry import Spherical
from galens.galaxy.profiles.light.base import CUSP, SMALLEST_SCALE, RadialLightProfile
from galens.galaxy.profiles.parameters import Pair, Scalar, pair, parameter
from galens.numerics.logarithm import log
from galens.numerics.special import sersic_constant

__all__ = ["CoreSersic", "CoreSersicSph", "ExponentialCore", "ExponentialCoreSph", "SersicCore", "SersicCoreSph"]

SMALLEST_INDEX = 0.1
BRIGHTEST = 100.0


class SersicCore(RadialLightProfile):
    r"""Sersic profile that turns into a power law inside a break radius, for massive ellipticals.

    .. math:: I(R) = I' [1 + (r_b / R)^\alpha]^{\gamma / \alpha}
        \exp\{-b_n [(R^\alpha + r_b^\alpha) / R_e^\alpha]^{1 / (\alpha n)}\}

    with I' such that I(r_b) is `intensity`. Towards the centre it rises as R^-gamma without limit; within 1e-6
    arcsec it is held.

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components (1 - q) / (1 + q) (sin 2 phi, cos 2 phi).
        effective_radius: R_e of the outer profile, arcsec.
        sersic_index: n of the outer profile.
        radius_break: r_b, arcsec.
        intensity: surface brightness at r_b, in the unit of the data.
        gamma: slope inside the break.
        alpha: sharpness of the break.

    Source: Graham et al. (2003), eq. 5; Trujillo et al. (2004), eq. 5.
    """

    centre: Pair = pair()
    ell_comps: Pair = pair()
    effective_radius: Scalar = parameter(0.6, at_least=0.0)
    sersic_index: Scalar = parameter(4.0, above=0.0)
    radius_break: Scalar = parameter(0.025, at_least=0.0)
    intensity: Scalar = parameter(0.05)
    gamma: Scalar = parameter(0.25)
    alpha: Scalar = parameter(3.0, above=0.0)

    def shape(self, square: Any) -> Any:
        sharpness = jnp.maximum(self.alpha, SMALLEST_INDEX)
        log_square, log_sum, steepness, root = self._exponents(square)
        cusp = (self.gamma / sharpness) * (log_sum - jnp.log(2.0)) - (0.5 * self.gamma) * log_square
        decline = steepness * (jnp.exp(root * log_sum) - jnp.exp(root * jnp.log(2.0)))
        # Where R_e is a tiny fraction of r_b the brightness inside the break has no floating-point number.
        return jnp.exp(jnp.minimum(cusp - decline, BRIGHTEST))

    def _exponents(self, square: Any) -> tuple[Any, Any, Any, Any]:
        """l = ln (R / r_b)^2, L = ln (1 + (R / r_b)^alpha), b_n (r_b / R_e)^(1 / n) and 1 / (alpha n).

        With them the whole profile is one exponent, so that nothing overflows on the way to a finite brightness.
        """
        break_radius = jnp.maximum(self.radius_break, SMALLEST_SCALE)
        sharpness = jnp.maximum(self.alpha, SMALLEST_INDEX)
        index = jnp.maximum(self.sersic_index, SMALLEST_INDEX)
        log_square = log(jnp.maximum(square, CUSP**2)) - 2.0 * jnp.log(break_radius)
        log_sum = log(1.0 + jnp.exp((0.5 * sharpness) * log_square))
        ratio = break_radius / jnp.maximum(self.effective_radius, SMALLEST_SCALE)
        steepness = sersic_constant(self.sersic_index) * jnp.exp(jnp.log(ratio) / index)
        return log_square, log_sum, steepness, 1.0 / (sharpness * index)


class ExponentialCore(SersicCore):
    """`SersicCore` of index 1. Arguments as there without `sersic_index`."""

    sersic_index: ClassVar[float] = 1.0  # type: ignore[misc]
    radius_break: Scalar = parameter(0.01, at_least=0.0)


class CoreSersic(SersicCore):
    r"""The same profile by the brightness of its outer part: the Sersic profile that it is outside of the break.

    .. math:: I(R) = I_e [1 + (r_b / R)^\alpha]^{\gamma / \alpha}
        \exp\{-b_n ([(R^\alpha + r_b^\alpha) / R_e^\alpha]^{1 / (\alpha n)} - 1)\}

    `SersicCore` has the brightness at r_b instead, which in a fit is tied to the size of the break.

    Args:
        centre: (y, x), arcsec.
        ell_comps: ellipticity components (1 - q) / (1 + q) (sin 2 phi, cos 2 phi).
        intensity: I_e, surface brightness of the outer profile at its R_e, in the unit of the data.
        effective_radius, sersic_index: R_e (arcsec) and n of the outer profile.
        radius_break, gamma, alpha: radius (arcsec) and sharpness of the break and the slope inside.

    Source: Graham et al. (2003), eq. 5.
    """

    centre: Pair = pair()
    ell_comps: Pair = pair()
    intensity: Scalar = parameter(0.1)

    def shape(self, square: Any) -> Any:
        sharpness = jnp.maximum(self.alpha, SMALLEST_INDEX)
        log_square, log_sum, steepness, root = self._exponents(square)
        cusp = (self.gamma / sharpness) * log_sum - (0.5 * self.gamma) * log_square
        decline = steepness * jnp.exp(root * log_sum) - sersic_constant(self.sersic_index)
        return jnp.exp(jnp.minimum(cusp - decline, BRIGHTEST))


class SersicCoreSph(Spherical, SersicCore):
    """Circular `SersicCore`."""

    radius_break: Scalar = parameter(0.01, at_least=0.0)


class CoreSersicSph(Spherical, CoreSersic):
    """Circular `CoreSersic`."""


class ExponentialCoreSph(Spherical, ExponentialCore):
    """Circular `ExponentialCore`."""
