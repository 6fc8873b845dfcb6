"""Light and mass of one component, with one set of parameters: the family `lmp`."""

from __future__ import annotations

from galens.galaxy.profiles.light import standard as lp
from galens.galaxy.profiles.mass.stellar import chameleon, gaussian, sersic, sersic_core
from galens.galaxy.profiles.parameters import Scalar, parameter

__all__ = [
    "Chameleon",
    "ChameleonSph",
    "DevVaucouleurs",
    "DevVaucouleursSph",
    "Exponential",
    "ExponentialGradient",
    "ExponentialGradientSph",
    "ExponentialSph",
    "Gaussian",
    "GaussianGradient",
    "Sersic",
    "SersicCore",
    "SersicCoreSph",
    "SersicGradient",
    "SersicGradientSph",
    "SersicSph",
]


class Gaussian(gaussian.Gaussian, lp.Gaussian):
    """The light of `lp.Gaussian` and the mass of `mp.Gaussian`. Arguments as there."""


class GaussianGradient(gaussian.GaussianGradient, lp.Gaussian):
    """The light of `lp.Gaussian` and the mass of `mp.GaussianGradient`. Arguments as there."""


class Sersic(sersic.Sersic, lp.Sersic):
    """The light of `lp.Sersic` and the mass of `mp.Sersic`. Arguments as there."""


class SersicSph(sersic.SersicSph, lp.SersicSph):
    """Circular `Sersic`."""


class Exponential(sersic.Exponential, lp.Exponential):  # type: ignore[misc]
    """The light of `lp.Exponential` and the mass of `mp.Exponential`. Arguments as there."""


class ExponentialSph(sersic.ExponentialSph, lp.ExponentialSph):  # type: ignore[misc]
    """Circular `Exponential`."""


class DevVaucouleurs(sersic.DevVaucouleurs, lp.DevVaucouleurs):  # type: ignore[misc]
    """The light of `lp.DevVaucouleurs` and the mass of `mp.DevVaucouleurs`. Arguments as there."""


class DevVaucouleursSph(sersic.DevVaucouleursSph, lp.DevVaucouleursSph):  # type: ignore[misc]
    """Circular `DevVaucouleurs`."""


class SersicGradient(sersic.SersicGradient, lp.Sersic):
    """The light of `lp.Sersic` and the mass of `mp.SersicGradient`. Arguments as there."""


class SersicGradientSph(sersic.SersicGradientSph, lp.SersicSph):
    """Circular `SersicGradient`."""


class ExponentialGradient(sersic.ExponentialGradient, lp.Exponential):  # type: ignore[misc]
    """`SersicGradient` of index 1. Arguments as there without `sersic_index`."""


class ExponentialGradientSph(sersic.ExponentialGradientSph, lp.ExponentialSph):  # type: ignore[misc]
    """Circular `ExponentialGradient`."""


class SersicCore(sersic_core.SersicCore, lp.SersicCore):
    """The light of `lp.SersicCore` and the mass of `mp.SersicCore`. Arguments as there."""


class SersicCoreSph(sersic_core.SersicCoreSph, lp.SersicCoreSph):
    """Circular `SersicCore`."""


class Chameleon(chameleon.Chameleon, lp.Chameleon):
    """The light of `lp.Chameleon` and the mass of `mp.Chameleon`. Arguments as there."""

    core_radius_1: Scalar = parameter(0.005, at_least=0.0)


class ChameleonSph(chameleon.ChameleonSph, lp.ChameleonSph):
    """Circular `Chameleon`."""

    core_radius_1: Scalar = parameter(0.005, at_least=0.0)
