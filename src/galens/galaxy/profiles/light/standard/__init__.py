"""Light profiles before the PSF: the family `lp`."""

from galens.galaxy.profiles.light.standard.chameleon import Chameleon, ChameleonSph
from galens.galaxy.profiles.light.standard.edge_on_disk import EdgeOnDisk
from galens.galaxy.profiles.light.standard.ferrer import Ferrer, FerrerSph
from galens.galaxy.profiles.light.standard.gaussian import Gaussian, GaussianSph
from galens.galaxy.profiles.light.standard.king import King, KingSph
from galens.galaxy.profiles.light.standard.moffat import ElsonFreeFall, ElsonFreeFallSph, Moffat, MoffatSph
from galens.galaxy.profiles.light.standard.multipole import GaussianMultipole, SersicMultipole
from galens.galaxy.profiles.light.standard.point_source import PointSource
from galens.galaxy.profiles.light.standard.sersic import (
    DevVaucouleurs,
    DevVaucouleursSph,
    Exponential,
    ExponentialSph,
    Sersic,
    SersicSph,
)
from galens.galaxy.profiles.light.standard.sersic_core import (
    CoreSersic,
    CoreSersicSph,
    ExponentialCore,
    ExponentialCoreSph,
    SersicCore,
    SersicCoreSph,
)
from galens.galaxy.profiles.light.standard.shapelet import (
    ShapeletCartesian,
    ShapeletCartesianSph,
    ShapeletExponential,
    ShapeletExponentialSph,
    ShapeletPolar,
    ShapeletPolarSph,
)
from galens.galaxy.profiles.light.standard.sky import FlatSky, TiltedSky

__all__ = [
    "Chameleon",
    "ChameleonSph",
    "CoreSersic",
    "CoreSersicSph",
    "DevVaucouleurs",
    "DevVaucouleursSph",
    "EdgeOnDisk",
    "ElsonFreeFall",
    "ElsonFreeFallSph",
    "Exponential",
    "ExponentialCore",
    "ExponentialCoreSph",
    "ExponentialSph",
    "Ferrer",
    "FerrerSph",
    "FlatSky",
    "Gaussian",
    "GaussianMultipole",
    "GaussianSph",
    "King",
    "KingSph",
    "Moffat",
    "MoffatSph",
    "PointSource",
    "Sersic",
    "SersicCore",
    "SersicCoreSph",
    "SersicMultipole",
    "SersicSph",
    "ShapeletCartesian",
    "ShapeletCartesianSph",
    "ShapeletExponential",
    "ShapeletExponentialSph",
    "ShapeletPolar",
    "ShapeletPolarSph",
    "TiltedSky",
]
