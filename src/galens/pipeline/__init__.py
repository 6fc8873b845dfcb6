"""Models of lenses from images alone, without values set by hand: the pipeline behind ``galens lens``."""

from galens.pipeline.exposure import Exposure, exposure_from, read_exposure
from galens.pipeline.fits import Settings
from galens.pipeline.folder import model_lenses
from galens.pipeline.lens import LensFit, fit_lens
from galens.pipeline.lenses import model_lens
from galens.pipeline.verdict import Verdict

__all__ = [
    "Exposure",
    "LensFit",
    "Settings",
    "Verdict",
    "exposure_from",
    "fit_lens",
    "model_lens",
    "model_lenses",
    "read_exposure",
]
