"""Models, likelihoods, searches, results. The public names that scripts know as `af`."""

from galens.fit.analysis import Analysis
from galens.fit.factor_graph import AnalysisFactor, FactorGraphModel
from galens.fit.fitness import Fitness
from galens.fit.model.array import Array
from galens.fit.model.collection import Collection
from galens.fit.model.component import Model
from galens.fit.model.instance import ModelInstance
from galens.fit.model.prior import Prior
from galens.fit.model.priors import (
    GaussianPrior,
    LogGaussianPrior,
    LogUniformPrior,
    TruncatedGaussianPrior,
    UniformPrior,
)
from galens.fit.model.program import ModelProgram
from galens.fit.model.tuple_prior import TuplePrior
from galens.fit.model.variable import Log, Log10
from galens.fit.model.width import AbsoluteWidthModifier, RelativeWidthModifier
from galens.fit.result import Result
from galens.fit.samples import Sample, Samples
from galens.fit.search.base import AbstractSearch
from galens.fit.search.multi_start_lm import MultiStartLM
from galens.fit.search.nautilus import Nautilus
from galens.fit.search.nuts import NUTS
from galens.fit.weighted import marginalize

__all__ = [
    "NUTS",
    "AbsoluteWidthModifier",
    "AbstractSearch",
    "Analysis",
    "AnalysisFactor",
    "Array",
    "Collection",
    "FactorGraphModel",
    "Fitness",
    "GaussianPrior",
    "Log",
    "Log10",
    "LogGaussianPrior",
    "LogUniformPrior",
    "Model",
    "ModelInstance",
    "ModelProgram",
    "MultiStartLM",
    "Nautilus",
    "Prior",
    "RelativeWidthModifier",
    "Result",
    "Sample",
    "Samples",
    "TruncatedGaussianPrior",
    "TuplePrior",
    "UniformPrior",
    "marginalize",
]
