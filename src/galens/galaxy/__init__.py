"""Galaxies and their light: profiles, images, fits of imaging data. The public names that scripts know as `ag`."""

from galens.array import (
    Array2D,
    ArrayIrregular,
    Convolver,
    DatasetModel,
    Grid2D,
    Grid2DIrregular,
    Imaging,
    Mask2D,
    OverSampling,
    SimulatorImaging,
    preprocess,
    util,
)
from galens.array.inversion import regularization as reg
from galens.array.inversion.settings import Settings
from galens.galaxy import convert, model_util
from galens.galaxy import cosmology as cosmo
from galens.galaxy.galaxies import Galaxies
from galens.galaxy.galaxy import Galaxy
from galens.galaxy.geometry import EllProfile
from galens.galaxy.imaging.analysis import AnalysisImaging
from galens.galaxy.imaging.fit import FitImaging
from galens.galaxy.lens_calc import LensCalc
from galens.galaxy.photometry import flux_from_magnitude, magnitude_from, microjansky_from
from galens.galaxy.profiles import mass as mp
from galens.galaxy.profiles import scaling as sr
from galens.galaxy.profiles.light import basis as lp_basis
from galens.galaxy.profiles.light import linear as lp_linear
from galens.galaxy.profiles.light import linear_operated as lp_linear_operated
from galens.galaxy.profiles.light import operated as lp_operated
from galens.galaxy.profiles.light import snr as lp_snr
from galens.galaxy.profiles.light import standard as lp
from galens.galaxy.profiles.light.base import LightProfile, LightProfileLinear, LightProfileOperated
from galens.galaxy.profiles.light_mass import linear as lmp_linear
from galens.galaxy.profiles.light_mass import standard as lmp
from galens.galaxy.profiles.mass.base import MassProfile

__all__ = [
    "AnalysisImaging",
    "Array2D",
    "ArrayIrregular",
    "Convolver",
    "DatasetModel",
    "EllProfile",
    "FitImaging",
    "Galaxies",
    "Galaxy",
    "Grid2D",
    "Grid2DIrregular",
    "Imaging",
    "LensCalc",
    "LightProfile",
    "LightProfileLinear",
    "LightProfileOperated",
    "Mask2D",
    "MassProfile",
    "OverSampling",
    "Settings",
    "SimulatorImaging",
    "convert",
    "cosmo",
    "flux_from_magnitude",
    "lmp",
    "lmp_linear",
    "lp",
    "lp_basis",
    "lp_linear",
    "lp_linear_operated",
    "lp_operated",
    "lp_snr",
    "magnitude_from",
    "microjansky_from",
    "model_util",
    "mp",
    "preprocess",
    "reg",
    "sr",
    "util",
]
