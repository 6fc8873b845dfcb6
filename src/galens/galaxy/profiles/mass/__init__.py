"""Mass profiles: the family that scripts know as `mp`."""

from galens.galaxy.profiles.mass.base import MassProfile
from galens.galaxy.profiles.mass.by_mass import (
    NFWMCRDuffySph,
    NFWMCRLudlow,
    NFWMCRLudlowSph,
    NFWMCRScatterLudlow,
    NFWMCRScatterLudlowSph,
    NFWTruncatedMCRDuffySph,
    NFWTruncatedMCRLudlowSph,
    NFWTruncatedMCRScatterLudlowSph,
    NFWVirialMassConcSph,
    cNFWMCRLudlow,
    cNFWMCRLudlowSph,
    cNFWMCRScatterLudlow,
    cNFWMCRScatterLudlowSph,
    gNFWMCRLudlow,
    gNFWVirialMassConcSph,
    gNFWVirialMassgNFWConcSph,
)
from galens.galaxy.profiles.mass.cnfw import cNFW, cNFWSph
from galens.galaxy.profiles.mass.gnfw import gNFW, gNFWSph
from galens.galaxy.profiles.mass.hernquist import Hernquist, HernquistSph
from galens.galaxy.profiles.mass.inputs import InputDeflections, InputPotential
from galens.galaxy.profiles.mass.isothermal_jeans import KaplinghatCoredNFWMCRLudlowSph, KaplinghatCoredNFWSph
from galens.galaxy.profiles.mass.nfw import NFW, NFWSph
from galens.galaxy.profiles.mass.nfw_truncated import NFWTruncatedSph
from galens.galaxy.profiles.mass.pixelized import PixelizedPotential
from galens.galaxy.profiles.mass.point import SMBH, PointMass, SMBHBinary
from galens.galaxy.profiles.mass.power_law import (
    Isothermal,
    IsothermalSph,
    PowerLaw,
    PowerLawIntermediate,
    PowerLawMultipole,
    PowerLawSph,
)
from galens.galaxy.profiles.mass.power_law_broken import PowerLawBroken, PowerLawBrokenSph
from galens.galaxy.profiles.mass.power_law_core import IsothermalCore, IsothermalCoreSph, PowerLawCore, PowerLawCoreSph
from galens.galaxy.profiles.mass.pseudo_isothermal import (
    PIEMass,
    dPIEMass,
    dPIEMassB0,
    dPIEMassB0Sph,
    dPIEMassSph,
    dPIEPotential,
    dPIEPotentialSph,
)
from galens.galaxy.profiles.mass.sheets import ExternalPotential, ExternalShear, MassSheet
from galens.galaxy.profiles.mass.sidm import YangSIDMMCRLudlowSph, YangSIDMSph
from galens.galaxy.profiles.mass.stellar.chameleon import Chameleon, ChameleonSph
from galens.galaxy.profiles.mass.stellar.gaussian import Gaussian, GaussianGradient
from galens.galaxy.profiles.mass.stellar.sersic import (
    DevVaucouleurs,
    DevVaucouleursSph,
    Exponential,
    ExponentialSph,
    Sersic,
    SersicGradient,
    SersicGradientSph,
    SersicSph,
)
from galens.galaxy.profiles.mass.stellar.sersic_core import SersicCore, SersicCoreSph

__all__ = [
    "NFW",
    "SMBH",
    "Chameleon",
    "ChameleonSph",
    "DevVaucouleurs",
    "DevVaucouleursSph",
    "Exponential",
    "ExponentialSph",
    "ExternalPotential",
    "ExternalShear",
    "Gaussian",
    "GaussianGradient",
    "Hernquist",
    "HernquistSph",
    "InputDeflections",
    "InputPotential",
    "Isothermal",
    "IsothermalCore",
    "IsothermalCoreSph",
    "IsothermalSph",
    "KaplinghatCoredNFWMCRLudlowSph",
    "KaplinghatCoredNFWSph",
    "MassProfile",
    "MassSheet",
    "NFWMCRDuffySph",
    "NFWMCRLudlow",
    "NFWMCRLudlowSph",
    "NFWMCRScatterLudlow",
    "NFWMCRScatterLudlowSph",
    "NFWSph",
    "NFWTruncatedMCRDuffySph",
    "NFWTruncatedMCRLudlowSph",
    "NFWTruncatedMCRScatterLudlowSph",
    "NFWTruncatedSph",
    "NFWVirialMassConcSph",
    "PIEMass",
    "PixelizedPotential",
    "PointMass",
    "PowerLaw",
    "PowerLawBroken",
    "PowerLawBrokenSph",
    "PowerLawCore",
    "PowerLawCoreSph",
    "PowerLawIntermediate",
    "PowerLawMultipole",
    "PowerLawSph",
    "SMBHBinary",
    "Sersic",
    "SersicCore",
    "SersicCoreSph",
    "SersicGradient",
    "SersicGradientSph",
    "SersicSph",
    "YangSIDMMCRLudlowSph",
    "YangSIDMSph",
    "cNFW",
    "cNFWMCRLudlow",
    "cNFWMCRLudlowSph",
    "cNFWMCRScatterLudlow",
    "cNFWMCRScatterLudlowSph",
    "cNFWSph",
    "dPIEMass",
    "dPIEMassB0",
    "dPIEMassB0Sph",
    "dPIEMassSph",
    "dPIEPotential",
    "dPIEPotentialSph",
    "gNFW",
    "gNFWMCRLudlow",
    "gNFWSph",
    "gNFWVirialMassConcSph",
    "gNFWVirialMassgNFWConcSph",
]
