"""Mass profiles: the family that scripts know as `mp`."""

from galens.galaxy.profiles.mass.base import MassProfile
from galens.galaxy.profiles.mass.cnfw import cNFW, cNFWSph
from galens.galaxy.profiles.mass.gnfw import gNFW, gNFWSph
from galens.galaxy.profiles.mass.hernquist import Hernquist, HernquistSph
from galens.galaxy.profiles.mass.nfw import NFW, NFWSph
from galens.galaxy.profiles.mass.point import PointMass
from galens.galaxy.profiles.mass.power_law import (
    Isothermal,
    IsothermalSph,
    PowerLaw,
    PowerLawIntermediate,
    PowerLawMultipole,
    PowerLawSph,
)
from galens.galaxy.profiles.mass.sheets import ExternalPotential, ExternalShear, MassSheet

__all__ = [
    "NFW",
    "ExternalPotential",
    "ExternalShear",
    "Hernquist",
    "HernquistSph",
    "Isothermal",
    "IsothermalSph",
    "MassProfile",
    "MassSheet",
    "NFWSph",
    "PointMass",
    "PowerLaw",
    "PowerLawIntermediate",
    "PowerLawMultipole",
    "PowerLawSph",
    "cNFW",
    "cNFWSph",
    "gNFW",
    "gNFWSph",
]
