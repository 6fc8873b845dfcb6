"""Masses that follow from luminosities by a scaling relation: the family `sr`, for many small galaxies of one group."""

from __future__ import annotations

from typing import Any, ClassVar

from galens.galaxy.profiles.mass.power_law import Isothermal, IsothermalSph
from galens.galaxy.profiles.parameters import Profile, Scalar, parameter
from galens.numerics.special import power

__all__ = ["IsothermalMLR", "IsothermalMLRSph", "MassLightRelation"]


class MassLightRelation(Profile):
    r"""The Einstein radius of a galaxy of luminosity L, :math:`\theta_E = g (L / L_0)^p`.

    A relation that all members of a group share is one object with the parameters that are fitted.

    Args:
        gradient: g, Einstein radius at L_0, arcsec.
        denominator: L_0, in the unit of the luminosities.
        power: p; 0.5 where mass is proportional to light inside the same ellipse.
    """

    gradient: Scalar = parameter(1.0, at_least=0.0)
    denominator: Scalar = parameter(1.0, above=0.0)
    power: Scalar = parameter(0.5)

    def einstein_radius_from(self, luminosity: Any) -> Any:
        """The Einstein radius, arcsec, of a luminosity."""
        return self.gradient * power(luminosity / self.denominator, self.power)


class IsothermalMLR(Isothermal):
    """`mp.Isothermal` whose Einstein radius follows from its luminosity.

    Args:
        centre, ell_comps: see `mp.Isothermal`.
        relation: from luminosity to Einstein radius.
        luminosity: of the galaxy, 0 or more.
    """

    relation: MassLightRelation = MassLightRelation()
    luminosity: Scalar = parameter(1.0, at_least=0.0)
    einstein_radius: ClassVar[Any] = property(  # type: ignore[misc]
        lambda self: self.relation.einstein_radius_from(self.luminosity)
    )


class IsothermalMLRSph(IsothermalSph):
    """Circular `IsothermalMLR`.

    Args:
        centre: see `mp.Isothermal`.
        relation, luminosity: see `IsothermalMLR`.
    """

    relation: MassLightRelation = MassLightRelation()
    luminosity: Scalar = parameter(1.0, at_least=0.0)
    einstein_radius: ClassVar[Any] = property(  # type: ignore[misc]
        lambda self: self.relation.einstein_radius_from(self.luminosity)
    )
