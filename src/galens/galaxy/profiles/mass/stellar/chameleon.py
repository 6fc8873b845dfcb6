"""Mass with the shape of a Chameleon profile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from galens.galaxy import convert
from galens.galaxy.geometry import Spherical
from galens.galaxy.profiles.light import standard as lp
from galens.galaxy.profiles.light.base import RadialLightProfile
from galens.galaxy.profiles.mass.stellar.base import StellarMass
from galens.galaxy.profiles.parameters import Scalar, parameter
from galens.numerics.cored_isothermal import cored_isothermal_deflection, cored_isothermal_potential

__all__ = ["Chameleon", "ChameleonSph"]


class Chameleon(StellarMass):
    r"""Mass with the shape of `lp.Chameleon`: the difference of two cored isothermal ellipsoids, in closed form.

    The error is below 1e-9 of the largest deflection for axis ratios from 0.1 on, below 1e-13 from 0.5 on.

    Args:
        centre, ell_comps, intensity, core_radius_0, core_radius_1: as there.
        mass_to_light_ratio: convergence over brightness.

    Source: Suyu et al. (2014), ApJ 788, L35.
    """

    light: ClassVar[type[RadialLightProfile]] = lp.Chameleon

    intensity: Scalar = parameter(0.1)
    core_radius_0: Scalar = parameter(0.01, at_least=0.0)
    core_radius_1: Scalar = parameter(0.02, at_least=0.0)
    mass_to_light_ratio: Scalar = parameter(1.0)

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        scale, (inner, outer) = self._difference(cored_isothermal_deflection, y, x)
        return scale * (inner[0] - outer[0]), scale * (inner[1] - outer[1])

    def potential_at(self, y: Any, x: Any) -> Any:
        scale, (inner, outer) = self._difference(cored_isothermal_potential, y, x)
        return scale * (inner - outer)

    def _difference(self, field: Callable[..., Any], y: Any, x: Any) -> tuple[Any, tuple[Any, Any]]:
        dy, dx = self._offsets(y, x)
        ell_comps = convert.bounded_ell_comps(self.ell_comps)
        longer = 1.0 + self.axis_ratio()
        cores = 2.0 * self.core_radius_0 / longer, 2.0 * self.core_radius_1 / longer
        scale = self.mass_to_light_ratio * self.intensity / longer
        return scale, (field(cores[0], dy, dx, ell_comps), field(cores[1], dy, dx, ell_comps))


class ChameleonSph(Spherical, Chameleon):
    """Circular `Chameleon`."""

    light: ClassVar[type[RadialLightProfile]] = lp.ChameleonSph
