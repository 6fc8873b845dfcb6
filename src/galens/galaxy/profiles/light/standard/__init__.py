"""Light profiles before the PSF: the family `lp`."""

from galens.galaxy.profiles.light.standard.chameleon import Chameleon, ChameleonSph
from galens.galaxy.profiles.light.standard.gaussian import Gaussian, GaussianSph
from galens.galaxy.profiles.light.standard.moffat import ElsonFreeFall, ElsonFreeFallSph, Moffat, MoffatSph
from galens.galaxy.profiles.light.standard.multipole import GaussianMultipole, SersicMultipole
from galens.galaxy.profiles.light.standard.sersic import (
    DevVaucouleurs,
    DevVaucouleursSph,
    Exponential,
    ExponentialSph,
    Sersic,
    SersicSph,
)
from galens.galaxy.profiles.light.standard.sersic_core import (
    ExponentialCore,
    ExponentialCoreSph,
    SersicCore,
    SersicCoreSph,
)

__all__ = [
    "Chameleon",
    "ChameleonSph",
    "DevVaucouleurs",
    "DevVaucouleursSph",
    "ElsonFreeFall",
    "ElsonFreeFallSph",
    "Exponential",
    "ExponentialCore",
    "ExponentialCoreSph",
    "ExponentialSph",
    "Gaussian",
    "GaussianMultipole",
    "GaussianSph",
    "Moffat",
    "MoffatSph",
    "Sersic",
    "SersicCore",
    "SersicCoreSph",
    "SersicMultipole",
    "SersicSph",
]
